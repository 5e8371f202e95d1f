"""How trials are trained bit by bit, and on parts of the samples, through the searches."""

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier, SGDRegressor
from sklearn.metrics import get_scorer
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.metaestimators import _safe_split

from sklearn_hpt import SuccessiveHalvingSearch
from sklearn_hpt._sklearn import safe_split
from sklearn_hpt.engine.training._partial_fit import classes_of
from sklearn_hpt.engine.training._pipelines import Transformers
from sklearn_hpt.engine.training._sample_orders import nested_order

X, y = make_classification(n_samples=90, n_features=6, n_informative=4, n_classes=3, random_state=0)
X_target, target = make_regression(n_samples=60, n_features=4, noise=5.0, random_state=0)
SPLITS = StratifiedKFold(3, shuffle=True, random_state=0)
MOST = 9


def halving(estimator, space, resource, **options):
    """A search over three rungs, of 1, 3 and 9 units."""
    defaults = {"cv": SPLITS, "random_state": 0, "n_candidates": 9, "max_resources": MOST}
    return SuccessiveHalvingSearch(estimator, space, resource=resource, **{**defaults, **options})


def steps_of(search):
    """Params, amount and score of each row."""
    results = search.cv_results_
    return list(
        zip(results["params"], results["n_resources"], results["mean_test_score"], strict=True)
    )


WARM = {
    "forest": (RandomForestClassifier, {"max_depth": [1, 2, 3, None]}),
    "extra trees": (ExtraTreesClassifier, {"max_depth": [1, 2, 3, None]}),
    "boosting": (GradientBoostingClassifier, {"subsample": [0.5, 0.7, 1.0]}),
    "histogram boosting": (HistGradientBoostingClassifier, {"max_leaf_nodes": [2, 3, 8]}),
}


class TestContinuing:
    @pytest.mark.parametrize("name", WARM)
    def test_by_warm_start_equals_one_fit(self, name):
        cls, space = WARM[name]
        resource = "max_iter" if name == "histogram boosting" else "n_estimators"
        estimator = cls(random_state=0)
        search = halving(estimator, space, resource, scoring="neg_log_loss").fit(X, y)
        assert {amount for _, amount, _ in steps_of(search)} >= {1, 3}
        for params, amount, score in steps_of(search):
            assert params[resource] == amount
            own = cross_val_score(
                clone(estimator).set_params(**params), X, y, cv=SPLITS, scoring="neg_log_loss"
            ).mean()
            assert score == pytest.approx(own, rel=1e-9), (params, amount)

    @pytest.mark.parametrize("cls", [RandomForestRegressor, GradientBoostingRegressor])
    def test_of_regressors_equals_one_fit(self, cls):
        estimator = cls(random_state=0)
        folds = KFold(3)
        search = halving(estimator, {"max_depth": [1, 2, 3]}, "n_estimators", cv=folds)
        for params, _, score in steps_of(search.fit(X_target, target)):
            own = cross_val_score(clone(estimator).set_params(**params), X_target, target, cv=folds)
            assert score == pytest.approx(own.mean(), rel=1e-9)

    @pytest.mark.parametrize("n_jobs", [1, 2])
    @pytest.mark.parametrize(
        ("estimator", "space"),
        [
            (SGDClassifier(loss="log_loss", random_state=0), {"alpha": [1e-4, 1e-2, 1e0]}),
            (
                MLPClassifier((4,), batch_size=20, random_state=0),
                {"learning_rate_init": [1e-3, 1e-2, 1e-1]},
            ),
        ],
        ids=["sgd", "mlp"],
    )
    def test_by_epochs_equals_all_epochs_at_once(self, estimator, space, n_jobs):
        options = {"scoring": "neg_log_loss", "n_candidates": 3, "factor": 2, "max_resources": 4}
        search = halving(estimator, space, "epochs", n_jobs=n_jobs, **options).fit(X, y)
        assert search.n_resources_ == [1, 2]
        for params, amount, score in steps_of(search):
            own = []
            for train, test in SPLITS.split(X, y):
                model = clone(estimator).set_params(**params)
                for _ in range(amount):
                    model.partial_fit(X[train], y[train], classes=[0, 1, 2])
                own.append(get_scorer("neg_log_loss")(model, X[test], y[test]))
            assert score == pytest.approx(np.mean(own), rel=1e-9)

    @pytest.mark.parametrize("backend_jobs", [1, 2])
    def test_gives_the_same_in_other_processes_and_without(self, backend_jobs):
        estimator = GradientBoostingClassifier(random_state=0, subsample=0.6)
        space = {"max_depth": [1, 2, 3], "learning_rate": [0.05, 0.5, 1.0]}
        first, second = (
            halving(
                estimator, space, "n_estimators", n_jobs=backend_jobs, continue_training=continues
            ).fit(X, y)
            for continues in (True, False)
        )
        assert steps_of(first) == steps_of(second)
        assert first.best_params_ == second.best_params_

    @pytest.mark.parametrize(("package", "name"), [("lightgbm", "LGBM"), ("xgboost", "XGB")])
    def test_of_boosters_equals_one_fit(self, package, name):
        module = pytest.importorskip(package)
        quiet = {"verbose": -1, "min_child_samples": 5} if package == "lightgbm" else {}
        estimator = getattr(module, f"{name}Classifier")(random_state=0, n_jobs=1, **quiet)
        search = halving(
            estimator, {"max_depth": [1, 2, 3]}, "n_estimators", scoring="neg_log_loss"
        ).fit(X, y)
        for params, _, score in steps_of(search):
            own = cross_val_score(
                clone(estimator).set_params(**params), X, y, cv=SPLITS, scoring="neg_log_loss"
            ).mean()
            assert score == pytest.approx(own, rel=1e-4), params
        assert search.best_estimator_.n_estimators == search.best_params_["n_estimators"]


