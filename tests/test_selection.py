"""Selection: who becomes a parent, who survives, and what the archive keeps."""

import math
import random

import numpy as np
from deap import tools

from sklearn_hpt.samplers._genetic._individuals import Individual
from sklearn_hpt.samplers._genetic._selection import Archive, Population, fittest, tournament


def individual(number, *objectives):
    score = objectives[0] if objectives else None
    return Individual([number / 10], number, score=score, objectives=objectives)


def numbers(individuals):
    return [member.number for member in individuals]


def test_a_tournament_is_deaps_on_a_generator_of_its_own():
    members = [individual(number, float(number % 7)) for number in range(50)]
    state = random.getstate()
    own = tournament(members, 20, 3, random.Random(1))
    assert random.getstate() == state
    random.seed(1)
    theirs = tools.selTournament(members, 20, 3)
    random.setstate(state)
    assert numbers(own) == numbers(theirs)


def test_selection_is_nsga2s_with_twins_and_failures_last():
    rng = np.random.default_rng(0)
    values = [*rng.random((30, 2)).tolist(), [0.5, 0.5], [0.5, 0.5]]
    individuals = [individual(i, *v) for i, v in enumerate(values)]
    failure = individual(99)
    distinct = individuals[:-1]
    expected = numbers(tools.selNSGA2(distinct, 12))
    assert numbers(fittest([failure, *individuals], 12)) == expected
    assert numbers(fittest([failure, *individuals], 33))[-2:] == [31, 99]


def test_of_one_score_the_best_are_the_fittest():
    individuals = [individual(0), *(individual(i, float(i)) for i in (3, 1, 2))]
    assert numbers(fittest(individuals, 3)) == [3, 2, 1]
    assert numbers(fittest(individuals, 9)) == [3, 2, 1, 0]


def test_in_a_steady_state_a_newcomer_takes_the_place_of_the_worst():
    population = Population(2, n_offspring=1)
    for number, score in enumerate([1.0, 0.0, 0.5, 0.2]):
        population.add(individual(number, score))
    assert numbers(population.members) == [0, 2]
    assert population.generation == 4
    assert population.mean == 0.75
    assert math.isclose(population.diversity, 0.1)


def test_generations_replace_each_other_when_they_are_complete():
    population = Population(2, n_offspring=2)
    for number, score in enumerate([0.1, 0.0, 0.3]):
        population.add(individual(number, score))
    assert numbers(population.members) == [0, 1]
    population.add(individual(3, 0.2))
    assert numbers(population.members) == [2, 3]
    assert population.generation == 3


def test_a_population_of_failures_has_no_mean():
    population = Population(2, n_offspring=1)
    population.add(individual(0))
    assert math.isnan(population.mean)


def test_the_archive_keeps_the_first_of_the_best():
    archive = Archive()
    assert math.isnan(archive.best_score)
    for number, score in enumerate([0.1, 0.5, 0.5, 0.3]):
        archive.add(individual(number, score))
    archive.add(individual(9))
    assert numbers(archive) == [1]
    assert archive.best_score == 0.5


def test_the_archive_keeps_all_that_no_other_dominates_and_no_twins():
    archive = Archive()
    for number, values in enumerate([(0, 0), (1, 0), (0, 1), (1, 0), (0.5, 0.5), (-1, 0.9)]):
        archive.add(individual(number, *map(float, values)))
    assert sorted(numbers(archive)) == [1, 2, 4]
    assert len(archive) == 3
    assert archive.best_score == 1.0
