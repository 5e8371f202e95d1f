"""Several metrics at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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


def pareto_front(
    cv_results: Mapping[str, Any], names: Sequence[str], results: Sequence[StepResult]
) -> NDArray[np.intp]:
    """Return the rows that are not dominated.

    Parameters
    ----------
    cv_results : mapping
        The rows.
    names : sequence of str
        The metrics.
    results : sequence of StepResult
        What the rows are of, in any order. Those of failed and of discarded trials are left out.

    Returns
    -------
    ndarray of int, ascending
    """
    values = np.column_stack([cv_results[f"mean_test_{name}"] for name in names])
    in_order = sorted(results, key=lambda result: result.step.trial.number)
    is_whole = [result.score is not None and not result.is_discarded for result in in_order]
    rows = np.flatnonzero(np.isfinite(values).all(axis=1) & is_whole)
    return rows[is_non_dominated(values[rows])]


def is_non_dominated(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates, shape (n_rows,); larger values are better."""
    is_dominated = [
        bool(((values >= row).all(axis=1) & (values > row).any(axis=1)).any()) for row in values
    ]
    return ~np.array(is_dominated, dtype=bool)
