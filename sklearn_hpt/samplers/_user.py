"""The sampler that holds an object of the user's to what all samplers promise."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from sklearn_hpt._trial import Outcome, Sampler
from sklearn_hpt.space import Key, Space

_MAX_REPEATS = 1000


class UserSampler:
    """A sampler of the user's, of which nothing is taken twice, nor what the space does not hold.

    Parameters
    ----------
    sampler : object with ask and tell
        ``ask()`` returns parameters, or None if it has no more; ``tell(params, outcome)`` hears
        what came of them.
    space : Space
        The space to search.
    initial_params : iterable of dict, default=()
        Configurations to propose first.

    Raises
    ------
    ValueError
        From `ask`, if the proposal is not in the space, or its constraint refuses all proposals.

    Examples
    --------
    >>> from sklearn_hpt.samplers import UserSampler
    >>> from sklearn_hpt.space import Space
    >>> class Stubborn:
    ...     def ask(self):
    ...         return {"x": 3}
    ...
    ...     def tell(self, params, outcome): ...
    >>> sampler = UserSampler(Stubborn(), Space({"x": [1, 2, 3]}))
    >>> sampler.ask()
    {'x': 3}
    >>> sampler.ask() is None
    True
    """

    def __init__(
        self,
        sampler: Sampler,
        space: Space,
        initial_params: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self._sampler = sampler
        self._space = space
        self._initial = deque(dict(params) for params in initial_params)
        self._seen: set[Key] = set()

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None if the user's sampler has no more.

        One that does nothing but repeat itself is taken to have no more.
        """
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

    def tell(self, params: Mapping[str, Any], outcome: Outcome) -> None:
        """Pass on what came of parameters, whether they were asked for or not."""
        self._seen.add(self._space.key_of(params))
        self._sampler.tell(params, outcome)

    def _key(self, params: Mapping[str, Any]) -> Key:
        try:
            return self._space.key_of(params)
        except ValueError as error:
            raise ValueError(
                f"sampler={self._sampler!r} proposes what is not in param_distributions: {error} "
                "Make it of a Space of the same distributions."
            ) from error
