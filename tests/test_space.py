"""The space: what users may write, and what it means."""

import itertools
import math
import random
from collections import Counter
from typing import NamedTuple

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import ParameterGrid, ParameterSampler
from skopt.space import Categorical, Integer, Real

from sklearn_hpt.space import Space, Subset

property_test = hypothesis.settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],  # a busy machine is no fault
)


class OnlyRvs:
    """What scikit-learn asks of a distribution, and no more."""

    def __init__(self, distribution):
        self.distribution = distribution

    def rvs(self, random_state=None):
        return self.distribution.rvs(random_state=random_state)


def only(value):
    return Space({"a": value}, np.random.default_rng(0))


def draws(space, n=1000, seed=0):
    return [space.decode(point) for point in space.sample(n, np.random.default_rng(seed))]


def draws_of(value, n=1000):
    return [params["a"] for params in draws(only(value), n)]


def enumerated(space):
    return [space.decode(point) for point in space.enumerate()]


def choices_of(value):
    return [params["a"] for params in enumerated(only(value))]


def typed(values):
    return [(type(value), value) for value in values]


# -- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["rbf", "linear"], ["rbf", "linear"]),
        ([3, 1, 2], [3, 1, 2]),
        ([1, 10], [1, 10]),
        ((1, 2, 3), [1, 2, 3]),
        ((1,), [1]),
        (("rbf", "linear"), ["rbf", "linear"]),
        ((True, False), [True, False]),
        ((None, 1), [None, 1]),
        ([(1, 1), (1, 2)], [(1, 1), (1, 2)]),
        (range(2, 8, 2), [2, 4, 6]),
        (np.array([3, 1, 2]), [3, 1, 2]),
        (np.logspace(0, 1, 2), [1.0, 10.0]),
        (np.array([1j, 2j]), [1j, 2j]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.array([1, "a", None], dtype=object), [1, "a", None]),
        (["a", math.inf, -math.inf], ["a", math.inf, -math.inf]),
        ([10**400, 10**401], [10**400, 10**401]),
        ([10**400, 0.5, -(10**400)], [10**400, 0.5, -(10**400)]),
        (pd.Series([0.5, 1.0], index=[7, 8]), [0.5, 1.0]),
        (pd.Index(["a", "b"]), ["a", "b"]),
        ([1.0, math.inf], [1.0, math.inf]),
        (Categorical(["a", "b"]), ["a", "b"]),
        (Categorical([10, 1]), [10, 1]),
    ],
)
def test_a_sequence_lists_its_choices_in_order(value, expected):
    assert typed(choices_of(value)) == typed(expected)


@pytest.mark.parametrize(
    "choices",
    [
        [LogisticRegression(), Ridge()],
        [LogisticRegression(C=2), LogisticRegression(C=2)],
        [None, LogisticRegression()],
        [(8, 4), (16,)],
        [{0: 1, 1: 2}, None, "balanced"],
        [np.ones(2), np.zeros(2)],
        [[1, 2], [3]],
        [pd.Series([1.0, 2.0]), pd.Series([3.0, 4.0])],
        [np.mean, np.median],
        [math.nan, -1],
        [Ridge, LogisticRegression],
        [np.datetime64("2020-01-01T00:00:00.000000001"), np.datetime64("2021", "Y")],
        [np.timedelta64(5, "ns"), np.timedelta64(5, "M")],
        [np.zeros(2, dtype="i4,f8")[0], np.ones(2, dtype="i4,f8")[0]],
        [np.longdouble(1) / 3, np.longdouble(1) / 7],
        [pd.NaT, pd.NA, None],
        [pd.Timestamp("2020-01-01"), pd.Timedelta("1D")],
        [pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [1, 2]})],
        [{1, 2}, frozenset([1, 2])],
        [{}, [], ()],
    ],
)
def test_choices_are_the_very_objects_of_the_list(choices):
    space = only(choices)
    assert len(choices) == space.size
    for choice, point in zip(choices, space.enumerate(), strict=True):
        assert space.decode(point)["a"] is choice
        assert space.encode({"a": choice}) == pytest.approx(point)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["a", "b", "a", "a"], {"a": 0.75, "b": 0.25}),
        ([2, 1, 2], {2: 2 / 3, 1: 1 / 3}),
        ([(1, 2), (3,), (1, 2)], {(1, 2): 2 / 3, (3,): 1 / 3}),
        ([None, "x", None, None], {None: 0.75, "x": 0.25}),
        (np.array([1.5, 1.5, 2.5]), {1.5: 2 / 3, 2.5: 1 / 3}),
        (Categorical(["a", "b", "c"], prior=[0.6, 0.4, 0.0]), {"a": 0.6, "b": 0.4}),
    ],
)
def test_a_repeated_choice_is_one_configuration_with_its_weight(choices, expected):
    assert only(choices).size == len(expected)
    frequencies = Counter(draws_of(choices, 2000))
    assert frequencies.keys() == expected.keys()
    p_value = stats.chisquare(
        list(frequencies.values()), [2000 * expected[value] for value in frequencies]
    ).pvalue
    assert p_value > 1e-3


@pytest.mark.parametrize(
    "choices",
    [
        [{"a": 1}, {"a": 1}],
        [np.array([1, 2]), np.array([1, 2])],
        [[1, 2], [1, 2]],
        [([1], "x"), ([1], "x")],
        [{"a": [1, {2}]}, {"a": [1, {2}]}],
        [math.nan, float("nan"), np.float32("nan")],
        [0.0, -0.0],
        [np.array([0.0, np.nan]), np.array([-0.0, np.nan])],
        [np.datetime64("NaT", "s"), np.datetime64("NaT", "s")],
        [np.array([{1: 2}], dtype=object), np.array([{1: 2}], dtype=object)],
    ],
)
def test_equal_unhashable_choices_are_one(choices):
    assert only(choices).size == 1


@pytest.mark.parametrize(
    "choices",
    [
        [1, True, 1.0],
        [0, False, 0.0],
        [(1,), (True,), (1.0,)],
        [[1], (1,)],
        ["1", 1, b"1"],
        [np.array([1]), np.array([1.0])],
        [np.array([[1, 2]]), np.array([1, 2])],
        [{"a": 1}, {"a": True}],
        [np.datetime64("2020", "Y"), np.datetime64("2020-01-01", "D")],
        [(math.nan,), [math.nan]],
    ],
)
def test_equal_choices_of_different_types_stay_distinct(choices):
    space = only(choices)
    assert [type(c) for c in choices_of(choices)] == [type(c) for c in choices]
    for choice in choices:
        assert space.decode(space.encode({"a": choice}))["a"] is choice


