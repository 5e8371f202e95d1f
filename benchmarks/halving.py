"""How soon does halving reach what random search finds in the end?

    python benchmarks/halving.py [--seeds 5] [--tasks mlp sgd boosting samples]

All searches draw 27 candidates for their lowest rung, and have the same space, folds and largest
amount of training. Seconds are those of all fits and scorings, one after the other. The target is
the best mean score of random search, minus its standard error over the folds or as it is ("exact").
A search reaches it when a candidate with the largest amount of training scores no less. One that
ends before is begun again with another seed, up to two times (Hyperband, which is several races,
is not), and the seconds add up, also those of searches that never reached it. Ratios are of sums
over the seeds; their standard errors are the jackknife's.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import time
import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  it is experimental
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import HalvingRandomSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from sklearn_hpt import SuccessiveHalvingSearch

N_CANDIDATES = 27
N_FOLDS = 3
FACTOR = 3
MAX_RUNS = 3


@dataclass(frozen=True)
class Task:
    """A problem, and how much training there is for a candidate."""

    estimator: object
    space: dict
    parameter: str
    resource: str
    least: int
    most: int
    scoring: str = "accuracy"


def sgd_data():
    return make_classification(
        10_000, 50, n_informative=15, n_clusters_per_class=8, flip_y=0.05, random_state=0
    )


def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


DATA = {
    "mlp": cache(digits),
    "sgd": cache(sgd_data),
    "boosting": cache(lambda: load_breast_cancer(return_X_y=True)),
    "samples": cache(digits),
}
TASKS = {
    "mlp": Task(
        MLPClassifier(random_state=0),
        {
            "learning_rate_init": loguniform(1e-4, 1e-1),
            "alpha": loguniform(1e-6, 1e0),
            "hidden_layer_sizes": [(16,), (32,), (64,), (32, 32)],
            "batch_size": [64, 128, 256],
        },
        "max_iter",
        "epochs",
        1,
        27,
    ),
    # tol=None: each fit makes all its passes. Ours goes on by warm_start, since each call of
    # partial_fit looks through all the data beside the pass that it makes.
    "sgd": Task(
        SGDClassifier(tol=None, random_state=0),
        {
            "loss": ["hinge", "log_loss", "modified_huber"],
            "penalty": ["l2", None],
            "alpha": loguniform(1e-6, 1e-1),
            "learning_rate": ["constant", "adaptive", "invscaling"],
            "eta0": loguniform(1e-4, 1e0),
        },
        "max_iter",
        "max_iter",
        1,
        27,
    ),
    "boosting": Task(
        GradientBoostingClassifier(random_state=0),
        {
            "learning_rate": loguniform(1e-2, 1e0),
            "max_depth": randint(1, 6),
            "subsample": uniform(0.4, 0.6),
            "max_features": uniform(0.1, 0.9),
            "min_samples_leaf": randint(1, 30),
        },
        "n_estimators",
        "n_estimators",
        3,
        81,
        "neg_log_loss",
    ),
    # What halving is not for.
    "samples": Task(
        SVC(),
        {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1), "kernel": ["rbf", "poly"]},
        "n_samples",
        "n_samples",
        66,
        1797,
    ),
}
OURS = {
    "halving": {},
    "halving, bayes": {"sampler": "bayes"},
    "hyperband": {"brackets": "hyperband"},
    "hyperband, bayes": {"brackets": "hyperband", "sampler": "bayes"},
}
SEARCHES = ["RandomizedSearchCV", "HalvingRandomSearchCV", *OURS]


def make_search(name, task, seed):
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0)
    common = {"scoring": task.scoring, "cv": folds, "random_state": seed, "refit": False}
    if name == "RandomizedSearchCV":
        of_estimator = {task.parameter: task.most} if task.parameter != "n_samples" else {}
        estimator = clone(task.estimator).set_params(**of_estimator)
        return RandomizedSearchCV(estimator, task.space, n_iter=N_CANDIDATES, **common)
    common |= {
        "n_candidates": N_CANDIDATES,
        "factor": FACTOR,
        "min_resources": task.least,
        "max_resources": task.most,
    }
    if name == "HalvingRandomSearchCV":
        return HalvingRandomSearchCV(task.estimator, task.space, resource=task.parameter, **common)
    return SuccessiveHalvingSearch(
        task.estimator, task.space, resource=task.resource, **common, **OURS[name]
    )


@dataclass(frozen=True)
class Run:
    """What a search did: at which second a candidate in full scored what."""

    seconds: np.ndarray
    scores: np.ndarray
    total: float
    wall: float
    fold_error: float


@cache
def run(name, key, seed):
    task = TASKS[key]
    search = make_search(name, task, seed)
    start = time.perf_counter()
    search.fit(*DATA[key]())
    wall = time.perf_counter() - start
    results = search.cv_results_
    elapsed = N_FOLDS * np.cumsum(results["mean_fit_time"] + results["mean_score_time"])
    amounts = results.get("n_resources", np.full(len(elapsed), task.most))
    is_full = amounts == amounts.max()
    scores = results["mean_test_score"]
    best = np.nanargmax(np.where(is_full, scores, np.nan))
    error = results["std_test_score"][best] / np.sqrt(N_FOLDS - 1)
    return Run(elapsed[is_full], scores[is_full], elapsed[-1], wall, error)


def seconds_to_reach(target, name, key, seed):
    """Return the seconds until a score is reached, and whether it is."""
    before = 0.0
    for restart in range(1 if "hyperband" in name else MAX_RUNS):
        one = run(name, key, seed + 1000 * restart)
        reached = np.flatnonzero(one.scores >= target)
        if len(reached):
            return before + one.seconds[reached[0]], True
        before += one.total
    return before, False


def best_after(one, seconds):
    """Return the best score in full after so many seconds; NaN if there is none."""
    return np.max(one.scores[one.seconds <= seconds], initial=-np.inf)


def ratio(numerators, denominators):
    """Return the ratio of two sums, with its standard error by the jackknife."""
    a, b = np.asarray(numerators), np.asarray(denominators)
    n = len(a)
    others = (a.sum() - a) / (b.sum() - b)
    error = np.sqrt((n - 1) / n * ((others - others.mean()) ** 2).sum())
    return f"{a.sum() / b.sum():.2f} +- {error:.2f}"


def report(key, runs, times):
    """Print what the searches of a task took and found."""
    rows = []
    random = runs["RandomizedSearchCV"]
    totals = [one.total for one in random]
    peer = {tolerance: times["HalvingRandomSearchCV", tolerance] for tolerance in (1, 0)}
    for name in SEARCHES:
        row = [name, f"{np.mean([one.total for one in runs[name]]):.1f}"]
        row.append(f"{np.mean([one.wall for one in runs[name]]):.1f}")
        row.append(f"{np.mean([one.scores.max() for one in runs[name]]):.4f}")
        for tolerance in (1, 0):
            if name == "RandomizedSearchCV":
                row += ["1", "", ""]
                continue
            seconds, reached = zip(*times[name, tolerance], strict=True)
            row.append(ratio(seconds, totals))
            row.append(ratio(seconds, [s for s, _ in peer[tolerance]]))
            row.append(f"{sum(reached)}/{len(reached)}")
        rows.append(row)
    print(f"### {key}: {type(TASKS[key].estimator).__name__}, {TASKS[key].scoring}\n")
    heads = ["time / random's total", "/ HalvingRandomSearchCV's time", "reached"]
    columns = ["search", "total, s", "wall, s", "best"]
    columns += heads + [f"{head}, exact" for head in heads]
    print_table(columns, rows)


def gains(runs):
    """Return what the Bayesian sampler is better by, of each pair of searches at equal seconds."""
    differences = {"halving": [], "hyperband": []}
    for searches in runs.values():
        found = np.concatenate([one.scores for name in OURS for one in searches[name]])
        median = np.median(np.concatenate([r.scores for r in searches["RandomizedSearchCV"]]))
        scale = 100 / (found.max() - median)
        for name, pairs in differences.items():
            for plain, bayes in zip(searches[name], searches[f"{name}, bayes"], strict=True):
                seconds = max(min(plain.total, bayes.total), plain.seconds[0], bayes.seconds[0])
                gain = best_after(bayes, seconds) - best_after(plain, seconds)
                pairs.append(scale * gain)
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # of training that has not converged
    print_header()
    runs = {}
    for key in options.tasks:
        seeds = range(options.seeds)
        runs[key] = {name: [run(name, key, seed) for seed in seeds] for name in SEARCHES}
        times = {}
        for name in SEARCHES[1:]:
            for tolerance in (1, 0):
                targets = [
                    one.scores.max() - tolerance * one.fold_error
                    for one in runs[key]["RandomizedSearchCV"]
                ]
                times[name, tolerance] = [
                    seconds_to_reach(target, name, key, seed)
                    for seed, target in zip(seeds, targets, strict=True)
                ]
        report(key, runs[key], times)
    runs.pop("samples", None)
    if not runs:
        return
    print("What sampler='bayes' adds at equal seconds, of training in steps, on a scale")
    print("on which 0 is random search's median candidate and 100 the best that was found:\n")
    rows = [
        [name, f"{np.mean(d):+.1f} +- {np.std(d, ddof=1) / np.sqrt(len(d)):.1f}", len(d)]
        for name, d in gains(runs).items()
    ]
    print_table(["schedule", "gain", "paired runs"], rows)


if __name__ == "__main__":
    main()
