"""The loop: fill the window, wait, tell."""

import math
import random
import signal
import threading
import time
from collections import Counter

import numpy as np
import pytest
from engine_stand_ins import (
    FakeEvaluation,
    Script,
    numbers,
    released,
    run,
    wait_for,
)

from sklearn_hpt._trial import FoldResult, Step, Trial
from sklearn_hpt.engine import Observer

IN_THIS_PROCESS = [("sequential", 1), *[("threading", n_jobs) for n_jobs in (1, 2, 3, 8)]]
EVERYWHERE = [*IN_THIS_PROCESS, ("loky", 2)]


def score_of(number, fold):
    return number + fold / 10


def score_after_a_while(number, fold):
    time.sleep(random.Random(10 * number + fold).uniform(0, 0.02))
    return score_of(number, fold)


class RecordingObserver(Observer):
    """Writes down what it hears; ends the search at the fold that `stop_at` names."""

    def __init__(self, stop_at=None):
        self.started = []
        self.finished = []
        self.is_local = set()
        self.peak = 0
        self._stop_at = stop_at

    def fold_started(self, step, fold, is_local):
        self.started.append((step.trial.number, fold))
        self.is_local.add(is_local)
        self.peak = max(self.peak, len(self.started) - len(self.finished))

    def fold_finished(self, step, fold, result):
        self.finished.append((step.trial.number, fold))
        return (step.trial.number, fold) == self._stop_at


class TestWindow:
    @pytest.mark.parametrize("window", [1, 3, 5])
    @pytest.mark.parametrize(("backend", "n_jobs"), [("sequential", 1), ("threading", 2)])
    @pytest.mark.parametrize("is_reproducible", [True, False])
    def test_is_full_whenever_trials_are_left_and_never_overfull(
        self, window, backend, n_jobs, is_reproducible
    ):
        scheduler = Script(7)
        evaluation = FakeEvaluation(score_after_a_while, n_splits=1)
        list(
            run(
                evaluation,
                scheduler,
                backend,
                n_jobs,
                window=window,
                is_reproducible=is_reproducible,
            )
        )

        n_open, n_asked, open_when_told = 0, 0, []
        for event, number in scheduler.log:
            if event == "tell":
                open_when_told.append((n_open, 7 - n_asked + n_open))
                n_open -= 1
            elif number is not None:
                n_open += 1
                n_asked += 1
        assert len(open_when_told) == 7
        assert all(n == min(window, n_left) for n, n_left in open_when_told)

    @pytest.mark.parametrize(
        ("pre_dispatch", "capacity"),
        [("2*n_jobs", 4), ("n_jobs", 2), ("n_jobs + 1", 3), (3, 3), (1, 2), ("all", 9)],
    )
    @pytest.mark.parametrize("is_quick", [False, True])
    def test_as_many_folds_are_submitted_as_pre_dispatch_says(
        self, pre_dispatch, capacity, is_quick
    ):
        observer = RecordingObserver()
        evaluation = FakeEvaluation(score_of, n_splits=3, seconds=0.0 if is_quick else 1.0)
        list(
            run(
                evaluation,
                Script(9),
                "threading",
                2,
                window=3,
                observers=[observer],
                pre_dispatch=pre_dispatch,
            )
        )
        if is_quick:  # a task may be all folds of a trial, but there are no more tasks
            assert observer.peak <= 3 * capacity
        else:
            assert observer.peak == capacity

    def test_inline_one_fold_is_under_way_at_a_time(self):
        observer = RecordingObserver()
        list(run(FakeEvaluation(score_of), Script(4), observers=[observer], pre_dispatch="all"))
        assert observer.peak == 1

    @pytest.mark.parametrize("is_failure", [False, True], ids=["quick", "failed"])
    def test_folds_do_not_queue_for_one_worker_because_another_trial_was_quick(self, is_failure):
        """Quick folds are sent in bunches, but how long the next ones take is not known."""
        together = threading.Barrier(4)

        class Evaluation(FakeEvaluation):
            def evaluate(self, step, fold, state=None):
                if step.trial.number > 0:
                    together.wait(5)
                is_failed = is_failure and step.trial.number == 0
                return FoldResult(0.0, 0.0, 0.0, 1, "failed at once" if is_failed else None), None

        list(run(Evaluation(None, n_splits=4), Script(2), "threading", 4, window=1))
        assert not together.broken


