"""Evolution: what is its own beyond the contracts of samplers and searchers."""

import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from deap import tools
from joblib import parallel_config
from scipy import stats
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.svm import SVC

from sklearn_hpt import GeneticSearch
from sklearn_hpt.samplers import GeneticSampler, RandomSampler
from sklearn_hpt.samplers._genetic._individuals import Individual, Operators, ParetoFitness, fittest
from sklearn_hpt.samplers._genetic._radial_basis import RadialBasis
from sklearn_hpt.samplers._genetic._variation import Breeder
from sklearn_hpt.space import Space, Subset

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


def best_of(sampler, n_trials, score=lambda params: -loss(params)):
    best = -np.inf
    for _ in range(n_trials):
        params = sampler.ask()
        best = max(best, score(params))
        sampler.tell(params, score(params))
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


def test_radial_basis_functions_learn_several_targets_at_once():
    rng = np.random.default_rng(0)
    features, targets, others = rng.random((30, 3)), rng.random((30, 2)), rng.random((9, 3))
    together, _ = RadialBasis().fit(features, targets).predict(others)
    for column in range(2):
        alone, _ = RadialBasis().fit(features, targets[:, column]).predict(others)
        np.testing.assert_allclose(together[:, column], alone)


# -- masks ----------------------------------------------------------------------------------------


def breeder(space, **options):
    defaults = {"crossover_probability": 0.0, "mutation_probability": None, "tournament_size": 3}
    return Breeder(space, np.random.default_rng(0), **{**defaults, **options})


def test_masks_mutate_by_a_few_features_in_both_directions():
    space = Space({"mask": Subset(100), "x": (0.0, 1.0)})
    mother = {"mask": (True,) * 20 + (False,) * 80, "x": 0.5}
    points, parents = breeder(space).children([Individual(space.encode(mother), score=1.0)], 400)
    flips = [
        np.not_equal(mother["mask"], space.decode(point)["mask"])
        for point, bred in zip(points, parents, strict=True)
        if bred
    ]
    assert 0.5 < np.mean(np.sum(flips, axis=1)) < 2.5
    assert np.sum(flips, axis=0)[:20].sum() > 20
    assert np.sum(flips, axis=0)[20:].sum() > 80


def test_masks_are_crossed_feature_by_feature():
    space = Space({"mask": Subset(50)})
    masks = [(True, False) * 25, (False, True) * 25]
    population = [
        Individual(space.encode({"mask": mask}), number, score=0.0)
        for number, mask in enumerate(masks)
    ]
    points, parents = breeder(
        space, crossover_probability=1.0, mutation_probability=0.0, tournament_size=1
    ).children(population, 60)
    bred = [
        sum(space.decode(point)["mask"][::2])
        for point, both in zip(points, parents, strict=True)
        if both == (0, 1)
    ]
    assert len(bred) > 10
    assert 8 < np.mean(bred) < 17


# -- several metrics ------------------------------------------------------------------------------


def test_one_fitness_is_larger_that_dominates_or_else_is_less_crowded():
    def fitness(*values, crowding=0.0):
        individual = Individual([], score=values[0], objectives=values)
        individual.fitness.crowding_dist = crowding
        return individual.fitness

    assert fitness(2, 2) > fitness(1, 2)
    assert fitness(1, 2) < fitness(2, 2)
    assert fitness(1, 9, crowding=2.0) > fitness(2, 2, crowding=1.0)
    assert fitness(2, 2, crowding=1.0) < fitness(1, 9, crowding=2.0)
    failure = Individual([]).fitness
    assert failure < fitness(-5, -5)
    assert fitness(-5, -5) > failure


def test_selection_is_nsga2s_with_twins_and_failures_last():
    rng = np.random.default_rng(0)
    values = [*rng.random((30, 2)).tolist(), [0.5, 0.5], [0.5, 0.5]]
    individuals = [Individual([i], i, score=v[0], objectives=v) for i, v in enumerate(values)]
    failure = Individual([99], 99)
    distinct = individuals[:-1]
    expected = [member.number for member in tools.selNSGA2(distinct, 12)]
    selected = fittest([failure, *individuals], 12)
    assert [member.number for member in selected] == expected
    everyone = [member.number for member in fittest([failure, *individuals], 33)]
    assert everyone[-2:] == [31, 99]


