"""scikit-learn's checks of what every estimator must do."""

import pytest
from sklearn.base import is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from sklearn_hpt import (
    BayesSearch,
    EarlyStoppedSearch,
    GeneticSearch,
    SuccessiveHalvingSearch,
)

SEARCHERS = [
    (BayesSearch, {}),
    (GeneticSearch, {}),
    (SuccessiveHalvingSearch, {}),
    (EarlyStoppedSearch, {"resource": "n_samples", "step": 10}),
]
ESTIMATORS = [
    (LogisticRegression(), "C"),
    (Ridge(), "alpha"),
    (Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]), "model__C"),
]
NOT_WARNED_OF = {"check_supervised_y_2d": "a search does not warn of a column vector y"}


def failures_of_scikit_learn(search):
    """What scikit-learn's own search around the same estimator does not pass either."""
    return NOT_WARNED_OF if is_regressor(search) else {}


SEARCHES = [
    searcher(estimator, {name: (1e-3, 1e3, "log-uniform")}, n_iter=4, cv=2, random_state=0, **own)
    for searcher, own in SEARCHERS
    for estimator, name in ESTIMATORS
]


# Some checks fit data that cannot be fitted, or on which scores mean little.
@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning",
    "ignore:Scoring failed:UserWarning",
    "ignore:One or more of the test scores are non-finite:UserWarning",
    "ignore:invalid value encountered in cast:RuntimeWarning",
    "ignore::sklearn.exceptions.UndefinedMetricWarning",
    "ignore:Halving over 'n_samples':UserWarning",
    "ignore::sklearn.exceptions.ConvergenceWarning",
)
@parametrize_with_checks(SEARCHES, expected_failed_checks=failures_of_scikit_learn)
def test_search_passes_the_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("estimator", "name"), [pair for pair in ESTIMATORS if failures_of_scikit_learn(pair[0])]
)
def test_scikit_learns_own_search_fails_what_is_expected_to_fail(estimator, name):
    search = GridSearchCV(estimator, {name: [0.1, 1.0]}, cv=2)
    results = check_estimator(search, on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert failures_of_scikit_learn(search).keys() <= failed
