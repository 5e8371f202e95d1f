"""Mutation: genes of a child change by chance."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space import Space

Array = NDArray[np.float64]

_SIGMAS = (0.05, 0.15, 0.4)
_SIBLINGS_MUTATED = 1.5


class Mutation:
    """Changes genes of either kind.

    Numbers take Gaussian steps, and choices are drawn anew. An axis of two values is a choice, and
    those of one parameter of many axes are flipped, few at a time.

    Parameters
    ----------
    space : Space
        The space.
    probability : float or None
        Probability that a parameter mutates; None is 1.5 over their number, at least 0.15.
    rng : numpy.random.Generator
        Source of randomness where many numbers are drawn at once.
    generator : random.Random
        Source of randomness where few are, which this one draws faster.

    Attributes
    ----------
    numbers, choices : ndarray of int
        Columns of the genes of each kind.
    """

    def __init__(
        self,
        space: Space,
        probability: float | None,
        rng: np.random.Generator,
        generator: random.Random,
    ) -> None:
        n_siblings = np.array([axis.n_siblings for axis in space.axes], dtype=float)
        n_values = np.array([axis.n_values or np.inf for axis in space.axes])
        is_number = np.array([axis.is_ordered for axis in space.axes], dtype=bool) & (n_values > 2)
        self.numbers, self.choices = np.flatnonzero(is_number), np.flatnonzero(~is_number)
        n_parameters = max((1 / n_siblings).sum(), 1)
        self._probability = max(1.5 / n_parameters, 0.15) if probability is None else probability
        self._rng = rng
        self._generator = generator
        self._widths = 1 / n_values[self.numbers]
        self._is_flipped = n_siblings[self.choices] > 1
        self._edges = np.array([space.axes[k].centers[:2].mean() for k in self.choices])
        self._choice_probabilities = self._probability * np.where(
            self._is_flipped, np.minimum(1, _SIBLINGS_MUTATED / n_siblings[self.choices]), 1
        )

    def of_numbers(self, genes: Array) -> Array:
        """Return genes whose numbers have mutated, by steps no shorter than one value's width."""
        sigmas = self._rng.choice(_SIGMAS, size=(len(genes), 1))
        steps = np.maximum(sigmas, self._widths).ravel().tolist()
        moved = genes[:, self.numbers].ravel().tolist()
        for k, step in enumerate(steps):
            if self._generator.random() < self._probability:
                moved[k] += self._generator.gauss(0.0, step)
        mutants = genes.copy()
        mutants[:, self.numbers] = np.clip(moved, 0.0, 1.0).reshape(len(genes), -1)
        return mutants

    def of_choices(self, genes: Array) -> Array:
        """Return genes whose choices have mutated."""
        own = self._shaken_siblings(genes[:, self.choices])
        drawn = self._rng.random(own.shape)
        flipped = np.where(own < self._edges, 1.0, 0.0)
        is_mutant = self._rng.random(own.shape) < self._choice_probabilities
        mutants = genes.copy()
        mutants[:, self.choices] = np.where(
            is_mutant, np.where(self._is_flipped, flipped, drawn), own
        )
        return mutants

    def _shaken_siblings(self, own: Array) -> Array:
        """Draw siblings within the parts of their values.

        Where too many or too few of them are selected, the space goes by their coordinates; equal
        ones would be told apart by their order.
        """
        low = np.where(own < self._edges, 0.0, self._edges)
        high = np.where(own < self._edges, self._edges, 1.0)
        return np.where(self._is_flipped, self._rng.uniform(low, high), own)