class TestOrder:
    @pytest.mark.parametrize(
        ("is_reproducible", "expected"), [(True, [0, 1, 2]), (False, [1, 2, 0])]
    )
    def test_of_telling_when_the_first_trial_takes_longest(self, is_reproducible, expected):
        with released() as (last_is_done,):

            def score(number, fold):
                if number == 0:
                    wait_for(last_is_done)
                return number

            class Hearing(RecordingObserver):
                def fold_finished(self, step, fold, result):
                    if step.trial.number == 2:
                        last_is_done.set()
                    return False

            scheduler = Script(3)
            results = list(
                run(
                    FakeEvaluation(score, n_splits=1),
                    scheduler,
                    "threading",
                    2,
                    is_reproducible=is_reproducible,
                    observers=[Hearing()],
                )
            )
        assert scheduler.told == numbers(results) == expected

    @pytest.mark.parametrize(
        ("backend", "n_jobs"),
        [("sequential", 1), *(("threading", n) for n in range(1, 9)), ("loky", 2)],
    )
    @pytest.mark.parametrize("seconds", [0.0, 1.0])
    def test_of_asking_and_telling_is_the_same_anywhere(self, backend, n_jobs, seconds):
        scheduler = Script(9)
        evaluation = FakeEvaluation(score_after_a_while, seconds=seconds)
        results = list(run(evaluation, scheduler, backend, n_jobs, window=3))
        expected = [("ask", 0), ("ask", 1), ("ask", 2)]
        for number in range(9):
            expected += [("tell", number), ("ask", number + 3 if number < 6 else None)]
        assert scheduler.log == expected
        assert [result.score for result in results] == pytest.approx([n + 0.1 for n in range(9)])

    def test_of_folds_is_that_of_the_splits_whichever_is_done_first(self):
        with released(2) as done:

            def score(number, fold):
                if fold < 2:
                    wait_for(done[1 - fold])
                if fold > 0:
                    done[2 - fold].set()
                return fold

            (result,) = run(FakeEvaluation(score), Script(1), "threading", 3)
        assert result.fold_scores == (0, 1, 2)
        assert [fold.test_scores for fold in result.folds] == [0, 1, 2]


class TestAsk:
    @pytest.mark.parametrize(("backend", "n_jobs"), [("sequential", 1), ("threading", 3)])
    def test_is_repeated_after_a_tell_and_ends_the_search_when_nothing_runs(self, backend, n_jobs):
        class Rungs(Script):
            """Starts two trials, and the next two when both are told."""

            def ask(self):
                asked = sum(event == "ask" and number is not None for event, number in self.log)
                if asked % 2 == 0 and len(self.told) < asked:
                    self.log.append(("ask", None))
                    return None
                return super().ask()

        scheduler = Rungs(4)
        results = list(run(FakeEvaluation(score_of), scheduler, backend, n_jobs, window=4))
        assert numbers(results) == [0, 1, 2, 3]
        assert scheduler.log == [
            *[("ask", 0), ("ask", 1), ("ask", None), ("tell", 0), ("ask", None), ("tell", 1)],
            *[("ask", 2), ("ask", 3), ("ask", None), ("tell", 2), ("ask", None), ("tell", 3)],
            ("ask", None),
        ]

    def test_none_at_once_is_a_search_without_results(self):
        scheduler = Script(0)
        assert list(run(FakeEvaluation(score_of), scheduler)) == []
        assert scheduler.log == [("ask", None)]


