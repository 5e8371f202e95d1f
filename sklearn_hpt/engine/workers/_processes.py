"""Workers that are processes of this machine.

loky's own executor belongs to the whole process: whoever loses a worker there, changes the number
of workers or aborts, ends everybody's work. A search here has workers to itself as long as it
lasts. They are started as loky does it; idle ones are kept for the next search for as long as
loky would.
"""

from __future__ import annotations

import atexit
import faulthandler
import gc
import os
import signal
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Event, Lock, Thread
from typing import Any

from joblib.externals.loky.backend.utils import kill_process_tree

from sklearn_hpt.engine._shared import (
    FileShared,
    Parcel,
    Shared,
    TaskPickler,
    let_go,
    load_by_value,
)
from sklearn_hpt.engine.workers._answers import Outcome, answer_to, opened
from sklearn_hpt.engine.workers._crew import DrivenCrew, TaskTimeoutError, WorkerLostError

_LET_GO = b""  # no pickle is empty
_READY = b"ready"
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class ProcessKind:
    """What a search asks of its worker processes.

    Attributes
    ----------
    context : object
        multiprocessing's context, or loky's.
    environment : tuple of (str, str), or None
        Variables to set before anything is imported, where the context can.
    idle_seconds : float
        After how many seconds without work a worker ends; 0 for workers of one search only.
    initializer, initargs : callable or None, tuple
        What each worker calls first.
    """

    context: Any
    environment: tuple[tuple[str, str], ...] | None = None
    idle_seconds: float = 0.0
    initializer: Callable[..., Any] | None = None
    initargs: tuple[Any, ...] = ()


class ProcessCrew(DrivenCrew):
    """Processes that one search has to itself.

    Parameters
    ----------
    n_workers, nested
        As in :class:`DrivenCrew`.
    kind : ProcessKind
        What they are like.
    folder : str or None, default=None
        Where to write what they share.
    """

    is_local = False
    can_end_tasks = True

    def __init__(
        self,
        n_workers: int,
        nested: tuple[Any, int | None],
        kind: ProcessKind,
        folder: str | None = None,
    ) -> None:
        super().__init__(n_workers, nested)
        self._kind = kind
        self._folder = folder
        self._pickler = TaskPickler()

    def share(self, value: Any) -> Shared:
        return FileShared(value, self._folder)

    def hire(self) -> ProcessWorker:
        return _take_idle(self._kind) or ProcessWorker(self._kind)

    def pack(self, task: Callable[[], Any], is_timed: bool) -> Parcel:
        return self._pickler.pack((task, is_timed))


class ProcessWorker:
    """A process that runs what comes through a pipe."""

    def __init__(self, kind: ProcessKind) -> None:
        self._kind = kind
        self._idle_since = time.monotonic()
        options: dict[str, Any] = {"daemon": True}
        if kind.environment is not None:
            options = {"env": dict(kind.environment)}
        with _starting:
            if _is_exiting.is_set():
                raise RuntimeError("No worker process can be started while Python is ending.")
            self._pipe, theirs = kind.context.Pipe()
            self._process = kind.context.Process(
                target=serve,
                args=(theirs, os.getpid(), kind.idle_seconds, kind.initializer, kind.initargs),
                **options,
            )
            self._process.start()
            theirs.close()
        _started.add(self)

    def is_ready(self) -> bool:
        try:
            self._receive(None)
        except (EOFError, OSError):
            return False
        return self._process.is_alive()

    def is_fresh(self, kind: ProcessKind) -> bool:
        """Whether an idle worker is as wished for and not about to end."""
        idle_seconds = time.monotonic() - self._idle_since
        return kind == self._kind and idle_seconds < 0.9 * kind.idle_seconds

    def run(self, task: Parcel, seconds: float | None) -> Outcome:
        try:
            self._pipe.send_bytes(task.data)
            if seconds is not None:
                self._receive(None)  # the worker has unpacked the task
            return opened(self._receive(seconds))
        except TaskTimeoutError:
            self.end()
            raise
        except (EOFError, OSError) as error:
            self._process.join(_POLL_SECONDS)
            raise WorkerLostError(
                "A worker was lost: the process that ran this fit "
                f"{_ending(self._process.exitcode)}."
            ) from error

    def _receive(self, seconds: float | None) -> bytes:
        """Wait for the worker's next message."""
        deadline = float("inf") if seconds is None else time.monotonic() + seconds
        while not self._pipe.poll(max(0.0, min(_POLL_SECONDS, deadline - time.monotonic()))):
            if time.monotonic() >= deadline:
                raise TaskTimeoutError
            # Children of the worker may keep its end of the pipe open.
            if not self._process.is_alive() and not self._pipe.poll():
                raise EOFError
        return self._pipe.recv_bytes()

    def release(self) -> None:
        if self._kind.idle_seconds == 0:
            self.end()
            return
        try:
            self._pipe.send_bytes(_LET_GO)
        except OSError:
            return
        self._idle_since = time.monotonic()
        with _idle_lock:
            _idle.append(self)

    def end(self) -> None:
        if self._process.is_alive():  # another process may have got its number
            kill_process_tree(self._process)

    def dismiss(self) -> None:
        """End an idle worker."""
        self._pipe.close()


