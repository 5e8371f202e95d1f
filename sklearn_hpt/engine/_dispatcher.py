"""Folds on workers, and what to do when a worker dies."""

from __future__ import annotations

from collections import Counter, deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from types import TracebackType

from sklearn_hpt.engine._evaluation import Evaluation
from sklearn_hpt.engine._executor import JoblibExecutor, WorkerLostError
from sklearn_hpt.engine._runner import Evaluated, Task
from sklearn_hpt.engine._shared import Shared


class Dispatcher:
    """Runs folds on joblib's active backend.

    When a worker dies nobody knows which of the tasks in flight killed it. All of them run again,
    one at a time; a trial that kills its worker when alone has failed on all its folds.

    Parameters
    ----------
    evaluation : Evaluation
        Evaluates a fold; shipped to the workers once.
    n_jobs, pre_dispatch
        As in :class:`JoblibExecutor`.
    """

    def __init__(self, evaluation: Evaluation, n_jobs: int | None, pre_dispatch: int | str) -> None:
        self._evaluation = evaluation
        self._n_jobs = n_jobs
        self._pre_dispatch = pre_dispatch
        self._running: dict[Future[list[Evaluated]], Task] = {}
        self._suspects: deque[Task] = deque()
        self._deadly: dict[int, str] = {}  # trials that killed a worker twice, and with what error
        self._n_crashes: Counter[tuple[int, int, int]] = Counter()
        self._is_abandoned = False
        self._open()

    def __enter__(self) -> Dispatcher:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close(wait=exc_type is None and not self._is_abandoned)

    def abandon(self) -> None:
        """Let what is running be aborted at once in the end."""
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
        return len(self._running) < self._executor.capacity and not self._is_isolating()

    def submit(self, task: Task) -> None:
        """Start a task; one of a trial that has killed its worker twice has failed already."""
        if task.step.trial.number in self._deadly:
            future: Future[list[Evaluated]] = Future()
            future.set_result(self._failures(task))
        else:
            future = self._executor.submit(_evaluate, self._shared, task)
        self._running[future] = task

    def wait(self, timeout: float | None = None) -> list[tuple[Task, list[Evaluated]]]:
        """Wait until a task is done, or for `timeout` seconds; return what is done by then.

        Raises
        ------
        WorkerLostError
            If a task killed its worker twice and ``error_score="raise"``.
        Exception
            What a fit raised, if ``error_score="raise"``.
        """
        done = [future for future in self._running if future.done()]
        if not done:
            done = list(wait(self._running, timeout, FIRST_COMPLETED).done)
        finished, lost = [], []
        loss = None
        for future in sorted(done, key=lambda future: self._running[future].keys):
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

    def _is_isolating(self) -> bool:
        """Whether tasks that may have killed a worker run one at a time."""
        return bool(self._n_crashes) and (
            bool(self._suspects)
            or any(key in self._n_crashes for task in self._running.values() for key in task.keys)
        )

    def _recover(
        self, lost: list[Task], loss: WorkerLostError
    ) -> list[tuple[Task, list[Evaluated]]]:
        """Replace the workers; return the failure of a fold that was alone and lost one again."""
        in_flight = [one for task in (*lost, *self._running.values()) for one in task.split()]
        self._running.clear()
        self._close(wait=False)
        self._open()
        if len(in_flight) == 1 and in_flight[0].keys[0] in self._n_crashes:
            if self._evaluation.error_score == "raise":
                raise loss
            self._deadly[in_flight[0].step.trial.number] = str(loss)
            return [(in_flight[0], self._failures(in_flight[0]))]
        self._n_crashes.update(key for task in in_flight for key in task.keys)
        self._suspects.extendleft(reversed(in_flight))
        return []

    def _failures(self, task: Task) -> list[Evaluated]:
        error = self._deadly[task.step.trial.number]
        failure = self._evaluation.failed(error, max(1, len(task.step.checkpoints)))
        return [(failure, None) for _ in task.folds]

    def _open(self) -> None:
        self._executor = JoblibExecutor(self._n_jobs, self._pre_dispatch)
        self._shared = self._executor.share(self._evaluation)

    def _close(self, wait: bool) -> None:
        self._executor.shutdown(wait=wait)
        self._shared.close()


def _evaluate(shared: Shared, task: Task) -> list[Evaluated]:
    evaluation: Evaluation = shared.value
    folds = zip(task.folds, task.states, strict=True)
    return [evaluation.evaluate(task.step, fold, state) for fold, state in folds]
