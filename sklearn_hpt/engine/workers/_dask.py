"""Workers of a dask cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from threading import RLock
from typing import Any
from uuid import uuid4

from joblib.parallel import BatchedCalls

from sklearn_hpt.engine._shared import Shared, dump_by_value, lending, load_by_value
from sklearn_hpt.engine.workers._answers import answer_to, opened
from sklearn_hpt.engine.workers._crew import WorkerLostError, settle

_UNUSABLE = {"cancelled", "error", "lost"}


class DaskCrew:
    """Threads of a dask cluster's workers.

    Tasks go to the cluster by its own client: joblib's backend loses sight of them as soon as
    anything else in this process uses joblib.

    Parameters
    ----------
    backend : DaskDistributedBackend
        joblib's.
    n_workers : int
        How many threads the cluster has.
    """

    is_local = False
    can_end_tasks = False

    def __init__(self, backend: Any, n_workers: int) -> None:
        self.n_workers = max(1, n_workers)
        self._client = backend.client
        self._options = backend.submit_kwargs
        self._nested = backend.get_nested_backend()
        self._waiting: deque[tuple[Future[Any], bytes, tuple[ScatteredShared, ...]]] = deque()
        self._running: dict[Future[Any], Any] = {}
        self._trouble: Exception | None = None
        self._lock = RLock()

    def share(self, value: Any) -> Shared:
        return ScatteredShared(value, self._client)

    def submit(
        self, fn: Callable[..., Any], args: tuple[Any, ...], seconds: float | None = None
    ) -> Future[Any]:
        data = dump_by_value(BatchedCalls([(fn, args, {})], self._nested))
        constants = tuple(arg for arg in args if isinstance(arg, ScatteredShared))
        future: Future[Any] = Future()
        with self._lock:
            self._waiting.append((future, data, constants))
        self._start_waiting()
        return future

    def close(self, grace: float) -> None:
        with self._lock:
            while self._waiting:
                self._waiting.popleft()[0].cancel()
        wait(list(self._running), timeout=grace)
        with suppress(Exception):  # the cluster may be gone
            self._client.cancel(list(self._running.values()))

    def _start_waiting(self) -> None:
        """Give tasks to the cluster, but not many more than it has threads.

        If a worker dies, all that it had been given is suspected.
        """
        with self._lock:
            while self._waiting and len(self._running) < 2 * self.n_workers:
                future, data, constants = self._waiting.popleft()
                if not future.set_running_or_notify_cancel():
                    continue
                try:
                    self._start(future, data, constants)
                except Exception as error:  # noqa: BLE001  the future's reader raises it
                    self._trouble = error
                    future.set_exception(error)

    def _start(
        self, future: Future[Any], data: bytes, constants: tuple[ScatteredShared, ...]
    ) -> None:
        if self._trouble is not None:  # which may have taken half a minute to find out
            raise self._trouble
        scattered = {constant.key: constant.scattered for constant in constants}
        key = f"sklearn_hpt-{uuid4().hex}"
        job = self._client.submit(_run, data, scattered, key=key, **self._options)
        self._running[future] = job
        job.add_done_callback(lambda job: self._settle(future, job, constants))

    def _settle(
        self, future: Future[Any], job: Any, constants: tuple[ScatteredShared, ...]
    ) -> None:
        """Pass a task's outcome on; called in a thread of dask's."""
        with self._lock:
            self._running.pop(future, None)
        try:
            results, error = opened(job.result())
        except BaseException as failure:  # noqa: BLE001  dask's thread must survive any outcome
            has_lost_data = any(constant.is_lost for constant in constants)
            results, error = None, _lost(failure, has_lost_data)
        settle(future, results, error)
        self._start_waiting()


class ScatteredShared(Shared):
    """A constant among the data of a dask cluster."""

    def __init__(self, value: Any, client: Any) -> None:
        super().__init__(value)
        self._client = client
        self._scattered = self._scatter()

    def _scatter(self) -> Any:
        try:
            # hash=False: hashing means pickling it once more.
            return self._client.scatter([_Box(self.value)], hash=False)[0]
        except TypeError:
            dump_by_value(self.value)  # says more clearly what cannot be pickled
            raise

    @property
    def is_lost(self) -> bool:
        """Whether all workers that had the constant have died."""
        return self._scattered.status in _UNUSABLE

    @property
    def scattered(self) -> Any:
        """The constant's future; the cluster gets it again if it has lost it."""
        if self.is_lost:
            self._scattered = self._scatter()
        return self._scattered

    def close(self) -> None:
        with suppress(Exception):  # the cluster may be gone
            self._scattered.release()


class _Box:
    """Keeps dask from looking into what it holds."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _run(data: bytes, constants: Mapping[str, _Box]) -> bytes:
    def task() -> Any:
        with lending({key: box.value for key, box in constants.items()}):
            call = load_by_value(data)
        return call()

    return answer_to(task)


def _lost(error: BaseException, has_lost_data: bool) -> BaseException:
    """Return what dask says of a task as an error of ours if it is about workers."""
    name = type(error).__name__
    if name == "KilledWorker":
        return WorkerLostError(f"A worker was lost: {error}")
    if "Cancelled" in name:
        # It drops tasks whose data have died with a worker, without asking whose fault that was.
        message = f"A worker was lost, or dask was told to drop the task: {error}"
        return WorkerLostError(message, is_crash=has_lost_data)
    return error
