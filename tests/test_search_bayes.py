"""What BayesSearch makes of its own parameters."""

import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.svm import SVC

from sklearn_hpt import BayesSearch


def test_the_callers_regressor_is_not_fitted():
    regressor = BayesianRidge()
    BayesSearch(SVC(), {"C": (0.1, 10.0)}, n_iter=8, random_state=0, surrogate=regressor, cv=2).fit(
        *load_iris(return_X_y=True)
    )
    assert not hasattr(regressor, "coef_")


def test_a_regressor_without_uncertainty_is_refused_before_any_fit():
    search = BayesSearch(SVC(), {"C": (0.1, 10.0)}, surrogate=LogisticRegression())
    with pytest.raises((TypeError, ValueError), match=r"surrogate.*return_std"):
        search.fit(*load_iris(return_X_y=True))


def test_the_searcher_tells_its_sampler_what_fits_cost():
    X, y = load_iris(return_X_y=True)
    search = BayesSearch(SVC(), {"C": (0.1, 10.0)}, n_iter=8, cost_aware=True, random_state=0)
    assert clone(search).fit(X, y).best_score_ > 0.9
