import numpy as np
import pytest

from sklearn_hpt.samplers import BayesSampler, GeneticSampler, MultiFidelitySampler, RandomSampler
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0)})


class Recording(RandomSampler):
    def __init__(self, seed):
        super().__init__(SPACE, random_state=seed)
        self.asked, self.told = [], []

    def ask(self):
        params = super().ask()
        self.asked.append(params)
        return params

    def tell(self, params, score):
        self.told.append((params, score))
        super().tell(params, score)


def recording(min_told=2):
    """A sampler, and the samplers of its rungs in the order in which they are made."""
    made = [Recording(0)]

    def make():
        made.append(Recording(len(made)))
        return made[-1]

    return MultiFidelitySampler(SPACE, made[0], make, min_told), made


def test_each_rungs_scores_go_to_its_own_sampler():
    sampler, made = recording()
    trials = [sampler.ask() for _ in range(3)]
    for score, params in enumerate(trials):
        sampler.tell(params, float(score), rung=0)
    sampler.tell(trials[2], 5.0, rung=1)
    sampler.tell(trials[2], None, rung=2)
    assert [one.told for one in made] == [
        [(trials[0], 0.0), (trials[1], 1.0), (trials[2], 2.0)],
        [(trials[2], 5.0)],
        [(trials[2], None)],
    ]


def test_the_highest_rung_with_enough_scores_proposes():
    sampler, made = recording()
    trials = [sampler.ask() for _ in range(4)]
    sampler.tell(trials[0], 0.1, rung=1)
    assert sampler.ask() is made[0].asked[-1]
    sampler.tell(trials[1], 0.2, rung=1)
    assert sampler.ask() is made[1].asked[-1]
    sampler.tell(trials[0], 0.1, rung=2)
    assert sampler.ask() is made[1].asked[-1]
    sampler.tell(trials[1], None, rung=2)  # a failure says nothing of where to look
    assert sampler.ask() is made[1].asked[-1]
    sampler.tell(trials[1], 0.3, rung=2)
    assert sampler.ask() is made[2].asked[-1]


def test_enough_is_two_more_than_there_are_axes():
    space = Space({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": ["a", "b"]})
    low, high = (RandomSampler(space, random_state=seed) for seed in range(2))
    sampler = MultiFidelitySampler(space, low, lambda: high)
    for _ in range(space.n_axes + 1):
        sampler.tell(sampler.ask(), 0.5, rung=1)
    sampler.ask()
    assert len(high.pending) == 0
    sampler.tell(sampler.ask(), 0.5, rung=1)
    sampler.ask()
    assert len(high.pending) == 1


def test_nothing_is_proposed_twice_whoever_proposes():
    space = Space({"x": list(range(12))})
    sampler = MultiFidelitySampler(
        space,
        RandomSampler(space, random_state=0),
        lambda: RandomSampler(space, random_state=0),
        min_told=2,
    )
    proposed = []
    while (params := sampler.ask()) is not None:
        proposed.append(params["x"])
        sampler.tell(params, 0.5, rung=len(proposed) % 3)
    assert sorted(proposed) == list(range(12))


@pytest.mark.parametrize("cls", [BayesSampler, GeneticSampler, RandomSampler])
def test_a_trial_that_ends_below_is_pending_nowhere(cls):
    low, high = (cls(SPACE, random_state=seed) for seed in range(2))
    sampler = MultiFidelitySampler(SPACE, low, lambda: high, min_told=3)
    for _ in range(3):
        sampler.tell(sampler.ask(), 0.5, rung=1)
    proposed = sampler.ask()
    assert len(high.pending) == 1
    sampler.tell(proposed, 0.5, rung=0)
    assert len(high.pending) == len(low.pending) == 0
    sampler.tell(proposed, 0.7, rung=1)  # promoted after all
    assert high.scores[-1] == 0.7


def test_a_model_of_a_higher_rung_is_asked_at_once():
    """It does not spread over the space first: what it was told does that."""
    low, high = (BayesSampler(SPACE, random_state=seed) for seed in range(2))
    sampler = MultiFidelitySampler(SPACE, low, lambda: high)
    for x in np.linspace(0, 1, 9):
        sampler.tell({"x": float(x)}, -((x - 0.3) ** 2), rung=1)
    proposed = [sampler.ask()["x"] for _ in range(2)]
    assert np.abs(np.array(proposed) - 0.3).max() < 0.15
