"""Covariance matrix adaptation: distributions that follow the best of their sub-space."""

import random

import numpy as np

from sklearn_hpt.samplers import GeneticSampler, Outcome
from sklearn_hpt.samplers._genetic._covariance import CovarianceAdaptation
from sklearn_hpt.samplers._genetic._individuals import Individual
from sklearn_hpt.samplers._genetic._mutation import Mutation
from sklearn_hpt.space import Space

SPACE = Space({"x": (0.0, 1.0), "y": (0.0, 1.0), "kind": ["a", "b"]})


def adaptation(space=SPACE, n_design=4):
    rng, generator = np.random.default_rng(0), random.Random(0)
    mutation = Mutation(space, 0.0, rng, generator)
    return CovarianceAdaptation(
        space, mutation, rng, generator, tournament_size=1, n_design=n_design
    )


def member(number, x, y=0.5):
    return Individual(SPACE.encode({"x": x, "y": y, "kind": "a"}), number, score=-abs(x - 0.8))


def test_numbers_mutate_until_the_design_is_told():
    own = adaptation()
    members = [member(number, 0.2 + 0.1 * number) for number in range(3)]
    for one in members:
        own.learn(one)
    points, parents = own.offspring(members, 50)
    assert {point[0] for point in points} == {one[0] for one in members}
    assert set(parents) == {(0,), (1,), (2,)}


def test_numbers_are_then_drawn_about_the_best_and_ever_closer():
    own = adaptation()
    rng = np.random.default_rng(1)
    spreads = []
    for number in range(200):
        points, _ = own.offspring([member(0, 0.5)], 1)
        own.learn(
            member(number, points[0][0], points[0][1])
            if number >= 4
            else member(number, rng.random())
        )
        if number in (10, 199):
            drawn, _ = own.offspring([member(0, 0.5)], 100)
            spreads.append(abs(drawn[:, 0] - 0.8).mean())
    assert spreads[1] < spreads[0] / 5


def test_each_sub_space_is_learned_by_itself():
    space = Space([{"x": (0.0, 1.0), "y": (0.0, 1.0)}, {"z": (0.0, 1.0)}])

    def score(params):
        if "z" in params:
            return -0.02 - (params["z"] - 0.5) ** 2
        return -((params["x"] - 0.9) ** 2) - (params["y"] - 0.1) ** 2

    def regret(seed):
        sampler = GeneticSampler(space, random_state=seed, strategy="cma")
        scores = []
        for _ in range(120):
            params = sampler.ask()
            scores.append(score(params))
            sampler.tell(params, Outcome(scores[-1]))
        return -max(scores)

    assert np.median([regret(seed) for seed in range(8)]) < 2e-3
