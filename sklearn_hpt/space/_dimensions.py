"""One hyperparameter as a map between its values and a unit cube of its own.

Most have a single coordinate. Every dimension maps by its cumulative distribution, so that a
uniform draw of the cube is a draw of the distribution the user asked for, and log scales, integers
and weighted choices need no special case anywhere else.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

PROBES = np.linspace(0.05, 0.95, 7)


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """What a model needs to know of one coordinate of the cube.

    Attributes
    ----------
    is_ordered : bool
        False for unordered choices, whose coordinates say nothing of likeness.
    edges : ndarray of shape (n_values + 1,) or None
        Ends of the parts of the unit interval that the values own; None for values that cannot
        be listed.
    n_siblings : int
        How many coordinates its parameter has, itself included. They stand side by side.
    """

    is_ordered: bool = True
    edges: NDArray[np.float64] | None = None
    n_siblings: int = 1

    @property
    def n_values(self) -> int | None:
        """Number of distinct values; None if they cannot be listed."""
        return None if self.edges is None else len(self.edges) - 1

    @property
    def centers(self) -> NDArray[np.float64]:
        """Canonical coordinates of the values, ascending; empty if they cannot be listed."""
        return np.empty(0) if self.edges is None else (self.edges[1:] + self.edges[:-1]) / 2


class Distribution(Protocol):
    """A one-dimensional distribution, as frozen ones of :mod:`scipy.stats`."""

    def ppf(self, q: ArrayLike, /) -> Any:
        """Quantile of probability `q`."""

    def cdf(self, x: ArrayLike, /) -> Any:
        """Probability of at most `x`."""


class Dimension(ABC):
    """Base of the kinds of dimension.

    Attributes
    ----------
    axes : tuple of Axis
        What a model needs to know of each coordinate.
    """

    axes: tuple[Axis, ...] = (Axis(),)

    @property
    def n_values(self) -> int | None:
        """Number of distinct values; None if they cannot be listed."""
        return None

    @property
    def listed(self) -> NDArray[np.float64]:
        """Canonical points of all values, in the user's order, shape (n_values, n_axes)."""
        raise ValueError(f"The values of a {type(self).__name__} dimension cannot be listed.")

    @property
    def median(self) -> Any:
        """The value in the middle."""
        return self.decode(np.full(len(self.axes), 0.5))

    @abstractmethod
    def decode(self, units: NDArray[np.float64]) -> Any:
        """Return the value at a point of the dimension's cube, shape (n_axes,)."""

    @abstractmethod
    def encode(self, value: Any) -> NDArray[np.float64]:
        """Return the canonical point of a value; ValueError if it is not in the dimension."""

    @abstractmethod
    def own(self, value: Any) -> Any:
        """Return a value as :meth:`decode` gives it; ValueError if it is not in the dimension."""

    @abstractmethod
    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points, one a row, to the canonical points of the values they decode to."""

    @abstractmethod
    def matches(self, other: Dimension) -> bool:
        """Whether two dimensions hold the same values with the same probabilities."""


class Choices(Dimension):
    """Finitely many values, each owning a part of the unit interval as wide as its probability.

    Parameters
    ----------
    values : sequence
        Distinct values. All-numeric ones are put in ascending order.
    probabilities : array-like of shape (n_values,), default=None
        How likely each value is; None is equally likely.
    is_ordered : bool or None, default=None
        Whether neighbouring values are alike; None says so of all-numeric ones.

    Attributes
    ----------
    values : tuple
        The values in the order of their coordinates.
    """

    def __init__(
        self,
        values: Sequence[Any],
        probabilities: ArrayLike | None = None,
        is_ordered: bool | None = None,
    ) -> None:
        weights = np.ones(len(values)) if probabilities is None else np.asarray(probabilities)
        if is_ordered is None:
            is_ordered = all(map(is_number, values))
        order = list(range(len(values)))
        if is_ordered:
            order.sort(key=values.__getitem__)
        self.values = tuple(values[i] for i in order)
        edges = np.concatenate([[0.0], np.cumsum(weights[order])]) / weights.sum()
        edges[-1] = 1.0
        axis = Axis(is_ordered, edges)
        self.axes = (axis,)
        self._inner_edges = edges[1:-1]
        self._centers = axis.centers
        self._listed = self._centers[np.argsort(order)]
        self._positions = _positions_of_hashable(self.values)

    @property
    def n_values(self) -> int:
        """Number of distinct values."""
        return len(self.values)

    @property
    def listed(self) -> NDArray[np.float64]:
        """Canonical points of all values, in the order in which they were given."""
        return self._listed[:, None]

    def index(self, units: ArrayLike) -> Any:
        """Return the position of the value at each coordinate."""
        return np.searchsorted(self._inner_edges, units, side="right")

    def decode(self, units: NDArray[np.float64]) -> Any:
        return self.values[int(self.index(units[0]))]

    def encode(self, value: Any) -> NDArray[np.float64]:
        position = self._position(value)
        return self._centers[position : position + 1]

    def own(self, value: Any) -> Any:
        return self.values[self._position(value)]

    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        snapped: NDArray[np.float64] = self._centers[self.index(units)]
        return snapped

    def matches(self, other: Dimension) -> bool:
        return (
            isinstance(other, Choices)
            and self.n_values == other.n_values
            and all(map(is_same_value, self.values, other.values))
            and bool(np.allclose(self._centers, other._centers))
        )

    def _position(self, value: Any) -> int:
        value = native(value)
        if self._positions is not None and is_hashable(value):
            found = self._positions.get((type(value), value))
            if found is not None:
                return found
        for position, own in enumerate(self.values):
            if is_same_value(own, value):
                return position
        if is_number(value):
            for position, own in enumerate(self.values):
                if is_number(own) and own == value:
                    return position
        raise ValueError(f"{value!r} is not one of the choices")


class Unlisted(Dimension):
    """Numbers that cannot be listed, under a distribution."""

    distribution: Distribution

    def matches(self, other: Dimension) -> bool:
        return type(self) is type(other) and all(
            is_same_value(self.decode(units), other.decode(units)) for units in PROBES[:, None]
        )


class Continuous(Unlisted):
    """A real interval, or the whole line, under a continuous distribution."""

    def __init__(self, distribution: Distribution) -> None:
        self.distribution = distribution
        self._ends = distribution.ppf(0.0), distribution.ppf(1.0)
        # An unbounded distribution has no value at probability 0 or 1.
        self._low = 0.0 if math.isfinite(self._ends[0]) else 1e-9
        self._high = 1.0 if math.isfinite(self._ends[1]) else 1.0 - 1e-9

    def decode(self, units: NDArray[np.float64]) -> float:
        return float(self.distribution.ppf(min(max(float(units[0]), self._low), self._high)))

    def encode(self, value: Any) -> NDArray[np.float64]:
        if not is_number(value) or not math.isfinite(value):
            raise ValueError(f"{value!r} is not a finite number")
        low, high = self._ends
        is_end = any(math.isclose(value, end, rel_tol=1e-9) for end in self._ends)
        if not (low <= value <= high or is_end):
            raise ValueError(f"{value!r} lies outside the distribution's support")
        return np.array([min(max(float(self.distribution.cdf(value)), self._low), self._high)])

    def own(self, value: Any) -> float:
        self.encode(value)
        return float(value)

    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(units, self._low, self._high)


class Integers(Unlisted):
    """Integers of ``[low, high]`` that are too many to list, under a discrete distribution."""

    def __init__(self, distribution: Distribution, low: float, high: float) -> None:
        self.distribution = distribution
        self._low, self._high = low, high

    def decode(self, units: NDArray[np.float64]) -> int:
        value = self.distribution.ppf(self._possible(float(units[0])))
        # Floats this large may round to beyond the bounds.
        return int(min(max(int(value), self._low), self._high))

    def encode(self, value: Any) -> NDArray[np.float64]:
        if not is_number(value) or math.isinf(value) or value != int(value):
            raise ValueError(f"{value!r} is not an integer")
        if not self._low <= value <= self._high:
            raise ValueError(f"{value!r} lies outside [{self._low}, {self._high}]")
        return np.array([float(self._center(float(value)))])

    def own(self, value: Any) -> int:
        self.encode(value)
        return int(value)

    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self._center(self.distribution.ppf(self._possible(units))))

    def _possible(self, units: ArrayLike) -> Any:
        # scipy's quantile of probability 0 is one below the smallest value.
        return np.clip(units, 1e-12, 1.0)

    def _center(self, values: Any) -> Any:
        return (self.distribution.cdf(values - 1) + self.distribution.cdf(values)) / 2


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on ``[low, high]``."""

    low: float
    high: float

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        return np.clip(self.low + np.asarray(q) * (self.high - self.low), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The distribution on ``[low, high]`` whose logarithm is uniform."""

    low: float
    high: float

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        log_low, log_high = math.log(self.low), math.log(self.high)
        return np.clip(np.exp(log_low + np.asarray(q) * (log_high - log_low)), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        x = np.clip(x, self.low, self.high)
        return np.log(x / self.low) / math.log(self.high / self.low)


@dataclass(frozen=True, slots=True)
class LogUniformInteger:
    """Integers of ``[low, high]``, each as likely as its unit-wide interval is log-uniformly."""

    low: int
    high: int

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        bounds = LogUniform(self.low - 0.5, self.high + 0.5)
        return np.clip(np.rint(bounds.ppf(q)), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        bounds = LogUniform(self.low - 0.5, self.high + 0.5)
        return bounds.cdf(np.floor(x) + 0.5)


def native(value: Any) -> Any:
    """Return numpy scalars as Python's own, everything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def is_number(value: Any) -> bool:
    """Whether `value` is a real number that is neither a bool nor NaN."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        return False
    return not math.isnan(value)


def is_hashable(value: Any) -> bool:
    """Whether `value` can be a dictionary key."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def is_same_value(a: Any, b: Any) -> bool:
    """Whether two values are interchangeable for an estimator: equal and of the same type."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and bool(np.array_equal(a, b))
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(is_same_value, a, b))
    try:
        return bool(a == b)
    except (TypeError, ValueError):  # no truth value, as an array inside the value
        return False


def _positions_of_hashable(values: Sequence[Any]) -> dict[tuple[type, Any], int] | None:
    # Only flat values: equality of containers does not tell (1,) from (True,).
    flat = (int, float, str, bool, type(None))
    if not all(isinstance(value, flat) for value in values):
        return None
    return {(type(value), value): position for position, value in enumerate(values)}
