"""From what users write in ``param_distributions`` to dimensions."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skopt.space import Categorical, Integer, Real

from sklearn_hpt.space._dimensions import Choices, Continuous, Dimension, Integers
from sklearn_hpt.space._distributions import (
    PROBES,
    Distribution,
    Elementwise,
    LogUniform,
    LogUniformInteger,
    Reach,
    Uniform,
    ends_of,
    extreme_quantiles,
    open_reach,
)
from sklearn_hpt.space._subset import Masks, Subset
from sklearn_hpt.space._values import native, token

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
    try:
        # Quantiles of heavy tails overflow, and are looked for.
        with np.errstate(over="ignore", invalid="ignore"):
            return _parsed(name, value, rng)
    except OverflowError as error:
        raise ValueError(
            f"Parameter {name!r} has numbers that are too large: {error}; got {value!r}."
        ) from error


def _parsed(name: str, value: Any, rng: np.random.Generator) -> Dimension:
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
    is_real = isinstance(value, (int, float, np.integer, np.floating))
    return is_real and not isinstance(value, (bool, np.timedelta64))


def _range(name: str, low: float, high: float, prior: str) -> Dimension:
    if prior not in _PRIORS:
        raise ValueError(
            f"The prior of parameter {name!r} must be one of {_PRIORS}, got {prior!r}. "
            "Write choices as a list."
        )
    is_integer = isinstance(low, int) and isinstance(high, int)
    if not (_is_bound(low) and _is_bound(high)):
        raise ValueError(
            f"The bounds of parameter {name!r} must be finite numbers, and integers of at most 64 "
            f"bits, got ({low!r}, {high!r}). Larger integers may be choices of a list."
        )
    if low > high:
        raise ValueError(
            f"The range of parameter {name!r} is reversed: its lower bound {low!r} is larger than "
            f"its upper bound {high!r}. Write (low, high)."
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
        distribution = LogUniform(low, high) if prior == "log-uniform" else Uniform(low, high)
        return Continuous(distribution, Reach(low, high))
    return _integers(int(low), int(high), is_log=prior == "log-uniform")


def _is_bound(value: float) -> bool:
    return abs(value) <= _MAX_INTEGER if isinstance(value, int) else math.isfinite(value)


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
        is_described = hasattr(value, "support") and hasattr(value, "sf")
        return _discrete(name, value, rng) if is_described else _sampled(name, value, rng)
    low, high = ends_of(value)
    if low == high:
        return Choices([native(value.ppf(0.5))])
    distribution = _quick(_vectorised(value))
    try:
        return Continuous(distribution, open_reach(distribution, low, high))
    except ValueError as error:
        raise ValueError(
            f"The distribution of parameter {name!r} cannot be searched: {error}. Search its "
            f"logarithm, or a range (low, high); got {value!r}."
        ) from error


def _vectorised(distribution: Any) -> Distribution:
    """Return a distribution whose functions take arrays."""
    if hasattr(distribution, "dist"):  # scipy's
        return distribution
    try:
        shapes = {np.shape(function(PROBES)) for function in (distribution.ppf, distribution.cdf)}
    except (TypeError, ValueError):
        shapes = set()
    return distribution if shapes == {PROBES.shape} else Elementwise(distribution)


def _quick(distribution: Distribution) -> Distribution:
    """Return our own equal of scipy's commonest distributions, whose checks cost 0.1 ms a call."""
    low, high = extreme_quantiles(distribution)
    for own in (Uniform, LogUniform):
        if math.isfinite(low) and math.isfinite(high) and (low > 0 or own is Uniform):
            candidate = own(low, high)
            if all(_agree(distribution, candidate, units) for units in (PROBES[:1], PROBES)):
                return candidate
    return distribution


def _agree(one: Distribution, other: Distribution, units: NDArray[np.float64]) -> bool:
    return np.allclose(one.ppf(units), other.ppf(units), rtol=1e-12, atol=0)


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
    if any(isinstance(value, Subset) for value in values):
        raise TypeError(
            f"Parameter {name!r} lists a Subset as a choice, which stands for many masks: give it "
            "without the list around it."
        )
    weights = np.ones(len(values)) if probabilities is None else np.asarray(probabilities, float)
    merged: dict[Hashable, tuple[Any, float]] = {}
    for value, weight in zip(map(native, values), weights.tolist(), strict=True):
        own = token(value)
        first, so_far = merged.get(own, (value, 0.0))
        merged[own] = first, so_far + weight
    possible = [(value, weight) for value, weight in merged.values() if weight > 0]
    if not possible:
        raise ValueError(f"The probabilities of parameter {name!r} add up to nothing.")
    return Choices([value for value, _ in possible], [weight for _, weight in possible])
