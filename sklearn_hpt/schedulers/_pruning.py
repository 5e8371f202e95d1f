"""Rules that say which trials are plainly losing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, median

Curve = Sequence[float]
"""Mean scores of a trial, at one resource level after the other; larger is better."""

PruningRule = Callable[[Curve, Sequence[Curve]], bool]
"""Says, given a trial's curve and those of the trials that have ended, whether to stop it."""

_MIN_ENDED = 5


def median_stopping(curve: Curve, ended: Sequence[Curve]) -> bool:
    """Whether the best score of a trial is worse than the median of what others had on average.

    Parameters
    ----------
    curve : sequence of float
        The trial's scores so far.
    ended : sequence of float sequences
        Scores of the trials that have ended; of each, as many count as the trial has had itself.

    Returns
    -------
    bool
        False while fewer than 5 trials have ended.

    References
    ----------
    .. [1] Golovin et al. (2017), Google Vizier: a service for black-box optimization, KDD,
       section 3.2.2.

    Examples
    --------
    >>> median_stopping([0.1, 0.2], [[0.5, 0.6, 0.7]] * 5)
    True
    >>> median_stopping([0.1, 0.6], [[0.5, 0.6, 0.7]] * 5)
    False
    """
    if len(ended) < _MIN_ENDED:
        return False
    return max(curve) < median(fmean(other[: len(curve)]) for other in ended)
