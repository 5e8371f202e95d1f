"""EarlyStoppedSearch: what is its own beyond the contracts of searchers."""

import pickle
import warnings
from collections import Counter
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_iris, make_classification, make_regression
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.metrics import get_scorer
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sklearn_hpt import EarlyStoppedSearch

X, y = make_classification(120, 6, n_informative=4, flip_y=0.1, random_state=0)
X_regression, y_regression = make_regression(120, 5, noise=10.0, random_state=0)
ALPHA = {"alpha": loguniform(1e-6, 1e0)}
RATE = {"learning_rate": loguniform(1e-2, 1e0)}


def search(estimator, space, **options):
    return EarlyStoppedSearch(
        estimator, space, **{"n_iter": 3, "cv": 3, "random_state": 0, **options}
    )


class Scripted(ClassifierMixin, BaseEstimator):
    """Scores what a function says of the parameter and the number of epochs."""

    calls: ClassVar[Counter] = Counter()
    curve: ClassVar = staticmethod(lambda a, n: 0.0)

    def __init__(self, a=0.0):
        self.a = a

    def fit(self, X, y):
        raise AssertionError("trained by partial_fit alone")

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        if not hasattr(self, "n_epochs_"):
            assert classes is not None
            self.classes_, self.n_epochs_, self.n_samples_ = classes, 0, len(X)
        assert len(X) == self.n_samples_
        self.n_epochs_ += 1
        self.weight_ = sample_weight
        type(self).calls["epochs"] += 1
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        score = type(self).curve(self.a, self.n_epochs_)
        if score is None:
            raise ValueError("diverged")
        return score


def scripted(curve):
    class Own(Scripted):
        pass

    Own.calls, Own.curve = Counter(), staticmethod(curve)
    return Own()


def test_the_best_step_of_the_mean_curve_is_found_and_refitted_exactly():
    estimator = scripted(lambda a, n: -((n - 10 * a) ** 2))
    found = search(estimator, {"a": [1, 2, 3]}, max_resources=100, pruning=None).fit(X, y)
    assert found.cv_results_["best_resource"].tolist() == [10, 20, 30]
    assert found.cv_results_["n_resources"].tolist() == [15, 25, 35]
    assert found.cv_results_["stopped"].tolist() == ["plateau"] * 3
    assert found.cv_results_["mean_test_score"].tolist() == [0, 0, 0]
    assert found.best_resource_ == 10 * found.best_params_["a"]
    assert found.best_estimator_.n_epochs_ == found.best_resource_
    assert type(found.best_resource_) is int
    assert estimator.calls["epochs"] == 3 * (15 + 25 + 35) + found.best_resource_


def test_a_score_that_never_changes_stops_after_n_iter_no_change_steps():
    found = search(
        scripted(lambda a, n: 0.5), {"a": [1, 2]}, n_iter_no_change=4, max_resources=50
    ).fit(X, y)
    # The first score is one to improve on.
    assert found.cv_results_["n_resources"].tolist() == [5, 5]
    assert found.cv_results_["best_resource"].tolist() == [1, 1]


@pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
@pytest.mark.parametrize("error_score", [np.nan])
def test_what_diverges_is_stopped_and_keeps_its_best_finite_step(error_score):
    estimator = scripted(lambda a, n: None if n > 3 * a else n / 10)
    found = search(estimator, {"a": [1, 2]}, error_score=error_score, max_resources=50).fit(X, y)
    assert found.cv_results_["stopped"].tolist() == ["diverged"] * 2
    assert found.cv_results_["best_resource"].tolist() == [3, 6]
    np.testing.assert_allclose(found.cv_results_["mean_test_score"], [0.3, 0.6])
    curves = found.learning_curves_
    after = curves[(curves["trial"] == 0) & (curves["resource"] > 3)]
    assert len(after)
    assert after["test_score"].isna().all()


