"""Training each trial until its scores stop getting better."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from sklearn_hpt._trial import Step, StepResult, Trial
from sklearn_hpt.samplers import Sampler
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
        Mean scores at the levels passed.
    best : float
        The best of them.
    reference : float
        The last one that was an improvement, so that small gains add up to one.
    n_stagnant : int
        How many of the last ones were no improvement.
    """

    trial: Trial
    curve: list[float] = field(default_factory=list)
    best: float = -math.inf
    reference: float = -math.inf
    n_stagnant: int = 0

    def add(self, score: float, tol: float) -> None:
        if score > self.reference and score >= self.reference + tol:
            self.reference, self.n_stagnant = score, 0
        else:
            self.n_stagnant += 1
        self.best = max(self.best, score)
        self.curve.append(score)


class EarlyStopping:
    """Trains trials level by level, each until its mean score over the folds stops rising.

    A step goes as far as the trial could reach a plateau at the earliest, so that there are few
    steps and yet no training beyond what was needed to tell. Where others have ended, the first
    steps are shorter, after 1, 2 and 4 levels, for those that are plainly losing.

    Parameters
    ----------
    sampler : Sampler
        Proposes the trials' parameters; is told the best score of each.
    n_trials : int
        Number of trials, unless the sampler's space is exhausted before.
    levels : sequence of int
        Amounts of resource at which trials are scored, ascending.
    n_iter_no_change : int
        A trial stops once so many scores in turn were no improvement.
    tol : float
        What is to be gained for an improvement.
    is_losing : callable or None, default=None
        A rule that says which trials to give up; None gives up none.
    min_leap : float, default=0
        A step passes at least so many times as many levels as the trial has passed before, for
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
        min_leap: float = 0.0,
    ) -> None:
        self._sampler = sampler
        self._n_trials = n_trials
        self._levels = tuple(levels)
        self._n_iter_no_change = n_iter_no_change
        self._tol = tol
        self._is_losing = is_losing
        self._min_leap = min_leap
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
        reason = self._follow(training, result)
        if reason is None:
            self._waiting.append(training)
            return ()
        self.stopped[number] = reason
        del self._running[number]
        if training.curve:
            self._ended.append(training.curve)
        score = training.best if training.curve else None
        self._sampler.tell(training.trial.params, score)
        return (number,)

    def is_worth_finishing(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say yes: the curve is a mean over all folds."""
        return True

    def _follow(self, training: _Training, result: StepResult) -> str | None:
        """Add scores to a trial's curve; return why it stops, if it does."""
        is_stagnant = False
        for score in scores_until_failure(result):
            training.add(score, self._tol)
            is_stagnant |= training.n_stagnant >= self._n_iter_no_change
        if is_stagnant:
            return PLATEAU
        n_passed = self._levels.index(result.step.checkpoints[-1]) + 1
        if len(training.curve) < n_passed:
            return DIVERGED
        if n_passed == len(self._levels):
            return EXHAUSTED
        if self._is_losing is not None and self._is_losing(training.curve, self._ended):
            return PRUNED
        return None

    def _next_step(self, training: _Training) -> Step:
        n_passed = len(training.curve)
        # The first score is an improvement on nothing.
        n_until_plateau = self._n_iter_no_change - training.n_stagnant + (n_passed == 0)
        if self._is_losing is not None and self._ended:
            n_until_plateau = min(n_until_plateau, max(1, n_passed))
        n_levels = max(n_until_plateau, int(self._min_leap * n_passed))
        return Step(
            training.trial,
            self._levels[n_passed : n_passed + n_levels],
            continue_from=training.trial.number if n_passed else None,
        )


def scores_until_failure(result: StepResult) -> list[float]:
    """Return the mean scores at a step's checkpoints, up to where a fold failed or diverged."""
    folds = result.finished_folds
    scores = []
    for position, score in enumerate(result.curve):
        at_checkpoint = [(*fold.passed, fold)[position] for fold in folds]
        if score is None or any(fold.fit_error is not None for fold in at_checkpoint):
            break
        scores.append(score)
    return scores
