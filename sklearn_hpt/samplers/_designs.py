"""Space-filling points to start from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from sklearn_hpt.space import Space

Array = NDArray[np.float64]


def sobol_points(space: Space, n_points: int, rng: np.random.Generator) -> Array:
    """Return scrambled Sobol points, canonical, shape (n_points, n_axes)."""
    if space.n_axes == 0 or n_points == 0:
        return np.empty((0, space.n_axes))
    if space.n_axes > qmc.Sobol.MAXDIM:
        return space.sample(n_points, rng)
    exponent = int(np.ceil(np.log2(max(n_points, 2))))
    sequence = qmc.Sobol(space.n_axes, rng=rng).random_base2(exponent)
    return space.canonical(sequence[:n_points])