class FailsLate(Scripted):
    """Its training fails in the fourth epoch."""

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        super().partial_fit(X, y, classes, sample_weight)
        if self.a == 1 and self.n_epochs_ == 4:
            raise ValueError("overflow")
        return self

    def score(self, X, y):
        return self.n_epochs_ / 10


@pytest.mark.parametrize("error_score", [np.nan, 0.0, 7.0])
def test_training_that_fails_late_scores_error_score_from_then_on(error_score):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = search(FailsLate(), {"a": [1]}, error_score=error_score, max_resources=30).fit(X, y)
    assert found.cv_results_["stopped"].tolist() == ["diverged"]
    assert found.cv_results_["mean_test_score"].tolist() == [pytest.approx(0.3)]
    curve = found.learning_curves_.query("split == 0")["test_score"].to_numpy()
    np.testing.assert_array_equal(curve[:3], [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(curve[3:], error_score)


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
def test_failing_at_once_is_a_failed_trial_and_raised_if_asked_for():
    class Fails(Scripted):
        def partial_fit(self, X, y, classes=None, sample_weight=None):
            if self.a == 1:
                raise ValueError("told to fail")
            return super().partial_fit(X, y, classes, sample_weight)

    with pytest.warns(FitFailedWarning, match="told to fail"):
        found = search(Fails(), {"a": [1, 2]}, max_resources=8, refit=False).fit(X, y)
    assert np.isnan(found.cv_results_["mean_test_score"][0])
    assert found.best_index_ == 1
    with pytest.raises(ValueError, match="told to fail"):
        search(Fails(), {"a": [1, 2]}, max_resources=8, error_score="raise").fit(X, y)


def test_losing_candidates_are_pruned_and_never_the_best():
    estimator = scripted(lambda a, n: a + n / 1000)
    space = {"a": [float(a) for a in range(12)]}
    found = search(estimator, space, n_iter=12, max_resources=40).fit(X, y)
    stopped = found.cv_results_["stopped"]
    assert "exhausted" in stopped
    assert (found.cv_results_["n_resources"][stopped == "pruned"] < 40).all()
    assert found.best_params_ == {"a": 11.0}

    def losing(curve, ended):
        return curve[0] < 11

    found = search(estimator, space, n_iter=12, max_resources=40, pruning=losing).fit(X, y)
    assert Counter(found.cv_results_["stopped"]) == {"pruned": 11, "exhausted": 1}


def test_learning_curves_have_a_row_a_score():
    found = search(
        SGDClassifier(random_state=0),
        ALPHA,
        max_resources=12,
        return_train_score=True,
        scoring=["accuracy", "roc_auc"],
        refit="roc_auc",
    ).fit(X, y)
    curves = found.learning_curves_
    assert isinstance(curves, pd.DataFrame)
    metrics = ["test_accuracy", "test_roc_auc", "train_accuracy", "train_roc_auc"]
    assert list(curves.columns) == ["trial", "resource", "split", *metrics, "time"]
    assert len(curves) == 3 * found.cv_results_["n_resources"].sum()
    for trial, rows in curves.groupby("trial"):
        amounts = rows["resource"].unique().tolist()
        assert amounts == list(range(1, found.cv_results_["n_resources"][trial] + 1))
        means = rows.groupby("resource")["test_roc_auc"].mean()
        assert means.max() == pytest.approx(found.cv_results_["mean_test_roc_auc"][trial])
        assert means.idxmax() == found.cv_results_["best_resource"][trial]
        for _, fold in rows.groupby("split"):
            assert fold["time"].is_monotonic_increasing


TRAINED_IN_STEPS = {
    "sgd classifier": (SGDClassifier(random_state=0), ALPHA, "epochs"),
    "sgd regressor": (SGDRegressor(random_state=0), ALPHA, "epochs"),
    "mlp classifier": (MLPClassifier((5,), random_state=0), {"alpha": [0.1, 1.0]}, "epochs"),
    "mlp regressor": (
        MLPRegressor(hidden_layer_sizes=(5,), random_state=0),
        {"alpha": [0.1, 1.0]},
        "epochs",
    ),
    "mlp without partial_fit": (
        MLPClassifier((5,), solver="lbfgs", random_state=0),
        {"alpha": [0.1, 1.0]},
        "max_iter",
    ),
    "logistic regression": (LogisticRegression(), {"C": [0.1, 1.0]}, "max_iter"),
    "gradient boosting": (GradientBoostingClassifier(random_state=0), RATE, "n_estimators"),
    "histogram boosting": (HistGradientBoostingRegressor(random_state=0), RATE, "max_iter"),
    "forest": (RandomForestRegressor(random_state=0), {"max_depth": [2, 4]}, "n_estimators"),
    "naive bayes": (GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, "epochs"),
}


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning", "ignore:lbfgs failed:UserWarning"
)
@pytest.mark.parametrize(
    ("estimator", "space", "resource"), TRAINED_IN_STEPS.values(), ids=TRAINED_IN_STEPS.keys()
)
def test_auto_finds_what_an_estimator_is_trained_by(estimator, space, resource):
    data = (
        (X, y)
        if hasattr(estimator, "predict_proba") or "Classifier" in str(estimator)
        else (
            X_regression,
            y_regression,
        )
    )
    found = search(estimator, space, n_iter=2, max_resources=8).fit(*data)
    assert (f"param_{resource}" in found.cv_results_) == (resource != "epochs")
    if resource != "epochs":
        assert found.best_params_[resource] == found.best_resource_
        assert getattr(found.best_estimator_, resource) == found.best_resource_
    piped = search(
        make_pipeline(StandardScaler(), estimator),
        {f"{type(estimator).__name__.lower()}__{name}": v for name, v in space.items()},
        n_iter=2,
        max_resources=8,
    ).fit(*data)
    assert piped.best_resource_ >= 1


def test_unsupervised_estimators_are_trained_in_steps():
    found = search(MiniBatchKMeans(random_state=0), {"n_clusters": [2, 3]}, max_resources=6).fit(X)
    assert found.best_resource_ >= 1
    assert found.predict(X).shape == (len(X),)


@pytest.mark.parametrize(
    ("estimator", "resource"),
    [
        (GradientBoostingClassifier(random_state=0, subsample=0.5), "n_estimators"),
        (HistGradientBoostingClassifier(random_state=0, max_features=0.5), "max_iter"),
        (ExtraTreesClassifier(random_state=0), "n_estimators"),
    ],
)
def test_curves_are_those_of_training_in_full_at_each_amount(estimator, resource):
    space = {"max_depth": [2, 3]}
    found = search(estimator, space, n_iter=2, max_resources=9, n_iter_no_change=9).fit(X, y)
    curves = found.learning_curves_
    for trial, params in enumerate(found.cv_results_["params"]):
        own = curves[curves["trial"] == trial].groupby("resource")["test_score"]
        for amount in (1, 4, 9):
            whole = clone(estimator).set_params(**{**params, resource: amount})
            np.testing.assert_allclose(own.get_group(amount), cross_val_score(whole, X, y, cv=3))


@pytest.mark.parametrize("module", ["lightgbm", "xgboost"])
def test_boosters_of_others_go_on_from_their_booster(module):
    library = pytest.importorskip(module)
    cls = getattr(library, "LGBMClassifier" if module == "lightgbm" else "XGBClassifier")
    quiet = {"verbose": -1} if module == "lightgbm" else {}
    estimator = cls(n_estimators=12, max_depth=2, random_state=0, n_jobs=1, **quiet)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs are their own affair
        found = search(estimator, RATE, n_iter=2, n_iter_no_change=12).fit(X, y)
        for trial, params in enumerate(found.cv_results_["params"]):
            whole = clone(estimator).set_params(**{**params, "n_estimators": 12})
            curve = found.learning_curves_[found.learning_curves_["trial"] == trial]
            own = curve.groupby("resource")["test_score"].get_group(12)
            np.testing.assert_allclose(own, cross_val_score(whole, X, y, cv=3), atol=0.03)
    assert found.best_estimator_.n_estimators == found.best_resource_


def test_epochs_are_those_of_a_loop_over_partial_fit():
    found = search(SGDClassifier(random_state=0), ALPHA, max_resources=6, n_iter_no_change=6).fit(
        X, y
    )
    for trial, params in enumerate(found.cv_results_["params"]):
        model = SGDClassifier(random_state=0, **params)
        for _ in range(6):
            model.partial_fit(X, y, classes=[0, 1])
        if trial == found.best_index_ and found.best_resource_ == 6:
            np.testing.assert_array_equal(model.coef_, found.best_estimator_.coef_)


def test_learning_rates_of_a_network_are_those_of_the_candidate():
    """`set_params` does not reach the optimiser of a network after its first `partial_fit`."""
    space = {"learning_rate_init": [1e-4, 1e-1]}
    found = search(MLPClassifier((5,), random_state=0), space, n_iter=2, max_resources=8).fit(X, y)
    first = found.learning_curves_.query("resource == 5").groupby("trial")["test_score"].mean()
    assert first[0] != first[1]


def test_what_cannot_go_on_is_trained_anew_at_amounts_that_double():
    found = search(
        AdaBoostClassifier(random_state=0), RATE, resource="n_estimators", max_resources=12
    ).fit(X, y)
    assert found.learning_curves_["resource"].unique().tolist() == [1, 2, 4, 8, 12]


def test_samples_are_a_resource_too():
    found = search(SVC(), {"C": [1, 10]}, resource="n_samples", step=30).fit(X, y)
    assert found.learning_curves_["resource"].unique().tolist() == [30, 60, 120]
    assert "param_n_samples" not in found.cv_results_


def test_step_is_the_resource_between_two_scores():
    found = search(SGDClassifier(random_state=0), ALPHA, step=4, max_resources=10).fit(X, y)
    assert set(found.learning_curves_["resource"]) <= {4, 8, 10}
    assert found.cv_results_["best_resource"].tolist() == [
        amount for amount in found.cv_results_["best_resource"] if amount in {4, 8, 10}
    ]


@pytest.mark.parametrize(
    ("estimator", "options", "expected"),
    [
        (MLPClassifier(max_iter=7), {}, 7),
        (GaussianNB(), {}, 100),
        (GradientBoostingClassifier(n_estimators=6), {}, 6),
        (make_pipeline(StandardScaler(), SGDClassifier(max_iter=9)), {}, 9),
        (SVC(), {"resource": "n_samples"}, len(X)),
    ],
)
def test_max_resources_is_the_estimators_own_by_default(estimator, options, expected):
    found = search(estimator, {}, **options)
    assert found._most(len(X)) == expected


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        (SVC(), {}, "resource='auto' found nothing to train SVC by"),
        (SVC(), {"resource": "epochs"}, "it has no partial_fit"),
        (SVC(), {"resource": "n_trees"}, "resource=n_trees"),
        (SVC(), {"resource": "C", "max_resources": 3}, "resource since it is part of"),
        (SVC(), {"resource": "n_samples", "max_resources": 1000}, "n_samples=120"),
        (SVC(max_iter=-1), {"resource": "max_iter"}, "max_resources='auto'.*max_iter.*-1"),
    ],
)
def test_a_resource_that_will_not_do_is_reported_before_any_fit(estimator, options, message):
    with pytest.raises(ValueError, match=message):
        search(estimator, {"C": [1, 10]}, **options).fit(X, y)


