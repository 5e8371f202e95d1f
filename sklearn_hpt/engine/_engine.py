"""The loop: fill the window, wait, tell."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from sklearn_hpt._trial import FoldResult, Step, StepResult
from sklearn_hpt.engine._dispatcher import Dispatcher, Task
from sklearn_hpt.engine._evaluation import CrossValidation

# Folds that take less than this are sent to a worker all at once: sending costs 1 to 10 ms.
_QUICK_SECONDS = 0.02


class Scheduler(Protocol):
    """What the engine needs of a scheduler."""

    def ask(self) -> Step | None:
        """Return the next step; None if nothing can start until a result is told."""

    def tell(self, result: StepResult) -> Iterable[int]:
        """Learn what came of a step; return the numbers of the trials that have ended."""

    def is_worth_finishing(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say whether the rest of a step's folds are worth running."""


class Monitor(Protocol):
    """Hears of each fold, in the process of the search."""

    def fold_started(self, step: Step, fold: int, is_local: bool) -> None:
        """Hear that a fold is given to a worker, and whether that is in this process."""

    def fold_finished(self, step: Step, fold: int) -> bool:
        """Hear that a fold is done; return True to end the search."""


class Engine:
    """Runs a scheduler's steps on joblib's active backend.

    Parameters
    ----------
    evaluation : CrossValidation
        Evaluates one fold of a trial.
    guide : callable
        Returns the score of a fold that guides the search.
    max_concurrent_trials : int
        How many steps may be started and not yet told.
    n_jobs, pre_dispatch
        As in :class:`joblib.Parallel`.
    is_reproducible : bool, default=True
        Tell results in the order their steps were started, so that the scheduler hears the same
        for any number of workers; otherwise as they complete.
    spread_folds : bool, default=False
        Let workers run folds of different steps rather than of the same one, which saves work
        where the first folds may show that the others are not worth running.
    timeout : float or None, default=None
        Seconds after which nothing more is started and unfinished steps are dropped, once at
        least one is finished.
    monitor : Monitor or None, default=None
        Hears of each fold.
    """

    def __init__(
        self,
        evaluation: CrossValidation,
        guide: Callable[[FoldResult], float],
        *,
        max_concurrent_trials: int,
        n_jobs: int | None = None,
        pre_dispatch: int | str = "2*n_jobs",
        is_reproducible: bool = True,
        spread_folds: bool = False,
        timeout: float | None = None,
        monitor: Monitor | None = None,
    ) -> None:
        self._evaluation = evaluation
        self._max_concurrent_trials = max_concurrent_trials
        self._n_jobs = n_jobs
        self._pre_dispatch = pre_dispatch
        self._is_reproducible = is_reproducible
        self._spread_folds = spread_folds
        self._deadline = math.inf if timeout is None else time.monotonic() + timeout
        self._guide = guide
        self._monitor = monitor
        self._open: list[_OpenStep] = []
        self._n_told = 0
        self._is_stopping = False
        self._recent_seconds: deque[float] = deque(maxlen=32)
        self._states: dict[int, dict[int, Any]] = {}  # of training, by trial and fold

    def run(self, scheduler: Scheduler) -> Iterator[StepResult]:
        """Run until the scheduler has nothing more to start; yield steps as they are told.

        Raises
        ------
        KeyboardInterrupt
            After all finished steps were yielded.
        """
        with Dispatcher(self._evaluation, self._n_jobs, self._pre_dispatch) as dispatcher:
            try:
                self._start_steps(scheduler)
                while self._open:
                    self._dispatch(dispatcher)
                    for task, evaluated in dispatcher.wait(self._time_left()):
                        for fold, (result, state) in zip(task.folds, evaluated, strict=True):
                            self._record(scheduler, task.step, fold, result, state)
                    yield from self._tell_finished(scheduler)
                    if self._is_stopping or self._is_late:
                        self._drop_unfinished()
                        dispatcher.abandon()
                        yield from self._tell_finished(scheduler)
            except KeyboardInterrupt:
                yield from [step.result() for step in self._open if step.is_finished]
                raise

    def _start_steps(self, scheduler: Scheduler) -> None:
        while len(self._open) < self._max_concurrent_trials and not self._is_stopping:
            is_first = not (self._open or self._n_told)
            if self._is_late and not is_first:
                return
            step = scheduler.ask()
            if step is None or (self._is_late and not is_first):  # asking takes time, too
                return
            self._open.append(_OpenStep(step, self._evaluation.n_splits, self._guide))

    def _dispatch(self, dispatcher: Dispatcher) -> None:
        while dispatcher.has_room and (step := self._next_to_dispatch()) is not None:
            is_batch = self._is_quick and not dispatcher.is_inline
            folds = step.take(len(step.waiting_folds) if is_batch else 1)
            if self._monitor is not None:
                for fold in folds:
                    self._monitor.fold_started(step.step, fold, dispatcher.is_local)
            states = tuple(self._state_before(step.step, fold) for fold in folds)
            dispatcher.submit(Task(step.step, folds, states))

    def _next_to_dispatch(self) -> _OpenStep | None:
        waiting = (step for step in self._open if step.waiting_folds)
        if self._spread_folds:
            return min(waiting, key=lambda step: step.n_running, default=None)
        return next(waiting, None)

    def _state_before(self, step: Step, fold: int) -> Any:
        if step.continue_from is None:
            return None
        return self._states.get(step.continue_from, {}).get(fold)

    def _record(
        self, scheduler: Scheduler, step: Step, fold: int, result: FoldResult, state: Any
    ) -> None:
        self._recent_seconds.append(
            math.inf if result.fit_error else result.fit_time + result.score_time
        )
        if self._monitor is not None:
            self._is_stopping |= self._monitor.fold_finished(step, fold)
        opened = next((opened for opened in self._open if opened.step is step), None)
        if opened is None or opened.is_finished:  # dropped while its fold was running
            return
        states = self._states.setdefault(step.trial.number, {})
        if state is not None:
            states[fold] = state
        elif result.fit_error is not None:
            states.pop(fold, None)  # it may be half-way to what failed
        for fold_scores in opened.add(fold, result):
            if not scheduler.is_worth_finishing(step, fold_scores):
                opened.discard_after(len(fold_scores))

    @property
    def _is_quick(self) -> bool:
        """Whether folds have been quick for long enough to expect it of the next."""
        recent = self._recent_seconds
        return len(recent) == recent.maxlen and max(recent) < _QUICK_SECONDS

    def _tell_finished(self, scheduler: Scheduler) -> Iterator[StepResult]:
        while (step := self._next_finished()) is not None:
            self._open.remove(step)
            result = step.result()
            for ended in scheduler.tell(result):
                self._states.pop(ended, None)
            self._n_told += 1
            yield result
            self._start_steps(scheduler)

    def _next_finished(self) -> _OpenStep | None:
        candidates = self._open[:1] if self._is_reproducible else self._open
        return next((step for step in candidates if step.is_finished), None)

    @property
    def _is_late(self) -> bool:
        return time.monotonic() >= self._deadline

    def _time_left(self) -> float | None:
        if math.isinf(self._deadline):
            return None
        has_result = self._n_told or any(step.is_finished for step in self._open)
        return max(0.0, self._deadline - time.monotonic()) if has_result else None

    def _drop_unfinished(self) -> None:
        """Start nothing more and keep what is finished, or the first step if nothing is."""
        self._is_stopping = True
        finished = [step for step in self._open if step.is_finished]
        self._open = finished if finished or self._n_told else self._open[:1]


