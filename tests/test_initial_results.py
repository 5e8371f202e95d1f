"""Results of other searches, read as trials of a space."""

import io
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.svm import SVC

from sklearn_hpt import BayesSearch, EarlyStoppedSearch, Subset, SuccessiveHalvingSearch
from sklearn_hpt.search._initial_results import earlier_trials
from sklearn_hpt.space import Space

X, y = load_iris(return_X_y=True)
GRID = {"C": [0.1, 1.0, 10.0], "kernel": ["rbf", "linear"]}


def results_of(rows, **columns):
    """The results of a search of one metric."""
    return {"params": rows, "mean_test_score": [float(i) for i in range(len(rows))], **columns}


def as_csv(results):
    return pd.read_csv(io.StringIO(pd.DataFrame(results).to_csv(index=False)))


@pytest.fixture(scope="module")
def grid():
    return GridSearchCV(SVC(), GRID, cv=3).fit(X, y)


FORMS = {
    "a fitted search": lambda search: search,
    "its results": lambda search: search.cv_results_,
    "a DataFrame": lambda search: pd.DataFrame(search.cv_results_),
    "a DataFrame of some rows": lambda search: pd.DataFrame(search.cv_results_).iloc[::-1],
    "a polars DataFrame": lambda search: pytest.importorskip("polars").DataFrame(
        {name: list(column) for name, column in search.cv_results_.items()}
    ),
    "a file": lambda search: as_csv(search.cv_results_),
    "a file without params": lambda search: as_csv(search.cv_results_).drop(columns="params"),
    "a file of params only": lambda search: as_csv(search.cv_results_)[
        ["params", "mean_test_score", "mean_fit_time", "mean_score_time"]
    ],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_results_may_come_in_many_forms(grid, form):
    trials = earlier_trials(form(grid), Space(GRID), "score")
    if form is FORMS["a DataFrame of some rows"]:
        trials.reverse()
    results = grid.cv_results_
    assert [trial.params for trial in trials] == results["params"]
    assert {type(value) for trial in trials for value in trial.params.values()} == {float, str}
    assert [trial.score for trial in trials] == pytest.approx(results["mean_test_score"])
    seconds = results["mean_fit_time"] + results["mean_score_time"]
    assert [trial.seconds for trial in trials] == pytest.approx(seconds)
    assert all(trial.metrics == {} for trial in trials)


def through_csv(results):
    return as_csv(results).drop(columns="params", errors="ignore")


def param_columns(rows):
    names = {name for row in rows for name in row}
    return {f"param_{name}": [row.get(name) for row in rows] for name in sorted(names)}


MODELS = [LogisticRegression(), SVC(C=3)]
VALUES = {
    "numbers": ({"a": [1, 2, 3]}, {"a": 2}),
    "one of many types": ({"a": [1, "auto", None]}, {"a": "auto"}),
    "a number among others": ({"a": [1, "auto", None]}, {"a": 1}),
    "None": ({"a": [1, "auto", None]}, {"a": None}),
    "a boolean": ({"a": [True, False]}, {"a": False}),
    "a tuple": ({"a": [(10,), (10, 5)]}, {"a": (10, 5)}),
    "a dict": ({"a": [None, {0: 1, 1: 2}]}, {"a": {0: 1, 1: 2}}),
    "an estimator": ({"a": MODELS}, {"a": MODELS[1]}),
    "a float": ({"a": stats.loguniform(1e-3, 1e3)}, {"a": 0.1234567890123}),
    "an integer": ({"a": (1, 10**6)}, {"a": 77_777}),
    "a long float among choices": ({"a": [1 / 3, 2 / 3]}, {"a": 2 / 3}),
    "a mask": ({"a": Subset(4)}, {"a": (True, False, True, True)}),
    "a text like a number": ({"a": ["1", "2"]}, {"a": "2"}),
}


@pytest.mark.parametrize(("given", "params"), VALUES.values(), ids=VALUES.keys())
@pytest.mark.parametrize("read", [lambda results: results, pd.DataFrame, as_csv, through_csv])
def test_values_are_read_as_the_space_has_them(given, params, read):
    space = Space(given)
    results = {
        **results_of([params, params]),
        **param_columns([params, params]),
        "mean_test_score": [0.5, 0.7],
    }
    (trial,) = earlier_trials(read(results), space, "score")
    assert trial.params == (params if type(params["a"]) is not float else pytest.approx(params))
    assert type(trial.params["a"]) is type(params["a"])
    assert trial.score == 0.5
    assert space.key_of(trial.params)


def test_dicts_of_a_list_have_their_own_parameters():
    space = Space(
        [{"kernel": ["linear"], "C": [1, 2]}, {"kernel": ["rbf"], "C": [1, 2], "gamma": (0.0, 1.0)}]
    )
    search = RandomizedSearchCV(
        SVC(),
        [{"kernel": ["linear"], "C": [1, 2]}, {"kernel": ["rbf"], "C": [1], "gamma": [0.5]}],
        n_iter=3,
        random_state=0,
    ).fit(X, y)
    for results in (search, pd.DataFrame(search.cv_results_), through_csv(search.cv_results_)):
        trials = earlier_trials(results, space, "score")
        assert [trial.params for trial in trials] == search.cv_results_["params"]


def test_what_lies_outside_is_left_out_with_one_warning():
    rows = [
        {"C": 1.0},
        {"C": 1000.0},
        {"C": "1"},
        {"C": None},
        {"C": 2.0, "gamma": 1.0},
        {},
        {"gamma": 1.0},
        {"C": 0.0},
        {"C": 2.0},
    ]
    space = Space({"C": stats.loguniform(1e-2, 1e2)}, constraint=lambda p: p["C"] < 2)
    with pytest.warns(UserWarning, match=r"^7 of the results .*{'C': 1000.0}") as warned:
        trials = earlier_trials(results_of(rows), space, "score")
    assert len(warned) == 1
    assert [(trial.params, trial.score) for trial in trials] == [({"C": 1.0}, 0.0)]


def test_a_failed_trial_has_no_score():
    results = results_of([{"a": 1}, {"a": 2}, {"a": 3}])
    results["mean_test_score"] = [np.nan, 0.5, -np.inf]
    trials = earlier_trials(results, Space({"a": [1, 2, 3]}), "score")
    assert [trial.score for trial in trials] == [None, 0.5, None]
    assert all(math.isnan(trial.seconds) for trial in trials)


def test_a_configuration_counts_once():
    results = results_of([{"a": 1}, {"a": 1.0}, {"a": np.int64(1)}, {"a": 2}])
    trials = earlier_trials(results, Space({"a": (1, 3)}), "score")
    assert [(trial.params, trial.score) for trial in trials] == [({"a": 1}, 0.0), ({"a": 2}, 3.0)]


def test_several_metrics_are_all_told():
    search = GridSearchCV(SVC(), GRID, scoring=["accuracy", "f1_macro"], refit="f1_macro").fit(X, y)
    results = search.cv_results_
    for metrics in ((), ("f1_macro",)):
        trials = earlier_trials(search, Space(GRID), "f1_macro", metrics)
        assert [trial.score for trial in trials] == results["mean_test_f1_macro"].tolist()
        names = list(metrics) or ["accuracy", "f1_macro"]
        assert [list(trial.metrics) for trial in trials] == [names] * 6
        assert [trial.metrics["f1_macro"] for trial in trials] == [trial.score for trial in trials]


def test_of_halving_the_last_rung_counts():
    search = SuccessiveHalvingSearch(
        SGDClassifier(random_state=0),
        {"alpha": stats.loguniform(1e-5, 1)},
        resource="epochs",
        max_resources=9,
        random_state=0,
    )
    results = search.fit(X, y).cv_results_
    trials = earlier_trials(search, Space({"alpha": (1e-5, 1.0, "log-uniform")}), "score")
    is_last = results["n_resources"] == 9
    assert [trial.score for trial in trials] == results["mean_test_score"][is_last].tolist()


def test_the_resource_is_no_parameter():
    rows = [{"alpha": 0.1, "max_iter": 3}, {"alpha": 0.2, "max_iter": 9}]
    space = Space({"alpha": (0.0, 1.0)})
    halving = results_of(rows, n_resources=[3, 9])
    assert [t.params for t in earlier_trials(halving, space, "score")] == [{"alpha": 0.2}]
    stopped = results_of(rows, n_resources=[9, 9], best_resource=[3, 9])
    assert [t.params for t in earlier_trials(stopped, space, "score")] == [
        {"alpha": 0.1},
        {"alpha": 0.2},
    ]


def test_our_own_searches_are_read():
    space = {"alpha": stats.loguniform(1e-5, 1), "penalty": ["l1", "l2"]}
    searches = [
        BayesSearch(SGDClassifier(random_state=0), space, n_iter=6, random_state=0),
        EarlyStoppedSearch(SGDClassifier(random_state=0), space, n_iter=6, random_state=0),
    ]
    for search in searches:
        params = search.fit(X, y).cv_results_["params"]
        for results in (search, through_csv(search.cv_results_)):
            trials = earlier_trials(results, Space(space), "score")
            assert [t.params["penalty"] for t in trials] == [p["penalty"] for p in params]
            assert [t.params["alpha"] for t in trials] == pytest.approx(
                [p["alpha"] for p in params]
            )


@pytest.mark.parametrize(
    ("results", "metric", "error", "message"),
    [
        (3, "score", TypeError, "initial_results is of type int"),
        (None, "score", TypeError, "initial_results"),
        ([{"a": 1}], "score", TypeError, "initial_results"),
        (GridSearchCV(SVC(), GRID), "score", ValueError, r"initial_results.*not fitted"),
        ({}, "score", ValueError, "no 'mean_test_score'"),
        (results_of([{"a": 1}]), "roc_auc", ValueError, r"'mean_test_roc_auc'.*mean_test_score"),
        ({"mean_test_score": [1.0]}, "score", ValueError, "neither 'params' nor"),
        ({"params": [{}], "mean_test_score": []}, "score", ValueError, "one length"),
    ],
)
def test_what_holds_no_results_is_an_error(results, metric, error, message):
    with pytest.raises(error, match=message):
        earlier_trials(results, Space({"a": [1, 2]}), metric)


def test_no_results_are_none():
    assert earlier_trials(results_of([]), Space({"a": [1, 2]}), "score") == []
