"""The features of points that a surrogate compares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space import Axis

Array = NDArray[np.float64]


class Encoder:
    """Maps canonical points to Euclidean features.

    A canonical coordinate stands for itself, so that integers are rounded inside the kernel [1]_.
    Unordered choices become one indicator each, scaled so that two different choices lie at a
    distance of one: their Hamming distance. The coordinates of one parameter are scaled so that
    together they weigh as much as one.

    Parameters
    ----------
    axes : sequence of Axis
        The axes of the cube.

    Attributes
    ----------
    parameters : ndarray of int of shape (n_axes,)
        The number of each axis's parameter.
    feature_axis : ndarray of int of shape (n_features,)
        The parameter each feature comes from; features of one parameter share a lengthscale.

    References
    ----------
    .. [1] Garrido-Merchan and Hernandez-Lobato (2020), Dealing with categorical and
       integer-valued variables in Bayesian optimization with Gaussian processes,
       Neurocomputing 380.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self._edges = [None if axis.is_ordered else axis.edges for axis in axes]
        self._scales = [axis.n_siblings**-0.5 for axis in axes]
        widths = [1 if edges is None else len(edges) - 1 for edges in self._edges]
        self.parameters = _parameter_of_each(axes)
        self.feature_axis = np.repeat(self.parameters, widths)

    def __call__(self, points: Array) -> Array:
        """Return the features of canonical points, shape (n_points, n_features)."""
        return np.hstack(
            [
                scale * _columns(edges, units)
                for scale, edges, units in zip(self._scales, self._edges, points.T, strict=True)
            ]
        )


def _parameter_of_each(axes: Sequence[Axis]) -> NDArray[np.intp]:
    """Return the number of each axis's parameter; siblings stand side by side."""
    sizes: list[int] = []
    while sum(sizes) < len(axes):
        sizes.append(axes[sum(sizes)].n_siblings)
    return np.repeat(np.arange(len(sizes)), sizes)


def _columns(edges: Array | None, units: Array) -> Array:
    if edges is None:
        return units[:, None]
    indicators = np.eye(len(edges) - 1) / np.sqrt(2)
    return indicators[np.searchsorted(edges[1:-1], units, side="right")]
