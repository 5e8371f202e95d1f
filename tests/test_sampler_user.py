"""Objects of the user's as samplers: what is taken of them, and what they are told."""

import math

import pytest

from sklearn_hpt.samplers import Outcome, UserSampler
from sklearn_hpt.space import Space

SPACE = Space({"x": [1, 2, 3], "y": (0.0, 1.0)})


class Scripted:
    """Proposes what it is given, one after the other, and remembers what it is told."""

    def __init__(self, *proposals):
        self.proposals = list(proposals)
        self.told = []

    def ask(self):
        return self.proposals.pop(0) if self.proposals else None

    def tell(self, params, outcome):
        self.told.append((params, outcome))


def test_repetitions_are_passed_over():
    one, other = {"x": 1, "y": 0.5}, {"x": 2, "y": 0.5}
    sampler = UserSampler(Scripted(one, dict(one), other), SPACE)
    assert [sampler.ask() for _ in range(3)] == [one, other, None]


def test_what_was_told_is_not_taken():
    one, other = {"x": 1, "y": 0.5}, {"x": 2, "y": 0.5}
    sampler = UserSampler(Scripted(dict(one), other), SPACE)
    sampler.tell(one, Outcome(0.5))
    assert sampler.ask() == other


def test_one_that_does_nothing_but_repeat_itself_has_no_more():
    class Stubborn(Scripted):
        def ask(self):
            return {"x": 1, "y": 0.5}

    sampler = UserSampler(Stubborn(), SPACE)
    assert sampler.ask() == {"x": 1, "y": 0.5}
    assert sampler.ask() is None


def test_initial_params_are_tried_before_it_is_asked():
    initial, own = {"x": 3, "y": 0.1}, {"x": 1, "y": 0.5}
    sampler = UserSampler(Scripted(own), SPACE, [initial])
    assert [sampler.ask(), sampler.ask()] == [initial, own]


def test_it_is_told_the_very_params_and_the_whole_record():
    user = Scripted({"x": 1, "y": 0.5})
    sampler = UserSampler(user, SPACE)
    params = sampler.ask()
    outcome = Outcome(0.5, {"a": 0.5, "b": 1.0}, seconds=2.0, resource=9, rung=2)
    sampler.tell(params, outcome)
    sampler.tell(params, Outcome(math.nan))
    assert user.told[0][0] is params
    assert user.told[0][1] is outcome
    assert len(user.told) == 2


@pytest.mark.parametrize("proposal", [{"x": 4, "y": 0.5}, {"x": 1}, {"x": 1, "y": 0.5, "z": 0}])
def test_a_proposal_that_is_not_in_the_space_is_an_error(proposal):
    sampler = UserSampler(Scripted(proposal), SPACE)
    with pytest.raises(ValueError, match=r"(?s)sampler=.*Scripted.*not in param_distributions"):
        sampler.ask()
