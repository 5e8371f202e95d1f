"""What every searcher does."""

import inspect
import math
import pickle
import random
import time
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from searchers import SEARCHERS
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier, is_regressor
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import IsolationForest, StackingClassifier
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, get_scorer, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from skopt.space import Categorical, Integer, Real

from sklearn_hpt import GeneticSearch

# Those that maximise all metrics together if `refit` names none.
MAXIMISES_ALL = {GeneticSearch}

X, y = make_classification(n_samples=60, n_features=5, random_state=0)
X_target, target = make_regression(n_samples=50, n_features=3, noise=1.0, random_state=0)
C = stats.loguniform(1e-3, 1e3)
SPLITS = StratifiedKFold(3, shuffle=True, random_state=0)


@pytest.fixture(params=SEARCHERS.values(), ids=SEARCHERS.keys())
def searcher(request):
    """A searcher's class."""
    return request.param[0]


@pytest.fixture
def make(request, searcher):
    """A searcher's constructor, with small settings."""
    (settings,) = (quick for cls, quick in SEARCHERS.values() if cls is searcher)
    defaults = {"n_iter": 6, "cv": SPLITS, "random_state": 0, **settings}

    def make(estimator, param_distributions, **options):
        return searcher(estimator, param_distributions, **{**defaults, **options})

    return make


class Probe(ClassifierMixin, BaseEstimator):
    """Notes the parameters of each fit, and fails where it is told to."""

    fits: ClassVar[list] = []

    def __init__(self, a=0, b=None, fails=False):
        self.a = a
        self.b = b
        self.fails = fails

    def fit(self, X, y, sample_weight=None):
        self.fits.append(self.get_params(deep=False))
        if self.fails:
            raise ValueError("told to fail")
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])

    def score(self, X, y=None, sample_weight=None):
        return float(self.a)


@pytest.fixture(autouse=True)
def _forget_fits():
    Probe.fits.clear()


def params_of(search):
    return search.cv_results_["params"]


def reference(search, X, y, estimator=None, **fit_params):
    """Fit scikit-learn's own search of the candidates that a search has tried."""
    grid = [{name: [value] for name, value in params.items()} for params in params_of(search)]
    names = [name for name in GridSearchCV(None, {}).get_params(deep=False) if name != "param_grid"]
    options = {name: getattr(search, name) for name in names}
    if estimator is not None:
        options["estimator"] = estimator
    return GridSearchCV(param_grid=grid, **options).fit(X, y, **fit_params)


def assert_same_results(search, expected):
    """Compare all fitted attributes, and all columns but the times' values."""
    for name, column in expected.cv_results_.items():
        if name == "params":
            assert search.cv_results_[name] == column
            continue
        own = search.cv_results_[name]
        assert type(own) is type(column)
        assert own.dtype == column.dtype, name
        assert own.shape == column.shape, name
        np.testing.assert_array_equal(np.ma.getmaskarray(own), np.ma.getmaskarray(column), name)
        if not name.endswith("_time"):
            np.testing.assert_array_equal(np.ma.compressed(own), np.ma.compressed(column), name)
    for name in ("best_index_", "best_score_", "best_params_", "n_splits_", "multimetric_"):
        assert hasattr(search, name) == hasattr(expected, name), name
        assert getattr(search, name, None) == getattr(expected, name, None), name
    assert type(search.scorer_) is type(expected.scorer_)
    for name in (
        "best_estimator_",
        "refit_time_",
        "n_features_in_",
        "feature_names_in_",
        "classes_",
    ):
        assert hasattr(search, name) == hasattr(expected, name), name


# -- 1: drop-in -----------------------------------------------------------------------------------


def test_constructor_begins_as_that_of_randomized_search(searcher):
    ours = list(inspect.signature(searcher).parameters.values())
    theirs = list(inspect.signature(RandomizedSearchCV).parameters.values())
    for own, their in zip(ours, theirs, strict=False):
        assert (own.name, own.kind) == (their.name, their.kind)
        if own.name == "error_score":
            assert math.isnan(own.default)
        elif own.name != "n_iter":
            assert own.default == their.default
    assert len(ours) >= len(theirs)
    assert {own.kind for own in ours[len(theirs) :]} <= {inspect.Parameter.KEYWORD_ONLY}


def test_has_all_public_methods_of_randomized_search(searcher):
    public = {name for name in dir(RandomizedSearchCV) if not name.startswith("_")}
    assert public <= set(dir(searcher))


def test_constructor_stores_what_it_is_given_and_nothing_more(searcher):
    given = {name: object() for name in inspect.signature(searcher).parameters}
    search = searcher(**given)
    assert vars(search) == given
    assert search.get_params(deep=False) == given
    other = object()
    for name in given:
        assert getattr(search.set_params(**{name: other}), name) is other


def test_clone_has_the_same_parameters(make):
    search = make(Pipeline([("svc", SVC(C=3))]), {"svc__C": C}, refit=False, n_iter=9, cv=4)
    own, cloned = search.get_params(), clone(search).get_params()
    assert own.keys() == cloned.keys()
    assert cloned["estimator__svc__C"] == 3
    simple = {name for name, value in own.items() if isinstance(value, (int, str, bool))}
    assert {"n_iter", "refit", "cv", "random_state"} <= simple
    assert {name: own[name] for name in simple} == {name: cloned[name] for name in simple}


def test_parameters_of_the_estimator_are_set_through_the_search(make):
    search = make(SVC(), {"C": C}).set_params(estimator__kernel="linear")
    assert search.fit(X, y).best_estimator_.kernel == "linear"


BAD_VALUES = {
    "strategy": ["mu+lambda", None],
    "population_size": [1, 2.5, None],
    "crossover_probability": [-0.1, 1.1, None],
    "mutation_probability": [-0.1, 1.1, "half"],
    "tournament_size": [0, 2.5, None],
    "param_distributions": [3, "C", None],
    "n_iter": [0, -1, 2.5, "many", None],
    "scoring": [3, "no such metric"],
    "n_jobs": ["two", 1.5],
    "refit": [3, None],
    "cv": ["three", 1.5],
    "verbose": [-1, "loud"],
    "pre_dispatch": [None, 1.5],
    "random_state": ["seed", -1, 0.5],
    "error_score": ["ignore", None],
    "return_train_score": ["yes", None],
    "initial_params": [3, "default", {1, 2}],
    "initial_results": [3, "results.csv", {}, [1, 2]],
    "constraint": [3, "C < 1", True],
    "n_initial_points": [0, 1.5, "few"],
    "surrogate": ["no such", 3, None],
    "cost_aware": ["yes", None],
    "max_concurrent_trials": [0, 2.5, "all"],
    "reproducible": ["yes", None],
    "early_discard": ["yes", None],
    "timeout": [0, -1.0, "long", math.nan],
    "fit_timeout": [0, -1.0, "long", math.nan],
    "n_candidates": [0, 2.5, "all", None],
    "factor": [1, 0.5, "three", None],
    "min_resources": [0, 2.5, "least", 10**6, None],
    "aggressive_elimination": ["yes", None],
    "brackets": [0, 1.5, "all", None],
    "continue_training": ["yes", None],
    "resource": [3, None, "no such"],
    "max_resources": [0, 1.5, "all", 10**6],
    "sampler": ["no such", 3, None],
    "step": [0, 1.5, None],
    "n_iter_no_change": [0, 1.5, None],
    "tol": [-0.1, "small", None],
    "pruning": ["no such", 3],
    "validation_fraction": [0.0, 1.0, 0.001, "some"],
}


