"""The samplers that searchers with a `sampler` parameter take."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sklearn_hpt.samplers import BaseSampler, BayesSampler, GeneticSampler, RandomSampler
from sklearn_hpt.space import Key, Space

NAMED_SAMPLERS: dict[str, type[BaseSampler]] = {
    "random": RandomSampler,
    "bayes": BayesSampler,
    "genetic": GeneticSampler,
}

_MAX_REPEATS = 1000


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
        return _Borrowed(copy.deepcopy(make), space, initial_params)
    if callable(make):
        made = make(space, random_state=random_state, initial_params=initial_params)
        return made if isinstance(made, BaseSampler) else _Borrowed(made, space, ())
    raise TypeError(
        f"sampler={sampler!r} must be one of {sorted(NAMED_SAMPLERS)}, a sampler's class, or an "
        "object with ask and tell."
    )


class _Borrowed:
    """A sampler of the user's, held to what all samplers promise.

    Nothing is proposed twice, nor what the space's constraint refuses.
    """

    def __init__(
        self, sampler: Any, space: Space, initial_params: Iterable[Mapping[str, Any]]
    ) -> None:
        self._sampler = sampler
        self._space = space
        self._initial = deque(dict(params) for params in initial_params)
        self._seen: set[Key] = set()

    def ask(self) -> dict[str, Any] | None:
        for _ in range(_MAX_REPEATS):
            params = self._initial.popleft() if self._initial else self._sampler.ask()
            if params is None:
                break
            key = self._key(params)
            if key not in self._seen and self._space.allows(params):
                self._seen.add(key)
                return params
        if self._space.constraint is not None and not self._seen:
            raise self._space.constraint.refuses_all()
        return None

    def tell(self, params: Mapping[str, Any], score: float | None) -> None:
        self._sampler.tell(params, score)

    def withdraw(self, params: Mapping[str, Any]) -> None:
        if hasattr(self._sampler, "withdraw"):
            self._sampler.withdraw(params)

    def _key(self, params: Mapping[str, Any]) -> Key:
        try:
            return self._space.key_of(params)
        except ValueError as error:
            raise ValueError(
                f"sampler={self._sampler!r} proposes what is not in param_distributions: {error} "
                "Make it of a Space of the same distributions."
            ) from error
