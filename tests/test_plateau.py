"""When training stops: the scheduler of early stopping, and its pruning rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_hpt._trial import FoldResult, StepResult
from sklearn_hpt.samplers import RandomSampler
from sklearn_hpt.schedulers import EarlyStopping, median_stopping
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0)})


def scheduler(n_trials=1, levels=range(1, 101), n_iter_no_change=5, tol=0.0, **options):
    return EarlyStopping(
        RandomSampler(SPACE, random_state=0),
        n_trials,
        list(levels),
        n_iter_no_change=n_iter_no_change,
        tol=tol,
        **options,
    )


def result_of(step, curve, failing_from=np.inf):
    """One fold that scores by a function of the resource, and fails from some amount on."""
    parts = [
        FoldResult(
            curve(amount) if amount < failing_from else np.nan,
            0.1,
            0.0,
            1,
            None if amount < failing_from else "Traceback",
        )
        for amount in step.checkpoints
    ]
    scores = [part.test_scores for part in parts]
    folds = (FoldResult(*_fields(parts[-1]), passed=tuple(parts[:-1])),)
    return StepResult(step, folds, (scores[-1],), (tuple(scores[:-1]),))


def _fields(part):
    return part.test_scores, part.fit_time, part.score_time, part.n_test_samples, part.fit_error


def train(policy, curve, **options):
    """Run one trial; return the amounts it was scored at, step by step, and why it stopped."""
    steps = []
    while (step := policy.ask()) is not None:
        steps.append(step.checkpoints)
        policy.tell(result_of(step, curve, **options))
    return steps, policy.stopped[0]


def test_a_score_that_never_changes_is_given_up_after_n_iter_no_change_further_steps():
    steps, reason = train(scheduler(n_iter_no_change=5), lambda amount: 0.5)
    assert steps == [(1, 2, 3, 4, 5, 6)]
    assert reason == "plateau"


def test_a_score_that_rises_for_ever_exhausts_the_resource():
    steps, reason = train(scheduler(levels=range(1, 21)), lambda amount: amount)
    assert [amount for step in steps for amount in step] == list(range(1, 21))
    assert reason == "exhausted"


@pytest.mark.parametrize(("tol", "n_scored"), [(0.0, 20), (1.5, 20), (3.0, 20), (3.1, 4)])
def test_rises_below_tol_in_all_are_no_improvement(tol, n_scored):
    policy = scheduler(levels=range(1, 21), n_iter_no_change=3, tol=tol)
    steps, _ = train(policy, float)
    assert sum(map(len, steps)) == n_scored


@given(
    scores=st.lists(st.floats(-1, 1, width=16), min_size=40, max_size=40),
    patience=st.integers(1, 8),
)
def test_training_goes_on_exactly_until_patience_runs_out(scores, patience):
    policy = scheduler(levels=range(1, 41), n_iter_no_change=patience)
    steps, reason = train(policy, lambda amount: scores[amount - 1])
    n_scored = sum(map(len, steps))

    best, n_stagnant, expected = -np.inf, 0, 40
    for position, score in enumerate(scores):
        n_stagnant = 0 if score > best else n_stagnant + 1
        best = max(best, score)
        if n_stagnant == patience:
            expected = position + 1
            break
    assert n_scored == expected
    assert reason == ("plateau" if n_stagnant == patience else "exhausted")


def test_steps_of_training_that_is_costly_to_resume_are_longer_the_further_it_has_come():
    steps, _ = train(scheduler(min_leap=0.5), float)
    assert [step[-1] for step in steps] == [6, 11, 16, 24, 36, 54, 81, 100]


@pytest.mark.parametrize("failing_from", [2, 4, 9])
def test_a_trial_that_diverges_is_stopped_and_its_best_score_is_told(failing_from):
    told = []

    class Recording(RandomSampler):
        def tell(self, params, score):
            told.append(score)

    policy = EarlyStopping(
        Recording(SPACE, random_state=0), 1, range(1, 101), n_iter_no_change=5, tol=0.0
    )
    _, reason = train(policy, float, failing_from=failing_from)
    assert reason == "diverged"
    assert told == [failing_from - 1]


def test_a_trial_that_fails_at_once_is_told_as_failed():
    told = []

    class Recording(RandomSampler):
        def tell(self, params, score):
            told.append(score)

    policy = EarlyStopping(
        Recording(SPACE, random_state=0), 1, range(1, 101), n_iter_no_change=5, tol=0.0
    )
    _, reason = train(policy, lambda amount: 0.0, failing_from=1)
    assert (reason, told) == ("diverged", [None])


def test_a_rule_hears_of_the_trial_and_of_those_that_have_ended():
    heard = []

    def rule(curve, ended):
        heard.append((list(curve), [list(other) for other in ended]))
        return len(ended) > 0

    policy = scheduler(2, levels=range(1, 5), n_iter_no_change=1, is_losing=rule)
    while (step := policy.ask()) is not None:
        policy.tell(result_of(step, float))
    assert policy.stopped == {0: "exhausted", 1: "pruned"}
    assert heard[0] == ([1.0, 2.0], [])
    assert heard[-1] == ([1.0], [[1.0, 2.0, 3.0, 4.0]])


def test_where_trials_have_ended_losers_are_looked_for_after_one_two_and_four_levels():
    policy = scheduler(
        2, levels=range(1, 31), n_iter_no_change=5, is_losing=lambda curve, ended: False
    )
    steps = []
    while (step := policy.ask()) is not None:
        steps.append(step)
        policy.tell(result_of(step, float))
    ends = [[s.checkpoints[-1] for s in steps if s.trial.number == n] for n in (0, 1)]
    assert ends[0][:3] == [6, 11, 16]
    assert ends[1][:5] == [1, 2, 4, 8, 13]


def test_median_stopping_compares_with_running_averages_of_as_many_scores():
    others = [[0.0, 1.0, 1.0], [0.2, 1.0, 1.0], [0.4, 1.0, 1.0], [0.6, 0.6], [0.8, 1.0, 1.0]]
    averages_of_one = 0.4
    assert median_stopping([averages_of_one - 0.01], others)
    assert not median_stopping([averages_of_one], others)
    averages_of_two = 0.6
    assert median_stopping([0.1, averages_of_two - 0.01], others)
    assert not median_stopping([averages_of_two, 0.1], others)
    assert not median_stopping([-1.0], others[:4])
