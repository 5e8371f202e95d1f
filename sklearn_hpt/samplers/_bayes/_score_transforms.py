"""Targets that a Gaussian process models well, made of scores; larger stays better."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TAIL = 3.0
_SMALLEST_SPREAD = 1e-290  # dividing by less may overflow


def model_targets(scores: Array) -> Array:
    """Return scores with failures filled in, the lower tail cut and a common scale.

    How bad a bad score is says nothing about where the optimum lies, yet one exploding loss would
    squeeze all good scores together. So scores are raised to a bound three times as far below
    the median as the best score lies above it.

    Parameters
    ----------
    scores : ndarray of shape (n_scores,)
        Scores; NaN for failures, which count as the worst score.

    Returns
    -------
    ndarray of shape (n_scores,)
        Targets with mean zero and variance one; all zero if the scores are all the same.
    """
    return standardised(_winsorised(_filled(scores)))


def standardised(values: Array) -> Array:
    """Return values with mean zero and variance one; equal ones become zero."""
    spread = np.ptp(values)
    if not spread > _SMALLEST_SPREAD:
        return np.zeros(len(values))
    shares = (values - values.min()) / spread
    return (shares - shares.mean()) / shares.std()


def _filled(scores: Array) -> Array:
    is_known = np.isfinite(scores)
    return np.where(is_known, scores, scores[is_known].min() if is_known.any() else 0.0)


def _winsorised(scores: Array) -> Array:
    median, best = np.median(scores), scores.max()
    return np.maximum(scores, median - _TAIL * (best - median)) if best > median else scores