class Tensor:
    """Compares element by element, and will not say whether that is true."""

    def __init__(self, *values, error=RuntimeError):
        self.values, self.error = values, error

    def __eq__(self, other):
        return Tensor(*map(float.__eq__, self.values, other.values), error=self.error)

    __hash__ = object.__hash__

    def __bool__(self):
        raise self.error("ambiguous")


class Unhashable(Tensor):
    __hash__ = None


class Mute(Tensor):
    def __eq__(self, other):
        raise ArithmeticError("not comparable")

    def __hash__(self):
        raise LookupError("not hashable")


class Setting:
    """Equal to others of its content, and not hashable."""

    def __init__(self, content):
        self.content = content

    def __eq__(self, other):
        return self.content == other.content

    __hash__ = None


@pytest.mark.parametrize("kind", [Tensor, Unhashable, Mute])
@pytest.mark.parametrize("error", [RuntimeError, TypeError, ZeroDivisionError, KeyError])
def test_what_cannot_be_compared_is_told_apart_by_identity(kind, error):
    choices = [kind(1.0, 2.0, error=error), kind(1.0, 2.0, error=error), [kind(1.0)], [kind(1.0)]]
    space = only(choices)
    assert space.size == 4
    assert [id(choice) for choice in choices_of(choices)] == [id(choice) for choice in choices]
    for choice in choices:
        assert space.decode(space.encode({"a": choice}))["a"] is choice
    assert len({space.key_of({"a": choice}) for choice in choices}) == 4


def test_objects_that_say_they_are_equal_are_one_choice():
    choices = [Setting([1]), Setting([2]), Setting([1])]
    space = only(choices)
    assert space.size == 2
    assert space.decode(space.encode({"a": Setting([2])}))["a"] is choices[1]


def test_a_list_that_holds_itself_is_a_choice():
    endless = [1, 2]
    endless += [endless, endless]
    assert only([endless, [1, 2], endless]).size == 2


def test_a_choice_that_was_changed_since_is_still_found():
    choices = [[1], [2]]
    space = only(choices)
    choices[0].append(5)
    assert space.decode(space.encode({"a": choices[0]}))["a"] is choices[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda i: (i, i % 7, "x"),
        lambda i: [i, [i]],
        lambda i: {"a": i, "b": (1, 2)},
        lambda i: np.arange(3) + i,
        lambda i: Ridge(alpha=i),
        Setting,
        lambda i: f"name {i}",
    ],
)
def test_many_choices_are_told_apart(make):
    choices = [make(i) for i in range(3000)]
    space = only([*choices, *choices])
    assert space.size == 3000
    for i in (0, 1234, 2999):
        assert space.decode(space.encode({"a": choices[i]}))["a"] is choices[i]


# -- ranges and distributions ---------------------------------------------------------------------

HISTOGRAM = stats.rv_histogram(np.histogram([1, 1, 2, 5, 6, 6, 6], bins=5), density=False)

CONTINUOUS = {
    "uniform": (stats.uniform(2, 3), stats.uniform(2, 3)),
    "loguniform": (stats.loguniform(1e-4, 1e2), stats.loguniform(1e-4, 1e2)),
    "norm": (stats.norm(-3, 2), stats.norm(-3, 2)),
    "expon": (stats.expon(scale=5), stats.expon(scale=5)),
    "beta": (stats.beta(0.5, 0.5), stats.beta(0.5, 0.5)),
    "truncnorm": (stats.truncnorm(-1, 2), stats.truncnorm(-1, 2)),
    "lognorm": (stats.lognorm(2), stats.lognorm(2)),
    "cauchy": (stats.cauchy(), stats.cauchy()),
    "histogram": (HISTOGRAM, HISTOGRAM),
    "not frozen": (stats.norm, stats.norm()),
    "range": ((-1.0, 3.0), stats.uniform(-1, 4)),
    "range of int and float": ((0, 1.5), stats.uniform(0, 1.5)),
    "range with prior": ((2.0, 4.0, "uniform"), stats.uniform(2, 2)),
    "log range": ((1e-3, 1e3, "log-uniform"), stats.loguniform(1e-3, 1e3)),
    "log range with base": ((1e-3, 1e3, "log-uniform", 2), stats.loguniform(1e-3, 1e3)),
    "Real": (Real(1, 5), stats.uniform(1, 4)),
    "log Real": (Real(1e-6, 1e1, prior="log-uniform"), stats.loguniform(1e-6, 1e1)),
    "log Real with base": (Real(1, 8, "log-uniform", base=2), stats.loguniform(1, 8)),
}
LOG_INTEGERS = {k: math.log((k + 0.5) / (k - 0.5)) / math.log(12.5 / 0.5) for k in range(1, 13)}
DISCRETE = {
    "randint": (stats.randint(3, 9), dict.fromkeys(range(3, 9), 1 / 6)),
    "poisson": (stats.poisson(2), {k: stats.poisson.pmf(k, 2) for k in range(30)}),
    "binom": (stats.binom(4, 0.3), {k: stats.binom.pmf(k, 4, 0.3) for k in range(5)}),
    "geom": (stats.geom(0.4), {k: stats.geom.pmf(k, 0.4) for k in range(1, 60)}),
    "bernoulli": (stats.bernoulli(0.3), {0: 0.7, 1: 0.3}),
    "shifted": (stats.randint(0, 3, loc=10), dict.fromkeys((10, 11, 12), 1 / 3)),
    "rv_discrete": (
        stats.rv_discrete(values=([1, 2, 7], [0.2, 0.3, 0.5])),
        {1: 0.2, 2: 0.3, 7: 0.5},
    ),
    "frozen rv_discrete": (
        stats.rv_discrete(values=([1, 2, 7], [0.2, 0.3, 0.5]))(),
        {1: 0.2, 2: 0.3, 7: 0.5},
    ),
    "shifted rv_discrete": (
        stats.rv_discrete(values=([1, 2, 7], [0.2, 0.3, 0.5]))(loc=3),
        {4: 0.2, 5: 0.3, 10: 0.5},
    ),
    "rv_discrete shifted by position": (
        stats.rv_discrete(values=([1, 2, 7], [0.2, 0.3, 0.5]))(3),
        {4: 0.2, 5: 0.3, 10: 0.5},
    ),
    "shifted rv_discrete of reals": (
        stats.rv_discrete(values=([0.5, 1.0, 1.5], [0.2, 0.3, 0.5]))(loc=0.1),
        {0.6: 0.2, 1.1: 0.3, 1.6: 0.5},
    ),
    "rv_discrete of reals": (
        stats.rv_discrete(values=([0.25, 0.5, 1.0], [0.2, 0.3, 0.5])),
        {0.25: 0.2, 0.5: 0.3, 1.0: 0.5},
    ),
    "range": ((-2, 3), dict.fromkeys(range(-2, 4), 1 / 6)),
    "log range": ((1, 12, "log-uniform"), LOG_INTEGERS),
    "Integer": (Integer(4, 7), dict.fromkeys(range(4, 8), 1 / 4)),
    "log Integer": (Integer(1, 12, "log-uniform"), LOG_INTEGERS),
    "Categorical": (Categorical(["a", "b"], prior=[0.9, 0.1]), {"a": 0.9, "b": 0.1}),
}


