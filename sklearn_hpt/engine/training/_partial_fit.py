"""Epochs: calls of ``partial_fit``."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from sklearn import config_context
from sklearn.base import is_classifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils.multiclass import type_of_target, unique_labels

from sklearn_hpt.engine._data import Part


@dataclass(frozen=True)
class Epochs:
    """Passes over the training part, each of them one call of ``partial_fit``.

    Attributes
    ----------
    classes : object
        All classes, which the first ``partial_fit`` of a classifier must know; None if it is none.
    """

    classes: Any = None
    can_continue: ClassVar[bool] = True

    def train(self, model: Any, data: Part, done: int, resource: int) -> Any:
        params = dict(data.params)
        if (
            self.classes is not None
            and "classes" in inspect.signature(model.partial_fit).parameters
        ):
            params["classes"] = self.classes
        parts = (data.X,) if data.y is None else (data.X, data.y)
        if done == 0:
            model.partial_fit(*parts, **params)
            done = 1
        # What the first pass has found to be valid need not be looked through again.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for _ in range(resource - done):
                model.partial_fit(*parts, **params)
        return model


def classes_of(model: Any, y: Any) -> Any:
    """Return all classes, in the form that ``partial_fit`` takes; None for no classifier."""
    if y is None or not is_classifier(model):
        return None
    if np.ndim(y) == 2 and (
        isinstance(model, MultiOutputClassifier) or type_of_target(y) == "multiclass-multioutput"
    ):
        return [np.unique(column) for column in np.asarray(y).T]
    return unique_labels(y)
