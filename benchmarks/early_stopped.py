"""What early stopping saves, and what it costs in score.

    python benchmarks/early_stopped.py [--seeds 5] [--n-iter 10] [--tasks mlp ...]

`EarlyStoppedSearch` against the same candidates trained in full, and trained with the estimator's
own ``early_stopping=True``, by `RandomizedSearchCV`. Seconds are all that was spent in fitting and
scoring on the folds, from ``cv_results_`` of one process. Scores are cross-validated ones, and
those of the refitted best estimator on data that no search has seen, in hundredths of the standard
deviation over candidates of the full training, paired by seed.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import warnings

import numpy as np
from scipy.stats import loguniform, randint
from sklearn.base import clone
from sklearn.datasets import load_digits, make_classification, make_friedman1
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from sklearn_hpt import EarlyStoppedSearch


def digits(_):
    X, y = load_digits(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def generated(seed):
    return make_classification(
        50_000, 100, n_informative=20, flip_y=0.05, class_sep=0.5, random_state=seed
    )


def friedman(seed):
    return make_friedman1(20_000, 10, noise=2.0, random_state=seed)


# data, estimator that trains in full, what makes it stop itself, resource, amount, space
TASKS = {
    "mlp": (
        digits,
        MLPClassifier(tol=0.0, n_iter_no_change=1000, random_state=0),
        {"early_stopping": True, "n_iter_no_change": 5, "tol": 1e-4},
        "max_iter",
        200,
        {
            "hidden_layer_sizes": randint(8, 65),
            "alpha": loguniform(1e-6, 1e1),
            "learning_rate_init": loguniform(1e-4, 1e-1),
        },
    ),
    "sgd": (
        generated,
        SGDClassifier(tol=None, learning_rate="adaptive", eta0=0.01, random_state=0),
        {"early_stopping": True, "n_iter_no_change": 5, "tol": 1e-4},
        "max_iter",
        50,
        {
            "alpha": loguniform(1e-7, 1e-1),
            "eta0": loguniform(1e-4, 1e-1),
            "loss": ["hinge", "log_loss", "modified_huber"],
        },
    ),
    "boosting": (
        friedman,
        HistGradientBoostingRegressor(early_stopping=False, random_state=0),
        {"early_stopping": True, "n_iter_no_change": 5, "tol": 1e-4},
        "max_iter",
        500,
        {
            "learning_rate": loguniform(1e-2, 1.0),
            "max_leaf_nodes": randint(4, 64),
            "min_samples_leaf": randint(5, 100),
        },
    ),
}


def seconds(search, n_splits):
    results = search.cv_results_
    times = results["mean_fit_time"] + results["mean_score_time"]
    return float(np.nansum(times)) * n_splits


def run(name, n_iter, seed):
    load, estimator, own_stopping, resource, amount, space = TASKS[name]
    X, y = load(seed)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, random_state=seed)
    estimator = clone(estimator).set_params(**{resource: amount})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = EarlyStoppedSearch(
            estimator, space, n_iter=n_iter, cv=3, max_resources=amount, random_state=seed
        ).fit(X, y)
        candidates = [
            {k: [v] for k, v in params.items() if k != resource}
            for params in ours.cv_results_["params"]
        ]
        full = GridSearchCV(estimator, candidates, cv=3).fit(X, y)
        own = GridSearchCV(clone(estimator).set_params(**own_stopping), candidates, cv=3)
        own.fit(X, y)
    scale = np.nanstd(full.cv_results_["mean_test_score"])
    return {
        label: (
            seconds(search, 3),
            search.best_score_,
            search.score(X_test, y_test),
            scale,
        )
        for label, search in (("early stopped", ours), ("full", full), ("own stopping", own))
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n-iter", type=int, default=10)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    options = parser.parse_args()
    print_header()
    rows = []
    for name in options.tasks:
        runs = [run(name, options.n_iter, seed) for seed in range(options.seeds)]
        full = np.array([one["full"] for one in runs])
        for label in runs[0]:
            own = np.array([one[label] for one in runs])
            ratio = own[:, 0].sum() / full[:, 0].sum()
            differences = own[:, 1:3] - full[:, 1:3]
            rows.append(
                [
                    name,
                    label,
                    f"{own[:, 0].sum():.1f}",
                    f"{100 * ratio:.0f} %",
                    f"{own[:, 1].mean():.4f}",
                    *(_mean_and_error(column) for column in differences.T),
                ]
            )
    columns = ["task", "search", "seconds", "of full", "best score", "better than full by"]
    print_table([*columns, "on new data"], rows)


def _mean_and_error(values):
    error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():+.4f} +- {error:.4f}"


if __name__ == "__main__":
    main()
