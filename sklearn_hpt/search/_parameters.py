"""Checks of the space against the estimator, and where to start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn.base import BaseEstimator, clone

from sklearn_hpt.space import Space


def check_parameter_names(estimator: BaseEstimator, space: Space) -> None:
    """Raise ValueError if the estimator has no parameter of some name in the space.

    A name may belong to an estimator that is itself a choice, as ``"model__C"`` where
    ``"model"`` is searched; it is valid if one of the choices has it.
    """
    known = clone(estimator).get_params(deep=True)
    for subspace in space.subspaces:
        for name, dimension in subspace.dimensions.items():
            if name in known:
                continue
            owners = [
                {outer: value}
                for outer, owner in subspace.dimensions.items()
                if name.startswith(f"{outer}__")
                for value in getattr(owner, "values", ())
            ]
            value = dimension.decode(0.5)
            errors = [_setting_error(estimator, owner, name, value) for owner in owners or [{}]]
            if all(error is not None for error in errors):
                raise ValueError(
                    f"Invalid parameter {name!r} in param_distributions: {errors[0]}"
                ) from errors[0]


def _setting_error(
    estimator: BaseEstimator, owner: Mapping[str, Any], name: str, value: Any
) -> Exception | None:
    probe = clone(estimator)
    try:
        probe.set_params(**clone(dict(owner), safe=False))
        probe.set_params(**{name: clone(value, safe=False)})
    except (ValueError, TypeError, AttributeError) as error:
        return error
    return None


def starting_points(
    initial_params: str | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None,
    estimator: BaseEstimator,
    space: Space,
) -> list[dict[str, Any]]:
    """Return the configurations to try first.

    Parameters
    ----------
    initial_params : "defaults", dict, list of dict or None
        What the user gave. A dict may leave parameters out.
    estimator : estimator
        Its own values stand for what is left out, where they lie in the space.
    space : Space
        The space.

    Returns
    -------
    list of dict

    Raises
    ------
    TypeError, ValueError
        If an entry is not a dict, or names parameters or values outside of the space.
    """
    if initial_params is None:
        return []
    defaults = estimator.get_params(deep=True)
    if isinstance(initial_params, str):
        initial_params = [{}]
    elif isinstance(initial_params, Mapping):
        initial_params = [initial_params]
    points = []
    for given in initial_params:
        if not isinstance(given, Mapping):
            raise TypeError(f"initial_params must hold dicts, got {given!r}.")
        params = space.complete(given, defaults)
        if params is None:
            raise ValueError(
                f"initial_params has {dict(given)!r}, which is not in the search space: give "
                "parameters and values of one dict of param_distributions."
            )
        points.append(params)
    return points
