"""The scheduler that trains each trial until its scores stop getting better."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sklearn_hpt._trial import Outcome, Sampler, Step, StepResult, Trial
from sklearn_hpt.schedulers._pruning import PruningRule

PLATEAU, PRUNED, EXHAUSTED, DIVERGED = "plateau", "pruned", "exhausted", "diverged"


@dataclass
class _Training:
    """A trial's scores so far.

    Attributes
    ----------
    trial : Trial
        The trial.
    curve : list of float
        Mean scores at the resource levels reached.
    best : Outcome
        What was reached where the score was best.
    seconds : float
        What it took so far.
    reference : float
        The last score that was an improvement, so that small gains add up to one.
    n_stagnant : int
        How many of the last scores were no improvement.
    """

    trial: Trial
    curve: list[float] = field(default_factory=list)
    best: Outcome = field(default_factory=lambda: Outcome(None))
    seconds: float = 0.0
    reference: float = -math.inf
    n_stagnant: int = 0

    @property
    def outcome(self) -> Outcome:
        """What a sampler learns of the trial."""
        return replace(self.best, seconds=self.seconds)

    def learn(self, result: StepResult, tol: float) -> int:
        """Add a step; return the most consecutive scores of it that were no improvement."""
        self.seconds += result.seconds
        scores = scores_until_failure(result)
        self._keep_best(result, scores)
        most_stagnant = 0
        for score in scores:
            self.curve.append(score)
            if score > self.reference and score >= self.reference + tol:
                self.reference, self.n_stagnant = score, 0
            else:
                self.n_stagnant += 1
            most_stagnant = max(most_stagnant, self.n_stagnant)
        return most_stagnant

    def _keep_best(self, result: StepResult, scores: Sequence[float]) -> None:
        score = max(scores, default=None)
        if score is None:
            if self.best.score is None:
                self.best = Outcome(None, resource=result.step.resource)
        elif self.best.score is None or score > self.best.score:
            position = scores.index(score)
            level = result.step.checkpoints[position]
            self.best = Outcome(score, result.metrics_at(position), resource=level)


class EarlyStopping:
    """Trains trials from level to level, each until its mean score over the folds stops rising.

    A step goes as far as the trial could reach a plateau at the earliest, so that there are few
    steps and yet no training beyond what was needed to tell. Where others have ended, the first
    steps are shorter, after 1, 2 and 4 levels, for those that are plainly losing.

    Parameters
    ----------
    sampler : Sampler
        Proposes the trials' parameters; is told the best score of each, and the metrics and the
        resource level that go with it.
    n_trials : int
        Number of trials, unless the sampler's space is exhausted before.
    levels : sequence of int
        Resource levels at which trials are scored, ascending.
    n_iter_no_change : int
        A trial stops once so many consecutive scores were no improvement.
    tol : float
        What is to be gained for an improvement.
    is_losing : callable or None, default=None
        A rule that says which trials to give up; None gives up none.
    min_growth : float, default=0
        A step adds at least this share of the levels that the trial has reached before: for
        training that is costly to resume.

    Attributes
    ----------
    stopped : dict of int to str
        Why the trials that have ended have done so, by number.
    """

    def __init__(
        self,
        sampler: Sampler,
        n_trials: int,
        levels: Sequence[int],
        *,
        n_iter_no_change: int,
        tol: float,
        is_losing: PruningRule | None = None,
        min_growth: float = 0.0,
    ) -> None:
        self._sampler = sampler
        self._n_trials = n_trials
        self._levels = tuple(levels)
        self._n_iter_no_change = n_iter_no_change
        self._tol = tol
        self._is_losing = is_losing
        self._min_growth = min_growth
        self._n_started = 0
        self._running: dict[int, _Training] = {}
        self._waiting: deque[_Training] = deque()
        self._ended: list[list[float]] = []
        self.stopped: dict[int, str] = {}

    def ask(self) -> Step | None:
        """Return the next step of a trial under way, or the first one of another."""
        if self._waiting:
            return self._next_step(self._waiting.popleft())
        if self._n_started == self._n_trials:
            return None
        params = self._sampler.ask()
        if params is None:
            return None
        training = _Training(Trial(self._n_started, params))
        self._n_started += 1
        self._running[training.trial.number] = training
        return self._next_step(training)

    def tell(self, result: StepResult) -> tuple[int, ...]:
        """Learn how a trial's scores went on; decide whether it does."""
        number = result.step.trial.number
        training = self._running[number]
        most_stagnant = training.learn(result, self._tol)
        reason = self._reason_to_stop(training, result.step, most_stagnant)
        if reason is None:
            self._waiting.append(training)
            return ()
        self.stopped[number] = reason
        del self._running[number]
        if training.curve:
            self._ended.append(training.curve)
        self._sampler.tell(training.trial.params, training.outcome)
        return (number,)

    def should_continue(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say yes: the curve is a mean over all folds."""
        return True

    def _reason_to_stop(self, training: _Training, step: Step, most_stagnant: int) -> str | None:
        """Return why a trial's training stops after a step, if it does."""
        if most_stagnant >= self._n_iter_no_change:
            return PLATEAU
        n_levels = self._levels.index(step.checkpoints[-1]) + 1
        if len(training.curve) < n_levels:
            return DIVERGED
        if n_levels == len(self._levels):
            return EXHAUSTED
        if self._is_losing is not None and self._is_losing(training.curve, self._ended):
            return PRUNED
        return None

    def _next_step(self, training: _Training) -> Step:
        n_reached = len(training.curve)
        # The first score is an improvement on nothing.
        n_until_plateau = self._n_iter_no_change - training.n_stagnant + (n_reached == 0)
        if self._is_losing is not None and self._ended:
            n_until_plateau = min(n_until_plateau, max(1, n_reached))
        n_levels = max(n_until_plateau, int(self._min_growth * n_reached))
        return Step(
            training.trial,
            self._levels[n_reached : n_reached + n_levels],
            continue_from=training.trial.number if n_reached else None,
            takes_state=n_reached > 0,
        )


def scores_until_failure(result: StepResult) -> list[float]:
    """Return the mean scores at a step's checkpoints, up to where a fold failed or diverged."""
    scores = []
    checkpoints = zip(*(fold.checkpoints for fold in result.finished_folds), strict=True)
    for score, folds in zip(result.curve, checkpoints, strict=True):
        if score is None or any(fold.fit_error is not None for fold in folds):
            break
        scores.append(score)
    return scores
