"""What goes wrong in a fit, a scorer or a worker costs as little of a search as it can."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from pathlib import Path

import joblib
import numpy as np
import pytest
from engine_stand_ins import PATIENCE, Toy, X, backend, dask_backend, wait_until, y
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV

from sklearn_hpt import BayesSearch
from sklearn_hpt.engine import WorkerLostError

VALUES = list(range(6))
DEADLY = 3
# Scripts that are run find what the tests find.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


class Killer(Toy):
    """Kills its process at one value, always or once, and leaves a mark in a file each time."""

    def __init__(self, value=0, seconds=0.0, parent=None, marks=None, once=False):
        super().__init__(value, seconds)
        self.parent = parent
        self.marks = marks
        self.once = once

    def fit(self, X, y=None):
        is_over = self.once and Path(self.marks).exists()
        if self.value == DEADLY and os.getpid() != self.parent and not is_over:
            if self.marks is not None:
                with Path(self.marks).open("a") as file:
                    file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fit(X, y)


def search(estimator, **options):
    """A search over a finite space, which starts its trials in the order of `VALUES`."""
    options = {"n_iter": len(VALUES), "cv": 2, **options}
    return BayesSearch(estimator, {"value": VALUES}, **options)


def expected_scores():
    return search(Toy()).fit(X, y).cv_results_["mean_test_score"]


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite:UserWarning")
class TestKilledWorker:
    def test_costs_its_trial_and_no_other(self, tmp_path):
        marks = tmp_path / "marks"
        killer = search(
            Killer(parent=os.getpid(), marks=str(marks)),
            n_jobs=2,
            cv=4,
            scoring={"a": score_value, "b": score_twice_the_value},
            refit="a",
            error_score=-7,
        )
        with pytest.warns(FitFailedWarning, match="(?s)4 fits failed out of a total of 24.*lost"):
            killer.fit(X, y)
        # Two workers may die at first, and one does when a fold runs alone: that is enough to know.
        assert len(marks.read_text()) <= 3
        assert [params["value"] for params in killer.cv_results_["params"]] == VALUES
        assert killer.cv_results_["mean_test_a"].tolist() == [0, 1, 2, -7, 4, 5]
        assert killer.cv_results_["mean_test_b"].tolist() == [0, 2, 4, -7, 8, 10]
        assert killer.best_params_ == {"value": 5}

    def test_once_costs_a_retry_which_is_no_news_to_callbacks(self, tmp_path):
        class Recorder:
            def __init__(self):
                self.calls = Counter()

            def setup(self, estimator, context):
                pass

            def teardown(self, estimator, context):
                pass

            def on_fit_task_begin(self, estimator, context):
                self.calls["begin", context.task_name] += 1

            def on_fit_task_end(self, estimator, context):
                self.calls["end", context.task_name] += 1

        marks = tmp_path / "marks"
        recorder = Recorder()
        killer = search(Killer(parent=os.getpid(), marks=str(marks), once=True), n_jobs=2)
        if hasattr(killer, "set_callbacks"):  # of scikit-learn 1.9
            killer.set_callbacks(recorder)
        killer.fit(X, y)
        assert marks.exists()
        np.testing.assert_array_equal(killer.cv_results_["mean_test_score"], expected_scores())
        assert {n for (_, name), n in recorder.calls.items() if "split" in name} <= {12}

    def test_raises_if_errors_are_to_be_raised(self):
        with pytest.raises(WorkerLostError, match="worker was lost"):
            search(Killer(parent=os.getpid()), n_jobs=2, error_score="raise").fit(X, y)

    def test_on_dask_is_survived_as_well(self):
        dask = pytest.importorskip("dask")
        pytest.importorskip("distributed")  # whose defaults must be there before one is set
        # By default dask gives a task to three more workers before it gives it up.
        with (
            dask.config.set({"distributed.scheduler.allowed-failures": 0}),
            dask_backend(processes=True, is_fresh=True),
        ):
            killer = search(Killer(parent=os.getpid()))
            with pytest.warns(FitFailedWarning, match="lost"):
                killer.fit(X, y)
        expected = expected_scores()
        expected[DEADLY] = np.nan
        np.testing.assert_array_equal(killer.cv_results_["mean_test_score"], expected)


def score_value(estimator, X, y=None):
    return estimator.value


def score_twice_the_value(estimator, X, y=None):
    return 2 * estimator.value


class Interrupted(Toy):
    def fit(self, X, y=None):
        if self.value == DEADLY:
            raise KeyboardInterrupt
        return super().fit(X, y)


class TestInterrupt:
    def test_inline_leaves_the_finished_trials(self):
        interrupted = search(Interrupted())
        with pytest.raises(KeyboardInterrupt):
            interrupted.fit(X, y)
        assert [params["value"] for params in interrupted.cv_results_["params"]] == [0, 1, 2]
        np.testing.assert_array_equal(
            interrupted.cv_results_["mean_test_score"], expected_scores()[:3]
        )
        assert interrupted.best_params_ == {"value": 2}
        assert not hasattr(interrupted, "best_estimator_")

    def test_before_any_trial_was_finished_leaves_nothing(self):
        interrupted = search(Interrupted(), initial_params={"value": DEADLY})
        with pytest.raises(KeyboardInterrupt):
            interrupted.fit(X, y)
        assert not hasattr(interrupted, "cv_results_")

    def test_ctrl_c_with_worker_processes_leaves_the_finished_trials(self, tmp_path):
        """The terminal sends it to the workers too."""
        script = tmp_path / "script.py"
        script.write_text(
            f"""
