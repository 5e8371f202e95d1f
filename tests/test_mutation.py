"""Mutation: by steps, by drawing anew, and by flips."""

import random

import numpy as np
import pytest
from deap import tools

from sklearn_hpt.samplers._genetic._mutation import Mutation
from sklearn_hpt.space import Space, Subset

MIXED = Space({"x": (0.0, 1.0), "n": (1, 4), "kind": ["a", "b", "c"], "flag": [0, 1]})


def mutation(space=MIXED, probability=None):
    return Mutation(space, probability, np.random.default_rng(0), random.Random(0))


def test_numbers_are_ordered_axes_of_more_than_two_values():
    own = mutation()
    assert own.numbers.tolist() == [0, 1]
    assert own.choices.tolist() == [2, 3]


def test_steps_of_numbers_are_deaps():
    genes = MIXED.sample(100, np.random.default_rng(1))
    state = random.getstate()
    moved = mutation(probability=0.3).of_numbers(genes)
    assert random.getstate() == state
    sigmas = np.random.default_rng(0).choice([0.05, 0.15, 0.4], size=(100, 1))
    steps = np.maximum(sigmas, [0.0, 0.25]).ravel().tolist()
    random.seed(0)
    (expected,) = tools.mutGaussian(genes[:, :2].ravel().tolist(), 0.0, steps, 0.3)
    random.setstate(state)
    np.testing.assert_array_equal(moved[:, :2].ravel(), np.clip(expected, 0.0, 1.0))
    np.testing.assert_array_equal(moved[:, 2:], genes[:, 2:])


@pytest.mark.parametrize(("probability", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_so_many_choices_are_drawn_anew(probability, share):
    genes = MIXED.sample(1000, np.random.default_rng(1))
    mutants = mutation(probability=probability).of_choices(genes)
    assert abs((mutants[:, 2:] != genes[:, 2:]).mean() - share) < 0.05
    np.testing.assert_array_equal(mutants[:, :2], genes[:, :2])


def test_what_mutates_is_not_changed_itself():
    genes = MIXED.sample(20, np.random.default_rng(1))
    before = genes.copy()
    own = mutation(probability=1.0)
    own.of_numbers(genes)
    own.of_choices(genes)
    np.testing.assert_array_equal(genes, before)


def test_masks_mutate_by_a_few_features_in_both_directions():
    space = Space({"mask": Subset(100), "x": (0.0, 1.0)})
    mask = (True,) * 20 + (False,) * 80
    genes = np.tile(space.encode({"mask": mask, "x": 0.5}), (400, 1))
    mutants = space.canonical(mutation(space).of_choices(genes))
    flips = np.array([np.not_equal(mask, space.decode(point)["mask"]) for point in mutants])
    assert 0.5 < flips.sum(axis=1).mean() < 2.5
    assert flips[:, :20].sum() > 20
    assert flips[:, 20:].sum() > 80
