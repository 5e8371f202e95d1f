"""The scheduler of successive halving, Hyperband and ASHA."""

from __future__ import annotations

from collections.abc import Sequence

from sklearn_hpt._trial import Sampler, Step, StepResult, Trial
from sklearn_hpt.schedulers._brackets import AsynchronousBracket, Bracket, SynchronousBracket
from sklearn_hpt.schedulers._rungs import Rungs


class SuccessiveHalving:
    """Gives all trials a little resource, and the best of each rung more.

    With several brackets, a bracket starts trials when those before it have nothing to start.

    Parameters
    ----------
    sampler : Sampler
        Proposes the trials' parameters, and is told what came of them on each rung: a
        :class:`MultiFidelitySampler` if it learns from scores.
    brackets : sequence of Rungs
        How many trials get how much.
    factor : float
        One in so many trials of a rung is promoted.
    is_asynchronous : bool, default=False
        Promote a trial whenever it is among the best of those its rung has seen [1]_, so that some
        go on that would not have if the rung had been waited for; otherwise when all of a rung's
        trials have been told.

    References
    ----------
    .. [1] Li et al. (2020), A system for massively parallel hyperparameter tuning, MLSys.
    """

    def __init__(
        self,
        sampler: Sampler,
        brackets: Sequence[Rungs],
        factor: float,
        *,
        is_asynchronous: bool = False,
    ) -> None:
        self._sampler = sampler
        self._n_started = 0
        make = AsynchronousBracket if is_asynchronous else SynchronousBracket
        self._brackets: list[Bracket] = [
            make(rungs, number, factor, self._start_trial) for number, rungs in enumerate(brackets)
        ]

    def ask(self) -> Step | None:
        """Return a promoted trial's next step, or a new trial's first one."""
        steps = (bracket.ask() for bracket in self._brackets)
        return next((step for step in steps if step is not None), None)

    def tell(self, result: StepResult) -> list[int]:
        """Pass on to the sampler what came of a step; promote who is to be promoted."""
        step = result.step
        self._sampler.tell(step.trial.params, result.outcome)
        return self._brackets[step.bracket].tell(result)

    def should_continue(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say yes: ranks on a rung are of the same folds."""
        return True

    def _start_trial(self) -> Trial | None:
        params = self._sampler.ask()
        if params is None:
            return None
        self._n_started += 1
        return Trial(self._n_started - 1, params)
