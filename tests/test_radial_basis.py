"""Radial basis functions: what they predict, and how far that is from what they know."""

import numpy as np

from sklearn_hpt.samplers._genetic._radial_basis import RadialBasis


def test_they_interpolate_and_know_how_far_they_are():
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


def test_they_learn_several_targets_at_once():
    rng = np.random.default_rng(0)
    features, targets, others = rng.random((30, 3)), rng.random((30, 2)), rng.random((9, 3))
    together, _ = RadialBasis().fit(features, targets).predict(others)
    for column in range(2):
        alone, _ = RadialBasis().fit(features, targets[:, column]).predict(others)
        np.testing.assert_allclose(together[:, column], alone)
