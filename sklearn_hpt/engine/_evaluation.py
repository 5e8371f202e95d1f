"""What is constant in the evaluation of trials, and the context that a fold is evaluated in."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from traceback import format_exc
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, clone
from sklearn.utils.parallel import delayed

from sklearn_hpt._sklearn import (
    MultimetricScorer,
    check_method_params,
    n_samples_of,
    safe_split,
    score,
)
from sklearn_hpt._trial import FoldResult, Scores, Step, Trial
from sklearn_hpt.engine._resource import FullFit, Resource
from sklearn_hpt.engine._shared import dump_by_value, load_by_value


def _warning_filters() -> list[Any]:
    # Python 3.14 may keep them in a context variable.
    return list(getattr(warnings, "_get_filters", lambda: warnings.filters)())


Propagation = Callable[[Step, int, BaseEstimator], AbstractContextManager[None]]


def _no_propagation(*_: Any) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class CrossValidation:
    """Everything constant in the evaluation of trials.

    Attributes
    ----------
    estimator : estimator
        Cloned for each fold.
    X, y : array-like
        The data.
    splits : sequence of (train, test)
        Indices, drawn once for the whole search.
    scorer : callable
        Returns a score, or a mapping of them.
    fit_params, score_params : mapping
        Routed metadata.
    resource : Resource
        What a unit of resource is.
    validation : sequence of ndarray or None
        Indices set aside of each training part, to be scored as well.
    error_score : "raise" or float
        What a failed fit scores.
    return_train_score : bool
        Whether to score the training part as well.
    verbose : int
        As in :class:`sklearn.model_selection.RandomizedSearchCV`.
    n_trials : int
        For progress messages.
    propagation : callable
        Entered around the fit of a step's fold where that runs in this process.
    config : mapping
        scikit-learn's configuration where the search was started.
    filters : list
        Its warning filters.
    process_id : int
        Its process.
    """

    estimator: BaseEstimator
    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    scorer: Any
    fit_params: Mapping[str, Any]
    score_params: Mapping[str, Any]
    resource: Resource = field(default_factory=FullFit)
    validation: Sequence[NDArray[np.intp]] | None = None
    error_score: str | float = np.nan
    return_train_score: bool = False
    verbose: int = 0
    n_trials: int = 1
    propagation: Propagation = _no_propagation
    config: Mapping[str, Any] = field(default_factory=get_config)
    filters: list[Any] = field(default_factory=_warning_filters)
    process_id: int = field(default_factory=os.getpid)

    def __getstate__(self) -> dict[str, Any]:
        # Callbacks stay where they are: their tree of contexts costs more to send than a small fit.
        return {**self.__dict__, "propagation": _no_propagation}

    @property
    def n_splits(self) -> int:
        """Number of folds."""
        return len(self.splits)

    def evaluate(self, step: Step, fold: int, state: Any = None) -> tuple[FoldResult, Any]:
        """Train and score a trial on one fold, in whatever process this is called.

        Parameters
        ----------
        step : Step
            What to do.
        fold : int
            On which split.
        state : object, default=None
            The training state to go on from, as returned before.

        Returns
        -------
        result : FoldResult
            Its scores.
        state : object
            The training state reached; None if training cannot go on. Bytes if it was reached in
            another process than the search's, which has no use for the estimator itself.

        Raises
        ------
        Exception
            Whatever the fit raised, if `error_score` is "raise".
        """
        if os.getpid() == self.process_id:
            # This process's filters already hold, but a thread has a configuration of its own.
            if get_config() == self.config:
                return self.resource.evaluate(self, step, fold, state)
            with config_context(**self.config):
                return self.resource.evaluate(self, step, fold, state)
        state = load_by_value(state) if isinstance(state, bytes) else state
        carried, args, kwargs = delayed(self.resource.evaluate)(self, step, fold, state)
        carried.with_config_and_warning_filters(self.config, self.filters)
        result, state = carried(*args, **kwargs)
        return result, _packed(state)

    def failed(self, error: str, n_checkpoints: int = 1) -> FoldResult:
        """Return the result of a fold that could not be evaluated, at so many checkpoints."""
        value = np.nan if self.error_score == "raise" else float(self.error_score)
        scores: Scores = value
        if isinstance(self.scorer, MultimetricScorer):
            scores = dict.fromkeys(self.scorer._scorers, value)
        failure = FoldResult(
            scores,
            np.nan,
            np.nan,
            0,
            error,
            train_scores=scores if self.return_train_score else None,
            validation_scores=None if self.validation is None else scores,
        )
        return with_passed([failure] * n_checkpoints)

    def failed_fit(self, error: str, fit_time: float) -> FoldResult:
        """Return the result of a fit that ended in an error after so many seconds."""
        return replace(self.failed(error), fit_time=fit_time, score_time=0.0)

    def candidate(self, trial: Trial) -> Any:
        """Return an unfitted estimator with a trial's parameters, which may be estimators."""
        return clone(self.estimator).set_params(**clone(dict(trial.params), safe=False))

    def part(self, estimator: BaseEstimator, rows: Any) -> tuple[Any, Any, dict[str, Any]]:
        """Return the X, y and metadata of fit of some rows."""
        X, y = safe_split(estimator, self.X, self.y, rows)
        return X, y, check_method_params(self.X, params=self.fit_params, indices=rows)

    def error_of(self, fitting: Callable[[], Any]) -> str | None:
        """Do what may fail; return the traceback if it did, unless errors are to be raised."""
        try:
            fitting()
        except Exception:
            if self.error_score == "raise":
                raise
            return format_exc()
        return None

    def scoring(self, estimator: Any, fold: int, train: Any, test: Any) -> FoldScoring:
        """Return what scores an estimator, fitted to the rows `train`, on the parts of a fold."""

        def part(rows: Any) -> tuple[Any, Any, dict[str, Any]]:
            X, y = safe_split(estimator, self.X, self.y, rows, train)
            return X, y, check_method_params(self.X, params=self.score_params, indices=rows)

        return FoldScoring(
            self,
            part(test),
            part(train) if self.return_train_score else None,
            None if self.validation is None else part(self.validation[fold]),
        )

    def finished(self, step: Step, fold: int, results: Sequence[FoldResult]) -> FoldResult:
        """Return a step's results on a fold as one, and say so to who wants to hear it."""
        result = with_passed(results)
        if self.verbose > 1:
            seconds = sum(one.fit_time + one.score_time for one in results)
            params = {**step.trial.params, "resource": step.resource}
            described = ", ".join(f"{name}={value}" for name, value in sorted(params.items()))
            score = f", score={result.test_scores}" if self.verbose > 2 else ""
            print(  # noqa: T201  as scikit-learn's own searchers do
                f"[CV {fold + 1}/{self.n_splits}] END {described}{score}; total time={seconds:.1f}s"
            )
        return result


