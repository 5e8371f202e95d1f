"""The search for the points at which an acquisition function is largest."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space import Space

Array = NDArray[np.float64]

_N_UNIFORM = 1000
_N_NEIGHBOURS = 150
_SCALES = (0.02, 0.08, 0.25)
_CLIMB_SCALES = (0.05, 0.02, 0.005)
_N_CLIMBERS = 6
_N_STEPS = 60


def ranked_candidates(
    space: Space,
    acquisition: Callable[[Array], Array],
    incumbents: Array,
    rng: np.random.Generator,
    restrict: Callable[[Array], Array] = lambda points: points,
) -> Array:
    """Return canonical points from the most promising one down.

    Candidates are draws of the whole cube and perturbations of the best points so far; the best
    of them are refined by ever smaller steps.

    Parameters
    ----------
    space : Space
        The space.
    acquisition : callable
        Values of canonical points; larger is more promising.
    incumbents : ndarray of shape (n_incumbents, n_axes)
        The best points so far.
    rng : numpy.random.Generator
        Source of randomness.
    restrict : callable, default=None
        Moves canonical points to where candidates may lie; by default all of them may stay.

    Returns
    -------
    ndarray of shape (n_candidates, n_axes)
    """
    candidates = restrict(
        np.vstack(
            [
                space.sample(_N_UNIFORM, rng),
                perturb(space, incumbents, _N_NEIGHBOURS, _SCALES, rng),
            ]
        )
    )
    values = acquisition(candidates)
    for scale in _CLIMB_SCALES:
        climbers = candidates[_descending(values)[:_N_CLIMBERS]]
        steps = restrict(perturb(space, climbers, _N_STEPS, (scale,), rng))
        candidates = np.vstack([candidates, steps])
        values = np.concatenate([values, acquisition(steps)])
    return candidates[_descending(values)]


def perturb(
    space: Space,
    points: Array,
    n_neighbours: int,
    scales: tuple[float, ...],
    rng: np.random.Generator,
) -> Array:
    """Return canonical neighbours that differ from each point on a few axes.

    An ordered axis takes a Gaussian step no shorter than one value's width, an unordered one
    another choice at random.
    """
    n, d = n_neighbours * len(points), space.n_axes
    centers = np.repeat(points, n_neighbours, axis=0)
    is_moved = rng.random((n, d)) < max(1.5 / d, 0.2)
    is_moved[np.arange(n), rng.integers(d, size=n)] = True
    widths = [0.0 if axis.n_values is None else 1 / axis.n_values for axis in space.axes]
    steps = rng.normal(size=(n, d)) * np.maximum(rng.choice(scales, size=(n, 1)), widths)
    is_unordered = np.array([not axis.is_ordered for axis in space.axes])
    moved = np.where(is_unordered, rng.random((n, d)), np.clip(centers + steps, 0.0, 1.0))
    return space.canonical(np.where(is_moved, moved, centers))


def _descending(values: Array) -> NDArray[np.intp]:
    return np.argsort(-values, kind="stable")
