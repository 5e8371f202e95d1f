"""How tasks reach workers: a module a kind of them."""

from sklearn_hpt.engine.workers._backend import BackendCrew
from sklearn_hpt.engine.workers._crew import Crew, TaskTimeoutError, WorkerLostError
from sklearn_hpt.engine.workers._dask import DaskCrew
from sklearn_hpt.engine.workers._processes import ProcessCrew, ProcessKind
from sklearn_hpt.engine.workers._ray import RayCrew
from sklearn_hpt.engine.workers._threads import ThreadCrew

__all__ = [
    "BackendCrew",
    "Crew",
    "DaskCrew",
    "ProcessCrew",
    "ProcessKind",
    "RayCrew",
    "TaskTimeoutError",
    "ThreadCrew",
    "WorkerLostError",
]
