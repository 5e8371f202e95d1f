"""Variation by crossover and mutation: whose genes offspring have."""

import random

import numpy as np

from sklearn_hpt.samplers._genetic._individuals import Individual
from sklearn_hpt.samplers._genetic._mutation import Mutation
from sklearn_hpt.samplers._genetic._variation import CrossoverAndMutation, awoken
from sklearn_hpt.space import Space, Subset

CONDITIONAL = Space([{"x": (0.0, 1.0)}, {"y": (0.0, 1.0), "z": (0.0, 1.0)}])


def variation(space, *, crossover=1.0, mutation=0.0, tournament_size=1):
    rng, generator = np.random.default_rng(0), random.Random(0)
    return CrossoverAndMutation(
        space,
        Mutation(space, mutation, rng, generator),
        rng,
        generator,
        crossover_probability=crossover,
        tournament_size=tournament_size,
    )


def population_of(space, *configurations):
    return [
        Individual(space.encode(params), number, score=0.0)
        for number, params in enumerate(configurations)
    ]


def test_without_crossover_and_mutation_offspring_are_their_mothers_or_drawn():
    space = Space({"x": (0.0, 1.0), "kind": ["a", "b"]})
    mothers = population_of(space, {"x": 0.25, "kind": "a"}, {"x": 0.75, "kind": "b"})
    points, parents = variation(space, crossover=0.0).offspring(mothers, 200)
    n_drawn = 0
    for point, bred_by in zip(points, parents, strict=True):
        if bred_by:
            (number,) = bred_by
            np.testing.assert_allclose(point, mothers[number])
        n_drawn += not bred_by
    assert 15 < n_drawn < 50
    np.testing.assert_array_equal(space.canonical(points), points)


def test_masks_are_crossed_feature_by_feature():
    space = Space({"mask": Subset(50)})
    both = population_of(space, {"mask": (True, False) * 25}, {"mask": (False, True) * 25})
    points, parents = variation(space).offspring(both, 60)
    bred = [
        sum(space.decode(point)["mask"][::2])
        for point, bred_by in zip(points, parents, strict=True)
        if bred_by == (0, 1)
    ]
    assert len(bred) > 10
    assert 8 < np.mean(bred) < 17


def test_mates_are_of_one_sub_space():
    members = population_of(
        CONDITIONAL, {"x": 0.1}, {"x": 0.9}, {"y": 0.1, "z": 0.2}, {"y": 0.9, "z": 0.8}
    )
    _, parents = variation(CONDITIONAL).offspring(members, 100)
    assert {bred_by for bred_by in parents if len(bred_by) == 2} == {(0, 1), (2, 3)}


def test_genes_of_another_sub_space_are_drawn():
    mothers = np.array([CONDITIONAL.encode({"x": 0.1})] * 2)
    genes = np.array([CONDITIONAL.encode({"x": 0.2}), CONDITIONAL.encode({"y": 0.5, "z": 0.5})])
    awake = awoken(CONDITIONAL, genes, mothers, np.random.default_rng(0))
    np.testing.assert_array_equal(awake[0], genes[0])
    assert awake[1][0] == genes[1][0]
    assert (awake[1][2:] != 0.5).all()