@pytest.mark.parametrize(("value", "expected"), CONTINUOUS.values(), ids=CONTINUOUS.keys())
def test_continuous_values_follow_their_distribution(value, expected):
    values = draws_of(value)
    assert {type(x) for x in values} == {float}
    assert stats.kstest(values, expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize(("value", "expected"), DISCRETE.values(), ids=DISCRETE.keys())
def test_discrete_values_follow_their_distribution(value, expected):
    n = 3000
    frequencies = Counter(draws_of(value, n))
    assert frequencies.keys() <= expected.keys()
    likely = [x for x, p in expected.items() if n * p >= 5]
    observed = [frequencies[x] for x in likely]
    wanted = [n * expected[x] for x in likely]
    rest = [n - sum(observed)], [n - sum(wanted)]
    has_rest = len(likely) < len(expected)
    p_value = stats.chisquare(
        observed + rest[0] * has_rest, wanted + rest[1] * has_rest, sum_check=False
    ).pvalue
    assert p_value > 1e-3


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (stats.randint(0, 2**31), 0, 2**31 - 1),
        (stats.randint(-(10**6), 10**6), -(10**6), 10**6 - 1),
        ((1, 10**9), 1, 10**9),
        (Integer(0, 10**7), 0, 10**7),
        (range(5, 100_005), 5, 100_004),
    ],
)
def test_huge_integer_ranges_are_uniform(value, low, high):
    values = draws_of(value)
    assert {type(x) for x in values} == {int}
    assert min(values) >= low
    assert max(values) <= high
    assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_huge_log_uniform_integers():
    values = draws_of((1, 10**9, "log-uniform"))
    assert {type(x) for x in values} == {int}
    # Ties of the small ones are no evidence against a continuous distribution.
    large = [x for x in values if x > 1000]
    assert stats.kstest(large, stats.loguniform(1000, 10**9).cdf).pvalue > 1e-3


@pytest.mark.parametrize("high", [2**53, 2**63 - 1])
@pytest.mark.parametrize("make", [lambda high: (0, high), lambda high: stats.randint(0, high)])
def test_integers_beyond_the_precision_of_floats_are_in_their_space(make, high):
    space = only(make(high))
    for params in draws(space, 20):
        assert space.decode(space.encode(params)) == pytest.approx(params, rel=1e-12)


def test_a_heavy_tailed_discrete_distribution():
    values = draws_of(stats.zipf(2.5), 300)
    assert (
        stats.chisquare(
            [values.count(1), 300 - values.count(1)],
            [300 * stats.zipf.pmf(1, 2.5), 300 * stats.zipf.sf(1, 2.5)],
        ).pvalue
        > 1e-3
    )


@pytest.mark.parametrize("distribution", [stats.norm(1, 2), stats.poisson(40), stats.gumbel_r()])
def test_an_object_with_only_rvs_is_sampled(distribution):
    values = draws_of(OnlyRvs(distribution), 500)
    expected = distribution.rvs(1000, random_state=1)
    assert stats.ks_2samp(values, expected).pvalue > 1e-3


def test_an_object_with_only_rvs_draws_what_it_draws():
    class Layers:
        def rvs(self, random_state):
            return tuple(random_state.randint(1, 100, size=2).tolist())

    for params in draws(only(Layers()), 20):
        assert isinstance(params["a"], tuple)
        assert len(params["a"]) == 2


def test_sampled_objects_follow_the_given_generator():
    def decoded(seed):
        space = Space({"a": OnlyRvs(stats.norm())}, np.random.default_rng(seed))
        return space.decode(np.array([0.3]))

    assert decoded(0) == decoded(0)
    assert decoded(0) != decoded(1)


def test_global_generators_are_left_alone():
    before = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    space = Space({"a": OnlyRvs(stats.norm()), "b": stats.norm(), "c": [1, 2]})
    draws(space, 10)
    after = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    np.testing.assert_equal(after, before)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ((1, 6), 1, 6),
        ((0.5, 0.75), 0.5, 0.75),
        ((1e-3, 1e3, "log-uniform"), 1e-3, 1e3),
        ((3, 70, "log-uniform"), 3, 70),
        ((1, 10**7, "log-uniform"), 1, 10**7),
        (Real(-1, 1), -1.0, 1.0),
        (Integer(2, 9), 2, 9),
        (stats.randint(2, 9), 2, 8),
        (stats.randint(0, 10**6), 0, 10**6 - 1),
        ((1e-200, 1e200, "log-uniform"), 1e-200, 1e200),
        ((5e-324, 1e-300, "log-uniform"), 5e-324, 1e-300),
        ((2.0, 1.7e308, "log-uniform"), 2.0, 1.7e308),
    ],
)
def test_a_range_holds_both_of_its_ends_and_nothing_beyond(value, low, high):
    space = only(value)
    lowest, highest = (space.decode(np.array([unit]))["a"] for unit in (0.0, 1.0))
    assert (lowest, highest) == pytest.approx((low, high), rel=1e-12)
    assert low <= lowest
    assert highest <= high
    for end in (low, high):
        assert space.decode(space.encode({"a": end})) == pytest.approx({"a": end}, rel=1e-12)
    for outside in (low - 1, high * 1.01 + 1, math.inf):
        with pytest.raises(ValueError, match=r"parameter 'a'"):
            space.encode({"a": outside})


def test_wide_log_ranges_are_drawn_evenly():
    values = np.log10(draws_of((1e-200, 1e200, "log-uniform")))
    assert stats.kstest(values, stats.uniform(-200, 400).cdf).pvalue > 1e-3


OPEN = {
    "finite": stats.uniform(0.1, 0.2),
    "log": stats.loguniform(0.1, 0.3),
    "half-line": stats.expon(scale=10),
    "shifted": stats.gamma(0.01, loc=-3),
    "whole line": stats.cauchy(),
    "dense at both ends": stats.beta(0.05, 0.05),
    "empty at both ends": stats.beta(40, 40),
    "narrow": stats.uniform(1e6, 1e-6),
    "underflows and overflows": stats.weibull_min(0.002),
    "overflows": stats.lognorm(500),
    "heavy": stats.pareto(0.01),
    "not scipy's": HISTOGRAM,
}
NEAR_THE_ENDS = (0.0, 5e-324, 1e-17, 1e-9, 1e-3, 0.5, 0.999, 1 - 1e-9, 1 - 1e-16, 1.0)


