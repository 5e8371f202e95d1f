"""What all of our samplers share: the bookkeeping of what was asked and told."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt._trial import Outcome
from sklearn_hpt.space import Point, Space

Key = tuple[float, ...]
"""What two configurations share exactly when they are the same."""


def key_of(space: Space, params: Mapping[str, Any]) -> Key:
    """Return the key of parameters; ValueError if they are not in the space."""
    return space.key(space.encode(params))


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
        self._pending: dict[Key, tuple[Mapping[str, Any], Point]] = {}
        self._shuffled: deque[Point] | None = None
        self._numbers: dict[Key, int] = {}

    @abstractmethod
    def propose(self) -> Point | None:
        """Return a canonical point that :meth:`is_new`; None if there is none left."""

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""
        params, point = self._next_initial() or (None, self.propose())
        if point is None:
            return None
        if params is None:
            params = self.space.decode(point)
        self._number(point)
        self._pending[self.space.key(point)] = params, point
        return params

    def tell(self, params: Mapping[str, Any], outcome: Outcome) -> None:
        """Learn what came of parameters, whether they were asked for or not.

        They are no longer pending. There is nothing to learn of a score that is NaN.
        """
        point = self._settle(params)
        if outcome.score is None or not math.isnan(outcome.score):
            self.learn(point, outcome)

    def learn(self, point: Point, outcome: Outcome) -> None:
        """Learn what came of the parameters at a canonical point; a subclass may learn more."""
        self._number(point)
        self._points.append(point)
        self._scores.append(np.nan if outcome.score is None else float(outcome.score))

    @property
    def points(self) -> NDArray[np.float64]:
        """Points learned of, in the order of telling, shape (n_told, n_axes)."""
        return np.array(self._points).reshape(self.n_told, self.space.n_axes)

    @property
    def scores(self) -> NDArray[np.float64]:
        """Their scores, NaN for failures, shape (n_told,)."""
        return np.array(self._scores)

    @property
    def n_told(self) -> int:
        """How many points were learned of."""
        return len(self._scores)

    @property
    def pending(self) -> NDArray[np.float64]:
        """Points asked and not yet told, shape (n_pending, n_axes)."""
        points = [point for _, point in self._pending.values()]
        return np.array(points).reshape(len(points), self.space.n_axes)

    def is_new(self, point: Point) -> bool:
        """Whether the configuration at a canonical point was never asked or told."""
        return self.space.key(point) not in self._numbers

    def number_of(self, point: Point) -> int:
        """Return the position in which a configuration was first asked or told."""
        return self._numbers[self.space.key(point)]

    def random_point(self, n_tries: int = 16) -> Point | None:
        """Draw a new point from the space's distribution; None if the space is exhausted."""
        if len(self._numbers) * 2 < self.space.size:
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

    def _settle(self, params: Mapping[str, Any]) -> Point:
        """Return the canonical point of parameters, which are no longer pending."""
        for key, (asked, point) in self._pending.items():
            if asked is params:  # nearly always so, and it spares encoding them
                del self._pending[key]
                return point
        own = self.space.encode(params)
        own_key = self.space.key(own)
        for key, (asked, point) in self._pending.items():
            # Where floats are coarse, what was decoded is not encoded to the point it came from.
            if key_of(self.space, asked) == own_key:
                del self._pending[key]
                return point
        return own

    def _number(self, point: Point) -> None:
        self._numbers.setdefault(self.space.key(point), len(self._numbers))
