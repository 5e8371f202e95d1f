"""Children of a population."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.samplers._genetic._individuals import Individual, Operators
from sklearn_hpt.space import Space

Array = NDArray[np.float64]
Parents = tuple[int, ...]

_MUTATION_SIGMAS = (0.05, 0.15, 0.4)
_RESAMPLED = 0.15
_SIBLINGS_MUTATED = 1.5


class Breeder:
    """Breeds children with DEAP's operators, all of a brood in one call of each.

    Genes are of two kinds: numbers, which are crossed by simulated binary crossover and mutate by
    Gaussian steps, and choices, which are crossed uniformly and drawn anew. An axis of two values
    is a choice, and those of one parameter of many axes are flipped, few at a time.

    Parameters
    ----------
    space : Space
        The space.
    rng : numpy.random.Generator
        Source of randomness.
    crossover_probability : float
        Probability that a child has two parents.
    mutation_probability : float or None
        Probability that a parameter mutates.
    tournament_size : int
        Number of individuals of which the best becomes a parent.

    Attributes
    ----------
    numbers, choices : ndarray of int
        Columns of the genes of each kind.
    """

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        *,
        crossover_probability: float,
        mutation_probability: float | None,
        tournament_size: int,
    ) -> None:
        n_siblings = np.array([axis.n_siblings for axis in space.axes], dtype=float)
        n_values = np.array([axis.n_values or np.inf for axis in space.axes])
        is_number = np.array([axis.is_ordered for axis in space.axes], dtype=bool) & (n_values > 2)
        self.numbers, self.choices = np.flatnonzero(is_number), np.flatnonzero(~is_number)
        self._space = space
        self._rng = rng
        self._operators = Operators(random.Random(int(rng.integers(2**63))))
        self._crossover_probability = crossover_probability
        n_parameters = max((1 / n_siblings).sum(), 1)
        self._mutation_probability = (
            max(1.5 / n_parameters, 0.15) if mutation_probability is None else mutation_probability
        )
        self._tournament_size = tournament_size
        self._widths = 1 / n_values[self.numbers]
        self._is_flipped = n_siblings[self.choices] > 1
        self._edges = np.array([space.axes[k].centers[:2].mean() for k in self.choices])
        self._choice_probabilities = self._mutation_probability * np.where(
            self._is_flipped, np.minimum(1, _SIBLINGS_MUTATED / n_siblings[self.choices]), 1
        )

    def children(self, population: Sequence[Individual], n: int) -> tuple[Array, list[Parents]]:
        """Return `n` canonical children, and the numbers of each one's parents."""
        mothers = self._selected(population, n)
        is_crossed = self._rng.random(n) < self._crossover_probability
        fathers = [
            father if crossed else mother
            for father, mother, crossed in zip(
                self._mates(population, mothers), mothers, is_crossed, strict=True
            )
        ]
        genes = np.array(mothers)
        for columns, cross in (
            (self.numbers, self._operators.cross_ordered),
            (self.choices, self._operators.cross_choices),
        ):
            crossed, _ = cross(_flat(genes, columns), _flat(np.array(fathers), columns))
            genes[:, columns] = np.reshape(crossed, (n, len(columns)))
        genes = self._with_mutant_choices(self._with_steps(genes))
        is_drawn = self._rng.random(n) < _RESAMPLED
        genes[is_drawn] = self._rng.random((is_drawn.sum(), genes.shape[1]))
        parents = [
            () if drawn else tuple(sorted({mother.number, father.number}))
            for mother, father, drawn in zip(mothers, fathers, is_drawn, strict=True)
        ]
        return self._space.canonical(self._awoken(genes, np.array(mothers))), parents

    def drawn_children(
        self,
        population: Sequence[Individual],
        n: int,
        draw: Callable[[Individual], tuple[NDArray[np.intp], Array]],
    ) -> tuple[Array, list[Parents]]:
        """Return children of one parent each, whose choices mutate.

        Numbers that `draw`, given the parent, returns columns and values of are drawn; others
        mutate.
        """
        mothers = self._selected(population, n)
        genes = self._with_steps(np.array(mothers))
        for child, mother in zip(genes, mothers, strict=True):
            columns, values = draw(mother)
            child[columns] = np.clip(values, 0.0, 1.0)
        genes = self._with_mutant_choices(genes)
        points = self._space.canonical(self._awoken(genes, np.array(mothers)))
        return points, [(mother.number,) for mother in mothers]

    def _selected(self, candidates: Sequence[Individual], n: int) -> list[Individual]:
        selected: list[Individual] = self._operators.tournament(
            candidates, n, self._tournament_size
        )
        return selected

    def _mates(
        self, population: Sequence[Individual], mothers: Sequence[Individual]
    ) -> list[Individual]:
        """Return a father for each mother, of the same sub-space."""
        if len(self._space.subspaces) == 1:
            return self._selected(population, len(mothers))
        kin = {
            mother[0]: [member for member in population if member[0] == mother[0]]
            for mother in mothers
        }
        return [self._selected(kin[mother[0]], 1)[0] for mother in mothers]

    def _with_steps(self, genes: Array) -> Array:
        """Mutate numbers, by a step no shorter than one value's width."""
        sigmas = self._rng.choice(_MUTATION_SIGMAS, size=(len(genes), 1))
        steps = np.maximum(sigmas, self._widths).ravel().tolist()
        (moved,) = self._operators.mutate_ordered(
            _flat(genes, self.numbers), 0.0, steps, self._mutation_probability
        )
        mutants = genes.copy()
        mutants[:, self.numbers] = np.clip(moved, 0.0, 1.0).reshape(len(genes), -1)
        return mutants

    def _with_mutant_choices(self, genes: Array) -> Array:
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

    def _awoken(self, genes: Array, mothers: Array) -> Array:
        """Draw what the mothers, of another sub-space, have no value of."""
        if len(self._space.subspaces) == 1:
            return genes
        was_active, is_active = (
            np.array([self._space.active(point) for point in points]) for points in (mothers, genes)
        )
        return np.where(is_active & ~was_active, self._rng.random(genes.shape), genes)


def _flat(genes: Array, columns: NDArray[np.intp]) -> list[float]:
    flat: list[float] = genes[:, columns].ravel().tolist()
    return flat
