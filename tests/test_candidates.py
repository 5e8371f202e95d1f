import numpy as np
import pytest
from scipy.stats import loguniform

from sklearn_hpt.samplers._bayes._candidates import perturb, ranked_candidates
from sklearn_hpt.space import Space


@pytest.fixture
def space():
    return Space(
        [
            {"C": loguniform(1e-3, 1e3), "kernel": ["linear"]},
            {"C": loguniform(1e-3, 1e3), "gamma": (0.0, 1.0), "kernel": ["rbf", "poly"]},
        ]
    )


def test_neighbours_are_canonical_points_that_differ(space):
    rng = np.random.default_rng(0)
    points = space.sample(3, rng)
    neighbours = perturb(space, points, 50, (0.05,), rng)
    assert neighbours.shape == (150, space.n_axes)
    np.testing.assert_allclose(space.canonical(neighbours), neighbours)
    assert (neighbours != np.repeat(points, 50, axis=0)).any(axis=1).mean() > 0.5


def test_the_maximum_is_found_and_candidates_come_from_the_best_down(space):
    target = space.encode({"C": 7.0, "gamma": 0.123, "kernel": "poly"})

    def acquisition(points):
        return -np.abs(points - target).sum(axis=1)

    rng = np.random.default_rng(0)
    candidates = ranked_candidates(space, acquisition, space.sample(5, rng), rng)
    values = acquisition(candidates)
    assert np.all(np.diff(values) <= 0)
    assert values[0] > -0.05
