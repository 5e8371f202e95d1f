"""How good are the Pareto fronts that evolution finds?

    python benchmarks/multi_objective.py [--seeds 10] [--n-iter 100]

Hypervolume of the front, between that of the median random trial's two scores (0) and the largest
found by any run of any searcher, with four times the trials as well (100): GeneticSearch with both
metrics, with the first metric alone, and random draws. The tasks are the ZDT problems 1 to 3 with
an integer and a choice among their parameters, accuracy against number of leaves of a decision
tree, and accuracy against number of features of a logistic regression.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse

import numpy as np
from _trivial import RandomSearch
from scipy.stats import loguniform
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from sklearn_hpt import FeatureMask, GeneticSearch, Subset

SHAPES = {
    1: lambda f, g: 1 - np.sqrt(f / g),
    2: lambda f, g: 1 - (f / g) ** 2,
    3: lambda f, g: 1 - np.sqrt(f / g) - (f / g) * np.sin(10 * np.pi * f),
}
OFFSETS = {"a": 0.0, "b": 0.2, "c": 0.6}


class Zdt(BaseEstimator):
    """Two objectives of Zitzler, Deb and Thiele (2000), of an integer and a choice as well."""

    def __init__(self, problem=1, *, x=0.0, y=0.0, z=0.0, n=0, kind="a"):
        self.problem, self.x, self.y, self.z, self.n, self.kind = problem, x, y, z, n, kind

    def fit(self, X, y=None):
        return self

    def scores(self, X, y=None):
        away = [abs(self.y - 0.3), abs(self.z - 0.8), abs(self.n - 7) / 20, OFFSETS[self.kind]]
        g = 1 + 9 * np.mean(away)
        return {"first": -self.x, "second": -g * SHAPES[self.problem](self.x, g)}


def zdt_scores(estimator, X, *_):
    return estimator.scores(X)


def accuracy_and_leaves(estimator, X, y):
    return {"accuracy": estimator.score(X, y), "leaves": -float(estimator.get_n_leaves())}


def accuracy_and_features(estimator, X, y):
    return {
        "accuracy": estimator.score(X, y),
        "features": -float(estimator.named_steps["featuremask"].support_.sum()),
    }


def tasks():
    X, y = load_breast_cancer(return_X_y=True)
    space = {"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0), "n": (0, 20), "kind": list("abc")}
    for problem in SHAPES:
        yield f"ZDT{problem}", Zdt(problem), space, zdt_scores, np.zeros((4, 1)), None
    tree = {
        "max_depth": (1, 15),
        "min_samples_leaf": (1, 50, "log-uniform"),
        "ccp_alpha": loguniform(1e-5, 1e-1),
        "max_features": (0.1, 1.0),
        "criterion": ["gini", "entropy"],
    }
    yield "tree", DecisionTreeClassifier(random_state=0), tree, accuracy_and_leaves, X, y
    pipeline = make_pipeline(StandardScaler(), FeatureMask(), LogisticRegression(max_iter=200))
    masks = {"featuremask__mask": Subset(30), "logisticregression__C": loguniform(1e-2, 1e2)}
    yield "features", pipeline, masks, accuracy_and_features, X, y


def both_means(search):
    names = [name for name in search.cv_results_ if name.startswith("mean_test_")]
    return np.column_stack([search.cv_results_[name] for name in names])


def hypervolume(values, reference):
    """Area that two-dimensional points dominate beyond a reference point."""
    area, ceiling = 0.0, reference[1]
    for first, second in sorted(map(tuple, values), reverse=True):
        if first > reference[0] and second > ceiling:
            area += (first - reference[0]) * (second - ceiling)
            ceiling = second
    return area


def searches(estimator, space, scoring, n_iter, seed):
    common = {"scoring": scoring, "cv": 2, "random_state": seed, "n_iter": n_iter}
    first = "first" if scoring is zdt_scores else "accuracy"
    yield "both metrics", GeneticSearch(estimator, space, **common, refit=False)
    yield "first metric", GeneticSearch(estimator, space, **common, refit=first)
    yield "random", RandomSearch(estimator, space, **common, refit=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--n-iter", type=int, default=100)
    options = parser.parse_args()
    print_header()
    rows = []
    for task, estimator, space, scoring, X, y in tasks():
        found = {}
        for seed in range(options.seeds):
            for name, search in searches(estimator, space, scoring, options.n_iter, seed):
                found.setdefault(name, []).append(both_means(search.fit(X, y)))
        long = GeneticSearch(
            estimator, space, scoring=scoring, cv=2, n_iter=4 * options.n_iter, refit=False
        ).set_params(random_state=0)
        fronts = [values for runs in found.values() for values in runs]
        fronts.append(both_means(long.fit(X, y)))
        reference = np.median(np.vstack(found["random"]), axis=0)
        largest = hypervolume(np.vstack(fronts), reference)
        volumes = {
            name: 100 * np.array([hypervolume(values, reference) for values in runs]) / largest
            for name, runs in found.items()
        }
        gains = volumes["both metrics"] - volumes["random"]
        rows.append(
            [
                task,
                *(f"{volume.mean():.1f}" for volume in volumes.values()),
                f"{gains.mean():+.1f} +- {gains.std(ddof=1) / np.sqrt(len(gains)):.1f}",
            ]
        )
    print_table(["task", *found, "both metrics - random"], rows)


if __name__ == "__main__":
    main()
