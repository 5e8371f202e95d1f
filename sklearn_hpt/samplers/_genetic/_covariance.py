"""Covariance matrix adaptation: variation by normal distributions that follow the best."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from deap import cma
from numpy.typing import NDArray

from sklearn_hpt.samplers._genetic._individuals import Individual, Parents
from sklearn_hpt.samplers._genetic._mutation import Mutation
from sklearn_hpt.samplers._genetic._selection import fittest, tournament
from sklearn_hpt.samplers._genetic._variation import awoken
from sklearn_hpt.space import Space

Array = NDArray[np.float64]

_SIGMA = 0.25


class CovarianceAdaptation:
    """Draws the numbers of offspring from a normal distribution [1]_; their choices mutate.

    There is a distribution for each sub-space. While too little is known for one, numbers mutate.

    Parameters
    ----------
    space : Space
        The space.
    mutation : Mutation
        How genes mutate, and which of them are numbers.
    rng : numpy.random.Generator
        Source of randomness where many numbers are drawn at once.
    generator : random.Random
        Source of randomness where few are.
    tournament_size : int
        Number of individuals of which the best becomes a parent.
    n_design : int
        Number of individuals of a sub-space after which its distribution starts, from the best of
        them.

    References
    ----------
    .. [1] Hansen and Ostermeier (2001), Completely derandomized self-adaptation in evolution
       strategies, Evolutionary Computation 9.
    """

    def __init__(
        self,
        space: Space,
        mutation: Mutation,
        rng: np.random.Generator,
        generator: random.Random,
        *,
        tournament_size: int,
        n_design: int,
    ) -> None:
        self._space = space
        self._mutation = mutation
        self._rng = rng
        self._generator = generator
        self._tournament_size = tournament_size
        self._n_design = n_design
        self._distributions: dict[float, _Distribution] = {}

    def learn(self, individual: Individual) -> None:
        """Learn the scores of an individual."""
        self._distribution_of(individual).learn(individual)

    def offspring(self, population: Sequence[Individual], n: int) -> tuple[Array, list[Parents]]:
        """Return `n` canonical points, and the number of each one's parent."""
        mothers = tournament(population, n, self._tournament_size, self._generator)
        genes = self._mutation.of_numbers(np.array(mothers))
        for child, mother in zip(genes, mothers, strict=True):
            columns, values = self._distribution_of(mother).draw(self._rng)
            child[columns] = np.clip(values, 0.0, 1.0)
        genes = self._mutation.of_choices(genes)
        genes = awoken(self._space, genes, np.array(mothers), self._rng)
        return self._space.canonical(genes), [(mother.number,) for mother in mothers]

    def _distribution_of(self, individual: Individual) -> _Distribution:
        branch = individual[0] if len(self._space.subspaces) > 1 else 0.0
        if branch not in self._distributions:
            is_active = self._space.active(np.array(individual))
            numbers = self._mutation.numbers
            self._distributions[branch] = _Distribution(numbers[is_active[numbers]], self._n_design)
        return self._distributions[branch]


class _Distribution:
    """A normal distribution of some coordinates."""

    def __init__(self, columns: NDArray[np.intp], n_design: int) -> None:
        self._columns = columns
        self._n_design = n_design
        self._strategy: cma.Strategy | None = None
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
            self._strategy = cma.Strategy([best_first[0][k] for k in self._columns], _SIGMA)
        else:
            self._strategy.update(
                [
                    Individual([member[k] for k in self._columns], score=-float(rank))
                    for rank, member in enumerate(best_first)
                ]
            )
        self._told = []

    def draw(self, rng: np.random.Generator) -> tuple[NDArray[np.intp], Array]:
        """Return columns and a value for each; none while too little is known.

        Values may lie outside of the cube.
        """
        strategy = self._strategy
        if strategy is None:
            return self._columns[:0], np.empty(0)
        # DEAP's own `generate` draws from numpy's global generator.
        step = strategy.BD @ rng.standard_normal(strategy.dim)
        return self._columns, strategy.centroid + strategy.sigma * step
