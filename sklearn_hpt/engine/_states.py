"""The training states that trials have reached."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from sklearn_hpt._trial import Step


class TrainingStates:
    """Keeps the state of each trial that may go on, or that another may go on from.

    A state does not change once it is reached: a step is given a copy, unless it takes the state
    over for itself.

    Parameters
    ----------
    n_splits : int
        Number of folds, each of which has a state of its own.
    """

    def __init__(self, n_splits: int) -> None:
        self._n_splits = n_splits
        self._reached: dict[int, Sequence[Any]] = {}

    def starting(self, step: Step) -> Sequence[Any]:
        """Return what a step starts from, as it is now; None where a fold starts from nothing."""
        if step.continue_from is None or step.continue_from not in self._reached:
            return [None] * self._n_splits
        if step.takes_state:
            return self._reached.pop(step.continue_from)
        return [_copied(state) for state in self._reached[step.continue_from]]

    def note(self, step: Step, states: Sequence[Any]) -> None:
        """Keep what a step has reached, in the place of what its trial had reached before."""
        if any(state is not None for state in states):
            self._reached[step.trial.number] = states
        else:
            self._reached.pop(step.trial.number, None)

    def free(self, trials: Iterable[int]) -> None:
        """Forget trials that have ended."""
        for number in trials:
            self._reached.pop(number, None)


def _copied(state: Any) -> Any:
    """Return a copy; None, so that training starts again, if there can be none."""
    if state is None or isinstance(state, bytes):
        return state
    try:
        return copy.deepcopy(state)
    except Exception:  # noqa: BLE001  copying runs whatever code it meets
        return None
