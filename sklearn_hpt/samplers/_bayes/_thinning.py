"""The choice of observations that a model keeps when there are too many for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def informative_subset(
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    size: int,
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Return the positions of the observations worth keeping.

    Half of them are the best and a quarter the nearest to the best one, which keeps the model
    sharp where the next point is likely, as a trust region would [1]_. The rest are drawn at
    random, which keeps it honest elsewhere.

    Parameters
    ----------
    features : ndarray of shape (n_points, n_features)
        Where the observations were made.
    targets : ndarray of shape (n_points,)
        What was observed; larger is better.
    size : int
        How many to keep.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (min(size, n_points),)

    References
    ----------
    .. [1] Eriksson et al. (2019), Scalable global optimization via local Bayesian optimization,
       NeurIPS.
    """
    if len(targets) <= size:
        return np.arange(len(targets))
    order = np.argsort(-targets, kind="stable")
    best, rest = order[: size // 2], order[size // 2 :]
    distances = ((features[rest] - features[order[0]]) ** 2).sum(axis=1)
    by_distance = rest[np.argsort(distances, kind="stable")]
    near, far = by_distance[: size // 4], by_distance[size // 4 :]
    others = rng.choice(far, size - len(best) - len(near), replace=False)
    return np.concatenate([best, near, others])