class _OpenStep:
    """A step under way."""

    def __init__(self, step: Step, n_splits: int, guide: Callable[[FoldResult], float]) -> None:
        self.step = step
        self.waiting_folds = deque(range(n_splits))
        self._guide = guide
        self._n_taken = 0
        self._folds: list[FoldResult | None] = [None] * n_splits
        self._scores: list[float] = []
        self._is_discarded = False

    def take(self, n_folds: int) -> tuple[int, ...]:
        """Remove and return the next folds to run."""
        self._n_taken += n_folds
        return tuple(self.waiting_folds.popleft() for _ in range(n_folds))

    @property
    def n_running(self) -> int:
        return self._n_taken - sum(fold is not None for fold in self._folds)

    @property
    def is_finished(self) -> bool:
        return self._is_discarded or len(self._scores) == len(self._folds)

    def add(self, fold: int, result: FoldResult) -> Iterator[list[float]]:
        """Store a fold; yield the scores of each run of first folds that it completes.

        Folds may finish in any order, but what the scheduler hears must not depend on it.
        """
        self._folds[fold] = result
        while not self.is_finished and (known := self._folds[len(self._scores)]) is not None:
            self._scores.append(self._guide(known))
            if not self.is_finished:
                yield list(self._scores)

    def discard_after(self, n_folds: int) -> None:
        """Forget all folds but the first `n_folds`."""
        self.waiting_folds.clear()
        self._folds[n_folds:] = [None] * (len(self._folds) - n_folds)
        self._is_discarded = True

    def result(self) -> StepResult:
        passed = [tuple(map(self._guide, fold.passed)) for fold in self._folds if fold is not None]
        return StepResult(self.step, tuple(self._folds), tuple(self._scores), tuple(passed))
