"""Fitting and scoring one fold, with scikit-learn's semantics."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, clone
from sklearn.utils.parallel import delayed

from sklearn_hpt._sklearn import MultimetricScorer, fit_and_score
from sklearn_hpt._trial import FoldResult, Scores, Trial


def _warning_filters() -> list[Any]:
    # Python 3.14 may keep them in a context variable.
    return list(getattr(warnings, "_get_filters", lambda: warnings.filters)())


Propagation = Callable[[Trial, int, BaseEstimator], AbstractContextManager[None]]


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
    error_score : "raise" or float
        What a failed fit scores.
    return_train_score : bool
        Whether to score the training part as well.
    verbose : int
        As in :class:`sklearn.model_selection.RandomizedSearchCV`.
    n_trials : int
        For progress messages.
    propagation : callable
        Entered around the fit of a trial's fold where that runs in this process.
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

    def evaluate(self, trial: Trial, fold: int) -> FoldResult:
        """Fit and score a trial on one fold, in whatever process this is called.

        Raises
        ------
        Exception
            Whatever the fit raised, if `error_score` is "raise".
        """
        if os.getpid() == self.process_id:
            # This process's filters already hold, but a thread has a configuration of its own.
            if get_config() == self.config:
                return self._fit_and_score(trial, fold)
            with config_context(**self.config):
                return self._fit_and_score(trial, fold)
        carried, args, kwargs = delayed(self._fit_and_score)(trial, fold)
        carried.with_config_and_warning_filters(self.config, self.filters)
        result: FoldResult = carried(*args, **kwargs)
        return result

    def failed(self, error: str) -> FoldResult:
        """Return the result of a fold that could not be evaluated."""
        value = np.nan if self.error_score == "raise" else float(self.error_score)
        scores: Scores = value
        if isinstance(self.scorer, MultimetricScorer):
            scores = dict.fromkeys(self.scorer._scorers, value)
        return FoldResult(
            scores, np.nan, np.nan, 0, error, scores if self.return_train_score else None
        )

    def _fit_and_score(self, trial: Trial, fold: int) -> FoldResult:
        train, test = self.splits[fold]
        estimator = clone(self.estimator)
        with self.propagation(trial, fold, estimator):
            output = fit_and_score(
                estimator,
                self.X,
                self.y,
                scorer=self.scorer,
                train=train,
                test=test,
                verbose=self.verbose,
                parameters=trial.params,
                fit_params=self.fit_params,
                score_params=self.score_params,
                return_train_score=self.return_train_score,
                return_n_test_samples=True,
                return_times=True,
                split_progress=(fold, self.n_splits),
                candidate_progress=(trial.number, self.n_trials),
                error_score=self.error_score,
            )
        return FoldResult(**output)
