"""The search space: one unit cube over all parameters and sub-spaces."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space._constraint import Constraint
from sklearn_hpt.space._dimensions import Choices, Dimension
from sklearn_hpt.space._parse import is_list, n_listed, parse_dimension
from sklearn_hpt.space._subspace import Point, SubSpace

Key = tuple[Hashable, ...]

_INACTIVE = 0.5
_MAX_ENUMERATED = 100_000
_MAX_EXACT = 2**53
_MAX_REMEMBERED = 256
_MAX_REASONS = 10


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
    constraint : callable or None, default=None
        Returns whether parameters go together, given a dict of them as the estimator receives
        them. What it refuses is not in the space, though there are points that decode to it.

    Attributes
    ----------
    axes : tuple of Axis
        The coordinates.
    subspaces : tuple of SubSpace
        The sub-spaces; one for a dict.
    size : float
        Number of configurations, at most; infinite if there is no bound.
    constraint : Constraint or None
        What tells which parameters go together.

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
        constraint: Callable[[dict[str, Any]], bool] | None = None,
    ) -> None:
        rng = np.random.default_rng() if random_state is None else random_state
        given = _as_dicts(param_distributions)
        parsed = [
            {name: parse_dimension(name, value, rng) for name, value in distributions.items()}
            for distributions in given
        ]
        self.constraint = None if constraint is None else Constraint(constraint)
        self._branch = _branch_dimension(given) if len(parsed) > 1 else None
        self._parts: list[_Part] = []
        if self._branch is not None:
            self._parts.append(_Part(self._branch, slice(0, 1)))
        shared: dict[Hashable, slice] = {}
        self.subspaces = tuple(SubSpace(dims, self._columns_of(dims, shared)) for dims in parsed)
        self.axes = tuple(axis for part in self._parts for axis in part.dimension.axes)
        self.size = sum(subspace.size for subspace in self.subspaces)
        self._active = np.zeros((len(parsed), self.n_axes), dtype=bool)
        for row, subspace in zip(self._active, self.subspaces, strict=True):
            for columns in subspace.columns.values():
                row[columns] = True
        if self._branch is not None:
            self._active[:, 0] = True
        self._telling = _telling_names(self.subspaces)
        self._latest_keys: dict[bytes, Key] = {}

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
        return self.subspaces[self._branch_of(point)].decode(point)

    def decode_all(self, points: NDArray[np.float64]) -> list[dict[str, Any]]:
        """Return the parameters at points, one a row, as :meth:`decode` does up to rounding."""
        return self._for_each_branch(
            points, lambda branch, own: self.subspaces[branch].decode_all(own)
        )

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
        branch, own = self._own(params)
        point = self._resting_point(branch)
        subspace = self.subspaces[branch]
        for name, columns in subspace.columns.items():
            point[columns] = subspace.dimensions[name].encode(own[name])
        return point

    def own(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a configuration as the estimator would receive it.

        Parameters
        ----------
        params : mapping of str to object
            A value for each parameter of one sub-space: the value itself or an equal, as numpy's.

        Returns
        -------
        dict

        Raises
        ------
        ValueError
            If no sub-space holds the configuration.
        """
        return self._own(params)[1]

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

    def key(self, point: Point) -> Key:
        """Return what points share exactly when the estimator receives the same values.

        This is what makes two configurations the same one, and nothing else does.
        """
        place = point.tobytes()
        key = self._latest_keys.get(place)  # quantiles are costly, and a point is asked for often
        if key is None:
            branch = self._branch_of(point)
            group, names = self._telling[branch]
            key = group, *self.subspaces[branch].tokens_at(point, names)
            if len(self._latest_keys) >= _MAX_REMEMBERED:
                self._latest_keys.clear()
            self._latest_keys[place] = key
        return key

    def keys(self, points: NDArray[np.float64]) -> list[Key]:
        """Return the keys of many points, one a row, up to rounding: quickly.

        Long arrays may be rounded in another way than single numbers are, so that a key may be
        that of a neighbouring float.
        """

        def keys_of(branch: int, own: NDArray[np.float64]) -> list[Key]:
            group, names = self._telling[branch]
            return [(group, *key) for key in self.subspaces[branch].tokens_at_all(own, names)]

        return self._for_each_branch(points, keys_of)

    def key_of(self, params: Mapping[str, Any]) -> Key:
        """Return the key of a configuration; ValueError if no sub-space holds it."""
        branch, own = self._own(params)
        group, names = self._telling[branch]
        dimensions = self.subspaces[branch].dimensions
        return group, *(dimensions[name].token_of(own[name]) for name in names)

    def allows(self, params: Mapping[str, Any]) -> bool:
        """Whether the constraint, if there is one, lets parameters of the space go together."""
        return self.constraint is None or self.constraint.allows(self.key_of(params), params)

    def is_allowed(self, point: Point) -> bool:
        """Whether the constraint, if there is one, lets the parameters at a point go together."""
        if self.constraint is None:
            return True
        return self.constraint.allows(self.key(point), self.decode(point))

    def are_allowed(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which of many points the constraint allows, up to rounding."""
        if self.constraint is None:
            return np.ones(len(points), dtype=bool)
        keys, params = self.keys(points), self.decode_all(points)
        return np.array(list(map(self.constraint.allows, keys, params)), dtype=bool)

    def enumerate(self) -> Iterator[Point] | None:
        """Go through all canonical points in ParameterGrid's order; None if there are too many.

        Those that the constraint refuses are left out.
        """
        if self.size > _MAX_ENUMERATED:
            return None
        listed = itertools.chain.from_iterable(map(self._points_of, range(len(self.subspaces))))
        return filter(self.is_allowed, listed)

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
            dimension's median, or to its neighbour if it is the end of an open support.

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
                given = {name: subspace.own_value(name, partial[name]) for name in partial}
            except ValueError as error:
                reasons.append(str(error))
                continue
            return {
                name: given[name] if name in given else _value_or_other(dimension, fallback, name)
                for name, dimension in subspace.dimensions.items()
            }
        raise ValueError("; ".join(reasons))

    def _columns_of(
        self, dimensions: Mapping[str, Dimension], shared: dict[Hashable, slice]
    ) -> dict[str, slice]:
        """Give each parameter coordinates, which it shares with its equal in other sub-spaces."""
        columns = {}
        for name, dimension in dimensions.items():
            if dimension.n_values == 1:
                continue
            meaning = name if self._branch is None else (name, dimension.signature)
            if meaning not in shared:
                start = self._parts[-1].columns.stop if self._parts else 0
                shared[meaning] = slice(start, start + len(dimension.axes))
                self._parts.append(_Part(dimension, shared[meaning]))
            columns[name] = shared[meaning]
        return columns

    def _branch_of(self, point: Point) -> int:
        return 0 if self._branch is None else int(self._branch.index(point[0]))

    def _for_each_branch(
        self,
        points: NDArray[np.float64],
        function: Callable[[int, NDArray[np.float64]], Sequence[Any]],
    ) -> list[Any]:
        """Return what a function returns for the points of each sub-space, in their own order."""
        if self._branch is None:
            return list(function(0, points))
        branches = self._branch.index(points[:, 0])
        results: list[Any] = [None] * len(points)
        for branch in np.unique(branches).tolist():
            rows = np.flatnonzero(branches == branch)
            for row, result in zip(rows, function(branch, points[rows]), strict=True):
                results[row] = result
        return results

    def _own(self, params: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        reasons: dict[str, None] = {}
        for branch, subspace in enumerate(self.subspaces):
            try:
                return branch, subspace.own(params)
            except ValueError as error:
                reasons[str(error)] = None
        some = "; ".join(itertools.islice(reasons, _MAX_REASONS))
        raise ValueError(f"{dict(params)!r} is not in the search space: {some}.")

    def _resting_point(self, branch: int) -> Point:
        """Return the point of a sub-space at which all of its coordinates are at rest."""
        point = np.full(self.n_axes, _INACTIVE)
        if self._branch is not None:
            point[:1] = self._branch.encode(branch)
        return point

    def _points_of(self, branch: int) -> Iterator[Point]:
        subspace = self.subspaces[branch]
        names = sorted(subspace.columns)
        for combination in itertools.product(*(subspace.dimensions[n].listed for n in names)):
            point = self._resting_point(branch)
            for name, units in zip(names, combination, strict=True):
                point[subspace.columns[name]] = units
            yield point


@dataclass(frozen=True, slots=True)
class _Part:
    """A parameter, perhaps of several sub-spaces, and its coordinates."""

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
    if not param_distributions:
        raise ValueError(
            f"param_distributions={param_distributions!r} has no candidate: give at least one "
            "dict. An empty one is the estimator as it is."
        )
    return list(param_distributions)


def _branch_dimension(given: Sequence[Mapping[str, Any]]) -> Choices:
    """Choose a sub-space as ParameterSampler does: by size if all are grids, else evenly."""
    sizes: list[float] | None = None
    if all(is_list(value) for distributions in given for value in distributions.values()):
        sizes = [math.prod(map(n_listed, distributions.values())) for distributions in given]
        if max(sizes) > _MAX_EXACT:  # floats may not hold them
            total = sum(sizes)
            sizes = [size / total for size in sizes]
    return Choices(range(len(given)), sizes, is_ordered=False)


def _telling_names(subspaces: Sequence[SubSpace]) -> list[tuple[int, list[str]]]:
    """Return what tells the configurations of each sub-space apart.

    That is the first sub-space of the same parameters, and those of them that vary; where
    sub-spaces have the same parameters all do.
    """
    names = [frozenset(subspace.dimensions) for subspace in subspaces]
    groups = {own: branch for branch, own in reversed(list(enumerate(names)))}
    n_alike = Counter(names)
    return [
        (groups[own], sorted(own if n_alike[own] > 1 else subspace.columns))
        for own, subspace in zip(names, subspaces, strict=True)
    ]


def _value_or_other(dimension: Dimension, fallback: Mapping[str, Any], name: str) -> Any:
    if name not in fallback:
        return dimension.median
    try:
        return dimension.own(fallback[name])
    except ValueError:
        return dimension.stand_in(fallback[name])
