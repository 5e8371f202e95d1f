"""Gaussian-process regression with a Matern-5/2 kernel, one lengthscale an axis, and MAP hyperparameters."""

import copy

import numpy as np
from scipy.linalg import LinAlgError, lapack, solve_triangular
from scipy.optimize import minimize

SQRT5 = np.sqrt(5.0)
JITTER = 1e-8
LENGTHSCALE_BOUNDS = (0.02, 20.0)
SIGNAL_BOUNDS = (0.05, 20.0)
NOISE_BOUNDS = (1e-6, 1.0)
LENGTHSCALE_MEDIAN = 0.5
LENGTHSCALE_SD = 1.0
SIGNAL_SD = 1.0
NOISE_MEDIAN = 1e-3
NOISE_SD = 1.5
MAX_ITERATIONS = 50


class GaussianProcess:
    r"""Zero-mean Gaussian process for standardised targets, written for some hundreds of observations.

    The covariance of features z and z' is the Matern-5/2 kernel ([1]_, eq. 4.17) of the scaled distance
    :math:`r^2 = \sum_j (z_j - z'_j)^2 / \ell_{a(j)}^2`, times a signal variance, plus noise on the diagonal; a(j)
    is the axis that column j encodes. Hyperparameters maximise the posterior under log-normal priors; the median
    lengthscale grows with the square root of the number of axes [2]_. A second ``fit`` starts from the first one's.

    Parameters
    ----------
    feature_axis : ndarray of int
        The axis that each feature column comes from.

    Attributes
    ----------
    theta : ndarray
        Logarithms of the lengthscales, the signal variance and the noise variance.

    References
    ----------
    .. [1] Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, MIT Press.
    .. [2] Hvarfner, Hellsten and Nardi (2024), Vanilla Bayesian optimization performs great in high dimensions, ICML.
    """

    def __init__(self, feature_axis: np.ndarray):
        self.feature_axis = np.asarray(feature_axis)
        self.n_axes = int(self.feature_axis.max()) + 1
        d = self.n_axes
        self._prior_mean = np.r_[
            np.full(d, np.log(LENGTHSCALE_MEDIAN * np.sqrt(d / 3))), 0.0, np.log(NOISE_MEDIAN)
        ]
        self._prior_sd = np.r_[np.full(d, LENGTHSCALE_SD), SIGNAL_SD, NOISE_SD]
        self._bounds = np.log([LENGTHSCALE_BOUNDS] * d + [SIGNAL_BOUNDS, NOISE_BOUNDS])
        self.theta = self._prior_mean.copy()

    def fit(self, Z: np.ndarray, y: np.ndarray, learn: bool = True) -> "GaussianProcess":
        """Condition on observations; ``learn`` also updates the hyperparameters."""
        if learn:
            found = minimize(
                self._loss,
                self.theta,
                args=(Z, y),
                jac=True,
                method="L-BFGS-B",
                bounds=self._bounds,
                options={"maxiter": MAX_ITERATIONS},
            )
            self.theta = found.x
        self.Z = Z
        self._L = _cholesky(self._covariance(Z, Z) + self._noise * np.eye(len(y)))
        self._weights = _solve(self._L, y)
        return self

    def predict(self, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Posterior mean and standard deviation of the noise-free function ([1]_, eqs. 2.25 and 2.26)."""
        cross = self._covariance(self.Z, Z)
        half = solve_triangular(self._L, cross, lower=True, check_finite=False)
        variance = self._signal - np.einsum("ij,ij->j", half, half)
        return self._weights @ cross, np.sqrt(np.maximum(variance, 1e-12))

    def condition_on(self, Z: np.ndarray) -> "GaussianProcess":
        """Copy that has also observed its own posterior mean at Z: the kriging believer [3]_.

        The Cholesky factor grows by a block. Targets equal to their prediction get weight zero, so the mean stays
        as it is and only the variance shrinks.

        .. [3] Ginsbourger, Le Riche and Carraro (2010), Kriging is well-suited to parallelize optimization.
        """
        n, m = len(self.Z), len(Z)
        half = solve_triangular(
            self._L, self._covariance(self.Z, Z), lower=True, check_finite=False
        )
        L = np.zeros((n + m, n + m))
        L[:n, :n], L[n:, :n] = self._L, half.T
        L[n:, n:] = _cholesky(self._covariance(Z, Z) + self._noise * np.eye(m) - half.T @ half)
        believer = copy.copy(self)
        believer.Z, believer._L = np.vstack([self.Z, Z]), L
        believer._weights = np.r_[self._weights, np.zeros(m)]
        return believer

    @property
    def _signal(self) -> float:
        return np.exp(self.theta[-2])

    @property
    def _noise(self) -> float:
        return np.exp(self.theta[-1]) + JITTER

    def _scaled(self, Z: np.ndarray) -> np.ndarray:
        return Z / np.exp(self.theta[self.feature_axis])

    def _covariance(self, A: np.ndarray, B: np.ndarray) -> np.ndarray:
        r = np.sqrt(_squared_distances(self._scaled(A), self._scaled(B)))
        return self._signal * (1 + SQRT5 * r + 5 / 3 * r * r) * np.exp(-SQRT5 * r)

    def _loss(self, theta: np.ndarray, Z: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        """Negative log posterior of the hyperparameters, up to a constant, and its gradient ([1]_, eqs. 5.8, 5.9)."""
        signal, noise = np.exp(theta[-2:])
        A = Z / np.exp(theta[self.feature_axis])
        squared = _squared_distances(A, A)
        scaled_r = SQRT5 * np.sqrt(squared)
        decay = signal * np.exp(-scaled_r)
        kernel = (1 + scaled_r + 5 / 3 * squared) * decay
        try:
            L = _cholesky(kernel + (noise + JITTER) * np.eye(len(y)))
        except LinAlgError:
            return 1e10, np.zeros_like(theta)
        weights = _solve(L, y)
        W = np.outer(weights, weights) - _inverse(L)
        # d kernel / d log l_k = 5/3 (1 + sqrt5 r) exp(-sqrt5 r) times the part of r^2 that axis k adds
        M = W * (5 / 3 * (1 + scaled_r) * decay)
        by_column = M.sum(1) @ (A * A) - np.einsum("ij,ij->j", A, M @ A)
        by_axis = np.bincount(self.feature_axis, by_column, self.n_axes)
        gradient = -np.r_[by_axis, 0.5 * np.vdot(W, kernel), 0.5 * noise * np.trace(W)]
        z = (theta - self._prior_mean) / self._prior_sd
        loss = 0.5 * y @ weights + np.log(np.diag(L)).sum() + 0.5 * z @ z
        return loss, gradient + z / self._prior_sd


def _squared_distances(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    squared = np.einsum("ij,ij->i", A, A)[:, None] + np.einsum("ij,ij->i", B, B) - 2 * A @ B.T
    return np.maximum(squared, 0)


def _cholesky(K: np.ndarray) -> np.ndarray:
    """Lower factor; LAPACK directly, since scipy's checks cost as much as the work at this size."""
    L, info = lapack.dpotrf(K, lower=True, clean=True)
    if info:
        raise LinAlgError("covariance is not positive definite")
    return L


def _solve(L: np.ndarray, y: np.ndarray) -> np.ndarray:
    return lapack.dpotrs(L, y, lower=True)[0]


def _inverse(L: np.ndarray) -> np.ndarray:
    half, _ = lapack.dpotri(L, lower=True)
    return half + np.tril(half, -1).T