class Counting(ClassifierMixin, BaseEstimator):
    """Counts what it was trained by; with `fails_at`, fails at so many epochs."""

    calls: ClassVar[list] = []

    def __init__(self, quality=0, fails_at=None):
        self.quality = quality
        self.fails_at = fails_at

    def fit(self, X, y, sample_weight=None):
        self.calls.append("fit")
        self.n_epochs_ = 0
        return self._note(X, y, sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        self.calls.append("partial_fit")
        if not hasattr(self, "n_epochs_"):
            self.n_epochs_ = 0
            assert classes is not None
        return self._note(X, y, sample_weight)

    def _note(self, X, y, sample_weight):
        self.n_epochs_ += 1
        if self.fails_at is not None and self.n_epochs_ >= self.fails_at:
            raise ValueError("told to fail")
        self.classes_ = np.unique(y)
        self.weight_ = None if sample_weight is None else float(np.sum(sample_weight))
        self.n_seen_ = len(X)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y=None, sample_weight=None):
        return self.quality + 1e-3 * self.n_epochs_


@pytest.fixture(autouse=True)
def _forget_calls():
    Counting.calls.clear()
    CountingScaler.fits.clear()


class CountingScaler(TransformerMixin, BaseEstimator):
    fits: ClassVar[list] = []

    def __init__(self, shift=0):
        self.shift = shift

    def fit(self, X, y=None):
        self.fits.append(len(X))
        self.mean_ = np.mean(X, axis=0)
        return self

    def transform(self, X):
        return X - self.mean_ + self.shift


