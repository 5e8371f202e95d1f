"""From what users write in ``param_distributions`` to dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from skopt.space import Categorical, Integer, Real

from sklearn_hpt.space._dimensions import (
    PROBES,
    Choices,
    Continuous,
    Dimension,
    Distribution,
    Integers,
    LogUniform,
    LogUniformInteger,
    Uniform,
    is_number,
    is_same_value,
    native,
)
from sklearn_hpt.space._subset import Masks, Subset

_PRIORS = ("uniform", "log-uniform")
_MAX_LISTED = 20_000
_N_SAMPLES = 1_000
_MAX_INTEGER = 2**63 - 1
_TAIL = 1e-9


def parse_dimension(name: str, value: Any, rng: np.random.Generator) -> Dimension:
    """Return the dimension that `value` describes.

    Parameters
    ----------
    name : str
        The parameter's name, for error messages.
    value : object
        A list or other sequence of choices, a frozen scipy distribution, any object with an
        ``rvs`` method, ``(low, high)``, ``(low, high, prior)``, a :class:`Subset` or a
        scikit-optimize dimension.
    rng : numpy.random.Generator
        Draws from objects that have only ``rvs``.

    Returns
    -------
    Dimension

    Raises
    ------
    TypeError
        If `value` is of a kind that describes no dimension.
    ValueError
        If it describes an empty one, or its bounds are reversed, NaN or infinite.
    """
    if isinstance(value, Subset):
        return Masks(value)
    if isinstance(value, Real):
        return _range(name, float(value.low), float(value.high), value.prior)
    if isinstance(value, Integer):
        return _range(name, int(value.low), int(value.high), value.prior)
    if isinstance(value, Categorical):
        return _choices(name, list(value.categories), value.prior_)
    if hasattr(value, "rvs"):
        return _distribution(name, value, rng)
    if isinstance(value, tuple) and _is_range(value):
        low, high = (native(bound) for bound in value[:2])
        return _range(name, low, high, value[2] if len(value) > 2 else "uniform")
    return _choices(name, _as_choices(name, value))


def is_list(value: Any) -> bool:
    """Whether `value` lists its choices, as a grid does."""
    is_drawn = hasattr(value, "rvs") or isinstance(value, (Real, Integer))
    return not is_drawn and not (isinstance(value, tuple) and _is_range(value))


def n_listed(value: Any) -> int:
    """Return how many choices a list has, those given more than once included."""
    return len(value.categories if isinstance(value, Categorical) else value)


def _is_range(value: tuple[Any, ...]) -> bool:
    if len(value) < 2 or not all(_is_real(bound) for bound in value[:2]):
        return False
    if len(value) == 2:
        return True
    # scikit-optimize also takes the logarithm's base, which changes nothing in what is drawn.
    return isinstance(value[2], str) and (len(value) == 3 or len(value) == 4)


def _is_real(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _range(name: str, low: float, high: float, prior: str) -> Dimension:
    if prior not in _PRIORS:
        raise ValueError(
            f"The prior of parameter {name!r} must be one of {_PRIORS}, got {prior!r}. "
            "Write choices as a list."
        )
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError(
            f"The bounds of parameter {name!r} must be finite numbers, got ({low!r}, {high!r})."
        )
    if low > high:
        raise ValueError(
            f"The range of parameter {name!r} is reversed: its lower bound {low!r} is larger than "
            f"its upper bound {high!r}. Write (low, high)."
        )
    is_integer = isinstance(low, int) and isinstance(high, int)
    if is_integer and max(-low, high) > _MAX_INTEGER:
        raise ValueError(
            f"The range of parameter {name!r} must fit 64-bit integers, got ({low!r}, {high!r})."
        )
    if prior == "log-uniform" and low <= 0:
        raise ValueError(
            f"The lower bound of parameter {name!r} must be positive for a log-uniform prior, "
            f"got {low!r}."
        )
    if not math.isfinite(high - low):
        raise ValueError(f"The range of parameter {name!r} is too wide, got ({low!r}, {high!r}).")
    if low == high:
        return Choices([low])
    if not is_integer:
        low, high = float(low), float(high)
        return Continuous(LogUniform(low, high) if prior == "log-uniform" else Uniform(low, high))
    return _integers(int(low), int(high), is_log=prior == "log-uniform")


def _integers(low: int, high: int, *, is_log: bool) -> Dimension:
    if is_log:
        logarithmic = LogUniformInteger(low, high)
        if high - low >= _MAX_LISTED:
            return Integers(logarithmic, low, high)
        values = np.arange(low, high + 1)
        return Choices(values.tolist(), np.diff(np.concatenate([[0.0], logarithmic.cdf(values)])))
    if high - low >= _MAX_LISTED:
        from scipy.stats import randint

        return Integers(randint(low, high + 1), low, high)
    return Choices(range(low, high + 1))


def _distribution(name: str, value: Any, rng: np.random.Generator) -> Dimension:
    if not (hasattr(value, "ppf") and hasattr(value, "cdf")):
        return _sampled(name, value, rng)
    try:
        median = float(value.ppf(0.5))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"The distribution of parameter {name!r} needs its shape parameters before it can be "
            f"searched; got {value!r}. Freeze it, as in scipy.stats.loguniform(1e-3, 1e3)."
        ) from error
    if math.isnan(median):
        raise ValueError(
            f"The distribution of parameter {name!r} has no quantiles: its arguments are NaN, "
            "reversed or out of range. Check them against scipy's documentation."
        )
    if hasattr(getattr(value, "dist", value), "pmf"):
        return _discrete(name, value, rng)
    low, high = float(value.ppf(0.0)), float(value.ppf(1.0))
    return Choices([low]) if low == high else Continuous(_quick(value, low, high))


def _quick(distribution: Any, low: float, high: float) -> Distribution:
    """Return our own equal of scipy's commonest distributions, whose checks cost 0.1 ms a call."""
    for own in (Uniform, LogUniform):
        if math.isfinite(low) and math.isfinite(high) and (low > 0 or own is Uniform):
            candidate = own(low, high)
            if np.allclose(distribution.ppf(PROBES), candidate.ppf(PROBES), rtol=1e-12, atol=0):
                return candidate
    return cast(Distribution, distribution)


