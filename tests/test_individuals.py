"""Individuals: how their fitness compares."""

import copy
import pickle

from sklearn_hpt.samplers._genetic._individuals import Individual


def fitness(*values, crowding=0.0):
    individual = Individual([], score=values[0], objectives=values)
    individual.fitness.crowding_dist = crowding
    return individual.fitness


def test_one_fitness_is_larger_that_dominates_or_else_is_less_crowded():
    assert fitness(2, 2) > fitness(1, 2)
    assert fitness(1, 2) < fitness(2, 2)
    assert fitness(1, 9, crowding=2.0) > fitness(2, 2, crowding=1.0)
    assert fitness(2, 2, crowding=1.0) < fitness(1, 9, crowding=2.0)


def test_a_failure_is_less_fit_than_anything():
    failure = Individual([]).fitness
    for other in (fitness(-5), fitness(-5, -5)):
        assert failure < other
        assert other > failure


def test_individuals_can_be_copied_and_pickled():
    individual = Individual([0.25, 0.5], 3, (1, 2), score=0.5, objectives=(0.5, 1.5))
    for other in (copy.deepcopy(individual), pickle.loads(pickle.dumps(individual))):
        assert other == individual
        assert (other.number, other.parents, other.score) == (3, (1, 2), 0.5)
        assert other.fitness == individual.fitness
