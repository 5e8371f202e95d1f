"""scikit-learn's callbacks: what they hear of a search, and where."""

import os
import re
import threading
from collections import Counter

import numpy as np
import pytest
import sklearn
from engine_stand_ins import Toy, X, backend, y
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV
from sklearn.utils.fixes import parse_version

from sklearn_hpt import BayesSearch

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9")
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="scikit-learn 1.9 has callbacks")

BACKENDS = ["sequential", "threading", "loky"]
SPACE = {"value": [0, 1, 2, 3]}


def search(searcher=BayesSearch, estimator=None, **options):
    options = {"n_iter": 4, "cv": 3, "random_state": 0, **options}
    return searcher(estimator or Toy(), SPACE, **options)


def path_of(context):
    """Names and numbers of the tasks from the search down to one."""
    own = (context.task_name, context.task_id)
    return (own,) if context.parent is None else (*path_of(context.parent), own)


class Recorder:
    """Writes down each hook, its task and its process; ends the search where `stop` says."""

    def __init__(self, stop=lambda context: False):
        self.calls = []
        self.tasks = {}
        self.pids = set()
        self.estimators = set()
        self._stop = stop

    def _record(self, hook, estimator, context):
        self.calls.append((hook, path_of(context)))
        self.tasks[path_of(context)] = (context.max_subtasks, context.sequential_subtasks)
        self.pids.add(os.getpid())
        self.estimators.add(type(estimator).__name__)

    def setup(self, estimator, context):
        self._record("setup", estimator, context)

    def teardown(self, estimator, context):
        self._record("teardown", estimator, context)

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
        self._record("begin", estimator, context)

    def on_fit_task_end(self, estimator, context):
        self._record("end", estimator, context)
        return self._stop(context)


class Data(Recorder):
    """Notes the data of each fold, when it begins."""

    def __init__(self):
        super().__init__()
        self.seen = {}

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.seen[path_of(context)] = X, y, metadata


def is_fold(context):
    return context.task_name == "candidate-split-evaluation"


ROOT = (("fit", 0),)
SEARCH = (*ROOT, ("search", 0))
REFIT = (*ROOT, ("refit-with-best-params", 1))
FOLDS = [(*SEARCH, ("candidate-split-evaluation", i)) for i in range(12)]


