"""With `random_state` an int: the same trials, scores and order anywhere."""

import functools
import os
import random
import time

import joblib
import numpy as np
import pytest
from engine_stand_ins import Toy, X, dask_backend, y
from scipy.stats import loguniform, randint
from sklearn.model_selection import ParameterGrid, ShuffleSplit

from sklearn_hpt import BayesSearch

SPACE = [
    {"value": loguniform(1e-2, 1e2), "kind": ["a", "b"]},
    {"value": (0.0, 5.0), "power": randint(1, 5)},
]
N_ITER = 18


class Hasty(Toy):
    """Takes up to five milliseconds, never the same."""

    def __init__(self, value=0.0, kind="a", power=1):
        self.value = value
        self.kind = kind
        self.power = power

    def fit(self, X, y=None):
        time.sleep(os.urandom(1)[0] / 255 * 0.005)
        self.mean_ = float(np.mean(X))
        return self

    def score(self, X, y=None):
        kind = 0.3 if self.kind == "b" else 0.0
        return kind - abs(np.log10(self.value + 0.1)) ** self.power - self.mean_ / 100


def run(random_state=7, **options):
    options = {"n_iter": N_ITER, "cv": 3, **options}
    return BayesSearch(Hasty(), SPACE, random_state=random_state, **options).fit(X, y)


@functools.cache
def expected(early_discard=False):
    return run(early_discard=early_discard)


def assert_same(search, other):
    assert search.cv_results_["params"] == other.cv_results_["params"]
    for name in other.cv_results_:
        if "_test_" in name:
            np.testing.assert_array_equal(
                search.cv_results_[name], other.cv_results_[name], err_msg=name
            )
    assert search.best_params_ == other.best_params_


class TestSameTrials:
    @pytest.mark.parametrize("early_discard", [False, True])
    @pytest.mark.parametrize("n_jobs", [None, 1, 2, 3])
    @pytest.mark.parametrize("backend", ["threading", "loky"])
    def test_on_any_backend_and_number_of_workers(self, backend, n_jobs, early_discard):
        with joblib.parallel_config(backend):
            search = run(n_jobs=n_jobs, early_discard=early_discard)
        assert_same(search, expected(early_discard))
        assert not early_discard or (search.cv_results_["n_splits_evaluated"] < 3).any()

    @pytest.mark.parametrize("processes", [True, False])
    def test_on_dask(self, processes):
        with dask_backend(processes=processes):
            search = run()
        assert_same(search, expected())

    @pytest.mark.parametrize("pre_dispatch", ["n_jobs", "all"])
    def test_for_any_pre_dispatch(self, pre_dispatch):
        with joblib.parallel_config("threading"):
            assert_same(run(n_jobs=3, pre_dispatch=pre_dispatch), expected())

    def test_again_from_the_same_searcher(self):
        assert_same(run().fit(X, y), expected())

    def test_with_failures_among_them(self):
        class Unreliable(Hasty):
            def fit(self, X, y=None):
                if self.value < 0.3:
                    raise ValueError("too small")
                return super().fit(X, y)

        def results(n_jobs):
            search = BayesSearch(Unreliable(), SPACE, n_iter=N_ITER, cv=3, random_state=7)
            with (
                joblib.parallel_config("threading", n_jobs=n_jobs),
                pytest.warns(match="fits failed|non-finite"),
            ):
                return search.fit(X, y)

        inline = results(1)
        assert np.isnan(inline.cv_results_["mean_test_score"]).any()
        assert_same(results(3), inline)

    def test_and_others_from_another_seed(self):
        assert run(8).cv_results_["params"] != expected().cv_results_["params"]

    def test_splits_are_drawn_once(self):
        """An unseeded splitter gives all trials the same folds."""
        search = BayesSearch(Hasty(), {"kind": ["a", "a "]}, n_iter=2, cv=ShuffleSplit(4)).fit(X, y)
        scores = np.array([search.cv_results_[f"split{fold}_test_score"] for fold in range(4)])
        np.testing.assert_array_equal(scores[:, 0], scores[:, 1])


def global_states():
    name, keys, *rest = np.random.get_state()  # noqa: NPY002  what must not be touched
    return random.getstate(), (name, keys.tolist(), *rest)


@pytest.fixture
def _restored_global_states():
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    yield
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002


@pytest.mark.usefixtures("_restored_global_states")
class TestGlobalRandomState:
    @pytest.mark.parametrize(
        ("random_state", "n_jobs", "surrogate", "n_iter"),
        [(0, 1, "gp", N_ITER), (None, 1, "gp", N_ITER), (0, 2, "gp", N_ITER), (0, 1, "forest", 7)],
    )
    def test_is_neither_seeded_nor_advanced(self, random_state, n_jobs, surrogate, n_iter):
        before = global_states()
        with joblib.parallel_config("threading", n_jobs=n_jobs):
            run(random_state, surrogate=surrogate, n_iter=n_iter)
        assert global_states() == before

    @pytest.mark.parametrize("random_state", [0, None])
    def test_is_not_read(self, random_state):
        params = []
        for _ in range(2):
            random.seed(1)
            np.random.seed(1)  # noqa: NPY002
            params.append(run(random_state).cv_results_["params"])
        assert (params[0] == params[1]) == (random_state is not None)
        random.seed(2)
        np.random.seed(2)  # noqa: NPY002
        assert (run(random_state).cv_results_["params"] == params[0]) == (random_state is not None)

    def test_of_a_given_instance_is_advanced(self):
        """As in scikit-learn: a second search differs, a generator seeded alike does not."""
        states = [np.random.RandomState(3) for _ in range(2)]
        first = run(states[0])
        assert_same(run(states[1]), first)
        assert run(states[0]).cv_results_["params"] != first.cv_results_["params"]


class TestNotReproducible:
    def test_rows_stand_in_starting_order(self):
        """The first to start is the last to finish."""
        grid = {"value": list(range(8)), "seconds": [0.12, 0.08, 0.04, 0.0]}
        search = BayesSearch(
            Toy(), grid, n_iter=32, cv=2, reproducible=False, max_concurrent_trials=8
        )
        with joblib.parallel_config("threading", n_jobs=4):
            search.fit(X, y)
        params = search.cv_results_["params"]
        assert params == list(ParameterGrid(grid))
        np.testing.assert_allclose(
            search.cv_results_["mean_test_score"], [p["value"] + 0.003 for p in params]
        )

    def test_all_trials_are_there(self):
        with joblib.parallel_config("threading", n_jobs=4):
            search = run(reproducible=False, max_concurrent_trials=8)
        assert len(search.cv_results_["params"]) == N_ITER
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
