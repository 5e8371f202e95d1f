"""What counts as the same configuration, in every sampler: the values, wherever they come from."""

import itertools
from functools import partial

import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin

from sklearn_hpt import BayesSearch, EarlyStoppedSearch, GeneticSearch, SuccessiveHalvingSearch
from sklearn_hpt._trial import Outcome
from sklearn_hpt.samplers import (
    BayesSampler,
    GeneticSampler,
    MultiFidelitySampler,
    RandomSampler,
)
from sklearn_hpt.search._samplers import make_sampler
from sklearn_hpt.space import Space

SAMPLERS = {
    "random": RandomSampler,
    "bayes": BayesSampler,
    "genetic": partial(GeneticSampler, population_size=4),
    "generational": partial(GeneticSampler, strategy="generational", population_size=4),
    "cma": partial(GeneticSampler, strategy="cma", population_size=4),
}
every_sampler = pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS.keys())


class Steps:
    """Multiples of a step, uniformly distributed, with the methods of a frozen distribution."""

    def __init__(self, low, high, step, kind=float):
        self.low, self.high, self.step, self.kind = low, high, step, kind

    def rvs(self, random_state=None):
        return self.ppf(random_state.uniform())

    def ppf(self, q):
        value = self.low + np.asarray(q) * (self.high - self.low)
        return (np.round(value / self.step) * self.step).astype(self.kind)

    def cdf(self, x):
        return np.clip((np.asarray(x) - self.low) / (self.high - self.low), 0, 1)


NEXT = float(np.nextafter(1.0, 2.0))
FEW_VALUES = {
    "rounded": ({"x": Steps(-1, 1, 0.25)}, 9),
    "rounded to integers": ({"x": Steps(1, 6, 1, int)}, 6),
    "two rounded": ({"x": Steps(0, 1, 0.5), "y": Steps(0, 3, 1)}, 12),
    "rounded, and choices": ({"x": Steps(0, 1, 0.5), "k": ["a", "b"]}, 6),
    "neighbouring floats": ({"x": (1.0, NEXT)}, 2),
    "a few floats": ({"x": (1.0, 1.0 + 8 * (NEXT - 1))}, 9),
    "an open support of a few floats": ({"x": stats.uniform(1.0, 8 * (NEXT - 1))}, 7),
    "an open support of none": ({"x": stats.uniform(1.0, NEXT - 1)}, 2),
    "dicts that overlap": ([{"x": Steps(0, 1, 0.25)}, {"x": [0.5, 1.0, 2.0]}], 6),
    "dicts that overlap in integers": ([{"x": Steps(1, 6, 1, int)}, {"x": (4, 9)}], 9),
    "empty": ({}, 1),
    "empty twice": ([{}, {}], 1),
    "the same in other words": ([{"x": [1, 2], "y": ["a"]}, {"x": (1, 2), "y": ["a", "b"]}], 4),
}


@every_sampler
@pytest.mark.parametrize(("given", "size"), FEW_VALUES.values(), ids=FEW_VALUES.keys())
def test_each_is_proposed_once_and_then_nothing(make, given, size):
    sampler = make(Space(given), random_state=0)
    proposed = []
    while (params := sampler.ask()) is not None:
        proposed.append(params)
        sampler.tell(params, Outcome(float(len(proposed) % 3)))
    assert len(proposed) == size
    for one, other in itertools.combinations(proposed, 2):
        assert one != other
    assert [sampler.ask(), sampler.ask()] == [None, None]


@pytest.mark.parametrize(("given", "size"), FEW_VALUES.values(), ids=FEW_VALUES.keys())
def test_rungs_of_several_samplers_propose_each_once(given, size):
    space = Space(given)
    seeds = itertools.count()
    sampler = MultiFidelitySampler(
        space,
        RandomSampler(space, random_state=next(seeds)),
        lambda: RandomSampler(space, random_state=next(seeds)),
        min_told=2,
    )
    n_proposed = 0
    while (params := sampler.ask()) is not None:
        sampler.tell(params, Outcome(0.5, rung=n_proposed % 3))
        n_proposed += 1
    assert n_proposed == size


class Stubborn:
    """A user's sampler that knows one configuration."""

    def __init__(self, space=None, **options):
        pass

    def ask(self):
        return {"x": 1}

    def tell(self, params, score):
        pass