import json
import os
import time
from pathlib import Path

from engine_stand_ins import Toy, X, y
from sklearn_hpt import BayesSearch

class Endless(Toy):
    def fit(self, X, y=None):
        if self.value >= 4:
            Path({str(tmp_path)!r}, f"busy-{{os.getpid()}}").touch()
            time.sleep(1000)
        return super().fit(X, y)

if __name__ == "__main__":
    search = BayesSearch(Endless(), {{"value": list(range(9))}}, n_iter=9, n_jobs=2, cv=2)
    try:
        search.fit(X, y)
    except KeyboardInterrupt:
        values = [params["value"] for params in search.cv_results_["params"]]
        print(json.dumps([values, search.best_params_]))
"""
        )
        with subprocess.Popen(
            [sys.executable, script],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=ENVIRONMENT,
        ) as process:
            try:
                wait_until(lambda: len(list(tmp_path.glob("busy-*"))) == 2)
                time.sleep(0.5)
                os.killpg(process.pid, signal.SIGINT)
                output, _ = process.communicate(timeout=PATIENCE)
            finally:
                process.kill()
        values, best_params = json.loads(output)
        assert values == [0, 1, 2, 3]
        assert best_params == {"value": 3}


class FailsAt(Toy):
    """Fails in the fit at some values: on each fold, or only on the first."""

    def __init__(self, value=0, seconds=0.0, at=(DEADLY,), on_all_folds=True):
        super().__init__(value, seconds)
        self.at = at
        self.on_all_folds = on_all_folds

    def fit(self, X, y=None):
        if self.value in self.at and (self.on_all_folds or np.min(X) > 0):
            raise ZeroDivisionError(f"no fit at {self.value}")
        return super().fit(X, y)


def score_or_fail(estimator, X, y=None):
    if estimator.value == DEADLY:
        raise ZeroDivisionError("no score")
    return estimator.value


def scores_or_fail(estimator, X, y=None):
    return {"a": estimator.value, "b": score_or_fail(estimator, X, y)}


def score_twice(estimator, X, y=None):
    return {"a": estimator.value, "b": -estimator.value}


def failures_in(recorded):
    """How many fits failed of how many, as the warnings say."""
    messages = [str(w.message).strip() for w in recorded if w.category is FitFailedWarning]
    return [message.partition(".")[0] for message in messages]


def is_score_column(name):
    return "_test_" in name or "_train_" in name


@pytest.mark.filterwarnings("ignore:One or more of the .* scores are non-finite:UserWarning")
class TestFailure:
    """What scikit-learn makes of an error, on the same candidates."""

    @pytest.mark.parametrize("name", ["sequential", "threading", "loky"])
    @pytest.mark.parametrize("error_score", [np.nan, -1.0])
    @pytest.mark.parametrize(
        ("estimator", "scoring", "refit"),
        [
            (FailsAt(), None, True),
            (FailsAt(on_all_folds=False), None, True),
            (FailsAt(at=(0, 5)), None, True),
            (Toy(), score_or_fail, True),
            (Toy(), {"a": score_value, "b": score_or_fail}, "a"),
            (FailsAt(at=(1,)), score_twice, "b"),
        ],
    )
    def test_scores_and_warns_as_in_scikit_learn(
        self, name, estimator, scoring, refit, error_score
    ):
        options = {
            "scoring": scoring,
            "refit": refit,
            "error_score": error_score,
            "return_train_score": True,
            "cv": 2,
        }
        theirs = GridSearchCV(estimator, {"value": VALUES}, **options)
        ours = search(estimator, **options)
        with warnings.catch_warnings(record=True) as their_warnings:
            warnings.simplefilter("always")
            theirs.fit(X, y)
        with warnings.catch_warnings(record=True) as our_warnings:
            warnings.simplefilter("always")
            with backend(name):
                ours.fit(X, y)

        for column in filter(is_score_column, theirs.cv_results_):
            np.testing.assert_array_equal(
                ours.cv_results_[column], theirs.cv_results_[column], err_msg=column
            )
        assert ours.best_params_ == theirs.best_params_
        if name != "loky":  # whose workers print what they warn of
            assert {w.category for w in our_warnings} == {w.category for w in their_warnings}
        assert failures_in(our_warnings) == failures_in(their_warnings)

    @pytest.mark.parametrize("error_score", [np.nan, -1.0])
    @pytest.mark.filterwarnings("ignore:Scoring failed:UserWarning")
    def test_of_a_callable_that_scores_several_metrics_fails_them_all(self, error_score):
        """scikit-learn breaks down here, for want of the metrics' names."""
        failing = search(Toy(), scoring=scores_or_fail, refit="b", error_score=error_score)
        failing.set_params(return_train_score=True).fit(X, y)
        for name in ("mean_test_a", "mean_test_b", "mean_train_b"):
            np.testing.assert_array_equal(
                failing.cv_results_[name], [0, 1, 2, error_score, 4, 5], err_msg=name
            )

    @pytest.mark.parametrize("name", ["sequential", "threading"])
    @pytest.mark.parametrize(
        ("estimator", "scoring"),
        [
            (FailsAt(), None),
            (FailsAt(on_all_folds=False), None),
            (Toy(), score_or_fail),
            (Toy(), scores_or_fail),
        ],
    )
    def test_is_raised_if_asked_for(self, name, estimator, scoring):
        failing = search(estimator, scoring=scoring, error_score="raise", refit=False)
        with backend(name), pytest.raises(ZeroDivisionError):
            failing.fit(X, y)

    @pytest.mark.parametrize("error_score", [np.nan, -1.0])
    def test_of_all_fits_raises_in_scikit_learns_words(self, error_score):
        failing = FailsAt(at=tuple(VALUES))
        options = {"error_score": error_score, "cv": 2}
        with pytest.raises(ValueError, match="All the 12 fits failed") as theirs:
            GridSearchCV(failing, {"value": VALUES}, **options).fit(X, y)
        with pytest.raises(ValueError, match="All the 12 fits failed") as ours:
            search(failing, **options).fit(X, y)
        assert str(ours.value).split("---")[0] == str(theirs.value).split("---")[0]


