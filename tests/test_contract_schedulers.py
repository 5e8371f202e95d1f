"""What every scheduler promises, whatever its policy. A new one is listed in SCHEDULERS."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from sklearn_hpt._trial import FoldResult, StepResult
from sklearn_hpt.samplers import MultiFidelitySampler, RandomSampler
from sklearn_hpt.schedulers import (
    EarlyStopping,
    FullResource,
    SuccessiveHalving,
    halving_bracket,
    hyperband_brackets,
    median_stopping,
)
from sklearn_hpt.space import Space

SPACE = {"x": (0.0, 1.0), "kind": ["a", "b"]}
N_FOLDS = 3


def multi_fidelity(sampler):
    space = sampler.space
    return MultiFidelitySampler(space, sampler, lambda: type(sampler)(space, random_state=1))


SCHEDULERS = {
    "full resource": lambda sampler: FullResource(sampler, 12),
    "full resource, early discard": lambda sampler: FullResource(sampler, 12, early_discard=True),
    "halving": lambda sampler: SuccessiveHalving(
        multi_fidelity(sampler), [halving_bracket(12, 1, 9, 3)], 3
    ),
    "aggressive halving": lambda sampler: SuccessiveHalving(
        multi_fidelity(sampler), [halving_bracket(12, 1, 3, 3, is_aggressive=True)], 3
    ),
    "hyperband": lambda sampler: SuccessiveHalving(
        multi_fidelity(sampler), hyperband_brackets(1, 9, 3), 3
    ),
    "asynchronous halving": lambda sampler: SuccessiveHalving(
        multi_fidelity(sampler), [halving_bracket(12, 1, 9, 3)], 3, is_asynchronous=True
    ),
    "early stopping": lambda sampler: EarlyStopping(
        sampler, 12, range(1, 10), n_iter_no_change=2, tol=0.0, is_losing=median_stopping
    ),
}


@pytest.fixture(params=SCHEDULERS.values(), ids=SCHEDULERS.keys())
def make(request):
    def make_scheduler(space=SPACE, sampler=RandomSampler, seed=0):
        return request.param(sampler(Space(space), random_state=seed))

    return make_scheduler


def fold(score, error=None, n_checkpoints=1):
    one = FoldResult(score, fit_time=0.1, score_time=0.01, n_test_samples=5, fit_error=error)
    return replace(one, passed=(one,) * (n_checkpoints - 1))


def run(scheduler, **options):
    """Run a scheduler; return the results."""
    return [result for result, _ in run_and_hear_of_ends(scheduler, **options)]


def run_and_hear_of_ends(scheduler, window=3, score=lambda params: params["x"], error=None):
    """Run with `window` steps at a time, told in starting order; return what ended at each."""
    waiting, results = [], []
    while True:
        while len(waiting) < window and (step := scheduler.ask()) is not None:
            waiting.append(step)
        if not waiting:
            return results
        step = waiting.pop(0)
        folds, scores = [], []
        for number in range(N_FOLDS):
            if number and not scheduler.is_worth_finishing(step, list(scores)):
                folds += [None] * (N_FOLDS - number)
                break
            scores.append(score(step.trial.params) - 0.01 * number)
            folds.append(fold(scores[-1], error, max(1, len(step.checkpoints))))
        passed = [[score] * (len(step.checkpoints) - 1) for score in scores]
        result = StepResult(step, tuple(folds), tuple(scores), passed)
        results.append((result, list(scheduler.tell(result))))


def test_it_ends_and_numbers_its_trials_in_starting_order(make):
    results = run(make())
    numbers = [result.step.trial.number for result in results]
    assert list(dict.fromkeys(numbers)) == list(range(len(set(numbers))))


def test_a_trial_that_has_ended_has_no_further_step(make):
    ended = set()
    for result, has_ended in run_and_hear_of_ends(make()):
        assert result.step.trial.number not in ended
        assert not ended & set(has_ended)
        ended |= set(has_ended)


def test_a_step_starts_anew_or_from_where_an_earlier_step_of_the_trial_has_ended(make):
    reached = {}
    for result in run(make()):
        step = result.step
        before = reached.get(step.trial.number)
        assert step.continue_from == (None if before is None else step.trial.number)
        assert list(step.checkpoints) == sorted(set(step.checkpoints))
        assert before is None or before < step.checkpoints[0]
        reached[step.trial.number] = step.resource


def test_the_same_seed_gives_the_same_steps(make):
    first, second = (run(make()) for _ in range(2))
    assert [r.step for r in first] == [r.step for r in second]
    assert [r.fold_scores for r in first] == [r.fold_scores for r in second]


def test_asking_again_after_the_end_starts_nothing(make):
    scheduler = make()
    run(scheduler)
    assert scheduler.ask() is None


def test_the_end_of_the_space_is_the_end_of_the_search(make):
    results = run(make({"x": [0.1, 0.2, 0.3]}))
    trials = {result.step.trial.number: result.step.trial for result in results}
    assert sorted(trial.params["x"] for trial in trials.values()) == [0.1, 0.2, 0.3]


def test_a_search_in_which_everything_fails_goes_on(make):
    results = run(make(), score=lambda params: np.nan, error="Traceback")
    assert len({result.step.trial.number for result in results}) > 1
    assert all(result.score is None for result in results)


def test_a_sampler_is_told_every_trial_and_failures_as_none():
    told = []

    class Recording(RandomSampler):
        def tell(self, params, score):
            told.append((params, score))
            super().tell(params, score)

    for make_scheduler in SCHEDULERS.values():
        told.clear()
        results = run(
            make_scheduler(Recording(Space(SPACE), random_state=0)),
            score=lambda params: params["x"] if params["kind"] == "a" else np.nan,
        )
        trials = {result.step.trial.number: result.step.trial.params for result in results}
        assert {id(params) for params, _ in told} == {id(params) for params in trials.values()}
        for params, score in told:
            assert score is None if params["kind"] == "b" else np.isfinite(score)


def test_params_of_a_step_are_not_changed(make):
    scheduler = make()
    step = scheduler.ask()
    before = copy.deepcopy(step.trial.params)
    scheduler.is_worth_finishing(step, [0.5])
    n_checkpoints = max(1, len(step.checkpoints))
    folds = (fold(0.5, None, n_checkpoints),) * N_FOLDS
    passed = ((0.5,) * (n_checkpoints - 1),) * N_FOLDS
    scheduler.tell(StepResult(step, folds, (0.5,) * N_FOLDS, passed))
    assert step.trial.params == before
