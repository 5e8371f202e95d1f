"""However a search ends, it keeps what had finished, and claims nothing that is not so."""

import numpy as np
import pytest
from engine_stand_ins import Toy, X, y
from searchers import SEARCHERS

ENDINGS = [KeyboardInterrupt, SystemExit, MemoryError]


class Ending(Toy):
    """Raises what it was given when its value is 3, or when it is fitted to all the data."""

    def __init__(self, value=0.0, seconds=0.0, ending=None, at="value"):
        super().__init__(value, seconds)
        self.ending = ending
        self.at = at

    def fit(self, X, y=None):
        is_all = len(X) == 12
        if is_all if self.at == "refit" else self.value == 3:
            raise self.ending("told to")
        return super().fit(X, y)


@pytest.fixture(params=SEARCHERS.values(), ids=SEARCHERS.keys())
def make(request):
    searcher, settings = request.param

    def make(estimator):
        options = {"n_iter": 5, "cv": 3, "random_state": 0, "error_score": "raise", **settings}
        options |= {"max_concurrent_trials": 1, "initial_params": [{"value": v} for v in range(5)]}
        return searcher(estimator, {"value": [0, 1, 2, 3, 4]}, **options)

    return make


@pytest.mark.filterwarnings("ignore:Halving over 'n_samples':UserWarning")
@pytest.mark.parametrize("ending", ENDINGS)
class TestEndings:
    def test_in_a_fold_keep_what_had_finished(self, make, ending):
        search = make(Ending(ending=ending))
        with pytest.raises(ending, match="told to"):
            search.fit(X, y)
        found = [params["value"] for params in search.cv_results_["params"]]
        assert found == [0, 1, 2]
        assert search.best_params_["value"] == 2
        assert search.best_score_ == search.cv_results_["mean_test_score"].max()
        assert not hasattr(search, "best_estimator_")

    def test_of_the_refit_leave_no_half_made_estimator(self, make, ending):
        search = make(Toy()).fit(X, y)
        assert search.best_estimator_.n_features_in_ == 1
        search.set_params(estimator=Ending(ending=ending, at="refit"))
        with pytest.raises(ending, match="told to"):
            search.fit(X, y)
        assert len(search.cv_results_["params"]) == 5
        assert not hasattr(search, "best_estimator_")
        assert not hasattr(search, "refit_time_")


def test_the_best_row_is_of_one_type(make):
    assert type(make(Toy()).fit(X, y).best_index_) is np.int64
