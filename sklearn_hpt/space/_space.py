"""The search space: one unit cube over all parameters and sub-spaces."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space._dimensions import Choices, Dimension
from sklearn_hpt.space._parse import is_list, n_listed, parse_dimension

Point = NDArray[np.float64]

_INACTIVE = 0.5
_MAX_ENUMERATED = 100_000


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
        return math.prod(d.n_values or math.inf for d in self.dimensions.values())


class Space:
    """All configurations of ``param_distributions``, as points of one unit cube.

    A parameter has one coordinate, or several side by side: a :class:`Subset` has one for each
    feature. With several sub-spaces the first coordinate chooses
    among them, parameters that mean the same in several of them share a coordinate, and those of
    the other sub-spaces are inactive: they rest at 0.5. A uniform draw of the cube is a draw of
    the distribution that :class:`sklearn.model_selection.ParameterSampler` follows.

    Parameters
    ----------
    param_distributions : dict or list of dict
        Parameter names with what to search for each. See :func:`parse_dimension`.
    random_state : numpy.random.Generator, default=None
        Draws from objects that have only an ``rvs`` method. None takes a new generator.

    Attributes
    ----------
    axes : tuple of Axis
        The coordinates.
    subspaces : tuple of SubSpace
        The sub-spaces; one for a dict.
    size : float
        Number of configurations, at most; infinite if there is no bound.

    Raises
    ------
    TypeError, ValueError
        If the space is malformed. The message names the parameter.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> space = Space({"C": loguniform(1e-2, 1e2), "kernel": ["rbf", "linear"]})
    >>> point = space.encode({"C": 1.0, "kernel": "linear"})
    >>> point
    array([0.5 , 0.75])
    >>> space.decode(point)["kernel"]
    'linear'
    """

    def __init__(
        self,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        random_state: np.random.Generator | None = None,
    ) -> None:
        rng = np.random.default_rng() if random_state is None else random_state
        given = _as_dicts(param_distributions)
        parsed = [
            {name: parse_dimension(name, value, rng) for name, value in distributions.items()}
            for distributions in given
        ]
        self._branch = _branch_dimension(given) if len(parsed) > 1 else None
        self._parts: list[_Part] = []
        if self._branch is not None:
            self._parts.append(_Part("", self._branch, slice(0, 1)))
        self.subspaces = tuple(SubSpace(dims, self._columns_of(dims)) for dims in parsed)
        self.axes = tuple(axis for part in self._parts for axis in part.dimension.axes)
        self.size = sum(subspace.size for subspace in self.subspaces)
        self._active = np.zeros((len(parsed), self.n_axes), dtype=bool)
        for row, subspace in zip(self._active, self.subspaces, strict=True):
            for columns in subspace.columns.values():
                row[columns] = True
        if self._branch is not None:
            self._active[:, 0] = True
        names = [frozenset(dims) for dims in parsed]
        self._may_overlap = len(set(names)) < len(names)

    @property
    def n_axes(self) -> int:
        """Number of coordinates."""
        return len(self.axes)

    def decode(self, point: Point) -> dict[str, Any]:
        """Return the parameters at a point of the cube.

        Parameters
        ----------
        point : ndarray of shape (n_axes,)
            A point of the unit cube.

        Returns
        -------
        dict
            Parameters with native Python values, or the very objects in the user's lists.
        """
        subspace = self.subspaces[self._branch_of(point)]
        return {
            name: dimension.decode(point[subspace.columns[name]])
            if name in subspace.columns
            else dimension.median
            for name, dimension in subspace.dimensions.items()
        }

    def encode(self, params: Mapping[str, Any]) -> Point:
        """Return the canonical point of a configuration.

        Parameters
        ----------
        params : mapping of str to object
            A value for each parameter of one sub-space.

        Returns
        -------
        ndarray of shape (n_axes,)

        Raises
        ------
        ValueError
            If no sub-space holds the configuration.
        """
        reasons = []
        for branch, subspace in enumerate(self.subspaces):
            point = np.full(self.n_axes, _INACTIVE)
            if self._branch is not None:
                point[:1] = self._branch.encode(branch)
            try:
                self._encode_into(point, subspace, params)
            except ValueError as error:
                reasons.append(str(error))
            else:
                return point
        raise ValueError(f"{dict(params)!r} is not in the search space: {'; '.join(reasons)}.")

    def canonical(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points to where the configurations they decode to are encoded.

        Parameters
        ----------
        points : ndarray of shape (n_points, n_axes)
            Points of the unit cube.

        Returns
        -------
        ndarray of shape (n_points, n_axes)
            Discrete coordinates at the middle of their value's part of the unit interval,
            inactive ones at 0.5.
        """
        snapped = np.empty_like(points)
        for part in self._parts:
            snapped[:, part.columns] = part.dimension.snap(points[:, part.columns])
        if self._branch is not None:
            branches = self._branch.index(points[:, 0])
            snapped[~self._active[branches]] = _INACTIVE
        return snapped

    def active(self, point: Point) -> NDArray[np.bool_]:
        """Tell which coordinates matter in the sub-space of a point."""
        mask: NDArray[np.bool_] = self._active[self._branch_of(point)]
        return mask

    def key(self, point: Point) -> tuple[float, ...]:
        """Return what two points share exactly when they are the same configuration."""
        if self._may_overlap:
            point = self.encode(self.decode(point))
        return tuple(point.round(10).tolist())

    def enumerate(self) -> Iterator[Point] | None:
        """Go through all canonical points in ParameterGrid's order; None if there are too many."""
        if self.size > _MAX_ENUMERATED:
            return None
        return itertools.chain.from_iterable(map(self._points_of, range(len(self.subspaces))))

    def sample(self, n_points: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw canonical points independently, shape (n_points, n_axes)."""
        return self.canonical(rng.random((n_points, self.n_axes)))

    def complete(self, partial: Mapping[str, Any], fallback: Mapping[str, Any]) -> dict[str, Any]:
        """Fill a partial configuration in.

        Parameters
        ----------
        partial : mapping of str to object
            Some parameters of one sub-space.
        fallback : mapping of str to object
            Values for missing parameters. One that is not in the space gives way to the
            dimension's median.

        Returns
        -------
        dict
            A configuration of the first sub-space that has room for `partial`.

        Raises
        ------
        ValueError
            If none has.
        """
        reasons = []
        for subspace in self.subspaces:
            try:
                given = {name: _own(subspace, name, value) for name, value in partial.items()}
            except ValueError as error:
                reasons.append(str(error))
                continue
            return {
                name: given[name] if name in given else _value_or_median(dimension, fallback, name)
                for name, dimension in subspace.dimensions.items()
            }
        raise ValueError("; ".join(reasons))

    def _columns_of(self, dimensions: Mapping[str, Dimension]) -> dict[str, slice]:
        """Give each parameter coordinates, which it shares with its equal in other sub-spaces."""
        columns = {}
        for name, dimension in dimensions.items():
            if dimension.n_values == 1:
                continue
            for part in self._parts:
                if part.name == name and part.dimension.matches(dimension):
                    columns[name] = part.columns
                    break
            else:
                start = self._parts[-1].columns.stop if self._parts else 0
                columns[name] = slice(start, start + len(dimension.axes))
                self._parts.append(_Part(name, dimension, columns[name]))
        return columns

    def _branch_of(self, point: Point) -> int:
        return 0 if self._branch is None else int(self._branch.index(point[0]))

    def _encode_into(self, point: Point, subspace: SubSpace, params: Mapping[str, Any]) -> None:
        if params.keys() != subspace.dimensions.keys():
            raise ValueError(f"its parameters are not {sorted(subspace.dimensions)}")
        for name, dimension in subspace.dimensions.items():
            try:
                units = dimension.encode(params[name])
            except ValueError as error:
                raise ValueError(f"parameter {name!r}: {error}") from error
            if name in subspace.columns:
                point[subspace.columns[name]] = units

    def _points_of(self, branch: int) -> Iterator[Point]:
        subspace = self.subspaces[branch]
        names = sorted(subspace.columns)
        for combination in itertools.product(*(subspace.dimensions[n].listed for n in names)):
            point = np.full(self.n_axes, _INACTIVE)
            for name, units in zip(names, combination, strict=True):
                point[subspace.columns[name]] = units
            if self._branch is not None:
                point[:1] = self._branch.encode(branch)
            yield point


@dataclass(frozen=True, slots=True)
class _Part:
    """A parameter, perhaps of several sub-spaces, and its coordinates."""

    name: str
    dimension: Dimension
    columns: slice


def _as_dicts(
    param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
) -> list[Mapping[str, Any]]:
    if isinstance(param_distributions, Mapping):
        param_distributions = [param_distributions]
    if isinstance(param_distributions, str) or not isinstance(param_distributions, Sequence):
        raise TypeError(
            "Parameter distribution is not a dict or a list,"
            f" got: {param_distributions!r} of type {type(param_distributions).__name__}"
        )
    for distributions in param_distributions:
        if not isinstance(distributions, Mapping):
            raise TypeError(
                f"Parameter distribution is not a dict ({distributions!r}). Give a dict or a list "
                "of dicts; n_iter is the number of trials over all of them."
            )
        for name in distributions:
            if not isinstance(name, str):
                raise TypeError(f"Parameter names must be strings, got {name!r}.")
    if not any(param_distributions):
        raise ValueError(
            f"param_distributions={param_distributions!r} has no parameter to search: name at "
            "least one, as in {'C': [0.1, 1, 10]}."
        )
    return list(param_distributions)


def _branch_dimension(given: Sequence[Mapping[str, Any]]) -> Choices:
    """Choose a sub-space as ParameterSampler does: by size if all are grids, else evenly."""
    sizes = None
    if all(is_list(value) for distributions in given for value in distributions.values()):
        sizes = [math.prod(map(n_listed, distributions.values())) for distributions in given]
    return Choices(range(len(given)), sizes, is_ordered=False)


def _own(subspace: SubSpace, name: str, value: Any) -> Any:
    if name not in subspace.dimensions:
        raise ValueError(f"{name!r} is not one of {sorted(subspace.dimensions)}")
    try:
        return subspace.dimensions[name].own(value)
    except ValueError as error:
        raise ValueError(f"parameter {name!r}: {error}") from error


def _value_or_median(dimension: Dimension, fallback: Mapping[str, Any], name: str) -> Any:
    try:
        return dimension.own(fallback[name])
    except (KeyError, ValueError):
        return dimension.median