class HoldsALock(Toy):
    """Not to be pickled, though it can be cloned."""

    def __sklearn_clone__(self):
        copy = HoldsALock(self.value)
        copy.lock = threading.Lock()
        return copy


class NoPickle:
    def __reduce__(self):
        raise TypeError("cannot pickle this choice")

    def __deepcopy__(self, memo):
        return self

    def __float__(self):
        return 1.0


class TestUnpicklable:
    @pytest.mark.parametrize("name", ["loky", "dask-processes"])
    @pytest.mark.parametrize("what", ["estimator", "parameter"])
    def test_is_an_error_that_says_so(self, name, what):
        estimator = HoldsALock() if what == "estimator" else Toy()
        values = [NoPickle(), 1] if what == "parameter" else VALUES
        unpicklable = BayesSearch(estimator, {"value": values}, n_iter=2, cv=2)
        with backend(name), pytest.raises(Exception, match="pickle"):
            unpicklable.fit(X, y)

    def test_runs_in_threads(self):
        with joblib.parallel_config("threading", n_jobs=2):
            search(HoldsALock()).fit(X, y)
            BayesSearch(Toy(), {"value": [NoPickle(), 2]}, n_iter=2, cv=2).fit(X, y)

    def test_leaves_the_workers_to_the_next_search(self):
        with pytest.raises(TypeError, match="pickle"):
            search(HoldsALock(), n_jobs=2).fit(X, y)
        np.testing.assert_array_equal(
            search(Toy(), n_jobs=2).fit(X, y).cv_results_["mean_test_score"], expected_scores()
        )

    def test_classes_and_functions_of_a_script_are_not(self, tmp_path):
        """They are sent by value, as joblib does."""
        script = """
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from sklearn_hpt import BayesSearch

class Mine(SVC):
    pass

X, y = load_iris(return_X_y=True)
search = BayesSearch(
    Mine(), {"C": [1, 10]}, n_iter=2, n_jobs=2, scoring=lambda e, X, y: e.score(X, y)
)
print(search.fit(X, y).best_score_ > 0.9)
"""
        done = subprocess.run(
            [sys.executable, "-"],
            input=script,
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE,
            cwd=tmp_path,
            env=ENVIRONMENT,
            check=False,
        )
        assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr


def test_an_error_is_raised_from_another_process_with_its_traceback():
    failing = search(FailsAt(), error_score="raise", n_jobs=2)
    with pytest.raises(ZeroDivisionError, match=f"no fit at {DEADLY}") as raised:
        failing.fit(X, y)
    assert "test_faults.py" in str(raised.value.__cause__)
