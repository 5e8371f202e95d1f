"""Shipping what is constant in a search to every worker once."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from types import FunctionType
from typing import Any

import joblib
import numpy as np
from joblib._memmapping_reducer import _get_backing_memmap, _reduce_memmap_backed
from joblib.externals.loky.backend import resource_tracker
from joblib.externals.loky.cloudpickle_wrapper import dumps as dump_by_value
from joblib.externals.loky.cloudpickle_wrapper import loads as load_by_value
from joblib.numpy_pickle import NumpyPickler

__all__ = ["Shared", "Transport", "dump_by_value", "load_by_value"]

_SHARED_MEMORY = Path("/dev/shm")
_MIN_FREE_SHARED_MEMORY = 2 * 2**30
_MIN_MAPPED_BYTES = 2**20


class Transport(Enum):
    """How a constant travels.

    ``REFERENCE``: as it is; in the same process for nothing, and joblib's dask backend scatters
    one large object once. ``FILE``: dumped once, memory-mapped by each worker process.
    ``OBJECT_STORE``: put once into ray's.
    """

    REFERENCE = auto()
    FILE = auto()
    OBJECT_STORE = auto()


class Shared:
    """A constant that a worker process loads once, however many tasks refer to it.

    Parameters
    ----------
    value : object
        The constant.
    transport : Transport
        How it reaches the workers.

    Attributes
    ----------
    value : object
        The constant.
    """

    def __init__(self, value: Any, transport: Transport = Transport.REFERENCE) -> None:
        self.value = value
        self._load: Callable[[Any], Any] | None = None
        self._source: Any = None
        self._release: Callable[[], Any] = _do_nothing
        if transport is Transport.FILE:
            try:
                self._write(value, _new_folder(_roomiest_folder()))
            except OSError:  # larger than what is free in memory
                self.close()
                self._write(value, _new_folder(None))
        elif transport is Transport.OBJECT_STORE:
            import ray

            self._load, self._source = _load_object, ray.put(value)

    def _write(self, value: Any, folder: Path) -> None:
        # The resource tracker outlives this process and empties the folder if it is killed.
        resource_tracker.register(str(folder), "folder")
        self._release = weakref.finalize(self, _remove, str(folder))
        path = folder / "constant.pkl"
        with path.open("wb") as file:
            _Pickler(file).dump(value)
        self._load, self._source = _load_file, str(path)

    def close(self) -> None:
        """Free what the constant takes outside of this process's memory."""
        self._release()

    def __sizeof__(self) -> int:
        # joblib's dask backend scatters arguments larger than a kilobyte, and asks for no more.
        return 1 << 20

    def __reduce__(self) -> tuple[Any, ...]:
        if self._load is None:
            return Shared, (self.value,)
        return self._load, (self._source,)


class _Pickler(NumpyPickler):
    """Writes arrays so that they can be mapped, and what a script defines by its value."""

    def save(self, obj: Any) -> None:
        """Map large arrays only: mapped ones are read-only, which a few estimators mind."""
        if not isinstance(obj, np.ndarray):
            super().save(obj)
        elif (backing := _get_backing_memmap(obj)) is not None:  # a file of the user's
            self.save_reduce(*_reduce_memmap_backed(obj, backing), obj=obj)
        elif obj.nbytes < _MIN_MAPPED_BYTES:
            super(NumpyPickler, self).save(obj)
        else:
            super().save(obj)

    def reducer_override(self, obj: Any) -> Any:
        """Pickle a class or function that a worker cannot import as cloudpickle does."""
        if isinstance(obj, (type, FunctionType)) and not _is_importable(obj):
            return load_by_value, (dump_by_value(obj),)
        return NotImplemented


def _is_importable(obj: type | FunctionType) -> bool:
    if obj.__module__ == "__main__":  # a worker's own is another one
        return False
    found: Any = sys.modules.get(obj.__module__)
    for name in obj.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is obj


@functools.lru_cache(maxsize=1)
def _load_file(path: str) -> Shared:
    return Shared(joblib.load(path, mmap_mode="r"))


@functools.lru_cache(maxsize=1)
def _load_object(reference: Any) -> Shared:
    import ray

    return Shared(ray.get(reference))


def _new_folder(parent: str | None) -> Path:
    return Path(tempfile.mkdtemp(prefix="sklearn_hpt_", dir=parent))


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


def _do_nothing() -> None:
    """Release nothing."""
