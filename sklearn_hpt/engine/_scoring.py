"""Scoring an estimator on the parts of a fold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from sklearn_hpt._sklearn import metric_names, n_samples_of, score
from sklearn_hpt._trial import FoldResult, Scores
from sklearn_hpt.engine._data import Fold, Part


@dataclass(frozen=True)
class Scoring:
    """What an estimator's result on a fold is.

    Attributes
    ----------
    scorer : callable
        Returns a score, or a mapping of them.
    error_score : "raise" or float, default=nan
        What a failed fit scores.
    return_train_score : bool, default=False
        Whether to score the training part as well.
    """

    scorer: Any
    error_score: str | float = np.nan
    return_train_score: bool = False

    def on(self, fold: Fold, estimator: Any) -> FoldScoring:
        """Return what scores estimators like one on a fold whose parts are cut out now."""
        return FoldScoring(
            self,
            fold,
            fold.scored_part(estimator, fold.test),
            fold.scored_part(estimator, fold.train) if self.return_train_score else None,
            None if fold.validation is None else fold.scored_part(estimator, fold.validation),
        )

    def failure(self, error: str, *, is_validated: bool) -> FoldResult:
        """Return the result of a fold that could not be evaluated, of which no times are known.

        Parameters
        ----------
        error : str
            What the user is told.
        is_validated : bool
            Whether part of the training data were set aside.
        """
        value = np.nan if self.error_score == "raise" else float(self.error_score)
        names = metric_names(self.scorer)
        scores: Scores = value if names is None else dict.fromkeys(names, value)
        return FoldResult(
            scores,
            np.nan,
            np.nan,
            0,
            error,
            train_scores=scores if self.return_train_score else None,
            validation_scores=scores if is_validated else None,
        )


@dataclass(frozen=True)
class FoldScoring:
    """Scores estimators on the parts of one fold, which are cut out of the data once.

    Attributes
    ----------
    scoring : Scoring
        What to score by.
    fold : Fold
        The rows.
    test, train, validation : Part or None
        The parts; None for one that is not scored.
    """

    scoring: Scoring
    fold: Fold
    test: Part
    train: Part | None
    validation: Part | None

    def result(self, estimator: Any, fit_time: float, started: float) -> FoldResult:
        """Return what an estimator scores that was fitted in so many seconds.

        Parameters
        ----------
        estimator : estimator
            What is scored.
        fit_time : float
            How long it was fitted.
        started : float
            When the fold was begun, in seconds since the epoch.
        """
        start = time.perf_counter()
        test_scores = self._scores(estimator, self.test)
        score_time = time.perf_counter() - start
        return FoldResult(
            test_scores,
            fit_time,
            score_time,
            n_samples_of(self.test.X),
            train_scores=self.train and self._scores(estimator, self.train),
            validation_scores=self.validation and self._scores(estimator, self.validation),
            started=started,
            finished=time.time(),
        )

    def _scores(self, estimator: Any, part: Part) -> Scores:
        scores: Scores = score(
            estimator, part.X, part.y, self.scoring.scorer, part.params, self.scoring.error_score
        )
        return scores