def _discrete(name: str, value: Any, rng: np.random.Generator) -> Dimension:
    own = getattr(value, "dist", value)
    if hasattr(own, "xk"):  # scipy.stats.rv_discrete(values=...)
        shift = 0 if own is value else (*value.args, value.kwds.get("loc", 0))[0]
        return _possible(np.asarray(own.xk) + shift, np.asarray(own.pk))
    low, high = value.support()
    low = low if math.isfinite(low) else float(value.ppf(_TAIL))
    is_long = high - low >= _MAX_LISTED and value.sf(low + _MAX_LISTED) > _TAIL
    if is_long and math.isfinite(high):
        return Integers(value, low, high)
    if is_long:  # scipy's quantiles in a heavy tail without end take all time and memory
        return _sampled(name, value, rng)
    high = high if math.isfinite(high) else float(value.ppf(1.0 - _TAIL))
    integers = np.arange(int(low), int(high) + 1)
    return _possible(integers, np.asarray(value.pmf(integers), dtype=float))


def _possible(values: NDArray[Any], probabilities: NDArray[np.float64]) -> Choices:
    keep = probabilities > 0
    return Choices(values[keep].tolist(), probabilities[keep])


def _sampled(name: str, value: Any, rng: np.random.Generator) -> Dimension:
    """Stand-in for an object that can only be sampled: a thousand of its draws."""
    state = np.random.RandomState(int(rng.integers(2**31)))
    draws = [native(value.rvs(random_state=state)) for _ in range(_N_SAMPLES)]
    return _choices(name, draws)


def _as_choices(name: str, value: Any) -> list[Any]:
    if getattr(value, "ndim", 1) != 1:
        raise ValueError(
            f"Parameter array for {name!r} should be one-dimensional, got:"
            f" {value!r} with shape {value.shape}"
        )
    is_sequence = isinstance(value, (Sequence, np.ndarray)) or (
        isinstance(value, Iterable) and hasattr(value, "__array__")  # as a pandas Series
    )
    if isinstance(value, (str, bytes)) or not is_sequence:
        raise TypeError(
            f"Parameter grid for parameter {name!r} needs to be a list or a"
            f" numpy array, but got {value!r} (of type "
            f"{type(value).__name__}) instead. Single values "
            "need to be wrapped in a list with one element. It may also be a distribution "
            "with an rvs method, a (low, high) tuple or a scikit-optimize dimension."
        )
    if len(value) == 0:
        raise ValueError(
            f"Parameter grid for parameter {name!r} need to be a non-empty sequence, got: {value!r}"
        )
    return [native(choice) for choice in value]


def _choices(name: str, values: list[Any], probabilities: Any = None) -> Choices:
    """Merge choices given more than once: they stay as likely, but are one configuration."""
    weights = np.ones(len(values)) if probabilities is None else np.asarray(probabilities, float)
    values = [native(value) for value in values]
    distinct: list[Any] = []
    merged: list[float] = []
    positions: dict[Any, int] = {}
    for value, weight in zip(values, weights, strict=True):
        position = _position(distinct, positions, value)
        if position is None:
            distinct.append(value)
            merged.append(float(weight))
        else:
            merged[position] += float(weight)
    possible = [weight > 0 for weight in merged]
    if not any(possible):
        raise ValueError(f"The probabilities of parameter {name!r} add up to nothing.")
    return Choices(
        [value for value, keep in zip(distinct, possible, strict=True) if keep],
        [weight for weight, keep in zip(merged, possible, strict=True) if keep],
    )


def _position(distinct: list[Any], positions: dict[Any, int], value: Any) -> int | None:
    """Return where `value` stands among the distinct ones; None, and note it, if it does not."""
    if is_number(value) or isinstance(value, str):
        key = (type(value), value)
        found = positions.setdefault(key, len(distinct))
        return None if found == len(distinct) else found
    return next((i for i, own in enumerate(distinct) if is_same_value(own, value)), None)
