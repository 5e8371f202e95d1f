"""The samplers that searchers with a `sampler` parameter take."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sklearn_hpt.samplers import BaseSampler, BayesSampler, GeneticSampler, RandomSampler
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
) -> Any:
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
        return _WithInitial(copy.deepcopy(make), initial_params)
    if callable(make):
        return make(space, random_state=random_state, initial_params=initial_params)
    raise TypeError(
        f"sampler={sampler!r} must be one of {sorted(NAMED_SAMPLERS)}, a sampler's class, or an "
        "object with ask and tell."
    )


class _WithInitial:
    """A sampler of the user's, after configurations that are to be tried first."""

    def __init__(self, sampler: Any, initial_params: Iterable[Mapping[str, Any]]) -> None:
        self._sampler = sampler
        self._initial = [dict(params) for params in initial_params]

    def ask(self) -> dict[str, Any] | None:
        return self._initial.pop(0) if self._initial else self._sampler.ask()

    def tell(self, params: Mapping[str, Any], score: float | None) -> None:
        self._sampler.tell(params, score)
