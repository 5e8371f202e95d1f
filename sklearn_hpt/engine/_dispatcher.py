"""Folds on workers, and what to do when a worker dies."""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from types import TracebackType
from typing import NamedTuple

from sklearn_hpt._trial import FoldResult, Trial
from sklearn_hpt.engine._evaluation import CrossValidation
from sklearn_hpt.engine._executor import JoblibExecutor, WorkerLostError
from sklearn_hpt.engine._shared import Shared


class Task(NamedTuple):
    """One fold of one trial."""

    trial: Trial
    fold: int

    @property
    def key(self) -> tuple[int, int]:
        """What identifies the task."""
        return self.trial.number, self.fold


class Dispatcher:
    """Runs folds on joblib's active backend.

    When a worker dies nobody knows which of the tasks in flight killed it. All of them run again,
    one at a time; one that kills its worker when alone has failed.

    Parameters
    ----------
    evaluation : CrossValidation
        Evaluates a fold; shipped to the workers once.
    n_jobs, pre_dispatch
        As in :class:`JoblibExecutor`.
    """

    def __init__(
        self, evaluation: CrossValidation, n_jobs: int | None, pre_dispatch: int | str
    ) -> None:
        self._evaluation = evaluation
        self._n_jobs = n_jobs
        self._pre_dispatch = pre_dispatch
        self._running: dict[Future[FoldResult], Task] = {}
        self._suspects: deque[Task] = deque()
        self._n_crashes: Counter[tuple[int, int]] = Counter()
        self._open()

    def __enter__(self) -> Dispatcher:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def is_local(self) -> bool:
        """Whether folds run in the calling process."""
        return self._executor.is_local

    @property
    def has_room(self) -> bool:
        """Whether another task would find a worker soon."""
        is_isolating = self._suspects or any(
            task.key in self._n_crashes for task in self._running.values()
        )
        return not is_isolating and len(self._running) < self._executor.capacity

    def submit(self, task: Task) -> None:
        """Start a task."""
        future = self._executor.submit(_evaluate, self._shared, task.trial, task.fold)
        self._running[future] = task

    def wait(self, timeout: float | None = None) -> list[tuple[Task, FoldResult]]:
        """Wait until a task is done, or for `timeout` seconds; return what is done by then.

        Raises
        ------
        WorkerLostError
            If a task killed its worker twice and ``error_score="raise"``.
        Exception
            What a fit raised, if ``error_score="raise"``.
        """
        done = wait(self._running, timeout, FIRST_COMPLETED).done
        finished, lost = [], []
        loss = None
        for future in sorted(done, key=lambda future: self._running[future].key):
            task = self._running.pop(future)
            try:
                finished.append((task, future.result()))
            except WorkerLostError as error:
                lost.append(task)
                loss = error
        if loss is not None:
            finished.extend(self._recover(lost, loss))
        if self._suspects and not self._running:
            self.submit(self._suspects.popleft())
        return finished

    def _recover(
        self, lost: list[Task], loss: WorkerLostError
    ) -> list[tuple[Task, FoldResult]]:
        """Replace the workers; return the failure of a task that was alone and lost one again."""
        in_flight = lost + list(self._running.values())
        self._running.clear()
        self._close()
        self._open()
        culprit = in_flight[0] if len(in_flight) == 1 else None
        if culprit is not None and culprit.key in self._n_crashes:
            if self._evaluation.error_score == "raise":
                raise loss
            return [(culprit, self._evaluation.failed(str(loss)))]
        self._n_crashes.update(task.key for task in in_flight)
        self._suspects.extendleft(reversed(in_flight))
        return []

    def _open(self) -> None:
        self._executor = JoblibExecutor(self._n_jobs, self._pre_dispatch)
        self._shared = self._executor.share(self._evaluation)

    def _close(self) -> None:
        self._executor.shutdown()
        self._shared.close()


def _evaluate(shared: Shared, trial: Trial, fold: int) -> FoldResult:
    evaluation: CrossValidation = shared.value
    return evaluation.evaluate(trial, fold)
