"""Selection: who becomes a parent, who survives, and who is never forgotten."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from operator import attrgetter

import numpy as np
from deap import tools

from sklearn_hpt.samplers._genetic._individuals import Individual, ParetoFitness


def tournament(
    individuals: Sequence[Individual], n: int, size: int, generator: random.Random
) -> list[Individual]:
    """Return `n` individuals, each the fittest of `size` that are drawn with replacement."""
    return [
        max((generator.choice(individuals) for _ in range(size)), key=attrgetter("fitness"))
        for _ in range(n)
    ]


def fittest(individuals: Sequence[Individual], n: int) -> list[Individual]:
    """Return the `n` best, the best first: of one score, or by NSGA-II's selection of several.

    Where scores are coarse many individuals have all of them in common. The first of such is
    selected, and the others only if there are not enough; they would take the place of variety.
    """
    if not any(isinstance(individual.fitness, ParetoFitness) for individual in individuals):
        best: list[Individual] = tools.selBest(individuals, n)
        return best
    firsts: dict[tuple[float, ...], Individual] = {}
    twins, failed = [], []
    for individual in individuals:
        if individual.score is None:
            failed.append(individual)
        elif firsts.setdefault(individual.fitness.values, individual) is not individual:
            twins.append(individual)
    selected: list[Individual] = tools.selNSGA2(list(firsts.values()), n)
    if len(selected) < n and twins:
        selected += tools.selNSGA2(twins, n - len(selected))
    return (selected + failed)[:n]


class Population:
    """The individuals that may become parents, of which the fittest survive.

    Parameters
    ----------
    size : int
        How many survive.
    n_offspring : int
        How many newcomers compete with them at a time: one in a steady state, as many as there are
        places where generations replace each other. The founders enter as they come.

    Attributes
    ----------
    members : list of Individual
        The survivors, the fittest first.
    generation : int
        How many times they were chosen.
    mean : float
        The mean of their scores.
    diversity : float
        The mean standard deviation of their coordinates.
    """

    def __init__(self, size: int, n_offspring: int) -> None:
        self._size = size
        self._n_offspring = n_offspring
        self._offspring: list[Individual] = []
        self.members: list[Individual] = []
        self.generation = 0
        self.mean = self.diversity = math.nan

    def add(self, individual: Individual) -> None:
        """Let an individual compete with the others, now or together with those to come."""
        self._offspring.append(individual)
        is_founding = len(self.members) < self._size
        if is_founding or len(self._offspring) >= self._n_offspring:
            self._replace()

    def _replace(self) -> None:
        """Let the best of parents and offspring survive."""
        survivors = fittest(self.members + self._offspring, self._size)
        if {member.number for member in survivors} != {member.number for member in self.members}:
            scores = [member.score for member in survivors if member.score is not None]
            self.mean = sum(scores) / len(scores) if scores else math.nan
            self.diversity = float(np.std(survivors, axis=0).mean()) if survivors[0] else 0.0
        self.members = survivors
        self._offspring = []
        self.generation += 1


class Archive:
    """The best individual that ever was, or of several scores all that no other dominates."""

    def __init__(self) -> None:
        self._front = tools.ParetoFront(similar=_is_twin)

    def add(self, individual: Individual) -> None:
        """Let an individual in if it deserves it."""
        if individual.score is not None:
            self._front.update([individual])

    @property
    def best_score(self) -> float:
        """The best score in it; NaN if it is empty."""
        return max((member.score for member in self._front), default=math.nan)

    def __iter__(self) -> Iterator[Individual]:
        return iter(self._front)

    def __len__(self) -> int:
        return len(self._front)


def _is_twin(one: Individual, other: Individual) -> bool:
    """Say so of individuals of equal scores: one of them is enough."""
    return one.fitness == other.fitness
