"""Regions of a space that a proposal may be confined to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space import Space

Array = NDArray[np.float64]

# Of the probability of drawing a parameter, the share that does not depend on its relevance.
_EVEN_SHARE = 0.2


class Region(Protocol):
    """Some of a space's canonical points."""

    def holds(self, points: Array) -> NDArray[np.bool_]:
        """Tell which of canonical points are in the region, shape (n_points,)."""

    def project(self, points: Array) -> Array:
        """Return canonical points of the region that agree with others as far as they can."""


class Whole:
    """All of a space."""

    def holds(self, points: Array) -> NDArray[np.bool_]:
        return np.ones(len(points), dtype=bool)

    def project(self, points: Array) -> Array:
        return points


@dataclass(frozen=True, slots=True)
class Choice:
    """All points with one value of an unordered parameter, or of one sub-space.

    Attributes
    ----------
    space : Space
        The space.
    column : int
        The parameter's coordinate.
    unit : float
        Where the value lies.
    """

    space: Space = field(compare=False, repr=False)
    column: int
    unit: float

    def holds(self, points: Array) -> NDArray[np.bool_]:
        is_inside: NDArray[np.bool_] = points[:, self.column] == self.unit
        return is_inside

    def project(self, points: Array) -> Array:
        moved = points.copy()
        moved[:, self.column] = self.unit
        return self.space.canonical(moved)


def neglected_choice(
    space: Space,
    tried: Array,
    relevance: Callable[[list[int]], Array],
    rng: np.random.Generator,
) -> Choice | None:
    """Return the least tried value of an unordered parameter drawn by its relevance.

    Where there are several sub-spaces, the choice is between them.

    Parameters
    ----------
    space : Space
        The space.
    tried : ndarray of shape (n_points, n_axes)
        Canonical points of all trials.
    relevance : callable
        How much each of some axes matters, up to a factor.
    rng : numpy.random.Generator
        Draws the parameter, and among values tried equally often.

    Returns
    -------
    Choice or None
        None if no parameter is unordered.
    """
    columns = [column for column, axis in enumerate(space.axes) if not axis.is_ordered]
    if not columns:
        return None
    column = columns[0]
    if len(space.subspaces) == 1:
        weights = relevance(columns)
        shares = (1 - _EVEN_SHARE) * weights / weights.sum() + _EVEN_SHARE / len(columns)
        column = int(rng.choice(columns, p=shares))
    units = space.axes[column].centers
    nearest = np.searchsorted(units, tried[:, column]).clip(max=len(units) - 1)
    is_tried = units[nearest] == tried[:, column]  # not where the parameter is inactive
    n_tried = np.bincount(nearest[is_tried], minlength=len(units))
    unit = units[rng.choice(np.flatnonzero(n_tried == n_tried.min()))]
    return Choice(space, column, float(unit))