def test_bad_values_of_all_parameters_are_tested(searcher):
    assert set(inspect.signature(searcher).parameters) <= BAD_VALUES.keys() | {"estimator"}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, bad in BAD_VALUES.items() for value in bad]
)
def test_a_bad_value_is_reported_by_name_before_any_fit(searcher, make, name, value):
    if name not in inspect.signature(searcher).parameters:
        pytest.skip("not one of its parameters")
    if value is None and None in searcher._parameter_constraints[name]:
        pytest.skip("None is one of its values")
    search = make(Probe(), {"a": [1, 2, 3, 4]}, n_iter=3).set_params(**{name: value})
    with pytest.raises((ValueError, TypeError), match=name):
        search.fit(X, y)
    assert Probe.fits == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"param_distributions": []}, "param_distributions"),
        ({"param_distributions": {"a": []}}, "'a'"),
        ({"param_distributions": {"a": 3}}, "'a'"),
        ({"param_distributions": {"a": (3, 1)}}, "'a'"),
        ({"param_distributions": [{"a": [1]}, {"a": (math.nan, 1.0)}]}, "'a'"),
        ({"param_distributions": {"gamma": [1, 2]}}, "'gamma'"),
        ({"param_distributions": [{"a": [1]}, {"gamma": C}]}, "'gamma'"),
        ({"param_distributions": {"a__C": [1, 2]}}, "'a__C'"),
        ({"param_distributions": {"b": [SVC()], "b__alpha": [1, 2]}}, "'b__alpha'"),
        ({"param_distributions": {"b": [SVC(), Ridge()], "b__gamma": [1, 2]}}, "'b__gamma'"),
        ({"param_distributions": {"b": [SVC(), None], "b__gamma": [1, 2]}}, "'b__gamma'"),
        ({"scoring": ["accuracy", "f1"]}, "refit"),
        ({"scoring": ["accuracy", "f1"], "refit": "recall"}, "refit"),
        ({"scoring": ["accuracy", "accuracy"], "refit": False}, "scoring|unique|duplicate"),
        ({"scoring": []}, "scoring|[Ee]mpty|metric"),
        ({"cv": iter([])}, "cv"),
        ({"cv": []}, "cv"),
        ({"cv": 1}, "n_splits|cv|k-fold"),
        ({"cv": 100}, "n_splits"),
        ({"initial_params": [3]}, "initial_params"),
        ({"initial_params": {"a": 100}}, "initial_params"),
        ({"initial_params": {"b": 1}}, "initial_params"),
        ({"initial_params": [{"a": 1}, {"a": "1"}]}, "initial_params"),
    ],
)
def test_what_cannot_work_is_reported_before_any_fit(make, options, message):
    search = make(Probe(), {"a": [1, 2, 3, 4]}, n_iter=3).set_params(**options)
    with pytest.raises((ValueError, TypeError), match=message):
        search.fit(X, y)
    assert Probe.fits == []


@pytest.mark.parametrize("estimator", [None, object(), "svc", SVC])
def test_what_is_no_estimator_is_refused(make, estimator):
    with pytest.raises((ValueError, TypeError), match="estimator"):
        make(estimator, {"C": C}).fit(X, y)


def test_an_estimator_without_score_needs_scoring(make):
    class Scoreless(BaseEstimator):
        def __init__(self, a=0):
            self.a = a

        def fit(self, X, y=None):
            raise AssertionError("fitted")

    with pytest.raises(TypeError, match="score"):
        make(Scoreless(), {"a": [1, 2]}).fit(X, y)


def test_data_of_inconsistent_lengths_is_refused(make):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make(Probe(), {"a": [1, 2]}).fit(X, y[:-1])
    assert Probe.fits == []


def test_fit_returns_the_search_itself(make):
    search = make(SVC(), {"C": C})
    assert search.fit(X, y) is search


def test_an_unfitted_search_says_so(make):
    search = make(SVC(), {"C": C})
    with pytest.raises(NotFittedError):
        search.predict(X)
    with pytest.raises(AttributeError):
        _ = search.n_features_in_


def test_verbose_says_how_much_there_is_to_do(make, capsys):
    make(SVC(), {"C": C}, n_iter=5, verbose=1).fit(X, y)
    assert "Fitting 3 folds for each of 5 candidates, totalling 15 fits" in capsys.readouterr().out
    make(SVC(), {"C": [1, 2]}, n_iter=5, verbose=3).fit(X, y)
    out = capsys.readouterr().out
    assert "Fitting 3 folds for each of 2 candidates, totalling 6 fits" in out
    assert out.count("END") == 6


# -- 2: results -----------------------------------------------------------------------------------


def both_scores(estimator, X, y):
    return {
        "negated": -accuracy_score(y, estimator.predict(X)),
        "plain": accuracy_score(y, estimator.predict(X)),
    }


def first_row(cv_results):
    return 1


KERNELS = [
    {"kernel": ["linear"], "C": C},
    {"kernel": ["rbf"], "gamma": stats.loguniform(1e-3, 1), "class_weight": [None, "balanced"]},
    {"kernel": ["poly"], "degree": stats.randint(2, 4)},
]
RESULTS = {
    "one metric": {},
    "named metric": {"scoring": "roc_auc"},
    "scorer": {"scoring": make_scorer(accuracy_score)},
    "callable": {"scoring": lambda estimator, X, y: estimator.score(X, y) / 2},
    "train scores": {"return_train_score": True},
    "several metrics": {"scoring": ["accuracy", "roc_auc"], "refit": "roc_auc"},
    "dict of metrics": {
        "scoring": {"second": "roc_auc", "first": make_scorer(accuracy_score)},
        "refit": "first",
        "return_train_score": True,
    },
    "callable of several": {"scoring": both_scores, "refit": "plain"},
    "callable of several, train scores": {
        "scoring": both_scores,
        "refit": "negated",
        "return_train_score": True,
    },
    "refit False": {"refit": False},
    "refit False, several metrics": {"scoring": ["accuracy", "roc_auc"], "refit": False},
    "callable refit": {"refit": first_row},
    "callable refit, several metrics": {"scoring": ["accuracy", "f1"], "refit": first_row},
    "splits": {"cv": list(KFold(2).split(X))},
    "one split": {"cv": [(np.arange(40), np.arange(40, 60))]},
}


