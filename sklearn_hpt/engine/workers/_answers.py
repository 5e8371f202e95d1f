"""What a task came to, as bytes on their way from another process."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from sklearn_hpt.engine._shared import dump_by_value, load_by_value

Outcome = tuple[Any, BaseException | None]
"""What a task returned, or what it raised."""


class RemoteError(Exception):
    """Shows as the cause of an error what led to it in another process."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


def answer_to(task: Callable[[], Any]) -> bytes:
    """Run a task, whatever comes of it."""
    try:
        return dump_by_value((task(), None))
    except BaseException as error:  # noqa: BLE001  the worker goes on with the next task
        return dump_by_value((None, _sealed(error)))


def opened(answer: bytes) -> Outcome:
    """Return what came of a task."""
    try:
        result, sealed = load_by_value(answer)
    except Exception as error:  # noqa: BLE001  unpickling runs whatever code it meets
        return None, error
    return result, None if sealed is None else _unsealed(*sealed)


def _sealed(error: BaseException) -> tuple[bytes | None, str]:
    """Return an error as bytes, if that can be done, and its traceback."""
    text = "".join(traceback.format_exception(error))
    try:
        return dump_by_value(error), text
    except Exception:  # noqa: BLE001  pickling runs whatever code it meets
        return None, text


def _unsealed(data: bytes | None, text: str) -> BaseException:
    error: BaseException
    try:
        error = RuntimeError(text) if data is None else load_by_value(data)
    except Exception:  # noqa: BLE001  unpickling runs whatever code it meets
        error = RuntimeError(text)
    error.__cause__ = RemoteError(text)
    return error
