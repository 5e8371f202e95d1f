"""What every sampler does. A new one is added to SAMPLERS, and nothing else."""

import copy
import functools
import itertools
import math
import pickle
import random
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression, Ridge

from sklearn_hpt.samplers import (
    BayesSampler,
    GeneticSampler,
    GridSampler,
    MultiFidelitySampler,
    Outcome,
    RandomSampler,
    UserSampler,
)
from sklearn_hpt.samplers._bayes import _candidates, _gaussian_process
from sklearn_hpt.space import Space, Subset


@pytest.fixture(autouse=True)
def _little_effort(monkeypatch):
    """Look less thoroughly for the best proposal: none of the promises is about how good it is."""
    for name in ("_N_UNIFORM", "_N_NEIGHBOURS", "_N_STEPS"):
        monkeypatch.setattr(_candidates, name, getattr(_candidates, name) // 10)
    monkeypatch.setattr(_gaussian_process, "_MAX_ITERATIONS", 2)


class Repeating:
    """What a user may write: no BaseSampler, and nothing that keeps it from repeating itself."""

    def __init__(self, space, random_state):
        self.space, self.rng = space, np.random.default_rng(random_state)
        listed = space.enumerate()
        self.listed = None if listed is None else list(listed) * 2
        if listed is not None:
            self.rng.shuffle(self.listed)

    def ask(self):
        if self.listed is None:
            return self.space.decode(self.space.sample(1, self.rng)[0])
        return self.space.decode(self.listed.pop()) if self.listed else None

    def tell(self, params, outcome):
        if outcome.score is not None and outcome.score > 1:
            self.rng.random()


def of_users(space, *, random_state=None, initial_params=()):
    return UserSampler(Repeating(space, random_state), space, initial_params)


class OnThreeRungs(MultiFidelitySampler):
    """Hears of one rung after the other."""

    def __init__(self, space, *, random_state=None, initial_params=()):
        low = RandomSampler(space, random_state=random_state, initial_params=initial_params)
        others = partial(GeneticSampler, space, random_state=1, population_size=4)
        super().__init__(space, low, others, min_told=2)
        self.n_told = 0

    def tell(self, params, outcome):
        super().tell(params, replace(outcome, rung=self.n_told % 3))
        self.n_told += 1


SAMPLERS = {
    "random": RandomSampler,
    "bayes": partial(BayesSampler, n_initial_points=4),
    "bayes, cost-aware": partial(BayesSampler, n_initial_points=4, cost_aware=True),
    "grid": GridSampler,
    "genetic": partial(GeneticSampler, population_size=4),
    "genetic, generational": partial(GeneticSampler, strategy="generational", population_size=4),
    "genetic, cma": partial(GeneticSampler, strategy="cma", population_size=4),
    "genetic, metrics": partial(GeneticSampler, objectives="metrics", population_size=4),
    "user": of_users,
    "multi-fidelity": OnThreeRungs,
}
NEEDS_FINITE_SPACE = {"grid"}
IS_A_VARIANT = {"bayes, cost-aware", "genetic, metrics"}  # of others that are seen everywhere
HAS_NO_CHOICE = {"grid"}

SPACES = {
    "continuous": {"x": (0.0, 1.0), "y": stats.loguniform(1e-3, 1e3)},
    "mixed": {
        "x": stats.norm(),
        "n": stats.randint(1, 50),
        "k": ["a", "b", "c"],
        "flag": [True, False],
        "only": [7],
    },
    "finite": {"k": ["a", "b", "c"], "n": [4, 1, 2, 3]},
    "finite, objects": {
        "model": [LogisticRegression(), Ridge(), None],
        "layers": [(8,), (8, 4), (8,)],
    },
    "conditional": [
        {"kernel": ["linear"], "C": stats.loguniform(1e-2, 1e2)},
        {"kernel": ["rbf"], "C": stats.loguniform(1e-2, 1e2), "gamma": (1e-3, 1.0, "log-uniform")},
        {"kernel": ["poly", "sigmoid"], "degree": stats.randint(2, 5)},
    ],
    "finite conditional": [{"a": [1, 2, 3]}, {"a": [3, 4], "b": ["x", "y"]}, {"c": (1, 4)}],
    "finite, overlapping": [{"a": [1, 2, 3]}, {"a": [2, 3, 4]}],
    "single": {"a": [1], "b": ["x"]},
    "subset": {"mask": Subset(12, max_features=8), "x": (0.0, 1.0)},
    "finite, subset": {"mask": Subset(4, min_features=2), "k": ["a", "b"]},
    "conditional, subset": [
        {"mask": Subset(6), "k": ["a"]},
        {"mask": Subset(6), "k": ["b"], "x": (0.0, 1.0)},
    ],
}
SIZES = {
    "finite": 12,
    "finite, objects": 6,
    "finite conditional": 11,
    "finite, overlapping": 4,
    "single": 1,
    "finite, subset": 22,
}
N_TRIALS = 10


def is_seen(name, kind):
    if name in NEEDS_FINITE_SPACE:
        return kind in SIZES
    return name not in IS_A_VARIANT or kind in ("mixed", "finite, subset")


pairs = [pair for pair in itertools.product(SAMPLERS, SPACES) if is_seen(*pair)]
every_pair = pytest.mark.parametrize(("name", "kind"), pairs)
every_finite_pair = pytest.mark.parametrize(
    ("name", "kind"), [pair for pair in pairs if pair[1] in SIZES]
)
every_choosing_pair = pytest.mark.parametrize(
    ("name", "kind"), [p for p in pairs if p[0] not in HAS_NO_CHOICE and p[1] != "single"]
)


def make(name, kind, seed=0, **options):
    return SAMPLERS[name](Space(SPACES[kind]), random_state=seed, **options)


def score_of(params):
    return sum(
        math.atan(value) if isinstance(value, (int, float)) else len(str(value))
        for value in params.values()
    )


def tell(sampler, params, score):
    metrics = {} if score is None else {"up": float(score), "down": -float(score)}
    sampler.tell(params, Outcome(score, metrics, seconds=0.1 + len(params)))


def run(sampler, n_trials=N_TRIALS, score=score_of):
    """Ask and tell in turn; return what was asked."""
    asked = []
    for _ in range(n_trials):
        params = sampler.ask()
        if params is None:
            break
        asked.append(params)
        tell(sampler, params, score(params))
    return asked


@functools.cache
def run_of_seed(name, kind, seed):
    """One run, for all tests that compare others with it."""
    return run(make(name, kind, seed))


def ask_many(sampler, n):
    return [params for _ in range(n) if (params := sampler.ask()) is not None]


def drawn(kind, n):
    """Configurations of others."""
    return ask_many(RandomSampler(Space(SPACES[kind]), random_state=9), n)


def assert_distinct(kind, asked):
    space = Space(SPACES[kind])
    keys = [space.key(space.encode(params)) for params in asked]
    assert len(set(keys)) == len(keys)


@every_pair
def test_proposals_lie_in_the_space_and_never_repeat(name, kind):
    asked = run(make(name, kind), 25 if kind in SIZES else 15)
    assert len(asked) == SIZES.get(kind, 15)
    names = {frozenset(subspace.dimensions) for subspace in Space(SPACES[kind]).subspaces}
    assert {frozenset(params) for params in asked} <= names
    assert_distinct(kind, asked)


@every_finite_pair
def test_a_finite_space_is_exhausted_and_then_nothing_is_left(name, kind):
    sampler = make(name, kind)
    asked = run(sampler, SIZES[kind])
    assert len(asked) == SIZES[kind]
    assert_distinct(kind, asked)
    assert [sampler.ask() for _ in range(3)] == [None] * 3


@every_finite_pair
def test_pending_trials_count_as_proposed(name, kind):
    sampler = make(name, kind)
    asked = ask_many(sampler, SIZES[kind])
    assert_distinct(kind, asked)
    assert sampler.ask() is None
    for params in asked:
        tell(sampler, params, 1.0)
    assert sampler.ask() is None


@every_pair
def test_the_same_seed_gives_the_same_proposals(name, kind):
    assert run(make(name, kind, 3)) == run_of_seed(name, kind, 3)


@every_pair
def test_a_generator_is_a_seed(name, kind):
    assert run(make(name, kind, np.random.default_rng(3))) == run_of_seed(name, kind, 3)


@every_choosing_pair
def test_another_seed_gives_other_proposals(name, kind):
    first = run_of_seed(name, kind, 3)
    assert any(run(make(name, kind, seed)) != first for seed in range(2))


@every_pair
def test_global_generators_are_neither_advanced_nor_read(name, kind):
    first = run_of_seed(name, kind, 3)
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    assert run(make(name, kind, 3)) == first
    after = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    np.testing.assert_equal(after, before)


@every_pair
def test_results_may_come_in_any_order(name, kind):
    sampler = make(name, kind)
    asked = []
    for _ in range(3):
        batch = ask_many(sampler, 5)
        for params in reversed(batch):
            tell(sampler, params, score_of(params))
        asked += batch
    assert_distinct(kind, asked)


@every_pair
def test_eight_pending_trials_need_no_result(name, kind):
    sampler = make(name, kind)
    pending = ask_many(sampler, 8)
    assert_distinct(kind, pending)
    tell(sampler, pending[-1], 0.5)
    assert_distinct(kind, [*pending, *ask_many(sampler, 3)])


SCORES = {
    "all failed": lambda i: None,
    "every second failed": lambda i: None if i % 2 else float(i),
    "all but one failed": lambda i: 0.5 if i == 3 else None,
    "constant": lambda i: 0.75,
    "two values": lambda i: float(i % 2),
    "huge": lambda i: (-1) ** i * 1e300,
    "tiny differences": lambda i: 1.0 + i * 1e-16,
    "denormal": lambda i: i * 5e-324,
    "one disaster": lambda i: -1e300 if i == 2 else i / 100,
    "one wonder": lambda i: 1e12 if i == 2 else i / 100,
    "numpy scalars": np.float32,
    "nothing to compare": lambda i: math.nan if i % 2 else float(i),
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES.keys())
@pytest.mark.parametrize(
    ("name", "kind"), [pair for pair in pairs if pair[1] in ("mixed", "finite, subset")]
)
def test_any_scores_are_borne(name, kind, score):
    counter = itertools.count()
    asked = run(make(name, kind), 12, lambda params: score(next(counter)))
    assert_distinct(kind, asked)


@every_pair
def test_a_failure_may_be_told_while_others_are_pending(name, kind):
    sampler = make(name, kind)
    asked = ask_many(sampler, 6)
    for params in asked[::2]:
        tell(sampler, params, None)
    asked += ask_many(sampler, 4)
    assert_distinct(kind, asked)


@every_pair
def test_results_of_others_are_learned_and_not_proposed_again(name, kind):
    foreign = drawn(kind, 6)
    sampler = make(name, kind)
    for i, params in enumerate(foreign):
        tell(sampler, params, float(i))
    assert_distinct(kind, [*foreign, *run(sampler, 8)])


@every_finite_pair
def test_what_others_left_is_found(name, kind):
    *foreign, last = drawn(kind, SIZES[kind])
    sampler = make(name, kind)
    for params in foreign:
        tell(sampler, params, score_of(params))
    assert [sampler.ask(), sampler.ask()] == [last, None]


@every_pair
def test_initial_params_come_first_and_once(name, kind):
    initial = drawn(kind, 3)
    sampler = make(name, kind, initial_params=[*initial, initial[0]])
    asked = run(sampler, 6)
    assert asked[: len(initial)] == initial
    assert_distinct(kind, asked)


@every_pair
def test_initial_params_are_not_handed_out_themselves(name, kind):
    initial = drawn(kind, 2)
    before = copy.copy(initial[0])
    make(name, kind, initial_params=initial).ask().clear()
    assert initial[0] == before


@every_pair
def test_what_is_told_is_not_changed(name, kind):
    sampler = make(name, kind)
    asked = ask_many(sampler, 5)
    before = [dict(params) for params in asked]
    for params in asked:
        tell(sampler, params, 1.0)
    run(sampler, 3)
    assert asked == before


@every_pair
def test_equal_params_settle_a_pending_trial_as_the_very_ones_do(name, kind):
    sequences = []
    for hand_back in (lambda params: params, dict):
        sampler = make(name, kind)
        asked = ask_many(sampler, 6)
        for params in asked:
            tell(sampler, hand_back(params), score_of(params))
        sequences.append(asked + run(sampler, 3))
    assert sequences[0] == sequences[1]


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize(
    ("copied", "n_told"), [(copy.deepcopy, 0), (copy.deepcopy, 7), (pickled, 7)]
)
@pytest.mark.parametrize(("name", "kind"), [pair for pair in pairs if "objects" not in pair[1]])
def test_a_copy_made_in_mid_run_goes_on_in_the_same_way(name, kind, copied, n_told):
    sampler = make(name, kind)
    run(sampler, n_told)
    pending = ask_many(sampler, 3)
    other = copied(sampler)
    for params in pending:
        tell(sampler, params, score_of(params))
        tell(other, params, score_of(params))
    assert run(other, 4) == run(sampler, 4)


@every_pair
def test_two_searches_of_one_space_do_not_meddle(name, kind):
    space = Space(SPACES[kind])
    one, other = (SAMPLERS[name](space, random_state=seed) for seed in (3, 4))
    asked = []
    for _ in range(N_TRIALS):
        asked += run(one, 1)
        run(other, 1)
    assert asked == run_of_seed(name, kind, 3)