@pytest.mark.parametrize("options", RESULTS.values(), ids=RESULTS.keys())
@pytest.mark.parametrize(
    "space", [{"C": C, "gamma": (1e-3, 1.0, "log-uniform")}, KERNELS], ids=["dict", "list of dicts"]
)
def test_results_are_scikit_learns_for_the_same_candidates(make, space, options):
    search = make(SVC(), space, **options).fit(X, y)
    expected = reference(search, X, y)
    assert_same_results(search, expected)
    if search.refit:
        np.testing.assert_array_equal(search.predict(X), expected.predict(X))
    if search.refit and not callable(search.refit):
        assert search.score(X, y) == expected.score(X, y)


VALUES = {
    "ints": {"a": [3, 1, 2]},
    "floats": {"a": (0.0, 1.0)},
    "ints and None": {"a": [1, 2], "b": [None, 1]},
    "bools": {"a": [1, 2], "b": [True, False]},
    "strings": {"b": ["x", "much longer"]},
    "tuples": {"b": [(1, 2), (3, 4), (5,)]},
    "tuples of one length": {"b": [(1, 2), (3, 4)]},
    "dicts": {"b": [{"x": 1}, {"y": 2}]},
    "functions": {"b": [np.mean, np.median]},
    "mixed": {"b": [1, "x", None, 2.5]},
    "int and float": {"b": [1, 2.5]},
    "other dicts, other types": [{"b": [1, 2]}, {"b": ["x"], "a": [1.5]}, {"a": [1]}],
}


@pytest.mark.parametrize("space", VALUES.values(), ids=VALUES.keys())
def test_columns_of_parameters_have_scikit_learns_dtypes_and_masks(make, space):
    search = make(Probe(), space).fit(X, y)
    assert_same_results(search, reference(search, X, y))


def test_columns_of_parameters_that_are_arrays_or_estimators(make):
    arrays, models = [np.ones(2), np.zeros(3)], [SVC(), Ridge()]
    search = make(Probe(), {"a": [1, 2], "b": [*arrays, *models]}, n_iter=8).fit(X, y)
    column = search.cv_results_["param_b"]
    expected = reference(search, X, y).cv_results_["param_b"]
    assert (column.dtype, column.shape) == (expected.dtype, expected.shape)
    assert all(any(value is choice for choice in arrays + models) for value in column)


def test_equal_scores_share_the_best_rank_and_the_first_wins(make):
    search = make(Probe(), {"b": [1, 2, 3, 4]}, n_iter=4).fit(X, y)
    assert search.cv_results_["rank_test_score"].tolist() == [1, 1, 1, 1]
    assert search.best_index_ == 0


def test_rows_stand_in_the_order_of_the_fits(make):
    search = make(Probe(), {"a": (0.0, 1.0), "b": ["x", "y"]}, refit=False).fit(X, y)
    fitted = [(fit["a"], fit["b"]) for fit in Probe.fits[:: search.n_splits_]]
    assert fitted == [(params["a"], params["b"]) for params in params_of(search)]


def test_results_are_read_as_a_data_frame(make):
    frame = pd.DataFrame(make(SVC(), KERNELS).fit(X, y).cv_results_)
    assert len(frame) == 6
    assert frame["param_C"].isna().any()


# -- 4: composition -------------------------------------------------------------------------------


def test_around_a_pipeline(make):
    pipeline = Pipeline([("scale", StandardScaler()), ("select", SelectKBest()), ("svc", SVC())])
    space = {"select__k": (1, 5), "svc__C": C, "scale": ["passthrough", StandardScaler()]}
    search = make(pipeline, space).fit(X, y)
    assert search.best_estimator_.named_steps.keys() == pipeline.named_steps.keys()
    assert search.best_estimator_["select"].k == search.best_params_["select__k"]
    assert search.score(X, y) > 0.5


def test_steps_of_a_pipeline_with_parameters_of_their_own(make):
    svc, logistic = SVC(), LogisticRegression()
    space = [{"model": [svc], "model__gamma": C}, {"model": [logistic], "model__C": C}]
    search = make(Pipeline([("model", "passthrough")]), space, n_iter=8, scoring="accuracy")
    search.fit(X, y)
    for params in params_of(search):
        assert params.keys() == (
            {"model", "model__gamma"} if params["model"] is svc else {"model", "model__C"}
        )
    assert vars(svc) == vars(SVC())
    assert vars(logistic) == vars(LogisticRegression())


def test_inside_a_pipeline(make):
    pipeline = make_pipeline(StandardScaler(), make(SVC(), {"C": C})).fit(X, y)
    assert pipeline.score(X, y) > 0.5
    assert pipeline[-1].best_params_.keys() == {"C"}


def test_nested_in_parallel_cross_validation(make):
    search = make(SVC(), {"C": C}, n_iter=4, n_jobs=2)
    nested = cross_validate(search, X, y, cv=3, n_jobs=2, return_estimator=True)
    serial = cross_validate(search.set_params(n_jobs=None), X, y, cv=3, return_estimator=True)
    np.testing.assert_array_equal(nested["test_score"], serial["test_score"])
    for one, other in zip(nested["estimator"], serial["estimator"], strict=True):
        assert params_of(one) == params_of(other)


def test_outer_folds_are_stratified_as_the_estimator_asks(make):
    ordered = np.sort(y)
    search = make(Probe(), {"a": [1, 2]}, cv=2)
    assert is_classifier(search)
    assert not np.isnan(cross_val_score(search, X, ordered, cv=2)).any()
    assert is_regressor(make(Ridge(), {"alpha": C}))


def test_inner_folds_are_stratified_for_classifiers(make):
    class Classes(Probe):
        def fit(self, X, y):
            assert set(y) == {0, 1}
            return super().fit(X, y)

    make(Classes(), {"a": [1, 2]}, cv=2, error_score="raise").fit(X, np.sort(y))


