"""The sampler that goes through a grid."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.space import Point, Space


class GridSampler(BaseSampler):
    """Goes through a finite space in the order of :class:`sklearn.model_selection.ParameterGrid`.

    Parameters
    ----------
    space : Space
        A finite space.
    random_state : int, numpy.random.Generator or None, default=None
        Not used; all samplers take it.
    initial_params : iterable of dict, default=()
        Configurations to propose first.

    Raises
    ------
    ValueError
        If the space is too large to go through.

    Examples
    --------
    >>> from sklearn_hpt.samplers import GridSampler
    >>> from sklearn_hpt.space import Space
    >>> sampler = GridSampler(Space({"C": [1, 10], "kernel": ["rbf", "linear"]}))
    >>> sampler.ask(), sampler.ask()
    ({'C': 1, 'kernel': 'rbf'}, {'C': 1, 'kernel': 'linear'})
    """

    def __init__(
        self,
        space: Space,
        *,
        random_state: int | np.random.Generator | None = None,
        initial_params: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(space, random_state=random_state, initial_params=initial_params)
        points = space.enumerate()
        if points is None:
            raise ValueError(f"A space of {space.size} configurations is too large to enumerate.")
        self._points_left = deque(points)

    def propose(self) -> Point | None:
        """Return the next point of the grid."""
        while self._points_left:
            point = self._points_left.popleft()
            if self.is_new(point):
                return point
        return None