@pytest.mark.parametrize("distribution", OPEN.values(), ids=OPEN.keys())
def test_a_distribution_never_gives_an_end_of_its_support(distribution):
    space = only(distribution)
    low, high = distribution.support()
    points = np.array(NEAR_THE_ENDS)[:, None]
    for values in (space.decode_all(points), map(space.decode, points)):
        assert all(low < params["a"] < high for params in values)
    snapped = space.canonical(points)
    assert all(low < params["a"] < high for params in space.decode_all(snapped))


@pytest.mark.parametrize("distribution", [stats.uniform(0.1, 0.2), stats.expon(), stats.cauchy()])
def test_what_a_distribution_never_gives_is_not_encoded(distribution):
    for end in distribution.support():
        with pytest.raises(ValueError, match=r"parameter 'a'.*end of the distribution's support"):
            only(distribution).encode({"a": end})


@pytest.mark.parametrize("distribution", OPEN.values(), ids=OPEN.keys())
def test_floats_next_to_the_ends_are_in_the_space(distribution):
    low, high = distribution.support()
    for inside in (np.nextafter(low, high), np.nextafter(high, low)):
        if low < inside < high:
            point = only(distribution).encode({"a": float(inside)})
            assert 0 <= point[0] <= 1


def test_a_default_at_the_end_gives_way_to_its_neighbour():
    space = Space({"a": stats.uniform(0, 0.05), "b": stats.uniform(0, 2)})
    completed = space.complete({}, {"a": 0.0, "b": 2.0})
    assert 0 < completed["a"] < 1e-6
    assert 2 - 1e-5 < completed["b"] < 2


def test_a_tail_that_no_float_can_tell_is_an_error_that_names_its_parameter():
    with pytest.raises(ValueError, match=r"parameter 'a'.*too small or too large"):
        only(stats.weibull_min(1e-30))


class Rounded:
    """A distribution whose values are rounded, with the methods of a frozen one."""

    def __init__(self, distribution, step, kind=float):
        self.distribution, self.step, self.kind = distribution, step, kind

    def rvs(self, random_state=None):
        return self._rounded(self.distribution.rvs(random_state=random_state))

    def ppf(self, q):
        return self._rounded(self.distribution.ppf(q))

    def cdf(self, x):
        return self.distribution.cdf(np.asarray(x) + self.step / 2)

    def _rounded(self, x):
        return (np.round(np.asarray(x) / self.step) * self.step).astype(self.kind)


class OneAtATime:
    """A triangular distribution, by the functions of the math module."""

    def rvs(self, random_state=None):
        return self.ppf(random_state.uniform())

    def ppf(self, q):
        return math.sqrt(q)

    def cdf(self, x):
        return min(max(x, 0.0), 1.0) ** 2


def test_the_ends_of_what_is_rounded_are_values_like_the_others():
    space = only(Rounded(stats.uniform(0, 1), 0.05))
    values = {params["a"] for params in draws(space)}
    assert values == set((np.round(np.linspace(0, 1, 21) / 0.05) * 0.05).tolist())
    for value in sorted(values):
        assert space.decode(space.encode({"a": value}))["a"] == value


def test_a_distribution_of_integers_gives_integers():
    space = only(Rounded(stats.loguniform(1, 500), 1, int))
    assert {type(params["a"]) for params in draws(space, 50)} == {int}
    assert space.own({"a": np.float64(7)}) == {"a": 7}
    with pytest.raises(ValueError, match=r"2\.5 is not an integer"):
        space.own({"a": 2.5})


def test_a_distribution_need_not_take_arrays():
    values = draws_of(OneAtATime())
    assert stats.kstest(values, stats.triang(1).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    "distribution",
    [stats.norm(), stats.cauchy(), stats.expon(), stats.poisson(3), stats.lognorm(3)],
)
def test_unbounded_distributions_have_finite_values_everywhere(distribution):
    space = only(distribution)
    for unit in (0.0, 1e-300, 0.5, 1 - 1e-16, 1.0):
        assert math.isfinite(space.decode(np.array([unit]))["a"])


@pytest.mark.parametrize(
    "value", [(3, 3), (2.5, 2.5), stats.randint(4, 5), Categorical(["x"]), [7]]
)
def test_a_single_value_takes_no_coordinate(value):
    space = only(value)
    assert (space.n_axes, space.size) == (0, 1)
    (params,) = enumerated(space)
    np.testing.assert_array_equal(space.encode(params), np.empty(0))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array([1, 2], dtype=np.int8), int),
        (np.array([1, 2], dtype=np.float32), float),
        (np.array(["a", "b"]), str),
        (np.array([True, False]), bool),
        ([np.int64(1), np.int64(2)], int),
        ([np.str_("a"), np.str_("b")], str),
        (pd.Series([1, 2]), int),
        (pd.Series([1.0, 2.0]), float),
        (pd.Series([True, False]), bool),
        (stats.randint(1, 9), int),
        (stats.randint(1, 10**9), int),
        (stats.poisson(3), int),
        (stats.uniform(), float),
        (stats.gamma(2), float),
        (stats.rv_discrete(values=([1, 2], [0.5, 0.5])), int),
        (stats.rv_discrete(values=([0.5, 1.0], [0.5, 0.5])), float),
        (stats.rv_discrete(values=([1.0, 2.0], [0.5, 0.5])), float),
        (OnlyRvs(stats.norm()), float),
        (OnlyRvs(stats.poisson(3)), int),
        ((1, 9), int),
        ((np.int64(1), np.int32(9)), int),
        ((1.0, 9.0), float),
        ((np.float32(1), np.float64(9)), float),
        ((1, 9, "log-uniform"), int),
        ((1, 10**9, "log-uniform"), int),
        ((1.0, 9.0, "log-uniform"), float),
        (Integer(1, 9), int),
        (Integer(1, 9, "log-uniform"), int),
        (Real(1, 9), float),
        (Real(1, 9, "log-uniform"), float),
        (Categorical(np.array([1, 2])), int),
        (Categorical([True, False]), bool),
    ],
)
def test_values_have_native_types(value, expected):
    assert {type(x) for x in draws_of(value, 30)} == {expected}


# -- subsets of features --------------------------------------------------------------------------


def masks_of(n_features, low, high):
    masks = itertools.product([False, True], repeat=n_features)
    return {mask for mask in masks if low <= sum(mask) <= high}


