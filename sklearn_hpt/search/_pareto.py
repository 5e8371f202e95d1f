"""Several metrics at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sklearn_hpt._trial import StepResult


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
        What the rows are of, in their order. Those of failed and of discarded trials are left out.

    Returns
    -------
    ndarray of int, ascending
    """
    values = np.column_stack([cv_results[f"mean_test_{name}"] for name in names])
    is_whole = [result.score is not None and not result.is_discarded for result in results]
    rows = np.flatnonzero(np.isfinite(values).all(axis=1) & is_whole)
    return rows[is_non_dominated(values[rows])]


def is_non_dominated(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which rows no other row dominates, shape (n_rows,); larger values are better."""
    is_dominated = [
        bool(((values >= row).all(axis=1) & (values > row).any(axis=1)).any()) for row in values
    ]
    return ~np.array(is_dominated, dtype=bool)