def test_in_a_stacking_classifier(make):
    stack = StackingClassifier(
        [
            # Of a very soft margin stacking gives anything: scikit-learn's own searches, too.
            ("svc", make(SVC(), {"C": stats.loguniform(1, 1e3)})),
            ("tree", make(DecisionTreeClassifier(), {"max_depth": (1, 4)})),
        ],
        cv=2,
    )
    assert stack.fit(X, y).score(X, y) > 0.5


def test_in_a_transformed_target_regressor(make):
    search = make(Ridge(), {"alpha": C}, cv=3)
    model = TransformedTargetRegressor(search, func=np.cbrt, inverse_func=lambda x: x**3)
    assert model.fit(X_target, target).predict(X_target).shape == target.shape
    assert 1e-3 <= model.regressor_.best_params_["alpha"] <= 1e3


def test_around_a_transformed_target_regressor(make):
    model = TransformedTargetRegressor(Ridge(), func=np.cbrt, inverse_func=lambda x: x**3)
    search = make(model, {"regressor__alpha": C}, cv=3).fit(X_target, target)
    assert_same_results(search, reference(search, X_target, target))


def test_in_a_multi_output_classifier(make):
    targets = np.column_stack([y, 1 - y])
    model = MultiOutputClassifier(make(SVC(), {"C": C})).fit(X, targets)
    assert model.predict(X).shape == targets.shape
    assert len(model.estimators_) == 2


def test_several_outputs(make):
    targets = np.column_stack([target, -target])
    search = make(Ridge(), {"alpha": C}, cv=3).fit(X_target, targets)
    assert_same_results(search, reference(search, X_target, targets))


NAMES = [f"x{i}" for i in range(X.shape[1])]


def test_pandas_frames_stay_frames(make):
    class Framed(Probe):
        def fit(self, X, y):
            assert isinstance(X, pd.DataFrame)
            assert isinstance(y, pd.Series)
            self.feature_names_in_ = np.array(X.columns)
            return super().fit(X, y)

    frame, series = pd.DataFrame(X, columns=NAMES), pd.Series(y, index=range(100, 160))
    frame.index = series.index
    search = make(Framed(), {"a": [1, 2, 3]}, error_score="raise").fit(frame, series)
    assert search.feature_names_in_.tolist() == NAMES
    assert search.n_features_in_ == len(NAMES)


def test_polars_frames_stay_frames(make):
    polars = pytest.importorskip("polars")

    class Framed(Probe):
        def fit(self, X, y):
            assert isinstance(X, polars.DataFrame)
            assert isinstance(y, polars.Series)
            return super().fit(X, y)

    frame, series = polars.DataFrame(X, schema=NAMES), polars.Series(y)
    make(Framed(), {"a": [1, 2, 3]}, error_score="raise").fit(frame, series)
    search = make(make_pipeline(StandardScaler(), SVC()), {"svc__C": C}).fit(frame, series)
    alone = make_pipeline(StandardScaler(), SVC()).fit(frame, series)
    # The oldest scikit-learn does not know the newest polars' names.
    assert hasattr(search, "feature_names_in_") == hasattr(alone, "feature_names_in_")
    if hasattr(alone, "feature_names_in_"):
        assert search.feature_names_in_.tolist() == NAMES
    expected = reference(search, X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], expected)


@pytest.mark.parametrize("as_sparse", [sparse.csr_array, sparse.csr_matrix, sparse.csc_array])
def test_sparse_data(make, as_sparse):
    matrix = as_sparse(np.where(np.abs(X) < 0.5, 0, X))
    search = make(SVC(kernel="linear"), {"C": C}).fit(matrix, y)
    assert_same_results(search, reference(search, matrix, y))
    assert search.n_features_in_ == X.shape[1]


@pytest.mark.parametrize(
    ("estimator", "space"),
    [
        (SVC(kernel="precomputed"), {"C": C}),
        (KNeighborsClassifier(metric="precomputed"), {"n_neighbors": (1, 9)}),
    ],
)
def test_precomputed_matrices_are_split_in_rows_and_columns(make, estimator, space):
    squared_distances = ((X[:, None] - X) ** 2).sum(-1)
    matrix = squared_distances if "n_neighbors" in space else np.exp(-0.1 * squared_distances)
    search = make(estimator, space, error_score="raise")
    assert get_tags(search).input_tags.pairwise
    search.fit(matrix, y)
    assert_same_results(search, reference(search, matrix, y))


def test_text_in_a_list(make):
    from sklearn.feature_extraction.text import CountVectorizer

    texts = ["good film", "bad film", "good book", "bad book"] * 6
    pipeline = Pipeline([("words", CountVectorizer()), ("model", LogisticRegression())])
    search = make(pipeline, {"words__ngram_range": [(1, 1), (1, 2)], "model__C": C}, cv=2)
    assert search.fit(texts, ["good", "bad"] * 12).predict(["a good one"]) == ["good"]


def test_sample_weights_are_split_along_with_the_data(make):
    weights = np.random.default_rng(0).uniform(0.1, 5, len(y))
    search = make(SVC(), {"C": C}).fit(X, y, sample_weight=weights)
    assert_same_results(search, reference(search, X, y, sample_weight=weights))
    unweighted = reference(search, X, y).cv_results_["mean_test_score"]
    assert (search.cv_results_["mean_test_score"] != unweighted).any()


@pytest.mark.parametrize("cv", [GroupKFold(3), LeaveOneGroupOut()])
def test_groups_go_to_the_splitter(make, cv):
    groups = np.arange(len(y)) % 4
    search = make(SVC(), {"C": C}, cv=cv).fit(X, y, groups=groups)
    assert search.n_splits_ == cv.get_n_splits(X, y, groups)
    assert_same_results(search, reference(search, X, y, groups=groups))


def test_missing_groups_are_an_error(make):
    with pytest.raises(ValueError, match="groups"):
        make(SVC(), {"C": C}, cv=GroupKFold(3)).fit(X, y)


def test_other_fit_parameters_reach_the_estimator(make):
    class Told(Probe):
        def fit(self, X, y, per_sample=None, constant=None):
            assert len(per_sample) == len(X)
            assert constant == "constant"
            return super().fit(X, y)

    search = make(Told(), {"a": [1, 2]}, error_score="raise")
    search.fit(X, y, per_sample=list(range(len(y))), constant="constant")


