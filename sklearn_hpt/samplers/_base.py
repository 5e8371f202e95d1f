"""What a sampler is, and the bookkeeping that all of ours share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt.space import Point, Space


class Sampler(Protocol):
    """Proposes parameters and learns from their scores."""

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""

    def tell(self, params: Mapping[str, Any], score: float | None) -> None:
        """Learn the score of parameters asked for; larger is better, None is a failure."""


class BaseSampler(ABC):
    """Remembers what was asked and told; a subclass says where to look next.

    Parameters
    ----------
    space : Space
        The space to search.
    random_state : int, numpy.random.Generator or None, default=None
        Seed of the sampler's own generator.
    initial_params : iterable of dict, default=()
        Configurations to propose first.

    Attributes
    ----------
    space : Space
        The space.
    rng : numpy.random.Generator
        The only source of randomness.
    """

    def __init__(
        self,
        space: Space,
        *,
        random_state: int | np.random.Generator | None = None,
        initial_params: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.space = space
        self.rng = np.random.default_rng(random_state)
        self._initial = deque(dict(params) for params in initial_params)
        self._points: list[Point] = []
        self._scores: list[float] = []
        self._pending: list[tuple[Mapping[str, Any], Point]] = []
        self._shuffled: deque[Point] | None = None
        self._seen: set[tuple[float, ...]] = set()

    @abstractmethod
    def propose(self) -> Point | None:
        """Return a canonical point that :meth:`is_new`; None if there is none left."""

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""
        params, point = self._next_initial() or (None, None)
        if point is None:
            point = self.propose()
        if point is None:
            return None
        if params is None:
            params = self.space.decode(point)
        self._seen.add(self.space.key(point))
        self._pending.append((params, point))
        return params

    def tell(self, params: Mapping[str, Any], score: float | None) -> None:
        """Learn the score of parameters asked for; larger is better, None is a failure."""
        point = self.point_of(params)
        self._pending = [pending for pending in self._pending if pending[1] is not point]
        self._seen.add(self.space.key(point))
        self._points.append(point)
        self._scores.append(np.nan if score is None else float(score))

    def withdraw(self, params: Mapping[str, Any]) -> None:
        """Hear that no score is to be expected of parameters asked for; they stay proposed."""
        self._pending = [pending for pending in self._pending if pending[0] is not params]

    def tell_cost(self, params: Mapping[str, Any], seconds: float) -> None:
        """Learn what an evaluation cost; most samplers do not care."""

    def point_of(self, params: Mapping[str, Any]) -> Point:
        """Return the canonical point of parameters, whether they were asked for or not."""
        for asked, point in self._pending:
            if asked is params:
                return point
        own = self.space.encode(params)  # equal parameters, or foreign ones
        key = self.space.key(own)
        return next((point for _, point in self._pending if self.space.key(point) == key), own)

    @property
    def points(self) -> NDArray[np.float64]:
        """Points told, in the order of telling, shape (n_told, n_axes)."""
        return np.array(self._points).reshape(len(self._points), self.space.n_axes)

    @property
    def scores(self) -> NDArray[np.float64]:
        """Their scores, NaN for failures, shape (n_told,)."""
        return np.array(self._scores)

    @property
    def pending(self) -> NDArray[np.float64]:
        """Points asked and not yet told, shape (n_pending, n_axes)."""
        return np.array([point for _, point in self._pending]).reshape(
            len(self._pending), self.space.n_axes
        )

    def is_new(self, point: Point) -> bool:
        """Whether the configuration at a canonical point was never asked or told."""
        return self.space.key(point) not in self._seen

    def random_point(self, n_tries: int = 16) -> Point | None:
        """Draw a new point from the space's distribution; None if the space is exhausted."""
        if len(self._seen) * 2 < self.space.size:
            for point in self.space.sample(n_tries, self.rng):
                if self.is_new(point):
                    return point
        return self._remaining_point()

    def _remaining_point(self) -> Point | None:
        """Draw among what is left of a finite space; of a large one, try longer."""
        if self._shuffled is None:
            listed = self.space.enumerate()
            if listed is None:
                return next(filter(self.is_new, self.space.sample(4096, self.rng)), None)
            points = list(filter(self.is_new, listed))
            self._shuffled = deque(points[i] for i in self.rng.permutation(len(points)))
        while self._shuffled:
            point = self._shuffled.popleft()
            if self.is_new(point):
                return point
        return None

    def _next_initial(self) -> tuple[dict[str, Any], Point] | None:
        while self._initial:
            params = self._initial.popleft()
            point = self.space.encode(params)
            if self.is_new(point):
                return params, point
        return None
