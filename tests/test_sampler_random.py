"""Independent draws: their distribution, and that none is repeated."""

from collections import Counter

import pytest
from scipy import stats
from sklearn.model_selection import ParameterSampler

from sklearn_hpt.samplers import RandomSampler
from sklearn_hpt.space import Space

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


def first_draws(distributions, n=250):
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
    draws = [sampler.ask() for _ in range(600)]
    assert stats.kstest([d["x"] for d in draws], stats.norm(2, 3).cdf).pvalue > 1e-3
    assert stats.kstest([d["C"] for d in draws], LOG.cdf).pvalue > 1e-3


def test_random_draws_without_replacement_are_equally_likely_to_be_left_out():
    left_out = Counter()
    for seed in range(300):
        sampler = RandomSampler(Space({"n": [1, 2, 3, 4, 5]}), random_state=seed)
        left_out[15 - sum(sampler.ask()["n"] for _ in range(4))] += 1
    assert stats.chisquare(list(left_out.values())).pvalue > 1e-3
    assert len(left_out) == 5


def test_a_large_finite_space_is_drawn_from_to_the_end():
    sampler = RandomSampler(Space({"a": range(20), "b": range(15)}), random_state=0)
    asked = {tuple(sampler.ask().values()) for _ in range(300)}
    assert len(asked) == 300
    assert sampler.ask() is None
