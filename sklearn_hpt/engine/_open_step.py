"""A step under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sklearn_hpt._trial import FoldResult, Step, StepResult


class OpenStep:
    """A step under way: its folds, those that wait and those that are done.

    Parameters
    ----------
    step : Step
        The step.
    states : sequence of object, one per split
        The training states that it starts from; None where it starts from nothing.
    objective : callable
        Returns the score of a fold that drives the search.

    Attributes
    ----------
    waiting_folds : deque of int
        The folds that no worker has been given.
    reached : list of object, one per split
        The training states that it has reached.
    """

    def __init__(
        self, step: Step, states: Sequence[Any], objective: Callable[[FoldResult], float]
    ) -> None:
        self.step = step
        self.waiting_folds = deque(range(len(states)))
        self.reached: list[Any] = [None] * len(states)
        self._states = list(states)
        self._objective = objective
        self._n_taken = 0
        self._folds: list[FoldResult | None] = [None] * len(states)
        self._scores: list[float] = []
        self._is_discarded = False

    def take(self, n_folds: int) -> tuple[tuple[int, ...], tuple[Any, ...]]:
        """Remove and return the next folds to run, and their states."""
        self._n_taken += n_folds
        folds = tuple(self.waiting_folds.popleft() for _ in range(n_folds))
        states = tuple(self._states[fold] for fold in folds)
        for fold in folds:
            self._states[fold] = None
        return folds, states

    @property
    def n_running(self) -> int:
        """Number of folds that are with a worker."""
        return self._n_taken - sum(fold is not None for fold in self._folds)

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self._is_discarded or len(self._scores) == len(self._folds)

    def add(self, fold: int, result: FoldResult, state: Any) -> Iterator[list[float]]:
        """Store a fold; yield the scores of each run of first folds that it completes.

        Folds may finish in any order, but what the scheduler hears must not depend on it.
        """
        self._folds[fold], self.reached[fold] = result, state
        while not self.is_finished and (known := self._folds[len(self._scores)]) is not None:
            self._scores.append(self._objective(known))
            if not self.is_finished:
                yield list(self._scores)

    def discard_after(self, n_folds: int) -> None:
        """Forget all folds but the first `n_folds`."""
        self.waiting_folds.clear()
        self._folds[n_folds:] = [None] * (len(self._folds) - n_folds)
        self._is_discarded = True

    def result(self) -> StepResult:
        """Return all that came of the step."""
        intermediate = [
            tuple(map(self._objective, fold.intermediate))
            for fold in self._folds
            if fold is not None
        ]
        return StepResult(self.step, tuple(self._folds), tuple(self._scores), tuple(intermediate))