class TestEpochs:
    def test_are_as_many_as_needed_and_the_refit_has_as_many_as_the_best(self):
        search = halving(Counting(), {"quality": list(range(9))}, "epochs").fit(X, y)
        assert search.n_resources_ == [1, 3, 9]
        # 9 trials of 1 epoch, of which 3 have 2 more, of which 1 has 6 more, on 3 folds; 9 at last.
        assert Counting.calls == ["partial_fit"] * (3 * (9 + 3 * 2 + 6) + 9)
        assert search.best_estimator_.n_epochs_ == 9
        assert search.best_params_ == {"quality": 8}

    def test_without_continuing_are_all_trained_again(self):
        search = halving(
            Counting(), {"quality": list(range(9))}, "epochs", continue_training=False
        ).fit(X, y)
        assert Counting.calls == ["partial_fit"] * (3 * (9 + 3 * 3 + 9) + 9)
        assert search.best_score_ == pytest.approx(8.009)

    def test_of_an_estimator_without_partial_fit_are_refused(self):
        with pytest.raises(ValueError, match=r"(?s)resource='epochs'.*partial_fit.*max_iter"):
            halving(LogisticRegression(), {"C": [1, 2]}, "epochs").fit(X, y)

    def test_of_regressors_know_no_classes(self):
        search = halving(SGDRegressor(random_state=0), {"alpha": [1e-3, 1e-1]}, "epochs", cv=3)
        scaled = X_target, target / 100
        assert np.isfinite(search.fit(*scaled).cv_results_["mean_test_score"]).all()

    def test_know_the_classes_that_a_fold_lacks(self):
        """A class of which the training part has nothing is known to `partial_fit`."""
        ordered = np.repeat([0, 1, 2], 30)
        search = halving(
            SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2]}, "epochs", cv=KFold(3)
        ).fit(X, ordered)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
        assert search.classes_.tolist() == [0, 1, 2]

    def test_classes_of_several_outputs(self):
        many = np.column_stack([y, 2 - y])
        assert [c.tolist() for c in classes_of(MLPClassifier(), many)] == [[0, 1, 2]] * 2
        assert classes_of(SGDRegressor(), target) is None


class TestPipelines:
    def test_transformers_are_fitted_once_a_fold(self):
        pipeline = Pipeline([("scale", CountingScaler()), ("model", Counting())])
        halving(pipeline, {"model__quality": list(range(9))}, "epochs", refit=False).fit(X, y)
        assert len(CountingScaler.fits) == 9 * 3

    def test_without_continuing_they_are_fitted_again(self):
        pipeline = Pipeline([("scale", CountingScaler()), ("model", Counting())])
        options = {"refit": False, "continue_training": False}
        halving(pipeline, {"model__quality": list(range(9))}, "epochs", **options).fit(X, y)
        assert len(CountingScaler.fits) == (9 + 3 + 1) * 3

    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_of_a_warm_started_last_step_equal_one_fit(self, n_jobs):
        pipeline = Pipeline(
            [("scale", StandardScaler()), ("model", RandomForestClassifier(random_state=0))]
        )
        space = {"model__max_depth": [1, 2, 3], "scale__with_std": [True, False]}
        search = halving(pipeline, space, "model__n_estimators", n_jobs=n_jobs).fit(X, y)
        assert search.n_resources_ == [1, 3]
        for params, _, score in steps_of(search):
            own = cross_val_score(clone(pipeline).set_params(**params), X, y, cv=SPLITS)
            assert score == pytest.approx(own.mean(), rel=1e-9)
        best = search.best_estimator_["model"]
        assert len(best.estimators_) == search.best_params_["model__n_estimators"]

    @pytest.mark.filterwarnings("ignore:.TargetEncoder:FutureWarning")
    def test_whose_training_data_are_transformed_in_their_own_way_do_not_leak(self):
        """TargetEncoder cross-fits what it is fitted to: at every rung the same is learned."""
        rng = np.random.default_rng(0)
        categories = rng.integers(30, size=(90, 1)).astype(str)
        pipeline = make_pipeline(
            TargetEncoder(random_state=0), GradientBoostingClassifier(random_state=0)
        )
        space = {"gradientboostingclassifier__max_depth": [1, 2, 3]}
        resource = "gradientboostingclassifier__n_estimators"
        search = halving(pipeline, space, resource).fit(categories, y)
        for params, _, score in steps_of(search):
            own = cross_val_score(clone(pipeline).set_params(**params), categories, y, cv=SPLITS)
            assert score == pytest.approx(own.mean(), rel=1e-9)

    @pytest.mark.filterwarnings("ignore:.TargetEncoder:FutureWarning")
    def test_what_was_transformed_is_kept_only_where_it_cannot_be_had_again(self):
        categories = np.arange(90).reshape(-1, 1) % 20
        for first, is_kept in ((StandardScaler(), False), (TargetEncoder(random_state=0), True)):
            transformers = Transformers(make_pipeline(first, LogisticRegression()))
            once = transformers.transform(categories, y, {})
            np.testing.assert_array_equal(transformers.transform(categories, y, {}), once)
            assert (transformers._transformed is not None) == is_kept

    def test_a_parameter_of_another_step_is_trained_anew(self):
        pipeline = Pipeline([("trees", RandomForestTransformer()), ("model", LogisticRegression())])
        search = halving(pipeline, {"model__C": [0.1, 1, 10]}, "trees__n_estimators").fit(X, y)
        for params, _, score in steps_of(search):
            own = cross_val_score(clone(pipeline).set_params(**params), X, y, cv=SPLITS)
            assert score == pytest.approx(own.mean())


