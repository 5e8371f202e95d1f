"""The sampler of independent draws."""

from __future__ import annotations

from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.space import Point


class RandomSampler(BaseSampler):
    """Draws from the space's distribution, without repeating a configuration.

    The distribution is that of :class:`sklearn.model_selection.ParameterSampler`.

    Parameters
    ----------
    space : Space
        The space to search.
    random_state : int, numpy.random.Generator or None, default=None
        Seed of the sampler's own generator.
    initial_params : iterable of dict, default=()
        Configurations to propose first.

    Examples
    --------
    >>> from sklearn_hpt.samplers import RandomSampler
    >>> from sklearn_hpt.space import Space
    >>> sampler = RandomSampler(Space({"max_depth": [3, 5]}), random_state=0)
    >>> sorted(sampler.ask()["max_depth"] for _ in range(2))
    [3, 5]
    >>> sampler.ask() is None
    True
    """

    def propose(self) -> Point | None:
        """Return a new point of the space's distribution."""
        return self.random_point()
