"""Shipping what is constant in a search to every worker once."""

from __future__ import annotations

import gc
import io
import mmap
import os
import pickle
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import cloudpickle
import numpy as np
from joblib._memmapping_reducer import _get_backing_memmap, _reduce_memmap_backed
from joblib.externals.loky.backend import resource_tracker

__all__ = ["Shared", "TaskPickler", "dump_by_value", "load_by_value"]

dump_by_value = cloudpickle.dumps
load_by_value = pickle.loads

_SHARED_MEMORY = Path("/dev/shm")
_MIN_FREE_SHARED_MEMORY = 2 * 2**30
_MIN_MAPPED_BYTES = 2**20
_ALIGNMENT = 64  # bytes, which is all that vector instructions ask for
_STREAM, _BUFFERS = "stream", "buffers"

Span = tuple[int, int]
"""Where a buffer begins and ends in a file."""


class Shared:
    """A constant that a worker process gets once, however many tasks refer to it.

    A pickle of it holds a reference. This class ships nothing: whoever runs the tasks sees to it
    that the reference can be resolved, by :func:`hold` or :func:`lending`.

    Parameters
    ----------
    value : object
        The constant.

    Attributes
    ----------
    value : object
        The constant.
    key : str
        Identifies it in other processes.
    """

    def __init__(self, value: Any) -> None:
        self.value = value
        self.key = uuid4().hex

    def __repr__(self) -> str:
        return f"{type(self).__name__}({describe(self.value)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _resolve, (self.key,)

    def close(self) -> None:
        """Free what the constant takes outside of this process's memory."""


class FileShared(Shared):
    """A constant that is written once, and whose large buffers each worker process maps."""

    def __init__(self, value: Any, folder: str | None = None) -> None:
        super().__init__(value)
        self.file = PickledFile(value, folder)

    def close(self) -> None:
        self.file.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _resolve, (self.key, *self.file.source)


class PickledFile:
    """A value in a folder of its own, which goes when this object does.

    Parameters
    ----------
    value : object
        What to write.
    folder : str or None, default=None
        Where to make the folder, if the user has a say in it.

    Attributes
    ----------
    source : tuple
        What `_load` needs to read it.
    """

    def __init__(self, value: Any, folder: str | None = None) -> None:
        try:
            self._write(value, folder or _roomiest_folder())
        except OSError:  # larger than what is free in memory
            self._write(value, None)

    def _write(self, value: Any, parent: str | None) -> None:
        folder = tempfile.mkdtemp(prefix="sklearn_hpt_", dir=parent)
        # The resource tracker outlives this process and empties the folder if it is killed.
        resource_tracker.register(folder, "folder")
        self._release = weakref.finalize(self, _remove, folder)
        try:
            self.source = folder, _dump(value, Path(folder))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove the folder."""
        self._release()


def describe(value: Any) -> str:
    """Say what a value is without showing any of it."""
    name = type(value).__name__
    shape = getattr(value, "shape", None)
    return name if shape is None else f"{name} of shape {shape}"


class _Pickler(cloudpickle.Pickler):
    """Pickles all that cloudpickle can, and keeps large arrays out of the stream."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, np.ndarray) and (reduced := self.reduce_array(obj)) is not None:
            return reduced
        return super().reducer_override(obj)

    def reduce_array(self, array: np.ndarray) -> tuple[Any, ...] | None:
        """Return how to pickle an array; None if pickle's own way is as good."""
        backing = _get_backing_memmap(array)
        if isinstance(backing, np.memmap):  # a file of the user's
            return _reduce_memmap_backed(array, backing)
        is_contiguous = array.flags.c_contiguous or array.flags.f_contiguous
        if is_large(array) and not is_contiguous:  # which pickle would copy into its stream
            return np.asarray, (np.ascontiguousarray(array),)
        return None


