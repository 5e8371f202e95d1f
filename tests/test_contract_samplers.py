"""What every sampler does. A new one is added to SAMPLERS, and nothing else."""

import copy
import itertools
import math
import pickle
import random
from functools import partial

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression, Ridge

from sklearn_hpt.samplers import BayesSampler, GeneticSampler, GridSampler, RandomSampler
from sklearn_hpt.space import Space, Subset

SAMPLERS = {
    "random": RandomSampler,
    "bayes": BayesSampler,
    "grid": GridSampler,
    "genetic": partial(GeneticSampler, population_size=4),
    "genetic, generational": partial(GeneticSampler, strategy="generational", population_size=4),
    "genetic, cma": partial(GeneticSampler, strategy="cma", population_size=4),
}
NEEDS_FINITE_SPACE = {"grid"}
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

pairs = [
    pytest.param(make, space, id=f"{name}-{kind}")
    for (name, make), (kind, space) in itertools.product(SAMPLERS.items(), SPACES.items())
    if kind in SIZES or name not in NEEDS_FINITE_SPACE
]
choosing_pairs = [
    pytest.param(make, space, id=f"{name}-{kind}")
    for (name, make), (kind, space) in itertools.product(SAMPLERS.items(), SPACES.items())
    if name not in HAS_NO_CHOICE and kind != "single"
]
finite_pairs = [
    pytest.param(make, SPACES[kind], size, id=f"{name}-{kind}")
    for (name, make), (kind, size) in itertools.product(SAMPLERS.items(), SIZES.items())
]
every_pair = pytest.mark.parametrize(("make", "given"), pairs)


def score_of(params):
    return sum(
        math.atan(value) if isinstance(value, (int, float)) else len(str(value))
        for value in params.values()
    )


def run(sampler, n_trials, score=score_of):
    """Ask and tell in turn; return what was asked."""
    asked = []
    for _ in range(n_trials):
        params = sampler.ask()
        if params is None:
            break
        asked.append(params)
        sampler.tell(params, score(params))
    return asked


def ask_many(sampler, n):
    return [params for _ in range(n) if (params := sampler.ask()) is not None]


def assert_distinct(space, asked):
    keys = [space.key(space.encode(params)) for params in asked]
    assert len(set(keys)) == len(keys)


@every_pair
def test_proposals_lie_in_the_space_and_never_repeat(make, given):
    space = Space(given)
    asked = run(make(space, random_state=0), 25)
    assert len(asked) == min(25, len({space.key(p) for p in space.enumerate() or ()}) or 25)
    names = {frozenset(subspace.dimensions) for subspace in space.subspaces}
    assert {frozenset(params) for params in asked} <= names
    assert_distinct(space, asked)


@pytest.mark.parametrize(("make", "given", "size"), finite_pairs)
def test_a_finite_space_is_exhausted_and_then_nothing_is_left(make, given, size):
    space = Space(given)
    sampler = make(space, random_state=0)
    asked = run(sampler, size)
    assert len(asked) == size
    assert_distinct(space, asked)
    assert [sampler.ask() for _ in range(3)] == [None] * 3


@pytest.mark.parametrize(("make", "given", "size"), finite_pairs)
def test_pending_trials_count_as_proposed(make, given, size):
    space = Space(given)
    sampler = make(space, random_state=0)
    asked = ask_many(sampler, size)
    assert_distinct(space, asked)
    assert sampler.ask() is None
    for params in asked:
        sampler.tell(params, 1.0)
    assert sampler.ask() is None


@every_pair
def test_the_same_seed_gives_the_same_proposals(make, given):
    sequences = [run(make(Space(given), random_state=3), 15) for _ in range(2)]
    assert sequences[0] == sequences[1]


@every_pair
def test_a_generator_is_a_seed(make, given):
    by_generator = make(Space(given), random_state=np.random.default_rng(3))
    by_int = make(Space(given), random_state=3)
    assert run(by_generator, 15) == run(by_int, 15)


@pytest.mark.parametrize(("make", "given"), choosing_pairs)
def test_another_seed_gives_other_proposals(make, given):
    sequences = [run(make(Space(given), random_state=seed), 15) for seed in range(3)]
    assert any(sequence != sequences[0] for sequence in sequences)


@every_pair
def test_global_generators_are_neither_advanced_nor_read(make, given):
    def sequence():
        return run(make(Space(given), random_state=0), 15)

    first = sequence()
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    assert sequence() == first
    after = random.getstate(), np.random.get_state()[1:3]  # noqa: NPY002
    np.testing.assert_equal(after, before)


