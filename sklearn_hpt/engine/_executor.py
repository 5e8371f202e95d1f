"""A ``concurrent.futures.Executor`` over joblib's active backend.

joblib owns the pools: ``n_jobs``, ``joblib.parallel_config`` and nesting decide what runs where.
Its own ``Parallel`` hands results out in a batch or in an order of its own, which an asynchronous
search cannot use, so tasks are submitted to its backend directly. Private joblib names stand in
this module and in ``_shared.py`` only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError
from concurrent.futures import wait as wait_for
from typing import Any

import joblib
from joblib._parallel_backends import SequentialBackend
from joblib._utils import eval_expr
from joblib.externals.loky.cloudpickle_wrapper import dumps as dump_by_value
from joblib.externals.loky.process_executor import ShutdownExecutorError
from joblib.parallel import BatchedCalls

from sklearn_hpt.engine._shared import Shared, Transport

# Raised by dask and ray for a task whose worker died; neither need be installed.
_LOST_WORKER_ERRORS = frozenset(
    {
        "ActorDiedError",
        "CancelledError",
        "FutureCancelledError",
        "KilledWorker",
        "LostRun",
        "RayActorError",
        "WorkerCrashedError",
    }
)


_GRACE_SECONDS = 2.0


class WorkerLostError(RuntimeError):
    """A worker died while it ran a task."""


class JoblibExecutor(Executor):
    """Runs tasks on joblib's active backend.

    Parameters
    ----------
    n_jobs : int or None, default=None
        As in :class:`joblib.Parallel`.
    pre_dispatch : int or str, default="2*n_jobs"
        How many tasks may be submitted at once, as in :class:`joblib.Parallel`.

    Attributes
    ----------
    is_inline : bool
        Whether tasks run in the calling thread, within :meth:`submit`.
    is_local : bool
        Whether tasks run in the calling process.
    n_workers : int
        Number of tasks that run at a time.
    capacity : int
        Number of tasks that should be submitted at a time: enough to keep the workers busy.
    """

    def __init__(self, n_jobs: int | None = None, pre_dispatch: int | str = "2*n_jobs") -> None:
        self._parallel = joblib.Parallel(n_jobs=n_jobs, batch_size=1).__enter__()
        self._backend = self._parallel._backend
        # One worker is no reason to run inline: a dask worker's crash would then be our own.
        self.is_inline = isinstance(self._backend, SequentialBackend)
        self.is_local = bool(getattr(self._backend, "supports_sharedmem", False))
        self.n_workers = max(1, self._backend.effective_n_jobs(self._parallel.n_jobs))
        self.capacity = 1 if self.is_inline else _capacity(pre_dispatch, self.n_workers)
        self._unsettled: set[Future[Any]] = set()
        self._pickle_cache: dict[Any, Any] = {}
        self._is_open = True
        if not self.is_inline:
            self._backend.start_call()

    def share(self, value: Any) -> Shared:
        """Make a constant reach every worker once; close it when done."""
        names = {base.__name__ for base in type(self._backend).__mro__}
        if "RayBackend" in names:
            return Shared(value, Transport.OBJECT_STORE)
        if names & {"LokyBackend", "MultiprocessingBackend"}:
            return Shared(value, Transport.FILE)
        if not self.is_local:
            dump_by_value(value)  # dask waits for ever for what it cannot pickle
        return Shared(value, Transport.REFERENCE)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Start ``fn(*args, **kwargs)``.

        Its future fails with :class:`WorkerLostError` if the worker dies.
        """
        future: Future[Any] = Future()
        if self.is_inline:
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  the future's reader raises it
                future.set_exception(error)
            return future
        if not self.is_local:
            try:
                dump_by_value([arg for arg in args if not isinstance(arg, Shared)])
            except Exception as error:  # noqa: BLE001  pickling runs whatever code it meets
                future.set_exception(error)
                return future
        self._unsettled.add(future)
        future.add_done_callback(self._unsettled.discard)
        task = BatchedCalls(
            [(fn, args, kwargs)],
            self._backend.get_nested_backend(),
            self._enter_memmapping_context if hasattr(self._backend, "_workers") else None,
            self._pickle_cache,
        )
        try:
            job = self._backend.submit(task, callback=lambda out: self._settle(future, out))
        except (BrokenExecutor, ShutdownExecutorError) as error:
            _set_exception(future, error)
            return future
        if isinstance(job, Future):  # dask calls nothing back when it gives a task up
            job.add_done_callback(lambda done: _watch(future, done))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Release the backend; abort what is still running.

        Aborting ends loky's workers, which others may use, so short tasks are waited for with
        `wait`.
        """
        if not self._is_open:
            return
        self._is_open = False
        if not self.is_inline:
            if wait:
                wait_for(self._unsettled, timeout=_GRACE_SECONDS)
            if self._unsettled:
                self._backend.abort_everything(ensure_ready=False)
            self._backend.stop_call()
        # multiprocessing's pool is gone by now if it was aborted.
        with contextlib.suppress(AttributeError):
            self._parallel.__exit__(None, None, None)

    def _settle(self, future: Future[Any], out: Any) -> None:
        """Pass a task's outcome on; called in a thread of the backend's."""
        try:
            (result,) = self._backend.retrieve_result_callback(out)
        except BaseException as error:  # noqa: BLE001  the backend's thread must survive any outcome
            _set_exception(future, error)
        else:
            with contextlib.suppress(InvalidStateError):
                future.set_result(result)

    def _enter_memmapping_context(self) -> None:
        # Several searches may share loky's one executor; each has a folder for its large arrays.
        folders = self._backend._workers._temp_folder_manager
        folders.set_current_context(self._parallel._id)


def _capacity(pre_dispatch: int | str, n_workers: int) -> int:
    if pre_dispatch == "all":
        return 10**9
    try:
        expression = str(pre_dispatch).replace("n_jobs", str(n_workers))
        return max(n_workers, int(eval_expr(expression)))
    except (TypeError, ValueError, SyntaxError) as error:
        raise ValueError(
            f"pre_dispatch={pre_dispatch!r} must be an integer, 'all' or an expression of n_jobs, "
            "as in '2*n_jobs'."
        ) from error


def _watch(future: Future[Any], job: Future[Any]) -> None:
    if not job.cancelled() and (error := job.exception()) is not None:
        _set_exception(future, error)


def _is_lost_worker(error: BaseException) -> bool:
    if isinstance(error, BrokenExecutor):
        # Running it again would fail again: the worker lives, and cannot load the task.
        return "un-serialize" not in str(error)
    # Another search's abort ends the workers that it shares with this one.
    is_shut_down = isinstance(error.__context__, ShutdownExecutorError)
    return (
        is_shut_down
        or isinstance(error, ShutdownExecutorError)
        or type(error).__name__ in _LOST_WORKER_ERRORS
    )


def _set_exception(future: Future[Any], error: BaseException) -> None:
    if _is_lost_worker(error):
        lost = WorkerLostError(f"A worker was lost: {error!r}")
        lost.__cause__ = error
        error = lost
    with contextlib.suppress(InvalidStateError):
        future.set_exception(error)
