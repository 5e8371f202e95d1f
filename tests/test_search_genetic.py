"""GeneticSearch: its history of the population, and its Pareto front."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

from sklearn_hpt import GeneticSearch

SVC_SPACE = {"C": stats.loguniform(1e-2, 1e3), "gamma": stats.loguniform(1e-4, 1e1)}


@pytest.mark.parametrize("strategy", ["steady-state", "generational", "cma"])
def test_the_population_history_tells_who_bred_whom(strategy):
    X, y = load_iris(return_X_y=True)
    search = GeneticSearch(
        SVC(random_state=0),
        SVC_SPACE,
        n_iter=30,
        cv=2,
        strategy=strategy,
        population_size=5,
        random_state=0,
    ).fit(X, y)
    history = search.population_history_
    assert isinstance(history, pd.DataFrame)
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(history["trial"], np.arange(30))
    np.testing.assert_array_equal(history["score"], scores)
    assert history["generation"].is_monotonic_increasing
    assert all(
        parent < trial
        for trial, bred in zip(history["trial"], history["parents"], strict=True)
        for parent in bred
    )
    if strategy != "cma":
        assert any(len(parents) == 2 for parents in history["parents"])
    if strategy == "steady-state":
        np.testing.assert_array_equal(history["best"], np.maximum.accumulate(scores))
    assert (history["mean"] <= history["best"] + 1e-12).all()
    assert (history["diversity"] >= 0).all()


def test_a_space_that_is_gone_through_has_no_population():
    X, y = load_iris(return_X_y=True)
    search = GeneticSearch(SVC(), {"C": [0.1, 1, 10]}, n_iter=5, cv=2).fit(X, y)
    assert len(search.population_history_) == 0
    assert "parents" in search.population_history_


def test_four_threads_find_what_one_after_another_finds():
    X, y = load_iris(return_X_y=True)

    def run(seed):
        search = GeneticSearch(SVC(random_state=0), SVC_SPACE, n_iter=25, cv=2, random_state=seed)
        return search.fit(X, y).cv_results_["params"]

    random.seed(3)
    np.random.seed(3)  # noqa: NPY002  to see that it is left alone
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    alone = [run(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == alone
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


class Bow(BaseEstimator):
    """Two scores that cannot be the largest together."""

    def __init__(self, x=0.0, y=0.0, kind="a"):
        self.x, self.y, self.kind = x, y, kind

    def fit(self, X, y=None):
        if self.kind == "broken":
            raise ValueError("broken")
        return self


def bow_scores(estimator, X, y=None):
    away = (estimator.y - 0.3) ** 2 + 0.2 * (estimator.kind == "b")
    return {"left": -(estimator.x**2) - away, "right": -((estimator.x - 1) ** 2) - away}


BOW = {"x": (0.0, 1.0), "y": (-2.0, 2.0), "kind": ["a", "b"]}
X = np.zeros((6, 1))


def bow_search(space=None, **options):
    options = {"scoring": bow_scores, "refit": False, "cv": 2, "random_state": 0} | options
    return GeneticSearch(Bow(), BOW if space is None else space, **options)


def means(search):
    return np.column_stack([search.cv_results_[f"mean_test_{name}"] for name in ("left", "right")])


def by_definition(values, is_eligible):
    return [
        i
        for i in np.flatnonzero(is_eligible)
        if not any(
            (values[j] >= values[i]).all() and (values[j] > values[i]).any()
            for j in np.flatnonzero(is_eligible)
        )
    ]


@pytest.mark.parametrize(
    "refit", [False, lambda results: int(np.argmax(results["mean_test_left"]))]
)
def test_the_pareto_front_holds_the_rows_that_no_other_dominates(refit):
    search = bow_search(n_iter=40, refit=refit).fit(X)
    front = search.pareto_front_
    assert front.dtype.kind == "i"
    assert front.tolist() == by_definition(means(search), np.ones(40, bool))
    assert 1 < len(front) < 40
    with parallel_config("threading", n_jobs=2):
        again = bow_search(n_iter=40, refit=refit).fit(X)
    assert again.pareto_front_.tolist() == front.tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("error_score", [np.nan, 7.0])
def test_failed_rows_are_in_no_front_and_breed_no_children(error_score):
    space = {**BOW, "kind": ["broken", "a", "b"]}
    search = bow_search(space, n_iter=60, error_score=error_score).fit(X)
    has_failed = search.cv_results_["param_kind"] == "broken"
    assert has_failed.any()
    assert search.pareto_front_.tolist() == by_definition(means(search), ~has_failed)
    history = search.population_history_
    assert history["score"].isna().tolist() == has_failed[history["trial"]].tolist()
    bred = [parent for parents in history["parents"][30:] for parent in parents]
    assert not has_failed[bred].any()


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_trial_with_one_metric_that_is_nan_has_failed():
    def scores(estimator, X, y=None):
        both = bow_scores(estimator, X)
        return both | ({"right": np.nan} if estimator.kind == "b" else {})

    search = bow_search(n_iter=40, scoring=scores).fit(X)
    is_nan = search.cv_results_["param_kind"] == "b"
    assert is_nan.any()
    assert search.pareto_front_.tolist() == by_definition(means(search), ~is_nan)


def test_discarded_rows_are_in_no_front():
    search = bow_search(n_iter=40, cv=3, early_discard=True).fit(X)
    is_whole = search.cv_results_["n_splits_evaluated"] == 3
    assert not is_whole.all()
    assert search.pareto_front_.tolist() == by_definition(means(search), is_whole)


def test_a_space_that_is_gone_through_has_a_front():
    search = bow_search({"x": [0.0, 0.5, 1.0], "y": [0.3, 1.0]}, n_iter=10).fit(X)
    front = [search.cv_results_["params"][row] for row in search.pareto_front_]
    assert [params["y"] for params in front] == [0.3] * 3


@pytest.mark.parametrize("scoring", [lambda e, X, y=None: 1.0, ["r2"], {"only": "r2"}])
def test_one_metric_has_no_front(scoring):
    X, y = np.random.default_rng(0).random((20, 1)), np.arange(20.0)
    search = GeneticSearch(
        Ridge(), {"alpha": (0.1, 1.0)}, n_iter=25, scoring=scoring, refit=False, cv=2
    ).fit(X, y)
    assert not hasattr(search, "pareto_front_")


def test_early_discard_is_refused_where_all_metrics_count():
    X, y = load_iris(return_X_y=True)
    search = GeneticSearch(
        SVC(), SVC_SPACE, scoring=["accuracy", "f1_macro"], refit=False, early_discard=True
    )
    with pytest.raises(ValueError, match=r"early_discard=True.*refit=False"):
        search.fit(X, y)
