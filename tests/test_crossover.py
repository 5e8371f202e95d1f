"""Crossover: DEAP's, on a generator of its own."""

import random

import numpy as np
import pytest
from deap import tools

from sklearn_hpt.samplers._genetic._crossover import simulated_binary, uniform


def parents(seed, n=400):
    rng = np.random.default_rng(seed)
    mothers, fathers = rng.random((2, n))
    fathers[::5] = mothers[::5]  # alike
    fathers[1::7], mothers[2::7] = 0.0, 1.0  # at the bounds
    return mothers.tolist(), fathers.tolist()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (simulated_binary, lambda *both: tools.cxSimulatedBinaryBounded(*both, 15.0, 0.0, 1.0)),
        (uniform, lambda *both: tools.cxUniform(*both, indpb=0.5)),
    ],
)
def test_children_are_those_of_deap(ours, theirs, seed):
    mothers, fathers = parents(seed)
    state = random.getstate()
    own = ours(mothers, fathers, random.Random(seed))
    assert random.getstate() == state
    assert (mothers, fathers) == parents(seed)
    random.seed(seed)
    child, _ = theirs(mothers, fathers)
    random.setstate(state)
    assert own == child


def test_children_stay_within_the_bounds_and_close_to_their_parents():
    mothers, fathers = parents(9)
    children = np.array(simulated_binary(mothers, fathers, random.Random(0)))
    assert ((children >= 0) & (children <= 1)).all()
    distances = np.minimum(abs(children - mothers), abs(children - fathers))
    assert np.median(distances) < 0.02


def test_a_child_takes_after_both():
    child = uniform([0.0] * 200, [1.0] * 200, random.Random(0))
    assert 70 < sum(child) < 130
