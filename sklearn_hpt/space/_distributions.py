"""Distributions of one number: those of ranges, and parts of others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

# Irregular, so that a distribution on a lattice does not pass for one without.
PROBES = (np.arange(1, 8) * (math.sqrt(5) - 1) / 2) % 1

_MARGIN = 1e-6
_N_BISECTIONS = 60
_LIKE_ROUNDING = 1e-6


class Distribution(Protocol):
    """A one-dimensional distribution, as frozen ones of :mod:`scipy.stats`."""

    def ppf(self, q: ArrayLike, /) -> Any:
        """Quantile of probability `q`."""

    def cdf(self, x: ArrayLike, /) -> Any:
        """Probability of at most `x`."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """The uniform distribution on ``[low, high]``."""

    low: float
    high: float

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        return np.clip(self.low + np.asarray(q) * (self.high - self.low), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class LogUniform:
    """The distribution on ``[low, high]`` whose logarithm is uniform."""

    low: float
    high: float

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        log_low, log_high = math.log(self.low), math.log(self.high)
        return np.clip(np.exp(log_low + np.asarray(q) * (log_high - log_low)), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        # Not the logarithm of a ratio, which may overflow.
        log_low, log_high = math.log(self.low), math.log(self.high)
        return (np.log(np.clip(x, self.low, self.high)) - log_low) / (log_high - log_low)


@dataclass(frozen=True, slots=True)
class LogUniformInteger:
    """Integers of ``[low, high]``, each as likely as its unit-wide interval is log-uniformly."""

    low: int
    high: int

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        bounds = LogUniform(self.low - 0.5, self.high + 0.5)
        return np.clip(np.rint(bounds.ppf(q)), self.low, self.high)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        bounds = LogUniform(self.low - 0.5, self.high + 0.5)
        return bounds.cdf(np.floor(x) + 0.5)


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A distribution that takes one number at a time, for arrays."""

    distribution: Distribution

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        return _for_each(self.distribution.ppf, q)

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        return _for_each(self.distribution.cdf, x)


def _for_each(function: Callable[[float], Any], numbers: ArrayLike) -> Any:
    array = np.asarray(numbers, dtype=float)
    values = [function(number) for number in array.ravel().tolist()]
    return np.array(values).reshape(array.shape)


@dataclass(frozen=True, slots=True)
class Between:
    """A distribution between two of its quantiles."""

    distribution: Distribution
    start: float
    stop: float

    def ppf(self, q: ArrayLike) -> Any:
        """Quantile."""
        return self.distribution.ppf(self.start + np.asarray(q) * (self.stop - self.start))

    def cdf(self, x: ArrayLike) -> Any:
        """Probability of at most `x`."""
        share = (np.asarray(self.distribution.cdf(x)) - self.start) / (self.stop - self.start)
        return np.clip(share, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a continuous distribution is searched towards its ends.

    Attributes
    ----------
    low, high : float
        The ends, infinite ones too.
    start, stop : float, default=0.0, 1.0
        Probabilities between which the quantiles are searched.
    has_low, has_high : bool, default=True
        Whether the ends themselves are.
    """

    low: float
    high: float
    start: float = 0.0
    stop: float = 1.0
    has_low: bool = True
    has_high: bool = True

    @property
    def leaves_out_much(self) -> bool:
        """Whether what is beyond is more than is hardly ever drawn."""
        return max(self.start, 1 - self.stop) > 2 * _MARGIN


def ends_of(distribution: Any) -> tuple[float, float]:
    """Return the ends of a distribution's support, infinite where they are not known."""
    if not hasattr(distribution, "support"):
        return extreme_quantiles(distribution)
    low, high = distribution.support()
    return float(low), float(high)


def extreme_quantiles(distribution: Distribution) -> tuple[float, float]:
    """Return a distribution's quantiles of probability 0 and 1, infinite where there is none."""
    low, high = _quantile(distribution, 0.0), _quantile(distribution, 1.0)
    return -math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high


def open_reach(distribution: Distribution, low: float, high: float) -> Reach:
    """Return how far to go without meeting an end of a distribution's support.

    An end has probability 0, and estimators refuse it, as ``C=0``. Floats that lie nearer to it
    than can be told apart stand for it, as do those that are too small or too large to be written
    down. What is rounded to multiples of some step has ends of a probability of their own, which
    are values like the others.

    Parameters
    ----------
    distribution : Distribution
        A continuous distribution; its quantiles may be rounded.
    low, high : float
        The ends.

    Raises
    ------
    ValueError
        If no finite number lies inside.
    """
    below = _least_share(lambda share: _quantile(distribution, share) > low)
    above = _least_share(lambda share: _quantile(distribution, 1 - share) < high)
    if below + above >= 1 or not low < _quantile(distribution, below) < high:
        if math.isfinite(low) and math.isfinite(high):  # neighbouring floats: there are no others
            return Reach(low, high)
        raise ValueError("its quantiles are all too small or too large for a float")
    has_low = below > _MARGIN and _is_step(distribution, low, below)
    has_high = above > _MARGIN and _is_step(distribution, high, 1 - above)
    start, stop = 0.0 if has_low else below, 1.0 if has_high else 1 - above
    return Reach(low, high, start, stop, has_low, has_high)


def least_unit(is_beyond: Callable[[float], bool], low: float, high: float) -> float:
    """Return the least number from `low` to `high` that is beyond something, to all digits."""
    for _ in range(_N_BISECTIONS):
        middle = (low + high) / 2
        if is_beyond(middle):
            high = middle
        else:
            low = middle
    return high


def _quantile(distribution: Distribution, probability: float) -> float:
    """Return a quantile; NaN where it cannot be calculated."""
    try:
        return float(distribution.ppf(probability))
    except (ArithmeticError, ValueError):
        return math.nan


def _least_share(is_inside: Callable[[float], bool]) -> float:
    """Return the smallest probability that is inside, but no smaller one than is worth a try."""
    return _MARGIN if is_inside(_MARGIN) else least_unit(is_inside, _MARGIN, 1.0)


def _is_step(distribution: Distribution, end: float, probability: float) -> bool:
    """Whether the quantile next to an end is farther away than rounding explains."""
    gap = abs(_quantile(distribution, probability) - end)
    spread = _quantile(distribution, 0.75) - _quantile(distribution, 0.25)
    if not (math.isfinite(gap) and math.isfinite(spread)):
        return False
    return bool(gap > max(8 * np.spacing(abs(end)), _LIKE_ROUNDING * spread))
