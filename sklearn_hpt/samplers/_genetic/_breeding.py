"""Breeding: offspring for the next trials, by variation of a population and preselection."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.samplers._encoding import Encoder
from sklearn_hpt.samplers._genetic._covariance import CovarianceAdaptation
from sklearn_hpt.samplers._genetic._individuals import Individual, Parents
from sklearn_hpt.samplers._genetic._mutation import Mutation
from sklearn_hpt.samplers._genetic._preselection import (
    ModelPreselection,
    NoPreselection,
    Preselection,
)
from sklearn_hpt.samplers._genetic._variation import CrossoverAndMutation, Variation
from sklearn_hpt.space import Point, Space

Array = NDArray[np.float64]

_N_SPARE = 2  # some offspring are not new
_MAX_FURTHER_BATCHES = 7
# The offspring of many trials are bred at once where there were many: it costs less.
_TRIALS_SHARE = 1 / 50


class Breeding:
    """Breeds a batch of offspring for each of the next trials, and keeps one of each.

    Parameters
    ----------
    space : Space
        The space.
    variation : Variation
        How a population has offspring.
    preselection : Preselection
        Which of a batch are kept.
    trials_share : float, default=1 / 50
        For how many trials to breed at once, as a share of those told; at least for one.
    """

    def __init__(
        self,
        space: Space,
        variation: Variation,
        preselection: Preselection,
        trials_share: float = _TRIALS_SHARE,
    ) -> None:
        self._space = space
        self._variation = variation
        self._preselection = preselection
        self._trials_share = trials_share

    def learn(self, individual: Individual) -> None:
        """Learn the scores of an individual."""
        self._variation.learn(individual)
        self._preselection.learn(individual)

    def offspring(
        self,
        population: Sequence[Individual],
        n_told: int,
        distinct_open: Callable[[Array], list[int]],
    ) -> list[tuple[Point, Parents]]:
        """Return points to try next and the numbers of their parents; none if none may be tried.

        Parameters
        ----------
        population : sequence of Individual
            Those that may become parents.
        n_told : int
            How many trials were told.
        distinct_open : callable
            Returns the positions of those of many points that may be tried, of equals the first.
        """
        n_trials = max(1, int(n_told * self._trials_share))
        size = self._preselection.batch_size(n_told)
        points, parents = self._open_offspring(
            population, n_trials * size, n_trials * _N_SPARE, distinct_open
        )
        positions = np.array_split(np.arange(len(points)), n_trials)
        batches = [batch for batch in positions if len(batch)]
        if not batches:
            return []
        chosen = self._preselection.choices([points[batch] for batch in batches])
        kept = [batch[choice] for batch, choice in zip(batches, chosen, strict=True)]
        return [(points[position], parents[position]) for position in kept]

    def _open_offspring(
        self,
        population: Sequence[Individual],
        n: int,
        n_spare: int,
        distinct_open: Callable[[Array], list[int]],
    ) -> tuple[Array, list[Parents]]:
        """Return at most `n` distinct offspring that may be tried, of a batch with some to spare.

        A constraint may refuse most of a batch, which others follow then.
        """
        points, parents = self._variation.offspring(population, n + n_spare)
        kept = distinct_open(points)
        for _ in range(0 if self._space.constraint is None else _MAX_FURTHER_BATCHES):
            if len(kept) >= n:
                break
            others, their_parents = self._variation.offspring(population, n + n_spare)
            points, parents = np.vstack([points, others]), [*parents, *their_parents]
            kept = distinct_open(points)
        return points[kept[:n]], [parents[position] for position in kept[:n]]


def make_breeding(
    space: Space,
    rng: np.random.Generator,
    *,
    adapts_covariance: bool,
    n_design: int,
    crossover_probability: float,
    mutation_probability: float | None,
    tournament_size: int,
) -> Breeding:
    """Return breeding of one kind or the other.

    Parameters
    ----------
    space : Space
        The space.
    rng : numpy.random.Generator
        Source of randomness.
    adapts_covariance : bool
        Whether numbers, if there are any, are drawn by :class:`CovarianceAdaptation`, and nothing
        is left to preselection; otherwise a model chooses among what comes of crossover.
    n_design : int
        Number of individuals from which covariance matrix adaptation starts.
    crossover_probability, mutation_probability, tournament_size : float, float or None, int
        As :class:`GeneticSampler` has them.
    """
    generator = random.Random(int(rng.integers(2**63)))
    mutation = Mutation(space, mutation_probability, rng, generator)
    if adapts_covariance and len(mutation.numbers):
        adaptation = CovarianceAdaptation(
            space, mutation, rng, generator, tournament_size=tournament_size, n_design=n_design
        )
        # One by one, so that each is of the latest distribution.
        return Breeding(space, adaptation, NoPreselection(), trials_share=0)
    crossover = CrossoverAndMutation(
        space,
        mutation,
        rng,
        generator,
        crossover_probability=crossover_probability,
        tournament_size=tournament_size,
    )
    if adapts_covariance:
        return Breeding(space, crossover, NoPreselection())
    return Breeding(space, crossover, ModelPreselection(Encoder(space.axes), rng))