@dataclass(frozen=True)
class FoldScoring:
    """Scores estimators on the parts of one fold, which are cut out of the data once.

    Attributes
    ----------
    data : CrossValidation
        The data and the scorer.
    test, train, validation : tuple of X, y and metadata
        The parts; None for one that is not scored.
    """

    data: CrossValidation
    test: tuple[Any, Any, Mapping[str, Any]]
    train: tuple[Any, Any, Mapping[str, Any]] | None
    validation: tuple[Any, Any, Mapping[str, Any]] | None

    def result(self, estimator: Any, fit_time: float) -> FoldResult:
        """Return what an estimator scores that was fitted in so many seconds."""
        start = time.perf_counter()
        test_scores = self._scores(estimator, self.test)
        return FoldResult(
            test_scores,
            fit_time,
            time.perf_counter() - start,
            n_samples_of(self.test[0]),
            train_scores=self.train and self._scores(estimator, self.train),
            validation_scores=self.validation and self._scores(estimator, self.validation),
        )

    def _scores(self, estimator: Any, part: tuple[Any, Any, Mapping[str, Any]]) -> Scores:
        X, y, params = part
        scores: Scores = score(estimator, X, y, self.data.scorer, params, self.data.error_score)
        return scores


def _packed(state: Any) -> bytes | None:
    """Return a training state as bytes; None, so that training starts again, if it has no such."""
    try:
        return None if state is None else dump_by_value(state)
    except Exception:  # noqa: BLE001  pickling runs whatever code it meets
        return None


def with_passed(results: Sequence[FoldResult]) -> FoldResult:
    """Return the last result, with those before it as the checkpoints passed."""
    return replace(results[-1], passed=tuple(results[:-1]))
