"""What does it cost to run a fit?

    python benchmarks/dispatch.py [--n-iter 600] [--repeats 5]

Wall seconds of trivial fits, 3 folds each, through the engine with independent random draws and
through RandomizedSearchCV, in turn in one process. Quote the ratio: the seconds are the machine's.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import time

import joblib
import numpy as np
from _trivial import RandomSearch, Trivial
from scipy.stats import uniform
from sklearn.model_selection import RandomizedSearchCV

BACKENDS = {"inline": ("sequential", 1), "threading": ("threading", 2), "loky": ("loky", 2)}


def wall_seconds(searcher, backend, n_jobs, n_iter, seed):
    X = np.random.default_rng(0).normal(size=(200, 5))
    y = (X[:, 0] > 0).astype(int)
    space = {"a": uniform(), "b": uniform()}
    search = searcher(
        Trivial(), space, n_iter=n_iter, cv=3, random_state=seed, n_jobs=n_jobs, refit=False
    )
    start = time.perf_counter()
    with joblib.parallel_config(backend):
        search.fit(X, y)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-iter", type=int, default=600)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print_header()
    rows = []
    for name, (backend, n_jobs) in BACKENDS.items():
        pairs = [
            [
                wall_seconds(searcher, backend, n_jobs, options.n_iter, seed)
                for searcher in (RandomSearch, RandomizedSearchCV)
            ]
            for seed in range(options.repeats + 1)
        ][1:]  # the first starts the workers
        ours, theirs = np.median(pairs, axis=0)
        ratios = np.divide(*np.transpose(pairs))
        rows.append(
            [
                name,
                f"{ours:.2f}",
                f"{theirs:.2f}",
                f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})",
            ]
        )
    print_table(["backend", "engine, s", "RandomizedSearchCV, s", "ratio (range)"], rows)


if __name__ == "__main__":
    main()
