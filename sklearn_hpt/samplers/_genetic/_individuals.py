"""Individuals: trials as DEAP sees them, with their fitness.

``deap.creator`` writes classes into a global module, so that searches in two threads meddle with
each other and individuals cannot be pickled. These classes are ordinary ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from deap import base

Parents = tuple[int, ...]
"""Numbers of an individual's parents."""


class Fitness(base.Fitness):
    """A score to maximise."""

    weights = (1.0,)
    crowding_dist = 0.0

    @property
    def values(self) -> tuple[float, ...]:
        """The score, or each of several."""
        values: tuple[float, ...] = self.wvalues
        return values

    @values.setter
    def values(self, values: Iterable[float]) -> None:
        self.wvalues = tuple(values)


class ParetoFitness(Fitness):
    """Scores to maximise together, under the crowded comparison of NSGA-II [1]_.

    The one that dominates is larger; if neither does, the one with fewer neighbours.

    References
    ----------
    .. [1] Deb, Pratap, Agarwal and Meyarivan (2002), A fast and elitist multiobjective genetic
       algorithm: NSGA-II, IEEE Transactions on Evolutionary Computation 6.
    """

    # DEAP's __gt__ and __ge__ are the contraries of these.
    def __lt__(self, other: Fitness) -> bool:
        return _is_less_fit(self, other)

    def __le__(self, other: Fitness) -> bool:
        return not _is_less_fit(other, self)

    __eq__ = base.Fitness.__eq__
    __hash__ = base.Fitness.__hash__


def _is_less_fit(one: Fitness, other: Fitness) -> bool:
    if other.dominates(one):
        return True
    return not one.dominates(other) and one.crowding_dist < other.crowding_dist


class Individual(list[float]):
    """Coordinates of a trial's point, with its fitness and where it comes from.

    Parameters
    ----------
    genes : iterable of float
        Coordinates.
    number : int, default=-1
        Position in the order in which trials were asked for.
    parents : tuple of int, default=()
        Numbers of its parents.
    score : float or None, default=None
        The score; None is a failure.
    objectives : sequence of float, default=()
        Several scores that are maximised together, instead of the score.
    """

    def __init__(
        self,
        genes: Iterable[float],
        number: int = -1,
        parents: Parents = (),
        score: float | None = None,
        objectives: Sequence[float] = (),
    ) -> None:
        super().__init__(genes)
        self.number = number
        self.parents = parents
        self.score = score
        self.fitness = ParetoFitness() if len(objectives) > 1 else Fitness()
        # A failure's single value is dominated by any number of finite ones.
        self.fitness.values = (-math.inf if score is None else score,)
        if len(objectives) > 1:
            self.fitness.values = objectives
