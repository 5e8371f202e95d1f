"""What holds where `fit` is called holds where the fits are done, and nowhere else afterwards."""

import os
import warnings
from contextlib import nullcontext

import pandas as pd
import pytest
import sklearn
from engine_stand_ins import Toy, X, backend, y
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_hpt import BayesSearch

EVERYWHERE = ["sequential", "threading", "loky", "dask-threads", "dask-processes"]


class ToyWarning(UserWarning):
    pass


def is_raised(category):
    try:
        warnings.warn("something", category, stacklevel=1)
    except Warning:
        return 1.0
    return 0.0


class Witness(Toy):
    """Notes what holds while it is fitted."""

    def fit(self, X, y=None):
        self.seen_ = {
            "fit_assumes_finite": float(sklearn.get_config()["assume_finite"]),
            "fit_memory": float(sklearn.get_config()["working_memory"]),
            "fit_raises_toy": is_raised(ToyWarning),
            "fit_raises_other": is_raised(FutureWarning),
            "fit_elsewhere": float(os.getpid()),
        }
        return self


def report(estimator, X, y=None):
    """What the estimator saw, and what holds while it is scored."""
    return {
        **estimator.seen_,
        "score_assumes_finite": float(sklearn.get_config()["assume_finite"]),
        "score_raises_toy": is_raised(ToyWarning),
    }


def observe():
    """What the fits of a search see: the same on all folds of all trials."""
    search = BayesSearch(
        Witness(), {"value": [1, 2, 3]}, n_iter=3, scoring=report, refit=False, cv=2
    )
    results = search.fit(X, y).cv_results_
    seen = {
        name.removeprefix("mean_test_"): values
        for name, values in results.items()
        if name.startswith("mean_test_")
    }
    pids = seen.pop("fit_elsewhere")
    assert all(len(set(values)) == 1 for values in seen.values())
    return {name: values[0] for name, values in seen.items()}, os.getpid() in pids


@pytest.fixture
def _parent():
    """Check that a test leaves its own process as it was."""
    config, filters = sklearn.get_config(), list(warnings.filters)
    yield
    assert sklearn.get_config() == config
    assert warnings.filters == filters


@pytest.mark.usefixtures("_parent")
@pytest.mark.parametrize("name", EVERYWHERE)
class TestWorkers:
    def test_have_the_configuration_and_the_warning_filters_of_the_search(self, name):
        with backend(name):
            with (
                sklearn.config_context(assume_finite=True, working_memory=77),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", ToyWarning)
                config, filters = sklearn.get_config(), list(warnings.filters)
                seen, is_here = observe()
                assert sklearn.get_config() == config
                assert warnings.filters == filters
            assert is_here == (name in {"sequential", "threading", "dask-threads"})
            assert seen == {
                "fit_assumes_finite": 1,
                "fit_memory": 77,
                "fit_raises_toy": 1,
                "fit_raises_other": 0,
                "score_assumes_finite": 1,
                "score_raises_toy": 1,
            }

            # The next search of the same workers sees nothing of it.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", FutureWarning)
                seen, _ = observe()
            assert seen == {
                "fit_assumes_finite": 0,
                "fit_memory": sklearn.get_config()["working_memory"],
                "fit_raises_toy": 0,
                "fit_raises_other": 1,
                "score_assumes_finite": 0,
                "score_raises_toy": 0,
            }


class NeedsAFrame(Toy):
    def fit(self, X, y=None):
        if not isinstance(X, pd.DataFrame):
            raise TypeError(f"no frame but {type(X)}")
        return super().fit(X, y)

    def score(self, X, y=None):
        return float(X.iloc[0, 0])


@pytest.mark.parametrize("name", ["sequential", "threading", "loky"])
@pytest.mark.parametrize("output", ["pandas", "default"])
def test_transform_output_is_that_of_the_search(name, output):
    pipeline = make_pipeline(StandardScaler(), NeedsAFrame())
    search = BayesSearch(
        pipeline, {"needsaframe__value": [1, 2]}, n_iter=2, cv=2, error_score="raise"
    )
    expectation = (
        nullcontext() if output == "pandas" else pytest.raises(TypeError, match="no frame but")
    )
    with backend(name), sklearn.config_context(transform_output=output), expectation:
        search.fit(X, y)
