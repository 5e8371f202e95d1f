"""Several metrics at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt._trial import StepResult


def mean_metrics(result: StepResult) -> dict[str, float]:
    """Return the mean of each metric over the folds that were run; empty if the names are unknown.

    A fold that failed before a callable scorer named its metrics has one score, which stands for
    each of them.
    """
    scores = [fold.test_scores for fold in result.finished_folds]
    names = next((list(score) for score in scores if isinstance(score, Mapping)), [])
    return {
        name: sum(s[name] if isinstance(s, Mapping) else s for s in scores) / len(scores)
        for name in names
    }


def pareto_front(results: Sequence[StepResult]) -> NDArray[np.intp]:
    """Return the rows that are not dominated.

    Parameters
    ----------
    results : sequence of StepResult
        Finished steps; a row is the position in the order in which the trials were started.

    Returns
    -------
    ndarray of int, ascending
    """
    in_order = sorted(results, key=lambda result: result.step.trial.number)
    eligible: dict[int, list[float]] = {}
    for row, result in enumerate(in_order):
        means = list(mean_metrics(result).values())
        if result.score is not None and not result.is_discarded and all(map(math.isfinite, means)):
            eligible[row] = means
    rows = np.array(list(eligible), dtype=np.intp)
    return rows[is_non_dominated(np.array(list(eligible.values())))]


def is_non_dominated(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates, shape (n_rows,); larger values are better."""
    is_dominated = [
        bool(((values >= row).all(axis=1) & (values > row).any(axis=1)).any()) for row in values
    ]
    return ~np.array(is_dominated, dtype=bool)
