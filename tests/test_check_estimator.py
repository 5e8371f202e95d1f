"""scikit-learn's checks of what every estimator must do."""

import pytest
from scipy.stats import loguniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from sklearn_hpt import BayesSearch

SEARCHERS = [BayesSearch]
ESTIMATORS = [
    (LogisticRegression(), "C"),
    (Ridge(), "alpha"),
    (Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]), "model__C"),
    (Pipeline([("scale", StandardScaler()), ("model", Ridge())]), "model__alpha"),
]
NOT_WARNED_OF = {"check_supervised_y_2d": "a search does not warn of a column vector y"}


def failures_of_scikit_learn(search):
    """What scikit-learn's own search around the same estimator does not pass either."""
    return NOT_WARNED_OF if search._estimator_type == "regressor" else {}


def searches():
    """Each kind of space is a way through the code of its own: searched, and exhausted."""
    for searcher in SEARCHERS:
        for estimator, name in ESTIMATORS:
            for space in (loguniform(1e-3, 1e3), [0.1, 1.0]):
                yield searcher(estimator, {name: space}, n_iter=6, cv=2, random_state=0)


# Some checks fit data on which accuracy, R^2 or the solver's tolerance mean little.
@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.UndefinedMetricWarning",
    "ignore::sklearn.exceptions.ConvergenceWarning",
)
@parametrize_with_checks(list(searches()), expected_failed_checks=failures_of_scikit_learn)
def test_search_passes_the_checks(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "name"), ESTIMATORS)
def test_scikit_learns_own_search_fails_what_is_expected_to_fail(estimator, name):
    search = GridSearchCV(estimator, {name: [0.1, 1.0]}, cv=2)
    results = check_estimator(search, on_skip=None, on_fail=None)
    failed = {result["check_name"] for result in results if result["status"] == "failed"}
    assert failed == failures_of_scikit_learn(search).keys()
