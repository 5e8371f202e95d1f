"""The Bayesian sampler: where it looks, and what it makes of scores, seconds and rungs."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from sklearn_hpt.samplers import BayesSampler, Outcome, RandomSampler
from sklearn_hpt.space import Space, Subset

SQUARE = Space({"x": (0.0, 1.0), "y": (0.0, 1.0)})


def hill(params):
    return -((params["x"] - 0.3) ** 2) - (params["y"] - 0.7) ** 2


def branin(params):
    x, y = 15 * params["x"] - 5, 15 * params["y"]
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return -(bowl + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


def search(sampler, score, n_trials=25, window=1):
    """Run with `window` trials in flight; return what was asked."""
    asked, pending = [], []
    while len(asked) < n_trials:
        pending.append(sampler.ask())
        asked.append(pending[-1])
        if len(pending) == window:
            params = pending.pop(0)
            sampler.tell(params, Outcome(score(params)))
    return asked


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("score", [hill, branin])
def test_bayes_beats_random(score, window):
    best = {
        make: [
            max(map(score, search(make(SQUARE, random_state=seed), score, 25, window)))
            for seed in range(3)
        ]
        for make in (BayesSampler, RandomSampler)
    }
    assert np.mean(best[BayesSampler]) > np.mean(best[RandomSampler])


def test_bayes_homes_in_on_a_hill():
    errors = [
        -max(map(hill, search(BayesSampler(SQUARE, random_state=seed), hill))) for seed in range(3)
    ]
    assert np.mean(errors) < 1e-3


@pytest.mark.parametrize("n_initial_points", [1, 5, 12])
def test_bayes_fills_the_space_before_it_heeds_scores(n_initial_points):
    def asked(score):
        sampler = BayesSampler(SQUARE, random_state=0, n_initial_points=n_initial_points)
        return search(sampler, score, n_initial_points + 8)

    uphill, downhill = asked(hill), asked(lambda params: -hill(params))
    assert uphill[:n_initial_points] == downhill[:n_initial_points]
    assert uphill != downhill


def test_bayes_starts_in_every_part_of_the_space():
    sampler = BayesSampler(SQUARE, random_state=0, n_initial_points=8)
    started = search(sampler, hill, 8)
    quadrants = Counter((params["x"] < 0.5, params["y"] < 0.5) for params in started)
    assert set(quadrants.values()) == {2}


@pytest.mark.parametrize("seed", range(4))
def test_bayes_keeps_away_from_pending_trials_that_look_best(seed):
    sampler = BayesSampler(SQUARE, random_state=seed, n_initial_points=1)
    sampler.ask()
    rng = np.random.default_rng(seed)
    for x in (0.0, 0.15, 0.3, 0.45, 0.5, 0.1):
        sampler.tell({"x": x, "y": rng.random()}, Outcome(x))
    pending = [SQUARE.encode(sampler.ask()) for _ in range(4)]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(pending, 2)) > 0.02


def test_bayes_learns_a_parameter_that_matters_under_another_choice_only():
    # All trials of "easy", which soon is the incumbent, say that x does not matter.
    space = Space({"kind": ["easy", "hard"], "x": (0.0, 1.0), "y": (0.0, 1.0)})

    def score(params):
        if params["kind"] == "easy":
            return 0.8 - (params["y"] - 0.5) ** 2
        return 1.0 - 3 * abs(params["x"] - 0.13) - (params["y"] - 0.5) ** 2

    best = [
        max(map(score, search(BayesSampler(space, random_state=seed), score, 50)))
        for seed in range(2)
    ]
    assert min(best) > 0.9


def test_bayes_prefers_the_better_of_two_spaces():
    space = Space([{"a": (0.0, 1.0)}, {"b": (0.0, 1.0)}])

    def score(params):
        return params.get("a", params.get("b", 0) - 2)

    asked = search(BayesSampler(space, random_state=0), score, 24)
    assert sum("a" in params for params in asked[12:]) >= 6


def test_bayes_leaves_a_region_where_fits_fail():
    def score(params):
        return None if params["x"] > 0.5 else hill(params)

    asked = search(BayesSampler(SQUARE, random_state=0), score, 30)
    assert sum(params["x"] > 0.5 for params in asked[15:]) <= 4


def test_bayes_finds_the_best_of_1200_choices_early():
    space = Space({"a": (0, 19), "b": (0, 19), "k": ["p", "q", "r"]})

    def loss(params):
        return abs(params["a"] - 13) + abs(params["b"] - 4) + 5 * (params["k"] != "q")

    for seed in range(2):
        asked = search(BayesSampler(space, random_state=seed), lambda params: -loss(params), 40)
        assert min(map(loss, asked)) <= 1


def test_what_matters_is_asked_of_parameters_not_of_coordinates():
    """A subset has many coordinates and one lengthscale."""
    space = Space({"mask": Subset(13), "kind": ["a", "b", "c"], "way": ["x", "y"]})
    sampler = BayesSampler(space, random_state=0)
    for _ in range(45):
        params = sampler.ask()
        score = float(params["kind"] == "b") - 0.01 * sum(params["mask"])
        sampler.tell(params, Outcome(score))
    best = max(zip(sampler.scores, sampler.points, strict=True), key=lambda pair: pair[0])
    assert space.decode(best[1])["kind"] == "b"


def test_cost_awareness_prefers_the_cheap_half_of_a_flat_optimum():
    def share_of_cheap(cost_aware):
        sampler = BayesSampler(
            Space({"x": (0.0, 1.0), "size": (0.0, 1.0)}), random_state=0, cost_aware=cost_aware
        )
        sizes = []
        for _ in range(30):
            params = sampler.ask()
            score = -((params["x"] - 0.3) ** 2)
            sampler.tell(params, Outcome(score, seconds=10 ** (3 * params["size"])))
            sizes.append(params["size"])
        return np.mean(np.array(sizes[10:]) < 0.5)

    assert share_of_cheap(True) > share_of_cheap(False)
    assert share_of_cheap(True) > 0.7


def test_seconds_that_are_not_known_are_not_learned():
    space = Space({"x": (0.0, 1.0), "size": (0.0, 1.0)})
    proposals = []
    for cost_aware in (True, False):
        sampler = BayesSampler(space, random_state=0, cost_aware=cost_aware)
        proposals.append(search(sampler, lambda params: params["x"], 8))
    assert proposals[0] == proposals[1]


def test_what_is_of_another_rung_is_no_longer_pending_and_teaches_nothing():
    sampler = BayesSampler(SQUARE, random_state=0)
    params = sampler.ask()
    sampler.tell(params, Outcome(math.nan))
    assert len(sampler.pending) == len(sampler.scores) == 0
    sampler.tell(params, Outcome(0.5))
    assert sampler.scores.tolist() == [0.5]


def test_a_stagnant_search_asks_neglected_choices_every_second_time():
    space = Space({"kind": ["best", "good", "bad"], "x": (0.0, 1.0)})
    sampler = BayesSampler(space, random_state=0)
    asked = search(
        sampler, lambda params: {"best": 1.0, "good": 0.5, "bad": 0.0}[params["kind"]], 40
    )
    others = [params["kind"] != "best" for params in asked[20:]]
    assert others == [False, True] * 10 or others == [True, False] * 10
