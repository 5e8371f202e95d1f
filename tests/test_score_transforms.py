import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sklearn_hpt.samplers._bayes._score_transforms import model_targets

scores = arrays(
    float,
    st.integers(1, 30),
    elements=st.one_of(st.floats(-1e300, 1e300), st.just(np.nan)),
)


@given(scores)
def test_targets_are_finite_standardised_and_keep_the_best(scores):
    targets = model_targets(scores)
    assert np.isfinite(targets).all()
    assert abs(targets.mean()) < 1e-6
    assert targets.std() == pytest.approx(1.0) or np.ptp(targets) == 0
    known = np.isfinite(scores)
    if known.any():
        assert targets[np.nanargmax(scores)] == targets.max()


def test_a_failure_counts_as_the_worst_score():
    targets = model_targets(np.array([0.2, np.nan, 0.5, 0.9]))
    assert targets[1] == targets[0] == targets.min()


def test_one_exploding_loss_does_not_squeeze_good_scores_together():
    mild = model_targets(np.array([-1.0, -0.5, -0.4, -0.3, -0.2]))
    exploding = model_targets(np.array([-1e9, -0.5, -0.4, -0.3, -0.2]))
    assert np.ptp(exploding[1:]) > 0.5 * np.ptp(mild[1:])
