"""Who hears what a search does."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sklearn_hpt._trial import FoldResult, Step, StepResult, Trial


class Observer:
    """Hears what a search does, in its process; a method that returns True asks it to end.

    A search that is asked to end starts nothing more, drops what is under way and has a normal
    end. All methods do nothing unless a subclass wants them to.
    """

    def trial_started(self, trial: Trial) -> bool | None:
        """Hear that a trial is under way."""

    def fold_started(self, step: Step, fold: int, is_local: bool) -> bool | None:
        """Hear that a fold is given to a worker, and whether that is in this process."""

    def fold_finished(self, step: Step, fold: int, result: FoldResult) -> bool | None:
        """Hear what a fold scored."""

    def step_finished(self, result: StepResult, best: StepResult | None) -> bool | None:
        """Hear what a step scored, and which is the best so far, of those on the highest rung."""


class Observers(Observer):
    """Passes all that it hears on to others.

    Parameters
    ----------
    observers : iterable of Observer
        The others.
    """

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._observers = tuple(observers)

    def trial_started(self, trial: Trial) -> bool:
        return self._tell(lambda observer: observer.trial_started(trial))

    def fold_started(self, step: Step, fold: int, is_local: bool) -> bool:
        return self._tell(lambda observer: observer.fold_started(step, fold, is_local))

    def fold_finished(self, step: Step, fold: int, result: FoldResult) -> bool:
        return self._tell(lambda observer: observer.fold_finished(step, fold, result))

    def step_finished(self, result: StepResult, best: StepResult | None) -> bool:
        return self._tell(lambda observer: observer.step_finished(result, best))

    def _tell(self, event: Callable[[Observer], bool | None]) -> bool:
        if not self._observers:
            return False
        answers = list(map(event, self._observers))  # all hear of it, whatever the first says
        return any(answers)
