"""Which way of training a name of a resource means for an estimator."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from sklearn_hpt.engine.training._continuing import continuing_trainer
from sklearn_hpt.engine.training._partial_fit import classes_of
from sklearn_hpt.engine.training._stepwise import StepwiseTraining

_COUNTS = ("n_estimators", "max_iter")


def training_of(estimator: Any, name: str, y: Any, *, continues: bool) -> StepwiseTraining:
    """Return training in units of a resource.

    Parameters
    ----------
    estimator : estimator
        What is trained.
    name : str
        One of its parameters, or "epochs".
    y : array-like or None
        Its target.
    continues : bool
        Whether to go on with training where the estimator can.

    Raises
    ------
    ValueError
        If the estimator has no such parameter, or no ``partial_fit`` for epochs.
    """
    is_pipeline = isinstance(estimator, Pipeline)
    if is_parameter(estimator, name):
        owner = name.rpartition("__")[0]
        is_of_last_step = is_pipeline and owner == estimator.steps[-1][0]
        return StepwiseTraining(name, is_of_last_step, continues=continues)
    if name != "epochs":
        raise ValueError(
            f"Cannot use resource={name} which is not supported by estimator "
            f"{type(estimator).__name__}: it is none of its parameters. Use one of them, "
            "'n_samples', or 'epochs' if the estimator has partial_fit."
        )
    model = _trained(estimator)
    if not hasattr(model, "partial_fit"):
        raise ValueError(
            f"Cannot use resource='epochs' which is not supported by estimator "
            f"{type(model).__name__}: it has no partial_fit. Name a numeric parameter, as "
            "'max_iter' or 'n_estimators', or use 'n_samples'."
        )
    refused = _refused_by_partial_fit(model)
    if refused is not None:
        raise ValueError(
            f"resource='epochs' calls partial_fit, which {type(model).__name__} refuses with "
            f"{refused}: set that otherwise, or name another resource, as 'max_iter'."
        )
    return StepwiseTraining(None, is_pipeline, classes_of(model, y), continues)


def is_parameter(estimator: Any, name: str) -> bool:
    """Whether a resource is a parameter of an estimator, rather than epochs or samples."""
    is_epochs = name == "epochs" and hasattr(_trained(estimator), "partial_fit")
    return name in estimator.get_params() and not is_epochs


def training_resource(estimator: Any) -> str:
    """Return the name of what an estimator can be trained in units of.

    Raises
    ------
    ValueError
        If there is nothing.
    """
    model = _trained(estimator)
    if hasattr(model, "partial_fit") and _refused_by_partial_fit(model) is None:
        return "epochs"
    prefix = f"{estimator.steps[-1][0]}__" if isinstance(estimator, Pipeline) else ""
    for name in _COUNTS:
        if hasattr(model, "fit") and continuing_trainer(model, name) is not None:
            return prefix + name
    raise ValueError(
        f"resource='auto' found nothing to train {type(model).__name__} by: it has neither "
        "partial_fit nor warm_start with n_estimators or max_iter. Name the parameter that is the "
        f"amount of training, as resource='{prefix}max_depth', or use resource='n_samples'."
    )


def _refused_by_partial_fit(model: Any) -> str | None:
    """Return what scikit-learn's own estimators refuse partial_fit for, if it is set."""
    if not type(model).__module__.startswith("sklearn."):
        return None
    params = model.get_params(deep=False)
    for name, value in (("early_stopping", True), ("class_weight", "balanced")):
        if isinstance(params.get(name), type(value)) and params[name] == value:
            return f"{name}={value!r}"
    return None


def _trained(estimator: Any) -> Any:
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
