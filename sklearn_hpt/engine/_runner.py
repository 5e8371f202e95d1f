"""What runs tasks for the engine."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from sklearn_hpt._trial import FoldResult, Step

Evaluated = tuple[FoldResult, Any]
"""What a fold scored, and the training state it reached."""


class Task(NamedTuple):
    """Folds of one step that a worker runs one after another, from their training states."""

    step: Step
    folds: tuple[int, ...]
    states: tuple[Any, ...]

    @property
    def keys(self) -> list[tuple[int, int, int]]:
        """What identifies the work on each fold."""
        return [(self.step.trial.number, self.step.resource or 0, fold) for fold in self.folds]

    def split(self) -> list[Task]:
        """Return one task a fold."""
        folds = zip(self.folds, self.states, strict=True)
        return [Task(self.step, (fold,), (state,)) for fold, state in folds]


class Runner(Protocol):
    """Runs tasks, somewhere."""

    @property
    def is_inline(self) -> bool:
        """Whether tasks run in the calling thread, within :meth:`submit`."""

    @property
    def is_local(self) -> bool:
        """Whether tasks run in the calling process."""

    @property
    def has_room(self) -> bool:
        """Whether another task would find a worker soon."""

    def submit(self, task: Task) -> None:
        """Start a task."""

    def wait(self, timeout: float | None = None) -> list[tuple[Task, list[Evaluated]]]:
        """Wait until a task is done, or for `timeout` seconds; return what is done by then."""

    def abandon(self) -> None:
        """Let go of what is running; nobody waits for it any more."""