@pytest.mark.parametrize(
    ("subset", "low", "high"),
    [
        (Subset(1), 1, 1),
        (Subset(2), 1, 2),
        (Subset(5), 1, 5),
        (Subset(5, 2), 2, 5),
        (Subset(5, max_features=2), 1, 2),
        (Subset(5, min_features=3, max_features=3), 3, 3),
        (Subset(4, min_features=4), 4, 4),
        (Subset(np.int64(3)), 1, 3),
    ],
)
def test_a_subset_holds_all_masks_of_its_sizes_and_no_others(subset, low, high):
    n = int(subset.n_features)
    space = only(subset)
    listed = choices_of(subset)
    assert len(listed) == space.size == len(masks_of(n, low, high))
    assert set(listed) == masks_of(n, low, high)
    assert set(draws_of(subset, 2000)) == set(listed)
    assert {type(x) for mask in listed for x in (mask, *mask)} == {tuple, bool}
    rng = np.random.default_rng(0)
    assert {subset.rvs(random_state=rng) for _ in range(2000)} == set(listed)


def test_each_feature_is_a_coordinate_and_a_single_mask_takes_none():
    space = Space({"x": (0.0, 1.0), "mask": Subset(7), "all": Subset(3, 3), "y": (0.0, 1.0)})
    assert space.n_axes == 9
    assert space.subspaces[0].columns == {"x": slice(0, 1), "mask": slice(1, 8), "y": slice(8, 9)}
    assert [axis.n_siblings for axis in space.axes] == [1, *[7] * 7, 1]
    assert space.decode(space.sample(1, np.random.default_rng(0))[0])["all"] == (True,) * 3


@pytest.mark.parametrize(("low", "high"), [(1, 200), (1, 9), (150, 200), (20, 40)])
def test_draws_select_half_of_the_way_between_the_bounds(low, high):
    sizes = [sum(mask) for mask in draws_of(Subset(200, low, high), 300)]
    assert low <= min(sizes) <= max(sizes) <= high
    assert abs(np.mean(sizes) - (low + high) / 2) < 1.5
    assert len(set(sizes)) > 5


def test_features_are_selected_independently_and_equally_often():
    masks = np.array(draws_of(Subset(10), 2000), dtype=float)
    assert np.ptp(masks.mean(axis=0)) < 0.1
    correlations = np.corrcoef(masks.T)[np.triu_indices(10, 1)]
    assert np.abs(correlations).max() < 0.1


def test_the_features_of_the_largest_coordinates_are_selected_where_too_many_would_be():
    space = only(Subset(4, min_features=2, max_features=2))
    (point,) = space.canonical(np.array([[0.9, 0.7, 0.95, 0.6]]))
    assert space.decode(point)["a"] == (True, False, True, False)
    (point,) = space.canonical(np.array([[0.1, 0.3, 0.0, 0.2]]))
    assert space.decode(point)["a"] == (False, True, False, True)


@pytest.mark.parametrize("given", [np.array([True, False, True]), [True, False, True]])
def test_any_sequence_of_booleans_is_a_mask(given):
    space = only(Subset(3))
    assert space.decode(space.encode({"a": given}))["a"] == (True, False, True)


@pytest.mark.parametrize(
    "value",
    [
        (True, False),
        (True, False, True, True),
        (False, False, False),
        (True, True, True),
        (1, 0, 1),
        "abc",
        3,
        None,
        [(True, False, True)],
    ],
    ids=repr,
)
def test_what_is_no_mask_of_the_subset_is_not_encoded(value):
    with pytest.raises(ValueError, match="parameter 'a'"):
        only(Subset(3, max_features=2)).encode({"a": value})


@pytest.mark.parametrize(
    ("subset", "partial", "fallback", "expected"),
    [
        (Subset(3), {}, {"a": None}, (True, True, True)),
        (Subset(3), {}, {"a": np.array([False, True, False])}, (False, True, False)),
        (Subset(3), {"a": [False, True, True]}, {"a": None}, (False, True, True)),
        (Subset(3), {"a": None}, {}, (True, True, True)),
        (Subset(6, max_features=5), {}, {"a": None}, (True,) * 3 + (False,) * 3),
        (Subset(3), {}, {"a": (True, False)}, (True, True, False)),
    ],
)
def test_a_mask_is_completed_and_none_is_all_features(subset, partial, fallback, expected):
    assert only(subset).complete(partial, fallback) == {"a": expected}


def test_subsets_of_one_name_share_coordinates_if_they_are_equal():
    equal = Space([{"m": Subset(5)}, {"m": Subset(5, 1, 5), "x": (0.0, 1.0)}])
    different = Space([{"m": Subset(5)}, {"m": Subset(5, 2), "x": (0.0, 1.0)}])
    assert (equal.n_axes, different.n_axes) == (7, 12)
    assert only(Subset(5)).size == 31


def test_a_subset_of_many_features_cannot_be_listed():
    space = Space({"m": Subset(5000), "k": [1, 2]})
    assert space.size == math.inf
    assert space.enumerate() is None
    assert only(Subset(40)).enumerate() is None
    assert only(Subset(40)).size == 2**40 - 1


@pytest.mark.parametrize(
    ("arguments", "error", "name"),
    [
        ({"n_features": 0}, ValueError, "n_features"),
        ({"n_features": 3.0}, TypeError, "n_features"),
        ({"n_features": True}, TypeError, "n_features"),
        ({"n_features": "3"}, TypeError, "n_features"),
        ({"n_features": 3, "min_features": 0}, ValueError, "min_features"),
        ({"n_features": 3, "min_features": 4}, ValueError, "min_features"),
        ({"n_features": 3, "max_features": 4}, ValueError, "max_features"),
        ({"n_features": 3, "max_features": 0.5}, TypeError, "max_features"),
        ({"n_features": 3, "min_features": 3, "max_features": 2}, ValueError, "max_features"),
    ],
)
def test_a_malformed_subset_is_an_error_that_names_the_argument(arguments, error, name):
    with pytest.raises(error, match=name):
        Subset(**arguments)


def test_randomized_search_takes_a_subset():
    sampled = list(ParameterSampler({"m": Subset(6, max_features=2)}, 20, random_state=0))
    assert sampled == list(ParameterSampler({"m": Subset(6, max_features=2)}, 20, random_state=0))
    assert {sum(params["m"]) for params in sampled} == {1, 2}


# -- several parameters, and several spaces -------------------------------------------------------

