"""Features of points: what a surrogate compares."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from sklearn_hpt._trial import Outcome
from sklearn_hpt.samplers import BayesSampler, GeneticSampler
from sklearn_hpt.samplers._encoding import Encoder
from sklearn_hpt.space import Space, Subset


def features_of(given, params):
    space = Space(given)
    return Encoder(space.axes)(np.array([space.encode(p) for p in params]))


def test_an_ordered_coordinate_stands_for_itself():
    features = features_of({"x": (0.0, 2.0), "n": [1, 2]}, [{"x": 1.0, "n": 1}, {"x": 2.0, "n": 2}])
    np.testing.assert_allclose(features, [[0.5, 0.25], [1.0, 0.75]])


@pytest.mark.parametrize("n", [2, 3, 128])
def test_different_choices_lie_one_apart(n):
    kinds = [f"kind {i}" for i in range(n)]
    features = features_of({"kind": kinds}, [{"kind": kind} for kind in kinds])
    np.testing.assert_allclose(pdist(features), 1)


def test_many_choices_lie_about_one_apart_in_few_features():
    kinds = [f"kind {i}" for i in range(3000)]
    features = features_of({"kind": kinds}, [{"kind": kind} for kind in kinds])
    distances = pdist(features)
    assert features.shape[1] < 100
    assert abs(np.mean(distances**2) - 1) < 0.01
    assert distances.min() > 0.5


def test_coordinates_of_one_parameter_weigh_as_much_as_one():
    space = Space({"mask": Subset(9), "x": (0.0, 1.0)})
    encoder = Encoder(space.axes)
    assert encoder.parameters.tolist() == encoder.feature_axis.tolist() == [0] * 9 + [1]
    none, every = encoder(np.array([np.zeros(10), np.ones(10)]))
    np.testing.assert_allclose(every - none, [1 / 3] * 9 + [1])


def test_features_of_one_parameter_share_their_number():
    space = Space({"a": ["x", "y", "z"], "b": (0.0, 1.0), "c": [f"c{i}" for i in range(1000)]})
    encoder = Encoder(space.axes)
    assert encoder.feature_axis.tolist()[:4] == [0, 0, 0, 1]
    assert set(encoder.feature_axis.tolist()[4:]) == {2}
    assert encoder(space.sample(3, np.random.default_rng(0))).shape[1] == len(encoder.feature_axis)


def test_a_space_of_no_axes_has_no_features():
    assert Encoder(())(np.empty((3, 0))).shape == (3, 0)


LARGE = {
    "choices": {"kind": [f"kind {i}" for i in range(5000)], "x": (0.0, 1.0)},
    "dicts": [{"kind": [f"{i}"], "x": (0.0, 1.0 + i), "n": (1, 9 + i)} for i in range(150)],
    "features": {"mask": Subset(2000, max_features=40)},
}


@pytest.mark.parametrize("sampler", [BayesSampler, GeneticSampler])
@pytest.mark.parametrize("given", LARGE.values(), ids=LARGE.keys())
def test_large_spaces_are_searched_like_others(sampler, given):
    space = Space(given)
    sampler = sampler(space, random_state=0)
    keys = set()
    for score in range(14):
        params = sampler.ask()
        keys.add(space.key_of(params))
        sampler.tell(params, Outcome(float(score % 5)))
    assert len(keys) == 14
