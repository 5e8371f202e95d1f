"""What is each sampler's own."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import ParameterGrid, ParameterSampler

from sklearn_hpt.samplers import BayesSampler, GridSampler, RandomSampler
from sklearn_hpt.space import Space, Subset

# -- random ---------------------------------------------------------------------------------------

LOG = stats.loguniform(1e-3, 1e3)


def same_distribution(ours, theirs):
    """Return the p-value of two samples of numbers or of choices having one distribution."""
    if all(type(value) is float for value in ours):
        return stats.ks_2samp(ours, theirs).pvalue
    counts = Counter(ours), Counter(theirs)
    names = sorted(counts[0] | counts[1], key=str)
    if len(names) == 1:
        return 1.0
    table = [[count[name] for name in names] for count in counts]
    return stats.chi2_contingency(table).pvalue


def first_draws(distributions, n=400):
    """One draw of each of many samplers: without replacement, later draws are not alike."""
    ours = [RandomSampler(Space(distributions), random_state=seed).ask() for seed in range(n)]
    theirs = [
        next(iter(ParameterSampler(distributions, 1, random_state=seed))) for seed in range(n)
    ]
    return ours, theirs


@pytest.mark.parametrize(
    "distributions",
    [
        {"C": LOG},
        {"x": stats.norm(2, 3), "y": stats.beta(0.5, 2)},
        {"n": stats.poisson(3), "m": stats.randint(2, 8)},
        {"k": ["a", "b", "b", "c"], "C": LOG},
        {"k": ["a", "b", "b", "c"], "n": [3, 1, 2]},
        [{"k": ["a"], "C": LOG}, {"k": ["b", "c"], "n": stats.randint(0, 4)}],
        [{"k": ["a"], "n": [1]}, {"k": ["b"], "n": [1, 2, 3]}],
        [{"k": ["a"], "n": [1]}, {"k": ["b"], "n": [1, 2, 3]}, {"C": LOG}],
        [{"k": ["a", "b", "b"]}, {"n": [1, 2]}],
    ],
)
def test_random_draws_have_parameter_samplers_distribution(distributions):
    ours, theirs = first_draws(distributions)
    shapes = [[str(sorted(params)) for params in draws] for draws in (ours, theirs)]
    assert same_distribution(*shapes) > 1e-3
    for name in {name for params in theirs for name in params}:
        values = [[params[name] for params in draws if name in params] for draws in (ours, theirs)]
        assert same_distribution(*values) > 1e-3


def test_all_draws_of_one_random_sampler_have_the_distribution():
    sampler = RandomSampler(Space({"x": stats.norm(2, 3), "C": LOG}), random_state=0)
    draws = [sampler.ask() for _ in range(1000)]
    assert stats.kstest([d["x"] for d in draws], stats.norm(2, 3).cdf).pvalue > 1e-3
    assert stats.kstest([d["C"] for d in draws], LOG.cdf).pvalue > 1e-3


def test_random_draws_without_replacement_are_equally_likely_to_be_left_out():
    left_out = Counter()
    for seed in range(500):
        sampler = RandomSampler(Space({"n": [1, 2, 3, 4, 5]}), random_state=seed)
        left_out[15 - sum(sampler.ask()["n"] for _ in range(4))] += 1
    assert stats.chisquare(list(left_out.values())).pvalue > 1e-3
    assert len(left_out) == 5


def test_a_large_finite_space_is_drawn_from_to_the_end():
    sampler = RandomSampler(Space({"a": range(20), "b": range(15)}), random_state=0)
    asked = {tuple(sampler.ask().values()) for _ in range(300)}
    assert len(asked) == 300
    assert sampler.ask() is None


# -- grid -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "grid",
    [
        {"b": [2, 1], "a": ["x", "y"]},
        {"n": (1, 3), "a": ["x"]},
        [{"a": [3, 1, 2]}, {"a": [1, 5], "b": [0, None]}],
    ],
)
def test_grid_goes_in_the_order_of_parameter_grid(grid):
    listed = {"n": [1, 2, 3], "a": ["x"]} if "n" in grid else grid
    sampler = GridSampler(Space(grid))
    assert list(iter(sampler.ask, None)) == list(ParameterGrid(listed))


def test_grid_proposes_initial_params_first_and_the_rest_in_order():
    sampler = GridSampler(Space({"n": [1, 2, 3, 4]}), initial_params=[{"n": 3}])
    assert [params["n"] for params in iter(sampler.ask, None)] == [3, 1, 2, 4]


def test_grid_of_overlapping_spaces_has_each_configuration_once():
    sampler = GridSampler(Space([{"n": [1, 2]}, {"n": [2, 3]}, {"n": [1, 3]}]))
    assert [params["n"] for params in iter(sampler.ask, None)] == [1, 2, 3]


@pytest.mark.parametrize("space", [{"x": (0.0, 1.0)}, {"n": range(10**4), "m": range(10**4)}])
def test_grid_refuses_what_it_cannot_finish(space):
    with pytest.raises(ValueError, match="too large to enumerate"):
        GridSampler(Space(space))


# -- Bayes ----------------------------------------------------------------------------------------

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
            sampler.tell(params, score(params))
    return asked


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("score", [hill, branin])
def test_bayes_beats_random(score, window):
    best = {
        make: [
            max(map(score, search(make(SQUARE, random_state=seed), score, 25, window)))
            for seed in range(5)
        ]
        for make in (BayesSampler, RandomSampler)
    }
    assert np.mean(best[BayesSampler]) > np.mean(best[RandomSampler])


def test_bayes_homes_in_on_a_hill():
    errors = [
        -max(map(hill, search(BayesSampler(SQUARE, random_state=seed), hill))) for seed in range(5)
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
        sampler.tell({"x": x, "y": rng.random()}, x)
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
        max(map(score, search(BayesSampler(space, random_state=seed), score, 60)))
        for seed in range(3)
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

    for seed in range(3):
        asked = search(BayesSampler(space, random_state=seed), lambda params: -loss(params), 40)
        assert min(map(loss, asked)) <= 1


def test_what_matters_is_asked_of_parameters_not_of_coordinates():
    """A subset has many coordinates and one lengthscale."""
    space = Space({"mask": Subset(13), "kind": ["a", "b", "c"], "way": ["x", "y"]})
    sampler = BayesSampler(space, random_state=0)
    for _ in range(45):
        params = sampler.ask()
        sampler.tell(params, float(params["kind"] == "b") - 0.01 * sum(params["mask"]))
    best = max(zip(sampler.scores, sampler.points, strict=True), key=lambda pair: pair[0])
    assert space.decode(best[1])["kind"] == "b"
