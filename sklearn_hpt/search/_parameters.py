"""Checks of the space against the estimator, and where to start."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklearn.base import BaseEstimator, clone

from sklearn_hpt.space import Space, SubSpace

_MAX_OWNERS = 100


def check_parameter_names(estimator: BaseEstimator, space: Space) -> None:
    """Raise ValueError if the estimator has no parameter of some name in the space.

    A name may belong to an estimator that is itself a choice, as ``"model__C"`` where
    ``"model"`` is searched; all choices must have it, since all are combined with it.
    """
    known = clone(estimator).get_params(deep=True)
    for subspace in space.subspaces:
        for name, dimension in subspace.dimensions.items():
            if name in known and not any(name.startswith(f"{o}__") for o in subspace.dimensions):
                continue
            value = dimension.median
            for owners in _owners(name, subspace):
                error = _setting_error(estimator, owners, name, value)
                if error is not None:
                    remedy = (
                        " Search choices that have different parameters in dicts of their own: "
                        "param_distributions may be a list of dicts."
                        if owners
                        else ""
                    )
                    raise ValueError(
                        f"Invalid parameter {name!r} in param_distributions: {error}{remedy}"
                    ) from error


def _owners(name: str, subspace: SubSpace) -> Iterator[dict[str, Any]]:
    """Go through the searched estimators that a parameter belongs to, outermost first."""
    outer = sorted((o for o in subspace.dimensions if name.startswith(f"{o}__")), key=len)
    choices = [getattr(subspace.dimensions[o], "values", ()) for o in outer]
    for combination in itertools.islice(itertools.product(*choices), _MAX_OWNERS):
        yield dict(zip(outer, combination, strict=True))


def _setting_error(
    estimator: BaseEstimator, owners: Mapping[str, Any], name: str, value: Any
) -> Exception | None:
    probe = clone(estimator)
    try:
        for owner, choice in owners.items():
            probe.set_params(**{owner: clone(choice, safe=False)})
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
        If an entry is not a dict, or names parameters or values outside of the space, or is
        refused by its constraint.
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
        try:
            points.append(space.complete(given, defaults))
        except ValueError as error:
            raise ValueError(
                f"initial_params has {dict(given)!r}, which is not in the search space: {error}. "
                "Give parameters and values of one dict of param_distributions. Results of another "
                "search, some of which may lie outside, are for initial_results."
            ) from error
        if not space.allows(points[-1]):
            raise ValueError(
                f"initial_params has {dict(given)!r}, which is {points[-1]!r} in full and refused "
                f"by constraint={space.constraint!r}. Leave it out, or give parameters that the "
                "constraint allows."
            )
    return points
