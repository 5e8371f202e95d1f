"""Models that predict the scores of points not tried yet."""

from __future__ import annotations

import warnings
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from sklearn_hpt.samplers._bayes._gaussian_process import GaussianProcess
from sklearn_hpt.samplers._encoding import Encoder

Array = NDArray[np.float64]

_MIN_STD = 1e-6


class Surrogate(Protocol):
    """Predicts scores of points not tried yet, and how sure it is."""

    def fit(self, features: Array, targets: Array, n_observed: int) -> Self:
        """Learn from observations, which may be some of `n_observed`."""

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return means and standard deviations."""

    def condition_on(self, features: Array) -> Surrogate:
        """Return a surrogate that believes its own means at points under evaluation [1]_.

        .. [1] Ginsbourger, Le Riche and Carraro (2010), Kriging is well-suited to parallelize
           optimization.
        """

    def relevance(self, parameters: NDArray[np.intp]) -> Array:
        """Return how much each of some parameters matters to the score, up to a factor."""


class RegressorSurrogate:
    """A scikit-learn regressor as a surrogate.

    Parameters
    ----------
    regressor : estimator
        Its ``predict`` takes ``return_std=True``. Cloned, never fitted itself.
    rng : numpy.random.Generator
        Seeds a regressor whose ``random_state`` is None.
    """

    def __init__(self, regressor: BaseEstimator, rng: np.random.Generator) -> None:
        self._regressor = clone(regressor)
        unseeded = [
            name
            for name, value in self._regressor.get_params().items()
            if value is None and name.split("__")[-1] == "random_state"
        ]
        self._regressor.set_params(**{name: int(rng.integers(2**31)) for name in unseeded})

    def fit(self, features: Array, targets: Array, n_observed: int) -> Self:
        """Fit a new clone of the regressor."""
        self._features, self._targets = features, targets
        self._fitted = clone(self._regressor).fit(features, targets)
        return self

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return means and standard deviations, the latter never zero."""
        mean, std = self._fitted.predict(features, return_std=True)
        return mean, np.maximum(std, _MIN_STD)

    def condition_on(self, features: Array) -> RegressorSurrogate:
        """Return a copy fitted to its own predictions as well."""
        means, _ = self.predict(features)
        believer = RegressorSurrogate.__new__(RegressorSurrogate)
        believer._regressor = self._regressor
        return believer.fit(
            np.vstack([self._features, features]),
            np.concatenate([self._targets, means]),
            len(self._targets) + len(means),
        )

    def relevance(self, parameters: NDArray[np.intp]) -> Array:
        """Return ones: regressors have no common word for it."""
        return np.ones(len(parameters))


def make_surrogate(
    surrogate: str | BaseEstimator, encoder: Encoder, rng: np.random.Generator
) -> Surrogate:
    """Return the surrogate that a user asked for.

    Parameters
    ----------
    surrogate : "gp", "forest" or estimator
        A Gaussian process, scikit-optimize's random forest, or a regressor.
    encoder : Encoder
        Makes the features.
    rng : numpy.random.Generator
        Seeds regressors that have no seed.

    Raises
    ------
    TypeError
        If the regressor cannot say how sure it is.
    """
    if isinstance(surrogate, str):
        if surrogate == "gp":
            return GaussianProcess(encoder.feature_axis)
        return RegressorSurrogate(_forest(), rng)
    probe = RegressorSurrogate(surrogate, np.random.default_rng(0))
    n_features = len(encoder.feature_axis)
    features = np.linspace(0, 1, 4 * n_features).reshape(4, n_features)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            probe.fit(features, np.array([0.0, 1.0, 0.5, -1.5]), 4).predict(features)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"surrogate={surrogate!r} cannot model scores and say how sure it is: it must be a "
            'regressor whose predict takes return_std=True, "gp" or "forest".'
        ) from error
    return RegressorSurrogate(surrogate, rng)


def _forest() -> Any:
    from skopt.learning import RandomForestRegressor

    return RandomForestRegressor(n_estimators=100, min_samples_leaf=3)
