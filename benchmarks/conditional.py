"""Does a search over several sub-spaces give its trials to the one that pays?

    python benchmarks/conditional.py [--seeds 5] [--n-iter 60] [--data digits breast_cancer]

Scaled data, then a support vector machine, a logistic regression or nearest neighbours, each with
parameters of its own. `BayesSearch` takes a list of dicts, or the flat space of all parameters,
most of which mean nothing to the classifier chosen. scikit-optimize's `Optimizer` gets an equal
share of the trials for each sub-space, as its `BayesSearchCV` gives it; its curve is that of the
sub-spaces taking turns, which is kinder than one after the other. A score is 0 for the median of
100 random configurations and 100 for the best that anyone found on those data; differences are
paired by data and seed, and less than two standard errors is noise.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse

import numpy as np
from quality import Task, run_bayes_search, run_random, run_skopt
from scipy.stats import loguniform, randint, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

CLASSIFIERS = {
    "svc": SVC,
    "logistic": LogisticRegression,
    "neighbors": KNeighborsClassifier,
}
SUBSPACES = {
    "svc": {
        "svc__C": loguniform(1e-3, 1e4),
        "svc__gamma": loguniform(1e-6, 1e1),
        "svc__kernel": ["rbf", "poly", "sigmoid"],
        "svc__degree": randint(2, 5),
    },
    "logistic": {
        "logistic__C": loguniform(1e-5, 1e3),
        "logistic__class_weight": [None, "balanced"],
    },
    "neighbors": {
        "neighbors__n_neighbors": randint(1, 60),
        "neighbors__weights": ["uniform", "distance"],
        "neighbors__p": uniform(1.0, 4.0),
    },
}
CONDITIONAL = [{"kind": [kind], **subspace} for kind, subspace in SUBSPACES.items()]
FLAT = {"kind": list(SUBSPACES)} | {k: v for space in SUBSPACES.values() for k, v in space.items()}
DATA = {
    "digits": (load_digits, "accuracy", 600),
    "breast_cancer": (load_breast_cancer, "roc_auc", 300),
}


class OneOfSeveral(ClassifierMixin, BaseEstimator):
    """The classifier that `kind` names, with those of the parameters that are its own."""

    def __init__(self, kind="svc", parameters=()):
        self.kind, self.parameters = kind, parameters

    def get_params(self, deep=True):
        own = dict.fromkeys(name for space in SUBSPACES.values() for name in space)
        return {"kind": self.kind, "parameters": self.parameters, **(own if deep else {})}

    def set_params(self, **params):
        self.kind = params.pop("kind", self.kind)
        self.parameters = tuple({**dict(self.parameters), **params}.items())
        return self

    def fit(self, X, y):
        own = {
            name.removeprefix(f"{self.kind}__"): value
            for name, value in self.parameters
            if name.startswith(f"{self.kind}__")
        }
        self.model_ = make_pipeline(StandardScaler(), CLASSIFIERS[self.kind](**own)).fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        return self.model_.predict(X)

    def decision_function(self, X):
        if self.kind == "neighbors":
            return self.model_.predict_proba(X)[:, 1]
        return self.model_.decision_function(X)


def task_of(name, space, kind="svc"):
    load, scoring, n_samples = DATA[name]
    return Task(OneOfSeveral(kind), load, scoring, space, n_samples)


def run_equal_shares(name, n_iter, seed):
    """scikit-optimize's optimizer in each sub-space; they take turns."""
    tasks = [task_of(name, subspace, kind) for kind, subspace in SUBSPACES.items()]
    return list(np.transpose([run_skopt(t, n_iter // len(tasks), seed) for t in tasks]).ravel())


SEARCHERS = {
    "BayesSearch, list of dicts": lambda name, *args: run_bayes_search(
        task_of(name, CONDITIONAL), *args
    ),
    "BayesSearch, flat space": lambda name, *args: run_bayes_search(task_of(name, FLAT), *args),
    "scikit-optimize, equal shares": run_equal_shares,
    "random, list of dicts": lambda name, *args: run_random(task_of(name, CONDITIONAL), *args),
}


def curves_on(name, n_iter, n_seeds):
    """Return each searcher's best so far, normalised, shape (n_seeds, n_iter)."""
    median = np.median(run_random(task_of(name, CONDITIONAL), 100, 12345))
    scores = {
        searcher: np.array([run(name, n_iter, seed) for seed in range(n_seeds)])
        for searcher, run in SEARCHERS.items()
    }
    best = max(found.max() for found in scores.values())
    return {
        searcher: 100 * (np.maximum.accumulate(found, axis=1) - median) / (best - median)
        for searcher, found in scores.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n-iter", type=int, default=60, help="a multiple of 3")
    parser.add_argument("--data", nargs="*", default=list(DATA), choices=list(DATA))
    options = parser.parse_args()
    print_header()
    on_data = [curves_on(name, options.n_iter, options.seeds) for name in options.data]
    curves = {searcher: np.vstack([c[searcher] for c in on_data]) for searcher in SEARCHERS}
    ours = next(iter(curves.values()))
    marks = [mark for mark in (15, 30, 60) if mark <= options.n_iter]
    rows = []
    for searcher, curve in curves.items():
        cells = []
        for mark in marks:
            found, difference = curve[:, mark - 1], curve[:, mark - 1] - ours[:, mark - 1]
            error = difference.std(ddof=1) / np.sqrt(len(difference))
            paired = "" if curve is ours else f" ({difference.mean():+.1f} +- {error:.1f})"
            cells.append(f"{found.mean():.1f}{paired}")
        rows.append([searcher, *cells])
    print_table(["searcher", *[f"@{mark}" for mark in marks]], rows)


if __name__ == "__main__":
    main()
