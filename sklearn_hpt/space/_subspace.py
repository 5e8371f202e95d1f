"""One dict of ``param_distributions``."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space._dimensions import Dimension

Point = NDArray[np.float64]

_MAX_COUNTED = 2**63


@dataclass(frozen=True, slots=True)
class SubSpace:
    """One dict of ``param_distributions``.

    Attributes
    ----------
    dimensions : mapping of str to Dimension
        Dimensions by parameter, in the user's order.
    columns : mapping of str to slice
        The coordinates of each parameter that has more than one value.
    """

    dimensions: Mapping[str, Dimension]
    columns: Mapping[str, slice]

    @property
    def size(self) -> float:
        """Number of configurations; infinite if they cannot be counted."""
        size = 1
        for dimension in self.dimensions.values():
            if dimension.n_values is None:
                return math.inf
            size *= dimension.n_values
        return size if size <= _MAX_COUNTED else math.inf

    def decode(self, point: Point) -> dict[str, Any]:
        """Return the parameters at a point of this sub-space."""
        return {
            name: dimension.decode(point[self.columns[name]])
            if name in self.columns
            else dimension.median
            for name, dimension in self.dimensions.items()
        }

    def decode_all(self, points: NDArray[np.float64]) -> list[dict[str, Any]]:
        """Return the parameters at points of this sub-space, one a row, up to rounding."""
        values = [
            dimension.decode_all(points[:, self.columns[name]])
            if name in self.columns
            else [dimension.median] * len(points)
            for name, dimension in self.dimensions.items()
        ]
        return [
            {name: column[row] for name, column in zip(self.dimensions, values, strict=True)}
            for row in range(len(points))
        ]

    def own(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters as :meth:`decode` gives them; ValueError if they lie outside."""
        if params.keys() != self.dimensions.keys():
            raise ValueError(f"its parameters are not {sorted(self.dimensions)}")
        return {name: self.own_value(name, params[name]) for name in self.dimensions}

    def own_value(self, name: str, value: Any) -> Any:
        """Return one parameter's value as :meth:`decode` gives it; ValueError if it is outside."""
        if name not in self.dimensions:
            raise ValueError(f"{name!r} is not one of {sorted(self.dimensions)}")
        try:
            return self.dimensions[name].own(value)
        except ValueError as error:
            raise ValueError(f"parameter {name!r}: {error}") from error

    def tokens_at(self, point: Point, names: Sequence[str]) -> list[Hashable]:
        """Return the tokens of some parameters at a point."""
        return [
            self.dimensions[name].token_at(point[self.columns[name]])
            if name in self.columns
            else self._constant(name)
            for name in names
        ]

    def tokens_at_all(
        self, points: NDArray[np.float64], names: Sequence[str]
    ) -> list[tuple[Hashable, ...]]:
        """Return the tokens of some parameters at points, one a row, up to rounding."""
        tokens = [
            self.dimensions[name].tokens_at(points[:, self.columns[name]])
            if name in self.columns
            else [self._constant(name)] * len(points)
            for name in names
        ]
        return list(zip(*tokens, strict=True)) if tokens else [()] * len(points)

    def _constant(self, name: str) -> Hashable:
        dimension = self.dimensions[name]
        return dimension.token_of(dimension.median)
