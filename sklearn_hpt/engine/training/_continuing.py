"""Which trainer lets an estimator go on."""

from __future__ import annotations

import inspect
from typing import Any

from sklearn_hpt.engine.training._boosting import Boosting
from sklearn_hpt.engine.training._histogram_boosting import (
    HISTOGRAM_CLASSES,
    HistogramBoosting,
    is_histogram_boosting,
)
from sklearn_hpt.engine.training._trainer import Trainer
from sklearn_hpt.engine.training._warm_start import WarmStart

_BOOSTER_KEYWORDS = ("init_model", "xgb_model")  # LightGBM, XGBoost


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
    keyword = next(
        (k for k in _BOOSTER_KEYWORDS if k in inspect.signature(model.fit).parameters), None
    )
    if keyword is not None and name == "n_estimators" and name in has:
        return Boosting(name, keyword)
    if name == "max_iter" and is_histogram_boosting(model):
        return HistogramBoosting()
    if has.get("solver") == "liblinear":  # which ignores warm_start
        return None
    if "warm_start" in has and name in has and name in ("n_estimators", "max_iter"):
        return WarmStart(name, name == "n_estimators" or isinstance(model, HISTOGRAM_CLASSES))
    return None
