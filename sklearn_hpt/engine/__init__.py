"""The engine runs trials; the only place that knows folds, workers, time and disk."""

from sklearn_hpt.engine._engine import Engine, Monitor
from sklearn_hpt.engine._evaluation import CrossValidation
from sklearn_hpt.engine._executor import JoblibExecutor, WorkerLostError
from sklearn_hpt.engine._resource import FullFit, Resource
from sklearn_hpt.engine._units import (
    hold_out,
    is_parameter,
    samples_of,
    training_of,
    training_resource,
)

__all__ = [
    "CrossValidation",
    "Engine",
    "FullFit",
    "JoblibExecutor",
    "Monitor",
    "Resource",
    "WorkerLostError",
    "hold_out",
    "is_parameter",
    "samples_of",
    "training_of",
    "training_resource",
]
