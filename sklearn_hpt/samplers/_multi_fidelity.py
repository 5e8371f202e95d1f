"""Any sampler, for trials that are scored at several amounts of resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn_hpt.samplers._base import Sampler
from sklearn_hpt.space import Key, Space

_MAX_REPEATS = 20


class MultiFidelitySampler:
    """A sampler for each rung, of which the highest that knows enough proposes [1]_.

    Scores at different amounts of resource cannot be compared, so a sampler is told those of one
    rung. The one of the highest rung with enough of them is the nearest to what is looked for.

    Parameters
    ----------
    space : Space
        The space to search.
    sampler : Sampler
        Is told the lowest rung's scores, and proposes until another knows enough.
    make_sampler : callable
        Returns a sampler of the same space for another rung.
    min_told : float or None, default=None
        How many scores are enough; None is two more than the space has axes.

    References
    ----------
    .. [1] Falkner, Klein and Hutter (2018), BOHB: robust and efficient hyperparameter optimization
       at scale, ICML.

    Examples
    --------
    >>> from sklearn_hpt.samplers import MultiFidelitySampler, RandomSampler
    >>> from sklearn_hpt.space import Key, Space
    >>> space = Space({"x": (0.0, 1.0)})
    >>> sampler = MultiFidelitySampler(
    ...     space,
    ...     RandomSampler(space, random_state=0),
    ...     lambda: RandomSampler(space, random_state=1),
    ... )
    >>> params = sampler.ask()
    >>> sampler.tell(params, 0.5, rung=0)
    >>> sampler.tell(params, 0.7, rung=1)
    """

    def __init__(
        self,
        space: Space,
        sampler: Sampler,
        make_sampler: Callable[[], Sampler],
        min_told: float | None = None,
    ) -> None:
        self._space = space
        self._samplers: dict[int, Sampler] = {0: sampler}
        self._make_sampler = make_sampler
        self._min_told = space.n_axes + 2 if min_told is None else min_told
        self._n_told: dict[int, int] = {}
        self._seen: set[Key] = set()
        self._proposers: dict[int, int] = {}  # rungs, by the id of parameters not told so far

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""
        for rung in sorted(self._n_told, reverse=True):
            if rung > 0 and self._n_told[rung] >= self._min_told:
                params = self._new(rung, _MAX_REPEATS)
                if params is not None:
                    return params
        # The lowest may have to go through all that the others have proposed.
        return self._new(0, _MAX_REPEATS + len(self._seen))

    def tell(self, params: Mapping[str, Any], score: float | None, rung: int) -> None:
        """Learn what parameters scored on a rung; larger is better, None is a failure."""
        proposer = self._proposers.pop(id(params), rung)
        if proposer != rung:  # it may never get as far as that, and would be pending for ever
            _withdraw(self._samplers[proposer], params)
        if rung not in self._samplers:
            self._samplers[rung] = self._make_sampler()
        self._samplers[rung].tell(params, score)
        self._n_told[rung] = self._n_told.get(rung, 0) + (score is not None)

    def _new(self, rung: int, max_repeats: int) -> dict[str, Any] | None:
        """Ask a rung's sampler for parameters that no other has proposed."""
        sampler = self._samplers[rung]
        for _ in range(max_repeats + 1):
            params = sampler.ask()
            if params is None:
                return None
            key = self._space.key_of(params)
            if key not in self._seen:
                self._seen.add(key)
                self._proposers[id(params)] = rung
                return params
            _withdraw(sampler, params)
        return None


def _withdraw(sampler: Any, params: Mapping[str, Any]) -> None:
    """Tell a sampler not to wait for a score, if it is one that does."""
    if hasattr(sampler, "withdraw"):
        sampler.withdraw(params)
