"""Futures of tasks on the workers of joblib's active backend.

joblib decides what runs where: ``n_jobs``, ``joblib.parallel_config`` and nesting say which backend
and how many workers. Its own ``Parallel`` hands results out in a batch or in an order of its own,
which an asynchronous search cannot use, and its backends serve all that use joblib in the process
and that would end each other's work. So a search has workers to itself, of the kinds in
``workers``. Private joblib names stand there, here and in ``_shared.py`` only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import joblib
from joblib._parallel_backends import (
    LokyBackend,
    MultiprocessingBackend,
    SequentialBackend,
    ThreadingBackend,
)
from joblib._utils import eval_expr
from joblib.externals.loky.backend import get_context

from sklearn_hpt.engine._shared import Shared
from sklearn_hpt.engine.workers import (
    BackendCrew,
    Crew,
    DaskCrew,
    ProcessCrew,
    ProcessKind,
    RayCrew,
    ThreadCrew,
)

_GRACE_SECONDS = 2.0
_IDLE_SECONDS = 300.0  # joblib's default


class JoblibExecutor:
    """Runs tasks on the workers that joblib's active backend stands for.

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
    can_end_tasks : bool
        Whether a task that takes too long can be ended.
    n_workers : int
        Number of tasks that run at a time.
    capacity : int
        Number of tasks that should be submitted at a time: enough to keep the workers busy.
    """

    def __init__(self, n_jobs: int | None = None, pre_dispatch: int | str = "2*n_jobs") -> None:
        self._crew = _crew_of(joblib.Parallel(n_jobs=n_jobs, batch_size=1))
        self.is_inline = self._crew is None
        self.is_local = self._crew is None or self._crew.is_local
        self.can_end_tasks = self._crew is not None and self._crew.can_end_tasks
        self.n_workers = 1 if self._crew is None else self._crew.n_workers
        self.capacity = 1 if self._crew is None else _capacity(pre_dispatch, self.n_workers)
        self._is_open = True

    def share(self, value: Any) -> Shared:
        """Make a constant reach every worker once; close it when done."""
        return Shared(value) if self._crew is None else self._crew.share(value)

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, seconds: float | None = None
    ) -> Future[Any]:
        """Start ``fn(*args)``.

        Parameters
        ----------
        fn : callable
            What to call.
        *args : objects
            What with; those made by :meth:`share` travel once.
        seconds : float or None, default=None
            How long it may take where `can_end_tasks`.

        Returns
        -------
        future : Future
            Fails with :class:`WorkerLostError` if the worker dies, with :class:`TaskTimeoutError`
            if the task takes too long.
        """
        if self._crew is not None:
            try:
                return self._crew.submit(fn, args, seconds)
            except Exception as error:  # noqa: BLE001  pickling runs whatever code it meets
                return _failed(error)
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args))
        except Exception as error:  # noqa: BLE001  the future's reader raises it
            future.set_exception(error)
        return future

    def shutdown(self, wait: bool = True) -> None:
        """Drop what has not begun, wait a little for the rest with `wait`, and end it."""
        if self._crew is not None and self._is_open:
            self._is_open = False
            self._crew.close(_GRACE_SECONDS if wait else 0.0)


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


def _crew_of(parallel: joblib.Parallel) -> Crew | None:
    """Return the workers that joblib's choice of a backend stands for; None to run inline."""
    backend = parallel._backend
    names = {base.__name__ for base in type(backend).__mro__}
    if "RayBackend" in names:
        return RayCrew(backend, parallel.n_jobs)
    n_workers = backend.effective_n_jobs(parallel.n_jobs)
    # One worker is no reason to run inline elsewhere: a dask worker's crash would be our own.
    if isinstance(backend, SequentialBackend):
        return None
    if "DaskDistributedBackend" in names:
        return DaskCrew(backend, n_workers)
    if type(backend) not in _CREWS:
        return _backend_of_others(parallel)
    return None if n_workers == 1 else _CREWS[type(backend)](parallel, n_workers)


def _backend_of_others(parallel: joblib.Parallel) -> Crew | None:
    # Whatever else uses joblib in this process must not find its backend in mid-work.
    parallel._backend = copy.copy(parallel._backend)
    parallel.__enter__()
    return None if isinstance(parallel._backend, SequentialBackend) else BackendCrew(parallel)


def _threads(parallel: joblib.Parallel, n_workers: int) -> Crew:
    return ThreadCrew(n_workers, parallel._backend.get_nested_backend())


def _loky_processes(parallel: joblib.Parallel, n_workers: int) -> Crew:
    backend = parallel._backend
    settings = {**backend.backend_kwargs, **parallel._backend_kwargs}
    kind = ProcessKind(
        get_context("loky"),
        tuple(sorted(backend._prepare_worker_env(n_workers).items())),
        settings.get("idle_worker_timeout") or _IDLE_SECONDS,
        settings.get("initializer"),
        settings.get("initargs", ()),
    )
    nested = backend.get_nested_backend()
    return ProcessCrew(n_workers, nested, kind, settings.get("temp_folder"))


def _multiprocessing_processes(parallel: joblib.Parallel, n_workers: int) -> Crew:
    backend = parallel._backend
    settings = {**backend.backend_kwargs, **parallel._backend_kwargs}
    kind = ProcessKind(
        settings["context"],
        initializer=settings.get("initializer"),
        initargs=settings.get("initargs", ()),
    )
    nested = backend.get_nested_backend()
    return ProcessCrew(n_workers, nested, kind, settings.get("temp_folder"))


_CREWS: dict[type, Callable[[joblib.Parallel, int], Crew]] = {
    ThreadingBackend: _threads,
    LokyBackend: _loky_processes,
    MultiprocessingBackend: _multiprocessing_processes,
}


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
