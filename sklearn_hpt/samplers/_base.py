"""What all of our samplers share: the bookkeeping of what was asked and told."""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt._trial import Outcome
from sklearn_hpt.samplers._designs import sobol_points
from sklearn_hpt.space import Key, Point, Space

_N_DRAWS, _N_SWEPT, _MAX_COORDINATES = 4096, 8192, 4_000_000
_MAX_REFUSED = 1000
_MIN_ALLOWED = 2  # of so many draws
_CHUNK_GROWTH = 2


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
    design : deque of ndarray
        Canonical points to start from; a subclass may fill it, and empties it by
        :meth:`next_of_design`.
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
        self._n_asked = 0
        self._n_foreign = 0
        self.design: deque[Point] = deque()
        self._refused: set[Key] = set()
        self._is_exhausted = False
        self._is_end_explained = False

    @abstractmethod
    def propose(self) -> Point | None:
        """Return a canonical point that :meth:`is_open`; None if there is none left."""

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted.

        Raises
        ------
        ValueError
            If the space has a constraint that refuses all there is, or nearly all.
        """
        params, point = self._next_initial() or self._next_proposed() or (None, None)
        if params is None or point is None:
            self._explain_end()
            return None
        self._n_asked += self._note(params, point, self._n_asked)
        self._pending[self.space.key(point)] = params, point
        return params

    def tell(self, params: Mapping[str, Any], outcome: Outcome) -> None:
        """Learn what came of parameters, whether they were asked for or not.

        They are no longer pending. There is nothing to learn of a score that is NaN.
        """
        point = self._settle(params)
        if self._note(params, point, -1 - self._n_foreign):
            self._n_foreign += 1
            if self.design:  # what is known already stands in for an initial point
                self.design.pop()
        if outcome.score is None or not math.isnan(outcome.score):
            self.learn(point, outcome)

    def learn(self, point: Point, outcome: Outcome) -> None:
        """Learn what came of the parameters at a canonical point; a subclass may learn more."""
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
    def n_known(self) -> int:
        """How many configurations were asked or told."""
        return self._n_asked + self._n_foreign

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
        key = self.space.key(point)
        return key not in self._numbers and key not in self._refused

    def number_of(self, point: Point) -> int:
        """Return the position in which a configuration was asked; below 0 if it was only told."""
        return self._numbers[self.space.key(point)]

    def is_open(self, point: Point) -> bool:
        """Whether the configuration at a canonical point may be proposed: new, and allowed."""
        return self.is_new(point) and self.space.is_allowed(point)

    def first_open(self, points: NDArray[np.float64]) -> Point | None:
        """Return the first of canonical points that :meth:`is_open`; None if none is.

        They are looked at in chunks, the first of which are small: what is costly to decode, or
        to ask the constraint about, is mostly near the top.
        """
        size = 1
        while len(points):
            chunk, points = points[:size], points[size:]
            size *= _CHUNK_GROWTH
            if len(chunk) > 1:
                chunk = chunk[self.distinct_open(chunk)]
            point = next(filter(self.is_open, chunk), None)
            if point is not None:
                return point
        return None

    def distinct_open(self, points: NDArray[np.float64]) -> list[int]:
        """Return the positions of many canonical points that are open, of equals the first.

        Configurations are compared up to rounding, which is quick.
        """
        first: dict[Key, int] = {}
        for position, key in enumerate(self.space.keys(points)):
            if key not in self._numbers and key not in self._refused:
                first.setdefault(key, position)
        new = list(first.values())
        return [new[i] for i in np.flatnonzero(self.space.are_allowed(points[new]))]

    def next_of_design(self) -> Point | None:
        """Return the next point of the design that is open; None if there is none left."""
        while self.design:
            point = self.design.popleft()
            if self.is_open(point):
                return point
        return None

    def random_point(self, n_tries: int = 16) -> Point | None:
        """Draw a new point from the space's distribution; None if the space is exhausted."""
        if self.n_known * 2 < self.space.size:
            point = self.first_open(self.space.sample(n_tries, self.rng))
            if point is not None:
                return point
        return self._remaining_point()

    def _remaining_point(self) -> Point | None:
        """Draw among what is left of a finite space; of a large one, try longer."""
        if self._is_exhausted:
            return None
        if self._shuffled is None:
            listed = self.space.enumerate()
            if listed is None:
                return self._rare_point()
            points = list(filter(self.is_new, listed))
            self._shuffled = deque(points[i] for i in self.rng.permutation(len(points)))
        while self._shuffled:
            point = self._shuffled.popleft()
            if self.is_new(point):
                return point
        self._is_exhausted = True
        return None

    def _rare_point(self) -> Point | None:
        """Look for a new point where most are not; if none is found, there is none."""
        drawn = self.space.sample(self._at_most(_N_DRAWS), self.rng)
        self._check_constraint(drawn)
        point = self.first_open(drawn)
        if point is None:
            point = self.first_open(sobol_points(self.space, self._at_most(_N_SWEPT), self.rng))
        self._is_exhausted = point is None
        return point

    @property
    def _is_untouched(self) -> bool:
        """Whether nothing was asked or told so far."""
        return not (self._points or self._pending)

    def _explain_end(self) -> None:
        """Say so where nothing is left to propose for a constraint's sake alone."""
        if self.space.constraint is None:
            return
        if self._is_untouched:
            raise self.space.constraint.refuses_all()
        if self.space.enumerate() is None and not self._is_end_explained:
            self._is_end_explained = True
            warnings.warn(
                f"The search ends after {len(self._points) + len(self._pending)} trials: "
                f"constraint={self.space.constraint!r} refuses thousands of draws of what is left.",
                UserWarning,
                stacklevel=2,
            )

    def _check_constraint(self, drawn: NDArray[np.float64]) -> None:
        """Raise ValueError if nothing is known yet and a constraint refuses nearly all draws."""
        if self.space.constraint is None or not self._is_untouched:
            return
        if self.space.are_allowed(drawn).sum() < _MIN_ALLOWED:
            raise self.space.constraint.refuses_all()

    def _at_most(self, n_points: int) -> int:
        """Return how many points to draw that memory has room for."""
        return max(1, min(n_points, _MAX_COORDINATES // max(self.space.n_axes, 1)))

    def _next_initial(self) -> tuple[dict[str, Any], Point] | None:
        while self._initial:
            params = self._initial.popleft()
            if self.space.key_of(params) not in self._numbers and self.space.allows(params):
                return params, self.space.encode(params)
        return None

    def _settle(self, params: Mapping[str, Any]) -> Point:
        """Return the canonical point of parameters, which are no longer pending."""
        for key, (asked, point) in self._pending.items():
            if asked is params:  # nearly always so, and it spares encoding them
                del self._pending[key]
                return point
        own_key = self.space.key_of(params)
        for key, (asked, point) in self._pending.items():
            # Where floats are coarse, what was decoded is not encoded to the point it came from.
            if self.space.key_of(asked) == own_key:
                del self._pending[key]
                return point
        return self.space.encode(params)

    def _next_proposed(self) -> tuple[dict[str, Any], Point] | None:
        for _ in range(_MAX_REFUSED):
            point = self.propose()
            if point is None:
                return None
            if self.is_open(point):
                return self.space.decode(point), point
            self._refused.add(self.space.key(point))
        return None

    def _note(self, params: Mapping[str, Any], point: Point, number: int) -> bool:
        """Note a configuration's number, unless it has one; return whether it is new.

        What its own point decodes to has the same number: the point of a float may decode to its
        neighbour, whose score would be no other.
        """
        keys = self.space.key_of(params), self.space.key(point)
        known = [self._numbers[key] for key in keys if key in self._numbers]
        for key in keys:
            self._numbers.setdefault(key, known[0] if known else number)
        return not known