class CountingScaler(TransformerMixin, BaseEstimator):
    fits: ClassVar[list] = []

    def fit(self, X, y=None):
        self.fits.append(len(X))
        return self

    def transform(self, X):
        return X


def test_transformers_of_a_pipeline_are_fitted_once_a_fold_on_its_training_part():
    CountingScaler.fits.clear()
    pipeline = Pipeline([("scale", CountingScaler()), ("model", SGDClassifier(random_state=0))])
    found = search(pipeline, {"model__alpha": [1e-4, 1e-2]}, max_resources=20, refit=False)
    found.fit(X, y)
    assert CountingScaler.fits == [80] * (2 * 3)


def test_validation_parts_decide_when_to_stop_and_the_folds_only_rank():
    found = search(
        SGDClassifier(random_state=0), ALPHA, max_resources=15, validation_fraction=0.25
    ).fit(X, y)
    curves = found.learning_curves_
    assert {"test_score", "validation_score"} <= set(curves.columns)
    for trial, rows in curves.groupby("trial"):
        means = rows.groupby("resource")[["test_score", "validation_score"]].mean()
        best = found.cv_results_["best_resource"][trial]
        assert means["validation_score"].idxmax() == best
        assert found.cv_results_["mean_test_score"][trial] == pytest.approx(
            means["test_score"][best]
        )


