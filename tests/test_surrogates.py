import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern
from sklearn.linear_model import BayesianRidge, LogisticRegression
from sklearn.svm import SVC

from sklearn_hpt import BayesSearch
from sklearn_hpt.samplers import BayesSampler
from sklearn_hpt.space import Space

SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0), "kind": ["good", "bad"]}


def best_of(sampler, n_trials):
    best = -np.inf
    for _ in range(n_trials):
        params = sampler.ask()
        score = -((params["x"] - 0.3) ** 2) - (params["y"] - 0.6) ** 2
        score -= 0.5 * (params["kind"] == "bad")
        sampler.tell(params, score)
        best = max(best, score)
    return best


@pytest.mark.parametrize(
    "surrogate",
    ["gp", "forest", GaussianProcessRegressor(Matern(0.5), alpha=1e-4, optimizer=None)],
)
def test_every_surrogate_finds_the_optimum(surrogate):
    sampler = BayesSampler(Space(SPACE), random_state=0, surrogate=surrogate)
    assert best_of(sampler, 30) > -0.03


@pytest.mark.parametrize("surrogate", ["forest", BayesianRidge()])
def test_a_surrogate_with_a_seed_of_the_searchs_is_reproducible(surrogate):
    first, second = (
        BayesSampler(Space(SPACE), random_state=3, surrogate=surrogate) for _ in range(2)
    )
    assert best_of(first, 15) == best_of(second, 15)
    assert first.ask() == second.ask()


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


def test_cost_awareness_prefers_the_cheap_half_of_a_flat_optimum():
    def share_of_cheap(cost_aware):
        sampler = BayesSampler(
            Space({"x": (0.0, 1.0), "size": (0.0, 1.0)}), random_state=0, cost_aware=cost_aware
        )
        sizes = []
        for _ in range(40):
            params = sampler.ask()
            sampler.tell_cost(params, 10 ** (3 * params["size"]))
            sampler.tell(params, -((params["x"] - 0.3) ** 2))
            sizes.append(params["size"])
        return np.mean(np.array(sizes[10:]) < 0.5)

    assert share_of_cheap(True) > share_of_cheap(False)
    assert share_of_cheap(True) > 0.7


def test_the_searcher_tells_its_sampler_what_fits_cost():
    X, y = load_iris(return_X_y=True)
    search = BayesSearch(SVC(), {"C": (0.1, 10.0)}, n_iter=8, cost_aware=True, random_state=0)
    assert clone(search).fit(X, y).best_score_ > 0.9
