import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from sklearn_hpt.samplers._bayes._gaussian_process import GaussianProcess


@pytest.fixture
def observations():
    rng = np.random.default_rng(0)
    features = rng.random((25, 3))
    targets = np.sin(5 * features[:, 0]) + features[:, 1] ** 2 + 0.05 * rng.normal(size=25)
    return features, (targets - targets.mean()) / targets.std()


@pytest.mark.parametrize("feature_axis", [[0, 1, 2], [0, 1, 1]])
def test_gradient_of_the_posterior_is_its_slope(observations, feature_axis):
    model = GaussianProcess(np.array(feature_axis))
    theta = model.theta + 0.3 * np.random.default_rng(1).normal(size=len(model.theta))
    _, gradient = model._loss(theta, *observations)
    numeric = approx_fprime(theta, lambda t: model._loss(t, *observations)[0], 1e-6)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-3, atol=1e-4)


def trend_features(features):
    x = 2 * features - 1
    polynomials = [np.sqrt(3) * x, np.sqrt(5) / 2 * (3 * x**2 - 1)]
    return np.hstack([*polynomials, np.full((len(x), 1), np.sqrt(3))]) / np.sqrt(3)


def test_prediction_is_the_textbooks_with_scikit_learns_kernels(observations):
    features, targets = observations
    model = GaussianProcess(np.arange(3)).fit(features, targets, 25)
    *lengthscales, trend, signal, noise = np.exp(model.theta)
    matern = ConstantKernel(signal) * Matern(lengthscales, nu=2.5)

    def kernel(a, b):
        main_effects = trend_features(a) @ trend_features(b).T
        return matern(a, b) + trend * (main_effects + main_effects**2) / 2

    points = np.random.default_rng(2).random((40, 3))
    gain = kernel(points, features) @ np.linalg.inv(
        kernel(features, features) + (noise + 1e-8) * np.eye(25)
    )
    variance = np.diag(kernel(points, points) - gain @ kernel(features, points))
    mean, std = model.predict(points)
    np.testing.assert_allclose(mean, gain @ targets, atol=1e-6)
    np.testing.assert_allclose(std**2, variance, atol=1e-6)


def test_learning_lowers_the_loss(observations):
    model = GaussianProcess(np.arange(3))
    before, _ = model._loss(model.theta, *observations)
    model.fit(*observations, 25)
    after, _ = model._loss(model.theta, *observations)
    assert after < before - 1


def test_an_axis_without_influence_is_the_least_relevant(observations):
    features, targets = observations
    model = GaussianProcess(np.arange(3)).fit(features, targets, 25)
    relevance = model.relevance([0, 1, 2])
    assert relevance.argmin() == 2
    assert np.array_equal(model.relevance([2, 0]), relevance[[2, 0]])


def test_believing_its_own_mean_changes_only_how_sure_it_is(observations):
    model = GaussianProcess(np.arange(3)).fit(*observations, 25)
    pending, points = np.split(np.random.default_rng(3).random((14, 3)), [4])
    believer = model.condition_on(pending)
    np.testing.assert_allclose(believer.predict(points)[0], model.predict(points)[0], atol=1e-9)
    assert np.all(believer.predict(points)[1] <= model.predict(points)[1] + 1e-9)
    assert np.all(believer.predict(pending)[1] < 0.7 * model.predict(pending)[1])


def test_believing_equals_conditioning_anew(observations):
    features, targets = observations
    model = GaussianProcess(np.arange(3)).fit(features, targets, 25)
    pending = np.random.default_rng(4).random((5, 3))
    believer = model.condition_on(pending)
    anew = GaussianProcess(np.arange(3))
    anew.theta = model.theta
    anew._n_learned = 10**6
    anew.fit(
        np.vstack([features, pending]), np.concatenate([targets, model.predict(pending)[0]]), 30
    )
    points = np.random.default_rng(5).random((20, 3))
    for own, expected in zip(believer.predict(points), anew.predict(points), strict=True):
        np.testing.assert_allclose(own, expected, atol=1e-8)


def test_hyperparameters_rest_until_observations_have_grown(observations):
    features, targets = (np.tile(part.T, 8).T for part in observations)
    features = features + 1e-3 * np.random.default_rng(6).normal(size=features.shape)
    model = GaussianProcess(np.arange(3)).fit(features[:160], targets[:160], 160)
    learned = model.theta.copy()
    model.fit(features[:162], targets[:162], 162)
    np.testing.assert_array_equal(model.theta, learned)
    model.fit(features[:170], targets[:170], 170)
    assert not np.array_equal(model.theta, learned)


def test_the_same_point_many_times_is_no_failure():
    features = np.full((30, 2), 0.5)
    model = GaussianProcess(np.arange(2)).fit(features, np.zeros(30), 30)
    mean, std = model.predict(np.array([[0.5, 0.5], [0.0, 1.0]]))
    assert np.isfinite(mean).all()
    assert std[0] < std[1]