@pytest.mark.parametrize("given", [Stubborn(), Stubborn])
def test_a_sampler_that_repeats_itself_is_given_up(given):
    space = Space({"x": [1, 2, 3]})
    rng = np.random.default_rng(0)
    borrowed = make_sampler(given, space, random_state=rng, initial_params=())
    sampler = MultiFidelitySampler(space, borrowed, lambda: None)
    assert [sampler.ask(), sampler.ask()] == [{"x": 1}, None]


@every_sampler
def test_a_value_given_first_is_not_proposed_again_by_its_neighbour(make):
    """A float's point may decode to the float next to it, which would score the same."""
    space = Space({"x": stats.loguniform(1e-3, 1e3), "k": ["a", "b"]})
    initial = [{"x": x, "k": "a"} for x in (0.1, 0.3, 7.0, 123.456)]
    sampler = make(space, random_state=0, initial_params=initial)
    values = []
    for _ in range(40):
        params = sampler.ask()
        values.append((params["k"], params["x"]))
        sampler.tell(params, Outcome(-abs(np.log(params["x"] / 0.3))))
    for (kind, one), (other_kind, other) in itertools.combinations(values, 2):
        assert kind != other_kind or abs(one / other - 1) > 1e-12


@every_sampler
def test_values_that_share_a_point_are_told_apart(make):
    space = Space({"x": stats.randint(0, 2**62), "y": stats.norm()})
    initial = [{"x": 2**61 + i, "y": y} for i in range(2) for y in (7.0, 8.0)]
    sampler = make(space, random_state=0, initial_params=initial)
    asked = [sampler.ask() for _ in range(6)]
    assert asked[:4] == initial
    for score, params in enumerate(asked):
        sampler.tell(dict(params), Outcome(float(score)))
    assert sampler.ask() is not None


DISTRIBUTIONS = {
    "expon": stats.expon(scale=10),
    "uniform": stats.uniform(2, 3),
    "loguniform": stats.loguniform(1e-2, 1e2),
    "triang": stats.triang(0.3),
    "weibull_min": stats.weibull_min(0.002),
}


@every_sampler
@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_no_sampler_proposes_an_end_however_good_it_looks(make, sign, name):
    distribution = DISTRIBUTIONS[name]
    low, high = distribution.support()
    sampler = make(Space({"x": distribution, "k": ["a", "b"]}), random_state=0)
    for _ in range(24):
        params = sampler.ask()
        assert low < params["x"] < high
        sampler.tell(params, Outcome(sign * float(np.arctan(params["x"]))))


@pytest.mark.parametrize("name", ["bayes", "genetic", "generational", "cma"])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_range_gives_its_ends(name, sign):
    sampler = SAMPLERS[name](Space({"x": (2.0, 5.0)}), random_state=0)
    values = []
    for _ in range(30):
        params = sampler.ask()
        values.append(sign * params["x"])
        sampler.tell(params, Outcome(values[-1]))
    assert max(values) == {-1: -2.0, 1: 5.0}[sign]


class Constant(ClassifierMixin, BaseEstimator):
    def __init__(self, x=0):
        self.x = x

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize(
    ("cls", "options"),
    [
        (BayesSearch, {"n_iter": 12}),
        (GeneticSearch, {"n_iter": 12}),
        (SuccessiveHalvingSearch, {"n_candidates": 12, "min_resources": 300}),
        (SuccessiveHalvingSearch, {"n_candidates": 12, "min_resources": 300, "sampler": "bayes"}),
        (EarlyStoppedSearch, {"n_iter": 12, "resource": "n_samples", "step": 600}),
    ],
)
@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"x": Steps(0, 1, 0.25)}, 5),
        ({}, 1),
        ({"x": [10**400, 10**400 + 1]}, 2),
        ({"x": [np.datetime64("2020-01-01", unit) for unit in ("ns", "M", "D")]}, 3),
    ],
)
def test_a_search_ends_when_its_space_does(cls, options, given, size):
    X, y = np.zeros((1200, 1)), np.arange(1200) % 2
    search = cls(Constant(), given, cv=2, random_state=0, **options).fit(X, y)
    first = [row for row, rung in enumerate(search.cv_results_.get("iter", [0] * size)) if not rung]
    assert len(first) == size
    if "x" in given:
        values = [search.cv_results_["params"][row]["x"] for row in first]
        assert len({(type(value), repr(value)) for value in values}) == size
        if isinstance(given["x"], list):
            assert {id(value) for value in values} == {id(value) for value in given["x"]}
