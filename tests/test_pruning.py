"""The rules that say which trials are plainly losing."""

from sklearn_hpt.schedulers import median_stopping


def test_median_stopping_compares_with_running_averages_of_as_many_scores():
    others = [[0.0, 1.0, 1.0], [0.2, 1.0, 1.0], [0.4, 1.0, 1.0], [0.6, 0.6], [0.8, 1.0, 1.0]]
    averages_of_one = 0.4
    assert median_stopping([averages_of_one - 0.01], others)
    assert not median_stopping([averages_of_one], others)
    averages_of_two = 0.6
    assert median_stopping([0.1, averages_of_two - 0.01], others)
    assert not median_stopping([averages_of_two, 0.1], others)
    assert not median_stopping([-1.0], others[:4])
