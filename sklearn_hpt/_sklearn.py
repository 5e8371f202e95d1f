"""Every private scikit-learn name that the package imports, and nothing else.

scikit-learn renames its private helpers between releases. What differs between the versions we
support is settled here, so that the rest of the package needs no version checks.
"""

from types import SimpleNamespace
from typing import Any

import numpy as np
from sklearn.base import _fit_context
from sklearn.metrics._scorer import _MultimetricScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._validation import (
    _fit_and_score,
    _score,
    _warn_or_raise_about_fit_failures,
)
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, _num_samples

fit_context = _fit_context
fit_and_score = _fit_and_score
warn_or_raise_about_fit_failures = _warn_or_raise_about_fit_failures
safe_indexing = _safe_indexing
score = _score
n_samples_of = _num_samples
check_method_params = _check_method_params
MultimetricScorer = _MultimetricScorer
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


__all__ = [
    "HISTOGRAM_BOOSTING",
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "MultimetricScorer",
    "StrOptions",
    "check_method_params",
    "fit_and_score",
    "fit_context",
    "n_samples_of",
    "safe_indexing",
    "safe_split",
    "score",
    "warn_or_raise_about_fit_failures",
]
