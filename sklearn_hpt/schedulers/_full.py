"""Every trial at full resource."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn_hpt._trial import Step, StepResult, Trial
from sklearn_hpt.samplers import Sampler


class FullResource:
    """Fits every trial once, in full, as :class:`sklearn.model_selection.RandomizedSearchCV` does.

    Parameters
    ----------
    sampler : Sampler
        Proposes the trials' parameters.
    n_trials : int
        Number of trials, unless the sampler's space is exhausted before.
    """

    def __init__(self, sampler: Sampler, n_trials: int) -> None:
        self.sampler = sampler
        self.n_trials = n_trials
        self._n_started = 0

    def ask(self) -> Step | None:
        """Return a new trial's only step; None once all were started or the space is exhausted."""
        if self._n_started == self.n_trials:
            return None
        params = self.sampler.ask()
        if params is None:
            return None
        step = Step(Trial(self._n_started, params))
        self._n_started += 1
        return step

    def tell(self, result: StepResult) -> None:
        """Pass the trial's score on to the sampler."""
        self.sampler.tell(result.step.trial.params, result.score)

    def is_worth_finishing(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Every trial is finished."""
        return True
