"""Acquisition functions: how promising a point is, given a model's prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, log1p, ndtr

Array = NDArray[np.float64]

_LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)
_LOG_SQRT_HALF_PI = 0.5 * np.log(np.pi / 2)
_FAR_TAIL = -1 / np.sqrt(np.finfo(float).eps)


def log_expected_improvement(mean: Array, std: Array, best: float) -> Array:
    """Logarithm of the expected improvement over `best`, for scores that are maximised.

    Finite where the expected improvement itself underflows [1]_.

    Parameters
    ----------
    mean, std : ndarray of shape (n_points,)
        The model's prediction.
    best : float
        The score to improve on.

    Returns
    -------
    ndarray of shape (n_points,)

    References
    ----------
    .. [1] Ament et al. (2023), Unexpected improvements to expected improvement for Bayesian
       optimization, NeurIPS, equations 8 and 9.
    """
    return _log_h((mean - best) / std) + np.log(std)


def _log_h(z: Array) -> Array:
    """log(phi(z) + z Phi(z)), in each range by the form that is exact there."""
    out = np.empty_like(z)
    near, far = z > -1, z <= _FAR_TAIL
    tail = ~near & ~far
    out[near] = np.log(np.exp(-0.5 * z[near] ** 2 - _LOG_SQRT_2PI) + z[near] * ndtr(z[near]))
    mills = np.log(erfcx(-z[tail] / np.sqrt(2)) * -z[tail]) + _LOG_SQRT_HALF_PI
    out[tail] = -0.5 * z[tail] ** 2 - _LOG_SQRT_2PI + _log1mexp(mills)
    out[far] = -0.5 * z[far] ** 2 - _LOG_SQRT_2PI - 2 * np.log(-z[far])
    return out


def _log1mexp(x: Array) -> Array:
    """log(1 - exp(x)) for x < 0 (Maechler 2012)."""
    with np.errstate(divide="ignore"):
        return np.where(x > -np.log(2), np.log(-np.expm1(x)), log1p(-np.exp(x)))
