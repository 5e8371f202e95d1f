"""From finished steps to ``cv_results_``, as scikit-learn formats it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from sklearn_hpt._sklearn import parameter_columns, warn_or_raise_about_fit_failures
from sklearn_hpt._trial import FoldResult, Scores

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """What becomes a row of ``cv_results_``.

    Attributes
    ----------
    params : dict
        The estimator's parameters.
    folds : sequence of FoldResult or None, one per split
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


def format_results(
    rows: Sequence[Row], error_score: str | float, *, return_train_score: bool
) -> dict[str, Any]:
    """Return ``cv_results_``, with the keys and dtypes of scikit-learn's own searches.

    What was not run is NaN, and means, standard deviations and ranks are of what was. A row of
    which not all folds were run ranks below every row of which they were.

    Parameters
    ----------
    rows : sequence of Row
        The rows.
    error_score : "raise" or float
        What a failed fit scores.
    return_train_score : bool
        Whether the training parts were scored.

    Raises
    ------
    ValueError
        With scikit-learn's message, if nothing was fitted or all fits failed.

    Warns
    -----
    FitFailedWarning
        If some fits failed.
    UserWarning
        If a mean score is not finite.
    """
    if not rows:
        raise ValueError(
            "No fits were performed. Was the CV iterator empty? Were there no candidates?"
        )
    folds = [fold for row in rows for fold in row.finished_folds]
    errors = [{"fit_error": fold.fit_error} for fold in folds]
    warn_or_raise_about_fit_failures(errors, error_score)
    table = _Table(rows)
    results: dict[str, Any] = {
        name: np.array([row.columns[name] for row in rows]) for name in rows[0].columns
    }
    results |= table.moments("fit_time", [[fold.fit_time for fold in r] for r in table.folds])
    results |= table.moments("score_time", [[fold.score_time for fold in r] for r in table.folds])
    params = [row.params for row in rows]
    results |= dict(parameter_columns(params))
    results["params"] = params
    for metric in metrics_of(folds):
        name = f"test_{metric}"
        scores = [[score_of(fold.test_scores, metric) for fold in r] for r in table.folds]
        results |= table.scores(name, scores)
        results[f"rank_{name}"] = table.ranks(results[f"mean_{name}"])
        if return_train_score:
            scores = [[score_of(fold.train_scores, metric) for fold in r] for r in table.folds]
            results |= table.scores(f"train_{metric}", scores)
    return results


def is_multimetric(rows: Sequence[Row]) -> bool:
    """Whether there are several metrics."""
    return any(isinstance(fold.test_scores, Mapping) for row in rows for fold in row.finished_folds)


def metrics_of(folds: Sequence[FoldResult]) -> list[str]:
    """Return the names of the metrics; those of a callable scorer only success tells."""
    several = (fold.test_scores for fold in folds if isinstance(fold.test_scores, Mapping))
    return list(next(several, {"score": None}))


def score_of(scores: Scores | None, metric: str) -> float:
    """Return the score of a metric; what failed before the names were known has one for all."""
    if isinstance(scores, Mapping):
        return float(scores[metric])
    return np.nan if scores is None else float(scores)


class _Table:
    """Values of each row's folds, some of which were not run."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.folds = [row.finished_folds for row in rows]
        self._was_run = np.array([[fold is not None for fold in row.folds] for row in rows])
        self._is_partial = ~self._was_run.all(axis=1)

    def moments(self, name: str, values: Sequence[Sequence[float]]) -> dict[str, Array]:
        """Return mean and standard deviation of values that are given for the folds run."""
        return self._moments(name, self._filled(values))

    def scores(self, name: str, values: Sequence[Sequence[float]]) -> dict[str, Array]:
        """Return a column a split, mean and standard deviation of scores."""
        array = self._filled(values)
        columns = {f"split{k}_{name}": column for k, column in enumerate(array.T)}
        columns |= self._moments(name, array)
        means = columns[f"mean_{name}"]
        if not np.isfinite(means).all():
            warnings.warn(
                f"One or more of the {name.partition('_')[0]} scores are non-finite: {means}",
                UserWarning,
                stacklevel=2,
            )
        return columns

    def ranks(self, means: Array) -> NDArray[np.int32]:
        """Return ranks from 1, those of failures last and tied."""
        ranks = np.empty(len(means), dtype=np.int32)
        n_whole = 0
        for of_kind in (~self._is_partial, self._is_partial):
            ranks[of_kind] = n_whole + _ranks(means[of_kind])
            n_whole = int(of_kind.sum())
        return ranks

    def _filled(self, values: Sequence[Sequence[float]]) -> Array:
        array = np.full(self._was_run.shape, np.nan)
        array[self._was_run] = np.fromiter(chain.from_iterable(values), float)
        return array

    def _moments(self, name: str, array: Array) -> dict[str, Array]:
        means = np.average(array, axis=1)
        deviations = np.sqrt(np.average((array - means[:, None]) ** 2, axis=1))
        for row in np.flatnonzero(self._is_partial):
            run = array[row, self._was_run[row]]
            means[row], deviations[row] = run.mean(), run.std()
        return {f"mean_{name}": means, f"std_{name}": deviations}


def _ranks(means: Array) -> NDArray[np.int32]:
    if np.isnan(means).all():
        return np.ones(len(means), dtype=np.int32)
    known = np.where(np.isnan(means), np.nanmin(means) - 1, means)
    ranks: NDArray[np.int32] = rankdata(-known, method="min").astype(np.int32)
    return ranks
