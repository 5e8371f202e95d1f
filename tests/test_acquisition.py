import numpy as np
import pytest
from scipy.stats import norm

from sklearn_hpt.samplers._bayes._acquisition import log_expected_improvement


@pytest.mark.parametrize("z", [-4.0, -1.5, -1.0, -0.5, 0.0, 1.0, 10.0])
@pytest.mark.parametrize("std", [1e-3, 1.0, 50.0])
def test_it_is_the_logarithm_of_the_closed_form(z, std):
    expected = np.log(std * (norm.pdf(z) + z * norm.cdf(z)))
    value = log_expected_improvement(np.array([z * std]), np.array([std]), 0.0)
    np.testing.assert_allclose(value, expected, rtol=1e-8)


def test_far_below_the_best_it_is_finite_and_still_tells_better_from_worse():
    z = -np.logspace(0, 12, 200)
    values = log_expected_improvement(z, np.ones_like(z), 0.0)
    assert np.isfinite(values).all()
    assert np.all(np.diff(values) < 0)


def test_in_the_tail_it_follows_the_asymptotic_series():
    z = np.array([-40.0, -1e3, -1e6, -1e9])
    values = log_expected_improvement(z, np.ones(4), 0.0)
    series = norm.logpdf(z) - 2 * np.log(-z)
    np.testing.assert_allclose(values, series, rtol=1e-5)