def test_routed_metadata(make):
    weights = np.random.default_rng(0).uniform(0.1, 5, len(y))
    groups = np.arange(len(y)) % 4
    with config_context(enable_metadata_routing=True):
        search = make(
            SVC().set_fit_request(sample_weight=True),
            {"C": C},
            cv=GroupKFold(3),
            scoring=get_scorer("accuracy").set_score_request(sample_weight=True),
        ).fit(X, y, sample_weight=weights, groups=groups)
        routed = reference(search, X, y, sample_weight=weights, groups=groups)
        assert_same_results(search, routed)
        not_requested = make(SVC(), {"C": C})
        with pytest.raises(ValueError, match="sample_weight"):
            not_requested.fit(X, y, sample_weight=weights)


def test_routing_goes_through_a_nested_search(make):
    weights = np.random.default_rng(0).uniform(0.1, 5, len(y))
    with config_context(enable_metadata_routing=True):
        search = make(
            SVC().set_fit_request(sample_weight=True),
            {"C": C},
            scoring=get_scorer("accuracy").set_score_request(sample_weight=False),
        )
        scores = cross_val_score(search, X, y, cv=2, params={"sample_weight": weights})
        assert not np.isnan(scores).any()
        assert search.get_metadata_routing().consumes("fit", ["sample_weight"])


def test_a_fitted_search_is_cloned_unfitted(make):
    search = make(SVC(), {"C": C}).fit(X, y)
    cloned = clone(search)
    assert not hasattr(cloned, "cv_results_")
    assert params_of(cloned.fit(X, y)) == params_of(search)


@pytest.mark.parametrize("space", [{"C": C}, {"C": [1, 2, 3]}, KERNELS])
def test_a_fitted_search_is_pickled(make, space):
    search = make(SVC(), space).fit(X, y)
    loaded = pickle.loads(pickle.dumps(search))
    assert params_of(loaded) == params_of(search)
    np.testing.assert_array_equal(loaded.predict(X), search.predict(X))
    assert params_of(loaded.fit(X, y)) == params_of(search)


def test_methods_are_the_best_estimators(make):
    search = make(
        make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": C}
    )
    search.fit(X, y)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        expected = getattr(search.best_estimator_, method)(X)
        np.testing.assert_array_equal(getattr(search, method)(X), expected)
    assert not hasattr(search, "transform")
    transformer = make(
        make_pipeline(StandardScaler(), SelectKBest()),
        {"selectkbest__k": (1, 5)},
        scoring=lambda *_: 0.0,
    )
    assert transformer.fit(X, y).transform(X).shape == (
        60,
        transformer.best_params_["selectkbest__k"],
    )


def test_without_refit_there_is_no_best_estimator(make):
    search = make(SVC(), {"C": C}, refit=False).fit(X, y)
    assert search.best_params_ == params_of(search)[search.best_index_]
    assert not hasattr(search, "best_estimator_")
    assert not hasattr(search, "classes_")
    assert not hasattr(search, "predict")


def test_callable_refit_chooses_the_row(make):
    seen = []

    def last(cv_results):
        seen.append(set(cv_results))
        return len(cv_results["params"]) - 1

    search = make(SVC(), {"C": C}, refit=last).fit(X, y)
    assert search.best_index_ == 5
    assert params_of(search)[5]["C"] == search.best_estimator_.C
    assert not hasattr(search, "best_score_")
    assert len(seen) == 1
    assert {"params", "mean_test_score", "rank_test_score"} <= seen[0]


@pytest.mark.parametrize(("index", "error"), [(10, IndexError), (-1, IndexError), ("x", TypeError)])
def test_a_callable_refit_that_returns_nonsense_is_an_error(make, index, error):
    with pytest.raises(error, match="best_index_"):
        make(SVC(), {"C": C}, refit=lambda cv_results: index).fit(X, y)


def test_clusterers_need_no_target(make):
    search = make(KMeans(n_init=1, random_state=0), {"n_clusters": (2, 5)}, cv=3).fit(X)
    assert_same_results(search, reference(search, X, None))
    assert search.predict(X).shape == (60,)


def test_outlier_detectors(make):
    labels = np.where(np.arange(60) % 10, 1, -1)
    data = X + 10 * (labels == -1)[:, None]
    search = make(
        IsolationForest(n_estimators=5, random_state=0),
        {"contamination": (0.01, 0.3), "max_features": [0.5, 1.0]},
        scoring="f1",
        n_iter=4,
    ).fit(data, labels)
    assert_same_results(search, reference(search, data, labels))
    assert search.score_samples(data).shape == (60,)


def test_classes_and_features_are_the_best_estimators(make):
    labels = np.array(["no", "yes"])[y]
    search = make(SVC(), {"C": C}).fit(X, labels)
    assert search.classes_.tolist() == ["no", "yes"]
    assert search.n_features_in_ == 5
    assert not hasattr(search, "feature_names_in_")


def test_html_shows_the_search_and_its_estimator(make):
    search = make(make_pipeline(StandardScaler(), SVC()), {"svc__C": C})
    for html in (search._repr_html_(), search.fit(X, y)._repr_html_()):
        assert type(search).__name__ in html
        assert "StandardScaler" in html


def test_text_shows_what_differs_from_the_defaults(make):
    assert repr(make(SVC(), {"C": [1]}, n_iter=7)).startswith(f"{type(make(None, {})).__name__}(")
    assert "n_iter=7" in repr(make(SVC(), {"C": [1]}, n_iter=7))


# -- 5: reproducible ------------------------------------------------------------------------------


@pytest.mark.parametrize("space", [{"C": C, "gamma": C}, KERNELS, {"C": (1, 100)}])
def test_an_int_gives_the_same_search_each_time(make, space):
    search = make(SVC(), space, n_iter=8, random_state=7)
    first = params_of(search.fit(X, y))
    assert params_of(search.fit(X, y)) == first
    assert params_of(clone(search).fit(X, y)) == first
    assert params_of(search.set_params(random_state=8).fit(X, y)) != first


def test_a_random_state_is_used_and_advanced(make):
    def twice(seed):
        search = make(SVC(), {"C": C}, random_state=np.random.RandomState(seed))
        return [params_of(search.fit(X, y)) for _ in range(2)]

    assert twice(0) == twice(0)
    assert twice(0)[0] != twice(0)[1]
    assert twice(0) != twice(1)


def test_none_gives_another_search_each_time(make):
    np.random.seed(0)  # noqa: NPY002
    first = params_of(make(SVC(), {"C": C}, random_state=None).fit(X, y))
    np.random.seed(0)  # noqa: NPY002
    second = params_of(make(SVC(), {"C": C}, random_state=None).fit(X, y))
    assert first != second


@pytest.mark.parametrize("random_state", [None, 0])
def test_global_generators_are_left_alone(make, random_state):
    before = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    make(SVC(random_state=0), KERNELS, random_state=random_state).fit(X, y)
    after = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    np.testing.assert_equal(after, before)