LOG = stats.loguniform(1e-2, 1e2)
KERNELS = [
    {"kernel": ["linear"], "C": LOG},
    {"kernel": ["rbf", "sigmoid"], "C": LOG, "gamma": stats.loguniform(1e-3, 1)},
    {"kernel": ["poly"], "C": LOG, "degree": stats.randint(2, 7)},
]
GRIDS = {
    "one": {"a": [3, 1, 2]},
    "two, names out of order": {"b": [1, 2], "a": ["x", "y", "z"]},
    "with a single value": {"c": [1, 2], "b": ["only"], "a": [None, (1, 2)]},
    "all single": {"a": [1], "b": [2]},
    "several dicts": [{"k": ["lin"], "C": [10, 1]}, {"k": ["rbf"], "C": [1, 10], "g": [2, 1]}],
    "dicts of other names": [{"a": [1, 2]}, {"b": [1, 2]}, {"c": [5]}],
    "empty dict among others": [{}, {"a": [1, 2]}],
    "empty dict": {},
    "empty dict in a list": [{}],
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())
def test_a_grid_is_enumerated_in_the_order_of_parameter_grid(grid):
    expected = list(ParameterGrid(grid))
    assert enumerated(Space(grid)) == expected
    assert Space(grid).size == len(expected)


def test_integer_ranges_are_enumerated_as_grids_are():
    space = Space({"b": (1, 3), "a": stats.randint(0, 2)})
    assert enumerated(space) == list(ParameterGrid({"a": [0, 1], "b": [1, 2, 3]}))


@pytest.mark.parametrize(
    ("space", "size"),
    [
        ({"a": (1, 5), "b": ["x", "y"]}, 10),
        ({"a": [1, 1, 2]}, 2),
        ({"a": stats.randint(0, 10), "b": Integer(1, 4)}, 40),
        ({"a": range(100_000), "b": range(100_000)}, 10**10),
        ({"a": [1, 2], "b": (0.0, 1.0)}, math.inf),
        ({"a": stats.randint(0, 10**9)}, math.inf),
        ([{"a": [1, 2]}, {"b": [1, 2, 3]}], 5),
        ([{"a": [1, 2]}, {"b": LOG}], math.inf),
        ({f"p{i}": range(10) for i in range(400)}, math.inf),
        ({"x": (0.0, 1.0), **{f"p{i}": range(10) for i in range(400)}}, math.inf),
        ([{f"p{i}": [*range(10)] for i in range(400)}, {"a": [1, 2]}], math.inf),
    ],
)
def test_size(space, size):
    assert Space(space).size == size


@pytest.mark.parametrize("space", [{"a": (0.0, 1.0)}, {"a": range(10_000), "b": range(10_000)}])
def test_what_is_too_large_is_not_enumerated(space):
    assert Space(space).enumerate() is None


def test_parameters_that_mean_the_same_share_an_axis():
    space = Space(KERNELS)
    branch, c, kernel, gamma, degree = 0, 1, 2, 3, 4
    assert space.n_axes == 5
    linear, rbf, poly = (
        {name: columns.start for name, columns in space.subspaces[i].columns.items()}
        for i in range(3)
    )
    assert linear == {"C": c}
    assert rbf == {"kernel": kernel, "C": c, "gamma": gamma} or rbf == {
        "C": c,
        "gamma": gamma,
        "kernel": kernel,
    }
    assert poly == {"C": c, "degree": degree}
    assert branch not in {*linear.values(), *rbf.values(), *poly.values()}


def test_parameters_of_one_name_and_other_distributions_have_an_axis_each():
    different = Space([{"k": ["a"], "C": LOG}, {"k": ["b"], "C": stats.loguniform(1e-2, 1e3)}])
    same = Space([{"k": ["a"], "C": LOG}, {"k": ["b"], "C": (1e-2, 1e2, "log-uniform")}])
    assert (different.n_axes, same.n_axes) == (3, 2)


def test_only_the_axes_of_a_points_own_space_are_active():
    space = Space(KERNELS)
    for point in space.sample(50, np.random.default_rng(0)):
        params = space.decode(point)
        columns = {0}
        for subspace in space.subspaces:
            if subspace.dimensions.keys() == params.keys():
                columns |= {own.start for own in subspace.columns.values()}
        assert set(np.flatnonzero(space.active(point))) == columns
        assert np.all(point[~space.active(point)] == 0.5)


def test_one_dict_has_all_axes_active():
    space = Space({"a": (0.0, 1.0), "b": [1, 2]})
    assert space.active(np.array([0.1, 0.9])).all()


