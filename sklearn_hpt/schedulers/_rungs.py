"""Rungs: how many trials get how much resource, by the arithmetic of halving."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log


@dataclass(frozen=True, slots=True)
class Rung:
    """A resource level, and how many trials reach it.

    Attributes
    ----------
    number : int
        Its place among the rungs of all brackets, from 0 for the least resource.
    resource : int
        The level.
    n_trials : int
        How many trials reach it.
    """

    number: int
    resource: int
    n_trials: int


Rungs = tuple[Rung, ...]
"""The rungs of a bracket, from the lowest to the highest."""


def n_required_rungs(n_candidates: int, factor: float) -> int:
    """Return how many rungs leave no more than `factor` candidates on the last one."""
    return 1 + _whole_log(n_candidates, factor)


def n_possible_rungs(min_resource: int, max_resource: int, factor: float) -> int:
    """Return how many rungs there are between two resource levels."""
    return 1 + _whole_log(max_resource // min_resource, factor)


def halving_bracket(
    n_candidates: int,
    min_resource: int,
    max_resource: int,
    factor: float,
    *,
    is_aggressive: bool = False,
) -> Rungs:
    """Return the rungs of successive halving as :class:`HalvingRandomSearchCV` has them [1]_.

    Parameters
    ----------
    n_candidates : int
        Trials on the lowest rung.
    min_resource, max_resource : int
        The least and the most resource that a trial gets.
    factor : float
        By how much resource grows, and the number of trials shrinks, from rung to rung.
    is_aggressive : bool, default=False
        Stay at the least resource until no more than `factor` trials can be left in the end.

    References
    ----------
    .. [1] Karnin, Koren and Somekh (2013), Almost optimal exploration in multi-armed bandits,
       ICML.

    Examples
    --------
    >>> [(rung.n_trials, rung.resource) for rung in halving_bracket(20, 10, 100, 3)]
    [(20, 10), (7, 30), (3, 90)]
    """
    n_required = n_required_rungs(n_candidates, factor)
    n_possible = n_possible_rungs(min_resource, max_resource, factor)
    n_rungs = n_required if is_aggressive else min(n_required, n_possible)
    rungs = []
    for number in range(n_rungs):
        power = max(0, number - n_required + n_possible) if is_aggressive else number
        resource = min(int(factor**power * min_resource), max_resource)
        rungs.append(Rung(number, resource, n_candidates))
        n_candidates = ceil(n_candidates / factor)
    return tuple(rungs)


def hyperband_brackets(
    min_resource: int,
    max_resource: int,
    factor: float,
    n_brackets: int | None = None,
    n_candidates: int | None = None,
) -> list[Rungs]:
    """Return the rungs of Hyperband's brackets, most trials first ([1]_, algorithm 1).

    Parameters
    ----------
    min_resource, max_resource : int
        The least and the most resource that a trial gets.
    factor : float
        By how much resource grows, and the number of trials shrinks, from rung to rung.
    n_brackets : int or None, default=None
        How many of them to return, at most; None is all.
    n_candidates : int or None, default=None
        Trials that the first one starts with; those of the others are in proportion. None is as
        many as leave one for the last rung.

    References
    ----------
    .. [1] Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar (2018), Hyperband: a novel
       bandit-based approach to hyperparameter optimization, JMLR 18.

    Examples
    --------
    >>> for bracket in hyperband_brackets(1, 81, 3):
    ...     print([(rung.n_trials, rung.resource) for rung in bracket])
    [(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)]
    [(34, 3), (11, 9), (3, 27), (1, 81)]
    [(15, 9), (5, 27), (1, 81)]
    [(8, 27), (2, 81)]
    [(5, 81)]
    """
    highest = n_possible_rungs(min_resource, max_resource, factor) - 1
    n_first = factor**highest if n_candidates is None else n_candidates
    n_brackets = min(n_brackets or highest + 1, highest + 1)
    brackets = []
    for skipped in range(n_brackets):
        s = highest - skipped
        n_started = ceil(n_first * (highest + 1) / (factor**skipped * (s + 1)))
        rungs = [
            Rung(
                skipped + i,
                max(1, int(max_resource / factor ** (s - i))),
                max(1, floor(n_started / factor**i)),
            )
            for i in range(s + 1)
        ]
        brackets.append(tuple(rungs))
    return brackets


def _whole_log(value: float, base: float) -> int:
    """Return the largest power of `base` that is no larger than `value`, whatever floats say."""
    power = floor(log(value, base))
    if base ** (power + 1) <= value:
        return power + 1
    return power - 1 if base**power > value else power