def test_a_shuffling_splitter_without_seed_is_drawn_once(make):
    class Folds(Probe):
        def fit(self, X, y):
            self.seen = tuple(X[:, 0])
            return super().fit(X, y)

    seen = []

    def note(estimator, X, y):
        seen.append((estimator.seen, tuple(X[:, 0])))
        return 0.0

    make(Folds(), {"a": [1, 2, 3]}, cv=KFold(2, shuffle=True), scoring=note, refit=False).fit(X, y)
    assert len(seen) == 6
    assert len(set(seen)) == 2


def test_a_splitter_is_asked_once_for_splits(make):
    class Counting(KFold):
        n_asked = 0

        def split(self, X, y=None, groups=None):
            type(self).n_asked += 1
            return super().split(X, y, groups)

    make(SVC(), {"C": C}, cv=Counting(2)).fit(X, y)
    assert Counting.n_asked == 1


def test_nothing_of_the_callers_is_changed(make):
    estimator = Pipeline([("scale", StandardScaler()), ("svc", SVC(C=2.0))])
    before = str(estimator.get_params())
    scale = [StandardScaler(), "passthrough", None]
    space = [{"svc__C": C, "scale": scale}, {"svc__C": [1, 2], "svc__gamma": [0.1, 0.1]}]
    contents = [dict(one) for one in space]
    initial = [{"svc__C": 1.0}]
    weights = np.ones(len(y))
    data, labels = X.copy(), y.copy()
    data.flags.writeable = labels.flags.writeable = weights.flags.writeable = False
    search = make(estimator, space, initial_params=initial)
    search.fit(data, labels, svc__sample_weight=weights)
    assert search.estimator is estimator
    assert str(estimator.get_params()) == before
    assert not hasattr(estimator["scale"], "mean_")
    assert not hasattr(scale[0], "mean_")
    assert search.param_distributions is space
    assert [dict(one) for one in space] == contents
    assert space[0]["scale"] is scale
    assert initial == [{"svc__C": 1.0}]
    assert not hasattr(estimator["svc"], "classes_")


def test_parameters_are_not_changed_by_fit(make):
    search = make(SVC(), KERNELS, n_iter=4)
    before = search.get_params(deep=False)
    search.fit(X, y)
    after = search.get_params(deep=False)
    assert before.keys() == after.keys()
    assert all(after[name] is value for name, value in before.items())


def test_a_second_fit_starts_afresh(make):
    search = make(SVC(), {"C": C}, scoring=["accuracy", "f1"], refit="f1").fit(X, y)
    search.set_params(scoring=None, refit=True, n_iter=4)
    search.fit(X[:, :3], y)
    assert len(params_of(search)) == 4
    assert "mean_test_f1" not in search.cv_results_
    assert search.n_features_in_ == 3


# -- 7: robust ------------------------------------------------------------------------------------


ignore_non_finite = pytest.mark.filterwarnings(
    "ignore:One or more of the .* scores are non-finite:UserWarning"
)
ignore_failures = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.FitFailedWarning", "ignore:One or more:UserWarning"
)


@ignore_non_finite
@pytest.mark.parametrize("error_score", [0.0, -3, math.nan])
def test_failing_fits_score_error_score_and_the_search_goes_on(make, error_score):
    search = make(Probe(), {"a": [1, 2, 3], "fails": [False, True]}, error_score=error_score)
    with pytest.warns(FitFailedWarning, match=r"9 fits failed out of a total of 18") as caught:
        search.fit(X, y)
    assert sum(issubclass(w.category, FitFailedWarning) for w in caught) == 1
    scores = search.cv_results_["mean_test_score"]
    for params, score in zip(params_of(search), scores, strict=True):
        np.testing.assert_equal(score, error_score if params["fails"] else params["a"])
    assert search.best_params_ == {"a": 3, "fails": False}
    with pytest.warns(FitFailedWarning):
        expected = reference(search, X, y)
    assert_same_results(search, expected)


@ignore_failures
def test_a_failing_first_trial_does_not_end_the_search(make):
    search = make(
        Probe(), {"a": [1, 2, 3], "fails": [False, True]}, initial_params={"a": 3, "fails": True}
    )
    search.fit(X, y)
    assert params_of(search)[0] == {"a": 3, "fails": True}
    assert len(params_of(search)) == 6
    assert search.best_params_ == {"a": 3, "fails": False}


@ignore_failures
def test_failures_before_a_callable_has_named_its_metrics(make):
    search = make(
        Probe(),
        {"a": (0.0, 1.0), "fails": [False, True]},
        initial_params=[{"a": 1.0, "fails": True}, {"a": 0.5, "fails": True}],
        scoring=both_ways,
        refit="down",
        error_score=-9.0,
        n_iter=8,
    ).fit(X, y)
    for metric in ("up", "down"):
        assert search.cv_results_[f"mean_test_{metric}"][:2].tolist() == [-9.0, -9.0]
    assert not search.best_params_["fails"]


@ignore_failures
def test_many_failures_in_a_continuous_space(make):
    space = {"a": C, "fails": [False, True, True, True]}
    search = make(Probe(), space, n_iter=12).fit(X, y)
    assert len(params_of(search)) == 12
    assert not search.best_params_["fails"]


def test_failures_on_some_folds_only(make):
    class Picky(Probe):
        def fit(self, X, y):
            if self.a > 1 and X[0, 0] == SECOND_FOLD_STARTS_WITH:
                raise ValueError("not this fold")
            return super().fit(X, y)

    cv = list(KFold(3).split(X))
    SECOND_FOLD_STARTS_WITH = X[cv[0][0][0], 0]
    search = make(Picky(), {"a": [1, 2, 3]}, cv=cv, error_score=0.0)
    with pytest.warns(FitFailedWarning, match=r"2 fits failed out of a total of 9"):
        search.fit(X, y)
    by_a = dict(
        zip(search.cv_results_["param_a"], search.cv_results_["mean_test_score"], strict=True)
    )
    assert by_a == pytest.approx({1: 1.0, 2: 4 / 3, 3: 2.0})


@pytest.mark.parametrize("scoring", [None, ["accuracy", "f1"], both_scores])
@pytest.mark.parametrize("n_trials", [1, 4])
def test_all_fits_failing_is_scikit_learns_error(make, scoring, n_trials):
    search = make(Probe(fails=True), {"a": [1, 2, 3, 4][:n_trials]}, scoring=scoring, refit=False)
    with pytest.raises(ValueError, match=rf"All the {3 * n_trials} fits failed(.|\n)*told to fail"):
        search.fit(X, y)


