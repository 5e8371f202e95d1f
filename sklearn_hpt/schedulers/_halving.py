"""Successive halving, Hyperband and ASHA."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any, Protocol

from sklearn_hpt._trial import Step, StepResult, Trial
from sklearn_hpt.schedulers._brackets import Bracket


class RungSampler(Protocol):
    """Proposes parameters and learns what they scored on a rung."""

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""

    def tell(self, params: Mapping[str, Any], score: float | None, rung: int) -> None:
        """Learn a score; larger is better, None is a failure."""


class SuccessiveHalving:
    """Gives all trials a little resource, and the best of each rung more.

    With several brackets, a bracket starts trials when those before it have nothing to start.

    Parameters
    ----------
    sampler : RungSampler
        Proposes the trials' parameters.
    brackets : sequence of Bracket
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
        sampler: RungSampler,
        brackets: Sequence[Bracket],
        factor: float,
        *,
        is_asynchronous: bool = False,
    ) -> None:
        self._sampler = sampler
        self._n_started = 0
        race = _AsynchronousRace if is_asynchronous else _SynchronousRace
        self._races: list[_Race] = [
            race(_climbing(bracket), number, factor, self._start_trial)
            for number, bracket in enumerate(brackets)
        ]

    def ask(self) -> Step | None:
        """Return a promoted trial's next step, or a new trial's first one."""
        steps = (race.ask() for race in self._races)
        return next((step for step in steps if step is not None), None)

    def tell(self, result: StepResult) -> list[int]:
        """Pass a score on to the sampler; promote who is to be promoted."""
        step = result.step
        self._sampler.tell(step.trial.params, result.score, step.rung)
        return self._races[step.bracket].tell(result)

    def is_worth_finishing(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say yes: ranks on a rung are of the same folds."""
        return True

    def _start_trial(self) -> Trial | None:
        params = self._sampler.ask()
        if params is None:
            return None
        self._n_started += 1
        return Trial(self._n_started - 1, params)


class _Race(Protocol):
    """The trials of one bracket."""

    def __init__(
        self,
        bracket: Bracket,
        number: int,
        factor: float,
        start_trial: Callable[[], Trial | None],
    ) -> None: ...

    def ask(self) -> Step | None:
        """Return the next step; None if nothing can start until a result is told."""

    def tell(self, result: StepResult) -> list[int]:
        """Learn a result; return the trials that will not go on."""


class _SynchronousRace:
    """Promotes when all trials of a rung have been told."""

    def __init__(
        self,
        bracket: Bracket,
        number: int,
        factor: float,
        start_trial: Callable[[], Trial | None],
    ) -> None:
        self._bracket = bracket
        self._number = number
        self._factor = factor
        self._start_trial = start_trial
        self._n_startable = bracket[0].n_trials
        self._n_started = 0
        self._position = 0
        self._told: list[StepResult] = []
        self._promoted: deque[Step] = deque()
        self._n_running = 0

    def ask(self) -> Step | None:
        if not self._promoted and self._n_started < self._n_startable:
            trial = self._start_trial()
            if trial is not None:
                self._n_started += 1
                self._n_running += 1
                return _step(self._bracket, 0, self._number, trial)
            self._n_startable = self._n_started  # the space is exhausted
            if self._told and not self._n_running and not self._is_last:
                self._promote()
        if not self._promoted:
            return None
        self._n_running += 1
        return self._promoted.popleft()

    def tell(self, result: StepResult) -> list[int]:
        self._told.append(result)
        self._n_running -= 1
        is_complete = not (self._n_running or self._promoted or self._n_started < self._n_startable)
        if self._is_last:
            return [result.step.trial.number]
        return self._promote() if is_complete else []

    @property
    def _is_last(self) -> bool:
        return self._position == len(self._bracket) - 1

    def _promote(self) -> list[int]:
        """Let the best of the rung go on; return the others."""
        below, rung = self._bracket[self._position : self._position + 2]
        n_promoted = ceil(len(self._told) * rung.n_trials / below.n_trials)
        best = _ranked(self._told)[:n_promoted]
        ended = {result.step.trial.number for result in self._told}
        self._position += 1
        self._told = []
        for trial in [result.step.trial for result in best]:
            self._promoted.append(_step(self._bracket, self._position, self._number, trial))
            ended.remove(trial.number)
        return list(ended)


class _AsynchronousRace:
    """Promotes a trial whenever it is among the best that its rung has seen."""

    def __init__(
        self,
        bracket: Bracket,
        number: int,
        factor: float,
        start_trial: Callable[[], Trial | None],
    ) -> None:
        self._bracket = bracket
        self._number = number
        self._factor = factor
        self._start_trial = start_trial
        self._n_startable = bracket[0].n_trials
        self._n_started = 0
        self._n_running = 0
        self._told: list[list[StepResult]] = [[] for _ in bracket]
        self._promoted: list[set[int]] = [set() for _ in bracket]

    def ask(self) -> Step | None:
        step = self._promotion() or self._new() or self._final_promotion()
        self._n_running += step is not None
        return step

    def tell(self, result: StepResult) -> list[int]:
        self._n_running -= 1
        position = [rung.number for rung in self._bracket].index(result.step.rung)
        self._told[position].append(result)
        return [result.step.trial.number] if position == len(self._bracket) - 1 else []

    def _promotion(self) -> Step | None:
        for position in reversed(range(len(self._bracket) - 1)):
            n_promotable = int(len(self._told[position]) / self._factor)
            step = self._promoted_from(position, n_promotable)
            if step is not None:
                return step
        return None

    def _new(self) -> Step | None:
        if self._n_started == self._n_startable:
            return None
        trial = self._start_trial()
        if trial is None:
            self._n_startable = self._n_started
            return None
        self._n_started += 1
        return _step(self._bracket, 0, self._number, trial)

    def _final_promotion(self) -> Step | None:
        """In the end, let the best trial go on to the top, so that there is a winner."""
        if self._n_running or self._told[-1]:
            return None
        reached = [position for position, told in enumerate(self._told[:-1]) if _ranked(told)]
        return self._promoted_from(reached[-1], 1) if reached else None

    def _promoted_from(self, position: int, n_promotable: int) -> Step | None:
        for result in _ranked(self._told[position])[:n_promotable]:
            trial = result.step.trial
            if trial.number not in self._promoted[position]:
                self._promoted[position].add(trial.number)
                return _step(self._bracket, position + 1, self._number, trial)
        return None


def _step(bracket: Bracket, position: int, number: int, trial: Trial) -> Step:
    rung = bracket[position]
    return Step(
        trial,
        (rung.resource,),
        continue_from=trial.number if position else None,
        rung=rung.number,
        bracket=number,
    )


def _ranked(results: Sequence[StepResult]) -> list[StepResult]:
    """Return the results that did not fail, from the best down."""
    scored = [result for result in results if result.score is not None]
    return sorted(scored, key=lambda result: -(result.score or 0.0))


def _climbing(bracket: Bracket) -> Bracket:
    """Leave out rungs that add no resource: nothing new would be learned on them."""
    below = (0, *(rung.resource for rung in bracket))
    return tuple(rung for rung, least in zip(bracket, below, strict=False) if rung.resource > least)
