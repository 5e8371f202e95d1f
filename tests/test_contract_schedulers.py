"""What every scheduler promises, whatever its policy. A new one is listed in SCHEDULERS."""

import copy
import math
import pickle
from functools import partial

import numpy as np
import pytest
from scheduler_stand_ins import SECONDS, result_of, run

from sklearn_hpt.samplers import (
    BayesSampler,
    GeneticSampler,
    MultiFidelitySampler,
    RandomSampler,
    UserSampler,
)
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


class OfUser:
    """A sampler that a user may write."""

    def __init__(self, space, random_state):
        self.space, self.rng = space, np.random.default_rng(random_state)

    def ask(self):
        return self.space.decode(self.space.sample(1, self.rng)[0])

    def tell(self, params, outcome): ...


def of_user(space, random_state):
    return UserSampler(OfUser(space, random_state), space)


SAMPLERS = {
    "random": RandomSampler,
    "bayes": BayesSampler,
    "genetic": partial(GeneticSampler, population_size=4),
    "user": of_user,
}


def multi_fidelity(make, space, seed):
    others = partial(make, space, random_state=1)
    return MultiFidelitySampler(space, make(space, random_state=seed), others, min_told=2)


def halving(make, space, seed, *brackets, **options):
    return SuccessiveHalving(multi_fidelity(make, space, seed), brackets, 3, **options)


def full(make, space, seed, **options):
    return FullResource(make(space, random_state=seed), 12, **options)


def early_stopping(make, space, seed):
    return EarlyStopping(
        make(space, random_state=seed),
        12,
        range(1, 10),
        n_iter_no_change=2,
        tol=0.0,
        is_losing=median_stopping,
    )


BRACKET = halving_bracket(12, 1, 9, 3)
AGGRESSIVE = halving_bracket(12, 1, 3, 3, is_aggressive=True)
SCHEDULERS = {
    "full resource": full,
    "full resource, early discard": partial(full, early_discard=True),
    "halving": lambda *args: halving(*args, BRACKET),
    "aggressive halving": lambda *args: halving(*args, AGGRESSIVE),
    "hyperband": lambda *args: halving(*args, *hyperband_brackets(1, 9, 3)),
    "asynchronous halving": lambda *args: halving(*args, BRACKET, is_asynchronous=True),
    "early stopping": early_stopping,
}
every_scheduler = pytest.mark.parametrize("name", SCHEDULERS)
every_sampler = pytest.mark.parametrize("sampler", SAMPLERS)


def make(name, space=SPACE, sampler="random", seed=0):
    return SCHEDULERS[name](SAMPLERS[sampler], Space(space), seed)


def results_of(scheduler, *args, **options):
    return run(scheduler, *args, **options)[0]


def trials_of(results):
    return {result.step.trial.number: result.step.trial for result in results}


@every_scheduler
@every_sampler
def test_it_ends_and_numbers_its_trials_in_starting_order(name, sampler):
    results = results_of(make(name, sampler=sampler))
    numbers = [result.step.trial.number for result in results]
    assert list(dict.fromkeys(numbers)) == list(range(len(set(numbers))))
    params = [tuple(trial.params.items()) for trial in trials_of(results).values()]
    assert len(set(params)) == len(params)


@every_scheduler
def test_a_trial_that_has_ended_has_no_further_step(name):
    results, ended_after = run(make(name))
    ended = set()
    for result, has_ended in zip(results, ended_after, strict=True):
        assert result.step.trial.number not in ended
        assert not ended & set(has_ended)
        ended |= set(has_ended)


@every_scheduler
def test_a_step_starts_anew_or_takes_the_state_that_an_earlier_one_of_the_trial_has_left(name):
    reached = {}
    for result in results_of(make(name)):
        step = result.step
        before = reached.get(step.trial.number)
        assert step.continue_from == (None if before is None else step.trial.number)
        assert step.takes_state == (before is not None)
        assert list(step.checkpoints) == sorted(set(step.checkpoints))
        assert before is None or before < step.checkpoints[0]
        reached[step.trial.number] = step.resource


