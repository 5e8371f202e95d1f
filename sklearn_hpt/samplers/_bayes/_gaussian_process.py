"""Gaussian-process regression with a Matern-5/2 kernel and a lengthscale for each axis."""

from __future__ import annotations

import copy
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, lapack, solve_triangular
from scipy.optimize import minimize

Array = NDArray[np.float64]

_SQRT5 = np.sqrt(5.0)
_JITTER = 1e-8
_MAX_ITERATIONS = 50
# Bounds, prior medians and standard deviations of the logarithms.
_LENGTHSCALE_BOUNDS, _LENGTHSCALE_MEDIAN, _LENGTHSCALE_SD = (0.02, 20.0), 0.5, 1.0
_TREND_BOUNDS, _TREND_MEDIAN, _TREND_SD = (1e-6, 5.0), 0.1, 1.5
_SIGNAL_BOUNDS, _SIGNAL_MEDIAN, _SIGNAL_SD = (0.05, 20.0), 1.0, 1.0
_NOISE_BOUNDS, _NOISE_MEDIAN, _NOISE_SD = (1e-6, 1.0), 1e-3, 1.5
_RELEARN_SHARE = 1 / 40


class GaussianProcess:
    r"""A zero-mean Gaussian process for standardised targets, for some hundreds of observations.

    The covariance of features z and z' is the Matern-5/2 kernel ([1]_, eq. 4.17) of the scaled
    distance :math:`r^2 = \sum_j (z_j - z'_j)^2 / \ell_{a(j)}^2`, times a signal variance, plus
    noise on the diagonal; a(j) is the axis that feature j comes from. A trend of quadratic main
    effects and pairwise interactions, with normal weights ([1]_, section 2.7), tells the corners
    of many dimensions, which no observation is near, apart. Hyperparameters maximise the
    posterior under log-normal priors; the median lengthscale grows with the square root of the
    number of axes [2]_. They are learned again, from where they were, once the observations have
    grown by a fortieth.

    Parameters
    ----------
    feature_axis : ndarray of int of shape (n_features,)
        The axis each feature comes from.

    Attributes
    ----------
    theta : ndarray of shape (n_parameters + 3,)
        Logarithms of the lengthscales and of the trend, signal and noise variances.

    References
    ----------
    .. [1] Rasmussen and Williams (2006), Gaussian processes for machine learning, MIT Press.
    .. [2] Hvarfner, Hellsten and Nardi (2024), Vanilla Bayesian optimization performs great in
       high dimensions, ICML.
    """

    def __init__(self, feature_axis: NDArray[np.intp]) -> None:
        self._feature_axis = np.asarray(feature_axis)
        self._n_axes = d = int(self._feature_axis.max(initial=-1)) + 1
        lengthscale_median = _LENGTHSCALE_MEDIAN * np.sqrt(d / 3)
        medians = [*[lengthscale_median] * d, _TREND_MEDIAN, _SIGNAL_MEDIAN, _NOISE_MEDIAN]
        self._prior_mean = np.log(medians)
        self._prior_sd = np.array([*[_LENGTHSCALE_SD] * d, _TREND_SD, _SIGNAL_SD, _NOISE_SD])
        self._bounds = np.log(
            [*[_LENGTHSCALE_BOUNDS] * d, _TREND_BOUNDS, _SIGNAL_BOUNDS, _NOISE_BOUNDS]
        )
        self.theta = self._prior_mean.copy()
        self._n_learned = 0

    def fit(self, features: Array, targets: Array, n_observed: int) -> Self:
        """Condition on observations.

        Parameters
        ----------
        features : ndarray of shape (n_points, n_features)
            Where they were made.
        targets : ndarray of shape (n_points,)
            What was observed.
        n_observed : int
            How many there are in all; these may be some of them.
        """
        if n_observed - self._n_learned >= max(1, int(n_observed * _RELEARN_SHARE)):
            self._learn(features, targets)
            self._n_learned = n_observed
        self._features = features
        covariance = self._covariance(features, features)
        self._factor = _cholesky(covariance + self._noise * np.eye(len(targets)))
        self._weights = _solve(self._factor, targets)
        return self

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return mean and standard deviation without noise ([1]_, eq. 2.25 and 2.26)."""
        cross = self._covariance(self._features, features)
        half = solve_triangular(self._factor, cross, lower=True, check_finite=False)
        prior = self._signal + self._trend * _trend_variance(features)
        variance = prior - np.einsum("ij,ij->j", half, half)
        return self._weights @ cross, np.sqrt(np.maximum(variance, 1e-12))

    def condition_on(self, features: Array) -> GaussianProcess:
        """Return a copy that has also observed its own mean at some points.

        The Cholesky factor grows by a block. Targets equal to their prediction get weight zero,
        so the mean stays as it is and only the variance shrinks.
        """
        n, m = len(self._features), len(features)
        cross = self._covariance(self._features, features)
        half = solve_triangular(self._factor, cross, lower=True, check_finite=False)
        factor = np.zeros((n + m, n + m))
        factor[:n, :n], factor[n:, :n] = self._factor, half.T
        own = self._covariance(features, features) + self._noise * np.eye(m)
        factor[n:, n:] = _cholesky(own - half.T @ half)
        believer = copy.copy(self)
        believer._features, believer._factor = np.vstack([self._features, features]), factor
        believer._weights = np.concatenate([self._weights, np.zeros(m)])
        return believer

    def relevance(self, parameters: NDArray[np.intp]) -> Array:
        """Return inverse squared lengthscales of some parameters ([1]_, section 5.1)."""
        weights: Array = np.exp(-2 * self.theta[parameters])
        return weights

    def _learn(self, features: Array, targets: Array) -> None:
        """Maximise the posterior of the hyperparameters, from where they are."""
        self.theta = minimize(
            self._loss,
            self.theta,
            args=(features, targets),
            jac=True,
            method="L-BFGS-B",
            bounds=self._bounds,
            options={"maxiter": _MAX_ITERATIONS},
        ).x

    def _loss(self, theta: Array, features: Array, targets: Array) -> tuple[float, Array]:
        """Return the negative log posterior, up to a constant, and its gradient.

        [1]_, eq. 5.8 and 5.9.
        """
        trend, signal, noise = np.exp(theta[-3:])
        scaled = features / np.exp(theta[self._feature_axis])
        squared = _squared_distances(scaled, scaled)
        root = _SQRT5 * np.sqrt(squared)
        decay = signal * np.exp(-root)
        kernel = (1 + root + 5 / 3 * squared) * decay
        drift = trend * _trend_covariance(features, features)
        try:
            factor = _cholesky(kernel + drift + (noise + _JITTER) * np.eye(len(targets)))
        except LinAlgError:
            return 1e10, np.zeros_like(theta)
        weights = _solve(factor, targets)
        slope = np.outer(weights, weights) - _inverse(factor)
        # d kernel / d log l_k is 5/3 (1 + sqrt5 r) exp(-sqrt5 r) times what axis k adds to r^2.
        radial = slope * (5 / 3 * (1 + root) * decay)
        by_feature = radial.sum(1) @ (scaled * scaled)
        by_feature -= np.einsum("ij,ij->j", scaled, radial @ scaled)
        by_axis = np.bincount(self._feature_axis, by_feature, self._n_axes)
        by_variance = [np.vdot(slope, drift), np.vdot(slope, kernel), noise * slope.trace()]
        gradient = -np.array([*by_axis, *(0.5 * part for part in by_variance)])
        z = (theta - self._prior_mean) / self._prior_sd
        loss = 0.5 * targets @ weights + np.log(np.diag(factor)).sum() + 0.5 * z @ z
        return float(loss), gradient + z / self._prior_sd

    @property
    def _trend(self) -> float:
        return float(np.exp(self.theta[-3]))

    @property
    def _signal(self) -> float:
        return float(np.exp(self.theta[-2]))

    @property
    def _noise(self) -> float:
        return float(np.exp(self.theta[-1])) + _JITTER

    def _covariance(self, a: Array, b: Array) -> Array:
        lengthscales = np.exp(self.theta[self._feature_axis])
        r = np.sqrt(_squared_distances(a / lengthscales, b / lengthscales))
        matern: Array = self._signal * (1 + _SQRT5 * r + 5 / 3 * r * r) * np.exp(-_SQRT5 * r)
        return matern + self._trend * _trend_covariance(a, b)


def _trend_covariance(a: Array, b: Array) -> Array:
    """Return the covariance of a trend of quadratic main effects and their interactions.

    A power of an inner product is that of all products of so many factors ([1]_, section 4.2.2):
    the square of the main effects' covariance is that of their pairwise interactions.
    """
    main: Array = _trend_basis(a) @ _trend_basis(b).T
    return (main + main * main) / 2


def _trend_variance(features: Array) -> Array:
    """Return the diagonal of `_trend_covariance`."""
    main: Array = (_trend_basis(features) ** 2).sum(axis=1)
    return (main + main * main) / 2


def _trend_basis(features: Array) -> Array:
    """Return a constant and the normalised Legendre polynomials of degree 1 and 2 of features."""
    x = 2 * features - 1
    scale = np.sqrt(max(features.shape[1], 1))
    polynomials = np.hstack([np.sqrt(3) * x, np.sqrt(5) / 2 * (3 * x * x - 1)]) / scale
    return np.hstack([polynomials, np.ones((len(features), 1))])


def _squared_distances(a: Array, b: Array) -> Array:
    squared = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b) - 2 * a @ b.T
    return np.maximum(squared, 0)


def _cholesky(matrix: Array) -> Array:
    """Return the lower factor; by LAPACK, as scipy's checks cost as much as the work here."""
    factor, info = lapack.dpotrf(matrix, lower=True, clean=True)
    if info:
        raise LinAlgError("The covariance is not positive definite.")
    return np.asarray(factor)


def _solve(factor: Array, targets: Array) -> Array:
    return np.asarray(lapack.dpotrs(factor, targets, lower=True)[0])


def _inverse(factor: Array) -> Array:
    half, _ = lapack.dpotri(factor, lower=True)
    return np.asarray(half + np.tril(half, -1).T)
