"""The genetic sampler: that it gets better, who breeds, and what is kept of them."""

import math
import pickle

import numpy as np
import pytest
from scipy import stats

from sklearn_hpt.samplers import GeneticSampler, Outcome, RandomSampler
from sklearn_hpt.space import Space, Subset

STRATEGIES = ("steady-state", "generational", "cma")
MIXED = {
    "a": (0.0, 1.0),
    "b": stats.loguniform(1e-3, 1e3),
    "c": stats.randint(0, 30),
    "d": (0.0, 1.0),
    "kind": ["x", "y", "z"],
}
BOW = {"x": (0.0, 1.0), "y": (-2.0, 2.0), "kind": ["a", "b"]}


def merit(params):
    return -(
        (params["a"] - 0.7) ** 2
        + (np.log10(params["b"]) / 6 - 0.2) ** 2
        + (params["c"] / 30 - 0.4) ** 2
        + (params["d"] - 0.1) ** 2
        + {"x": 0.3, "y": 0.0, "z": 0.6}[params["kind"]]
    )


def bow(params):
    """Two metrics that cannot be the largest together."""
    away = (params["y"] - 0.3) ** 2 + 0.2 * (params["kind"] == "b")
    return {"left": -(params["x"] ** 2) - away, "right": -((params["x"] - 1) ** 2) - away}


def best_of(sampler, n_trials, score=merit):
    best = -np.inf
    for _ in range(n_trials):
        params = sampler.ask()
        sampler.tell(params, Outcome(score(params)))
        best = max(best, score(params))
    return best


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_finds_better_parameters_than_random_draws(strategy):
    space = Space(MIXED)
    bred, drawn = (
        np.median([best_of(make(seed), 80) for seed in range(3)])
        for make in (
            lambda seed: GeneticSampler(space, random_state=seed, strategy=strategy),
            lambda seed: RandomSampler(space, random_state=seed),
        )
    )
    assert -bred < -drawn / 3


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_history_tells_who_bred_whom(strategy):
    sampler = GeneticSampler(Space(MIXED), random_state=0, strategy=strategy, population_size=5)
    best_of(sampler, 40)
    history = {name: [record[name] for record in sampler.history] for name in sampler.history[0]}
    assert history["trial"] == list(range(40))
    assert history["score"] == sampler.scores.tolist()
    assert history["best"] == np.maximum.accumulate(sampler.scores).tolist()
    assert sorted(history["generation"]) == history["generation"]
    bred = [(trial, parent) for trial in range(40) for parent in history["parents"][trial]]
    assert all(parent < trial for trial, parent in bred)
    assert all(np.array(history["mean"]) <= np.array(history["best"]) + 1e-12)
    assert min(history["diversity"]) >= 0
    n_parents = {len(parents) for parents in history["parents"]}
    assert n_parents == ({0, 1} if strategy == "cma" else {0, 1, 2})


def test_the_history_is_in_the_order_of_telling():
    sampler = GeneticSampler(Space(MIXED), random_state=0)
    asked = [sampler.ask() for _ in range(5)]
    for params in reversed(asked):
        sampler.tell(params, Outcome(merit(params)))
    sampler.tell({"a": 0.5, "b": 1.0, "c": 3, "d": 0.5, "kind": "x"}, Outcome(0.5))
    assert [record["trial"] for record in sampler.history] == [4, 3, 2, 1, 0, 5]


def test_a_generation_enters_the_population_together():
    sampler = GeneticSampler(
        Space(MIXED), random_state=0, strategy="generational", population_size=4
    )
    best_of(sampler, 20)
    generations = [record["generation"] for record in sampler.history]
    assert generations == [1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8]


def test_the_fittest_survive():
    sampler = GeneticSampler(Space(MIXED), random_state=0, population_size=5)
    best_of(sampler, 40)
    survivors = sorted(member.score for member in sampler.population)
    assert survivors == sorted(sampler.scores)[-5:]


def test_a_failure_has_no_score_in_the_history_and_no_children_while_there_are_better():
    sampler = GeneticSampler(Space(MIXED), random_state=0, population_size=3)
    for number in range(30):
        params = sampler.ask()
        sampler.tell(params, Outcome(None if number % 3 == 0 else merit(params)))
    is_nan = [math.isnan(record["score"]) for record in sampler.history]
    assert is_nan == [number % 3 == 0 for number in range(30)]
    assert not any(
        parent % 3 == 0 for record in sampler.history[12:] for parent in record["parents"]
    )


