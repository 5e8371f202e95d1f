"""Tasks on workers that each run one at a time, driven by a thread a worker."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from typing import Any, NamedTuple, Protocol

from joblib.parallel import BatchedCalls

from sklearn_hpt.engine._shared import Shared
from sklearn_hpt.engine.workers._answers import Outcome

_JOIN_SECONDS = 1.0
_START_ATTEMPTS = 2


class WorkerLostError(RuntimeError):
    """A task came to nothing because of what happened to its worker.

    Parameters
    ----------
    message : str
        What happened.
    is_crash : bool, default=True
        Whether a worker died; otherwise whoever runs the workers dropped the task.
    """

    def __init__(self, message: str, is_crash: bool = True) -> None:
        super().__init__(message)
        self.is_crash = is_crash


class TaskTimeoutError(TimeoutError):
    """A task took too long, and its worker was ended."""


class Crew(Protocol):
    """Workers that a search has to itself, or its part in workers that it shares.

    Attributes
    ----------
    n_workers : int
        Number of tasks that run at a time.
    is_local : bool
        Whether tasks run in the calling process.
    can_end_tasks : bool
        Whether a task that takes too long can be ended.
    """

    n_workers: int
    is_local: bool
    can_end_tasks: bool

    def share(self, value: Any) -> Shared:
        """Make a constant reach every worker once; close it when done."""

    def submit(
        self, fn: Callable[..., Any], args: tuple[Any, ...], seconds: float | None = None
    ) -> Future[Any]:
        """Start a task, which may take so many seconds if tasks can be ended.

        Raises
        ------
        Exception
            If the task cannot be sent.
        """

    def close(self, grace: float) -> None:
        """Drop what has not begun, wait so many seconds for the rest, and end what can be."""


class Worker(Protocol):
    """Runs one task at a time."""

    def is_ready(self) -> bool:
        """Wait until the worker takes tasks; say whether it ever does."""

    def run(self, task: Any, seconds: float | None) -> Outcome:
        """Run a task to its end.

        Raises
        ------
        WorkerLostError
            If the worker died, or was ended.
        TaskTimeoutError
            If the task took more than so many seconds; the worker was ended.
        """

    def release(self) -> None:
        """Let go of what the search shared: it is over."""

    def end(self) -> None:
        """End the worker, whatever it does, if that can be done."""


class _Job(NamedTuple):
    future: Future[Any]
    task: Any
    seconds: float | None


class DrivenCrew:
    """Workers of one search, each with a thread that gives it one task after another.

    The threads start as they are needed, and never outlast the interpreter.

    Parameters
    ----------
    n_workers : int
        How many workers there may be.
    nested : tuple
        joblib's backend for what tasks do in parallel themselves, and its number of jobs.
    """

    is_local: bool
    can_end_tasks: bool

    def __init__(self, n_workers: int, nested: tuple[Any, int | None]) -> None:
        self.n_workers = n_workers
        self._nested = nested
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._drivers: list[Thread] = []
        self._n_open = 0  # jobs that wait or run
        self._hiring: set[Thread] = set()
        self._running: dict[Thread, tuple[Worker, Future[Any]]] = {}
        self._lock = Lock()
        self._is_closed = False

    @abstractmethod
    def share(self, value: Any) -> Shared:
        """Make a constant reach every worker once; close it when done."""

    @abstractmethod
    def hire(self) -> Worker:
        """Return a worker, who may take a while to be ready."""

    def pack(self, task: Callable[[], Any], is_timed: bool) -> Any:
        """Return a task as workers take it."""
        return task

    def submit(
        self, fn: Callable[..., Any], args: tuple[Any, ...], seconds: float | None = None
    ) -> Future[Any]:
        task = self.pack(BatchedCalls([(fn, args, {})], self._nested), seconds is not None)
        future: Future[Any] = Future()
        self._jobs.put(_Job(future, task, seconds))
        with self._lock:
            self._n_open += 1
            is_short_handed = len(self._drivers) < min(self._n_open, self.n_workers)
        if is_short_handed:
            driver = Thread(target=self._drive, name="sklearn_hpt", daemon=True)
            self._drivers.append(driver)
            driver.start()
        return future

    def close(self, grace: float) -> None:
        while (job := self._next_waiting()) is not None:
            job.future.cancel()
        with self._lock:
            running = list(self._running.values())
        wait([future for _, future in running], timeout=grace)
        with self._lock:
            self._is_closed = True
            running = list(self._running.values())
            stuck = set(self._hiring)  # what is being started serves the next search
            if not self.can_end_tasks:
                stuck.update(self._running)
        for worker, _ in running:
            worker.end()
        for _ in self._drivers:
            self._jobs.put(None)
        deadline = time.monotonic() + _JOIN_SECONDS
        for driver in self._drivers:
            if driver not in stuck:
                driver.join(max(0.0, deadline - time.monotonic()))

    def _next_waiting(self) -> _Job | None:
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None

    def _drive(self) -> None:
        worker = None
        while True:
            if worker is None and not (self._jobs.empty() or self._is_closed):
                # Before a job is taken, which somebody else may do or cancel in the meantime.
                with suppress(Exception):
                    worker = self._hired()
            job = self._jobs.get()
            if job is None:
                break
            if job.future.set_running_or_notify_cancel():
                worker, (result, error) = self._run(job, worker)
                self._close_job()
                settle(job.future, result, error)
                del result, error
            else:
                self._close_job()
            del job  # and what it holds, while there is nothing to do
        if worker is not None:
            worker.release()

    def _run(self, job: _Job, worker: Worker | None) -> tuple[Worker | None, Outcome]:
        """Run a task; return the worker, if it is fit for another one, and what came of it."""
        driver = current_thread()
        try:
            worker = worker or self._hired()
            with self._lock:
                if self._is_closed:
                    return worker, (None, WorkerLostError("The search is over.", False))
                self._running[driver] = worker, job.future
            try:
                return worker, worker.run(job.task, job.seconds)
            finally:
                with self._lock:
                    del self._running[driver]
        except BaseException as error:  # noqa: BLE001  the future's reader raises it
            return None, (None, error)

    def _hired(self) -> Worker:
        driver = current_thread()
        with self._lock:
            self._hiring.add(driver)
        try:
            for _ in range(_START_ATTEMPTS):
                worker = self.hire()
                if worker.is_ready():
                    return worker
        finally:
            with self._lock:
                self._hiring.remove(driver)
        raise RuntimeError(
            f"{_START_ATTEMPTS} worker processes in a row ended before they had any work. What "
            "they print says why; n_jobs=1 or joblib.parallel_config('threading') needs none."
        )

    def _close_job(self) -> None:
        with self._lock:
            self._n_open -= 1


def settle(future: Future[Any], results: list[Any] | None, error: BaseException | None) -> None:
    """Pass on what came of joblib's one call."""
    if error is not None:
        future.set_exception(error)
    elif results is not None:
        future.set_result(results[0])
