"""Shipping what is constant in a search to every worker once."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Any

import joblib
from joblib.externals.loky.backend import resource_tracker

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
            folder = _new_folder()
            # The resource tracker outlives this process and empties the folder if it is killed.
            resource_tracker.register(str(folder), "folder")
            self._release = weakref.finalize(self, _remove, str(folder))
            self._load, self._source = _load_file, str(folder / "constant.pkl")
            joblib.dump(value, self._source)
        elif transport is Transport.OBJECT_STORE:
            import ray

            self._load, self._source = _load_object, ray.put(value)

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


@functools.lru_cache(maxsize=2)
def _load_file(path: str) -> Shared:
    # Small arrays are loaded, not mapped: a mapped one is read-only, which a few estimators mind.
    mmap_mode = "r" if Path(path).stat().st_size > _MIN_MAPPED_BYTES else None
    return Shared(joblib.load(path, mmap_mode=mmap_mode))


@functools.lru_cache(maxsize=2)
def _load_object(reference: Any) -> Shared:
    import ray

    return Shared(ray.get(reference))


def _new_folder() -> Path:
    """Make a folder in memory where there is room for it."""
    parent = os.environ.get("JOBLIB_TEMP_FOLDER")
    if parent is None and _is_roomy(_SHARED_MEMORY):
        parent = str(_SHARED_MEMORY)
    return Path(tempfile.mkdtemp(prefix="sklearn_hpt_", dir=parent))


def _is_roomy(folder: Path) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    return shutil.disk_usage(folder).free > _MIN_FREE_SHARED_MEMORY


def _remove(folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    resource_tracker.unregister(folder, "folder")


def _do_nothing() -> None:
    """Release nothing."""
