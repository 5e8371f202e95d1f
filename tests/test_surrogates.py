"""Models of the scores: the Gaussian process, the forest, and regressors of users."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern
from sklearn.linear_model import BayesianRidge, LinearRegression
from skopt.learning import RandomForestRegressor

from sklearn_hpt.samplers import BayesSampler, Outcome
from sklearn_hpt.space import Space

SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0), "kind": ["good", "bad"]}


def best_of(sampler, n_trials):
    best = -np.inf
    for _ in range(n_trials):
        params = sampler.ask()
        score = -((params["x"] - 0.3) ** 2) - (params["y"] - 0.6) ** 2
        score -= 0.5 * (params["kind"] == "bad")
        sampler.tell(params, Outcome(score))
        best = max(best, score)
    return best


@pytest.mark.parametrize(
    "surrogate",
    [
        "gp",
        RandomForestRegressor(n_estimators=20, min_samples_leaf=3),
        GaussianProcessRegressor(Matern(0.5), alpha=1e-4, optimizer=None),
    ],
    ids=["gp", "forest", "sklearn's gp"],
)
def test_every_surrogate_finds_the_optimum(surrogate):
    sampler = BayesSampler(Space(SPACE), random_state=0, surrogate=surrogate)
    assert best_of(sampler, 22) > -0.03


@pytest.mark.parametrize("surrogate", ["forest", BayesianRidge()])
def test_a_surrogate_with_a_seed_of_the_searchs_is_reproducible(surrogate):
    first, second = (
        BayesSampler(Space(SPACE), random_state=3, surrogate=surrogate) for _ in range(2)
    )
    assert best_of(first, 7) == best_of(second, 7)
    assert first.ask() == second.ask()


def test_a_regressor_that_is_not_sure_of_itself_is_refused():
    with pytest.raises(TypeError, match=r"surrogate=LinearRegression\(\).*return_std=True"):
        BayesSampler(Space(SPACE), surrogate=LinearRegression())
