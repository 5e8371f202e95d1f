"""What early stopping saves, and what it costs in score.

    python benchmarks/early_stopped.py [--seeds 5] [--n-iter 8] [--tasks mlp ...]

`EarlyStoppedSearch` against the same candidates trained in full, and trained with the estimator's
own ``early_stopping=True``, as `RandomizedSearchCV` trains them. Seconds are those of all fits on
the folds, and of fits and scores, from ``cv_results_`` of one process. Scores are the best
cross-validated one, and that of the refitted best estimator on data that no search has seen; what
is better than in full is paired by seed, with its standard error. With a generator as
`random_state` epochs of ``partial_fit`` shuffle anew, as those of ``fit`` do.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_digits, make_classification, make_friedman1
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from sklearn_hpt import EarlyStoppedSearch


def digits(seed):
    X, y = load_digits(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    return train_test_split(X, y, test_size=0.25, random_state=seed)


def classification(seed):
    X, y = make_classification(
        62_500, 100, n_informative=20, flip_y=0.05, class_sep=0.5, random_state=seed
    )
    return train_test_split(X, y, train_size=50_000, random_state=seed)


def friedman(seed):
    X, y = make_friedman1(25_000, 20, noise=2.0, random_state=seed)
    return train_test_split(X, y, train_size=20_000, random_state=seed)


@dataclass(frozen=True)
class Task:
    """An estimator that trains in full, for `amount` of ``max_iter``, on data of a seed."""

    load: Callable
    estimator: BaseEstimator
    amount: int
    space: dict
    steps: tuple = (1,)


TASKS = {
    "mlp": Task(
        digits,
        MLPClassifier(tol=0.0, n_iter_no_change=1000, random_state=np.random.RandomState(0)),
        200,
        {
            "hidden_layer_sizes": randint(16, 129),
            "alpha": loguniform(1e-6, 1e1),
            "learning_rate_init": loguniform(1e-4, 1e-1),
        },
    ),
    "sgd": Task(
        classification,
        SGDClassifier(tol=None, random_state=np.random.RandomState(0)),
        50,
        {
            "alpha": loguniform(1e-7, 1e-1),
            "learning_rate": ["optimal", "constant", "invscaling"],
            "eta0": loguniform(1e-4, 1e-1),
            "loss": ["hinge", "log_loss", "modified_huber"],
        },
    ),
    "boosting": Task(
        friedman,
        HistGradientBoostingRegressor(early_stopping=False, random_state=0),
        500,
        {
            "learning_rate": loguniform(1e-2, 1.0),
            "max_leaf_nodes": randint(4, 64),
            "min_samples_leaf": randint(5, 100),
        },
        steps=(1, 5),
    ),
}
N_SPLITS = 3


def seconds(search):
    results = search.cv_results_
    fit, score = (np.nansum(results[f"mean_{part}_time"]) * N_SPLITS for part in ("fit", "score"))
    return fit, fit + score


def run(task, n_iter, patience, seed):
    X, X_test, y, y_test = task.load(seed)
    full = clone(task.estimator).set_params(max_iter=task.amount)
    own = clone(full).set_params(early_stopping=True, n_iter_no_change=patience, tol=1e-4)
    searches = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for step in task.steps:
            searches[f"early stopped, step={step}"] = early = EarlyStoppedSearch(
                full,
                task.space,
                n_iter=n_iter,
                cv=N_SPLITS,
                step=step,
                n_iter_no_change=patience,
                random_state=seed,
            ).fit(X, y)
        candidates = [
            {name: [value] for name, value in params.items() if name != "max_iter"}
            for params in early.cv_results_["params"]
        ]
        searches["in full"] = GridSearchCV(full, candidates, cv=N_SPLITS).fit(X, y)
        searches["own early_stopping"] = GridSearchCV(own, candidates, cv=N_SPLITS).fit(X, y)
    return {
        label: (*seconds(search), search.best_score_, search.score(X_test, y_test))
        for label, search in searches.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n-iter", type=int, default=8)
    parser.add_argument("--n-iter-no-change", type=int, default=5)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    options = parser.parse_args()
    print_header()
    rows = []
    for name in options.tasks:
        runs = [
            run(TASKS[name], options.n_iter, options.n_iter_no_change, seed)
            for seed in range(options.seeds)
        ]
        full = np.array([one["in full"] for one in runs])
        for label in runs[0]:
            found = np.array([one[label] for one in runs])
            times, ratios = found[:, :2].sum(axis=0), found[:, :2].sum(0) / full[:, :2].sum(0)
            rows.append(
                [
                    name,
                    label,
                    *(f"{t:.1f} ({r:.0%})" for t, r in zip(times, ratios, strict=True)),
                    f"{found[:, 2].mean():.4f}",
                    *(_mean_and_error(column) for column in (found - full)[:, 2:].T),
                ]
            )
    columns = ["task", "search", "fit, s (of full)", "fit and score, s (of full)", "best score"]
    print_table([*columns, "better than full by", "on new data by"], rows)


def _mean_and_error(values):
    error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():+.4f} +- {error:.4f}"


if __name__ == "__main__":
    main()
