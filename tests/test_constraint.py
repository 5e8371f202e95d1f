"""Constraints: which parameters go together, in the space, in every sampler and every search."""

import itertools
import math
from functools import partial

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from sklearn_hpt import BayesSearch, EarlyStoppedSearch, GeneticSearch, SuccessiveHalvingSearch
from sklearn_hpt._trial import Outcome
from sklearn_hpt.samplers import BayesSampler, GeneticSampler, GridSampler, RandomSampler
from sklearn_hpt.search._samplers import make_sampler
from sklearn_hpt.space import Space, Subset

SAMPLERS = {
    "random": RandomSampler,
    "bayes": BayesSampler,
    "genetic": partial(GeneticSampler, population_size=6),
    "generational": partial(GeneticSampler, strategy="generational", population_size=6),
    "cma": partial(GeneticSampler, strategy="cma", population_size=6),
}
every_sampler = pytest.mark.parametrize("make", SAMPLERS.values(), ids=SAMPLERS.keys())

SQUARE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}
PENALTIES = {"penalty": ["l1", "l2", "elasticnet"], "solver": ["lbfgs", "saga", "liblinear"]}
RULES = {
    "a half": (SQUARE, lambda p: p["x"] + p["y"] <= 1),
    "a corner": (SQUARE, lambda p: p["x"] + p["y"] <= 0.2),
    "a diagonal": (SQUARE, lambda p: abs(p["x"] - p["y"]) <= 0.01),
    "mixed": (
        {"x": stats.expon(scale=3), "n": stats.randint(1, 90), "kind": ["a", "b", "c"]},
        lambda p: p["kind"] != "a" or p["n"] > 60,
    ),
    "conditional": (
        [{"C": stats.loguniform(0.1, 10)}, {"C": stats.loguniform(0.1, 10), "g": (0.0, 1.0)}],
        lambda p: p["C"] * p.get("g", 1.0) < 1,
    ),
    "subset": ({"mask": Subset(12)}, lambda p: sum(p["mask"]) % 3 == 0),
}


def score_of(params):
    return -sum(abs(value - 0.4) for value in params.values() if isinstance(value, float))


def run(sampler, n_trials):
    asked = []
    for _ in range(n_trials):
        params = sampler.ask()
        if params is None:
            break
        asked.append(params)
        sampler.tell(params, Outcome(score_of(params)))
    return asked


# -- the space ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "rule"), RULES.values(), ids=RULES.keys())
def test_the_space_says_what_the_rule_says(given, rule):
    space = Space(given, constraint=rule)
    points = space.sample(50, np.random.default_rng(0))
    allowed = [rule(space.decode(point)) for point in points]
    assert space.are_allowed(points).tolist() == allowed
    assert [space.is_allowed(point) for point in points] == allowed
    assert [space.allows(space.decode(point)) for point in points] == allowed


def test_without_a_rule_everything_is_allowed():
    space = Space(SQUARE)
    assert space.constraint is None
    assert space.allows({"x": 0.5, "y": 0.5})
    assert space.are_allowed(space.sample(3, np.random.default_rng(0))).all()


def test_what_is_refused_is_not_enumerated():
    space = Space(PENALTIES, constraint=lambda p: p["solver"] == "saga" or p["penalty"] == "l2")
    listed = [space.decode(point) for point in space.enumerate()]
    assert len(listed) == 5
    assert all(p["solver"] == "saga" or p["penalty"] == "l2" for p in listed)
    assert space.size == 9


@hypothesis.settings(max_examples=60, deadline=None, derandomize=True, database=None)
@hypothesis.given(st.floats(0, 1), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1))))
def test_verdicts_do_not_depend_on_how_points_are_asked_about(bound, points):
    space = Space(
        {"x": (0.0, 1.0), "k": [1, 2, 3]}, constraint=lambda p: p["x"] * p["k"] / 3 <= bound
    )
    points = np.array(points).reshape(-1, 2)
    expected = [p["x"] * p["k"] / 3 <= bound for p in space.decode_all(points)]
    assert space.are_allowed(points).tolist() == expected
    assert space.are_allowed(points[::-1]).tolist() == expected[::-1]


def test_the_rule_gets_a_dict_of_its_own_with_the_values_of_the_estimator():
    seen = []

    def rule(params):
        seen.append(dict(params))
        params.clear()
        return True

    model = Constant()
    space = Space(
        {"model": [model], "n": np.array([3, 5]), "x": (0.0, 1.0), "mask": Subset(3)},
        constraint=rule,
    )
    sampler = RandomSampler(space, random_state=0)
    asked = [sampler.ask() for _ in range(4)]
    assert [params in seen for params in asked] == [True] * 4
    for params in seen:
        assert params["model"] is model
        assert [type(params[name]) for name in ("n", "x", "mask")] == [int, float, tuple]


