"""The features of points that a surrogate compares."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space import Axis

Array = NDArray[np.float64]

_MAX_INDICATORS = 128
_N_BITS, _SEED = 64, 0


class Encoder:
    """Maps canonical points to Euclidean features.

    A canonical coordinate stands for itself, so that integers are rounded inside the kernel [1]_.
    Unordered choices become one indicator each, scaled so that two different choices lie at a
    distance of one: their Hamming distance. Where there are very many, random codes stand for the
    indicators, at about the same distances [2]_. The coordinates of one parameter are scaled so
    that together they weigh as much as one.

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
    .. [2] Achlioptas (2003), Database-friendly random projections: Johnson-Lindenstrauss with
       binary coins, Journal of Computer and System Sciences 66.
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self._codes = {k: _Codes(axis) for k, axis in enumerate(axes) if not axis.is_ordered}
        self._scales = np.array([axis.n_siblings**-0.5 for axis in axes])
        widths = [self._codes[k].width if k in self._codes else 1 for k in range(len(axes))]
        starts = np.cumsum([0, *widths])
        self._columns = [slice(*ends) for ends in pairwise(starts.tolist())]
        self._ordered = [k for k in range(len(axes)) if k not in self._codes]
        self._ordered_columns = starts[self._ordered]
        self.parameters = _parameter_of_each(axes)
        self.feature_axis = np.repeat(self.parameters, widths)

    def __call__(self, points: Array) -> Array:
        """Return the features of canonical points, shape (n_points, n_features)."""
        features = np.empty((len(points), len(self.feature_axis)))
        scaled = points[:, self._ordered] * self._scales[self._ordered]
        features[:, self._ordered_columns] = scaled
        for axis, codes in self._codes.items():
            features[:, self._columns[axis]] = self._scales[axis] * codes(points[:, axis])
        return features


def _parameter_of_each(axes: Sequence[Axis]) -> NDArray[np.intp]:
    """Return the number of each axis's parameter; siblings stand side by side."""
    sizes: list[int] = []
    while sum(sizes) < len(axes):
        sizes.append(axes[sum(sizes)].n_siblings)
    return np.repeat(np.arange(len(sizes)), sizes)


class _Codes:
    """Features of the unordered choices of an axis."""

    def __init__(self, axis: Axis) -> None:
        edges = np.array([0.0, 1.0]) if axis.edges is None else axis.edges
        self._inner_edges = edges[1:-1]
        n = len(edges) - 1
        if n <= _MAX_INDICATORS:
            self._bits = np.eye(n, dtype=bool)
            self._n_differing = 2.0
        else:
            self._bits = np.random.default_rng(_SEED).integers(2, size=(n, _N_BITS)).astype(bool)
            self._n_differing = _N_BITS / 2

    @property
    def width(self) -> int:
        """Number of features."""
        return self._bits.shape[1]

    def __call__(self, units: Array) -> Array:
        bits = self._bits[np.searchsorted(self._inner_edges, units, side="right")]
        return bits / np.sqrt(self._n_differing)
