"""The sampler for trials that are scored on several rungs, made of a sampler for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sklearn_hpt._trial import Outcome, Sampler
from sklearn_hpt.space import Key, Space

_MAX_REPEATS = 20


class MultiFidelitySampler:
    """A sampler for each rung, of which the highest that knows enough proposes [1]_.

    Scores at different resource levels cannot be compared, so a sampler learns from those of one
    rung. The one of the highest rung with enough of them is the nearest to what is looked for.

    What a rung's sampler has proposed may be told on another rung first, and never on its own. So
    that it does not wait for ever it is then told a score of NaN. The same goes for a proposal that
    another rung's sampler made before.

    Parameters
    ----------
    space : Space
        The space to search.
    sampler : Sampler
        Learns from the lowest rung's scores, and proposes until another knows enough.
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
    >>> from sklearn_hpt.samplers import MultiFidelitySampler, Outcome, RandomSampler
    >>> from sklearn_hpt.space import Space
    >>> space = Space({"x": (0.0, 1.0)})
    >>> sampler = MultiFidelitySampler(
    ...     space,
    ...     RandomSampler(space, random_state=0),
    ...     lambda: RandomSampler(space, random_state=1),
    ... )
    >>> params = sampler.ask()
    >>> sampler.tell(params, Outcome(0.5, rung=0))
    >>> sampler.tell(params, Outcome(0.7, rung=1))
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
        self._n_scored: dict[int, int] = {}
        self._seen: set[Key] = set()
        self._proposers: dict[Key, int] = {}  # rungs whose samplers wait for a configuration

    def ask(self) -> dict[str, Any] | None:
        """Propose parameters never proposed before; None once the space is exhausted."""
        for rung in sorted(self._n_scored, reverse=True):
            if rung > 0 and self._n_scored[rung] >= self._min_told:
                params = self._new(rung, _MAX_REPEATS)
                if params is not None:
                    return params
        # A sampler does not repeat itself, so it cannot go on for longer with what others proposed.
        return self._new(0, len(self._seen))

    def tell(self, params: Mapping[str, Any], outcome: Outcome) -> None:
        """Learn what came of parameters on the outcome's rung."""
        key = self._space.key_of(params)
        self._seen.add(key)
        rung = outcome.rung
        proposer = self._proposers.pop(key, rung)
        if proposer != rung:
            self._samplers[proposer].tell(params, replace(outcome, score=math.nan, metrics={}))
        if rung not in self._samplers:
            self._samplers[rung] = self._make_sampler()
        self._samplers[rung].tell(params, outcome)
        self._n_scored[rung] = self._n_scored.get(rung, 0) + (outcome.score is not None)

    def _new(self, rung: int, max_repeats: int) -> dict[str, Any] | None:
        """Ask a rung's sampler for parameters that no other has proposed."""
        sampler = self._samplers[rung]
        for _ in range(1 + max_repeats):
            params = sampler.ask()
            if params is None:
                return None
            key = self._space.key_of(params)
            if key not in self._seen:
                self._seen.add(key)
                self._proposers[key] = rung
                return params
            sampler.tell(params, Outcome(math.nan))
        return None
