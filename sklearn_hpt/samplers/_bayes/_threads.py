"""A limit of one BLAS thread, for small matrices."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_limits: list[Any] = []
_n_inside = 0


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS to one thread, which at the size of a surrogate is faster than several.

    The limit is the whole process's. Searches in several threads share it: the first sets it and
    the last restores what was before.
    """
    global _n_inside  # noqa: PLW0603  guarded by the lock
    with _lock:
        if _n_inside == 0:
            _limits.append(_controller().limit(limits=1, user_api="blas"))
        _n_inside += 1
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0:
                _limits.pop().restore_original_limits()


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
