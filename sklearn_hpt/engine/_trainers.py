"""How estimators are brought from one amount of training to a larger one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from sklearn import config_context
from sklearn.base import clone, is_classifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.utils.multiclass import type_of_target, unique_labels

from sklearn_hpt.engine._histogram_boosting import (
    HISTOGRAM_CLASSES,
    HistogramBoosting,
    is_histogram_boosting,
)
from sklearn_hpt.engine._resource import TrainingData, fit

_BOOSTER_KEYWORDS = ("init_model", "xgb_model")  # LightGBM, XGBoost


class Trainer(Protocol):
    """Brings an estimator to an amount of training.

    Attributes
    ----------
    can_continue : bool
        Whether it goes on from what was reached before, rather than starting again.
    """

    can_continue: ClassVar[bool]

    def train(self, model: Any, data: TrainingData, done: int, amount: int) -> Any:
        """Train a model from an amount that is done to a larger one; return it.

        A model that cannot continue is trained again from nothing.
        """


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

    def train(self, model: Any, data: TrainingData, done: int, amount: int) -> Any:
        params = dict(data.params)
        if self.classes is not None and "classes" in _parameters(model.partial_fit):
            params["classes"] = self.classes
        parts = (data.X,) if data.y is None else (data.X, data.y)
        if done == 0:
            model.partial_fit(*parts, **params)
            done = 1
        # What the first pass has found to be valid need not be looked through again.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for _ in range(amount - done):
                model.partial_fit(*parts, **params)
        return model


@dataclass(frozen=True)
class WarmStart:
    """Going on by ``warm_start``.

    Attributes
    ----------
    name : str
        The parameter.
    counts_all : bool
        Whether the parameter counts what was trained before as well, as the members of an
        ensemble, rather than what is to be added, as the iterations of a solver.
    """

    name: str
    counts_all: bool
    can_continue: ClassVar[bool] = True

    def train(self, model: Any, data: TrainingData, done: int, amount: int) -> Any:
        own = amount if self.counts_all else amount - done
        return fit(model.set_params(warm_start=True, **{self.name: own}), *data)


@dataclass(frozen=True)
class Boosting:
    """Adding rounds to a booster that another fit has left.

    Attributes
    ----------
    name : str
        The parameter that is the number of rounds.
    keyword : str
        The argument of ``fit`` that takes the booster.
    """

    name: str
    keyword: str
    can_continue: ClassVar[bool] = True

    def train(self, model: Any, data: TrainingData, done: int, amount: int) -> Any:
        longer = clone(model).set_params(**{self.name: amount - done})
        booster = model if done else None
        if booster is not None and hasattr(booster, "get_booster"):
            booster = booster.get_booster()
        return fit(longer, data.X, data.y, {**data.params, self.keyword: booster})


@dataclass(frozen=True)
class Anew:
    """Training from nothing each time.

    Attributes
    ----------
    name : str
        The parameter that is the amount.
    """

    name: str
    can_continue: ClassVar[bool] = False

    def train(self, model: Any, data: TrainingData, done: int, amount: int) -> Any:
        return fit(clone(model).set_params(**{self.name: amount}), *data)


def continuing_trainer(model: Any, name: str) -> Trainer | None:
    """Return how an estimator goes on as one of its parameters grows; None if it cannot.

    Parameters
    ----------
    model : estimator
        The estimator.
    name : str
        The parameter.
    """
    has = model.get_params(deep=False)
    keyword = next((k for k in _BOOSTER_KEYWORDS if k in _parameters(model.fit)), None)
    if keyword is not None and name == "n_estimators" and name in has:
        return Boosting(name, keyword)
    if name == "max_iter" and is_histogram_boosting(model):
        return HistogramBoosting()
    if has.get("solver") == "liblinear":  # which ignores warm_start
        return None
    if "warm_start" in has and name in has and name in ("n_estimators", "max_iter"):
        return WarmStart(name, name == "n_estimators" or isinstance(model, HISTOGRAM_CLASSES))
    return None


def classes_of(model: Any, y: Any) -> Any:
    """Return all classes, in the form that ``partial_fit`` takes; None for no classifier."""
    if y is None or not is_classifier(model):
        return None
    if np.ndim(y) == 2 and (
        isinstance(model, MultiOutputClassifier) or type_of_target(y) == "multiclass-multioutput"
    ):
        return [np.unique(column) for column in np.asarray(y).T]
    return unique_labels(y)


def _parameters(method: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(method).parameters