@needs_callbacks
class TestHooks:
    @pytest.mark.parametrize("name", [*BACKENDS, "dask-threads", "dask-processes"])
    def test_are_called_once_a_task_in_this_process(self, name):
        recorder = Recorder()
        recorder.lock = threading.Lock()  # could not be sent to another process
        with backend(name):
            search().set_callbacks(recorder).fit(X, y)
        assert recorder.pids == {os.getpid()}
        assert recorder.estimators == {"BayesSearch"}
        tasks = [ROOT, SEARCH, REFIT, *FOLDS]
        assert Counter(recorder.calls) == Counter(
            [
                ("setup", ROOT),
                *[(hook, task) for task in tasks for hook in ("begin", "end")],
                ("teardown", ROOT),
            ]
        )

        order = recorder.calls.index
        assert recorder.calls[:3] == [("setup", ROOT), ("begin", ROOT), ("begin", SEARCH)]
        assert all(order(("begin", task)) < order(("end", task)) for task in tasks)
        assert all(order(("end", fold)) < order(("end", SEARCH)) for fold in FOLDS)
        assert recorder.calls[-5:] == [
            *[("end", SEARCH), ("begin", REFIT), ("end", REFIT)],
            *[("end", ROOT), ("teardown", ROOT)],
        ]

    @pytest.mark.parametrize("refit", [True, False])
    def test_have_the_tasks_of_scikit_learns_search(self, refit):
        ours, theirs = Recorder(), Recorder()
        search(refit=refit).set_callbacks(ours).fit(X, y)
        search(RandomizedSearchCV, refit=refit).set_callbacks(theirs).fit(X, y)
        assert ours.tasks == theirs.tasks
        assert ours.calls == theirs.calls

    @pytest.mark.parametrize("name", BACKENDS)
    def test_receive_the_data_of_their_fold(self, name):
        class Weighted(Toy):
            def fit(self, X, y=None, sample_weight=None):
                return super().fit(X, y)

            def score(self, X, y=None, sample_weight=None):
                return super().score(X, y)

        weight = np.arange(12.0)
        ours, theirs = Data(), Data()
        with backend(name):
            search(estimator=Weighted()).set_callbacks(ours).fit(X, y, sample_weight=weight)
        theirs_search = search(RandomizedSearchCV, estimator=Weighted())
        theirs_search.set_callbacks(theirs).fit(X, y, sample_weight=weight)
        assert ours.seen.keys() == theirs.seen.keys()
        for task, (their_X, their_y, their_metadata) in theirs.seen.items():
            our_X, our_y, our_metadata = ours.seen[task]
            np.testing.assert_array_equal(our_X, their_X)
            np.testing.assert_array_equal(our_y, their_y)
            assert (our_metadata is None) == (their_metadata is None)
            if our_metadata is not None:
                np.testing.assert_array_equal(
                    our_metadata["sample_weight"], their_metadata["sample_weight"]
                )

    @pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
    def test_are_torn_down_after_an_error(self, error):
        class Failing(Toy):
            def fit(self, X, y=None):
                if self.value == 2:
                    raise error
                return super().fit(X, y)

        recorder = Recorder()
        failing = search(estimator=Failing(), error_score="raise").set_callbacks(recorder)
        with pytest.raises(error):
            failing.fit(X, y)
        assert recorder.calls[-1] == ("teardown", ROOT)
        assert recorder.calls.count(("teardown", ROOT)) == 1

    def test_reach_estimators_that_have_callbacks(self):
        """A callback that propagates follows the folds that run in this process."""

        class Propagated(Recorder):
            max_propagation_depth = None

        ours, theirs = Propagated(), Propagated()
        inner = {"estimator": search(estimator=Toy()), "cv": 2, "n_iter": 2}
        space = {"n_iter": [1, 2]}
        for searcher, recorder in ((BayesSearch, ours), (RandomizedSearchCV, theirs)):
            options = {**inner, "random_state": 0}
            with pytest.warns(UserWarning, match="Toy does not support callbacks"):
                searcher(param_distributions=space, **options).set_callbacks(recorder).fit(X, y)
        assert ours.tasks.keys() == theirs.tasks.keys()

    @pytest.mark.parametrize("name", BACKENDS)
    def test_that_ask_for_an_end_end_the_search_early(self, name):
        ended = []

        def stop(context):
            if is_fold(context):
                ended.append(divmod(context.task_id, 3))
            return len(ended) >= 7

        recorder = Recorder(stop)
        with backend(name):
            early = search(n_iter=100).set_params(param_distributions={"value": list(range(100))})
            early.set_callbacks(recorder).fit(X, y)
        per_trial = Counter(trial for trial, _ in ended)
        finished = sorted(trial for trial, n_folds in per_trial.items() if n_folds == 3)
        assert 1 <= len(finished) < 20
        assert [params["value"] for params in early.cv_results_["params"]] == finished
        assert early.best_params_ == {"value": finished[-1]}
        assert early.best_estimator_.value == finished[-1]
        assert recorder.calls[-1] == ("teardown", ROOT)


@needs_callbacks
@pytest.mark.parametrize("name", BACKENDS)
def test_the_progress_bar_of_scikit_learn_runs(name, capsys):
    """Around an estimator that has callbacks of its own, which the bar follows."""
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    shown = BayesSearch(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, n_iter=3, cv=2)
    with backend(name):
        shown.set_callbacks(ProgressBar()).fit(X, y)
    assert len(shown.cv_results_["params"]) == 3
    assert re.search(r"BayesSearch - search.* 100%", capsys.readouterr().out)


@pytest.mark.parametrize("name", BACKENDS)
def test_none_are_needed(name):
    with backend(name):
        plain = search().fit(X, y)
    assert plain.best_params_ == {"value": 3}
    assert hasattr(plain, "set_callbacks") == HAS_CALLBACKS