def test_nothing_of_a_folds_test_part_is_trained_on():
    seen = []

    class Spy(Scripted):
        def partial_fit(self, X, y, classes=None, sample_weight=None):
            seen.append(set(X[:, 0]))
            return super().partial_fit(X, y, classes, sample_weight)

        def score(self, X, y):
            assert not seen[-1] & set(X[:, 0])
            return 0.5

    numbered = np.arange(60.0).reshape(-1, 1)
    target = np.tile([0, 1], 30)
    found = search(Spy(), {"a": [1, 2]}, max_resources=9, validation_fraction=0.2, refit=False)
    found.fit(numbered, target)
    assert {len(rows) for rows in seen} == {32}


def test_sample_weights_and_groups():
    groups = np.repeat(np.arange(12), 10)
    weight = np.linspace(0.0, 1.0, len(X))
    found = search(SGDClassifier(random_state=0), ALPHA, max_resources=6, cv=GroupKFold(3))
    weighted = found.fit(X, y, groups=groups, sample_weight=weight).cv_results_
    plain = clone(found).fit(X, y, groups=groups).cv_results_
    assert not np.array_equal(weighted["mean_test_score"], plain["mean_test_score"])


def test_metadata_is_routed_into_partial_fit():
    weight = np.ones(len(X))
    with config_context(enable_metadata_routing=True):
        asking = scripted(lambda a, n: 0.5).set_partial_fit_request(sample_weight=True)
        found = search(asking, {"a": [1, 2]}, max_resources=4).fit(X, y, sample_weight=weight)
        np.testing.assert_array_equal(found.best_estimator_.weight_, weight)
        unasking = scripted(lambda a, n: 0.5).set_partial_fit_request(sample_weight=False)
        found = search(unasking, {"a": [1, 2]}, max_resources=4)
        with pytest.raises(TypeError, match="sample_weight"):
            found.fit(X, y, sample_weight=weight)


