"""Crossover: genes of two parents become those of a child."""

from __future__ import annotations

import random
from collections.abc import Sequence

_CROWDING = 15.0  # children resemble their parents the more the larger it is
_DIFFERENT = 1e-14


def simulated_binary(
    mothers: Sequence[float], fathers: Sequence[float], generator: random.Random
) -> list[float]:
    """Return genes in [0, 1] about those of two parents, gene by gene [1]_.

    Every second gene is its mother's own. The others are as far from their parents as the children
    of a one-point crossover of binary numbers are, on either side.

    Parameters
    ----------
    mothers, fathers : sequence of float
        The parents' genes.
    generator : random.Random
        Source of randomness.

    References
    ----------
    .. [1] Deb and Agrawal (1995), Simulated binary crossover for continuous search space, Complex
       Systems 9; bounded as in the authors' code of NSGA-II.
    """
    genes = list(mothers)
    for k, (mother, father) in enumerate(zip(mothers, fathers, strict=True)):
        if generator.random() <= 0.5 and abs(mother - father) > _DIFFERENT:
            low, high = min(mother, father), max(mother, father)
            draw = generator.random()
            if generator.random() <= 0.5:
                spread = _spread(draw, 1.0 - high, high - low)
                gene = 0.5 * (low + high + spread * (high - low))
            else:
                spread = _spread(draw, low, high - low)
                gene = 0.5 * (low + high - spread * (high - low))
            genes[k] = min(max(gene, 0.0), 1.0)
    return genes


def _spread(draw: float, room: float, distance: float) -> float:
    """Return how far apart two children are, in distances of their parents.

    Its distribution ends where the `room` does that is left to the bound.
    """
    alpha = 2.0 - (1.0 + 2.0 * room / distance) ** -(_CROWDING + 1)
    base = draw * alpha if draw <= 1.0 / alpha else 1.0 / (2.0 - draw * alpha)
    return base ** (1.0 / (_CROWDING + 1))


def uniform(
    mothers: Sequence[float], fathers: Sequence[float], generator: random.Random
) -> list[float]:
    """Return genes each of which is of either parent."""
    return [
        father if generator.random() < 0.5 else mother
        for mother, father in zip(mothers, fathers, strict=True)
    ]
