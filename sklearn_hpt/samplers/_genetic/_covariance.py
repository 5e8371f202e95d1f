"""Covariance matrix adaptation of some coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.samplers._genetic._individuals import CMAStrategy, Individual, fittest
from sklearn_hpt.space import Space

Array = NDArray[np.float64]

_SIGMA = 0.25


class CovarianceAdaptation:
    """Draws numbers from normal distributions that follow the best, one for each sub-space.

    Parameters
    ----------
    space : Space
        The space.
    numbers : ndarray of int
        The coordinates to adapt.
    n_design : int
        Number of individuals of a sub-space after which its distribution starts, from the best of
        them.
    """

    def __init__(self, space: Space, numbers: NDArray[np.intp], n_design: int) -> None:
        self._space = space
        self._numbers = numbers
        self._n_design = n_design
        self._distributions: dict[float, _Distribution] = {}

    def learn(self, individual: Individual) -> None:
        """Learn the scores of an individual."""
        self._of(individual).learn(individual)

    def draw(self, parent: Individual, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array]:
        """Return columns and values for a child in a parent's sub-space.

        Values may lie outside of the cube. There are none while too little is known.
        """
        return self._of(parent).draw(rng)

    def _of(self, individual: Individual) -> _Distribution:
        branch = individual[0] if len(self._space.subspaces) > 1 else 0.0
        if branch not in self._distributions:
            is_active = self._space.active(np.array(individual))
            columns = self._numbers[is_active[self._numbers]]
            self._distributions[branch] = _Distribution(columns, self._n_design)
        return self._distributions[branch]


class _Distribution:
    """A normal distribution of some coordinates."""

    def __init__(self, columns: NDArray[np.intp], n_design: int) -> None:
        self._columns = columns
        self._n_design = n_design
        self._strategy: CMAStrategy | None = None
        self._told: list[Individual] = []

    def learn(self, individual: Individual) -> None:
        if not len(self._columns):
            return
        self._told.append(individual)
        n_awaited = self._n_design if self._strategy is None else self._strategy.lambda_
        if len(self._told) < n_awaited:
            return
        best_first = fittest(self._told, len(self._told))
        if self._strategy is None:
            self._strategy = CMAStrategy([best_first[0][k] for k in self._columns], _SIGMA)
        else:
            self._strategy.update(
                [
                    Individual([member[k] for k in self._columns], score=-float(rank))
                    for rank, member in enumerate(best_first)
                ]
            )
        self._told = []

    def draw(self, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array]:
        if self._strategy is None:
            return self._columns[:0], np.empty(0)
        return self._columns, self._strategy.draw(rng)