def test_metadata_is_routed_to_the_last_step_of_a_pipeline():
    weight = np.linspace(0.1, 1.0, len(X))
    with config_context(enable_metadata_routing=True):
        model = SGDClassifier(random_state=0).set_fit_request(sample_weight=True)
        scoring = get_scorer("accuracy").set_score_request(sample_weight=False)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("scale", scaler), ("model", model)])
        found = search(
            pipeline,
            {"model__alpha": [1e-3, 1e-1]},
            max_resources=5,
            scoring=scoring,
        )
        found.fit(X, y, sample_weight=weight)
    expected = SGDClassifier(random_state=0, alpha=found.best_params_["model__alpha"])
    scaled = StandardScaler().fit_transform(X)
    for _ in range(found.best_resource_):
        expected.partial_fit(scaled, y, classes=[0, 1], sample_weight=weight)
    np.testing.assert_allclose(found.best_estimator_[-1].coef_, expected.coef_)


@pytest.mark.parametrize("sampler", ["random", "bayes", "genetic"])
@pytest.mark.parametrize(("backend", "n_jobs"), [("threading", 3), ("loky", 2)])
def test_the_search_is_the_same_for_any_number_of_workers(sampler, backend, n_jobs):
    import joblib

    def fitted():
        return search(SGDClassifier(random_state=0), ALPHA, n_iter=8, sampler=sampler).fit(X, y)

    alone = fitted()
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        together = fitted()
    assert alone.cv_results_["params"] == together.cv_results_["params"]
    columns = ["trial", "resource", "split", "test_score"]
    pd.testing.assert_frame_equal(
        alone.learning_curves_[columns], together.learning_curves_[columns]
    )


