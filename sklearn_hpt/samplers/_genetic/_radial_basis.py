"""Cubic radial basis functions: a model that is quick to fit."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]

_RIDGE = 1e-3


class RadialBasis:
    """Cubic radial basis functions with a linear tail, slightly smoothed [1]_.

    References
    ----------
    .. [1] Regis and Shoemaker (2013), Combining radial basis function surrogates and dynamic
       coordinate search in high-dimensional expensive black-box optimization, Engineering
       Optimization 45, equation 1.
    """

    def fit(self, features: Array, targets: Array) -> Self:
        """Learn from points of shape (n_points, n_features).

        Targets are of shape (n_points,), or (n_points, n_targets) to predict several.
        """
        # Fewer points than features say nothing of a slope.
        self._is_sloped = len(features) > features.shape[1]
        tail = self._tail_basis(features)
        n, m = tail.shape
        system = np.zeros((n + m, n + m))
        system[:n, :n] = cdist(features, features) ** 3
        system[:n, n:] = tail
        system[n:, :n] = system[:n, n:].T
        # A ridge of either sign keeps the system regular where features are collinear.
        system[np.arange(n + m), np.arange(n + m)] += np.repeat([_RIDGE, -_RIDGE], [n, m])
        weights = np.linalg.solve(
            system, np.concatenate([targets, np.zeros((m, *targets.shape[1:]))])
        )
        self.features = features
        self._weights, self._tail = weights[:n], weights[n:]
        return self

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Return predictions and distances to the nearest point learned from."""
        distances = cdist(features, self.features)
        values = distances**3 @ self._weights + self._tail_basis(features) @ self._tail
        return values, distances.min(axis=1)

    def _tail_basis(self, features: Array) -> Array:
        constant = np.ones((len(features), 1))
        return np.hstack([features, constant]) if self._is_sloped else constant
