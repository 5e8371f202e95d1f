"""Fitted attributes that are tables: DataFrames to their user, plain arrays to who writes them."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import SGDClassifier
from sklearn.utils.validation import check_is_fitted

from sklearn_hpt import EarlyStoppedSearch, GeneticSearch

X, y = load_iris(return_X_y=True)
TABLES = {"population_history_": GeneticSearch, "learning_curves_": EarlyStoppedSearch}


def fitted(searcher):
    space = {"alpha": (1e-4, 1e-1, "log-uniform")}
    return searcher(SGDClassifier(random_state=0), space, n_iter=5, cv=3, random_state=0).fit(X, y)


@pytest.fixture(params=TABLES)
def name(request):
    return request.param


@pytest.fixture
def search(name):
    return fitted(TABLES[name])


def test_are_data_frames(search, name):
    table = getattr(search, name)
    assert isinstance(table, pd.DataFrame)
    assert len(table)
    table["own"] = 1  # it is the user's
    assert "own" not in getattr(search, name)


def test_are_there_once_fitted(name):
    searcher = TABLES[name]
    unfitted = searcher(SGDClassifier(), {"alpha": [1e-3]})
    assert not hasattr(unfitted, name)
    with pytest.raises(NotFittedError):
        check_is_fitted(unfitted)


def test_survive_pickling_and_joblib_and_not_cloning(search, name, tmp_path):
    joblib.dump(search, tmp_path / "search.joblib")
    for loaded in (pickle.loads(pickle.dumps(search)), joblib.load(tmp_path / "search.joblib")):
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(search, name))
    assert not hasattr(clone(search), name)


def test_are_written_by_skops(search, name):
    skops = pytest.importorskip("skops.io")
    data = skops.dumps(search)
    loaded = skops.loads(data, trusted=skops.get_untrusted_types(data=data))
    np.testing.assert_array_equal(loaded.predict(X), search.predict(X))
    assert getattr(loaded, name).columns.tolist() == getattr(search, name).columns.tolist()
