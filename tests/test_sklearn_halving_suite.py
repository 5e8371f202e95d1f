"""scikit-learn's own tests of halving, run on ours in the place of ``HalvingRandomSearchCV``."""

import importlib.util
import sys
from unittest import mock

import numpy as np
import pytest
import sklearn.model_selection
import sklearn.model_selection.tests.test_successive_halving as original
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  they are experimental

from sklearn_hpt import SuccessiveHalvingSearch

# Of scikit-learn's private helpers, which we do not have.
PRIVATE = {
    "test_subsample_splitter_shapes",
    "test_subsample_splitter_determinism",
    "test_top_k",
}
NOT_OURS = {
    "params4-must yield consistent folds": "folds are drawn once, so any splitter will do",
    "params5-must yield consistent folds": "folds are drawn once, so any splitter will do",
    "param_distributions1-10": "a configuration that is drawn twice is evaluated once",
}

# They provoke warnings by the dozen, which scikit-learn's own configuration lets pass.
pytestmark = pytest.mark.filterwarnings("ignore")


def _load_suite():
    spec = importlib.util.spec_from_file_location("sklearn_halving_suite", original.__file__)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its classes are pickled by reference
    with mock.patch.object(
        sklearn.model_selection, "HalvingRandomSearchCV", SuccessiveHalvingSearch
    ):
        spec.loader.exec_module(module)
    return module


_suite = _load_suite()
globals().update(
    {
        name: test
        for name, test in vars(_suite).items()
        if name.startswith("test_") and name not in PRIVATE
    }
)


@pytest.fixture(autouse=True)
def _ours_alone_and_what_is_not_ours(request):
    """Leave out the cases of ``HalvingGridSearchCV``; expect what we do otherwise to fail."""
    searchers = getattr(request.node, "callspec", None)
    values = searchers.params.values() if searchers else ()
    if sklearn.model_selection.HalvingGridSearchCV in values:
        pytest.skip("a case of scikit-learn's own class")
    for case, reason in NOT_OURS.items():
        if case in request.node.name:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture(autouse=True)
def _global_generator_is_seeded_and_restored():
    state = np.random.get_state()  # noqa: NPY002  the suite draws its data from it
    np.random.seed(0)  # noqa: NPY002
    yield
    np.random.set_state(state)  # noqa: NPY002


def test_private_helpers_exist():
    assert vars(_suite).keys() >= PRIVATE
