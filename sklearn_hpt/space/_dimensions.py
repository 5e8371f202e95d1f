"""One hyperparameter as a map between its values and a unit cube of its own.

Most have a single coordinate. Every dimension maps by its cumulative distribution, so that a
uniform draw of the cube is a draw of the distribution the user asked for, and log scales, integers
and weighted choices need no special case anywhere else.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sklearn_hpt.space._distributions import PROBES, Between, Distribution, Reach, least_unit
from sklearn_hpt.space._values import is_number, native, token


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

    @property
    @abstractmethod
    def signature(self) -> Hashable:
        """What dimensions share that hold the same values with the same probabilities."""

    def decode_all(self, units: NDArray[np.float64]) -> list[Any]:
        """Return the values at points, one a row, up to rounding."""
        return list(map(self.decode, units))

    def token_at(self, units: NDArray[np.float64]) -> Hashable:
        """Return the token of the value at a point."""
        return token(self.decode(units))

    def tokens_at(self, units: NDArray[np.float64]) -> list[Hashable]:
        """Return the tokens of the values at points, one a row, up to rounding."""
        return list(map(token, self.decode_all(units)))

    def token_of(self, value: Any) -> Hashable:
        """Return the token of a value; ValueError if it is not in the dimension."""
        return token(self.own(value))

    def stand_in(self, value: Any) -> Any:
        """Return what to take for a value that is not in the dimension."""
        return self.median


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
        self._tokens = list(map(token, self.values))
        self._positions = {own: position for position, own in enumerate(self._tokens)}
        numbers = ((value, i) for i, value in enumerate(self.values) if is_number(value))
        self._of_equal_number = dict(reversed(list(numbers)))

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

    @property
    def signature(self) -> Hashable:
        return Choices, *self._tokens, self._centers.round(6).tobytes()

    def decode_all(self, units: NDArray[np.float64]) -> list[Any]:
        return [self.values[position] for position in self.index(units[:, 0]).tolist()]

    def token_at(self, units: NDArray[np.float64]) -> Hashable:
        return self._tokens[int(self.index(units[0]))]

    def tokens_at(self, units: NDArray[np.float64]) -> list[Hashable]:
        return [self._tokens[position] for position in self.index(units[:, 0]).tolist()]

    def token_of(self, value: Any) -> Hashable:
        return self._tokens[self._position(value)]

    def _position(self, value: Any) -> int:
        value = native(value)
        position = self._positions.get(token(value))
        if position is None and is_number(value):
            position = self._of_equal_number.get(value)
        if position is None:  # the very object, changed since
            position = next((i for i, own in enumerate(self.values) if own is value), None)
        if position is None:
            raise ValueError(f"{value!r} is not one of the choices")
        return position


class Unlisted(Dimension):
    """Numbers that cannot be listed, under a distribution."""

    distribution: Distribution

    @property
    def signature(self) -> Hashable:
        return type(self), *(self.token_at(units) for units in PROBES[:, None])


class Continuous(Unlisted):
    """A real interval, or the whole line, under a continuous distribution.

    Parameters
    ----------
    distribution : Distribution
        The distribution, whose quantiles may be rounded, to integers too.
    reach : Reach
        How far to go towards its ends.
    """

    def __init__(self, distribution: Distribution, reach: Reach) -> None:
        self._reach = reach
        is_integer = np.asarray(distribution.ppf(PROBES)).dtype.kind in "iu"
        self._kind = int if is_integer else float
        self._low, self._high = reach.low, reach.high
        self._units = reach.start, reach.stop
        if reach.leaves_out_much:
            distribution, self._units = Between(distribution, *self._units), (0.0, 1.0)
        self.distribution = distribution
        self._lowest, self._highest = (self._kind(distribution.ppf(unit)) for unit in self._units)

    def decode(self, units: NDArray[np.float64]) -> Any:
        low, high = self._units
        value = self._kind(self.distribution.ppf(min(max(float(units[0]), low), high)))
        return min(max(value, self._lowest), self._highest)

    def decode_all(self, units: NDArray[np.float64]) -> list[Any]:
        values = self.distribution.ppf(np.clip(units[:, 0], *self._units))
        return np.clip(values, self._lowest, self._highest).tolist()

    def encode(self, value: Any) -> NDArray[np.float64]:
        value = self.own(value)
        units = np.clip([float(self.distribution.cdf(value))], *self._units)
        is_beyond = not self._lowest < value < self._highest
        if is_beyond or math.isclose(self.decode(units), value, rel_tol=1e-6):
            return units
        # What is rounded stands where its quantile does, wherever its cdf says.
        first = least_unit(lambda unit: self.distribution.ppf(unit) >= value, *self._units)
        next_one = least_unit(lambda unit: self.distribution.ppf(unit) > value, *self._units)
        return np.array([(first + next_one) / 2])

    def own(self, value: Any) -> Any:
        if not is_number(value):
            raise ValueError(f"{value!r} is not a number")
        if self._is_end(value):
            raise ValueError(
                f"{value!r} is an end of the distribution's support, which it never gives: take a "
                "number inside of it, or search a range (low, high), which holds its ends"
            )
        if not (self._low <= value <= self._high or self._is_held(value)) or _is_infinite(value):
            raise ValueError(f"{value!r} lies outside the distribution's support")
        if self._kind is int and value != int(value):
            raise ValueError(f"{value!r} is not an integer")
        return self._kind(min(max(value, self._low), self._high))

    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.clip(units, *self._units)

    def stand_in(self, value: Any) -> Any:
        """Return the nearest value to an end that does not belong to the support."""
        if is_number(value) and self._is_end(value):
            return self._lowest if value == self._low else self._highest
        return self.median

    def _is_end(self, value: float) -> bool:
        """Whether a number is an end that the dimension does not hold."""
        is_low = value == self._low and not self._reach.has_low
        return is_low or (value == self._high and not self._reach.has_high)

    def _is_held(self, value: float) -> bool:
        """Whether a number differs from an end of the dimension by no more than rounding does."""
        ends = [self._low] * self._reach.has_low + [self._high] * self._reach.has_high
        return not _is_infinite(value) and any(math.isclose(value, end) for end in ends)


class Integers(Unlisted):
    """Integers of ``[low, high]`` that are too many to list, under a discrete distribution."""

    def __init__(self, distribution: Distribution, low: float, high: float) -> None:
        self.distribution = distribution
        self._low, self._high = low, high

    def decode(self, units: NDArray[np.float64]) -> int:
        return self._inside(self.distribution.ppf(self._possible(float(units[0]))))

    def decode_all(self, units: NDArray[np.float64]) -> list[Any]:
        values = self.distribution.ppf(self._possible(units[:, 0]))
        return list(map(self._inside, np.asarray(values).tolist()))

    def encode(self, value: Any) -> NDArray[np.float64]:
        return np.array([float(self._center(float(self.own(value))))])

    def own(self, value: Any) -> int:
        if not is_number(value):
            raise ValueError(f"{value!r} is not a number")
        if not self._low <= value <= self._high:
            raise ValueError(f"{value!r} lies outside [{self._low}, {self._high}]")
        if value != int(value):
            raise ValueError(f"{value!r} is not an integer")
        return int(value)

    def snap(self, units: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self._center(self.distribution.ppf(self._possible(units))))

    def _inside(self, value: float) -> int:
        # Floats this large may round to beyond the bounds.
        return int(min(max(int(value), self._low), self._high))

    def _possible(self, units: ArrayLike) -> Any:
        # scipy's quantile of probability 0 is one below the smallest value.
        return np.clip(units, 1e-12, 1.0)

    def _center(self, values: Any) -> Any:
        return (self.distribution.cdf(values - 1) + self.distribution.cdf(values)) / 2


def _is_infinite(value: float) -> bool:
    """Whether a number is infinite, or an integer too large for a float."""
    try:
        return math.isinf(value)
    except OverflowError:
        return True
