"""The scheduler that fits every trial once: which trials it gives up."""

import pytest
from scheduler_stand_ins import result_of, run

from sklearn_hpt.samplers import RandomSampler
from sklearn_hpt.schedulers import FullResource
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0)})


def scheduler(n_trials=10, **options):
    return FullResource(RandomSampler(SPACE, random_state=0), n_trials, **options)


def scoring(score):
    return lambda params, resource: score


def test_each_trial_has_one_step_and_ends_with_it():
    results, ended = run(scheduler())
    assert ended == [[number] for number in range(10)]
    assert {(r.step.checkpoints, r.step.continue_from, r.step.takes_state) for r in results} == {
        ((), None, False)
    }


def test_every_fold_is_run_unless_it_discards():
    results, _ = run(scheduler())
    assert not any(result.is_discarded for result in results)
    results, _ = run(scheduler(30, early_discard=True))
    assert any(result.is_discarded for result in results)


def test_a_trial_must_beat_the_worst_fold_of_the_best_that_was_known_when_it_started():
    policy = scheduler(early_discard=True)
    first, second = policy.ask(), policy.ask()
    policy.tell(result_of(first, scoring(0.5)))  # its folds score 0.5, 0.49 and 0.48
    third = policy.ask()
    assert policy.should_continue(second, [0.1])  # nothing was known
    assert policy.should_continue(third, [0.481])
    assert not policy.should_continue(third, [0.48])
    assert not policy.should_continue(third, [0.6, 0.3])


@pytest.mark.parametrize("score", [None, 0.4])
def test_failures_and_worse_trials_do_not_lower_the_bar(score):
    policy = scheduler(early_discard=True)
    policy.tell(result_of(policy.ask(), scoring(0.5)))
    policy.tell(result_of(policy.ask(), scoring(score)))
    assert not policy.should_continue(policy.ask(), [0.48])


def test_a_discarded_trial_is_never_the_best():
    policy = scheduler(early_discard=True)
    policy.tell(result_of(policy.ask(), scoring(0.5)))
    given_up = result_of(policy.ask(), scoring(0.9), should_continue=lambda step, scores: False)
    policy.tell(given_up)
    assert policy.should_continue(policy.ask(), [0.49])
