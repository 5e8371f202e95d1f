"""Evolution."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from deap import tools
from numpy.typing import NDArray

from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.samplers._deap import CMAStrategy, Individual, Operators
from sklearn_hpt.samplers._designs import sobol_points
from sklearn_hpt.samplers._encoding import Encoder
from sklearn_hpt.samplers._radial_basis import RadialBasis
from sklearn_hpt.space import Point, Space

Array = NDArray[np.float64]

STRATEGIES = ("steady-state", "generational", "cma")

_MUTATION_SIGMAS = (0.05, 0.15)
_RESAMPLED = 0.15
_CMA_SIGMA = 0.25
_MAX_DESIGN = 10
_N_CMA_DESIGN = 8
# Screening: offspring bred for one trial, at most and once this many over the trials told are
# fewer; what is learned from; how much of the choice is distance, in turn.
_MAX_BROOD, _BROOD_BUDGET, _MIN_BROOD = 30, 2000, 2
_N_SPARE = 2  # some children are not new
_N_SCREENING = 100
_RELEARN_SHARE = 1 / 25
_DISTANCE_WEIGHTS = (0.0, 0.1, 0.3, 0.6)


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
        self.crossover_probability = crossover_probability
        self.mutation_probability = (
            max(1.5 / max(space.n_axes, 1), 0.15)
            if mutation_probability is None
            else mutation_probability
        )
        self.tournament_size = tournament_size
        self.population: list[Individual] = []
        self.history = tools.Logbook()
        is_cma = strategy == "cma"
        is_ordered = np.array([axis.is_ordered for axis in space.axes], dtype=bool)
        self._n_offspring = population_size if strategy == "generational" else 1
        self._offspring: list[Individual] = []
        self._generation = 0
        self._operators = Operators(random.Random(int(self.rng.integers(2**63))))
        self._random = self._operators.generator
        self._ordered, self._unordered = np.flatnonzero(is_ordered), np.flatnonzero(~is_ordered)
        n_design = _N_CMA_DESIGN if is_cma else min(population_size, _MAX_DESIGN)
        self._design = deque(sobol_points(space, n_design, self.rng))
        self._parents_of: dict[tuple[float, ...], tuple[int, ...]] = {}
        self._asked: dict[tuple[float, ...], tuple[int, tuple[int, ...]]] = {}
        self._widths = [1 / axis.n_values if axis.n_values else 0.0 for axis in space.axes]
        self._screen = _Screen(Encoder(space.axes)) if space.n_axes and not is_cma else None
        self._cma = _Cma(self._ordered) if is_cma and len(self._ordered) else None

    def ask(self) -> dict[str, Any] | None:
        self._parents_of = {}
        params = super().ask()
        if params is not None:
            key = self.space.key(self._pending[-1][1])
            self._asked[key] = (len(self._asked), self._parents_of.get(key, ()))
        return params

    def propose(self) -> Point | None:
        """Return a new child of the population."""
        while self._design:
            point = self._design.popleft()
            if self.is_new(point):
                return point
        if self.space.n_axes == 0 or len(self.population) < 2:
            return self.random_point()
        brood = self._brood()
        if not brood:
            return self.random_point()
        children = np.array(brood)
        child = children[0 if self._screen is None else self._screen.choice(children)]
        self._parents_of = {
            self.space.key(np.array(individual)): individual.parents for individual in brood
        }
        return child

    def tell(self, params: Mapping[str, Any], score: float | None) -> None:
        point = self.point_of(params)
        super().tell(params, score)
        key = self.space.key(point)
        number, parents = self._asked.setdefault(key, (len(self._asked), ()))
        individual = Individual(point.tolist(), number, parents)
        individual.fitness.values = (-np.inf if score is None else float(score),)
        if self._screen is not None:
            self._screen.learn(point, individual.fitness.values[0])
        self._offspring.append(individual)
        is_founding = len(self.population) < self.population_size
        if is_founding or len(self._offspring) >= self._n_offspring:
            self._replace()
        if self._cma is not None:
            self._cma.learn(individual, self.population[0])
        self._record(individual)

    def _replace(self) -> None:
        """Let the best of parents and children survive."""
        survivors = tools.selBest(self.population + self._offspring, self.population_size)
        self.population = survivors
        self._offspring = []
        self._generation += 1

    def _record(self, individual: Individual) -> None:
        scores = [member.fitness.values[0] for member in self.population]
        finite = [score for score in scores if math.isfinite(score)]
        own = individual.fitness.values[0]
        self.history.record(
            trial=individual.number,
            generation=self._generation,
            parents=individual.parents,
            score=own if math.isfinite(own) else np.nan,
            best=max(finite, default=np.nan),
            mean=sum(finite) / len(finite) if finite else np.nan,
            diversity=float(np.std(self.population, axis=0).mean()) if len(individual) else 0.0,
        )

    def _brood(self) -> list[Individual]:
        """Return new and different children."""
        n = 1
        if self._screen is not None:
            n = int(np.clip(_BROOD_BUDGET / len(self._scores), _MIN_BROOD, _MAX_BROOD))
        bred = [self._child() for _ in range(n + _N_SPARE)]
        points = self.space.canonical(np.array(bred))
        brood: dict[tuple[float, ...], Individual] = {}
        for individual, point in zip(bred, points, strict=True):
            if len(brood) < n and self.is_new(point):
                child = Individual(point.tolist(), parents=individual.parents)
                brood.setdefault(self.space.key(point), child)
        return list(brood.values())

    def _child(self) -> Individual:
        mother = self._parent(self.population)
        if self._cma is not None and self._cma.is_started:
            genes = self._awoken(
                self._with_mutant_choices(self._cma.draw(mother, self.rng)), mother
            )
            return Individual(genes, parents=(mother.number,))
        if self._random.random() < _RESAMPLED:
            return Individual(self.rng.random(self.space.n_axes).tolist())
        parents, genes = {mother.number}, list(mother)
        if self._random.random() < self.crossover_probability:
            father = self._parent(self._kin(mother))
            parents.add(father.number)
            genes = self._crossed(mother, father)
        genes = self._with_mutant_choices(self._with_steps(genes))
        return Individual(self._awoken(genes, mother), parents=tuple(sorted(parents)))

    def _parent(self, candidates: list[Individual]) -> Individual:
        chosen: Individual = self._operators.tournament(candidates, 1, self.tournament_size)[0]
        return chosen

    def _kin(self, mother: Individual) -> list[Individual]:
        """Return the members of the population that are of the same sub-space."""
        if len(self.space.subspaces) == 1:
            return self.population
        return [member for member in self.population if member[0] == mother[0]]

    def _crossed(self, mother: Individual, father: Individual) -> list[float]:
        child = list(mother)
        for columns, cross in (
            (self._ordered, self._operators.cross_ordered),
            (self._unordered, self._operators.cross_choices),
        ):
            genes, _ = cross([mother[k] for k in columns], [father[k] for k in columns])
            for column, gene in zip(columns, genes, strict=True):
                child[column] = gene
        return child

    def _with_steps(self, genes: list[float]) -> list[float]:
        """Mutate ordered genes, by a step no shorter than one value's width."""
        sigma = self._random.choice(_MUTATION_SIGMAS)
        steps = [max(sigma, self._widths[k]) for k in self._ordered]
        (moved,) = self._operators.mutate_ordered(
            [genes[k] for k in self._ordered], 0.0, steps, self.mutation_probability
        )
        child = list(genes)
        for column, gene in zip(self._ordered, moved, strict=True):
            child[column] = min(max(gene, 0.0), 1.0)
        return child

    def _with_mutant_choices(self, genes: list[float]) -> list[float]:
        child = list(genes)
        for column in self._unordered:
            if self._random.random() < self.mutation_probability:
                child[column] = self._random.random()
        return child

    def _awoken(self, genes: list[float], mother: Individual) -> list[float]:
        """Draw what the mother, of another sub-space, has no value of."""
        child = list(genes)
        if len(self.space.subspaces) > 1:
            is_awake = self.space.active(np.array(child)) & ~self.space.active(np.array(mother))
            for column in np.flatnonzero(is_awake):
                child[column] = self._random.random()
        return child


