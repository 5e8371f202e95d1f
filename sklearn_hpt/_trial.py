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
    """A piece of work on a trial: train it until it has used `resource`.

    Attributes
    ----------
    trial : Trial
        The trial to work on.
    resource : float or None
        The amount of resource to reach; None is one full fit.
    continue_from : int or None
        Number of the trial whose training state the step continues; None starts anew.
    is_last : bool
        Whether the trial ends with this step, so that its training state may be freed.
    """

    trial: Trial
    resource: float | None = None
    continue_from: int | None = None
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class FoldResult:
    """One fold of a step, fitted and scored.

    Attributes
    ----------
    test_scores, train_scores : float or mapping of str to float
        Scores on the fold's test and training part; `train_scores` is None unless asked for.
    fit_time, score_time : float
        Seconds.
    n_test_samples : int
        Size of the fold's test part.
    fit_error : str or None
        Traceback of a failed fit.
    """

    test_scores: Scores
    fit_time: float
    score_time: float
    n_test_samples: int
    fit_error: str | None = None
    train_scores: Scores | None = None


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
        Test scores of the metric that guides the search; larger is better.
    """

    step: Step
    folds: Sequence[FoldResult | None]
    fold_scores: Sequence[float]

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
        mean = sum(self.fold_scores) / len(self.fold_scores)
        return mean if math.isfinite(mean) else None

    @property
    def cost(self) -> float:
        """Mean seconds to fit and score one fold."""
        folds = self.finished_folds
        return sum(fold.fit_time + fold.score_time for fold in folds) / len(folds)
