"""What does evolution cost beside independent draws?

    python benchmarks/genetic_cost.py [--n-iter 2000] [--repeats 5] [--backends inline loky]

On loky scikit-learn 1.9 sends its whole tree of callbacks with each fit, so that RandomizedSearchCV
may take minutes there.

Wall seconds of trivial fits, 3 folds each, by GeneticSearch and RandomizedSearchCV, in turn in one
process. Quote the ratio: the seconds are the machine's. Then the size of a pickled sampler after
so many trials: what it keeps grows with them, not with their square.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import pickle
import time

import joblib
import numpy as np
from _trivial import Trivial
from scipy.stats import loguniform, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import RandomizedSearchCV

from sklearn_hpt import GeneticSearch
from sklearn_hpt.samplers import GeneticSampler
from sklearn_hpt.space import Space

BACKENDS = {"inline": ("sequential", 1), "loky": ("loky", 2)}
ESTIMATORS = {
    "learns nothing": (Trivial(), {"a": uniform(), "b": uniform()}),
    "ridge": (RidgeClassifier(), {"alpha": loguniform(1e-3, 1e3), "tol": loguniform(1e-6, 1e-2)}),
}
SIZES = (500, 1000, 2000, 4000)


def wall_seconds(searcher, task, workers, n_iter, seed):
    (estimator, space), (backend, n_jobs) = task, workers
    X, y = load_breast_cancer(return_X_y=True)
    search = searcher(
        estimator, space, n_iter=n_iter, cv=3, random_state=seed, n_jobs=n_jobs, refit=False
    )
    start = time.perf_counter()
    with joblib.parallel_config(backend):
        search.fit(X, y)
    return time.perf_counter() - start


def kilobytes(n_trials):
    sampler = GeneticSampler(Space(ESTIMATORS["learns nothing"][1]), random_state=0)
    for _ in range(n_trials):
        params = sampler.ask()
        sampler.tell(params, -((params["a"] - 0.3) ** 2) - params["b"])
    return len(pickle.dumps(sampler)) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-iter", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--backends", nargs="+", default=["inline"], choices=list(BACKENDS))
    options = parser.parse_args()
    print_header()
    rows = []
    for name, task in ESTIMATORS.items():
        for kind in options.backends:
            workers = BACKENDS[kind]
            pairs = [
                [
                    wall_seconds(searcher, task, workers, n_iter, seed)
                    for searcher in (GeneticSearch, RandomizedSearchCV)
                ]
                # The first, a short one, starts the workers.
                for seed, n_iter in enumerate([20, *[options.n_iter] * options.repeats])
            ][1:]
            ours, theirs = np.median(pairs, axis=0)
            ratios = np.divide(*np.transpose(pairs))
            rows.append(
                [
                    name,
                    kind,
                    f"{ours:.2f}",
                    f"{theirs:.2f}",
                    f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})",
                ]
            )
    print_table(
        ["estimator", "backend", "GeneticSearch, s", "RandomizedSearchCV, s", "ratio (range)"], rows
    )
    print_table(["trials", *map(str, SIZES)], [["kB", *(f"{kilobytes(n):.0f}" for n in SIZES)]])


if __name__ == "__main__":
    main()
