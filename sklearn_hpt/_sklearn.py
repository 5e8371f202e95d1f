"""Every private scikit-learn name that the package imports, and nothing else.

scikit-learn renames its private helpers between releases. What differs between the versions we
support is settled here, so that the rest of the package needs no version checks.
"""

from types import SimpleNamespace

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
safe_split = _safe_split
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
