"""A sampler for each rung: who is told what, who proposes, and that nobody waits for ever."""

import copy
import math
import pickle
from functools import partial

import numpy as np
import pytest
from scheduler_stand_ins import run

from sklearn_hpt.samplers import (
    BayesSampler,
    GeneticSampler,
    MultiFidelitySampler,
    Outcome,
    RandomSampler,
    UserSampler,
)
from sklearn_hpt.schedulers import SuccessiveHalving, hyperband_brackets
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0)})


class Recording(RandomSampler):
    def __init__(self, seed, space=SPACE):
        super().__init__(space, random_state=seed)
        self.asked, self.told = [], []

    def ask(self):
        params = super().ask()
        self.asked.append(params)
        return params

    def tell(self, params, outcome):
        self.told.append((params, outcome.score))
        super().tell(params, outcome)


def recording(min_told=2):
    """A sampler, and the samplers of its rungs in the order in which they are made."""
    made = [Recording(0)]

    def make():
        made.append(Recording(len(made)))
        return made[-1]

    return MultiFidelitySampler(SPACE, made[0], make, min_told), made


def tell(sampler, params, score, rung):
    sampler.tell(params, Outcome(score, resource=3**rung, rung=rung))


def test_each_rungs_scores_go_to_its_own_sampler():
    sampler, made = recording()
    trials = [sampler.ask() for _ in range(3)]
    for score, params in enumerate(trials):
        tell(sampler, params, float(score), rung=0)
    tell(sampler, trials[2], 5.0, rung=1)
    tell(sampler, trials[2], None, rung=2)
    assert [one.told for one in made] == [
        [(trials[0], 0.0), (trials[1], 1.0), (trials[2], 2.0)],
        [(trials[2], 5.0)],
        [(trials[2], None)],
    ]


def test_the_highest_rung_with_enough_scores_proposes():
    sampler, made = recording()
    trials = [sampler.ask() for _ in range(4)]
    tell(sampler, trials[0], 0.1, rung=1)
    assert sampler.ask() is made[0].asked[-1]
    tell(sampler, trials[1], 0.2, rung=1)
    assert sampler.ask() is made[1].asked[-1]
    tell(sampler, trials[0], 0.1, rung=2)
    assert sampler.ask() is made[1].asked[-1]
    tell(sampler, trials[1], None, rung=2)  # a failure says nothing of where to look
    assert sampler.ask() is made[1].asked[-1]
    tell(sampler, trials[1], 0.3, rung=2)
    assert sampler.ask() is made[2].asked[-1]


