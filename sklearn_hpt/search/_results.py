"""From finished steps to what scikit-learn formats as ``cv_results_``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from sklearn_hpt._sklearn import warn_or_raise_about_fit_failures
from sklearn_hpt._trial import FoldResult


@dataclass(frozen=True)
class Row:
    """What becomes a row of ``cv_results_``.

    Attributes
    ----------
    params : dict
        The estimator's parameters.
    folds : sequence of FoldResult or None, one a split
        None where a fold was not run.
    columns : mapping of str to object, default={}
        Columns of its own, the same for all rows.
    """

    params: dict[str, Any]
    folds: Sequence[FoldResult | None]
    columns: Mapping[str, Any] = field(default_factory=dict)

    @property
    def finished_folds(self) -> list[FoldResult]:
        """The folds that were run."""
        return [fold for fold in self.folds if fold is not None]


def own_columns(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """Return the rows' own columns."""
    return {name: np.array([row.columns[name] for row in rows]) for name in rows[0].columns}


def fold_outputs(rows: Sequence[Row], error_score: str | float) -> list[dict[str, Any]]:
    """Return one record a row and fold, in scikit-learn's own form.

    Parameters
    ----------
    rows : sequence of Row
        The rows.
    error_score : "raise" or float
        What a failed fit scores.

    Raises
    ------
    ValueError
        With scikit-learn's message, if nothing was fitted or all fits failed.

    Warns
    -----
    FitFailedWarning
        If some fits failed.
    """
    if not rows:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    outputs = [[_output(fold) for fold in row.finished_folds] for row in rows]
    flat = list(chain.from_iterable(outputs))
    warn_or_raise_about_fit_failures(flat, error_score)
    _name_error_scores(flat)
    return [
        output
        for row, run in zip(rows, outputs, strict=True)
        for output in run + [_mean_output(run)] * (len(row.folds) - len(run))
    ]


def blank_discarded_folds(
    cv_results: dict[str, Any], n_evaluated: NDArray[np.int64], n_splits: int
) -> None:
    """Make the rows of discarded trials say only what their folds that were run say.

    :func:`fold_outputs` has filled the folds that were not run with the mean of the others, so
    the means are right; here their own columns become NaN, and standard deviations and ranks are
    mended. A discarded trial ranks below every trial that was not.

    Parameters
    ----------
    cv_results : dict
        Formatted results, changed in place.
    n_evaluated : ndarray of shape (n_trials,)
        How many folds of each trial were run.
    n_splits : int
        How many there are.
    """
    is_discarded = n_evaluated < n_splits
    cv_results["n_splits_evaluated"] = n_evaluated
    for name, column in cv_results.items():
        if match := re.match(r"split(\d+)_", name):
            column[n_evaluated <= int(match[1])] = np.nan
        elif name.startswith("std_"):
            np.multiply(column, np.sqrt(n_splits / n_evaluated), out=column)
        elif name.startswith("rank_test_") and is_discarded.any():
            mean = cv_results[f"mean_test_{name.removeprefix('rank_test_')}"]
            cv_results[name] = _ranks(mean, is_discarded)


def _ranks(mean: NDArray[np.float64], is_discarded: NDArray[np.bool_]) -> NDArray[np.int32]:
    losses = -np.nan_to_num(mean, nan=-np.inf)
    ranks = np.empty(len(mean), dtype=np.int32)
    ranks[~is_discarded] = rankdata(losses[~is_discarded], method="min")
    ranks[is_discarded] = rankdata(losses[is_discarded], method="min") + (~is_discarded).sum()
    return ranks


def _name_error_scores(outputs: Sequence[dict[str, Any]]) -> None:
    """Give the error score to each metric of a callable scorer, whose names only success tells."""
    names = next((o["test_scores"] for o in outputs if isinstance(o["test_scores"], dict)), ())
    for output in outputs if names else ():
        for part in ("test_scores", "train_scores"):
            if part in output and not isinstance(output[part], dict):
                output[part] = dict.fromkeys(names, output[part])


def _output(fold: FoldResult) -> dict[str, Any]:
    output = {
        "fit_error": fold.fit_error,
        "test_scores": _scores(fold.test_scores),
        "n_test_samples": fold.n_test_samples,
        "fit_time": fold.fit_time,
        "score_time": fold.score_time,
    }
    if fold.train_scores is not None:
        output["train_scores"] = _scores(fold.train_scores)
    return output


def _scores(scores: Any) -> Any:
    return dict(scores) if isinstance(scores, Mapping) else scores


def _mean_output(outputs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        name: None if name == "fit_error" else _mean([output[name] for output in outputs])
        for name in outputs[0]
    }


def _mean(values: Sequence[Any]) -> Any:
    if isinstance(values[0], dict):
        return {name: _mean([value[name] for value in values]) for name in values[0]}
    return float(np.mean(values))
