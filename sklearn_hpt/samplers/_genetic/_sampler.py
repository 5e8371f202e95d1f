"""Evolution."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
from deap import tools

from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.samplers._designs import sobol_points
from sklearn_hpt.samplers._encoding import Encoder
from sklearn_hpt.samplers._genetic._covariance import CovarianceAdaptation
from sklearn_hpt.samplers._genetic._individuals import Fame, Individual, fittest
from sklearn_hpt.samplers._genetic._preselection import Screen
from sklearn_hpt.samplers._genetic._variation import Breeder, Parents
from sklearn_hpt.space import Key, Point, Space

_MAX_DESIGN = 10
_N_CMA_DESIGN = 8
# Offspring bred for one trial: at most, and once this many over the trials told are fewer.
_MAX_BROOD, _BROOD_BUDGET, _MIN_BROOD = 30, 2000, 2
_N_SPARE = 2  # some children are not new
_MAX_FURTHER_LITTERS = 7
# The offspring of many trials are bred at once where there were many: it costs less.
_LITTER_SHARE = 1 / 50


class GeneticSampler(BaseSampler):
    """Breeds parameters from the best ones so far.

    The first trials are space-filling. Then parents are chosen by tournament, and a child takes
    after both: simulated binary crossover on ordered parameters, uniform crossover on choices,
    then mutation; some children are drawn anew instead. A brood is bred for each trial, and the
    child is tried that a quick model of the best and the latest scores, and its distance from
    them, speak for [1]_.

    Parameters
    ----------
    space : Space
        The space to search.
    random_state : int, numpy.random.Generator or None, default=None
        Seed of the sampler's own generator.
    initial_params : iterable of dict, default=()
        Configurations to propose first.
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
    history : deap.tools.Logbook
        A record a trial told.

    References
    ----------
    .. [1] Regis and Shoemaker (2013), Combining radial basis function surrogates and dynamic
       coordinate search in high-dimensional expensive black-box optimization, Engineering
       Optimization 45.
    .. [2] Hansen and Ostermeier (2001), Completely derandomized self-adaptation in evolution
       strategies, Evolutionary Computation 9.

    Examples
    --------
    >>> from sklearn_hpt.samplers import GeneticSampler
    >>> from sklearn_hpt.space import Space
    >>> sampler = GeneticSampler(Space({"x": (0.0, 1.0)}), random_state=0)
    >>> for _ in range(60):
    ...     params = sampler.ask()
    ...     sampler.tell(params, -((params["x"] - 0.3) ** 2))
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
        strategy: str = "steady-state",
        population_size: int = 20,
        crossover_probability: float = 0.8,
        mutation_probability: float | None = None,
        tournament_size: int = 3,
    ) -> None:
        super().__init__(space, random_state=random_state, initial_params=initial_params)
        self.population_size = population_size
        self.population: list[Individual] = []
        self.history = tools.Logbook()
        is_cma = strategy == "cma"
        self._n_offspring = population_size if strategy == "generational" else 1
        self._offspring: list[Individual] = []
        self._generation = 0
        self._fame = Fame()
        self._of_population: dict[str, float] = {}
        self._breeder = Breeder(
            space,
            self.rng,
            crossover_probability=crossover_probability,
            mutation_probability=mutation_probability,
            tournament_size=tournament_size,
        )
        n_design = _N_CMA_DESIGN if is_cma else min(population_size, _MAX_DESIGN)
        self._design = deque(sobol_points(space, n_design, self.rng))
        self._bred: deque[tuple[Point, Parents]] = deque()
        self._proposed_parents: Parents = ()
        self._n_asked = 0
        self._asked: dict[Key, tuple[int, Parents]] = {}
        self._metrics: dict[Key, tuple[float, ...]] = {}
        self._screen = (
            Screen(Encoder(space.axes), self.rng) if space.n_axes and not is_cma else None
        )
        numbers = self._breeder.numbers
        self._cma = (
            CovarianceAdaptation(space, numbers, n_design) if is_cma and len(numbers) else None
        )

    @property
    def hall_of_fame(self) -> tools.HallOfFame:
        """The best individual that ever was, or the Pareto front of several scores."""
        return self._fame.hall

    def ask(self) -> dict[str, Any] | None:
        self._proposed_parents = ()
        params = super().ask()
        if params is not None:
            self._note_asked(self._pending[-1][1], self._proposed_parents)
        return params

    def propose(self) -> Point | None:
        """Return a new child of the population."""
        while self._design:
            point = self._design.popleft()
            if self.is_open(point):
                return point
        if self.space.n_axes == 0 or len(self.population) < 2:
            return self.random_point()
        if not self._bred:
            self._breed()
        while self._bred:
            point, parents = self._bred.popleft()
            if self.is_open(point):
                self._proposed_parents = parents
                return point
        return self.random_point()

    def tell_metrics(self, params: Mapping[str, Any], metrics: Mapping[str, float]) -> None:
        """Learn several scores to maximise together, just before the one that guides is told.

        Parameters
        ----------
        params : mapping of str to object
            What was asked for.
        metrics : mapping of str to float
            The scores. The trial has failed if one of them is not finite.
        """
        self._metrics[self.space.key(self.point_of(params))] = tuple(metrics.values())

    def tell(self, params: Mapping[str, Any], score: float | None) -> None:
        point = self.point_of(params)
        super().tell(params, score)
        key = self.space.key(point)
        if key not in self._asked:
            self._note_asked(point, ())
        number, parents = self._asked.pop(key)
        objectives = self._metrics.pop(key, ())
        if score is not None:
            score = float(score) if all(map(math.isfinite, objectives)) else None
        individual = Individual(
            point.tolist(), number, parents, score, () if score is None else objectives
        )
        self._fame.update(individual)
        if self._screen is not None:
            self._screen.learn(individual)
        self._offspring.append(individual)
        is_founding = len(self.population) < self.population_size
        if is_founding or len(self._offspring) >= self._n_offspring:
            self._replace()
        if self._cma is not None:
            self._cma.learn(individual)
        self._record(individual)

    def _note_asked(self, point: Point, parents: Parents) -> None:
        self._asked[self.space.key(point)] = (self._n_asked, parents)
        self._n_asked += 1

    def _replace(self) -> None:
        """Let the best of parents and children survive."""
        survivors = fittest(self.population + self._offspring, self.population_size)
        if {member.number for member in survivors} != {m.number for m in self.population}:
            self._of_population = _statistics(survivors)
        self.population = survivors
        self._offspring = []
        self._generation += 1

    def _record(self, individual: Individual) -> None:
        self.history.record(
            trial=individual.number,
            generation=self._generation,
            parents=individual.parents,
            score=np.nan if individual.score is None else individual.score,
            best=max((member.score for member in self.hall_of_fame), default=np.nan),
            **self._of_population,
        )

    def _breed(self) -> None:
        """Breed children for the next trials, and keep the most promising ones."""
        n_told = len(self._scores)
        n_trials = max(1, int(n_told * _LITTER_SHARE)) if self._cma is None else 1
        n = 1
        if self._screen is not None:
            n = int(np.clip(_BROOD_BUDGET / n_told, _MIN_BROOD, _MAX_BROOD))
        points, parents = self._new_children(n_trials * n, n_trials * _N_SPARE)
        broods = [brood for brood in np.array_split(np.arange(len(points)), n_trials) if len(brood)]
        if not broods:
            return
        chosen = [0] * len(broods)
        if self._screen is not None:
            chosen = self._screen.choices([points[brood] for brood in broods])
        for brood, position in zip(broods, chosen, strict=True):
            child = brood[position]
            self._bred.append((points[child], parents[child]))

    def _new_children(self, n: int, n_spare: int) -> tuple[Any, list[Parents]]:
        """Return at most `n` distinct children that are open, from a litter with some to spare.

        A constraint may refuse most of a litter, which others follow then.
        """
        points, parents = self._children(n + n_spare)
        kept = self.distinct_open(points)
        for _ in range(0 if self.space.constraint is None else _MAX_FURTHER_LITTERS):
            if len(kept) >= n:
                break
            litter, their_parents = self._children(n + n_spare)
            points, parents = np.vstack([points, litter]), parents + their_parents
            kept = self.distinct_open(points)
        return points[kept[:n]], [parents[child] for child in kept[:n]]

    def _children(self, n: int) -> tuple[Any, list[Parents]]:
        if self._cma is not None:
            draw = partial(self._cma.draw, rng=self.rng)
            return self._breeder.drawn_children(self.population, n, draw)
        return self._breeder.children(self.population, n)


def _statistics(population: list[Individual]) -> dict[str, float]:
    scores = [member.score for member in population if member.score is not None]
    return {
        "mean": sum(scores) / len(scores) if scores else np.nan,
        "diversity": float(np.std(population, axis=0).mean()) if population[0] else 0.0,
    }
