"""Covariance matrix adaptation of some coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.samplers._deap import CMAStrategy, Individual, fittest

Array = NDArray[np.float64]

_SIGMA = 0.25


class CovarianceAdaptation:
    """Draws coordinates from a normal distribution that follows the best.

    Parameters
    ----------
    columns : ndarray of int
        The coordinates.
    n_design : int
        Number of individuals after which it starts, from the best of them.
    """

    def __init__(self, columns: NDArray[np.intp], n_design: int) -> None:
        self._columns = columns
        self._n_left = n_design
        self._strategy: CMAStrategy | None = None
        self._told: list[Individual] = []

    @property
    def is_started(self) -> bool:
        """Whether there is a distribution to draw from."""
        return self._strategy is not None

    def learn(self, individual: Individual, best: Individual) -> None:
        """Learn the scores of an individual; `best` is the best one so far."""
        if self._strategy is None:
            self._n_left -= 1
            if self._n_left <= 0:
                self._strategy = CMAStrategy([best[k] for k in self._columns], _SIGMA)
            return
        self._told.append(individual)
        if len(self._told) >= self._strategy.lambda_:
            best_first = fittest(self._told, len(self._told))
            self._strategy.update(
                [
                    Individual([member[k] for k in self._columns], score=-float(rank))
                    for rank, member in enumerate(best_first)
                ]
            )
            self._told = []

    def draw(self, rng: np.random.Generator) -> Array:
        """Return coordinates, which may lie outside of the cube."""
        if self._strategy is None:
            raise RuntimeError("There is no distribution before the design is told.")
        return self._strategy.draw(rng)
