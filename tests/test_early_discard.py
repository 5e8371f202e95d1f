import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from sklearn_hpt import BayesSearch
from sklearn_hpt.search._plan import DEFAULT_CONCURRENT_TRIALS

SPACE = {
    "max_depth": (1, 20),
    "min_samples_leaf": (1, 200),
    "criterion": ["gini", "entropy"],
    "max_features": (0.05, 1.0),
}


@pytest.fixture(scope="module")
def data():
    return load_breast_cancer(return_X_y=True)


def search(data, **options):
    options = {"n_iter": 25, "random_state": 0, "early_discard": True, **options}
    return BayesSearch(DecisionTreeClassifier(random_state=0), SPACE, **options).fit(*data)


@pytest.fixture(scope="module")
def discarding(data):
    return search(data, return_train_score=True, scoring=["accuracy", "roc_auc"], refit="accuracy")


def test_folds_that_were_not_run_are_nan_and_counted(discarding):
    results = discarding.cv_results_
    n_run = results["n_splits_evaluated"]
    assert 1 <= n_run.min() < n_run.max() == 5
    for name in ("test_accuracy", "test_roc_auc", "train_accuracy"):
        folds = np.transpose([results[f"split{k}_{name}"] for k in range(5)])
        np.testing.assert_array_equal((~np.isnan(folds)).sum(axis=1), n_run)
        for row, n in zip(folds, n_run, strict=True):
            assert not np.isnan(row[:n]).any()
        np.testing.assert_allclose(results[f"mean_{name}"], np.nanmean(folds, axis=1))
        np.testing.assert_allclose(results[f"std_{name}"], np.nanstd(folds, axis=1), atol=1e-12)


def test_folds_that_were_run_score_as_without_discarding(discarding, data):
    results = discarding.cv_results_
    grid = [{name: [value] for name, value in params.items()} for params in results["params"]]
    reference = GridSearchCV(DecisionTreeClassifier(random_state=0), grid).fit(*data).cv_results_
    for k in range(5):
        own = results[f"split{k}_test_accuracy"]
        ran = ~np.isnan(own)
        np.testing.assert_allclose(own[ran], reference[f"split{k}_test_score"][ran])


def test_a_discarded_trial_ranks_below_every_finished_one(discarding):
    results = discarding.cv_results_
    is_discarded = results["n_splits_evaluated"] < 5
    for rank in (results["rank_test_accuracy"], results["rank_test_roc_auc"]):
        assert rank[~is_discarded].max() < rank[is_discarded].min()
        assert rank.dtype == np.int32
    assert not is_discarded[discarding.best_index_]
    assert results["rank_test_accuracy"][discarding.best_index_] == 1


def test_a_trial_stops_at_the_first_fold_where_it_is_no_better_than_the_bar(discarding):
    results = discarding.cv_results_
    folds = np.transpose([results[f"split{k}_test_accuracy"] for k in range(5)])
    n_run = results["n_splits_evaluated"]
    best, bar = -np.inf, -np.inf
    bars = []
    max_concurrent = DEFAULT_CONCURRENT_TRIALS
    for number in range(len(folds)):
        told = number - max_concurrent
        if told >= 0 and n_run[told] == 5 and folds[told].mean() > best:
            best, bar = folds[told].mean(), folds[told].min()
        bars.append(bar)
    for row, n, bar in zip(folds, n_run, bars, strict=True):
        means = [row[: k + 1].mean() for k in range(n)]
        assert all(mean > bar for mean in means[:-1]) or bar == -np.inf
        if n < 5:
            assert means[-1] <= bar


@pytest.mark.parametrize("n_jobs", [2, 5])
def test_what_is_discarded_does_not_depend_on_the_number_of_workers(data, n_jobs):
    alone = search(data)
    with joblib.parallel_config("threading", n_jobs=n_jobs):
        together = search(data)
    assert alone.cv_results_["params"] == together.cv_results_["params"]
    for name in ("n_splits_evaluated", "rank_test_score", "split4_test_score"):
        np.testing.assert_array_equal(alone.cv_results_[name], together.cv_results_[name])


class Recorder(ClassifierMixin, BaseEstimator):
    """Scores its parameter, less a penalty for the fold; counts fits."""

    fits = 0

    def __init__(self, quality=0.0):
        self.quality = quality

    def fit(self, X, y):
        Recorder.fits += 1
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def score(self, X, y):
        return self.quality


def test_discarding_saves_fits_and_keeps_the_winner():
    X, y = np.zeros((20, 1)), np.arange(20) % 2
    found = {}
    for early_discard in (False, True):
        Recorder.fits = 0
        fitted = BayesSearch(
            Recorder(),
            {"quality": list(np.linspace(1, 0, 40))},
            n_iter=40,
            early_discard=early_discard,
            random_state=0,
        ).fit(X, y)
        found[early_discard] = fitted.best_params_, Recorder.fits
    assert found[True][0] == found[False][0]
    assert found[True][1] < 0.4 * found[False][1]


def test_results_have_no_extra_column_without_it(data):
    assert "n_splits_evaluated" not in search(data, early_discard=False, n_iter=3).cv_results_