@pytest.mark.parametrize(
    ("spaces", "expected"),
    [
        ([{"a": [1]}, {"b": [1, 2, 3]}], [0.25, 0.75]),
        ([{"a": [1]}, {"b": LOG}], [0.5, 0.5]),
        ([{"a": (1, 100)}, {"b": (1, 3)}, {"c": (1, 3)}], [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_a_space_of_several_is_drawn_as_parameter_sampler_draws_it(spaces, expected):
    names = [next(iter(params)) for params in draws(Space(spaces), 2000)]
    observed = [names.count(name) for name in "abc"[: len(spaces)]]
    assert stats.chisquare(observed, 2000 * np.array(expected)).pvalue > 1e-3


def test_parameters_are_drawn_independently():
    values = pd.DataFrame(draws(Space({"a": (0.0, 1.0), "b": LOG, "c": (1, 100)}), 2000))
    for one, other in (("a", "b"), ("a", "c"), ("b", "c")):
        assert stats.spearmanr(values[one], values[other]).pvalue > 1e-3


def test_of_more_combinations_than_floats_can_count_the_larger_dict_is_drawn():
    space = Space([{"a": [1, 2]}, {f"p{i}": [*range(10)] for i in range(400)}])
    assert all(len(params) == 400 for params in draws(space, 20))


def test_overlapping_spaces_share_keys_of_equal_configurations():
    space = Space([{"a": [1, 2]}, {"a": [2, 3]}, {"a": [2]}])
    keys = {space.key(point): space.decode(point)["a"] for point in space.enumerate()}
    assert sorted(keys.values()) == [1, 2, 3]


def test_parameters_keep_the_users_order():
    given = {"c": [1, 2], "a": (0.0, 1.0), "b": LOG}
    assert [list(params) for params in draws(Space(given), 5)] == [["c", "a", "b"]] * 5


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"kernel": "linear"},
        {"kernel": "linear", "C": 1.0, "gamma": 0.1},
        {"kernel": "rbf", "C": 1.0, "degree": 3},
        {"kernel": "no such", "C": 1.0},
        {"kernel": "linear", "C": 1000.0},
        {"kernel": "linear", "C": "1"},
        {"kernel": "linear", "C": None},
        {"kernel": "linear", "C": True},
        {"kernel": "linear", "C": math.nan},
        {"kernel": "linear", "C": math.inf},
        {"kernel": "poly", "C": 1.0, "degree": 2.5},
        {"kernel": "poly", "C": 1.0, "degree": 7},
        {"kernel": "poly", "C": 1.0, "degree": math.inf},
        {"kernel": ["linear"], "C": 1.0},
    ],
    ids=repr,
)
def test_what_is_not_in_the_space_is_not_encoded(params):
    with pytest.raises(ValueError, match="is not in the search space"):
        Space(KERNELS).encode(params)


@pytest.mark.parametrize("value", [math.inf, math.nan, 0.5, "1", None, True])
def test_what_is_no_integer_is_not_encoded(value):
    with pytest.raises(ValueError, match="parameter 'a'"):
        only(stats.randint(0, 10**6)).encode({"a": value})


@pytest.mark.parametrize(("value", "given"), [((1, 9), 3.0), ((1, 9), np.int64(3)), ([1, 3], 3.0)])
def test_equal_numbers_of_another_type_are_encoded(value, given):
    space = only(value)
    assert typed(space.decode(space.encode({"a": given})).values()) == [(int, 3)]


@pytest.mark.parametrize(
    ("value", "near"),
    [
        ((-1e6, 1e6), 1e-7),
        (stats.norm(0, 1e6), 1e-7),
        (stats.uniform(-1e8, 2e8), 0.5),
        (stats.norm(), 7.0),
    ],
)
def test_any_number_inside_the_support_is_encoded(value, near):
    only(value).encode({"a": near})


# -- filling partial configurations in ------------------------------------------------------------


@pytest.mark.parametrize(
    ("partial", "fallback", "expected"),
    [
        ({"kernel": "poly", "C": 2.0, "degree": 3}, {}, {"kernel": "poly", "C": 2.0, "degree": 3}),
        ({}, {"C": 2.0}, {"kernel": "linear", "C": 2.0}),
        ({"gamma": 0.1}, {"C": 2.0, "kernel": "rbf"}, {"kernel": "rbf", "C": 2.0, "gamma": 0.1}),
        ({"degree": 5}, {"C": 1e9, "degree": 2}, {"kernel": "poly", "C": 1.0, "degree": 5}),
        ({"kernel": "poly"}, {"C": "x"}, {"kernel": "poly", "C": 1.0, "degree": 4}),
    ],
)
def test_a_partial_configuration_is_completed(partial, fallback, expected):
    completed = Space(KERNELS).complete(partial, fallback)
    assert list(completed) == list(expected)
    assert {**completed, "C": pytest.approx(completed["C"])} == expected


@pytest.mark.parametrize(
    ("partial", "reason"),
    [
        ({"nu": 1}, "nu"),
        ({"kernel": "linear", "gamma": 1}, "gamma"),
        ({"C": 1e9}, "parameter 'C'"),
        ({"kernel": "no such"}, "parameter 'kernel'"),
    ],
)
def test_what_fits_no_space_is_not_completed(partial, reason):
    with pytest.raises(ValueError, match=reason):
        Space(KERNELS).complete(partial, {})


def test_completing_changes_neither_mapping():
    partial, fallback = {"gamma": 0.1}, {"C": 2.0}
    Space(KERNELS).complete(partial, fallback)
    assert (partial, fallback) == ({"gamma": 0.1}, {"C": 2.0})


# -- malformed spaces -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([], ValueError),
        ((), ValueError),
        (np.array([]), ValueError),
        (pd.Series([], dtype=float), ValueError),
        (range(0), ValueError),
        (np.eye(2), ValueError),
        (np.array(5), (TypeError, ValueError)),
        (1, TypeError),
        (0.5, TypeError),
        (None, TypeError),
        ("abc", TypeError),
        (b"abc", TypeError),
        ({1, 2}, TypeError),
        ({"b": 1}, TypeError),
        ((i for i in range(3)), TypeError),
        (LogisticRegression(), TypeError),
        (pd.DataFrame({"x": [1, 2], "y": [3, 4]}), (TypeError, ValueError)),
        ((5, 1), ValueError),
        ((5.0, 1.0), ValueError),
        ((math.nan, 1), ValueError),
        ((0.0, math.nan), ValueError),
        ((0.0, math.inf), ValueError),
        ((-math.inf, 0.0), ValueError),
        ((1, 10, "log"), ValueError),
        ((1, 10, "normal"), ValueError),
        ((0.0, 1.0, "log-uniform"), ValueError),
        ((0, 10, "log-uniform"), ValueError),
        ((-1.0, 1.0, "log-uniform"), ValueError),
        ((0, 2**70), ValueError),
        ((0, 10**400), ValueError),
        ((-(10**400), 1.5), ValueError),
        ((1, 10**400, "log-uniform"), ValueError),
        ((-1e308, 1e308), ValueError),
        (stats.loguniform, TypeError),
        (stats.randint, TypeError),
        (stats.uniform(0, -1), ValueError),
        (stats.loguniform(10, 1), ValueError),
        (stats.loguniform(0, 1), ValueError),
        (stats.randint(5, 5), ValueError),
        (stats.norm(0, -1), ValueError),
        (stats.norm(math.nan, 1), ValueError),
    ],
)
@pytest.mark.parametrize(
    "wrap", [lambda d: d, lambda d: [{"gamma": [1, 2]}, d]], ids=["dict", "list"]
)
def test_a_malformed_value_is_an_error_that_names_its_parameter(value, error, wrap):
    with pytest.raises(error, match="'C'"):
        Space(wrap({"C": value}))


@pytest.mark.parametrize(
    ("space", "error", "message"),
    [
        ([], ValueError, "has no candidate"),
        (None, TypeError, "not a dict or a list"),
        ("C", TypeError, "not a dict or a list"),
        (3, TypeError, "not a dict or a list"),
        ([{"C": [1]}, None], TypeError, "not a dict"),
        ([({"C": [1]}, 3)], TypeError, "not a dict"),
        ({1: [1, 2]}, TypeError, "must be strings, got 1"),
    ],
)
def test_what_is_no_space_is_an_error(space, error, message):
    with pytest.raises(error, match=message):
        Space(space)


# -- properties -----------------------------------------------------------------------------------


class Spec(NamedTuple):
    """A value of `param_distributions`, the strategy of its members and their test."""

    value: object
    members: st.SearchStrategy
    holds: object


def _choices(values):
    return Spec(values, st.sampled_from(values), lambda x: any(x is value for value in values))


def _floats(low, high, prior):
    return Spec(
        (low, high, prior),
        st.floats(low, high),
        lambda x: type(x) is float and low <= x <= high,
    )


def _integers(low, high, prior):
    return Spec(
        (low, high, prior),
        st.integers(low, high),
        lambda x: type(x) is int and low <= x <= high,
    )


