"""DEAP without global state.

DEAP's operators draw from Python's global generator and ``deap.creator`` writes names into a global
module, so that searches in two threads meddle with each other and individuals cannot be pickled.
Here operators draw from a generator of the caller's own, and the classes are ordinary ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np
from deap import base, cma, tools
from numpy.typing import NDArray

_SBX_ETA = 15.0


class Fitness(base.Fitness):
    """Scores to maximise."""

    weights = (1.0,)


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
    """

    def __init__(
        self, genes: Iterable[float], number: int = -1, parents: tuple[int, ...] = ()
    ) -> None:
        super().__init__(genes)
        self.fitness = Fitness()
        self.number = number
        self.parents = parents


class Operators:
    """DEAP's operators, drawing from a generator of their own.

    Parameters
    ----------
    generator : random.Random
        What they draw from.
    """

    def __init__(self, generator: random.Random) -> None:
        self.generator = generator
        self.tournament = _drawing_from(generator, tools.selTournament)
        crossover = _drawing_from(generator, tools.cxSimulatedBinaryBounded)
        self.cross_ordered = partial(crossover, eta=_SBX_ETA, low=0.0, up=1.0)
        self.cross_choices = partial(_drawing_from(generator, tools.cxUniform), indpb=0.5)
        self.mutate_ordered = _drawing_from(generator, tools.mutGaussian)

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