class _Screen:
    """Chooses the most promising of a brood."""

    def __init__(self, encode: Callable[[Array], Array]) -> None:
        self._encode = encode
        self._points: list[Point] = []
        self._scores: list[float] = []
        self._n_learned = 0
        self._n_chosen = 0
        self._model = RadialBasis()

    def learn(self, point: Point, score: float) -> None:
        self._points.append(point)
        self._scores.append(score)

    def choice(self, children: Array) -> int:
        """Return the position of the child to try."""
        n_told = len(self._scores)
        if n_told - self._n_learned >= max(1, n_told * _RELEARN_SHARE):
            self._fit()
            self._n_learned = n_told
        weight = _DISTANCE_WEIGHTS[self._n_chosen % len(_DISTANCE_WEIGHTS)]
        self._n_chosen += 1
        values, distances = self._model.predict(self._encode(children))
        return int(np.argmax((1 - weight) * _unit(values) + weight * _unit(distances)))

    def _fit(self) -> None:
        """Learn the ranks of the best and the latest trials."""
        scores = np.array(self._scores)
        latest = np.arange(max(0, len(scores) - _N_SCREENING // 2), len(scores))
        best = np.argsort(-scores, kind="stable")[: _N_SCREENING // 2]
        kept = np.union1d(best, latest)
        ranks = np.empty(len(kept))
        ranks[np.argsort(scores[kept], kind="stable")] = np.linspace(0, 1, len(kept))
        self._model.fit(self._encode(np.array([self._points[i] for i in kept])), ranks)


class _Cma:
    """Covariance matrix adaptation of the ordered coordinates."""

    def __init__(self, columns: NDArray[np.intp]) -> None:
        self._columns = columns
        self._strategy: CMAStrategy | None = None
        self._told: list[Individual] = []
        self._n_founders = 0

    @property
    def is_started(self) -> bool:
        return self._strategy is not None

    def learn(self, individual: Individual, best: Individual) -> None:
        if self._strategy is None:
            self._n_founders += 1
            if self._n_founders >= _N_CMA_DESIGN:
                self._strategy = CMAStrategy([best[k] for k in self._columns], _CMA_SIGMA)
            return
        own = Individual([individual[k] for k in self._columns])
        own.fitness.values = individual.fitness.values
        self._told.append(own)
        if len(self._told) >= self._strategy.lambda_:
            self._strategy.update(self._told)
            self._told = []

    def draw(self, genes: list[float], rng: np.random.Generator) -> list[float]:
        """Return genes with the ordered ones drawn."""
        drawn = list(genes)
        if self._strategy is not None:
            for column, gene in zip(self._columns, self._strategy.draw(rng), strict=True):
                drawn[column] = min(max(float(gene), 0.0), 1.0)
        return drawn


def _unit(values: Array) -> Array:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros(len(values))
