"""What a search makes of the results of others."""

import numpy as np
import pandas as pd
import pytest
from engine_stand_ins import Toy, X, y
from scipy import stats
from searchers import SEARCHERS
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from sklearn_hpt import BayesSearch, GeneticSearch

pytestmark = pytest.mark.filterwarnings("ignore:Halving over 'n_samples':UserWarning")
SPACE = {"value": stats.uniform(0, 10)}
EARLIER = RandomizedSearchCV(Toy(), SPACE, n_iter=12, cv=3, random_state=0).fit(X, y)


@pytest.fixture(params=SEARCHERS.values(), ids=SEARCHERS.keys())
def make(request):
    searcher, settings = request.param

    def make(space, **options):
        return searcher(
            Toy(), space, **{"n_iter": 4, "cv": 3, "random_state": 0, **settings, **options}
        )

    return make


@pytest.mark.parametrize("form", [lambda s: s, lambda s: pd.DataFrame(s.cv_results_)])
def test_are_no_rows_and_not_evaluated_again(make, form):
    search = make(SPACE, initial_results=form(EARLIER)).fit(X, y)
    known = {params["value"] for params in EARLIER.cv_results_["params"]}
    found = [params["value"] for params in search.cv_results_["params"]]
    assert len(found) == 4
    assert known.isdisjoint(found)


def test_of_a_grid_leave_what_is_new(make):
    grid = GridSearchCV(Toy(), {"value": [1, 2, 3]}, cv=3).fit(X, y)
    search = make({"value": [1, 2, 3, 4]}, initial_results=grid).fit(X, y)
    assert [params["value"] for params in search.cv_results_["params"]] == [4]
    with pytest.raises(ValueError, match=r"initial_results know all of param_distributions"):
        make({"value": [3, 2, 1]}, initial_results=grid).fit(X, y)


def test_outside_of_the_space_are_counted_in_one_warning(make):
    n_outside = int(np.sum([p["value"] > 5 for p in EARLIER.cv_results_["params"]]))
    assert n_outside
    with pytest.warns(UserWarning, match=f"^{n_outside} of the results in initial_results"):
        make({"value": stats.uniform(0, 5)}, initial_results=EARLIER).fit(X, y)


@pytest.mark.parametrize("searcher", [BayesSearch, GeneticSearch])
def test_are_learned_from(searcher):
    """Trials begin where the others have found the best, not with a design."""
    known = pd.DataFrame({"params": [{"value": v} for v in np.linspace(0.5, 9.5, 19)]})
    known["mean_test_score"] = [-((p["value"] - 7) ** 2) for p in known["params"]]
    search = searcher(Toy(), SPACE, n_iter=3, cv=3, random_state=0, initial_results=known)
    found = [params["value"] for params in search.fit(X, y).cv_results_["params"]]
    assert np.mean(np.abs(np.array(found) - 7)) < 2
    if searcher is GeneticSearch:
        assert search.population_history_["trial"].tolist() == [*range(-1, -20, -1), 0, 1, 2]


@pytest.mark.parametrize(
    ("given", "error"), [(3, ValueError), ("results.csv", TypeError), ({}, ValueError)]
)
def test_that_are_none_are_refused(make, given, error):
    with pytest.raises(error, match="initial_results"):
        make(SPACE, initial_results=given).fit(X, y)


def test_of_other_metrics_are_refused(make):
    with pytest.raises(ValueError, match="mean_test_accuracy"):
        make(SPACE, initial_results=EARLIER, scoring=["accuracy"], refit="accuracy").fit(X, y)
