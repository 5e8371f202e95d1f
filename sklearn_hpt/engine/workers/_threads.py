"""Workers that are threads of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn_hpt.engine._shared import Shared
from sklearn_hpt.engine.workers._answers import Outcome
from sklearn_hpt.engine.workers._crew import DrivenCrew


class ThreadCrew(DrivenCrew):
    """Threads of one search; one that hangs is left behind."""

    is_local = True
    can_end_tasks = False

    def share(self, value: Any) -> Shared:
        return Shared(value)

    def hire(self) -> ThreadWorker:
        return ThreadWorker()


class ThreadWorker:
    """The very thread that drives it."""

    def is_ready(self) -> bool:
        return True

    def run(self, task: Callable[[], Any], seconds: float | None) -> Outcome:
        try:
            return task(), None
        except BaseException as error:  # noqa: BLE001  the thread goes on with the next task
            return None, error

    def release(self) -> None:
        """Nothing outlasts a task."""

    def end(self) -> None:
        """Python has no way to."""
