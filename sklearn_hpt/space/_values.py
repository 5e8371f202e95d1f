"""What a value is to an estimator: of Python's own types where it can be, and the same or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any

import numpy as np

_NAN = (float, "nan")
_LONG = "gG"  # numpy's letters of the floats that are longer than Python's, padded with anything


def native(value: Any) -> Any:
    """Return numpy's numbers, booleans and strings as Python's own, all else as it is.

    Dates, structured scalars and long doubles have no twin in Python of the same meaning.
    """
    has_twin = isinstance(value, (np.bool_, np.number, np.character))
    if not has_twin or isinstance(value, np.timedelta64):
        return value
    twin = value.item()
    return value if isinstance(twin, np.generic) else twin


def is_number(value: Any) -> bool:
    """Whether `value` is a real number that is neither a bool nor NaN."""
    if isinstance(value, (bool, np.bool_, np.timedelta64)):
        return False
    if isinstance(value, (int, np.integer)):
        return True
    return isinstance(value, (float, np.floating)) and not math.isnan(value)


def token(value: Any) -> Hashable:
    """Return what two values share exactly when they are the same to an estimator.

    Those are values of one type and content. What is neither a plain value nor a container of
    such is asked whether it equals another; if it cannot say, only the very object is the same.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    hashable
    """
    kind = type(value)
    if kind is float:
        return _NAN if math.isnan(value) else value
    if kind is str or value is None:
        return value
    if kind is int or kind is bool or kind is bytes:
        return kind, value
    try:
        return _content(value, frozenset())
    except Exception:  # noqa: BLE001  any library's code may run, and content may hold itself
        return _Other(value)


def _content(value: Any, holders: frozenset[int]) -> Hashable:
    """Return the token of a value inside of others, of which `holders` are the identities."""
    if id(value) in holders:
        raise RecursionError(f"a {type(value).__name__} holds itself")

    def inner(item: Any) -> Hashable:
        is_plain = item is None or isinstance(item, (str, int, float, bytes))
        return token(item) if is_plain else _content(item, holders | {id(value)})

    kind = type(value)
    if isinstance(value, (tuple, list)):
        if set(map(type, value)) == {bool}:
            return kind, bytes(value)
        return (kind, *map(inner, value))
    if kind is dict:
        return kind, frozenset((inner(key), inner(item)) for key, item in value.items())
    if kind is set or kind is frozenset:
        return kind, frozenset(map(inner, value))
    if kind is complex:
        return kind, inner(value.real), inner(value.imag)
    if kind is np.ndarray or isinstance(value, np.generic):
        return kind, str(value.dtype), np.shape(value), _cells(np.asarray(value), inner)
    return _Other(value)


def _cells(array: np.ndarray, inner: Callable[[Any], Hashable]) -> Hashable:
    if array.dtype.char in _LONG:
        return tuple(map(repr, array.ravel()))
    if array.dtype.hasobject or array.dtype.names is not None:
        return inner(array.tolist())
    if array.dtype.kind in "fc":
        array = array + 0  # turns -0.0, which equals 0.0, into it
    return array.tobytes()


class _Other:
    """An object that says itself what it equals, or stands for itself alone."""

    __slots__ = ("_hash", "_value")

    def __init__(self, value: Any) -> None:
        self._value = value
        self._hash = _hash_of(value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Other):
            return NotImplemented
        return self._value is other._value or _is_equal(self._value, other._value)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Other, (self._value,)  # a copy's value has another identity


def _hash_of(value: Any) -> int:
    """Return a hash that objects of equal content share if they can say that they are equal."""
    with suppress(Exception):
        return hash(value)
    if _is_equal(value, value):
        with suppress(Exception):
            return hash((type(value), token(vars(value))))
    return id(value)


def _is_equal(a: Any, b: Any) -> bool:
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:  # noqa: BLE001  tensors have no truth value, whatever they raise
        return False
