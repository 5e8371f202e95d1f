"""The search for the points at which an acquisition function is largest."""

from __future__ import annotations

import math
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
_MANY_AXES = 500  # beyond, there are fewer candidates the more axes they have
_N_ASKED, _MAX_ASKED = 20, 200  # points that a constraint is asked about: at a time, and in all


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
    n_uniform, n_neighbours, n_steps = (
        math.ceil(n * min(1, _MANY_AXES / max(space.n_axes, 1)))
        for n in (_N_UNIFORM, _N_NEIGHBOURS, _N_STEPS)
    )
    candidates = restrict(
        np.vstack(
            [
                space.sample(n_uniform, rng),
                perturb(space, incumbents, n_neighbours, _SCALES, rng),
            ]
        )
    )
    values = acquisition(candidates)
    for scale in _CLIMB_SCALES:
        climbers = _best_allowed(space, candidates[_descending(values)])
        steps = restrict(perturb(space, climbers, n_steps, (scale,), rng))
        candidates = np.vstack([candidates, steps])
        values = np.concatenate([values, acquisition(steps)])
    return candidates[_descending(values)]


def _best_allowed(space: Space, best_first: Array) -> Array:
    """Return the first few points that the space's constraint allows, if it is found to."""
    if space.constraint is None:
        return best_first[:_N_CLIMBERS]
    allowed = best_first[:0]
    for start in range(0, min(len(best_first), _MAX_ASKED), _N_ASKED):
        chunk = best_first[start : start + _N_ASKED]
        allowed = np.vstack([allowed, chunk[space.are_allowed(chunk)]])
        if len(allowed) >= _N_CLIMBERS:
            break
    return allowed[:_N_CLIMBERS]


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
