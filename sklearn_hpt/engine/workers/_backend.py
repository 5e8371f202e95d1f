"""Workers of any other of joblib's backends."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
from typing import Any

import joblib
from joblib.parallel import BatchedCalls

from sklearn_hpt.engine._shared import Shared


class BackendCrew:
    """What a backend registered with joblib does by its documented methods.

    Parameters
    ----------
    parallel : joblib.Parallel
        Refers to the backend, which must be nobody else's.
    """

    can_end_tasks = False

    def __init__(self, parallel: joblib.Parallel) -> None:
        self._parallel = parallel
        self._backend = parallel._backend
        self.is_local = bool(getattr(self._backend, "supports_sharedmem", False))
        self.n_workers = max(1, self._backend.effective_n_jobs(parallel.n_jobs))
        self._unsettled: set[Future[Any]] = set()
        self._backend.start_call()

    def share(self, value: Any) -> Shared:
        return Shared(value) if self.is_local else CopiedShared(value)

    def submit(
        self, fn: Callable[..., Any], args: tuple[Any, ...], seconds: float | None = None
    ) -> Future[Any]:
        future: Future[Any] = Future()
        self._unsettled.add(future)
        future.add_done_callback(self._unsettled.discard)
        task = BatchedCalls([(fn, args, {})], self._backend.get_nested_backend())
        job = self._backend.submit(task, callback=lambda out: self._settle(future, out))
        if isinstance(job, Future):
            job.add_done_callback(lambda done: _watch(future, done))
        return future

    def close(self, grace: float) -> None:
        wait(self._unsettled, timeout=grace)
        if self._unsettled:
            self._backend.abort_everything(ensure_ready=False)
        self._backend.stop_call()
        self._parallel.__exit__(None, None, None)

    def _settle(self, future: Future[Any], out: Any) -> None:
        """Pass a task's outcome on; called in a thread of the backend's."""
        try:
            (result,) = self._backend.retrieve_result_callback(out)
        except BaseException as error:  # noqa: BLE001  the backend's thread must survive any outcome
            _fail(future, error)
        else:
            with suppress(InvalidStateError):
                future.set_result(result)


class CopiedShared(Shared):
    """A constant that travels with each task, for want of a better way."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Shared, (self.value,)


def _watch(future: Future[Any], job: Future[Any]) -> None:
    """Hear of what the backend calls nobody back for."""
    if not job.cancelled() and (error := job.exception()) is not None:
        _fail(future, error)


def _fail(future: Future[Any], error: BaseException) -> None:
    with suppress(InvalidStateError):
        future.set_exception(error)
