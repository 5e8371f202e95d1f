"""The scheduler that fits every trial once, in full."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn_hpt._trial import Sampler, Step, StepResult, Trial


class FullResource:
    """Fits every trial once, in full, as :class:`sklearn.model_selection.RandomizedSearchCV` does.

    Parameters
    ----------
    sampler : Sampler
        Proposes the trials' parameters.
    n_trials : int
        Number of trials, unless the sampler's space is exhausted before.
    early_discard : bool, default=False
        Give a trial up once its mean score so far is no better than the worst fold of the best
        trial that was known when it started [1]_.

    References
    ----------
    .. [1] Bergman, Purucker and Hutter (2024), Don't waste your time: early stopping
       cross-validation, AutoML conference ("forgiving").
    """

    def __init__(
        self,
        sampler: Sampler,
        n_trials: int,
        *,
        early_discard: bool = False,
    ) -> None:
        self.sampler = sampler
        self.n_trials = n_trials
        self.early_discard = early_discard
        self._n_started = 0
        self._best_score = -float("inf")
        self._worst_fold_of_best = -float("inf")
        # What a trial must beat is fixed when it starts, whatever finishes while it runs.
        self._bars: dict[int, float] = {}

    def ask(self) -> Step | None:
        """Return a new trial's only step; None once all were started or the space is exhausted."""
        if self._n_started == self.n_trials:
            return None
        params = self.sampler.ask()
        if params is None:
            return None
        step = Step(Trial(self._n_started, params))
        self._bars[self._n_started] = self._worst_fold_of_best
        self._n_started += 1
        return step

    def tell(self, result: StepResult) -> tuple[int]:
        """Pass on to the sampler what came of the trial, which has ended."""
        trial, score = result.step.trial, result.score
        del self._bars[trial.number]
        if score is not None and score > self._best_score and not result.is_discarded:
            self._best_score = score
            self._worst_fold_of_best = min(result.fold_scores)
        self.sampler.tell(trial.params, result.outcome)
        return (trial.number,)

    def should_continue(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say whether a trial may still be the best."""
        if not self.early_discard:
            return True
        mean = sum(fold_scores) / len(fold_scores)
        bar = self._bars[step.trial.number]
        return mean > bar or bar == -float("inf")
