"""The samplers that searchers with a `sampler` parameter take."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sklearn_hpt.samplers import (
    BaseSampler,
    BayesSampler,
    GeneticSampler,
    RandomSampler,
    Sampler,
    UserSampler,
)
from sklearn_hpt.space import Space

NAMED_SAMPLERS: dict[str, type[BaseSampler]] = {
    "random": RandomSampler,
    "bayes": BayesSampler,
    "genetic": GeneticSampler,
}


def make_sampler(
    sampler: Any,
    space: Space,
    *,
    random_state: np.random.Generator,
    initial_params: Iterable[Mapping[str, Any]],
) -> Sampler:
    """Return the sampler that a user asked for.

    Parameters
    ----------
    sampler : "random", "bayes", "genetic", callable or object
        A name, a sampler's class or another callable that takes what :class:`BaseSampler` takes,
        or an object with ``ask`` and ``tell``, which is copied.
    space : Space
        The space to search.
    random_state : numpy.random.Generator
        Seed of a sampler that is made; an object has its own.
    initial_params : iterable of dict
        Configurations to propose first.

    Raises
    ------
    TypeError
        If it is none of these.
    """
    make = NAMED_SAMPLERS.get(sampler, sampler) if isinstance(sampler, str) else sampler
    if not isinstance(make, type) and hasattr(make, "ask") and hasattr(make, "tell"):
        return UserSampler(copy.deepcopy(make), space, initial_params)
    if callable(make):
        made = make(space, random_state=random_state, initial_params=initial_params)
        return made if isinstance(made, BaseSampler) else UserSampler(made, space)
    raise TypeError(
        f"sampler={sampler!r} must be one of {sorted(NAMED_SAMPLERS)}, a sampler's class, or an "
        "object with ask and tell."
    )
