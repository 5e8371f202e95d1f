"""The loop: fill the window, wait, tell."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from sklearn_hpt._trial import FoldResult, Scheduler, StepResult
from sklearn_hpt.engine._observers import Observer, Observers
from sklearn_hpt.engine._open_step import OpenStep
from sklearn_hpt.engine._runner import Evaluated, Runner, Task
from sklearn_hpt.engine._states import TrainingStates

# Folds that take less than this are sent to a worker all at once: sending costs 1 to 10 ms.
_QUICK_SECONDS = 0.02


class Engine:
    """Runs a scheduler's steps on a runner.

    Parameters
    ----------
    runner : Runner
        Runs folds.
    observers : iterable of Observer, default=()
        Hear of trials, folds and steps, and may end the search.
    n_splits : int
        Number of folds of a step.
    objective : callable
        Returns the score of a fold that drives the search.
    max_concurrent_trials : int
        How many steps may be started and not yet told.
    is_reproducible : bool, default=True
        Tell results in the order their steps were started, so that the scheduler hears the same
        for any number of workers; otherwise as they complete.
    spread_folds : bool, default=False
        Let workers run folds of different steps rather than of the same one, which saves work
        where the first folds may show that the others are not worth running.
    timeout : float or None, default=None
        Seconds after which nothing more is started and unfinished steps are dropped, once at
        least one is finished.
    """

    def __init__(
        self,
        runner: Runner,
        observers: Iterable[Observer] = (),
        *,
        n_splits: int,
        objective: Callable[[FoldResult], float],
        max_concurrent_trials: int,
        is_reproducible: bool = True,
        spread_folds: bool = False,
        timeout: float | None = None,
    ) -> None:
        self._runner = runner
        self._observers = Observers(observers)
        self._objective = objective
        self._max_concurrent_trials = max_concurrent_trials
        self._is_reproducible = is_reproducible
        self._spread_folds = spread_folds
        self._deadline = math.inf if timeout is None else time.monotonic() + timeout
        self._open: list[OpenStep] = []
        self._n_told = 0
        self._best: StepResult | None = None
        self._best_rank = (-1, -math.inf)
        self._is_stopping = False
        self._recent_seconds: deque[float] = deque(maxlen=32)
        self._states = TrainingStates(n_splits)

    def run(self, scheduler: Scheduler) -> Iterator[StepResult]:
        """Run until the scheduler has nothing more to start; yield steps as they are told.

        Raises
        ------
        BaseException
            Whatever ended the search, after all finished steps were yielded.
        """
        try:
            self._start_steps(scheduler)
            while self._open:
                self._dispatch()
                for task, evaluated in self._runner.wait(self._time_left()):
                    self._record(scheduler, task, evaluated)
                yield from self._tell_finished(scheduler)
                if self._is_stopping or self._is_late:
                    self._drop_unfinished()
                    self._runner.abandon()
                    yield from self._tell_finished(scheduler)
        except GeneratorExit:
            raise
        except BaseException:
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
            if step.continue_from is None:
                self._hear(self._observers.trial_started(step.trial))
            self._open.append(OpenStep(step, self._states.starting(step), self._objective))

    def _dispatch(self) -> None:
        while self._runner.has_room and (opened := self._next_to_dispatch()) is not None:
            is_batch = self._is_quick and not self._runner.is_inline
            folds, states = opened.take(len(opened.waiting_folds) if is_batch else 1)
            for fold in folds:
                self._hear(self._observers.fold_started(opened.step, fold, self._runner.is_local))
            self._runner.submit(Task(opened.step, folds, states))

    def _next_to_dispatch(self) -> OpenStep | None:
        waiting = (step for step in self._open if step.waiting_folds)
        if self._spread_folds:
            return min(waiting, key=lambda step: step.n_running, default=None)
        return next(waiting, None)

    def _record(self, scheduler: Scheduler, task: Task, evaluated: list[Evaluated]) -> None:
        opened = next((opened for opened in self._open if opened.step is task.step), None)
        for fold, (result, state) in zip(task.folds, evaluated, strict=True):
            self._recent_seconds.append(
                math.inf if result.fit_error else result.fit_time + result.score_time
            )
            self._hear(self._observers.fold_finished(task.step, fold, result))
            if opened is None or opened.is_finished:  # dropped while its fold was running
                continue
            for fold_scores in opened.add(fold, result, state):
                if not scheduler.should_continue(task.step, fold_scores):
                    opened.discard_after(len(fold_scores))

    def _tell_finished(self, scheduler: Scheduler) -> Iterator[StepResult]:
        while (opened := self._next_finished()) is not None:
            self._open.remove(opened)
            result = opened.result()
            self._states.note(opened.step, opened.reached)
            self._states.free(scheduler.tell(result))
            self._n_told += 1
            self._note_best(result)
            yield result
            self._hear(self._observers.step_finished(result, self._best))
            self._start_steps(scheduler)

    def _next_finished(self) -> OpenStep | None:
        candidates = self._open[:1] if self._is_reproducible else self._open
        return next((step for step in candidates if step.is_finished), None)

    def _note_best(self, result: StepResult) -> None:
        """Keep the best result so far, of those on the highest rung."""
        known = [score for score in result.curve if score is not None]
        if known and not result.is_discarded:
            rank = (result.step.rung, max(known))
            if rank > self._best_rank:
                self._best, self._best_rank = result, rank

    def _hear(self, asks_for_end: bool | None) -> None:
        self._is_stopping |= bool(asks_for_end)

    @property
    def _is_quick(self) -> bool:
        """Whether folds have been quick for long enough to expect it of the next."""
        recent = self._recent_seconds
        return len(recent) == recent.maxlen and max(recent) < _QUICK_SECONDS

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