def test_a_fitted_search_is_pickled_with_its_curves():
    found = search(SGDClassifier(random_state=0), ALPHA, max_resources=6).fit(X, y)
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.learning_curves_, found.learning_curves_)
    np.testing.assert_array_equal(again.predict(X), found.predict(X))


def test_estimators_that_choose_between_models_are_each_trained_their_own_way():
    pipeline = Pipeline([("scale", StandardScaler()), ("model", GradientBoostingClassifier())])
    models = [GradientBoostingClassifier(random_state=0), ExtraTreesClassifier(random_state=0)]
    found = search(
        pipeline, {"model": models}, resource="model__n_estimators", max_resources=8
    ).fit(*load_iris(return_X_y=True))
    assert {type(params["model"]) for params in found.cv_results_["params"]} == {
        GradientBoostingClassifier,
        ExtraTreesClassifier,
    }


def test_what_was_learned_before_a_time_limit_is_kept():
    import time

    class Slow(Scripted):
        def partial_fit(self, X, y, classes=None, sample_weight=None):
            time.sleep(0.02)
            return super().partial_fit(X, y, classes, sample_weight)

        def score(self, X, y):
            return self.n_epochs_ / 1000

    found = search(Slow(), {"a": (0.0, 1.0)}, n_iter=100, max_resources=1000, timeout=1.0)
    found.fit(X, y)
    assert "interrupted" in found.cv_results_["stopped"]
    assert len(found.cv_results_["params"]) < 100
    assert found.best_resource_ >= 1


def test_a_search_over_parameters_of_a_regressor_gives_numbers_a_user_can_read():
    found = search(GradientBoostingRegressor(random_state=0, n_estimators=20), RATE, n_iter=4).fit(
        X_regression, y_regression
    )
    results = pd.DataFrame(found.cv_results_)
    assert (results["best_resource"] <= results["n_resources"]).all()
    assert (results["param_n_estimators"] == results["best_resource"]).all()
    assert (results["mean_fit_time"] > 0).all()


@pytest.mark.parametrize("module", ["sklearn", "lightgbm", "xgboost"])
@pytest.mark.parametrize(
    "scoring", ["accuracy", "roc_auc", "neg_log_loss", ["accuracy", "roc_auc"]]
)
def test_every_round_of_boosting_is_scored_by_any_scorer(module, scoring):
    if module == "sklearn":
        estimator = GradientBoostingClassifier(n_estimators=8, random_state=0)
    else:
        library = pytest.importorskip(module)
        cls = getattr(library, "LGBMClassifier" if module == "lightgbm" else "XGBClassifier")
        quiet = {"verbose": -1} if module == "lightgbm" else {}
        estimator = cls(n_estimators=8, random_state=0, n_jobs=1, **quiet)
    with warnings.catch_warnings():
        if module != "sklearn":
            warnings.simplefilter("ignore")  # theirs are their own affair
        refit = "roc_auc" if isinstance(scoring, list) else True
        found = search(estimator, RATE, n_iter=2, scoring=scoring, refit=refit).fit(X, y)
        best = clone(estimator).set_params(**found.best_params_)
        name = "roc_auc" if isinstance(scoring, list) else scoring
        expected = cross_val_score(best, X, y, cv=3, scoring=name).mean()
    assert found.best_score_ == pytest.approx(expected, abs=0 if module == "sklearn" else 0.03)
    scores = found.learning_curves_.filter(like="test_")
    assert np.isfinite(scores.to_numpy()).all()