class RandomForestTransformer(TransformerMixin, BaseEstimator):
    """Predicted probabilities as features."""

    def __init__(self, n_estimators=3):
        self.n_estimators = n_estimators

    def fit(self, X, y):
        self.forest_ = RandomForestClassifier(self.n_estimators, random_state=0).fit(X, y)
        return self

    def transform(self, X):
        return self.forest_.predict_proba(X)


class TestMetadata:
    weights = np.linspace(1, 2, len(y))

    def expected(self, search):
        return [self.weights[train].sum() for train, _ in search._checked_cv_orig.split(X, y)]

    def test_sample_weight_goes_to_each_call(self):
        seen = []

        class Weighing(Counting):
            def _note(self, X, y, sample_weight):
                seen.append(float(np.sum(sample_weight)))
                return super()._note(X, y, sample_weight)

        search = halving(Weighing(), {"quality": [0, 1, 2]}, "epochs", refit=False)
        search.fit(X, y, sample_weight=self.weights)
        assert {round(s, 6) for s in seen} == {round(s, 6) for s in self.expected(search)}

    def test_routed_to_partial_fit(self):
        with config_context(enable_metadata_routing=True):
            estimator = Counting().set_partial_fit_request(sample_weight=True)
            estimator.set_score_request(sample_weight=False)
            search = halving(estimator, {"quality": [0, 1, 2]}, "epochs")
            search.fit(X, y, sample_weight=self.weights)
        assert search.best_estimator_.weight_ == pytest.approx(self.weights.sum())

    def test_routed_to_the_last_step_of_a_pipeline(self):
        with config_context(enable_metadata_routing=True):
            estimator = Counting().set_fit_request(sample_weight=True)
            pipeline = Pipeline([("scale", CountingScaler()), ("model", estimator)])
            scorer = get_scorer("accuracy").set_score_request(sample_weight=False)
            space = {"model__quality": [0, 1, 2]}
            search = halving(pipeline, space, "epochs", scoring=scorer)
            search.fit(X, y, sample_weight=self.weights)
        assert search.best_estimator_["model"].weight_ == pytest.approx(self.weights.sum())

    def test_to_a_step_by_name_without_routing(self):
        pipeline = Pipeline([("scale", CountingScaler()), ("model", Counting())])
        search = halving(pipeline, {"model__quality": [0, 1, 2]}, "epochs")
        search.fit(X, y, model__sample_weight=self.weights)
        assert search.best_estimator_["model"].weight_ == pytest.approx(self.weights.sum())


class Remembering(ClassifierMixin, BaseEstimator):
    """Notes the samples it was fitted to: their numbers are the first feature."""

    fits: ClassVar[list] = []

    def __init__(self, quality=0):
        self.quality = quality

    def fit(self, X, y):
        assert len(np.unique(y)) == 3
        self.fits.append(np.asarray(X)[:, 0].astype(int).tolist())
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y):
        assert len(np.unique(y)) == 3
        return float(self.quality)


