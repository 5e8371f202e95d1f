"""Folds on workers, and what to do when a worker dies."""

from __future__ import annotations

import warnings
from collections import Counter, deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from types import TracebackType

from sklearn_hpt.engine._evaluation import Evaluation
from sklearn_hpt.engine._executor import JoblibExecutor
from sklearn_hpt.engine._runner import Evaluated, Task
from sklearn_hpt.engine._shared import Shared
from sklearn_hpt.engine.workers import TaskTimeoutError, WorkerLostError

_MAX_DROPS = 2


@dataclass
class _Suspicion:
    """A trial whose folds were running when a worker died.

    Attributes
    ----------
    suspects : deque of Task
        The folds that were running.
    held_back : list of Task
        Its other folds, which had better not run before these are cleared.
    """

    suspects: deque[Task] = field(default_factory=deque)
    held_back: list[Task] = field(default_factory=list)


class Dispatcher:
    """Runs folds on the workers of joblib's active backend.

    A fold that loses its worker runs again when nothing else of the search does, and so do the
    other folds that its trial has running then. What loses a worker when it is alone has failed,
    and all other folds of its trial with it.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluates a fold; shipped to the workers once.
    n_jobs, pre_dispatch
        As in :class:`JoblibExecutor`.
    fit_timeout : float or None, default=None
        How many seconds a fold may take. One that takes longer is ended, and its trial has failed.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        n_jobs: int | None,
        pre_dispatch: int | str,
        fit_timeout: float | None = None,
    ) -> None:
        self._evaluation = evaluation
        self._fit_timeout = fit_timeout
        self._running: dict[Future[list[Evaluated]], Task] = {}
        self._settled: SimpleQueue[Future[list[Evaluated]]] = SimpleQueue()
        self._suspicions: dict[int, _Suspicion] = {}  # by trial
        self._alone: Future[list[Evaluated]] | None = None  # a suspect that runs alone
        self._n_drops: Counter[tuple[int, int, int]] = Counter()
        self._failed: dict[int, str] = {}  # trials that are not run any more, and the reason
        self._error: BaseException | None = None  # what ends the search
        self._is_abandoned = False
        self._executor = JoblibExecutor(n_jobs, pre_dispatch)
        if fit_timeout is not None and not self._executor.can_end_tasks:
            warnings.warn(
                f"fit_timeout={fit_timeout} is not kept here: only a process can be ended, as "
                "those of joblib's backends 'loky' (the default) with n_jobs=2 or more, "
                "'multiprocessing' and 'ray'.",
                UserWarning,
                stacklevel=2,
            )
        try:
            self._shared: Shared = self._executor.share(evaluation)
        except BaseException:
            self._executor.shutdown(wait=False)
            raise

    def __enter__(self) -> Dispatcher:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._executor.shutdown(wait=exc_type is None and not self._is_abandoned)
        finally:
            self._shared.close()

    def abandon(self) -> None:
        """Let what is running be ended at once in the end."""
        self._is_abandoned = True

    @property
    def is_inline(self) -> bool:
        """Whether folds run in the calling thread."""
        return self._executor.is_inline

    @property
    def is_local(self) -> bool:
        """Whether folds run in the calling process."""
        return self._executor.is_local

    @property
    def has_room(self) -> bool:
        """Whether another task would find a worker soon."""
        return self._alone is None and len(self._running) < self._executor.capacity

    def submit(self, task: Task) -> None:
        """Start a task, unless it is known what comes of it or it had better not run now."""
        if task.trial in self._failed:
            self._settle_at_once(task)
        elif task.trial in self._suspicions:
            self._suspicions[task.trial].held_back.append(task)
        else:
            self._start(task)

    def wait(self, timeout: float | None = None) -> list[tuple[Task, list[Evaluated]]]:
        """Wait until a task is done, or for `timeout` seconds; return what is done by then.

        Raises
        ------
        WorkerLostError, TimeoutError
            If a task lost its worker when it was alone, or took too long, and
            ``error_score="raise"``.
        Exception
            What a fit raised, if ``error_score="raise"``.
        """
        if self._suspicions and not self._running:
            self._run_a_suspect_alone()
        finished = []
        for future in self._next_settled(timeout):
            task = self._running.pop(future)
            was_alone = future is self._alone
            if was_alone:
                self._alone = None
            try:
                finished.append((task, future.result()))
            except WorkerLostError as error:
                self._lose(task, error, was_alone)
            except TaskTimeoutError:
                self._time_out(task)
            except BaseException as error:  # noqa: BLE001  raised below
                self._error = self._error or error
            else:
                if was_alone:
                    self._clear(task)
        if self._error is not None and not finished:
            raise self._error
        return finished

    def _start(self, task: Task) -> Future[list[Evaluated]]:
        seconds = None if self._fit_timeout is None else self._fit_timeout * len(task.folds)
        future = self._executor.submit(_evaluate, self._shared, task, seconds=seconds)
        self._watch(future, task)
        return future

    def _watch(self, future: Future[list[Evaluated]], task: Task) -> None:
        self._running[future] = task
        future.add_done_callback(self._settled.put)

    def _next_settled(self, timeout: float | None) -> list[Future[list[Evaluated]]]:
        """Wait for a running task to be done; return all that are, in the order of their keys."""
        settled = []
        if self._running:
            with suppress(Empty):
                settled.append(self._settled.get(timeout=timeout))
                while True:
                    settled.append(self._settled.get_nowait())
        known = [future for future in settled if future in self._running]
        return sorted(known, key=lambda future: self._running[future].keys)

    def _settle_at_once(self, task: Task) -> None:
        """Let a task of a failed trial fail."""
        error = self._failed[task.trial]
        failure = self._evaluation.failed(error, max(1, len(task.step.checkpoints)))
        future: Future[list[Evaluated]] = Future()
        future.set_result([(failure, None) for _ in task.folds])
        self._watch(future, task)

    def _lose(self, task: Task, error: WorkerLostError, was_alone: bool) -> None:
        if task.trial in self._failed:
            self._settle_at_once(task)
        elif not was_alone:
            suspicion = self._suspicions.setdefault(task.trial, _Suspicion())
            suspicion.suspects.extend(task.split())
            suspicion.held_back.extend(self._take_back(task.trial))
        elif error.is_crash or self._n_drops[task.keys[0]] >= _MAX_DROPS:
            self._fail(task, str(error), error)
        else:  # perhaps a shut-down
            self._n_drops.update(task.keys)
            self._suspicions[task.trial].suspects.appendleft(task)

    def _time_out(self, task: Task) -> None:
        if len(task.folds) > 1:  # which of them?
            for one in task.split():
                self.submit(one)
            return
        text = f"The fit took more than fit_timeout={self._fit_timeout} seconds and was ended."
        self._fail(task, text, TimeoutError(text))

    def _fail(self, task: Task, text: str, error: Exception) -> None:
        """Let a task fail, and with it all of its trial that is not running."""
        if self._evaluation.error_score == "raise":
            self._error = error
            return
        self._failed[task.trial] = text
        suspicion = self._suspicions.pop(task.trial, _Suspicion())
        others = [*suspicion.suspects, *suspicion.held_back, *self._take_back(task.trial)]
        for one in [task, *others]:
            self._settle_at_once(one)

    def _clear(self, task: Task) -> None:
        """Let a trial go on of which a suspect has come through, once all of them have."""
        if not self._suspicions[task.trial].suspects:
            for one in self._suspicions.pop(task.trial).held_back:
                self.submit(one)

    def _take_back(self, trial: int) -> list[Task]:
        """Return the tasks of a trial that have not begun, which are not going to."""
        running = list(self._running.items())
        waiting = [(future, task) for future, task in running if task.trial == trial]
        return [self._running.pop(future) for future, _ in waiting if future.cancel()]

    def _run_a_suspect_alone(self) -> None:
        suspicion = next(iter(self._suspicions.values()))
        self._alone = self._start(suspicion.suspects.popleft())


def _evaluate(shared: Shared, task: Task) -> list[Evaluated]:
    evaluation: Evaluation = shared.value
    folds = zip(task.folds, task.states, strict=True)
    return [evaluation.evaluate(task.step, fold, state) for fold, state in folds]
