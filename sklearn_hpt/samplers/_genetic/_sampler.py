"""The sampler that breeds offspring of the best trials."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sklearn_hpt._trial import Outcome
from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.samplers._designs import sobol_points
from sklearn_hpt.samplers._genetic._breeding import make_breeding
from sklearn_hpt.samplers._genetic._individuals import Individual, Parents
from sklearn_hpt.samplers._genetic._selection import Archive, Population
from sklearn_hpt.space import Key, Point, Space

_MAX_DESIGN = 10
_N_CMA_DESIGN = 8


class GeneticSampler(BaseSampler):
    """Breeds parameters from the best ones so far.

    The first trials are space-filling. Then parents are chosen by tournament, and a child takes
    after both: simulated binary crossover on ordered parameters, uniform crossover on choices,
    then mutation; some children are drawn anew instead. A batch of them is bred for each trial, and
    the one is tried that a quick model of the best and the latest scores, and its distance from
    them, speak for [1]_.

    Parameters
    ----------
    space : Space
        The space to search.
    random_state : int, numpy.random.Generator or None, default=None
        Seed of the sampler's own generator.
    initial_params : iterable of dict, default=()
        Configurations to propose first.
    objectives : "score" or "metrics", default="score"
        What is maximised: the score, or all metrics together, if there are several, by the
        selection of NSGA-II [3]_. A trial has then failed if one of its metrics is not finite.
    strategy : "steady-state", "generational" or "cma", default="steady-state"
        Whether a child enters the population at once, in the place of the worst; or all of a
        generation together, so that the best of parents and children survive; or whether ordered
        parameters are drawn by covariance matrix adaptation [2]_.
    population_size : int, default=20
        Number of configurations that may become parents.
    crossover_probability : float, default=0.8
        Probability that a child has two parents.
    mutation_probability : float or None, default=None
        Probability that a parameter mutates; None is 1.5 over the number of parameters, at least
        0.15.
    tournament_size : int, default=3
        Number of configurations of which the best becomes a parent.

    Attributes
    ----------
    history : list of dict
        A record for each trial told: ``trial``, ``generation``, ``parents``, ``score``, ``best``,
        ``mean`` and ``diversity``.
    archive : Archive
        The best individual that ever was, or all that no other dominates.

    References
    ----------
    .. [1] Regis and Shoemaker (2013), Combining radial basis function surrogates and dynamic
       coordinate search in high-dimensional expensive black-box optimization, Engineering
       Optimization 45.
    .. [2] Hansen and Ostermeier (2001), Completely derandomized self-adaptation in evolution
       strategies, Evolutionary Computation 9.
    .. [3] Deb, Pratap, Agarwal and Meyarivan (2002), A fast and elitist multiobjective genetic
       algorithm: NSGA-II, IEEE Transactions on Evolutionary Computation 6.

    Examples
    --------
    >>> from sklearn_hpt.samplers import GeneticSampler, Outcome
    >>> from sklearn_hpt.space import Space
    >>> sampler = GeneticSampler(Space({"x": (0.0, 1.0)}), random_state=0)
    >>> for _ in range(60):
    ...     params = sampler.ask()
    ...     sampler.tell(params, Outcome(-((params["x"] - 0.3) ** 2)))
    >>> best = max(sampler.population, key=lambda individual: individual.fitness)
    >>> abs(best[0] - 0.3) < 0.05
    True
    """

    def __init__(
        self,
        space: Space,
        *,
        random_state: int | np.random.Generator | None = None,
        initial_params: Iterable[Mapping[str, Any]] = (),
        objectives: str = "score",
        strategy: str = "steady-state",
        population_size: int = 20,
        crossover_probability: float = 0.8,
        mutation_probability: float | None = None,
        tournament_size: int = 3,
    ) -> None:
        super().__init__(space, random_state=random_state, initial_params=initial_params)
        is_cma, is_generational = strategy == "cma", strategy == "generational"
        n_design = _N_CMA_DESIGN if is_cma else min(population_size, _MAX_DESIGN)
        self.history: list[dict[str, Any]] = []
        self.archive = Archive()
        self._objectives = objectives
        self._population = Population(population_size, population_size if is_generational else 1)
        self._breeding = make_breeding(
            space,
            self.rng,
            adapts_covariance=is_cma,
            n_design=n_design,
            crossover_probability=crossover_probability,
            mutation_probability=mutation_probability,
            tournament_size=tournament_size,
        )
        self.design.extend(sobol_points(space, n_design, self.rng))
        self._bred: deque[tuple[Point, Parents]] = deque()
        self._parents: dict[Key, Parents] = {}  # of what was asked and not told

    @property
    def population(self) -> list[Individual]:
        """The individuals that may become parents, the fittest first."""
        return self._population.members

    def propose(self) -> Point | None:
        """Return new offspring of the population."""
        initial = self.next_of_design()
        if initial is not None:
            return initial
        if self.space.n_axes == 0 or len(self.population) < 2:
            return self.random_point()
        if not self._bred:
            bred = self._breeding.offspring(self.population, self.n_told, self.distinct_open)
            self._bred.extend(bred)
        while self._bred:
            point, parents = self._bred.popleft()
            if self.is_open(point):
                self._parents[self.space.key(point)] = parents
                return point
        return self.random_point()

    def learn(self, point: Point, outcome: Outcome) -> None:
        """Let a trial compete with the population, and breeding learn of it."""
        super().learn(point, outcome)
        individual = self._individual(point, outcome)
        self.archive.add(individual)
        self._population.add(individual)
        self._breeding.learn(individual)
        self.history.append(
            {
                "trial": individual.number,
                "generation": self._population.generation,
                "parents": individual.parents,
                "score": math.nan if individual.score is None else individual.score,
                "best": self.archive.best_score,
                "mean": self._population.mean,
                "diversity": self._population.diversity,
            }
        )

    def _individual(self, point: Point, outcome: Outcome) -> Individual:
        objectives = tuple(outcome.metrics.values()) if self._objectives == "metrics" else ()
        score = None if outcome.score is None else float(outcome.score)
        if score is None or not all(map(math.isfinite, objectives)):
            score, objectives = None, ()
        parents = self._parents.pop(self.space.key(point), ())
        return Individual(point.tolist(), self.number_of(point), parents, score, objectives)
