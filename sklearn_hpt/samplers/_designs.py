"""Space-filling points to start from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sklearn_hpt.space import Space

Array = NDArray[np.float64]

_MAX_EXPONENT = 10  # of two, the number of points among which a constraint's few are looked for


def sobol_points(space: Space, n_points: int, rng: np.random.Generator) -> Array:
    """Return scrambled Sobol points, canonical, shape (n_points, n_axes).

    Where a constraint refuses so many that they would have to be looked for, there are fewer.
    """
    if space.n_axes == 0 or n_points == 0:
        return np.empty((0, space.n_axes))
    if space.n_axes > qmc.Sobol.MAXDIM:
        return space.sample(n_points, rng)
    exponent = int(np.ceil(np.log2(max(n_points, 2))))
    sequence = qmc.Sobol(space.n_axes, rng=rng)
    points = space.canonical(sequence.random_base2(exponent)[:n_points])
    if space.constraint is None:
        return points
    return _allowed(space, points, sequence, exponent)[:n_points]


def _allowed(space: Space, points: Array, sequence: qmc.Sobol, exponent: int) -> Array:
    """Return the points that a constraint allows, and of the points that follow as many again."""
    n_points, allowed = len(points), points[space.are_allowed(points)]
    while len(allowed) < n_points and exponent < _MAX_EXPONENT:
        following = space.canonical(sequence.random_base2(exponent))
        allowed = np.vstack([allowed, following[space.are_allowed(following)]])
        exponent += 1
    return allowed