class TaskPickler:
    """Pickles tasks for processes of this machine; large arrays in them are mapped there."""

    def __init__(self) -> None:
        self._files: dict[int, tuple[weakref.ref[np.ndarray], PickledFile]] = {}

    def pack(self, task: Any) -> Parcel:
        """Pickle a task."""
        files: list[PickledFile] = []

        def write(array: np.ndarray) -> PickledFile:
            files.append(self._file_of(array))
            return files[-1]

        stream = io.BytesIO()
        _TaskPickler(stream, write).dump(task)
        return Parcel(stream.getvalue(), tuple(files))

    def _file_of(self, array: np.ndarray) -> PickledFile:
        """Return the file of an array, which is written once in the array's life."""
        key = id(array)
        if key not in self._files:
            reference = weakref.ref(array, lambda _: self._files.pop(key, None))
            self._files[key] = reference, PickledFile(array)
        return self._files[key][1]


@dataclass(frozen=True)
class Parcel:
    """A pickled task, and the files that it needs."""

    data: bytes
    files: tuple[PickledFile, ...]


class _TaskPickler(_Pickler):
    def __init__(self, stream: io.BytesIO, write: Callable[[np.ndarray], PickledFile]) -> None:
        super().__init__(stream)
        self._write_array = write

    def reduce_array(self, array: np.ndarray) -> tuple[Any, ...] | None:
        reduced = super().reduce_array(array)
        if reduced is None and type(array) is np.ndarray and is_large(array):
            return _load, self._write_array(array).source
        return reduced


def is_large(array: np.ndarray) -> bool:
    """Whether an array is worth mapping: mapped ones are read-only, which few estimators mind."""
    return array.nbytes >= _MIN_MAPPED_BYTES and not array.dtype.hasobject


def _dump(value: Any, folder: Path) -> tuple[Span, ...]:
    """Write a value's pickle into one file and its large buffers into another; say where."""
    spans: list[Span] = []
    with (folder / _STREAM).open("wb") as stream, (folder / _BUFFERS).open("wb") as buffers:

        def keep_out(buffer: pickle.PickleBuffer) -> bool:
            raw = buffer.raw()
            if raw.nbytes < _MIN_MAPPED_BYTES:
                return True  # stays in the stream
            buffers.write(b"\0" * (-buffers.tell() % _ALIGNMENT))
            start = buffers.tell()
            buffers.write(raw)
            spans.append((start, buffers.tell()))
            return False

        _Pickler(stream, pickle.HIGHEST_PROTOCOL, buffer_callback=keep_out).dump(value)
    return tuple(spans)


# What this process holds for others' tasks, and the maps that it made of their files.
_held: dict[str, Shared] = {}
_maps: list[weakref.ref[mmap.mmap]] = []
_lent = threading.local()


def hold(key: str, value: Any) -> None:
    """Keep a constant for the tasks that this process is going to get."""
    _held[key] = Shared(value)


@contextmanager
def lending(constants: Mapping[str, Any]) -> Iterator[None]:
    """Resolve references to constants in this thread, and keep none of them afterwards."""
    _lent.constants = {key: Shared(value) for key, value in constants.items()}
    try:
        yield
    finally:
        del _lent.constants


def let_go() -> bool:
    """Forget all constants; return whether nothing else holds on to them."""
    _held.clear()
    gc.collect()
    _maps[:] = [reference for reference in _maps if reference() is not None]
    return not _maps


def _resolve(key: str, folder: str | None = None, spans: tuple[Span, ...] = ()) -> Shared:
    lent: dict[str, Shared] = getattr(_lent, "constants", {})
    if key in lent:
        return lent[key]
    if key not in _held and folder is not None:
        hold(key, _load(folder, spans))
    return _held[key]


def _load(folder: str, spans: tuple[Span, ...]) -> Any:
    buffers = []
    if spans:
        with Path(folder, _BUFFERS).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        _maps.append(weakref.ref(mapped))
        buffers = [memoryview(mapped)[start:stop] for start, stop in spans]
    with Path(folder, _STREAM).open("rb") as stream:
        return pickle.load(stream, buffers=buffers)


def _roomiest_folder() -> str | None:
    """Return where to write: the user's choice, memory if there is room, or the default."""
    chosen = os.environ.get("JOBLIB_TEMP_FOLDER")
    if chosen is None and _is_roomy(_SHARED_MEMORY):
        return str(_SHARED_MEMORY)
    return chosen


def _is_roomy(folder: Path) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    return shutil.disk_usage(folder).free > _MIN_FREE_SHARED_MEMORY


def _remove(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    resource_tracker.unregister(folder, "folder")
