"""Histogram gradient boosting, gone on with, is what one fit makes of it."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hpt import EarlyStoppedSearch
from sklearn_hpt.engine import Part
from sklearn_hpt.engine.training._continuing import continuing_trainer
from sklearn_hpt.engine.training._histogram_boosting import (
    HistogramBoosting,
    HistogramStages,
    is_histogram_boosting,
)
from sklearn_hpt.engine.training._warm_start import WarmStart

REGRESSION = make_regression(300, 5, noise=10.0, random_state=0)
BINARY = make_classification(300, random_state=0)
MULTICLASS = make_classification(300, n_classes=3, n_informative=4, random_state=0)
WEIGHT = np.random.default_rng(0).uniform(0.1, 3.0, 300)


def with_categories():
    X, y = REGRESSION
    frame = pd.DataFrame(X.copy(), columns=list("abcde"))
    frame["a"] = pd.Categorical(np.where(frame["a"] > 0, "high", "low"))
    frame.loc[::7, "b"] = np.nan
    return frame, y


CASES = {
    "regression": (HistGradientBoostingRegressor(), REGRESSION, {}),
    "absolute error": (HistGradientBoostingRegressor(loss="absolute_error"), REGRESSION, {}),
    "subsampled features": (HistGradientBoostingRegressor(max_features=0.5), REGRESSION, {}),
    "weighted": (HistGradientBoostingRegressor(), REGRESSION, {"sample_weight": WEIGHT}),
    "categories": (
        HistGradientBoostingRegressor(categorical_features="from_dtype"),
        with_categories(),
        {},
    ),
    "binary": (HistGradientBoostingClassifier(), BINARY, {}),
    "multiclass": (HistGradientBoostingClassifier(), MULTICLASS, {"sample_weight": WEIGHT}),
    "own early stopping": (HistGradientBoostingRegressor(early_stopping=True), REGRESSION, {}),
    "own early stopping by a score": (
        HistGradientBoostingClassifier(early_stopping=True, scoring="accuracy"),
        BINARY,
        {},
    ),
}


@pytest.fixture(params=CASES)
def case(request):
    model, (X, y), params = CASES[request.param]
    return model.set_params(random_state=0), Part(X, y, params)


def fitted(model, data, n):
    new = type(model)(**model.get_params()).set_params(max_iter=n)
    return new.fit(data.X, data.y, **data.params)


def predictions(model, X):
    methods = ("predict", "predict_proba", "decision_function")
    return [getattr(model, name)(X) for name in methods if hasattr(model, name)]


def assert_same_predictions(one, other, X):
    for a, b in zip(predictions(one, X), predictions(other, X), strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("is_sent", [False, True])
def test_training_in_parts_is_one_fit_to_the_last_bit(case, is_sent):
    model, data = case
    model = type(model)(**model.get_params())
    trainer = HistogramBoosting()
    for done, amount in [(0, 4), (4, 5), (5, 20)]:
        if is_sent:  # to a worker process
            trainer, model = pickle.loads(pickle.dumps((trainer, model)))
        trainer.train(model, data, done, amount)
    whole = fitted(model, data, 20)
    assert_same_predictions(model, whole, data.X)
    assert set(vars(model)) == set(vars(whole))


def test_stages_are_shorter_fits(case):
    model, data = case
    model = type(model)(**model.get_params())
    trainer, stages = HistogramBoosting(), None
    for done, amount in [(0, 3), (3, 6)]:
        trainer.train(model, data, done, amount)
        stages = HistogramStages(model, stages)
        for n in range(done + 1, amount + 1):
            assert_same_predictions(stages.at(n), fitted(model, data, n), data.X)
    assert_same_predictions(model, fitted(model, data, 6), data.X)


def test_nothing_that_is_kept_is_pickled():
    model, data = HistGradientBoostingRegressor(max_leaf_nodes=2), Part(*REGRESSION, {})
    trainer = HistogramBoosting()
    before = len(pickle.dumps(trainer))
    trainer.train(model, data, 0, 1)
    trainer.train(model, data, 1, 2)
    assert len(pickle.dumps(trainer)) == before


def test_training_starts_over_on_other_data():
    trainer, (X, y) = HistogramBoosting(), REGRESSION
    trainer.train(HistGradientBoostingRegressor(), Part(X, y, {}), 0, 3)
    other = Part(X[:100], y[:100], {})
    model = trainer.train(HistGradientBoostingRegressor(random_state=0), other, 0, 3)
    assert_same_predictions(
        model, fitted(HistGradientBoostingRegressor(random_state=0), other, 3), X
    )


def test_a_failed_fit_leaves_the_model_its_own_methods():
    model = HistGradientBoostingRegressor(learning_rate=-1.0)
    own = set(vars(model))
    with pytest.raises(ValueError, match="learning_rate"):
        HistogramBoosting().train(model, Part(*REGRESSION, {}), 0, 3)
    assert set(vars(model)) == own


def test_a_scikit_learn_that_names_things_otherwise_is_warm_started():
    class Other(HistGradientBoostingRegressor):
        _bin_data = property()  # as good as missing

    assert is_histogram_boosting(HistGradientBoostingRegressor())
    assert not is_histogram_boosting(Other())
    assert continuing_trainer(Other(), "max_iter") == WarmStart("max_iter", True)


@pytest.mark.parametrize("is_pipeline", [False, True])
@pytest.mark.parametrize("scoring", [None, "refetching"])
def test_a_search_scores_as_cross_validation_of_the_best_amount(is_pipeline, scoring):
    X, y = REGRESSION
    model = HistGradientBoostingRegressor(max_iter=60, random_state=0)
    estimator = make_pipeline(StandardScaler(copy=False), model) if is_pipeline else model
    prefix = "histgradientboostingregressor__" if is_pipeline else ""
    # A scorer that looks at parts of its data, each another object.
    scorer = (
        None
        if scoring is None
        else lambda e, X, y: np.mean([r2_score(y[i::10], e.predict(X[i::10])) for i in range(10)])
    )
    search = EarlyStoppedSearch(
        estimator,
        {f"{prefix}learning_rate": [0.3, 0.6]},
        n_iter=2,
        cv=3,
        scoring=scorer,
        random_state=0,
    ).fit(X.copy(), y)
    best = estimator.set_params(**search.best_params_)
    expected = cross_val_score(best, X, y, cv=3, scoring=scorer).mean()
    assert search.best_score_ == pytest.approx(expected, rel=1e-12)
    assert search.best_params_[f"{prefix}max_iter"] == search.best_resource_


def test_what_is_scored_knows_how_many_rounds_it_has():
    seen = []

    def score(model, X, y):
        seen.append(model.n_iter_)
        return model.score(X, y)

    EarlyStoppedSearch(
        HistGradientBoostingRegressor(max_iter=8, random_state=0),
        {"max_leaf_nodes": [4]},
        n_iter=1,
        cv=[(np.arange(200), np.arange(200, 300))],
        scoring=score,
        refit=False,
    ).fit(*REGRESSION)
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