def test_regressors_of_many_rounds_are_scored_by_name():
    found = search(
        GradientBoostingRegressor(n_estimators=8, random_state=0), RATE, n_iter=2, scoring="r2"
    ).fit(X_regression, y_regression)
    assert np.isfinite(found.learning_curves_["test_score"]).all()


def test_several_binary_targets():
    both = np.column_stack([y, 1 - y])
    found = search(
        MultiOutputClassifier(SGDClassifier(random_state=0)),
        {"estimator__alpha": [1e-4, 1e-2]},
        n_iter=2,
        max_resources=5,
    ).fit(X, both)
    assert found.predict(X).shape == both.shape


def test_a_solver_that_ignores_warm_start_is_trained_anew():
    found = search(
        LogisticRegression(solver="liblinear", max_iter=16, tol=1e-12),
        {"C": [0.1, 1.0]},
        n_iter=2,
        resource="max_iter",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found.fit(X, y)
    assert found.learning_curves_["resource"].max() <= 16
    assert set(found.learning_curves_["resource"]) <= {1, 2, 4, 8, 16}


def test_samples_begin_with_enough_for_all_classes():
    found = search(LogisticRegression(), {"C": [0.1, 1.0]}, n_iter=2, resource="n_samples")
    found.fit(X, y)
    assert found.learning_curves_["resource"].min() == 2 * 3 * 2
    assert np.isfinite(found.best_score_)


def test_losers_are_pruned_in_a_space_that_is_gone_through_as_well():
    estimator = scripted(lambda a, n: a + n / 1000)
    found = search(
        estimator, {"a": [float(a) for a in range(12)][::-1]}, n_iter=12, max_resources=40
    ).fit(X, y)
    assert "pruned" in found.cv_results_["stopped"]


@pytest.mark.parametrize(
    "estimator", [SGDClassifier(class_weight="balanced"), MLPClassifier(early_stopping=True)]
)
def test_what_partial_fit_refuses_is_trained_otherwise_or_refused_before_any_fit(estimator):
    space = {"alpha": [1e-3, 1e-1]}
    with pytest.raises(ValueError, match=r"resource='epochs'.*refuses with"):
        search(estimator, space, resource="epochs").fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a few iterations do not converge
        found = search(estimator, space, n_iter=2, max_resources=4).fit(X, y)
    assert found.best_params_["max_iter"] == found.best_resource_


def test_a_partial_fit_without_target():
    class Unsupervised(BaseEstimator):
        def __init__(self, a=0):
            self.a = a

        def fit(self, X):
            raise AssertionError("trained by partial_fit alone")

        def partial_fit(self, X):
            self.n_ = getattr(self, "n_", 0) + 1
            return self

        def score(self, X):
            return self.a + self.n_

    found = search(Unsupervised(), {"a": [1, 2]}, n_iter=2, max_resources=4).fit(X)
    assert found.best_estimator_.n_ == 4


def test_a_parameter_named_epochs_is_not_taken_for_epochs():
    class Named(Scripted):
        def __init__(self, a=0.0, epochs=5):
            super().__init__(a)
            self.epochs = epochs

        def score(self, X, y):
            return self.n_epochs_

    found = search(Named(), {"a": [1, 2]}, n_iter=2, max_resources=3).fit(X, y)
    assert found.best_estimator_.n_epochs_ == 3
    assert "epochs" not in found.best_params_