class Bow(BaseEstimator):
    """Two scores that cannot be the largest together."""

    def __init__(self, x=0.0, y=0.0, kind="a"):
        self.x, self.y, self.kind = x, y, kind

    def fit(self, X, y=None):
        if self.kind == "broken":
            raise ValueError("broken")
        return self


def bow_scores(estimator, X, y=None):
    away = (estimator.y - 0.3) ** 2 + 0.2 * (estimator.kind == "b")
    return {"left": -(estimator.x**2) - away, "right": -((estimator.x - 1) ** 2) - away}


BOW = {"x": (0.0, 1.0), "y": (-2.0, 2.0), "kind": ["a", "b"]}


def bow_search(space=None, **options):
    options = {"scoring": bow_scores, "refit": False, "cv": 2, "random_state": 0} | options
    return GeneticSearch(Bow(), BOW if space is None else space, **options)


def means(search):
    return np.column_stack([search.cv_results_[f"mean_test_{name}"] for name in ("left", "right")])


def by_definition(values, is_eligible):
    return [
        i
        for i in np.flatnonzero(is_eligible)
        if not any(
            (values[j] >= values[i]).all() and (values[j] > values[i]).any()
            for j in np.flatnonzero(is_eligible)
        )
    ]


X = np.zeros((6, 1))


@pytest.mark.parametrize(
    ("strategy", "tolerance", "gain"),
    # A single normal distribution covers a front badly.
    [("steady-state", 0.02, 3), ("generational", 0.02, 3), ("cma", 0.1, 1)],
)
def test_several_metrics_are_maximised_together(strategy, tolerance, gain):
    def spread(searches):
        fronts = [means(search)[search.pareto_front_] for search in searches]
        grid = np.linspace(0, 1, 11)
        ideal = np.column_stack([-(grid**2), -((grid - 1) ** 2)])
        # How far the front is from what could be had, at the farthest point of it.
        return np.mean(
            [[np.min(np.max(best - front, axis=1)) for best in ideal] for front in fronts]
        )

    options = {"n_iter": 120, "strategy": strategy}
    together = [bow_search(random_state=s, **options).fit(X) for s in range(3)]
    alone = [bow_search(random_state=s, refit="left", **options).fit(X) for s in range(3)]
    for search in alone:
        assert not hasattr(search, "pareto_front_")
        search.pareto_front_ = np.array(by_definition(means(search), np.ones(120, bool)))
    assert spread(together) < tolerance
    assert spread(together) < spread(alone) / gain


@pytest.mark.parametrize(
    "refit", [False, lambda results: int(np.argmax(results["mean_test_left"]))]
)
def test_the_pareto_front_holds_the_rows_that_no_other_dominates(refit):
    search = bow_search(n_iter=40, refit=refit).fit(X)
    front = search.pareto_front_
    assert front.dtype.kind == "i"
    assert front.tolist() == by_definition(means(search), np.ones(40, bool))
    assert 1 < len(front) < 40
    with parallel_config("threading", n_jobs=2):
        again = bow_search(n_iter=40, refit=refit).fit(X)
    assert again.pareto_front_.tolist() == front.tolist()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("error_score", [np.nan, 7.0])
def test_failed_rows_are_in_no_front_and_breed_no_children(error_score):
    space = {**BOW, "kind": ["broken", "a", "b"]}
    search = bow_search(space, n_iter=60, error_score=error_score).fit(X)
    has_failed = search.cv_results_["param_kind"] == "broken"
    assert has_failed.any()
    assert search.pareto_front_.tolist() == by_definition(means(search), ~has_failed)
    history = search.population_history_
    assert history["score"].isna().tolist() == has_failed[history["trial"]].tolist()
    bred = [parent for parents in history["parents"][30:] for parent in parents]
    assert not has_failed[bred].any()


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_trial_with_one_metric_that_is_nan_has_failed():
    def scores(estimator, X, y=None):
        both = bow_scores(estimator, X)
        return both | ({"right": np.nan} if estimator.kind == "b" else {})

    search = bow_search(n_iter=40, scoring=scores).fit(X)
    is_nan = search.cv_results_["param_kind"] == "b"
    assert is_nan.any()
    assert search.pareto_front_.tolist() == by_definition(means(search), ~is_nan)


