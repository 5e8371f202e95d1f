"""The engine runs trials; the only place that knows folds, workers, time and disk."""

from sklearn_hpt.engine._engine import Engine, Monitor
from sklearn_hpt.engine._evaluation import CrossValidation
from sklearn_hpt.engine._executor import JoblibExecutor, WorkerLostError

__all__ = ["CrossValidation", "Engine", "JoblibExecutor", "Monitor", "WorkerLostError"]