def test_parents_are_of_one_sub_space_and_what_awakes_is_drawn():
    space = Space([{"a": (0.0, 1.0), "b": (0.0, 1.0)}, {"c": (0.0, 1.0), "d": (0.0, 1.0)}])
    sampler = GeneticSampler(space, random_state=0, population_size=6, mutation_probability=0.5)
    asked = []
    for _ in range(60):
        params = sampler.ask()
        asked.append(params)
        sampler.tell(params, Outcome(sum(params.values())))
    names = [frozenset(params) for params in asked]
    assert len(set(names[10:])) == 2
    assert not any(value == 0.5 for params in asked for value in params.values())
    for record in sampler.history:
        assert len({names[parent] for parent in record["parents"]}) <= 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_proposal_that_is_told_on_another_rung_keeps_its_parents(strategy):
    sampler = GeneticSampler(Space(MIXED), random_state=0, strategy=strategy, population_size=4)
    best_of(sampler, 20)
    one, other = sampler.ask(), sampler.ask()
    sampler.tell(one, Outcome(math.nan))
    assert len(sampler.history) == 20
    for params in (other, one):
        sampler.tell(params, Outcome(0.0))
    assert [record["trial"] for record in sampler.history[20:]] == [21, 20]
    best_of(sampler, 20)
    assert not sampler._parents


# -- several metrics ------------------------------------------------------------------------------


def run_bow(sampler, n_trials):
    """Return the metrics of the trials."""
    told = []
    for _ in range(n_trials):
        params = sampler.ask()
        metrics = bow(params)
        told.append(list(metrics.values()))
        sampler.tell(params, Outcome(metrics["left"], metrics))
    return np.array(told)


def front_of(values):
    return [
        row
        for row in values
        if not any((other >= row).all() and (other > row).any() for other in values)
    ]


@pytest.mark.parametrize(
    ("strategy", "n_trials", "tolerance", "gain"),
    # A single normal distribution covers a front badly.
    [("steady-state", 100, 0.02, 3), ("generational", 100, 0.03, 3), ("cma", 150, 0.1, 1)],
)
def test_several_metrics_are_maximised_together(strategy, n_trials, tolerance, gain):
    grid = np.linspace(0, 1, 11)
    ideal = np.column_stack([-(grid**2), -((grid - 1) ** 2)])

    def distance(objectives):
        """How far the trials are from what could be had, at all points of the front."""
        found = [
            run_bow(
                GeneticSampler(
                    Space(BOW), random_state=seed, strategy=strategy, objectives=objectives
                ),
                n_trials,
            )
            for seed in range(2)
        ]
        return np.mean([[np.min(np.max(best - one, axis=1)) for best in ideal] for one in found])

    together, alone = distance("metrics"), distance("score")
    assert together < tolerance
    assert together < alone / gain


def test_the_score_counts_where_there_is_one_metric_or_none():
    proposals = []
    for metrics in ({}, {"only": 0.5}):
        for objectives in ("score", "metrics"):
            sampler = GeneticSampler(Space(BOW), random_state=0, objectives=objectives)
            proposals.append([])
            for _ in range(30):
                params = sampler.ask()
                proposals[-1].append(params)
                sampler.tell(params, Outcome(bow(params)["left"], metrics))
    assert proposals[1:] == proposals[:-1]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_trial_one_of_whose_metrics_is_not_finite_has_failed(value):
    sampler = GeneticSampler(Space(BOW), random_state=0, objectives="metrics", population_size=2)
    for number in range(6):
        params = sampler.ask()
        metrics = bow(params) | ({"right": value} if number % 2 else {})
        sampler.tell(params, Outcome(metrics["left"], metrics))
    assert [math.isnan(record["score"]) for record in sampler.history] == [False, True] * 3
    assert {member.number % 2 for member in sampler.population} == {0}
    assert {member.number % 2 for member in sampler.archive} == {0}


def test_the_archive_is_the_best_or_the_front():
    sampler = GeneticSampler(Space(MIXED), random_state=0)
    best_of(sampler, 30)
    (best,) = sampler.archive
    assert best.score == max(sampler.scores)

    sampler = GeneticSampler(Space(BOW), random_state=0, objectives="metrics")
    front = front_of(run_bow(sampler, 40))
    assert {member.fitness.values for member in sampler.archive} == set(map(tuple, front))
    assert 1 < len(sampler.archive) < 40


# -- many trials and many features ----------------------------------------------------------------


def test_memory_grows_no_faster_than_the_number_of_trials():
    sampler = GeneticSampler(Space(MIXED), random_state=0)
    sizes = []
    for n_more in (100, 100, 200):
        best_of(sampler, n_more)
        sizes.append(len(pickle.dumps(sampler)))
    small, medium, large = sizes
    assert large - medium < 2.5 * (medium - small)


@pytest.mark.parametrize("strategy", ["steady-state", "cma"])
@pytest.mark.parametrize("options", [{"min_features": 5, "max_features": 5}, {"max_features": 5}])
def test_evolution_does_not_depend_on_the_order_of_features(strategy, options):
    def mean_best(informative):
        samplers = [
            GeneticSampler(
                Space({"mask": Subset(30, **options)}), random_state=seed, strategy=strategy
            )
            for seed in range(4)
        ]
        return np.mean(
            [
                best_of(one, 50, lambda params: float(np.array(params["mask"])[informative].sum()))
                for one in samplers
            ]
        )

    assert abs(mean_best(np.arange(5)) - mean_best(np.arange(25, 30))) < 0.9
