"""Brackets under way: who is promoted, when, and who has ended."""

import itertools

import pytest
from scheduler_stand_ins import result_of, run

from sklearn_hpt.samplers import RandomSampler
from sklearn_hpt.schedulers import SuccessiveHalving, halving_bracket
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0)})


def halving(n_candidates=9, most=9, **options):
    sampler = RandomSampler(SPACE, random_state=0)
    return SuccessiveHalving(sampler, [halving_bracket(n_candidates, 1, most, 3)], 3, **options)


def asynchronous(**options):
    return halving(**options, is_asynchronous=True)


def tell(scheduler, step, score):
    return sorted(scheduler.tell(result_of(step, lambda params, resource: score, n_folds=1)))


# -- synchronous ----------------------------------------------------------------------------------


def test_the_best_third_goes_on_when_the_last_of_a_rung_is_told():
    scheduler = halving()
    steps = [scheduler.ask() for _ in range(9)]
    assert scheduler.ask() is None
    for step in steps[:-1]:
        assert tell(scheduler, step, float(step.trial.number)) == []
        assert scheduler.ask() is None
    assert tell(scheduler, steps[-1], 8.0) == [0, 1, 2, 3, 4, 5]
    promoted = [scheduler.ask() for _ in range(3)]
    assert [step.trial.number for step in promoted] == [8, 7, 6]
    assert {(step.rung, step.resource, step.takes_state) for step in promoted} == {(1, 3, True)}
    assert [step.continue_from for step in promoted] == [8, 7, 6]


def test_all_of_the_last_rung_end_as_they_are_told():
    results, ended = run(halving(n_candidates=6, most=3), window=2)
    top = [(r.step.trial.number, has) for r, has in zip(results, ended, strict=True) if r.step.rung]
    assert len(top) == 2
    assert all(has_ended == [number] for number, has_ended in top)


def test_failures_are_not_promoted():
    scheduler = halving(n_candidates=3, most=3)
    steps = [scheduler.ask() for _ in range(3)]
    for step in steps[:2]:
        tell(scheduler, step, None)
    assert tell(scheduler, steps[2], 0.1) == [0, 1]
    assert scheduler.ask().trial.number == 2


def test_a_rung_that_adds_no_resource_is_left_out():
    scheduler = SuccessiveHalving(
        RandomSampler(SPACE, random_state=0),
        [halving_bracket(12, 1, 3, 3, is_aggressive=True)],
        3,
    )
    results, _ = run(scheduler)
    assert [rung.resource for rung in halving_bracket(12, 1, 3, 3, is_aggressive=True)] == [1, 1, 3]
    assert {(r.step.rung, r.step.resource) for r in results} == {(0, 1), (2, 3)}


def test_a_bracket_starts_trials_when_those_before_it_have_nothing_to_start():
    brackets = [halving_bracket(n, 1, 3, 3) for n in (3, 2)]
    scheduler = SuccessiveHalving(RandomSampler(SPACE, random_state=0), brackets, 3)
    steps = [scheduler.ask() for _ in range(5)]
    assert [step.bracket for step in steps] == [0, 0, 0, 1, 1]
    for step in steps[:3]:
        tell(scheduler, step, float(step.trial.number))
    assert (scheduler.ask().bracket, scheduler.ask()) == (0, None)


# -- asynchronous ---------------------------------------------------------------------------------


def test_whoever_is_in_the_top_third_of_what_is_told_is_promoted():
    scheduler = asynchronous()
    steps = [scheduler.ask() for _ in range(6)]
    assert [step.rung for step in steps] == [0] * 6
    for step, score in zip(steps[:2], (0.1, 0.9), strict=True):
        tell(scheduler, step, score)
    assert scheduler.ask().rung == 0  # a third of two is none
    tell(scheduler, steps[2], 0.5)
    promoted = scheduler.ask()
    assert (promoted.rung, promoted.trial, promoted.continue_from) == (1, steps[1].trial, 1)
    assert scheduler.ask().rung == 0  # and nobody twice


def test_no_failure_is_promoted_however_many_there_are():
    scheduler = asynchronous(n_candidates=6)
    for step in [scheduler.ask() for _ in range(6)]:
        tell(scheduler, step, None)
    assert scheduler.ask() is None


@pytest.mark.parametrize("n_candidates", [1, 2, 4, 10, 27])
@pytest.mark.parametrize("window", [1, 4])
def test_one_gets_to_the_top(n_candidates, window):
    results, _ = run(asynchronous(n_candidates=n_candidates, most=27), window=window)
    rungs = [rung.number for rung in halving_bracket(n_candidates, 1, 27, 3)]
    reached = [{r.step.trial.number for r in results if r.step.rung == rung} for rung in rungs]
    assert len(reached[0]) == n_candidates
    assert all(above <= below for below, above in itertools.pairwise(reached))
    assert reached[-1]


def test_another_is_sent_to_the_top_if_the_first_fails_there():
    scheduler = asynchronous(n_candidates=3, most=3)
    steps = []
    while (step := scheduler.ask()) is not None:
        has_failed = step.rung == 1 and not any(s.rung == 1 for s in steps)
        steps.append(step)
        tell(scheduler, step, None if has_failed else -float(step.trial.number))
    assert [step.trial.number for step in steps if step.rung == 1] == [0, 1]
