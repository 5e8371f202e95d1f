"""The engine runs trials; the only place that knows folds, workers, time and disk."""

from sklearn_hpt.engine._data import Data, Part
from sklearn_hpt.engine._dispatcher import Dispatcher
from sklearn_hpt.engine._engine import Engine
from sklearn_hpt.engine._evaluation import Evaluation
from sklearn_hpt.engine._executor import JoblibExecutor, WorkerLostError
from sklearn_hpt.engine._observers import Observer
from sklearn_hpt.engine._runner import Runner, Task
from sklearn_hpt.engine._scoring import Scoring
from sklearn_hpt.engine.training import (
    FullFit,
    Training,
    hold_out,
    is_parameter,
    samples_of,
    training_of,
    training_resource,
)

__all__ = [
    "Data",
    "Dispatcher",
    "Engine",
    "Evaluation",
    "FullFit",
    "JoblibExecutor",
    "Observer",
    "Part",
    "Runner",
    "Scoring",
    "Task",
    "Training",
    "WorkerLostError",
    "hold_out",
    "is_parameter",
    "samples_of",
    "training_of",
    "training_resource",
]