def test_the_rule_is_asked_once_for_a_configuration():
    seen = []

    def rule(params):
        seen.append((params["penalty"], params["solver"]))
        return params["penalty"] != "l1"

    sampler = BayesSampler(Space(PENALTIES, constraint=rule), random_state=0)
    assert len(run(sampler, 20)) == 6
    assert len(seen) == len(set(seen)) == 9


# -- samplers -------------------------------------------------------------------------------------


@every_sampler
@pytest.mark.parametrize(("given", "rule"), RULES.values(), ids=RULES.keys())
def test_nothing_is_proposed_that_is_refused(make, given, rule):
    space = Space(given, constraint=rule)
    asked = run(make(space, random_state=0), 25)
    assert len(asked) == 25
    assert all(map(rule, asked))
    assert len({space.key_of(params) for params in asked}) == 25


@every_sampler
def test_pending_trials_are_allowed_as_well(make):
    given, rule = RULES["a corner"]
    sampler = make(Space(given, constraint=rule), random_state=0)
    assert all(rule(sampler.ask()) for _ in range(12))


@pytest.mark.parametrize("make", [*SAMPLERS.values(), GridSampler], ids=[*SAMPLERS, "grid"])
def test_all_that_is_allowed_of_a_finite_space_is_found(make):
    numbers = list(range(30))
    space = Space({"a": numbers, "b": numbers}, constraint=lambda p: p["a"] == 7 * p["b"] % 30)
    asked = run(make(space, random_state=0), 100)
    assert sorted(p["b"] for p in asked) == numbers


@every_sampler
def test_a_rule_changes_no_proposals_that_it_allows(make):
    free, bound = (
        run(make(Space(SQUARE, constraint=rule), random_state=0), 8)
        for rule in (None, lambda _: True)
    )
    assert free[:5] == bound[:5]


@pytest.mark.parametrize("name", ["bayes", "genetic", "generational", "cma"])
def test_the_best_that_is_allowed_is_found(name):
    """The best of all lies far beyond what is allowed."""
    space = Space(SQUARE, constraint=lambda p: p["x"] + p["y"] <= 0.5)
    sampler = SAMPLERS[name](space, random_state=0)
    best = -math.inf
    for _ in range(50):
        params = sampler.ask()
        score = params["x"] + params["y"] - 0.5
        best = max(best, score)
        sampler.tell(params, Outcome(score))
    assert best > -0.02


@every_sampler
def test_nobody_is_asked_beyond_measure(make):
    n_calls = itertools.count()

    def rule(params):
        next(n_calls)
        return params["x"] < 0.3

    run(make(Space(SQUARE, constraint=rule), random_state=0), 30)
    assert next(n_calls) < 30 * 1000


@pytest.mark.parametrize(
    ("make", "given"),
    [
        *itertools.product(SAMPLERS.values(), [SQUARE, PENALTIES, {"n": (0, 10**12)}, {}]),
        (GridSampler, PENALTIES),
        (GridSampler, {}),
    ],
)
def test_a_rule_that_refuses_everything_is_an_error(make, given):
    space = Space(given, constraint=lambda _: False)
    with pytest.raises(ValueError, match=r"constraint=.*hardly anything"):
        make(space, random_state=0).ask()


@every_sampler
def test_a_rule_that_refuses_nearly_everything_is_an_error(make):
    space = Space(SQUARE, constraint=lambda p: p["x"] + p["y"] < 1e-3)
    with pytest.raises(ValueError, match=r"constraint=.*hardly anything"):
        make(space, random_state=0).ask()


def test_it_is_said_when_a_rule_leaves_no_more():
    few = {0.25, 0.5, 0.75}
    space = Space({"x": stats.uniform()}, constraint=lambda p: p["x"] in few)
    initial = [{"x": x} for x in sorted(few)]
    sampler = RandomSampler(space, random_state=0, initial_params=initial)
    assert run(sampler, 3) == initial
    with pytest.warns(UserWarning, match=r"ends after 3 trials: constraint="):
        assert sampler.ask() is None
    assert sampler.ask() is None


@every_sampler
def test_what_is_refused_is_not_proposed_first_either(make):
    space = Space(SQUARE, constraint=lambda p: p["x"] < 0.5)
    initial = [{"x": 0.9, "y": 0.1}, {"x": 0.1, "y": 0.1}]
    assert make(space, random_state=0, initial_params=initial).ask() == initial[1]