@every_pair
def test_results_may_come_in_any_order(make, given):
    space = Space(given)
    sampler = make(space, random_state=0)
    asked = []
    for _ in range(4):
        batch = ask_many(sampler, 5)
        for params in reversed(batch):
            sampler.tell(params, score_of(params))
        asked += batch
    assert_distinct(space, asked)


@every_pair
def test_eight_pending_trials_need_no_result(make, given):
    space = Space(given)
    sampler = make(space, random_state=0)
    pending = ask_many(sampler, 8)
    assert_distinct(space, pending)
    sampler.tell(pending[-1], 0.5)
    assert_distinct(space, [*pending, *ask_many(sampler, 3)])


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
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES.keys())
@every_pair
def test_any_scores_are_borne(make, given, score):
    space = Space(given)
    counter = itertools.count()
    asked = run(make(space, random_state=0), 14, lambda params: score(next(counter)))
    assert_distinct(space, asked)


@every_pair
def test_a_failure_may_be_told_while_others_are_pending(make, given):
    space = Space(given)
    sampler = make(space, random_state=0)
    asked = ask_many(sampler, 6)
    for params in asked[::2]:
        sampler.tell(params, None)
    asked += ask_many(sampler, 4)
    assert_distinct(space, asked)


@every_pair
def test_results_of_others_are_learned_and_not_proposed_again(make, given):
    space = Space(given)
    foreign = ask_many(RandomSampler(space, random_state=9), 6)
    sampler = make(space, random_state=0)
    for i, params in enumerate(foreign):
        sampler.tell(params, float(i))
    assert_distinct(space, [*foreign, *run(sampler, 10)])


@pytest.mark.parametrize(("make", "given", "size"), finite_pairs)
def test_what_others_left_is_found(make, given, size):
    space = Space(given)
    *foreign, last = ask_many(RandomSampler(space, random_state=9), size)
    sampler = make(space, random_state=0)
    for params in foreign:
        sampler.tell(params, score_of(params))
    assert [sampler.ask(), sampler.ask()] == [last, None]


@every_pair
def test_initial_params_come_first_and_once(make, given):
    space = Space(given)
    initial = ask_many(RandomSampler(space, random_state=9), 3)
    sampler = make(space, random_state=0, initial_params=[*initial, initial[0]])
    asked = run(sampler, 8)
    assert asked[: len(initial)] == initial
    assert_distinct(space, asked)


@every_pair
def test_initial_params_are_not_handed_out_themselves(make, given):
    initial = ask_many(RandomSampler(Space(given), random_state=9), 2)
    before = copy.copy(initial[0])
    sampler = make(Space(given), random_state=0, initial_params=initial)
    sampler.ask().clear()
    assert initial[0] == before


@every_pair
def test_what_is_told_is_not_changed(make, given):
    sampler = make(Space(given), random_state=0)
    asked = ask_many(sampler, 5)
    before = [dict(params) for params in asked]
    for params in asked:
        sampler.tell(params, 1.0)
    run(sampler, 5)
    assert asked == before


@every_pair
def test_equal_params_settle_a_pending_trial_as_the_very_ones_do(make, given):
    sequences = []
    for hand_back in (lambda params: params, dict):
        sampler = make(Space(given), random_state=0)
        asked = ask_many(sampler, 6)
        for params in asked:
            sampler.tell(hand_back(params), score_of(params))
        sequences.append(asked + run(sampler, 4))
    assert sequences[0] == sequences[1]


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
@pytest.mark.parametrize("n_told", [0, 7])
@pytest.mark.parametrize(("make", "given"), [pair for pair in pairs if "objects" not in pair.id])
def test_a_copy_made_in_mid_run_goes_on_in_the_same_way(make, given, n_told, copied):
    sampler = make(Space(given), random_state=0)
    run(sampler, n_told)
    pending = ask_many(sampler, 3)
    other, others_pending = copied((sampler, pending))
    for params, others_params in zip(pending, others_pending, strict=True):
        sampler.tell(params, score_of(params))
        other.tell(others_params, score_of(params))
    assert run(other, 6) == run(sampler, 6)


@every_pair
def test_two_searches_of_one_space_do_not_meddle(make, given):
    space = Space(given)
    alone = run(make(space, random_state=0), 10)
    one, other = make(space, random_state=0), make(space, random_state=1)
    asked = []
    for _ in range(10):
        asked += run(one, 1)
        run(other, 1)
    assert asked == alone
