"""A fit that costs nothing, a fit that sleeps, and a searcher that draws at random."""

import time
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

from sklearn_hpt.samplers import RandomSampler
from sklearn_hpt.search import FullResourceSearch


class Trivial(ClassifierMixin, BaseEstimator):
    """Learns nothing."""

    def __init__(self, a=0.0, b=0.0):
        self.a, self.b = a, b

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.zeros(len(X))

    def score(self, X, y):
        return -((self.a - 0.3) ** 2) - self.b


class Sleeper(Trivial):
    """Sleeps for a time that differs much between configurations."""

    log: ClassVar = []  # (begin, end) of each fit, in this process

    def fit(self, X, y):
        begin = time.perf_counter()
        time.sleep(0.05 * np.exp(0.7 * np.sqrt(2) * (4 * self.a - 2)))
        Sleeper.log.append((begin, time.perf_counter()))
        return super().fit(X, y)


class RandomSearch(FullResourceSearch):
    """Independent draws through the engine."""

    def __init__(self, estimator, param_distributions, **options):
        super().__init__(estimator, param_distributions, **options)

    def _make_sampler(self, space, **options):
        return RandomSampler(space, **options)