def test_error_score_raise_stops_at_once(make):
    search = make(
        Probe(),
        {"a": C, "fails": [False, True]},
        error_score="raise",
        n_iter=20,
        initial_params=[{"a": 1.0, "fails": False}, {"a": 1.0, "fails": True}],
    )
    with pytest.raises(ValueError, match="told to fail"):
        search.fit(X, y)
    assert [fit["fails"] for fit in Probe.fits] == [False] * 3 + [True]


@ignore_non_finite
def test_a_value_that_the_estimator_refuses_fails_its_own_trial(make):
    search = make(LogisticRegression(), {"C": [1.0, 2.0, -1.0, "many"]})
    with pytest.warns(FitFailedWarning, match=r"6 fits failed out of a total of 12"):
        search.fit(X, y)
    assert search.best_params_["C"] in (1.0, 2.0)


@ignore_non_finite
def test_a_scorer_that_fails_scores_nan(make):
    def scorer(estimator, X, y):
        if estimator.a == 2:
            raise ValueError("cannot score")
        return float(estimator.a)

    search = make(Probe(), {"a": [1, 2, 3]}, scoring=scorer)
    with pytest.warns(UserWarning, match="Scoring failed"):
        search.fit(X, y)
    assert math.isnan(search.cv_results_["mean_test_score"][1])
    assert search.cv_results_["rank_test_score"].tolist() == [2, 3, 1]
    assert search.best_params_ == {"a": 3}


@pytest.mark.filterwarnings("ignore:One or more", "ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_scores_that_are_not_finite_do_not_end_the_search(make, bad):
    def scorer(estimator, X, y):
        return bad if estimator.a > 0.5 else float(estimator.a)

    search = make(Probe(), {"a": (0.0, 1.0)}, scoring=scorer, n_iter=10).fit(X, y)
    assert len(params_of(search)) == 10
    if bad != math.inf:
        assert search.best_params_["a"] <= 0.5


def test_a_failing_refit_is_raised(make):
    class NeedsFewRows(Probe):
        def fit(self, X, y):
            if len(X) == 60:
                raise RuntimeError("too many rows")
            return super().fit(X, y)

    search = make(NeedsFewRows(), {"a": [1, 2]})
    with pytest.raises(RuntimeError, match="too many rows"):
        search.fit(X, y)
    assert search.best_params_ == {"a": 2}


# -- 8: no duplicate work -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("space", "size"),
    [
        ({"a": [1, 2, 2, 1]}, 2),
        ({"a": (1, 4), "b": ["x", "y"]}, 8),
        ([{"a": [1, 2]}, {"a": [2, 3]}], 3),
        ({"a": stats.randint(0, 3), "b": [None]}, 3),
        ({"a": [7]}, 1),
    ],
)
def test_a_finite_space_is_tried_once_and_ends_the_search(make, space, size):
    search = make(Probe(), space, n_iter=50).fit(X, y)
    assert len(params_of(search)) == size
    assert len({str(params) for params in params_of(search)}) == size
    assert len(Probe.fits) == 3 * size + 1


def test_a_budget_larger_than_a_large_finite_space(make):
    search = make(Probe(), {"a": range(400), "b": range(400)}, n_iter=200_000, timeout=0.5)
    assert len(params_of(search.fit(X, y))) < 200_000


@pytest.mark.parametrize("space", [{"a": (0, 30)}, {"a": range(5), "b": ["abcde"]}, KERNELS])
def test_no_configuration_is_tried_twice(make, space):
    estimator = SVC() if space is KERNELS else Probe()
    search = make(estimator, space, n_iter=20 if space is not KERNELS else 12).fit(X, y)
    tried = [str(sorted(params.items())) for params in params_of(search)]
    assert len(set(tried)) == len(tried)


def test_initial_params_count_and_are_not_tried_again(make):
    search = make(Probe(), {"a": (1, 4)}, initial_params=[{"a": 3}, {"a": 3}, {"a": 2}], n_iter=4)
    tried = [params["a"] for params in params_of(search.fit(X, y))]
    assert tried[:2] == [3, 2]
    assert sorted(tried) == [1, 2, 3, 4]


# -- 9: one guide ---------------------------------------------------------------------------------


def uphill(estimator, X, y):
    return float(estimator.a)


def downhill(estimator, X, y):
    return -float(estimator.a)


def both_ways(estimator, X, y):
    return {"up": float(estimator.a), "down": -float(estimator.a)}


@pytest.mark.parametrize(
    ("options", "guide"),
    [
        ({"scoring": {"up": uphill, "down": downhill}, "refit": "up"}, uphill),
        ({"scoring": {"up": uphill, "down": downhill}, "refit": "down"}, downhill),
        ({"scoring": both_ways, "refit": "up"}, uphill),
        ({"scoring": both_ways, "refit": "down"}, downhill),
        ({"scoring": downhill, "refit": False}, downhill),
        ({"scoring": downhill, "refit": first_row}, downhill),
    ],
)
def test_the_metric_of_refit_guides_the_search(make, options, guide):
    assert tried_by(make, **options) == tried_by(make, scoring=guide)
    assert tried_by(make, scoring=uphill) != tried_by(make, scoring=downhill)


@pytest.mark.parametrize("refit", [False, first_row])
@pytest.mark.parametrize(
    ("scoring", "guide"),
    [
        ({"up": uphill, "down": downhill}, uphill),
        ({"down": downhill, "up": uphill}, downhill),
        (both_ways, uphill),
    ],
)
def test_if_refit_names_no_metric_the_first_guides_or_all_do(make, searcher, scoring, guide, refit):
    is_guided_by_first = tried_by(make, scoring=scoring, refit=refit) == tried_by(
        make, scoring=guide
    )
    assert is_guided_by_first == (searcher not in MAXIMISES_ALL)


def tried_by(make, **options):
    return params_of(make(Probe(), {"a": (0.0, 1.0)}, n_iter=10, **options).fit(X, y))


# -- 10: native values ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1, 2, 3]), int),
        (np.linspace(0, 1, 4), float),
        (np.array(["x", "y"]), str),
        (np.array([True, False]), bool),
        (pd.Series([1, 2]), int),
        (stats.randint(1, 9), int),
        (stats.uniform(), float),
        (stats.rv_discrete(values=([1, 2], [0.5, 0.5])), int),
        ((1, 9), int),
        ((0.0, 1.0), float),
        (Real(1e-3, 1, prior="log-uniform"), float),
        (Integer(1, 9), int),
        (Categorical(["x", "y"]), str),
    ],
)
def test_estimators_receive_native_values(make, value, expected):
    search = make(Probe(), {"b": value}).fit(X, y)
    received = [fit["b"] for fit in Probe.fits] + [params["b"] for params in params_of(search)]
    assert {type(x) for x in [*received, search.best_params_["b"]]} == {expected}


