"""Which folds are suspected when a worker dies, and which trials have failed."""

import os
import signal
import time
import warnings
from collections import Counter
from pathlib import Path

import joblib
import numpy as np
import pytest
from engine_stand_ins import PATIENCE, FakeEvaluation, backend, released, wait_for

from sklearn_hpt._trial import Step, Trial
from sklearn_hpt.engine import WorkerLostError
from sklearn_hpt.engine._dispatcher import Dispatcher, Task

pytestmark = pytest.mark.filterwarnings(
    # Python 3.12 warns of forks, which the multiprocessing backend makes.
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


class Diary:
    """What happened when, in whatever process: lines of a file."""

    def __init__(self, path):
        self.path = path

    def write(self, *words):
        with Path(self.path).open("a") as file:
            file.write(" ".join(map(str, words)) + "\n")

    @property
    def lines(self):
        return [tuple(line.split()) for line in Path(self.path).read_text().splitlines()]

    def count(self, *words):
        words = tuple(map(str, words))
        return sum(line[: len(words)] == words for line in self.lines)


class Kills:
    """Kills its worker at some trials, always or as long as the diary has no word of it."""

    def __init__(self, diary, trials=(), once=False, folds=(0, 1, 2)):
        self.diary = diary
        self.trials = trials
        self.once = once
        self.folds = folds

    def __call__(self, number, fold):
        if number in self.trials and fold in self.folds:
            is_over = self.once and self.diary.count("killed", number)
            if not is_over:
                self.diary.write("killed", number, fold)
                os.kill(os.getpid(), signal.SIGKILL)
        self.diary.write("ran", number, fold)
        return number + fold / 10


@pytest.fixture
def diary(tmp_path):
    path = tmp_path / "diary"
    path.touch()
    return Diary(str(path))


def task(number, *folds):
    return Task(Step(Trial(number, {})), folds, (None,) * len(folds))


def results_of(evaluation, tasks, name="multiprocessing", n_jobs=2, **options):
    """Run tasks, all given at once; return the results of the folds by trial and fold.

    Forks start faster than loky's workers, and die no less.
    """
    found = {}
    with (
        joblib.parallel_config(name, n_jobs=n_jobs),
        Dispatcher(evaluation, None, "all", **options) as dispatcher,
    ):
        for one in tasks:
            dispatcher.submit(one)
        while len(found) < sum(len(one.folds) for one in tasks):
            for one, evaluated in dispatcher.wait(PATIENCE):
                for fold, (result, _) in zip(one.folds, evaluated, strict=True):
                    found[one.step.trial.number, fold] = result
    return found


def scores(found):
    return {key: result.test_scores for key, result in found.items() if result.fit_error is None}


class TestALostWorker:
    @pytest.mark.parametrize("name", ["loky", "multiprocessing"])
    def test_costs_a_retry(self, name, diary):
        evaluation = FakeEvaluation(Kills(diary, trials=[3], once=True))
        found = results_of(evaluation, [task(n, k) for n in range(6) for k in range(3)], name)
        assert scores(found) == {(n, k): n + k / 10 for n in range(6) for k in range(3)}

    def test_fails_all_of_a_trial_that_loses_another_when_alone(self, diary):
        evaluation = FakeEvaluation(Kills(diary, trials=[2]))
        found = results_of(evaluation, [task(n, k) for n in range(5) for k in range(3)])
        assert set(scores(found)) == {(n, k) for n in (0, 1, 3, 4) for k in range(3)}
        assert all("worker was lost" in found[2, k].fit_error for k in range(3))
        # Both workers may run a fold of it at first; a third one is convicted.
        assert 2 <= diary.count("killed", 2) <= 4
        assert diary.count("ran", 2) == 0

    def test_leaves_other_folds_of_the_trial_their_chance(self, diary):
        evaluation = FakeEvaluation(Kills(diary, trials=[1], once=True), n_splits=8)
        found = results_of(evaluation, [task(1, k) for k in range(8)])
        assert len(scores(found)) == 8

    def test_is_raised_with_error_score_raise(self, diary):
        evaluation = FakeEvaluation(Kills(diary, trials=[1]), error_score="raise")
        with pytest.raises(WorkerLostError, match="worker was lost"):
            results_of(evaluation, [task(n, 0) for n in range(3)])
        assert diary.count("ran", 0) == diary.count("ran", 2) == 1  # before it ran alone

    def test_in_a_bunch_of_folds_is_looked_for_in_each(self, diary):
        evaluation = FakeEvaluation(Kills(diary, trials=[1], once=True, folds=(1,)))
        found = results_of(evaluation, [task(0, 0, 1, 2), task(1, 0, 1, 2)])
        assert len(scores(found)) == 6

    def test_serialises_nothing_but_its_own_fold(self, diary):
        def score(number, fold):
            Kills(diary, trials=[0], once=True)(number, fold)
            while 0 < number < 5 and diary.count("ran", 5 - number) == 0:
                time.sleep(0.01)  # for trials that can only come through side by side
            return number

        found = results_of(FakeEvaluation(score), [task(n, 0) for n in (0, 1, 4, 2, 3)])
        assert len(scores(found)) == 5
        assert diary.lines[-1][:2] == ("ran", "0")


class TestFitTimeout:
    @pytest.mark.parametrize("name", ["loky", "multiprocessing"])
    def test_fails_the_trial_that_takes_too_long(self, name):
        def score(number, fold):
            time.sleep(10 * PATIENCE if (number, fold) == (1, 0) else 0.01)
            return number

        tasks = [task(n, k) for n in range(4) for k in range(2)]
        found = results_of(FakeEvaluation(score), tasks, name, fit_timeout=1.0)
        assert {(n, k) for n in (0, 2, 3) for k in range(2)} <= set(scores(found))
        assert "fit_timeout=1.0" in found[1, 0].fit_error

    def test_fails_what_of_the_trial_has_not_begun(self, diary):
        def score(number, fold):
            diary.write("begun", number, fold)
            time.sleep(10 * PATIENCE if fold == 0 else 1.5)
            return number

        tasks = [task(0, k) for k in range(6)]
        found = results_of(FakeEvaluation(score), tasks, fit_timeout=1.0)
        assert all("fit_timeout" in result.fit_error for result in found.values())
        assert diary.count("begun") <= 3

    def test_bounds_each_fold_of_a_bunch(self):
        def score(number, fold):
            time.sleep(10 * PATIENCE if fold == 1 else 0.01)
            return number

        found = results_of(FakeEvaluation(score), [task(0, 0, 1, 2)], fit_timeout=0.5)
        assert "fit_timeout" in found[0, 1].fit_error

    def test_raises_with_error_score_raise(self):
        evaluation = FakeEvaluation(lambda number, fold: time.sleep(PATIENCE), error_score="raise")
        with pytest.raises(TimeoutError, match=r"fit_timeout=0\.2"):
            results_of(evaluation, [task(0, 0)], fit_timeout=0.2)

    @pytest.mark.parametrize("name", ["sequential", "threading", "dask-threads"])
    def test_is_said_not_to_be_kept_where_nothing_can_be_ended(self, name):
        with backend(name), pytest.warns(UserWarning, match=r"fit_timeout=3 is not kept.*loky"):
            Dispatcher(FakeEvaluation(max), None, "all", fit_timeout=3).__exit__(None, None, None)

    def test_is_not_mentioned_unless_set(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Dispatcher(FakeEvaluation(max), None, "all").__exit__(None, None, None)


class TestErrors:
    def test_are_raised_after_what_was_done_before(self):
        def score(number, fold):
            if number == 1:
                raise ZeroDivisionError
            return number

        found = []

        def run():
            with Dispatcher(FakeEvaluation(score), None, "all") as dispatcher:
                for number in (0, 1):
                    dispatcher.submit(task(number, 0))
                while len(found) < 2:
                    found.extend(one.step.trial.number for one, _ in dispatcher.wait(PATIENCE))

        with pytest.raises(ZeroDivisionError):
            run()
        assert found == [0]

    @pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
    @pytest.mark.parametrize("name", ["threading", "loky"])
    def test_of_any_kind_end_the_search(self, name, error):
        def score(number, fold):
            raise error

        with pytest.raises(error):
            results_of(FakeEvaluation(score), [task(0, 0)], name)


def test_waiting_is_for_a_time_at_most():
    with (
        released() as (release,),
        joblib.parallel_config("threading", n_jobs=2),
        Dispatcher(FakeEvaluation(lambda *_: wait_for(release)), None, "all") as dispatcher,
    ):
        dispatcher.submit(task(0, 0))
        assert dispatcher.wait(0.01) == []
        dispatcher.abandon()
        assert not release.is_set()


def test_room_is_for_what_pre_dispatch_says():
    with (
        released() as (release,),
        joblib.parallel_config("threading", n_jobs=2),
        Dispatcher(FakeEvaluation(lambda *_: wait_for(release)), None, "3") as dispatcher,
    ):
        n_submitted = 0
        while dispatcher.has_room:
            dispatcher.submit(task(n_submitted, 0))
            n_submitted += 1
        assert n_submitted == 3
        dispatcher.abandon()


def test_tasks_show_no_training_states():
    secret = np.array(["a secret"])
    assert "a secret" not in repr(Task(Step(Trial(0, {})), (0,), (secret,)))


def test_a_diary_counts(diary):
    diary.write("killed", 3, 0)
    diary.write("killed", 3, 1)
    assert (diary.count("killed"), diary.count("killed", 3, 1), diary.count("ran")) == (2, 1, 0)
    assert Counter(word for word, *_ in diary.lines) == {"killed": 2}