class OfAllPoints(RandomSampler):
    """Heeds neither what is new nor what is allowed."""

    def propose(self):
        return self.space.sample(1, self.rng)[0]


def test_a_sampler_need_not_know_of_rules():
    space = Space(SQUARE, constraint=lambda p: p["x"] < 0.2)
    assert all(p["x"] < 0.2 for p in run(OfAllPoints(space, random_state=0), 20))


class Foreign:
    """A user's own sampler, with its own idea of the space."""

    def __init__(self, space=None, **options):
        self.rng = np.random.default_rng(0)

    def ask(self):
        return dict(zip("xy", self.rng.random(2).tolist(), strict=True))

    def tell(self, params, score):
        if params["x"] >= 0.5:
            raise AssertionError("told of what is refused")


@pytest.mark.parametrize("given", [Foreign(), Foreign])
def test_a_users_sampler_is_held_to_the_rule(given):
    def made(rule):
        space = Space(SQUARE, constraint=rule)
        rng = np.random.default_rng(0)
        return make_sampler(given, space, random_state=rng, initial_params=())

    asked = run(made(lambda p: p["x"] < 0.5), 10)
    assert len(asked) == 10
    assert all(params["x"] < 0.5 for params in asked)
    with pytest.raises(ValueError, match="constraint="):
        made(lambda _: False).ask()


# -- searches -------------------------------------------------------------------------------------


class Constant(ClassifierMixin, BaseEstimator):
    """Will not be given an `x` of one half or more."""

    def __init__(self, x=0.0, y=0.0, penalty=None):
        self.x, self.y, self.penalty = x, y, penalty

    def fit(self, X, y):
        if self.x >= 0.5:
            raise ValueError("refused by the estimator")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


X, y = np.zeros((1200, 1)), np.arange(1200) % 2
SEARCHES = {
    "bayes": partial(BayesSearch, n_iter=12),
    "genetic": partial(GeneticSearch, n_iter=12),
    "halving": partial(SuccessiveHalvingSearch, n_candidates=12, min_resources=300),
    "halving, bayes": partial(
        SuccessiveHalvingSearch, n_candidates=12, min_resources=300, sampler="bayes"
    ),
    "early stopped": partial(EarlyStoppedSearch, n_iter=12, resource="n_samples", step=600),
}
every_search = pytest.mark.parametrize("make", SEARCHES.values(), ids=SEARCHES.keys())


def is_small(params):
    return params["x"] < 0.5


@every_search
def test_what_is_refused_is_never_evaluated(make):
    search = make(Constant(), SQUARE, constraint=is_small, cv=2, random_state=0).fit(X, y)
    assert len(search.cv_results_["params"]) >= 12
    assert all(map(is_small, search.cv_results_["params"]))
    assert clone(search).constraint is is_small


@every_search
def test_a_finite_search_goes_through_what_is_allowed(make):
    space = {"x": [0.1, 0.2, 0.7, 0.8], "penalty": ["l1", "l2"]}
    search = make(Constant(), space, constraint=is_small, cv=2, random_state=0).fit(X, y)
    values = {(p["x"], p["penalty"]) for p in search.cv_results_["params"]}
    assert values == set(itertools.product([0.1, 0.2], ["l1", "l2"]))


@every_search
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"constraint": lambda _: False}, r"constraint=.*hardly anything"),
        ({"constraint": lambda p: p["z"] > 1}, r"constraint=.*KeyError: 'z'.*return True or"),
        ({"constraint": lambda _: None}, r"constraint=.*returned None"),
        ({"constraint": lambda _: np.arange(2) > 0}, r"constraint=.*ValueError"),
        ({"constraint": "x < 1"}, r"'constraint' parameter"),
        (
            {"constraint": is_small, "initial_params": {"x": 0.7}},
            r"initial_params has {'x': 0.7}.*refused by constraint=",
        ),
        (
            {"constraint": lambda p: p["x"] > 0.1, "initial_params": "defaults"},
            r"initial_params has {}.*'x': 0.0.*refused by constraint=",
        ),
    ],
)
def test_what_is_wrong_is_said_before_any_fit(make, options, message):
    class Unfitted(Constant):
        def fit(self, X, y):
            raise AssertionError("fitted")

    with pytest.raises(ValueError, match=message):
        make(Unfitted(), SQUARE, cv=2, error_score="raise", random_state=0, **options).fit(X, y)
