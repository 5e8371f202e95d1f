"""Brackets under way: which of a bracket's trials go on to the next rung, and when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any

from sklearn_hpt._trial import Step, StepResult, Trial
from sklearn_hpt.schedulers._rungs import Rungs


class Bracket(ABC):
    """The trials of one bracket.

    Parameters
    ----------
    rungs : Rungs
        How many trials get how much.
    number : int
        Its place among the brackets.
    factor : float
        One in so many trials of a rung is promoted.
    start_trial : callable
        Returns a new trial; None once the space is exhausted.
    """

    def __init__(
        self,
        rungs: Rungs,
        number: int,
        factor: float,
        start_trial: Callable[[], Trial | None],
    ) -> None:
        self._rungs = _climbing(rungs)
        self._number = number
        self._factor = factor
        self._start_trial = start_trial
        self._n_startable = self._rungs[0].n_trials
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
        rung = self._rungs[position]
        return Step(
            trial,
            (rung.resource,),
            continue_from=trial.number if position else None,
            takes_state=position > 0,
            rung=rung.number,
            bracket=self._number,
        )


class SynchronousBracket(Bracket):
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
        return self._position == len(self._rungs) - 1

    def _promote(self) -> list[int]:
        """Let the best of the rung go on; return the others."""
        below, rung = self._rungs[self._position : self._position + 2]
        n_promoted = ceil(len(self._told) * rung.n_trials / below.n_trials)
        best = _ranked(self._told)[:n_promoted]
        ended = {result.step.trial.number for result in self._told}
        self._position += 1
        self._told = []
        for trial in [result.step.trial for result in best]:
            self._promoted.append(self._step(self._position, trial))
            ended.remove(trial.number)
        return list(ended)


class AsynchronousBracket(Bracket):
    """Promotes a trial whenever it is among the best that its rung has seen."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._told: list[list[StepResult]] = [[] for _ in self._rungs]
        self._promoted: list[set[int]] = [set() for _ in self._rungs]

    def tell(self, result: StepResult) -> list[int]:
        self._n_running -= 1
        position = [rung.number for rung in self._rungs].index(result.step.rung)
        self._told[position].append(result)
        return [result.step.trial.number] if position == len(self._rungs) - 1 else []

    def _next_step(self) -> Step | None:
        return self._promotion() or self._new() or self._final_promotion()

    def _promotion(self) -> Step | None:
        for position in reversed(range(len(self._rungs) - 1)):
            n_promotable = int(len(self._told[position]) / self._factor)
            step = self._promoted_from(position, n_promotable)
            if step is not None:
                return step
        return None

    def _final_promotion(self) -> Step | None:
        """In the end, let the best one left go on to the top, so that there is a winner."""
        if self._n_running or _ranked(self._told[-1]):
            return None
        for position in reversed(range(len(self._rungs) - 1)):
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


def _climbing(rungs: Rungs) -> Rungs:
    """Leave out rungs that add no resource: nothing new would be learned on them."""
    below = (0, *(rung.resource for rung in rungs))
    return tuple(rung for rung, least in zip(rungs, below, strict=False) if rung.resource > least)