class TestShouldContinue:
    def test_hears_the_first_folds_in_order_and_not_the_complete_trial(self):
        scheduler = Script(2)
        list(run(FakeEvaluation(score_of), scheduler))
        assert scheduler.heard == [(0, (0,)), (0, (0, 0.1)), (1, (1,)), (1, (1, 1.1))]

    @pytest.mark.parametrize(("backend", "n_jobs"), EVERYWHERE)
    @pytest.mark.parametrize("seconds", [0.0, 1.0])
    def test_drops_the_same_folds_on_any_number_of_workers(self, backend, n_jobs, seconds):
        # Trial 1 is dropped after one fold, trial 2 after two, and so on.
        scheduler = Script(6, lambda number, scores: len(scores) != number)
        evaluation = FakeEvaluation(score_after_a_while, n_splits=4, seconds=seconds)
        results = list(run(evaluation, scheduler, backend, n_jobs))

        kept = [4, 1, 2, 3, 4, 4]
        assert numbers(results) == list(range(6))
        for number, (result, n_kept) in enumerate(zip(results, kept, strict=True)):
            expected = tuple(score_of(number, fold) for fold in range(n_kept))
            assert result.fold_scores == expected
            assert [fold and fold.test_scores for fold in result.folds] == [
                *expected,
                *[None] * (4 - n_kept),
            ]
            assert result.is_discarded == (n_kept < 4)
        for number, n_kept in enumerate(kept):
            heard = [scores for heard_number, scores in scheduler.heard if heard_number == number]
            assert [len(scores) for scores in heard] == list(range(1, min(n_kept, 3) + 1))

    def test_starts_no_more_folds_of_a_dropped_step(self):
        observer = RecordingObserver()
        scheduler = Script(3, lambda number, scores: False)
        list(run(FakeEvaluation(score_of), scheduler, observers=[observer]))
        assert observer.started == [(0, 0), (1, 0), (2, 0)]

    @pytest.mark.parametrize("is_known", [False, True], ids=["never-told", "told"])
    def test_folds_that_come_after_a_step_was_dropped_are_ignored(self, is_known):
        """Whether the dropped step is still waiting to be told, behind trial 0, or gone."""
        with released(2) as (dropped, late_fold_heard):

            def score(number, fold):
                if number == 0 and not is_known:
                    wait_for(late_fold_heard)
                if (number, fold) == (1, 1):
                    wait_for(dropped)
                if number == 2:
                    wait_for(late_fold_heard)
                return -1 if fold else number

            class Hearing(RecordingObserver):
                def fold_finished(self, step, fold, result):
                    if (step.trial.number, fold) == (1, 1):
                        late_fold_heard.set()
                    return super().fold_finished(step, fold, result)

            def should_continue(number, scores):
                if number == 1:
                    dropped.set()
                return number != 1

            scheduler, observer = Script(3, should_continue), Hearing()
            results = list(
                run(
                    FakeEvaluation(score, n_splits=2),
                    scheduler,
                    "threading",
                    6,
                    observers=[observer],
                )
            )
        assert [result.fold_scores for result in results] == [(0, -1), (1,), (2, -1)]
        assert (1, 1) in observer.finished
        assert results[1].folds[1] is None

    def test_late_folds_do_not_count_for_a_later_step_of_the_same_trial(self):
        """A scheduler may drop a step and yet take the trial up again."""
        trial = Trial(0, {})

        class TwoSteps(Script):
            def ask(self):
                step = super().ask()
                return step and Step(trial, (step.trial.number + 1,))

        with released(2) as (restarted, late_fold_heard):
            calls = Counter()

            def score(number, fold):
                calls[fold] += 1
                if calls[fold] == 1:
                    if fold == 1:
                        wait_for(restarted)
                    return -1
                restarted.set()
                if fold == 1:
                    wait_for(late_fold_heard)
                return 1

            class Hearing(RecordingObserver):
                def fold_finished(self, step, fold, result):
                    if fold == 1:
                        late_fold_heard.set()
                    return False

            results = list(
                run(
                    FakeEvaluation(score, n_splits=2),
                    TwoSteps(2, lambda number, scores: scores[0] > 0),
                    "threading",
                    4,
                    window=1,
                    observers=[Hearing()],
                )
            )
        assert [result.fold_scores for result in results] == [(-1,), (1, 1)]


class TestObserver:
    @pytest.mark.parametrize(("backend", "n_jobs"), EVERYWHERE)
    @pytest.mark.parametrize("seconds", [0.0, 1.0])
    def test_hears_each_fold_begin_once_and_then_end_once(self, backend, n_jobs, seconds):
        observer = RecordingObserver()
        evaluation = FakeEvaluation(score_of, seconds=seconds)
        list(run(evaluation, Script(5), backend, n_jobs, observers=[observer]))
        folds = [(number, fold) for number in range(5) for fold in range(3)]
        assert sorted(observer.started) == sorted(observer.finished) == folds
        assert observer.is_local == {backend != "loky"}

    @pytest.mark.parametrize(("backend", "n_jobs"), IN_THIS_PROCESS)
    def test_ends_the_search_and_what_is_finished_is_kept(self, backend, n_jobs):
        scheduler, observer = Script(50), RecordingObserver(stop_at=(3, 2))
        evaluation = FakeEvaluation(score_of)
        results = list(run(evaluation, scheduler, backend, n_jobs, observers=[observer]))
        n_finished = Counter(number for number, _ in observer.finished)
        assert 3 <= len(results) < 10
        assert scheduler.told == numbers(results) == [n for n in range(50) if n_finished[n] == 3]
        assert all(len(result.fold_scores) == 3 for result in results)
        last_tell = scheduler.log.index(("tell", 3))
        assert all(event != "ask" for event, _ in scheduler.log[last_tell:])

    def test_ends_the_search_with_what_finished_behind_a_slow_trial(self):
        with released() as (release,):

            def score(number, fold):
                if number not in {0, 2}:
                    wait_for(release)
                return score_of(number, fold)

            class Hearing(RecordingObserver):
                def fold_finished(self, step, fold, result):
                    super().fold_finished(step, fold, result)
                    return {(0, 0), (2, 0)} <= set(self.finished)

            scheduler = Script(9)
            evaluation = FakeEvaluation(score, n_splits=1)
            results = list(
                run(evaluation, scheduler, "threading", 3, window=3, observers=[Hearing()])
            )
            assert not release.is_set()
        assert numbers(results) == scheduler.told == [0, 2]

    def test_does_not_end_the_search_before_the_first_trial(self):
        observer = RecordingObserver(stop_at=(0, 0))
        results = list(run(FakeEvaluation(score_of), Script(9), observers=[observer]))
        assert numbers(results) == [0]
        assert results[0].fold_scores == (0, 0.1, 0.2)


