"""What does a searcher itself cost?

    python benchmarks/own_cost.py [--n-iter 40 100 400] [--repeats 3]

CPU seconds of a search of a 6-dimensional space whose fits cost next to nothing, less those of
RandomizedSearchCV in the same process, so that scikit-learn's own bookkeeping does not count.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import time
import warnings
from importlib.util import find_spec

import numpy as np
from _trivial import Trivial
from scipy.stats import uniform
from sklearn.model_selection import PredefinedSplit, RandomizedSearchCV
from skopt import BayesSearchCV
from skopt.space import Real

from sklearn_hpt import BayesSearch

NAMES = "abcdef"
X, Y = np.zeros((8, 1)), np.array([0, 1] * 4)
CV = PredefinedSplit([-1] * 4 + [0] * 4)


class Quadratic(Trivial):
    """Its score is a function of its parameters."""

    def __init__(self, *, a=0.5, b=0.5, c=0.5, d=0.5, e=0.5, f=0.5):
        self.a, self.b, self.c, self.d, self.e, self.f = a, b, c, d, e, f

    def score(self, X, y):
        return -sum((getattr(self, name) - 0.1 * i) ** 2 for i, name in enumerate(NAMES))


def random_search(n_iter, seed):
    space = {name: uniform() for name in NAMES}
    return RandomizedSearchCV(Quadratic(), space, n_iter=n_iter, cv=CV, random_state=seed).fit(X, Y)


def bayes_search(n_iter, seed):
    space = {name: uniform() for name in NAMES}
    return BayesSearch(Quadratic(), space, n_iter=n_iter, cv=CV, random_state=seed).fit(X, Y)


def skopt_search(n_iter, seed):
    space = {name: Real(0.0, 1.0) for name in NAMES}
    return BayesSearchCV(Quadratic(), space, n_iter=n_iter, cv=CV, random_state=seed).fit(X, Y)


def optuna_search(n_iter, seed):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)

    def objective(trial):
        params = {name: trial.suggest_float(name, 0.0, 1.0) for name in NAMES}
        return Quadratic(**params).fit(X, Y).score(X, Y)

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(objective, n_trials=n_iter)


SEARCHERS = {
    "BayesSearch": bayes_search,
    "BayesSearchCV (scikit-optimize)": skopt_search,
    **({"Optuna TPE (no cross-validation)": optuna_search} if find_spec("optuna") else {}),
}
SLOW = {"BayesSearchCV (scikit-optimize)": 100}


def cpu_seconds(search, n_iter, seed):
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search(n_iter, seed)
    return time.process_time() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-iter", type=int, nargs="+", default=[40, 100, 400])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print_header()
    rows = []
    for n_iter in options.n_iter:
        costs = {name: [] for name in SEARCHERS if n_iter <= SLOW.get(name, n_iter)}
        for seed in range(options.repeats):
            base = cpu_seconds(random_search, n_iter, seed)
            for name, seconds in costs.items():
                seconds.append(cpu_seconds(SEARCHERS[name], n_iter, seed) - base)
        ours = np.median(costs["BayesSearch"])
        for name, seconds in costs.items():
            median = np.median(seconds)
            rows.append([name, n_iter, f"{median:.2f}", f"{median / ours:.1f}"])
    print_table(["searcher", "trials", "CPU seconds", "ratio to BayesSearch"], rows)


if __name__ == "__main__":
    main()
