"""Every private scikit-learn name that the package uses, and nothing else.

scikit-learn renames its private helpers between releases. What differs between the versions we
support is settled here, so that the rest of the package needs no version checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.base import _fit_context
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV, _yield_masked_array_for_each_param
from sklearn.model_selection._validation import _score, _warn_or_raise_about_fit_failures
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

fit_context = _fit_context
warn_or_raise_about_fit_failures = _warn_or_raise_about_fit_failures
safe_indexing = _safe_indexing
score = _score
n_samples_of = _num_samples
check_method_params = _check_method_params
# What histogram gradient boosting calls and keeps on its instances.
HISTOGRAM_BOOSTING = SimpleNamespace(
    bin_training_data="_bin_data",
    raw_predict="_raw_predict",
    validate="_preprocess_X",
    bin_mapper="_bin_mapper",
    members="_predictors",
    baseline="_baseline_prediction",
)


def safe_split(estimator: Any, X: Any, y: Any, rows: Any, columns: Any = None) -> tuple[Any, Any]:
    """Return some rows of X and y, and of a kernel matrix the columns of the training part.

    Plain arrays are indexed as they are, which takes a tenth of the time of asking what they are.
    """
    rows = np.asarray(rows)
    is_plain = type(X) is np.ndarray and (y is None or type(y) is np.ndarray)
    if is_plain and not _may_be_kernel(X):
        return X[rows], None if y is None else y[rows]
    split: tuple[Any, Any] = _safe_split(estimator, X, y, rows, columns)
    return split


def _may_be_kernel(X: np.ndarray) -> bool:
    return X.ndim == 2 and X.shape[0] == X.shape[1]


def scorers_and_refit_metric(search: BaseSearchCV) -> tuple[Any, str]:
    """Return what a search scores by, and the metric that its best row is chosen by."""
    scorer, refit_metric = search._get_scorers()
    return scorer, refit_metric


def scorer_of_each_metric(scorer: Any) -> Any:
    """Return the scorers of several metrics by name; the scorer itself if there is one metric."""
    return scorer._scorers if isinstance(scorer, _MultimetricScorer) else scorer


def metric_names(scorer: Any) -> list[str] | None:
    """Return the names of several metrics; None for one, or if only scoring tells."""
    return list(scorer._scorers) if isinstance(scorer, _MultimetricScorer) else None


def remember_splitter(search: BaseSearchCV, cv: Any) -> None:
    """Keep the splitter where scikit-learn's own searches keep it."""
    search._checked_cv_orig = cv


def check_refit_for_multimetric(search: BaseSearchCV, scores: Mapping[str, float]) -> None:
    """Raise ValueError if `refit` names none of several metrics."""
    search._check_refit_for_multimetric(scores)


def routed_metadata(search: BaseSearchCV, params: Mapping[str, Any]) -> Any:
    """Return the metadata of fit for estimator, splitter and scorer."""
    return search._get_routed_params_for_fit(params)


def select_best_index(refit: Any, refit_metric: str, cv_results: Mapping[str, Any]) -> Any:
    """Return the best row as scikit-learn's own searches choose it."""
    return BaseSearchCV._select_best_index(refit, refit_metric, cv_results)


def parameter_columns(params: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the ``param_*`` columns of ``cv_results_``."""
    yield from _yield_masked_array_for_each_param(params)


def begin_callback_context(
    search: BaseSearchCV, n_subtasks: int, data: Mapping[str, Any]
) -> Any | None:
    """Begin the task of a whole search for its callbacks; None before scikit-learn 1.9."""
    if not hasattr(search, "_init_callback_context"):
        return None
    context = search._init_callback_context(max_subtasks=n_subtasks)
    return context.call_on_fit_task_begin(estimator=search, **data)


def has_callbacks(search: BaseSearchCV) -> bool:
    """Whether somebody listens to a search's tasks."""
    return bool(getattr(search, "_skl_callbacks", None))


__all__ = [
    "HISTOGRAM_BOOSTING",
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "StrOptions",
    "begin_callback_context",
    "check_method_params",
    "check_refit_for_multimetric",
    "fit_context",
    "has_callbacks",
    "metric_names",
    "n_samples_of",
    "parameter_columns",
    "remember_splitter",
    "routed_metadata",
    "safe_indexing",
    "safe_split",
    "score",
    "scorer_of_each_metric",
    "scorers_and_refit_metric",
    "select_best_index",
    "warn_or_raise_about_fit_failures",
]