class TestTimeout:
    @pytest.mark.parametrize(("backend", "n_jobs"), IN_THIS_PROCESS)
    def test_leaves_a_first_trial_to_finish(self, backend, n_jobs):
        scheduler = Script(50)
        evaluation = FakeEvaluation(score_after_a_while)
        results = list(run(evaluation, scheduler, backend, n_jobs, timeout=1e-9))
        assert 1 <= len(results) < 10
        assert all(len(result.fold_scores) == 3 for result in results)

    def test_drops_what_is_unfinished_and_keeps_what_is_not_yet_told(self):
        with released() as (release,):

            def score(number, fold):
                if number in {1, 3}:
                    wait_for(release)
                return score_of(number, fold)

            scheduler = Script(9)
            evaluation = FakeEvaluation(score, n_splits=1)
            results = list(run(evaluation, scheduler, "threading", 4, window=3, timeout=0.3))
            assert not release.is_set()  # nobody waited for what is dropped
        assert numbers(results) == scheduler.told == [0, 2]

    def test_does_not_wait_for_the_first_trial_if_another_is_done(self):
        with released() as (release,):

            def score(number, fold):
                if number == 0:
                    wait_for(release)
                return score_of(number, fold)

            scheduler = Script(3)
            results = list(
                run(FakeEvaluation(score), scheduler, "threading", 4, window=2, timeout=0.3)
            )
            assert not release.is_set()
        assert numbers(results) == scheduler.told == [1]

    @pytest.mark.parametrize(("backend", "n_jobs"), [("sequential", 1), ("threading", 2)])
    def test_starts_nothing_after_it(self, backend, n_jobs):
        """Even where the scheduler takes the rest of the time to think."""
        started_at = {}

        class Slow(Script):
            def ask(self):
                if self.told:
                    time.sleep(0.4)
                return super().ask()

        class Hearing(RecordingObserver):
            def fold_started(self, step, fold, is_local):
                started_at[step.trial.number, fold] = time.monotonic()

        start = time.monotonic()
        results = list(
            run(
                FakeEvaluation(score_of),
                Slow(9),
                backend,
                n_jobs,
                window=1,
                timeout=0.3,
                observers=[Hearing()],
            )
        )
        assert numbers(results) == [0]
        assert all(at - start <= 0.4 for at in started_at.values())

    def test_that_is_not_reached_changes_nothing(self):
        results = list(run(FakeEvaluation(score_of), Script(5), "threading", 2, timeout=1000))
        assert numbers(results) == list(range(5))