@pytest.mark.filterwarnings("ignore:Halving over 'n_samples':UserWarning")
class TestSamples:
    # 80 % of the samples are of one class.
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [192, 24, 24]))
    numbered = np.arange(240.0).reshape(-1, 1)

    def fit(self, **options):
        Remembering.fits.clear()
        search = SuccessiveHalvingSearch(
            Remembering(),
            {"quality": list(range(9))},
            cv=SPLITS,
            refit=False,
            random_state=0,
            error_score="raise",
            **options,
        )
        return search.fit(self.numbered, self.labels)

    def test_of_a_rung_are_among_those_of_the_next_and_in_the_datas_order(self):
        search = self.fit(n_candidates=9, min_resources=24)
        assert search.n_resources_ == [24, 72, 216]
        by_fold = [Remembering.fits[fold::3] for fold in range(3)]
        for fits, (train, _) in zip(by_fold, SPLITS.split(self.numbered, self.labels), strict=True):
            smallest, middle, largest = fits[0], fits[9], fits[12]
            assert set(smallest) < set(middle) < set(largest) <= set(train)
            assert all(rows == sorted(rows) for rows in fits)

    def test_are_as_many_as_scikit_learns(self):
        search = self.fit(n_candidates=9, min_resources=24)
        sizes = sorted({len(rows) for rows in Remembering.fits})
        assert sizes == [amount * 160 // 240 for amount in search.n_resources_]

    def test_hold_every_class_from_the_smallest_rung_on(self):
        """Remembering itself refuses a part with fewer than three classes."""
        self.fit()
        smallest = min(Remembering.fits, key=len)
        counts = np.bincount(self.labels[smallest])
        assert (counts >= 1).all()
        assert counts[0] > counts[1:].sum()

    def test_orders_are_nested_fair_samples(self):
        labels = np.repeat([0, 1, 2], [80, 15, 5])
        order = nested_order(np.arange(100), labels, np.random.default_rng(0))
        assert sorted(order) == list(range(100))
        assert set(labels[order[:3]]) == {0, 1, 2}
        for n in (20, 40, 80):
            np.testing.assert_allclose(
                np.bincount(labels[order[:n]]), n * np.array([0.8, 0.15, 0.05]), atol=1.5
            )

    def test_of_regressors_are_a_random_part(self):
        search = SuccessiveHalvingSearch(
            DecisionTreeRegressorOfNumbers(), {"max_depth": [1, 2, 3]}, cv=3, random_state=0
        ).fit(X_target, target)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()

    def test_weights_and_groups_go_with_them(self):
        weights = np.arange(240.0)
        seen = []

        class Weighing(Remembering):
            def fit(self, X, y, sample_weight):
                seen.append((np.asarray(X)[:, 0] == sample_weight).all())
                return super().fit(X, y)

            def score(self, X, y, sample_weight=None):
                return super().score(X, y)

        search = SuccessiveHalvingSearch(
            Weighing(), {"quality": [0, 1, 2]}, cv=3, random_state=0, error_score="raise"
        ).fit(self.numbered, self.labels, sample_weight=weights)
        assert all(seen)
        assert len(seen) == 3 * len(search.cv_results_["iter"]) + 1

    def test_data_frames_stay_data_frames(self):
        frame = pd.DataFrame(X, columns=list("abcdef"))
        search = SuccessiveHalvingSearch(
            DecisionTreeClassifier(), {"max_depth": stats.randint(1, 9)}, cv=3, random_state=0
        ).fit(frame, pd.Series(y))
        assert search.feature_names_in_.tolist() == list("abcdef")


class DecisionTreeRegressorOfNumbers(GradientBoostingRegressor):
    """A quick regressor."""

    def __init__(self, max_depth=3):
        super().__init__(n_estimators=2, max_depth=max_depth, random_state=0)


@pytest.mark.parametrize(
    "rows", [np.arange(3, 9), [0, 5, 7], np.arange(20) % 3 == 0, range(4), np.array([], dtype=int)]
)
@pytest.mark.parametrize("is_square", [False, True])
@pytest.mark.parametrize("target", ["vector", "matrix", "none"])
def test_rows_of_plain_arrays_are_those_that_scikit_learn_gives(rows, is_square, target):
    data = np.random.default_rng(0).random((20, 20 if is_square else 4))
    labels = {"vector": data[:, 0], "matrix": data[:, :2], "none": None}[target]
    for estimator in (SVC(), SVC(kernel="precomputed")) if is_square else (SVC(),):
        ours = safe_split(estimator, data, labels, rows, np.arange(10))
        theirs = _safe_split(estimator, data, labels, np.asarray(rows), np.arange(10))
        for own, their in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(own, their)
        assert not np.shares_memory(ours[0], data)
