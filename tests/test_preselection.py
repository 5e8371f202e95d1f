"""Preselection: which of a batch is tried."""

import numpy as np
import pytest

from sklearn_hpt.samplers._genetic._individuals import Individual
from sklearn_hpt.samplers._genetic._preselection import ModelPreselection, NoPreselection


def learned(score, n=40, several=False):
    """A preselection that has learned scores of points of the unit square."""
    rng = np.random.default_rng(0)
    preselection = ModelPreselection(lambda points: points, np.random.default_rng(1))
    for number, point in enumerate(rng.random((n, 2))):
        objectives = (score(point), -score(point)) if several else ()
        preselection.learn(Individual(point, number, score=score(point), objectives=objectives))
    return preselection


@pytest.mark.parametrize(("n_told", "size"), [(1, 30), (100, 20), (10_000, 2)])
def test_the_more_is_known_the_fewer_are_bred(n_told, size):
    assert learned(sum).batch_size(n_told) == size
    assert NoPreselection().batch_size(n_told) == 1


def test_the_first_of_each_batch_is_tried_where_there_is_no_model():
    assert NoPreselection().choices([np.zeros((2, 3)), np.ones((1, 3))]) == [0, 0]


def test_the_most_promising_is_tried_and_now_and_then_the_farthest():
    preselection = learned(lambda point: -((point[0] - 0.3) ** 2))
    batch = np.array([[0.9, 0.5], [0.3, 0.5], [0.6, 0.5], [0.32, 3.0]])
    chosen = preselection.choices([batch] * 8)
    assert chosen[0] == chosen[4] == 1  # by the prediction alone
    assert chosen[3] == chosen[7] == 3  # by the distance more than anything


def test_scores_that_depend_on_nothing_are_no_obstacle():
    batch = np.random.default_rng(2).random((5, 2))
    (chosen,) = learned(lambda point: 1.0).choices([batch])
    assert 0 <= chosen < 5


def test_failures_are_the_worst():
    preselection = learned(lambda point: None if point[0] > 0.5 else point[1])
    batch = np.array([[0.9, 0.9], [0.1, 0.9], [0.1, 0.1]])
    assert preselection.choices([batch]) == [1]


def test_several_scores_are_weighed_anew_for_each_choice():
    preselection = learned(lambda point: point[0], several=True)
    batch = np.array([[0.02, 0.5], [0.98, 0.5]])
    chosen = [preselection.choices([batch])[0] for _ in range(40)]
    assert 5 < sum(chosen) < 35
