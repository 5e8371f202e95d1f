"""DEAP without global state.

DEAP's operators draw from Python's global generator and ``deap.creator`` writes names into a global
module, so that searches in two threads meddle with each other and individuals cannot be pickled.
Here operators draw from a generator of the caller's own, and the classes are ordinary ones.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

import numpy as np
from deap import base, cma, tools
from numpy.typing import NDArray

_SBX_ETA = 15.0


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
        The score that guides; None is a failure.
    objectives : sequence of float, default=()
        All of several scores that are maximised together.
    """

    def __init__(
        self,
        genes: Iterable[float],
        number: int = -1,
        parents: tuple[int, ...] = (),
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


class Fame:
    """Keeps the best individual that ever was, or all that no other dominates.

    Attributes
    ----------
    hall : deap.tools.HallOfFame
        A hall of one, or of several scores a Pareto front.
    """

    def __init__(self) -> None:
        self.hall = tools.HallOfFame(1)

    def update(self, individual: Individual) -> None:
        """Let an individual in if it deserves it."""
        if individual.score is None:
            return
        is_of_several = isinstance(individual.fitness, ParetoFitness)
        if is_of_several and not isinstance(self.hall, tools.ParetoFront):
            self.hall = tools.ParetoFront(similar=_is_twin)
        self.hall.update([individual])


def _is_twin(one: Individual, other: Individual) -> bool:
    """Say so of individuals of equal scores: one of them is enough."""
    return one.fitness == other.fitness


class Operators(base.Toolbox):
    """DEAP's operators, drawing from a generator of their own.

    Parameters
    ----------
    generator : random.Random
        What they draw from.
    """

    def __init__(self, generator: random.Random) -> None:
        super().__init__()
        self.generator = generator
        self.register("tournament", _drawing_from(generator, tools.selTournament))
        self.register(
            "cross_ordered",
            _drawing_from(generator, tools.cxSimulatedBinaryBounded),
            eta=_SBX_ETA,
            low=0.0,
            up=1.0,
        )
        self.register("cross_choices", _drawing_from(generator, tools.cxUniform), indpb=0.5)
        self.register("mutate_ordered", _drawing_from(generator, tools.mutGaussian))

    def __reduce__(self) -> tuple[Any, ...]:
        # The functions hold the generator: a copy needs functions that hold its own.
        return Operators, (self.generator,)


def _drawing_from(generator: random.Random, operator: Callable[..., Any]) -> Callable[..., Any]:
    """Return one of DEAP's functions, drawing from `generator` instead of the global one.

    The function's code gets globals of its own in which ``random`` is the generator; so have the
    functions of its module that it calls.
    """
    shared = operator.__globals__
    own = {**shared, "random": generator}
    for name, value in shared.items():
        if isinstance(value, FunctionType) and value.__globals__ is shared:
            own[name] = FunctionType(
                value.__code__, own, name, value.__defaults__, value.__closure__
            )
    bound: Callable[..., Any] = own[operator.__name__]
    return bound


class CMAStrategy(cma.Strategy):
    """DEAP's covariance matrix adaptation, one individual at a time from a given generator."""

    def draw(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return one draw of the current distribution, shape (dim,)."""
        drawn: NDArray[np.float64] = self.centroid + self.sigma * (
            self.BD @ rng.standard_normal(self.dim)
        )
        return drawn
