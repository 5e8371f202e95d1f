"""scikit-learn's own tests of its searchers, run on ours.

The installed ``sklearn.model_selection.tests.test_search`` is executed a second time with
``BayesSearch`` in the place of ``GridSearchCV`` and ``RandomizedSearchCV``, so that what
scikit-learn promises of a searcher is checked by whoever made the promise.
"""

import importlib.util
import sys
from typing import ClassVar
from unittest import mock

import numpy as np
import sklearn.model_selection
import sklearn.model_selection.tests.test_search as original

from sklearn_hpt import BayesSearch


class GridSearchCV(BayesSearch):
    """A search of a whole grid: ``n_iter`` is larger than any grid in the suite."""

    _parameter_constraints: ClassVar = {
        **{
            name: constraint
            for name, constraint in BayesSearch._parameter_constraints.items()
            if name in sklearn.model_selection.GridSearchCV._parameter_constraints
        },
        "param_grid": [dict, list],
    }

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        error_score=np.nan,
        return_train_score=False,
    ):
        super().__init__(
            estimator,
            param_grid,
            n_iter=10_000,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=0,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_grid = param_grid


def _load_suite():
    spec = importlib.util.spec_from_file_location("sklearn_suite_on_ours", original.__file__)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its classes are pickled by reference
    with (
        mock.patch.object(sklearn.model_selection, "GridSearchCV", GridSearchCV),
        mock.patch.object(sklearn.model_selection, "RandomizedSearchCV", BayesSearch),
    ):
        spec.loader.exec_module(module)
    return module


_suite = _load_suite()
globals().update({name: value for name, value in vars(_suite).items() if name.startswith("test_")})