def test_discarded_rows_are_in_no_front():
    search = bow_search(n_iter=40, cv=3, early_discard=True).fit(X)
    is_whole = search.cv_results_["n_splits_evaluated"] == 3
    assert not is_whole.all()
    assert search.pareto_front_.tolist() == by_definition(means(search), is_whole)


def test_a_space_that_is_gone_through_has_a_front():
    search = bow_search({"x": [0.0, 0.5, 1.0], "y": [0.3, 1.0]}, n_iter=10).fit(X)
    front = [search.cv_results_["params"][row] for row in search.pareto_front_]
    assert [params["y"] for params in front] == [0.3] * 3


@pytest.mark.parametrize("scoring", [lambda e, X, y=None: 1.0, ["r2"], {"only": "r2"}])
def test_one_metric_has_no_front(scoring):
    X, y = np.random.default_rng(0).random((20, 1)), np.arange(20.0)
    search = GeneticSearch(
        Ridge(), {"alpha": (0.1, 1.0)}, n_iter=25, scoring=scoring, refit=False, cv=2
    ).fit(X, y)
    assert not hasattr(search, "pareto_front_")


def test_the_hall_of_fame_is_the_best_or_the_front():
    sampler = GeneticSampler(Space(MIXED), random_state=0)
    best_of(sampler, 30)
    (best,) = sampler.hall_of_fame
    assert best.score == max(record["score"] for record in sampler.history)

    sampler = GeneticSampler(Space(BOW), random_state=0)
    told = []
    for _ in range(40):
        params = sampler.ask()
        metrics = bow_scores(Bow(**params), None)
        told.append(list(metrics.values()))
        sampler.tell_metrics(params, metrics)
        sampler.tell(params, metrics["left"])
    values = np.array(told)
    front = {tuple(values[row]) for row in by_definition(values, np.ones(40, bool))}
    assert {member.fitness.values for member in sampler.hall_of_fame} == front
    assert all(isinstance(member.fitness, ParetoFitness) for member in sampler.population)


# -- many trials ----------------------------------------------------------------------------------


def test_memory_grows_no_faster_than_the_number_of_trials():
    sampler = GeneticSampler(Space(MIXED), random_state=0)
    sizes = []
    for n_more in (150, 150, 300):
        best_of(sampler, n_more)
        sizes.append(len(pickle.dumps(sampler)))
    small, medium, large = sizes
    assert large - medium < 2.5 * (medium - small)


@pytest.mark.parametrize("strategy", ["steady-state", "cma"])
@pytest.mark.parametrize("options", [{"min_features": 5, "max_features": 5}, {"max_features": 5}])
def test_evolution_does_not_depend_on_the_order_of_features(strategy, options):
    def best(informative, seed):
        sampler = GeneticSampler(
            Space({"mask": Subset(30, **options)}), random_state=seed, strategy=strategy
        )
        return best_of(
            sampler, 120, lambda params: float(np.array(params["mask"])[informative].sum())
        )

    seeds = range(6)
    first = np.mean([best(np.arange(5), seed) for seed in seeds])
    last = np.mean([best(np.arange(25, 30), seed) for seed in seeds])
    assert abs(first - last) < 0.9


def test_covariance_adaptation_learns_each_sub_space_by_itself():
    space = Space([{"x": (0.0, 1.0), "y": (0.0, 1.0)}, {"z": (0.0, 1.0)}])

    def score(params):
        if "z" in params:
            return -0.02 - (params["z"] - 0.5) ** 2
        return -((params["x"] - 0.9) ** 2) - (params["y"] - 0.1) ** 2

    def regret(seed):
        sampler = GeneticSampler(space, random_state=seed, strategy="cma")
        return -best_of(sampler, 120, score)

    assert np.median([regret(seed) for seed in range(8)]) < 2e-3


def test_early_discard_is_refused_where_all_metrics_count():
    X, y = load_iris(return_X_y=True)
    search = GeneticSearch(
        SVC(), SVC_SPACE, scoring=["accuracy", "f1_macro"], refit=False, early_discard=True
    )
    with pytest.raises(ValueError, match=r"early_discard=True.*refit=False"):
        search.fit(X, y)
