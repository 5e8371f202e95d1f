"""The records that sampler, scheduler, engine and facade pass on, and the first two's protocols."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

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
class Outcome:
    """What a sampler learns of a trial.

    Attributes
    ----------
    score : float or None
        Mean of the metric that drives the search, larger is better; None for a failed trial; NaN
        if it cannot be compared with what else the sampler is told, being of another rung.
    metrics : mapping of str to float, default={}
        Mean of each of several metrics; empty if there is one, or their names are not known.
    seconds : float, default=nan
        What it took to fit and score one fold; NaN if that is not known.
    resource : int or None, default=None
        The amount of resource that the trial was trained with; None is one full fit.
    rung : int, default=0
        The rung that the score was reached on.
    """

    score: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = math.nan
    resource: int | None = None
    rung: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of work on a trial: train it until it has used the last of `checkpoints`.

    Attributes
    ----------
    trial : Trial
        The trial to work on.
    checkpoints : tuple of int, default=()
        Resource levels at which to score, ascending; without any it is one full fit.
    continue_from : int or None, default=None
        Number of the trial whose training state the step starts from, its own or another; None
        starts from nothing. The state is the one that was reached when the step was asked for.
    takes_state : bool, default=False
        Whether nobody else will ask for that state, so that it need not be copied.
    rung, bracket : int, default=0
        The step's place in a bracket. Rungs of one number have one resource level, whatever the
        bracket.
    """

    trial: Trial
    checkpoints: tuple[int, ...] = ()
    continue_from: int | None = None
    takes_state: bool = False
    rung: int = 0
    bracket: int = 0

    @property
    def resource(self) -> int | None:
        """The resource level to reach; None is one full fit."""
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
    intermediate : tuple of FoldResult
        Results at the checkpoints before the step's last one.
    started, finished : float
        Wall-clock times, in seconds since the epoch, at which a worker began the fold and had
        scored it at this checkpoint.
    """

    test_scores: Scores
    fit_time: float
    score_time: float
    n_test_samples: int
    fit_error: str | None = None
    train_scores: Scores | None = None
    validation_scores: Scores | None = None
    intermediate: tuple[FoldResult, ...] = ()
    started: float = math.nan
    finished: float = math.nan

    @property
    def objective_scores(self) -> Scores:
        """The scores that drive the search: on the test part unless data were set aside."""
        return self.test_scores if self.validation_scores is None else self.validation_scores

    @property
    def checkpoints(self) -> tuple[FoldResult, ...]:
        """Results at all of the step's checkpoints."""
        return (*self.intermediate, self)


@dataclass(frozen=True, slots=True)
class StepResult:
    """All that came of a step.

    Attributes
    ----------
    step : Step
        The step.
    folds : sequence of FoldResult or None, one per split
        None where a fold was not run because the rest of the step was not worth it.
    fold_scores : sequence of float, one per fold that was run
        Scores of the metric that drives the search; larger is better.
    intermediate_scores : sequence of float sequences, one per fold that was run
        The same at the checkpoints before the last one.
    """

    step: Step
    folds: Sequence[FoldResult | None]
    fold_scores: Sequence[float]
    intermediate_scores: Sequence[Sequence[float]] = ()

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
        """Mean score of the folds that were run; None for a failed trial."""
        if all(fold.fit_error is not None for fold in self.finished_folds):
            return None
        return _finite_mean(self.fold_scores)

    @property
    def curve(self) -> list[float | None]:
        """Mean scores at all checkpoints; None where the trial had failed."""
        return [*map(_finite_mean, zip(*self.intermediate_scores, strict=True)), self.score]

    @property
    def metrics(self) -> dict[str, float]:
        """Mean of each of several metrics over the folds that were run.

        Empty if there is one metric, or their names are unknown. A fold that failed before a
        callable scorer named its metrics has one score, which stands for each of them.
        """
        return self.metrics_at(-1)

    def metrics_at(self, position: int) -> dict[str, float]:
        """Return the same at the checkpoint of a position."""
        folds = [fold.checkpoints[position] for fold in self.finished_folds]
        scores = [fold.objective_scores for fold in folds]
        names = next((list(score) for score in scores if isinstance(score, Mapping)), [])
        return {
            name: sum(s[name] if isinstance(s, Mapping) else s for s in scores) / len(scores)
            for name in names
        }

    @property
    def seconds(self) -> float:
        """Mean seconds to fit and score one fold, at all of the step's checkpoints."""
        folds = self.finished_folds
        parts = (part for fold in folds for part in fold.checkpoints)
        return sum(part.fit_time + part.score_time for part in parts) / len(folds)

    @property
    def started(self) -> float:
        """When the first of the folds was begun, in seconds since the epoch."""
        return min((fold.started for fold in self.finished_folds), default=math.nan)

    @property
    def finished(self) -> float:
        """When the last of the folds was ended, in seconds since the epoch."""
        return max((fold.finished for fold in self.finished_folds), default=math.nan)

    @property
    def outcome(self) -> Outcome:
        """What a sampler learns of the step."""
        return Outcome(self.score, self.metrics, self.seconds, self.step.resource, self.step.rung)


class Sampler(Protocol):
    """Proposes parameters and learns what came of them."""

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""

    def tell(self, params: Mapping[str, Any], outcome: Outcome) -> None:
        """Learn what came of parameters, whether they were asked for or not."""


class Scheduler(Protocol):
    """Decides which trials run, how far, and which go on.

    It owns a sampler and never sees data, folds' contents or workers. With reproducible searches
    its decisions may depend only on what it was asked and told, in that order.
    """

    def ask(self) -> Step | None:
        """Return the next step; None if nothing can start until a result is told."""

    def tell(self, result: StepResult) -> Iterable[int]:
        """Learn what came of a step; return the numbers of the trials that have ended.

        The training state of a trial that has ended is freed.
        """

    def should_continue(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say, after each fold, whether the rest of the step is worth running.

        Parameters
        ----------
        step : Step
            A step under way.
        fold_scores : sequence of float
            Scores of its first folds, in the order of the splits.
        """


def _finite_mean(scores: Sequence[float]) -> float | None:
    mean = sum(scores) / len(scores)
    return mean if math.isfinite(mean) else None