_starting = Lock()
_is_exiting = Event()
_idle_lock = Lock()
_idle: list[ProcessWorker] = []
_started: weakref.WeakSet[ProcessWorker] = weakref.WeakSet()


def _take_idle(kind: ProcessKind) -> ProcessWorker | None:
    """Return an idle worker of a kind, if there is one, and dismiss those of other kinds."""
    with _idle_lock:
        while _idle and kind.idle_seconds > 0:
            worker = _idle.pop()
            if worker.is_fresh(kind):
                return worker
            worker.dismiss()
    return None


@atexit.register
def _end_all() -> None:
    """Let the interpreter end: it waits for all processes that it started."""
    _is_exiting.set()
    with _idle_lock:
        idle = list(_idle)
        _idle.clear()
    for worker in idle:
        worker.dismiss()
    for worker in set(_started).difference(idle):
        worker.end()


def _forget_workers() -> None:
    """Leave the workers of the process that this one was forked from alone."""
    global _starting, _idle_lock  # either may have been locked
    _starting, _idle_lock = Lock(), Lock()
    _idle.clear()
    _started.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)


def serve(
    pipe: Connection,
    parent: int,
    idle_seconds: float,
    initializer: Callable[..., Any] | None,
    initargs: tuple[Any, ...],
) -> None:
    """Run tasks until there is none for so many seconds, or nobody to send any."""
    # Ctrl-C goes to all processes of a terminal; the parent ends what it has no use for.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with, args=(parent,), daemon=True).start()
    if not faulthandler.is_enabled():
        faulthandler.enable()
    if initializer is not None:
        initializer(*initargs)
    gc.freeze()  # so that to look for what a search left behind takes no time
    pipe.send_bytes(_READY)
    try:
        while pipe.poll(idle_seconds or None):
            message = pipe.recv_bytes()
            if message != _LET_GO:
                pipe.send_bytes(_answer(message, pipe))
            elif let_go():
                pipe.send_bytes(_READY)
            else:
                return
    except (EOFError, OSError):  # the parent has closed the pipe
        return


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os._exit(1)


def _answer(message: bytes, pipe: Connection) -> bytes:
    def task() -> Any:
        call, is_timed = load_by_value(message)
        if is_timed:
            pipe.send_bytes(_READY)
        return call()

    return answer_to(task)


def _ending(exitcode: int | None) -> str:
    if exitcode is None or exitcode >= 0:
        return f"ended with exit code {exitcode}"
    try:
        name = signal.Signals(-exitcode).name
    except ValueError:
        name = str(-exitcode)
    return (
        f"was ended by {name}; SIGSEGV means an error in compiled code, SIGKILL often a lack of "
        "memory, of which fewer n_jobs need less"
    )
