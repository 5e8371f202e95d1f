"""How busy are the workers?

    python benchmarks/utilisation.py [--workers 16] [--n-iter 150]

Threads that sleep for times that differ by an order of magnitude between trials. Busy is the sum
of all fits' durations over the number of workers times the span from the first fit to the last
one's start: the end, when there is nothing left to start, is the same for every scheduler.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse

import joblib
import numpy as np
from _trivial import RandomSearch, Sleeper
from scipy.stats import uniform
from sklearn.model_selection import RandomizedSearchCV

from sklearn_hpt import BayesSearch


def busy_share(search, workers):
    X = np.zeros((9, 1))
    y = np.array([0, 1, 0] * 3)
    Sleeper.log.clear()
    with joblib.parallel_config("threading", n_jobs=workers):
        search.fit(X, y)
    begin, end = np.transpose(Sleeper.log)
    last = begin.max()
    busy = np.clip(np.minimum(end, last) - begin, 0, None).sum()
    return busy / (workers * (last - begin.min()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--n-iter", type=int, default=150)
    options = parser.parse_args()
    print_header()
    space = {"a": uniform(), "b": uniform()}
    settings = {"n_iter": options.n_iter, "cv": 3, "random_state": 0, "refit": False}
    window = 2 * options.workers
    rows = []
    for name, searcher in {"random draws": RandomSearch, "BayesSearch": BayesSearch}.items():
        for reproducible in (True, False):
            search = searcher(
                Sleeper(),
                space,
                max_concurrent_trials=window,
                reproducible=reproducible,
                **settings,
            )
            rows.append([name, reproducible, window, f"{busy_share(search, options.workers):.2f}"])
    search = RandomizedSearchCV(Sleeper(), space, **settings)
    rows.append(["RandomizedSearchCV", "", "", f"{busy_share(search, options.workers):.2f}"])
    print_table(["searcher", "reproducible", "max_concurrent_trials", "busy"], rows)


if __name__ == "__main__":
    main()
