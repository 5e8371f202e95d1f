"""Evolution: what is its own beyond the contracts of samplers and searchers."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from deap import tools
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sklearn_hpt import GeneticSearch
from sklearn_hpt.samplers import GeneticSampler, RandomSampler
from sklearn_hpt.samplers._deap import Operators
from sklearn_hpt.samplers._radial_basis import RadialBasis
from sklearn_hpt.space import Space

STRATEGIES = ("steady-state", "generational", "cma")
MIXED = {
    "a": (0.0, 1.0),
    "b": stats.loguniform(1e-3, 1e3),
    "c": stats.randint(0, 30),
    "d": (0.0, 1.0),
    "kind": ["x", "y", "z"],
}
SVC_SPACE = {"C": stats.loguniform(1e-2, 1e3), "gamma": stats.loguniform(1e-4, 1e1)}


def loss(params):
    return (
        (params["a"] - 0.7) ** 2
        + (np.log10(params["b"]) / 6 - 0.2) ** 2
        + (params["c"] / 30 - 0.4) ** 2
        + (params["d"] - 0.1) ** 2
        + {"x": 0.3, "y": 0.0, "z": 0.6}[params["kind"]]
    )


def best_of(sampler, n_trials):
    best = -np.inf
    for _ in range(n_trials):
        params = sampler.ask()
        best = max(best, -loss(params))
        sampler.tell(params, -loss(params))
    return best


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_finds_better_parameters_than_random_draws(strategy):
    space = Space(MIXED)
    ours, drawn = (
        np.median([best_of(make(space, random_state=seed), 80) for seed in range(5)])
        for make in (
            lambda space, random_state: GeneticSampler(
                space, random_state=random_state, strategy=strategy
            ),
            RandomSampler,
        )
    )
    assert -ours < -drawn / 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_population_history_tells_who_bred_whom(strategy):
    X, y = load_iris(return_X_y=True)
    search = GeneticSearch(
        SVC(random_state=0),
        SVC_SPACE,
        n_iter=30,
        cv=2,
        strategy=strategy,
        population_size=5,
        random_state=0,
    ).fit(X, y)
    history = search.population_history_
    assert isinstance(history, pd.DataFrame)
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(history["trial"], np.arange(30))
    np.testing.assert_array_equal(history["score"], scores)
    assert history["generation"].is_monotonic_increasing
    assert all(
        parent < trial
        for trial, bred in zip(history["trial"], history["parents"], strict=True)
        for parent in bred
    )
    if strategy != "cma":
        assert any(len(parents) == 2 for parents in history["parents"])
    if strategy == "steady-state":
        np.testing.assert_array_equal(history["best"], np.maximum.accumulate(scores))
    assert (history["mean"] <= history["best"] + 1e-12).all()
    assert (history["diversity"] >= 0).all()


def test_a_generation_enters_the_population_together():
    sampler = GeneticSampler(
        Space(MIXED), random_state=0, strategy="generational", population_size=4
    )
    best_of(sampler, 20)
    generations = [record["generation"] for record in sampler.history]
    assert np.unique(generations[4:], return_counts=True)[1].max() <= 4
    assert len(set(generations)) < 12


def test_the_fittest_survive():
    sampler = GeneticSampler(Space(MIXED), random_state=0, population_size=5)
    best_of(sampler, 40)
    survivors = sorted(member.fitness.values[0] for member in sampler.population)
    told = sorted(record["score"] for record in sampler.history)
    assert survivors == told[-5:]


def test_a_failure_has_no_score_in_the_history_and_no_children_while_there_are_better():
    space = Space(MIXED)
    sampler = GeneticSampler(space, random_state=0, population_size=3)
    for number in range(30):
        params = sampler.ask()
        sampler.tell(params, None if number % 3 == 0 else -loss(params))
    history = pd.DataFrame(list(sampler.history))
    assert (history["score"].isna() == (np.arange(30) % 3 == 0)).all()
    assert not any(parent % 3 == 0 for bred in history["parents"][12:] for parent in bred)


def test_a_space_that_is_gone_through_has_no_population():
    X, y = load_iris(return_X_y=True)
    search = GeneticSearch(SVC(), {"C": [0.1, 1, 10]}, n_iter=5, cv=2).fit(X, y)
    assert len(search.population_history_) == 0
    assert "parents" in search.population_history_


def test_parents_are_of_one_sub_space_and_what_awakes_is_drawn():
    space = Space([{"a": (0.0, 1.0), "b": (0.0, 1.0)}, {"c": (0.0, 1.0), "d": (0.0, 1.0)}])
    sampler = GeneticSampler(space, random_state=0, population_size=6, mutation_probability=0.5)
    asked = []
    for _ in range(60):
        params = sampler.ask()
        asked.append(params)
        sampler.tell(params, sum(params.values()))
    names = [frozenset(params) for params in asked]
    assert len(set(names[10:])) == 2
    assert not any(value == 0.5 for params in asked for value in params.values())
    for record in sampler.history:
        assert len({names[parent] for parent in record["parents"]}) <= 1


def test_four_threads_find_what_one_after_another_finds():
    X, y = load_iris(return_X_y=True)

    def run(seed):
        search = GeneticSearch(SVC(random_state=0), SVC_SPACE, n_iter=25, cv=2, random_state=seed)
        return search.fit(X, y).cv_results_["params"]

    random.seed(3)
    np.random.seed(3)  # noqa: NPY002  to see that it is left alone
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    alone = [run(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == alone
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


def test_operators_draw_from_their_own_generator_and_are_deaps():
    numbers = [[float(i)] for i in range(50)]

    class Member(list):
        @property
        def fitness(self):
            return self[0]

    members = [Member(number) for number in numbers]
    state = random.getstate()
    own = Operators(random.Random(1)).tournament(members, 5, 3)
    assert random.getstate() == state
    random.seed(1)
    assert tools.selTournament(members, 5, 3) == own
    random.setstate(state)


def test_radial_basis_functions_interpolate_and_know_how_far_they_are():
    rng = np.random.default_rng(0)
    features = rng.random((40, 2))
    targets = np.sin(3 * features[:, 0]) + features[:, 1]
    model = RadialBasis().fit(features, targets)
    values, distances = model.predict(features)
    np.testing.assert_allclose(values, targets, atol=0.05)
    np.testing.assert_allclose(distances, 0, atol=1e-12)
    others = rng.random((40, 2))
    values, distances = model.predict(others)
    np.testing.assert_allclose(values, np.sin(3 * others[:, 0]) + others[:, 1], atol=0.1)
    assert (distances > 0).all()