def _subset(n, low, high):
    return Spec(
        Subset(n, low, high),
        st.permutations(range(n)).flatmap(
            lambda order: st.integers(low, high).map(
                lambda size: tuple(feature in order[:size] for feature in range(n))
            )
        ),
        lambda x: type(x) is tuple and len(x) == n and low <= sum(x) <= high,
    )


def _of_distribution(distribution, kind):
    # Beyond these quantiles an unbounded distribution's values differ by less than floats can say.
    return Spec(
        distribution,
        st.floats(1e-6, 1 - 1e-6).map(lambda q: kind(distribution.ppf(q))),
        lambda x: type(x) is kind and distribution.support()[0] <= x <= distribution.support()[1],
    )


scalars = st.one_of(
    st.integers(-100, 100), st.floats(-100, 100), st.text(max_size=3), st.booleans(), st.none()
)
float_bounds = st.tuples(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
positive_bounds = st.tuples(st.floats(1e-6, 1e3), st.floats(1.1, 1e6))
specs = st.one_of(
    st.lists(
        st.one_of(scalars, st.tuples(scalars, scalars)),
        min_size=1,
        max_size=6,
        unique_by=lambda x: (type(x), repr(x)),
    ).map(_choices),
    float_bounds.map(lambda b: _floats(b[0], b[0] + b[1], "uniform")),
    positive_bounds.map(lambda b: _floats(b[0], b[0] * b[1], "log-uniform")),
    st.tuples(st.integers(-(10**6), 10**6), st.sampled_from([0, 1, 7, 10**5])).map(
        lambda b: _integers(b[0], b[0] + b[1], "uniform")
    ),
    st.tuples(st.integers(1, 1000), st.sampled_from([1, 7, 10**6])).map(
        lambda b: _integers(b[0], b[0] + b[1], "log-uniform")
    ),
    st.lists(st.integers(1, 8), min_size=3, max_size=3)
    .map(sorted)
    .map(lambda bounds: _subset(bounds[2], bounds[0], bounds[1])),
    st.sampled_from(
        [
            _of_distribution(stats.norm(3, 2), float),
            _of_distribution(stats.expon(), float),
            _of_distribution(stats.beta(2, 3), float),
            _of_distribution(stats.poisson(4), int),
            _of_distribution(stats.randint(-5, 5), int),
        ]
    ),
)
dicts_of_specs = st.dictionaries(st.sampled_from("abcd"), specs, min_size=1, max_size=4)
# "which" keeps them apart: where two dicts hold one configuration, either may encode it.
lists_of_specs = st.lists(dicts_of_specs, min_size=1, max_size=3).map(
    lambda dicts: [{**specs, "which": _choices([f"{i}"])} for i, specs in enumerate(dicts)]
)


def space_of(dicts):
    return Space([{name: spec.value for name, spec in specs.items()} for specs in dicts])


def cube(space, data, n_points=4):
    # What generators draw, and the ends: scipy has no quantile of 5e-324 for some distributions.
    units = st.integers(0, 2**53).map(lambda i: i / 2**53)
    rows = st.lists(units, min_size=space.n_axes, max_size=space.n_axes)
    points = data.draw(st.lists(rows, min_size=n_points, max_size=n_points))
    return np.array(points).reshape(n_points, space.n_axes)


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_decoded_points_lie_in_one_dict_of_the_space(dicts, data):
    space = space_of(dicts)
    for point in cube(space, data):
        params = space.decode(point)
        specs = dicts[int(params["which"])]
        assert params.keys() == specs.keys()
        assert all(spec.holds(params[name]) for name, spec in specs.items())


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_encoding_what_was_decoded_gives_the_canonical_point(dicts, data):
    space = space_of(dicts)
    points = cube(space, data)
    encoded = [space.encode(space.decode(point)) for point in points]
    np.testing.assert_allclose(encoded, space.canonical(points), rtol=0, atol=1e-9)


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_decoding_what_was_encoded_gives_the_values(dicts, data):
    space = space_of(dicts)
    specs = data.draw(st.sampled_from(dicts))
    params = {name: data.draw(spec.members) for name, spec in specs.items()}
    decoded = space.decode(space.encode(params))
    for name, value in params.items():
        if type(specs[name].value) is not list and type(value) is float:
            assert decoded[name] == pytest.approx(value, rel=1e-9, abs=1e-9)
        else:
            assert typed([decoded[name]]) == typed([value])


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_canonical_points_stay_where_they_are_and_decode_to_the_same(dicts, data):
    space = space_of(dicts)
    points = cube(space, data)
    canonical = space.canonical(points)
    np.testing.assert_allclose(space.canonical(canonical), canonical, rtol=0, atol=1e-12)
    for before, after in zip(map(space.decode, points), map(space.decode, canonical), strict=True):
        assert before.keys() == after.keys()
        for name, value in before.items():
            if type(value) is float:
                assert after[name] == pytest.approx(value, rel=1e-9, abs=1e-9)
            else:
                assert typed([after[name]]) == typed([value])


def typed_params(params):
    return {name: _typed(value) for name, value in params.items()}


def _typed(value):
    if isinstance(value, tuple):
        return tuple(map(_typed, value))
    return type(value), value


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_points_share_a_key_exactly_when_they_decode_to_the_same_values(dicts, data):
    space = space_of(dicts)
    points = cube(space, data)
    points = np.vstack([points, space.canonical(points)])
    params = list(map(space.decode, points))
    keys = list(map(space.key, points))
    assert keys == list(map(space.key_of, params))
    for (key, one), (other_key, other) in itertools.combinations(zip(keys, params, strict=True), 2):
        assert (key == other_key) == (typed_params(one) == typed_params(other))


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_many_points_have_the_keys_and_values_of_each(dicts, data):
    space = space_of(dicts)
    points = cube(space, data)
    values = space.decode_all(points)
    assert [list(params) for params in values] == [list(space.decode(point)) for point in points]
    assert len(space.keys(points)) == len(points)
    for point, params, key in zip(points, values, space.keys(points), strict=True):
        for name, value in space.decode(point).items():
            assert type(params[name]) is type(value)
            is_float = type(value) is float
            assert params[name] == (pytest.approx(value, rel=1e-12) if is_float else value)
        assert len(key) == len(space.key(point))


@property_test
@hypothesis.given(lists_of_specs, st.data())
def test_the_key_of_given_values_is_that_of_the_space_s_own(dicts, data):
    space = space_of(dicts)
    specs = data.draw(st.sampled_from(dicts))
    params = {name: data.draw(spec.members) for name, spec in specs.items()}
    own = space.own(params)
    assert space.key_of(params) == space.key_of(own)
    assert list(own) == list(specs)
    if all(type(value) is not float for value in own.values()):
        assert space.key(space.encode(params)) == space.key_of(params)
