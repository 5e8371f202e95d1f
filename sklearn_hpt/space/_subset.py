"""Subsets of features, as boolean masks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space._dimensions import Axis, Dimension

_MAX_COUNTED = 2**63


@dataclass(frozen=True)
class Subset:
    """Which features to use, as a value of ``param_distributions``.

    The parameter is a boolean mask, True where a feature is selected: a tuple of bool, so that
    parameters can be compared, hashed and written down; ``numpy.array(mask)`` is what indexes.
    Each feature is a coordinate of the search, so that evolution crosses and mutates masks feature
    by feature. A draw selects on average half of the way between `min_features` and
    `max_features`.

    Parameters
    ----------
    n_features : int
        Length of the mask.
    min_features : int, default=1
        Least number of features selected.
    max_features : int or None, default=None
        Largest number of features selected; None is all of them.

    Raises
    ------
    ValueError
        If ``1 <= min_features <= max_features <= n_features`` does not hold.
    TypeError
        If one of them is no integer.

    See Also
    --------
    sklearn_hpt.FeatureMask : The step of a pipeline that applies the mask.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_hpt import FeatureMask, GeneticSearch, Subset
    >>> X, y = load_wine(return_X_y=True)
    >>> search = GeneticSearch(
    ...     make_pipeline(StandardScaler(), FeatureMask(), LogisticRegression()),
    ...     {
    ...         "featuremask__mask": Subset(13, max_features=6),
    ...         "logisticregression__C": loguniform(1e-2, 1e2),
    ...     },
    ...     n_iter=30,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> mask = search.best_params_["featuremask__mask"]
    >>> len(mask), 1 <= sum(mask) <= 6
    (13, True)
    """

    n_features: int
    min_features: int = 1
    max_features: int | None = None

    def __post_init__(self) -> None:
        for name in ("n_features", "min_features", "max_features"):
            value = getattr(self, name)
            is_left_out = name == "max_features" and value is None
            if not is_left_out and (not isinstance(value, Integral) or isinstance(value, bool)):
                raise TypeError(f"{name} of a Subset must be an integer, got {value!r}.")
        if not 1 <= self.min_features <= self.largest <= self.n_features:
            raise ValueError(
                f"{self!r} holds no mask: let 1 <= min_features <= max_features <= n_features."
            )

    @property
    def largest(self) -> int:
        """Largest number of features selected."""
        return self.n_features if self.max_features is None else self.max_features

    def rvs(
        self, random_state: int | np.random.RandomState | np.random.Generator | None = None
    ) -> tuple[bool, ...]:
        """Draw a mask, as :class:`sklearn.model_selection.RandomizedSearchCV` asks for it.

        Parameters
        ----------
        random_state : int, RandomState, Generator or None, default=None
            What to draw from; None is a new generator.

        Returns
        -------
        tuple of bool
        """
        rng = (
            random_state
            if isinstance(random_state, (np.random.RandomState, np.random.Generator))
            else np.random.default_rng(random_state)
        )
        return Masks(self).decode(rng.uniform(size=self.n_features))


class Masks(Dimension):
    """The masks of a :class:`Subset`, one coordinate a feature.

    A feature is selected whose coordinate is beyond one minus the probability of selection. Where
    those are too many or too few, the features of the largest coordinates are.

    Parameters
    ----------
    subset : Subset
        What the user gave.
    """

    def __init__(self, subset: Subset) -> None:
        self.subset = subset
        self._n = n = int(subset.n_features)
        self._low, self._high = int(subset.min_features), int(subset.largest)
        self._edge = 1 - (self._low + self._high) / (2 * n)
        axis = Axis(is_ordered=True, edges=np.array([0.0, self._edge, 1.0]), n_siblings=n)
        self.axes = (axis,) * n
        self._centers = axis.centers
        self._n_values = _count(n, self._low, self._high)

    @property
    def n_values(self) -> int | None:
        """Number of masks; None if there are too many to list."""
        return self._n_values

    @property
    def listed(self) -> NDArray[np.float64]:
        """Canonical points of all masks, the smallest first."""
        sizes = range(self._low, self._high + 1)
        chosen = itertools.chain.from_iterable(
            itertools.combinations(range(self._n), size) for size in sizes
        )
        points = np.full((self.n_values or 0, self._n), self._centers[0])
        for point, features in zip(points, chosen, strict=True):
            point[list(features)] = self._centers[1]
        return points

    @property
    def median(self) -> tuple[bool, ...]:
        """The first features, half of the way between the least and the largest number."""
        n_selected = (self._low + self._high) // 2
        return (True,) * n_selected + (False,) * (self._n - n_selected)

    def decode(self, units: NDArray[np.float64]) -> tuple[bool, ...]:
        return tuple(self._masks(units[None])[0].tolist())

    def encode(self, value: Any) -> NDArray[np.float64]:
        return self._centers[np.array(self.own(value), dtype=np.intp)]

    def own(self, value: Any) -> tuple[bool, ...]:
        mask = np.ones(self._n, dtype=bool) if value is None else np.asarray(value)
        if mask.dtype != bool or mask.shape != (self._n,):
            raise ValueError(f"{value!r} is no mask of {self._n} booleans")
        if not self._low <= mask.sum() <= self._high:
            raise ValueError(
                f"{value!r} selects {mask.sum()} features, not {self._low} to {self._high}"
            )
        return tuple(mask.tolist())

    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        snapped: NDArray[np.float64] = self._centers[self._masks(units).astype(np.intp)]
        return snapped

    @property
    def signature(self) -> Hashable:
        return Masks, self._n, self._low, self._high

    def decode_all(self, units: NDArray[np.float64]) -> list[Any]:
        return list(map(tuple, self._masks(units).tolist()))

    def tokens_at(self, units: NDArray[np.float64]) -> list[Hashable]:
        return [(tuple, mask.tobytes()) for mask in self._masks(units)]  # as `token` has them

    def _masks(self, units: NDArray[np.float64]) -> NDArray[np.bool_]:
        masks: NDArray[np.bool_] = units >= self._edge
        n_selected = masks.sum(axis=1)
        is_out = (n_selected < self._low) | (n_selected > self._high)
        if is_out.any():
            by_coordinate = np.argsort(-units[is_out], axis=1, kind="stable")
            ranks = np.argsort(by_coordinate, axis=1, kind="stable")
            masks[is_out] = ranks < np.clip(n_selected[is_out], self._low, self._high)[:, None]
        return masks


def _count(n: int, low: int, high: int) -> int | None:
    """Return how many subsets of `low` to `high` out of `n` there are; None for too many."""
    count = 0
    for size in range(low, high + 1):
        count += math.comb(n, size)
        if count > _MAX_COUNTED:
            return None
    return count
