"""Preselection: which of the offspring bred for a trial is tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.samplers._genetic._individuals import Individual
from sklearn_hpt.samplers._genetic._radial_basis import RadialBasis
from sklearn_hpt.samplers._genetic._selection import fittest

Array = NDArray[np.float64]

# Offspring bred for one trial: at most, and once this many over the trials told are fewer.
_MAX_OFFSPRING, _OFFSPRING_BUDGET, _MIN_OFFSPRING = 30, 2000, 2
_N_LEARNED = 100
_RELEARN_SHARE = 1 / 50
_DISTANCE_WEIGHTS = (0.0, 0.1, 0.3, 0.6)
_AUGMENTATION = 0.05
_LEAST_RELEVANCE = 0.1
_TINY = 1e-12


class Preselection(Protocol):
    """A way to choose among the offspring of a batch."""

    def learn(self, individual: Individual) -> None:
        """Note a trial's scores."""

    def batch_size(self, n_told: int) -> int:
        """Return how many offspring to breed for one trial, when so many trials were told."""

    def choices(self, batches: Sequence[Array]) -> list[int]:
        """Return the position of the offspring to try of each batch."""


class NoPreselection:
    """Breeds one offspring for a trial, and tries that."""

    def learn(self, individual: Individual) -> None:
        """Note nothing."""

    def batch_size(self, n_told: int) -> int:
        """Return one."""
        return 1

    def choices(self, batches: Sequence[Array]) -> list[int]:
        """Return the first position of each batch."""
        return [0] * len(batches)


class ModelPreselection:
    """Chooses the most promising offspring of a batch by a quick model of the scores.

    The model learns the ranks of the best and the latest trials. How much the distance from them
    counts beside what is predicted changes from one choice to the next [1]_. Of several scores
    each is modelled, and each choice weighs them at random [2]_.

    Parameters
    ----------
    encode : callable
        Returns the features of points.
    rng : numpy.random.Generator
        Source of randomness.

    References
    ----------
    .. [1] Regis and Shoemaker (2013), Combining radial basis function surrogates and dynamic
       coordinate search in high-dimensional expensive black-box optimization, Engineering
       Optimization 45.
    .. [2] Knowles (2006), ParEGO: a hybrid algorithm with on-line landscape approximation for
       expensive multiobjective optimization problems, IEEE Transactions on Evolutionary
       Computation 10.
    """

    def __init__(self, encode: Callable[[Array], Array], rng: np.random.Generator) -> None:
        self._encode = encode
        self._rng = rng
        self._best: list[Individual] = []
        self._latest: list[Individual] = []
        self._n_told = 0
        self._n_new = 0
        self._n_chosen = 0
        self._model = RadialBasis()

    def learn(self, individual: Individual) -> None:
        """Note a trial's scores."""
        self._latest.append(individual)
        self._n_told += 1
        self._n_new += 1

    def batch_size(self, n_told: int) -> int:
        """Return how many offspring to breed for one trial: the fewer the more is known."""
        return int(np.clip(_OFFSPRING_BUDGET / n_told, _MIN_OFFSPRING, _MAX_OFFSPRING))

    def choices(self, batches: Sequence[Array]) -> list[int]:
        """Return the position of the most promising offspring of each batch."""
        if self._n_new >= max(1, self._n_told * _RELEARN_SHARE):
            self._fit()
        values, distances = self._model.predict(
            self._stretches * self._encode(np.concatenate(batches))
        )
        ends = np.cumsum([len(batch) for batch in batches])
        return [
            self._choice(values[end - len(batch) : end], distances[end - len(batch) : end])
            for batch, end in zip(batches, ends, strict=True)
        ]

    def _choice(self, values: Array, distances: Array) -> int:
        weight = _DISTANCE_WEIGHTS[self._n_chosen % len(_DISTANCE_WEIGHTS)]
        self._n_chosen += 1
        promise = _unit(self._scalar(values))
        return int(np.argmax((1 - weight) * promise + weight * _unit(distances)))

    def _scalar(self, values: Array) -> Array:
        """Return one value each, by the augmented Chebyshev norm of random weights."""
        if values.shape[1] == 1:
            return values[:, 0]
        regrets = self._rng.dirichlet(np.ones(values.shape[1])) * (1 - values)
        return -(regrets.max(axis=1) + _AUGMENTATION * regrets.sum(axis=1))

    def _fit(self) -> None:
        new = self._latest[-self._n_new :]
        self._best = fittest(self._best + new, _N_LEARNED // 2)
        self._latest = self._latest[-_N_LEARNED:]
        self._n_new = 0
        candidates = self._best + self._latest[::-1]
        distinct = {individual.number: individual for individual in candidates}
        individuals = list(distinct.values())[:_N_LEARNED]
        ranks = _ranks([individual.fitness.values for individual in individuals])
        features = self._encode(np.array(individuals))
        self._stretches = _relevance(features, ranks)
        self._model.fit(self._stretches * features, ranks)


def _relevance(features: Array, targets: Array) -> Array:
    """Return how far to stretch each feature: the more the more of the targets it explains alone.

    That is the share of variance that a parabola of the feature explains.
    """
    centred = features - features.mean(axis=0)
    bent = centred**2
    squares = (centred**2).sum(axis=0) + _TINY
    bent = bent - bent.mean(axis=0)
    bent = bent - centred * ((centred * bent).sum(axis=0) / squares)
    deviations = targets - targets.mean(axis=0)
    explained = sum(
        (part.T @ deviations) ** 2 / ((part**2).sum(axis=0) + _TINY)[:, None]
        for part in (centred, bent)
    ).sum(axis=1)
    return np.sqrt(_LEAST_RELEVANCE + explained / (explained.max() + _TINY))


def _ranks(values: Sequence[tuple[float, ...]]) -> Array:
    """Return ranks from 0 to 1 of each score; a failure is the worst in all of them."""
    n_scores = max(map(len, values))
    scores = np.array([v if len(v) == n_scores else (-np.inf,) * n_scores for v in values])
    ranks = np.empty(scores.shape)
    for column, order in enumerate(np.argsort(scores, axis=0, kind="stable").T):
        ranks[order, column] = np.linspace(0, 1, len(scores))
    return ranks


def _unit(values: Array) -> Array:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros(len(values))