class TestInterrupt:
    def collect(self, results):
        collected = []
        with pytest.raises(KeyboardInterrupt):
            collected.extend(results)
        return collected

    @pytest.mark.parametrize("is_reproducible", [True, False])
    def test_in_a_fit_inline_leaves_what_was_finished(self, is_reproducible):
        def score(number, fold):
            if (number, fold) == (2, 1):
                raise KeyboardInterrupt
            return score_of(number, fold)

        results = run(FakeEvaluation(score), Script(9), is_reproducible=is_reproducible)
        assert numbers(self.collect(results)) == [0, 1]

    @pytest.mark.parametrize("is_reproducible", [True, False])
    def test_while_threads_run_leaves_what_was_finished_told_or_not(self, is_reproducible):
        with released(2) as (heard, release):

            def score(number, fold):
                if number == 3:
                    wait_for(heard)
                    time.sleep(0.1)
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                if number in {1, 3}:
                    wait_for(release)
                return score_of(number, fold)

            class Hearing(RecordingObserver):
                def fold_finished(self, step, fold, result):
                    super().fold_finished(step, fold, result)
                    if {(0, 0), (2, 0)} <= set(self.finished):
                        heard.set()
                    return False

            results = run(
                FakeEvaluation(score, n_splits=1),
                Script(9),
                "threading",
                4,
                is_reproducible=is_reproducible,
                observers=[Hearing()],
            )
            collected = self.collect(results)
            assert not release.is_set()
        assert {0, 2} <= set(numbers(collected))
        assert not {1, 3} & set(numbers(collected))

    def test_nothing_finished_is_an_interrupt_all_the_same(self):
        def score(number, fold):
            raise KeyboardInterrupt

        assert self.collect(run(FakeEvaluation(score), Script(3))) == []


class TestErrors:
    @pytest.mark.parametrize(("backend", "n_jobs"), [("sequential", 1), ("threading", 2)])
    def test_of_an_evaluation_end_the_search(self, backend, n_jobs):
        def score(number, fold):
            if number == 2:
                raise ZeroDivisionError("in a fold")
            return number

        with pytest.raises(ZeroDivisionError, match="in a fold"):
            list(run(FakeEvaluation(score), Script(5), backend, n_jobs))

    @pytest.mark.parametrize("method", ["ask", "tell", "should_continue"])
    def test_of_a_scheduler_end_the_search(self, method):
        def broken(*args):
            raise ZeroDivisionError("in the scheduler")

        scheduler = Script(5)
        setattr(scheduler, method, broken)
        with pytest.raises(ZeroDivisionError, match="in the scheduler"):
            list(run(FakeEvaluation(score_of), scheduler, "threading", 2))

    def test_a_caller_that_turns_away_leaves_no_fold_to_start(self):
        started = []

        def score(number, fold):
            started.append(number)
            time.sleep(0.01)
            return number

        results = run(FakeEvaluation(score), Script(1000), "threading", 2)
        next(results)
        results.close()
        n_started = len(started)
        time.sleep(0.1)
        assert len(started) <= n_started + 2  # those that were under way


class Trace:
    """When each fold was busy, and when its trial was told."""

    def __init__(self, n_trials):
        # As everywhere, the folds of one trial take about the same, and trials do not.
        rng = np.random.default_rng(0)
        self.seconds = np.minimum(0.03 * rng.lognormal(0, 1, size=n_trials), 0.4)
        self.busy = []

    def __call__(self, number, fold):
        start = time.perf_counter()
        time.sleep(self.seconds[number])
        self.busy.append((start, time.perf_counter(), number))
        return number

    def utilisation(self, n_workers):
        """Share of the workers' time that they were busy, until the last fold was done."""
        span = max(end for _, end, _ in self.busy) - min(start for start, _, _ in self.busy)
        return sum(end - start for start, end, _ in self.busy) / (n_workers * span)


@pytest.mark.parametrize("is_reproducible", [False, True])
def test_workers_do_not_wait_for_a_batch(is_reproducible):
    """16 workers, a window of 32, and fits of very different lengths."""
    trace = Trace(160)
    scheduler = Script(160)
    evaluation = FakeEvaluation(trace, n_splits=3, seconds=None)
    list(run(evaluation, scheduler, "threading", 16, window=32, is_reproducible=is_reproducible))
    utilisation = trace.utilisation(16)
    print(f"\nutilisation of 16 threads, {is_reproducible=}: {utilisation:.2f}")  # noqa: T201
    assert sorted(scheduler.told) == list(range(160))
    if is_reproducible:
        return
    # In rounds of sixteen, which a batch would be, the workers are idle half of the time.
    assert utilisation > 0.6
    # The first start of each trial, which comes last here, stays.
    started = {number: start for start, _, number in sorted(trace.busy, reverse=True)}
    overtakers = [
        (first, second)
        for position, first in enumerate(scheduler.told)
        for second in scheduler.told[position + 1 :]
        if started[second] < started[first]
    ]
    assert overtakers


def test_a_trial_without_a_score_has_failed_and_the_search_goes_on():
    results = list(run(FakeEvaluation(lambda number, fold: math.nan), Script(2)))
    assert [result.score for result in results] == [None, None]