@every_scheduler
@every_sampler
def test_the_same_seed_gives_the_same_steps(name, sampler):
    first, second = (results_of(make(name, sampler=sampler)) for _ in range(2))
    assert [result.step for result in first] == [result.step for result in second]


@every_scheduler
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_made_in_mid_search_goes_on_in_the_same_way(name, copied):
    scheduler = make(name, sampler="bayes")
    steps = [scheduler.ask() for _ in range(3)]
    other = copied(scheduler)
    first, second = (results_of(one, waiting=steps) for one in (scheduler, other))
    assert [result.step for result in first] == [result.step for result in second]


@every_scheduler
def test_asking_again_after_the_end_starts_nothing(name):
    scheduler = make(name)
    run(scheduler)
    assert scheduler.ask() is None


@every_scheduler
def test_the_end_of_the_space_is_the_end_of_the_search(name):
    trials = trials_of(results_of(make(name, {"x": [0.1, 0.2, 0.3]})))
    assert sorted(trial.params["x"] for trial in trials.values()) == [0.1, 0.2, 0.3]


@every_scheduler
@pytest.mark.parametrize("score", [None, np.nan])
def test_a_search_in_which_everything_fails_goes_on(name, score):
    results = results_of(make(name), lambda params, resource: score)
    assert len(trials_of(results)) > 1
    assert all(result.score is None for result in results)


class Recording(RandomSampler):
    """Remembers what it is told."""

    def __init__(self, space, random_state):
        super().__init__(space, random_state=random_state)
        self.told = []
        RECORDINGS.append(self)

    def tell(self, params, outcome):
        self.told.append((params, outcome))
        super().tell(params, outcome)


RECORDINGS = []


def told_by(name, score):
    """Return the results of a search, and what its samplers were told, NaN left out."""
    RECORDINGS.clear()
    results = results_of(SCHEDULERS[name](Recording, Space(SPACE), 0), score)
    told = [pair for one in RECORDINGS for pair in one.told]
    return results, [(p, o) for p, o in told if o.score is None or not math.isnan(o.score)]


@every_scheduler
def test_samplers_are_told_every_trial_and_failures_as_none(name):
    results, told = told_by(
        name, lambda params, resource: params["x"] if params["kind"] == "a" else np.nan
    )
    assert {id(params) for params, _ in told} == {
        id(trial.params) for trial in trials_of(results).values()
    }
    for params, outcome in told:
        assert outcome.score is None if params["kind"] == "b" else np.isfinite(outcome.score)


@every_scheduler
def test_samplers_are_told_all_that_there_is_to_know(name):
    def score(params, resource):
        return {"up": params["x"], "down": -params["x"] - 1e-3 * (resource or 0)}

    results, told = told_by(name, score)
    levels = {at for result in results for at in result.step.checkpoints or (None,)}
    for params, outcome in told:
        assert outcome.metrics.keys() == {"up", "down"}
        assert outcome.metrics["up"] == pytest.approx(outcome.score)
        assert outcome.resource in levels
        lag = 1e-3 * (outcome.resource or 0)
        assert outcome.metrics["down"] == pytest.approx(outcome.score - 2 * params["x"] - lag)
        steps = [result.step for result in results if result.step.trial.params is params]
        n_checkpoints = sum(max(1, len(step.checkpoints)) for step in steps)
        assert SECONDS * 0.99 <= outcome.seconds <= n_checkpoints * SECONDS * 1.01
        assert outcome.rung in {step.rung for step in steps}


@every_scheduler
def test_nothing_is_pending_in_the_end(name):
    told_by(name, lambda params, resource: params["x"])
    assert [len(one.pending) for one in RECORDINGS] == [0] * len(RECORDINGS)


@every_scheduler
def test_params_of_a_step_are_not_changed(name):
    scheduler = make(name)
    step = scheduler.ask()
    before = copy.deepcopy(step.trial.params)
    scheduler.should_continue(step, [0.5])
    scheduler.tell(result_of(step))
    assert step.trial.params == before
