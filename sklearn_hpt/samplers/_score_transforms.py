"""Transforms that make scores look Gaussian; larger stays better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import yeojohnson

Array = NDArray[np.float64]


def gaussian_like(scores: Array) -> Array:
    """Return scores with mean zero, variance one and lighter tails, by Yeo-Johnson's transform.

    A few disastrous configurations would otherwise set the scale, and flatten the differences
    between good ones. Failures, which are NaN, count as the worst score.

    Parameters
    ----------
    scores : ndarray of shape (n_scores,)
        Scores; NaN for failures.

    Returns
    -------
    ndarray of shape (n_scores,)

    References
    ----------
    .. [1] Cowen-Rivers et al. (2022), HEBO: Pushing the limits of sample-efficient
       hyper-parameter optimisation, JAIR 74.
    """
    finite = np.isfinite(scores)
    filled = np.where(finite, scores, scores[finite].min() if finite.any() else 0.0)
    standard = standardised(filled)
    if len(np.unique(standard)) < 3:
        return standard
    warped, _ = yeojohnson(standard)
    if not np.isfinite(warped).all() or warped.std() < 1e-3:
        return standard
    return standardised(warped)


def standardised(scores: Array) -> Array:
    """Return scores with mean zero and variance one; constant ones become zero."""
    return (scores - scores.mean()) / (scores.std() or 1.0)