def test_enough_is_two_more_than_there_are_axes():
    space = Space({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": ["a", "b"]})
    low, high = (RandomSampler(space, random_state=seed) for seed in range(2))
    sampler = MultiFidelitySampler(space, low, lambda: high)
    for _ in range(space.n_axes + 1):
        tell(sampler, sampler.ask(), 0.5, rung=1)
    sampler.ask()
    assert len(high.pending) == 0
    tell(sampler, sampler.ask(), 0.5, rung=1)
    sampler.ask()
    assert len(high.pending) == 1


def test_nothing_is_proposed_twice_whoever_proposes():
    space = Space({"x": list(range(12))})
    make = partial(RandomSampler, space, random_state=0)
    sampler = MultiFidelitySampler(space, make(), make, min_told=2)
    proposed = []
    while (params := sampler.ask()) is not None:
        proposed.append(params["x"])
        tell(sampler, params, 0.5, rung=len(proposed) % 3)
    assert sorted(proposed) == list(range(12))


def test_a_repetition_is_told_to_whom_it_repeats_as_nothing_to_wait_for():
    space = Space({"x": [1, 2, 3]})
    low, high = (Recording(0, space) for _ in range(2))  # of one seed: they propose the same
    sampler = MultiFidelitySampler(space, low, lambda: high, min_told=1)
    first = sampler.ask()
    tell(sampler, first, 0.5, rung=0)
    tell(sampler, {"x": 3 if first["x"] != 3 else 1}, 0.5, rung=1)
    sampler.ask()
    assert high.asked[0] == first
    assert math.isnan({p["x"]: score for p, score in high.told}[first["x"]])
    assert len(high.pending) == 1


def test_asking_ends_whatever_a_sampler_repeats():
    class Stubborn:
        n_asked = 0

        def ask(self):
            self.n_asked += 1
            return {"x": 0.5}

        def tell(self, params, outcome): ...

    stubborn = Stubborn()
    sampler = MultiFidelitySampler(SPACE, stubborn, Stubborn)
    assert sampler.ask() == {"x": 0.5}
    assert sampler.ask() is None
    assert stubborn.n_asked < 10


@pytest.mark.parametrize("cls", [BayesSampler, GeneticSampler, RandomSampler])
def test_a_trial_that_ends_below_is_pending_nowhere(cls):
    low, high = (cls(SPACE, random_state=seed) for seed in range(2))
    sampler = MultiFidelitySampler(SPACE, low, lambda: high, min_told=3)
    for _ in range(3):
        tell(sampler, sampler.ask(), 0.5, rung=1)
    proposed = sampler.ask()
    assert len(high.pending) == 1
    tell(sampler, proposed, 0.5, rung=0)
    assert len(high.pending) == len(low.pending) == 0
    assert len(high.scores) == 3
    tell(sampler, proposed, 0.7, rung=1)  # promoted after all
    assert high.scores[-1] == 0.7


def test_a_sampler_of_a_user_hears_of_each_of_its_proposals():
    class Noting:
        def __init__(self):
            self.rng = np.random.default_rng(len(made))
            self.asked, self.told = [], []
            made.append(self)

        def ask(self):
            self.asked.append({"x": self.rng.random()})
            return self.asked[-1]

        def tell(self, params, outcome):
            self.told.append((params, outcome))

    made = []

    def make():
        return UserSampler(Noting(), SPACE)

    sampler = MultiFidelitySampler(SPACE, make(), make, min_told=2)
    for _ in range(2):
        tell(sampler, sampler.ask(), 0.5, rung=1)
    proposed = sampler.ask()
    tell(sampler, proposed, 0.3, rung=0)
    low, high = made
    assert high.asked == [proposed]
    assert math.isnan(high.told[-1][1].score)
    assert high.told[-1][1].rung == 0
    assert [params for params, _ in low.told] == [*low.asked, proposed]
    assert [outcome.score for _, outcome in low.told][-1] == 0.3


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
@pytest.mark.parametrize("cls", [BayesSampler, partial(GeneticSampler, population_size=4)])
def test_nothing_is_pending_for_ever_in_a_copy(cls, copied):
    """A search goes on with a copy of its sampler, and with the params that the first one made."""
    make = partial(cls, SPACE, random_state=1)
    first = MultiFidelitySampler(SPACE, cls(SPACE, random_state=0), make, min_told=3)
    trials = [first.ask() for _ in range(4)]
    for params in trials[:3]:
        tell(first, params, params["x"], rung=1)
    waiting = [trials[3], first.ask(), first.ask()]
    sampler = copied(first)
    rungs = sampler._samplers
    assert sum(len(rung.pending) for rung in rungs.values()) == 3
    for rung, params in enumerate(waiting):
        tell(sampler, params, params["x"], rung)
    assert {number: len(rung.pending) for number, rung in rungs.items()} == {0: 0, 1: 0, 2: 0}
    assert sampler.ask() not in trials + waiting


def test_a_scheduler_that_is_copied_in_mid_search_leaves_nothing_pending():
    make = partial(BayesSampler, SPACE, random_state=1)
    sampler = MultiFidelitySampler(SPACE, make(), make, min_told=2)
    scheduler = SuccessiveHalving(sampler, hyperband_brackets(1, 9, 3), 3)
    steps = [scheduler.ask() for _ in range(2)]
    other = copy.deepcopy(scheduler)
    run(other, waiting=steps)
    rungs = other._sampler._samplers
    assert {number: len(rung.pending) for number, rung in rungs.items()} == {0: 0, 1: 0, 2: 0}


def test_a_model_of_a_higher_rung_is_asked_at_once():
    """It does not spread over the space first: what it was told does that."""
    low, high = (BayesSampler(SPACE, random_state=seed) for seed in range(2))
    sampler = MultiFidelitySampler(SPACE, low, lambda: high)
    for x in np.linspace(0, 1, 9):
        tell(sampler, {"x": float(x)}, -((x - 0.3) ** 2), rung=1)
    proposed = [sampler.ask()["x"] for _ in range(2)]
    assert np.abs(np.array(proposed) - 0.3).max() < 0.15
