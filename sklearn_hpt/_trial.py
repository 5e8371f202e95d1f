"""The records that scheduler, engine and facade pass to each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Scores = float | Mapping[str, float]
"""What a scorer returns: one value, or one value a metric."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration under evaluation.

    Attributes
    ----------
    number : int
        Position in the order in which trials were started, from 0.
    params : mapping of str to object
        The parameters that the estimator receives.
    """

    number: int
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work on a trial: train it until it has used the last of `checkpoints`.

    Attributes
    ----------
    trial : Trial
        The trial to work on.
    checkpoints : tuple of int, default=()
        Amounts of resource at which to score, ascending; without any it is one full fit.
    continue_from : int or None, default=None
        Number of the trial whose training state the step continues; None starts anew.
    rung, bracket : int, default=0
        The step's place in a race of trials. Rungs of one number have one amount of resource,
        whatever the bracket.
    """

    trial: Trial
    checkpoints: tuple[int, ...] = ()
    continue_from: int | None = None
    rung: int = 0
    bracket: int = 0

    @property
    def resource(self) -> int | None:
        """The amount of resource to reach; None is one full fit."""
        return self.checkpoints[-1] if self.checkpoints else None


@dataclass(frozen=True, slots=True)
class FoldResult:
    """One fold of a step, fitted and scored.

    Attributes
    ----------
    test_scores, train_scores : float or mapping of str to float
        Scores on the fold's test and training part; `train_scores` is None unless asked for.
    fit_time, score_time : float
        Seconds, since the checkpoint before if there is one.
    n_test_samples : int
        Size of the fold's test part.
    fit_error : str or None
        Traceback of a failed fit.
    validation_scores : float, mapping of str to float or None
        Scores on what was set aside of the training part; None if nothing was.
    passed : tuple of FoldResult
        Results at the checkpoints that the step passed before its last one.
    """

    test_scores: Scores
    fit_time: float
    score_time: float
    n_test_samples: int
    fit_error: str | None = None
    train_scores: Scores | None = None
    validation_scores: Scores | None = None
    passed: tuple[FoldResult, ...] = ()

    @property
    def guiding_scores(self) -> Scores:
        """The scores that steer the search: on the test part unless data were set aside."""
        return self.test_scores if self.validation_scores is None else self.validation_scores


@dataclass(frozen=True, slots=True)
class StepResult:
    """All that came of a step.

    Attributes
    ----------
    step : Step
        The step.
    folds : sequence of FoldResult or None, one a split
        None where a fold was not run because the rest of the step was not worth it.
    fold_scores : sequence of float, one a fold that was run
        Scores of the metric that guides the search; larger is better.
    passed_scores : sequence of float sequences, one a fold that was run
        The same at the checkpoints passed before the last one.
    """

    step: Step
    folds: Sequence[FoldResult | None]
    fold_scores: Sequence[float]
    passed_scores: Sequence[Sequence[float]] = ()

    @property
    def finished_folds(self) -> list[FoldResult]:
        """The folds that were run."""
        return [fold for fold in self.folds if fold is not None]

    @property
    def is_discarded(self) -> bool:
        """Whether some folds were not worth running."""
        return any(fold is None for fold in self.folds)

    @property
    def score(self) -> float | None:
        """Mean guiding score of the folds that were run; None for a failed trial."""
        if all(fold.fit_error is not None for fold in self.finished_folds):
            return None
        return _finite_mean(self.fold_scores)

    @property
    def curve(self) -> list[float | None]:
        """Mean guiding scores at all checkpoints; None where the trial had failed."""
        return [*map(_finite_mean, zip(*self.passed_scores, strict=True)), self.score]

    @property
    def cost(self) -> float:
        """Mean seconds to fit and score one fold."""
        folds = self.finished_folds
        return sum(fold.fit_time + fold.score_time for fold in folds) / len(folds)


def _finite_mean(scores: Sequence[float]) -> float | None:
    mean = sum(scores) / len(scores)
    return mean if math.isfinite(mean) else None