def test_estimators_receive_clones_of_the_choices_as_from_scikit_learn(make):
    choices = [(1, 2.0), np.mean, None, "x", {"y": [1]}]
    make(Probe(), {"b": choices}, refit=False).fit(X, y)
    assert [fit["b"] for fit in Probe.fits[::3]] == choices
    assert [type(fit["b"]) for fit in Probe.fits[::3]] == list(map(type, choices))
    models = [SVC(), Ridge()]
    make(Probe(), {"b": models}).fit(X, y)
    assert {type(fit["b"]) for fit in Probe.fits[-7:]} == {SVC, Ridge}
    assert not any(fit["b"] is model for fit in Probe.fits for model in models)


def test_results_keep_the_very_objects_of_a_list(make):
    choices = [SVC(), Ridge(), {"x": 1}, [1, 2], np.ones(2)]
    search = make(Probe(), {"b": choices}).fit(X, y)
    assert [id(params["b"]) for params in params_of(search)] == list(map(id, choices))


# -- starting points ------------------------------------------------------------------------------

SVC_SPACE = {"C": C, "gamma": (1e-3, 10.0, "log-uniform"), "kernel": ["rbf", "linear"]}


@pytest.mark.parametrize(
    ("initial_params", "expected"),
    [
        ("defaults", [{"C": 1.0, "gamma": 0.1, "kernel": "rbf"}]),
        ({}, [{"C": 1.0, "gamma": 0.1, "kernel": "rbf"}]),
        ({"C": 5.0}, [{"C": 5.0, "gamma": 0.1, "kernel": "rbf"}]),
        (
            [{"kernel": "linear", "gamma": 1.0}, {"C": 2.0, "gamma": 3.0, "kernel": "rbf"}],
            [
                {"C": 1.0, "gamma": 1.0, "kernel": "linear"},
                {"C": 2.0, "gamma": 3.0, "kernel": "rbf"},
            ],
        ),
        ([], []),
        (None, []),
    ],
)
def test_initial_params_are_tried_first(make, initial_params, expected):
    search = make(SVC(), SVC_SPACE, initial_params=initial_params).fit(X, y)
    first = params_of(search)[: len(expected)]
    assert [{**params, "gamma": pytest.approx(params["gamma"])} for params in first] == expected
    assert len(params_of(search)) == 6


def test_defaults_are_the_estimators_own(make):
    pipeline = Pipeline([("svc", SVC(C=7.0))])
    search = make(pipeline, {"svc__C": C}, initial_params="defaults").fit(X, y)
    assert params_of(search)[0] == {"svc__C": 7.0}


def test_initial_params_choose_the_space_they_fit(make):
    search = make(SVC(), KERNELS, initial_params=[{"degree": 3}, {"gamma": 0.5}]).fit(X, y)
    first, second = params_of(search)[:2]
    assert first == {"kernel": "poly", "degree": 3}
    assert second == {"kernel": "rbf", "gamma": 0.5, "class_weight": None}


@pytest.mark.parametrize(
    ("value", "given", "expected"),
    [
        ((0.1, 10.0), 3, float),
        ((0.1, 10.0), np.float64(3), float),
        (C, np.float32(3), float),
        ((1, 10), 3.0, int),
        ((1, 10**6), np.int64(3), int),
        ([1, 3, 5], np.int64(3), int),
        ([1, 3, 5], 3.0, int),
        ([1.0, 3.0], 3, float),
    ],
)
def test_initial_params_get_the_types_of_the_space(make, value, given, expected):
    search = make(Probe(), {"a": value}, initial_params={"a": given}).fit(X, y)
    first = params_of(search)[0]["a"]
    assert (type(first), first) == (expected, 3)
    assert {type(fit["a"]) for fit in Probe.fits} == {expected}


def test_defaults_get_the_types_of_the_space(make):
    search = make(Probe(a=1.0), {"a": [1, 2, 3]}, initial_params="defaults").fit(X, y)
    assert type(params_of(search)[0]["a"]) is int


def test_more_initial_params_than_trials(make):
    search = make(SVC(), {"C": C}, initial_params=[{"C": float(c)} for c in range(1, 9)], n_iter=3)
    assert params_of(search.fit(X, y)) == [{"C": 1.0}, {"C": 2.0}, {"C": 3.0}]


# -- users of scikit-optimize ---------------------------------------------------------------------


def test_search_spaces_of_scikit_optimize_work_as_second_argument(make):
    search_spaces = {
        "C": Real(1e-3, 1e1, prior="log-uniform"),
        "gamma": (1e-6, 1e1, "log-uniform"),
        "degree": Integer(1, 4),
        "kernel": Categorical(["linear", "poly", "rbf"]),
        "tol": (1e-4, 1e-2),
        "shrinking": [True, False],
    }
    search = make(SVC(), search_spaces, n_iter=8).fit(X, y)
    for params in params_of(search):
        assert params.keys() == search_spaces.keys()
        assert 1e-3 <= params["C"] <= 1e1
        assert 1e-6 <= params["gamma"] <= 1e1
        assert params["degree"] in range(1, 5)
        assert params["kernel"] in ("linear", "poly", "rbf")
        assert 1e-4 <= params["tol"] <= 1e-2
        assert params["shrinking"] in (True, False)


# -- time limit -----------------------------------------------------------------------------------


class Slow(Probe):
    """Takes its time."""

    def fit(self, X, y):
        time.sleep(0.02)
        return super().fit(X, y)


def test_a_time_limit_keeps_what_was_finished(make):
    search = make(Slow(), {"a": C}, n_iter=10_000, timeout=0.3).fit(X, y)
    assert 1 <= len(params_of(search)) < 10_000
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_params_["a"] == max(params["a"] for params in params_of(search))
    assert search.best_estimator_.a == search.best_params_["a"]


def test_the_shortest_time_limit_leaves_the_first_trial(make):
    search = make(Slow(), {"a": C}, timeout=1e-9).fit(X, y)
    assert len(params_of(search)) == 1
    assert search.cv_results_["split2_test_score"].tolist() == [search.best_params_["a"]]


def test_a_long_time_limit_changes_nothing(make):
    with_limit, without = (
        params_of(make(SVC(), {"C": C}, timeout=timeout).fit(X, y)) for timeout in (1e6, None)
    )
    assert with_limit == without
