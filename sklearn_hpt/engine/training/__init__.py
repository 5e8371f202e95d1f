"""How estimators are trained: by one fit, on a part of the samples, or in steps."""

from sklearn_hpt.engine.training._base import Trained, Training, TrainingState
from sklearn_hpt.engine.training._full_fit import FullFit
from sklearn_hpt.engine.training._resources import is_parameter, training_of, training_resource
from sklearn_hpt.engine.training._sample_orders import hold_out, samples_of
from sklearn_hpt.engine.training._samples import Samples

__all__ = [
    "FullFit",
    "Samples",
    "Trained",
    "Training",
    "TrainingState",
    "hold_out",
    "is_parameter",
    "samples_of",
    "training_of",
    "training_resource",
]
