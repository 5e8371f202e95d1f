"""How good are the configurations that searchers find for as many fits?

    python benchmarks/quality.py [--seeds 5] [--n-iter 40] [--tasks svc_digits ...]

Real scikit-learn estimators on data sets that ship with scikit-learn. All searchers evaluate the
same folds; a peer that is not installed is left out (`pip install ".[benchmarks]"`). A score is
0 for the median of 200 random configurations and 100 for the best configuration that any searcher
or draw found on that task, so it is relative to the searchers compared. The differences to
BayesSearch are paired by task and seed; a difference of less than two standard errors is noise.
"""

from _common import print_header, print_table, single_threaded

single_threaded()

import argparse
import warnings
from functools import cache

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.model_selection import (
    KFold,
    ParameterSampler,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from sklearn_hpt import BayesSearch


class Task:
    """An estimator, its data and its space; remembers what was evaluated."""

    def __init__(self, estimator, load, scoring, space, n_samples=None):
        X, y = load(return_X_y=True)
        if n_samples is not None:
            chosen = np.random.default_rng(0).permutation(len(y))[:n_samples]
            X, y = X[chosen], y[chosen]
        self.estimator, self.X, self.y, self.scoring, self.space = estimator, X, y, scoring, space
        split = KFold if scoring in ("r2", "neg_mean_squared_error") else StratifiedKFold
        self.cv = split(3, shuffle=True, random_state=0)
        self.scores = {}

    def evaluate(self, params):
        """Mean cross-validated score; NaN for a failure."""
        key = tuple(sorted((name, repr(value)) for name, value in params.items()))
        if key not in self.scores:
            estimator = clone(self.estimator).set_params(**params)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.scores[key] = cross_val_score(
                    estimator, self.X, self.y, cv=self.cv, scoring=self.scoring
                ).mean()
        return self.scores[key]


def scaled(estimator):
    return make_pipeline(StandardScaler(), estimator)


TASKS = {
    "svc_digits": lambda: Task(
        scaled(SVC()),
        load_digits,
        "accuracy",
        {
            "svc__C": loguniform(1e-3, 1e4),
            "svc__gamma": loguniform(1e-6, 1e1),
            "svc__kernel": ["rbf", "poly", "sigmoid"],
            "svc__degree": randint(2, 5),
            "svc__shrinking": [True, False],
        },
        400,
    ),
    "svr_diabetes": lambda: Task(
        scaled(SVR()),
        load_diabetes,
        "r2",
        {
            "svr__C": loguniform(1e-3, 1e4),
            "svr__gamma": loguniform(1e-6, 1e1),
            "svr__epsilon": loguniform(1e-3, 1e2),
        },
    ),
    "forest_wine": lambda: Task(
        RandomForestClassifier(n_estimators=25, random_state=0),
        load_wine,
        "neg_log_loss",
        {
            "max_depth": randint(1, 15),
            "max_features": uniform(0.05, 0.95),
            "min_samples_leaf": randint(1, 20),
            "min_samples_split": randint(2, 20),
            "criterion": ["gini", "entropy"],
            "bootstrap": [True, False],
        },
    ),
    "boosting_diabetes": lambda: Task(
        HistGradientBoostingRegressor(max_iter=40, early_stopping=False),
        load_diabetes,
        "r2",
        {
            "learning_rate": loguniform(1e-3, 1.0),
            "max_leaf_nodes": randint(2, 64),
            "min_samples_leaf": randint(1, 100),
            "l2_regularization": loguniform(1e-6, 1e3),
            "max_features": uniform(0.1, 0.9),
        },
    ),
    "mlp_cancer": lambda: Task(
        scaled(MLPClassifier(max_iter=30, random_state=0)),
        load_breast_cancer,
        "neg_log_loss",
        {
            "mlpclassifier__alpha": loguniform(1e-7, 1e2),
            "mlpclassifier__learning_rate_init": loguniform(1e-5, 1.0),
            "mlpclassifier__hidden_layer_sizes": randint(2, 64),
            "mlpclassifier__batch_size": randint(8, 200),
            "mlpclassifier__activation": ["relu", "tanh", "logistic"],
        },
    ),
    "knn_digits": lambda: Task(
        scaled(KNeighborsClassifier()),
        load_digits,
        "accuracy",
        {
            "kneighborsclassifier__n_neighbors": randint(1, 60),
            "kneighborsclassifier__weights": ["uniform", "distance"],
            "kneighborsclassifier__p": uniform(1.0, 4.0),
        },
        500,
    ),
}


def run_random(task, n_iter, seed):
    return [task.evaluate(p) for p in ParameterSampler(task.space, n_iter, random_state=seed)]


def run_bayes_search(task, n_iter, seed):
    search = BayesSearch(
        task.estimator,
        task.space,
        n_iter=n_iter,
        scoring=task.scoring,
        cv=task.cv,
        refit=False,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(task.X, task.y)
    scores = search.cv_results_["mean_test_score"]
    for params, score in zip(search.cv_results_["params"], scores, strict=True):
        key = tuple(sorted((name, repr(value)) for name, value in params.items()))
        task.scores.setdefault(key, score)
    return list(scores)


def run_skopt(task, n_iter, seed):
    """scikit-optimize's Optimizer with its defaults, as BayesSearchCV runs it."""
    from skopt import Optimizer

    names = list(task.space)
    optimizer = Optimizer([_skopt_dimension(task.space[n]) for n in names], random_state=seed)
    scores = []
    for _ in range(n_iter):
        point = optimizer.ask()
        scores.append(task.evaluate(dict(zip(names, map(_native, point), strict=True))))
        worst = np.nanmin(scores) if np.isfinite(scores).any() else 0.0
        optimizer.tell(point, -np.nan_to_num(scores[-1], nan=worst))
    return scores


def _skopt_dimension(value):
    from skopt.space import Categorical, Integer, Real

    if isinstance(value, list):
        return Categorical(value)
    low, high = value.support()
    if hasattr(value.dist, "pmf"):
        return Integer(int(low), int(high))
    is_log = value.dist.name in ("loguniform", "reciprocal")
    return Real(low, high, "log-uniform" if is_log else "uniform")


def run_optuna(task, n_iter, seed, sampler):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = optuna.create_study(
            direction="maximize", sampler=getattr(optuna.samplers, sampler)(seed=seed)
        )
        scores = []

        def objective(trial):
            params = {n: _suggest(trial, n, v) for n, v in task.space.items()}
            scores.append(task.evaluate(params))
            return scores[-1]

        study.optimize(objective, n_trials=n_iter)
    return scores


def _suggest(trial, name, value):
    if isinstance(value, list):
        return trial.suggest_categorical(name, value)
    low, high = value.support()
    if hasattr(value.dist, "pmf"):
        return trial.suggest_int(name, int(low), int(high))
    return trial.suggest_float(name, low, high, log=value.dist.name in ("loguniform", "reciprocal"))


def run_hyperopt(task, n_iter, seed):
    from hyperopt import STATUS_FAIL, STATUS_OK, fmin, hp, tpe

    space = {}
    for name, value in task.space.items():
        if isinstance(value, list):
            space[name] = hp.choice(name, value)
            continue
        low, high = value.support()
        if hasattr(value.dist, "pmf"):
            space[name] = hp.randint(name, int(low), int(high) + 1)
        elif value.dist.name in ("loguniform", "reciprocal"):
            space[name] = hp.loguniform(name, np.log(low), np.log(high))
        else:
            space[name] = hp.uniform(name, low, high)
    scores = []

    def loss(params):
        scores.append(task.evaluate({n: _native(v) for n, v in params.items()}))
        status = STATUS_OK if np.isfinite(scores[-1]) else STATUS_FAIL
        return {"loss": -scores[-1], "status": status}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fmin(
            loss,
            space,
            tpe.suggest,
            n_iter,
            rstate=np.random.default_rng(seed),
            show_progressbar=False,
        )
    return scores


def _native(value):
    return value.item() if isinstance(value, np.generic) else value


SEARCHERS = {
    "BayesSearch": ("sklearn_hpt", run_bayes_search),
    "Optuna TPE": ("optuna", lambda *args: run_optuna(*args, "TPESampler")),
    "Optuna GP": ("torch", lambda *args: run_optuna(*args, "GPSampler")),
    "scikit-optimize": ("skopt", run_skopt),
    "hyperopt": ("hyperopt", run_hyperopt),
    "random": ("sklearn", run_random),
}


def available():
    """Searchers whose package is installed."""
    from importlib.util import find_spec

    return {name: run for name, (package, run) in SEARCHERS.items() if find_spec(package)}


@cache
def reference_draws(name):
    task = TASKS[name]()
    return task, [task.evaluate(p) for p in ParameterSampler(task.space, 200, random_state=12345)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--n-iter", type=int, default=40)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    options = parser.parse_args()
    marks = [m for m in (10, 20, 40, 100) if m <= options.n_iter]
    print_header()
    curves = {name: [] for name in available()}
    for task_name in options.tasks:
        task, draws = reference_draws(task_name)
        runs = {
            name: [run(task, options.n_iter, seed) for seed in range(options.seeds)]
            for name, run in available().items()
        }
        median, best = np.nanmedian(draws), np.nanmax(list(task.scores.values()))
        for name, scores in runs.items():
            so_far = np.maximum.accumulate(np.nan_to_num(scores, nan=-np.inf), axis=1)
            curves[name] += list(100 * (so_far - median) / (best - median))
        print(f"{task_name}: done", flush=True)
    print()
    rows = []
    ours = np.array(curves["BayesSearch"])
    for name, curve in curves.items():
        found = np.clip(curve, -100, 100)
        difference = np.clip(ours, -100, 100)[:, -1] - found[:, -1]
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        rows.append(
            [
                name,
                *[f"{found[:, mark - 1].mean():.1f}" for mark in marks],
                f"{difference.mean():+.1f} +- {error:.1f}" if name != "BayesSearch" else "",
            ]
        )
    print_table(["searcher", *[f"@{m}" for m in marks], "BayesSearch is better by"], rows)


if __name__ == "__main__":
    main()
