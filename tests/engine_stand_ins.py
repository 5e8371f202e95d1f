"""Stand-ins for what the engine works with, importable by worker processes."""

import functools
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import joblib
import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sklearn_hpt._trial import FoldResult, Step, Trial
from sklearn_hpt.engine import Dispatcher, Engine

PATIENCE = 20  # seconds until something that should have happened long ago counts as lost


class Toy(BaseEstimator):
    """Scores its `value`, a little more on each later fold, after `seconds` of work."""

    def __init__(self, value=0.0, seconds=0.0):
        self.value = value
        self.seconds = seconds

    def fit(self, X, y=None):
        time.sleep(self.seconds)
        self.n_features_in_ = 1
        return self

    def score(self, X, y=None):
        return float(self.value) + float(np.min(X)) / 1000


X = np.arange(12.0).reshape(-1, 1)
y = np.tile([0, 1], 6)


@dataclass(frozen=True)
class FakeEvaluation:
    """A function of a trial's number and a fold, in the place of a cross-validation.

    `seconds` is what a fold says it took, None for what it did take: the engine sends the folds of
    quick trials in bunches.
    """

    score: Callable[[int, int], float]
    n_splits: int = 3
    seconds: float | None = 1.0
    error_score: float = np.nan

    def evaluate(self, step, fold, state=None):
        start = time.perf_counter()
        score = float(self.score(step.trial.number, fold))
        seconds = time.perf_counter() - start if self.seconds is None else self.seconds
        return FoldResult(score, fit_time=seconds, score_time=0.0, n_test_samples=1), None

    def failed(self, error, n_checkpoints=1):
        return FoldResult(np.nan, np.nan, np.nan, 0, error)


class Script:
    """A scheduler that starts `n_trials` and writes down all that the engine asks and tells."""

    def __init__(self, n_trials, should_continue=lambda number, scores: True):
        self.n_trials = n_trials
        self.log = []
        self.heard = []
        self._n_asked = 0
        self._should_continue = should_continue

    def ask(self):
        if self._n_asked == self.n_trials:
            self.log.append(("ask", None))
            return None
        self.log.append(("ask", self._n_asked))
        self._n_asked += 1
        return Step(Trial(self._n_asked - 1, {}))

    def tell(self, result):
        self.log.append(("tell", result.step.trial.number))
        return [result.step.trial.number]

    def should_continue(self, step, fold_scores):
        self.heard.append((step.trial.number, tuple(fold_scores)))
        return self._should_continue(step.trial.number, fold_scores)

    @property
    def told(self):
        return [number for event, number in self.log if event == "tell"]


def run(
    evaluation,
    scheduler,
    backend="sequential",
    n_jobs=1,
    *,
    window=4,
    pre_dispatch="2*n_jobs",
    **options,
):
    """Start an engine on a backend of joblib's; return the iterator over its results."""
    with (
        joblib.parallel_config(backend, n_jobs=n_jobs),
        Dispatcher(evaluation, None, pre_dispatch) as runner,
    ):
        engine = Engine(
            runner,
            n_splits=evaluation.n_splits,
            objective=lambda fold: fold.test_scores,
            max_concurrent_trials=window,
            **options,
        )
        yield from engine.run(scheduler)


def numbers(results):
    return [result.step.trial.number for result in results]


def wait_for(event):
    """Wait for an event of another thread, and fail rather than hang if it never comes."""
    if not event.wait(PATIENCE):
        raise TimeoutError("An event that a test waits for never came.")


def wait_until(condition):
    """Poll for what another process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("What a test waits for never happened.")
        time.sleep(0.02)


@contextmanager
def released(n_events=1):
    """Give events that are set at the latest on the way out, so that no thread is left behind."""
    events = [threading.Event() for _ in range(n_events)]
    try:
        yield events
    finally:
        for event in events:
            event.set()


@contextmanager
def dask_backend(*, processes, is_fresh=False):
    """A small dask cluster of this machine's, as joblib's default backend."""
    distributed = pytest.importorskip("distributed")
    if is_fresh:
        _dask_cluster.cache_clear()
    with distributed.Client(_dask_cluster(processes)), joblib.parallel_config("dask"):
        yield


def backend(name, n_jobs=2):
    """Make one of joblib's backends the default, on dask with threads or with processes."""
    if name.startswith("dask"):
        return dask_backend(processes=name == "dask-processes")
    return joblib.parallel_config(name, n_jobs=1 if name == "sequential" else n_jobs)


@functools.cache
def _dask_cluster(processes):
    # Starting one takes seconds; distributed closes it when Python ends.
    import distributed

    return distributed.LocalCluster(
        n_workers=2 if processes else 1,
        threads_per_worker=1 if processes else 2,
        processes=processes,
        dashboard_address=":0",
        silence_logs="CRITICAL",
    )
