"""The scheduler of early stopping: when training stops, and what the sampler is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheduler_stand_ins import SECONDS, run

from sklearn_hpt.samplers import RandomSampler
from sklearn_hpt.schedulers import EarlyStopping
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0)})


def scheduler(
    n_trials=1, levels=range(1, 101), n_iter_no_change=5, tol=0.0, sampler=None, **options
):
    return EarlyStopping(
        sampler or RandomSampler(SPACE, random_state=0),
        n_trials,
        list(levels),
        n_iter_no_change=n_iter_no_change,
        tol=tol,
        **options,
    )


def train(policy, curve, failing_from=np.inf):
    """Run one trial; return the levels it was scored at, step by step, and why it stopped.

    It scores by a function of the resource, and fails from some level on.
    """

    def score(params, level):
        return curve(level) if level < failing_from else None

    results, _ = run(policy, score, n_folds=1)
    return [result.step.checkpoints for result in results], policy.stopped[0]


def test_a_score_that_never_changes_is_given_up_after_n_iter_no_change_further_steps():
    steps, reason = train(scheduler(n_iter_no_change=5), lambda level: 0.5)
    assert steps == [(1, 2, 3, 4, 5, 6)]
    assert reason == "plateau"


def test_a_score_that_rises_for_ever_exhausts_the_resource():
    steps, reason = train(scheduler(levels=range(1, 21)), lambda level: level)
    assert [level for step in steps for level in step] == list(range(1, 21))
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
    steps, reason = train(policy, lambda level: scores[level - 1])
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
    steps, _ = train(scheduler(min_growth=0.5), float)
    assert [step[-1] for step in steps] == [6, 11, 16, 24, 36, 54, 81, 100]


class Recording(RandomSampler):
    """Remembers the outcomes that it is told."""

    def __init__(self):
        super().__init__(SPACE, random_state=0)
        self.told = []

    def tell(self, params, outcome):
        self.told.append(outcome)


@pytest.mark.parametrize("failing_from", [2, 4, 9])
def test_a_trial_that_diverges_is_stopped_and_its_best_score_is_told(failing_from):
    sampler = Recording()
    _, reason = train(scheduler(sampler=sampler), float, failing_from=failing_from)
    assert reason == "diverged"
    (outcome,) = sampler.told
    assert (outcome.score, outcome.resource) == (failing_from - 1, failing_from - 1)


def test_a_trial_that_fails_at_once_is_told_as_failed():
    sampler = Recording()
    _, reason = train(scheduler(sampler=sampler), float, failing_from=1)
    (outcome,) = sampler.told
    assert (reason, outcome.score, outcome.metrics) == ("diverged", None, {})
    assert outcome.seconds > 0


def test_the_sampler_is_told_what_goes_with_the_best_score_and_the_seconds_of_all_steps():
    def scores(params, level):
        return {"objective": -((level - 7) ** 2), "level": 10 * level}

    sampler = Recording()
    policy = scheduler(sampler=sampler, n_iter_no_change=3, levels=range(1, 21, 2))
    results, _ = run(policy, scores, n_folds=2)
    (outcome,) = sampler.told
    assert outcome.score == pytest.approx(-0.005)  # the mean of 0 and -0.01
    assert outcome.metrics == {"objective": pytest.approx(-0.005), "level": pytest.approx(69.995)}
    assert outcome.resource == 7
    n_scored = sum(len(result.step.checkpoints) for result in results)
    assert outcome.seconds == pytest.approx(SECONDS * n_scored)


def test_the_first_of_equally_good_levels_is_the_best():
    sampler = Recording()
    train(scheduler(sampler=sampler, n_iter_no_change=4), lambda level: float(min(level, 3)))
    assert sampler.told[0].resource == 3


def test_a_plateau_in_the_middle_of_a_long_step_ends_the_trial():
    curve = [*range(30), *[29] * 6, *range(30, 70)]
    steps, reason = train(
        scheduler(levels=range(1, 61), n_iter_no_change=5, min_growth=2.0), lambda k: curve[k - 1]
    )
    assert reason == "plateau"
    assert [step[-1] for step in steps] == [6, 18, 54]


def test_a_rule_hears_of_the_trial_and_of_those_that_have_ended():
    heard = []

    def rule(curve, ended):
        heard.append((list(curve), [list(other) for other in ended]))
        return len(ended) > 0

    policy = scheduler(2, levels=range(1, 5), n_iter_no_change=1, is_losing=rule)
    run(policy, lambda params, level: float(level), window=1, n_folds=1)
    assert policy.stopped == {0: "exhausted", 1: "pruned"}
    assert heard[0] == ([1.0, 2.0], [])
    assert heard[-1] == ([1.0], [[1.0, 2.0, 3.0, 4.0]])


def test_where_trials_have_ended_losers_are_looked_for_after_one_two_and_four_levels():
    policy = scheduler(
        2, levels=range(1, 31), n_iter_no_change=5, is_losing=lambda curve, ended: False
    )
    results, _ = run(policy, lambda params, level: float(level), window=1, n_folds=1)
    steps = [result.step for result in results]
    ends = [[s.checkpoints[-1] for s in steps if s.trial.number == n] for n in (0, 1)]
    assert ends[0][:3] == [6, 11, 16]
    assert ends[1][:5] == [1, 2, 4, 8, 13]
