"""Successive halving, Hyperband and ASHA."""

from __future__ import annotations

from abc import ABC, abstractmethod
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


class _Race(ABC):
    """The trials of one bracket."""

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
        self._n_running = 0

    def ask(self) -> Step | None:
        """Return the next step; None if nothing can start until a result is told."""
        step = self._next_step()
        self._n_running += step is not None
        return step

    @abstractmethod
    def tell(self, result: StepResult) -> list[int]:
        """Learn a result; return the trials that will not go on."""

    @abstractmethod
    def _next_step(self) -> Step | None: ...

    def _new(self) -> Step | None:
        """Return a new trial's first step; None once all were started or the space is exhausted."""
        trial = self._start_trial() if self._n_startable else None
        if trial is None:
            self._n_startable = 0
            return None
        self._n_startable -= 1
        return self._step(0, trial)

    def _step(self, position: int, trial: Trial) -> Step:
        rung = self._bracket[position]
        return Step(
            trial,
            (rung.resource,),
            continue_from=trial.number if position else None,
            rung=rung.number,
            bracket=self._number,
        )


class _SynchronousRace(_Race):
    """Promotes when all trials of a rung have been told."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._position = 0
        self._told: list[StepResult] = []
        self._promoted: deque[Step] = deque()

    def tell(self, result: StepResult) -> list[int]:
        self._told.append(result)
        self._n_running -= 1
        if self._is_last:
            return [result.step.trial.number]
        return self._promote() if self._is_complete else []

    def _next_step(self) -> Step | None:
        if not self._promoted and (step := self._new()) is not None:
            return step
        if self._told and self._is_complete and not self._is_last:
            self._promote()  # only now is it known that no other trial starts
        return self._promoted.popleft() if self._promoted else None

    @property
    def _is_complete(self) -> bool:
        return not (self._n_running or self._promoted or self._n_startable)

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
            self._promoted.append(self._step(self._position, trial))
            ended.remove(trial.number)
        return list(ended)


class _AsynchronousRace(_Race):
    """Promotes a trial whenever it is among the best that its rung has seen."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._told: list[list[StepResult]] = [[] for _ in self._bracket]
        self._promoted: list[set[int]] = [set() for _ in self._bracket]

    def tell(self, result: StepResult) -> list[int]:
        self._n_running -= 1
        position = [rung.number for rung in self._bracket].index(result.step.rung)
        self._told[position].append(result)
        return [result.step.trial.number] if position == len(self._bracket) - 1 else []

    def _next_step(self) -> Step | None:
        return self._promotion() or self._new() or self._final_promotion()

    def _promotion(self) -> Step | None:
        for position in reversed(range(len(self._bracket) - 1)):
            n_promotable = int(len(self._told[position]) / self._factor)
            step = self._promoted_from(position, n_promotable)
            if step is not None:
                return step
        return None

    def _final_promotion(self) -> Step | None:
        """In the end, let the best one left go on to the top, so that there is a winner."""
        if self._n_running or _ranked(self._told[-1]):
            return None
        for position in reversed(range(len(self._bracket) - 1)):
            step = self._promoted_from(position, 1 + len(self._promoted[position]))
            if step is not None:
                return step
        return None

    def _promoted_from(self, position: int, n_promotable: int) -> Step | None:
        for result in _ranked(self._told[position])[:n_promotable]:
            trial = result.step.trial
            if trial.number not in self._promoted[position]:
                self._promoted[position].add(trial.number)
                return self._step(position + 1, trial)
        return None


def _ranked(results: Sequence[StepResult]) -> list[StepResult]:
    """Return the results that did not fail, from the best down."""
    scored = [result for result in results if result.score is not None]
    return sorted(scored, key=lambda result: -(result.score or 0.0))


def _climbing(bracket: Bracket) -> Bracket:
    """Leave out rungs that add no resource: nothing new would be learned on them."""
    below = (0, *(rung.resource for rung in bracket))
    return tuple(rung for rung, least in zip(bracket, below, strict=False) if rung.resource > least)
