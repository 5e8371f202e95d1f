"""Workers of a ray cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn_hpt.engine._shared import Shared, dump_by_value, hold, load_by_value
from sklearn_hpt.engine.workers._answers import Outcome, answer_to, opened
from sklearn_hpt.engine.workers._crew import DrivenCrew, TaskTimeoutError, WorkerLostError


class RayCrew(DrivenCrew):
    """Actors of a ray cluster, for one search.

    Parameters
    ----------
    backend : RayBackend
        What ray registers with joblib.
    n_jobs : int
        As in :class:`joblib.Parallel`.
    """

    is_local = False
    can_end_tasks = True

    def __init__(self, backend: Any, n_jobs: int) -> None:
        import ray

        if not ray.is_initialized():
            ray.init()
        super().__init__(max(1, backend.effective_n_jobs(n_jobs)), backend.get_nested_backend())
        # As in ray's own pool, its users may set aside processors by `ray_remote_args`.
        options = {"num_cpus": 0, **(backend.ray_remote_args or {})}
        self._actors = ray.remote(**options)(_Actor)
        self._stored: dict[str, Any] = {}

    def share(self, value: Any) -> Shared:
        import ray

        shared = StoredShared(value, self._stored)
        self._stored[shared.key] = ray.put(value)
        return shared

    def hire(self) -> RayWorker:
        return RayWorker(self._actors.remote(), self._stored)

    def pack(self, task: Callable[[], Any], is_timed: bool) -> bytes:
        return dump_by_value(task)


class StoredShared(Shared):
    """A constant in ray's object store."""

    def __init__(self, value: Any, stored: dict[str, Any]) -> None:
        super().__init__(value)
        self._stored = stored

    def close(self) -> None:
        self._stored.pop(self.key, None)


class RayWorker:
    """An actor, and what it holds of the object store."""

    def __init__(self, actor: Any, stored: dict[str, Any]) -> None:
        self._actor = actor
        self._stored = stored
        self._held: set[str] = set()

    def is_ready(self) -> bool:
        return True  # ray has calls wait for an actor that is being started

    def run(self, task: bytes, seconds: float | None) -> Outcome:
        import ray

        try:
            for key in self._stored.keys() - self._held:
                ray.get(self._actor.hold.remote(key, self._stored[key]))
                self._held.add(key)
            return opened(ray.get(self._actor.run.remote(task), timeout=seconds))
        except ray.exceptions.GetTimeoutError as error:
            self.end()
            raise TaskTimeoutError from error
        except ray.exceptions.RayActorError as error:
            raise WorkerLostError(f"A worker was lost: {error}") from error

    def release(self) -> None:
        self.end()

    def end(self) -> None:
        import ray

        ray.kill(self._actor)


class _Actor:
    """Runs tasks in a process of ray's."""

    def hold(self, key: str, value: Any) -> None:
        hold(key, value)

    def run(self, data: bytes) -> bytes:
        def task() -> Any:
            return load_by_value(data)()

        return answer_to(task)
