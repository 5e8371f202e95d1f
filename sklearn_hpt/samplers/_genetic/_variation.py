"""Variation: how a population has offspring, and the way of crossover and mutation."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.samplers._genetic import _crossover
from sklearn_hpt.samplers._genetic._individuals import Individual, Parents
from sklearn_hpt.samplers._genetic._mutation import Mutation
from sklearn_hpt.samplers._genetic._selection import tournament
from sklearn_hpt.space import Space

Array = NDArray[np.float64]

_RESAMPLED = 0.15


class Variation(Protocol):
    """A way to have offspring."""

    def learn(self, individual: Individual) -> None:
        """Learn the scores of an individual."""

    def offspring(
        self, population: Sequence[Individual], n: int
    ) -> tuple[Array, Sequence[Parents]]:
        """Return `n` canonical points, and the numbers of each one's parents."""


class CrossoverAndMutation:
    """Breeds offspring of two parents, or of one; some are drawn anew instead.

    Numbers are crossed by simulated binary crossover and choices uniformly, each of all offspring
    in one go. The parents are of one sub-space.

    Parameters
    ----------
    space : Space
        The space.
    mutation : Mutation
        How genes mutate.
    rng : numpy.random.Generator
        Source of randomness where many numbers are drawn at once.
    generator : random.Random
        Source of randomness where few are.
    crossover_probability : float
        Probability that a child has two parents.
    tournament_size : int
        Number of individuals of which the best becomes a parent.
    """

    def __init__(
        self,
        space: Space,
        mutation: Mutation,
        rng: np.random.Generator,
        generator: random.Random,
        *,
        crossover_probability: float,
        tournament_size: int,
    ) -> None:
        self._space = space
        self._mutation = mutation
        self._rng = rng
        self._generator = generator
        self._crossover_probability = crossover_probability
        self._tournament_size = tournament_size

    def learn(self, individual: Individual) -> None:
        """Learn nothing: the population says it all."""

    def offspring(self, population: Sequence[Individual], n: int) -> tuple[Array, list[Parents]]:
        """Return `n` canonical points, and the numbers of each one's parents."""
        mothers = self._selected(population, n)
        is_crossed = self._rng.random(n) < self._crossover_probability
        fathers = [
            father if crossed else mother
            for father, mother, crossed in zip(
                self._mates(population, mothers), mothers, is_crossed, strict=True
            )
        ]
        genes = self._crossed(np.array(mothers), np.array(fathers))
        genes = self._mutation.of_choices(self._mutation.of_numbers(genes))
        is_drawn = self._rng.random(n) < _RESAMPLED
        genes[is_drawn] = self._rng.random((is_drawn.sum(), genes.shape[1]))
        parents = [
            () if drawn else tuple(sorted({mother.number, father.number}))
            for mother, father, drawn in zip(mothers, fathers, is_drawn, strict=True)
        ]
        genes = awoken(self._space, genes, np.array(mothers), self._rng)
        return self._space.canonical(genes), parents

    def _selected(self, candidates: Sequence[Individual], n: int) -> list[Individual]:
        return tournament(candidates, n, self._tournament_size, self._generator)

    def _mates(
        self, population: Sequence[Individual], mothers: Sequence[Individual]
    ) -> list[Individual]:
        """Return a father for each mother, of the same sub-space."""
        if len(self._space.subspaces) == 1:
            return self._selected(population, len(mothers))
        mates = {
            mother[0]: [member for member in population if member[0] == mother[0]]
            for mother in mothers
        }
        return [self._selected(mates[mother[0]], 1)[0] for mother in mothers]

    def _crossed(self, mothers: Array, fathers: Array) -> Array:
        genes = mothers.copy()
        for columns, cross in (
            (self._mutation.numbers, _crossover.simulated_binary),
            (self._mutation.choices, _crossover.uniform),
        ):
            of_mothers, of_fathers = mothers[:, columns], fathers[:, columns]
            crossed = cross(
                of_mothers.ravel().tolist(), of_fathers.ravel().tolist(), self._generator
            )
            genes[:, columns] = np.reshape(crossed, of_mothers.shape)
        return genes


def awoken(space: Space, genes: Array, mothers: Array, rng: np.random.Generator) -> Array:
    """Draw those genes that the mothers, of another sub-space, have no value of."""
    if len(space.subspaces) == 1:
        return genes
    was_active, is_active = (
        np.array([space.active(point) for point in points]) for points in (mothers, genes)
    )
    return np.where(is_active & ~was_active, rng.random(genes.shape), genes)
