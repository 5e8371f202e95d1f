import numpy as np

from sklearn_hpt.samplers._bayes._thinning import informative_subset


def test_few_observations_are_all_kept():
    kept = informative_subset(np.zeros((5, 2)), np.arange(5.0), 10, np.random.default_rng(0))
    assert sorted(kept) == [0, 1, 2, 3, 4]


def test_the_best_and_the_nearest_to_the_best_are_kept():
    rng = np.random.default_rng(0)
    features, targets = rng.random((200, 2)), rng.random(200)
    kept = informative_subset(features, targets, 40, rng)
    assert len(set(kept)) == 40
    assert set(np.argsort(-targets)[:20]) <= set(kept)
    rest = np.argsort(-targets)[20:]
    distance = np.linalg.norm(features[rest] - features[targets.argmax()], axis=1)
    assert set(rest[np.argsort(distance)[:10]]) <= set(kept)
