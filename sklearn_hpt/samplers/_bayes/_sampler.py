"""The sampler that asks a model of the scores where to look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sklearn_hpt._trial import Outcome
from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.samplers._bayes._acquisition import log_expected_improvement
from sklearn_hpt.samplers._bayes._candidates import ranked_candidates
from sklearn_hpt.samplers._bayes._regions import Choice, Region, Whole, neglected_choice
from sklearn_hpt.samplers._bayes._score_transforms import model_targets, standardised
from sklearn_hpt.samplers._bayes._surrogates import Surrogate, make_surrogate
from sklearn_hpt.samplers._bayes._thinning import informative_subset
from sklearn_hpt.samplers._bayes._threads import single_threaded_blas
from sklearn_hpt.samplers._designs import sobol_points
from sklearn_hpt.samplers._encoding import Encoder
from sklearn_hpt.space import Point, Space

Array = NDArray[np.float64]

_MIN_TOLD = 3
_MIN_TOLD_IN_REGION = 2
_N_DRAWS = 16
_MAX_INITIAL = 8
_N_INCUMBENTS = 5
_MAX_EXHAUSTIVE = 2000
_MAX_MODELLED = 150
# An incumbent is stagnant when this many trials improved on it by less than a part of the
# standard deviation of the scores.
_PATIENCE, _NEGLIGIBLE = 8, 0.02
_OPTIMISM = 3.0


class BayesSampler(BaseSampler):
    """Proposes where a model of the scores expects the largest improvement.

    Trials asked and not yet told are believed to score what the model predicts, so that they are
    not proposed again nearby. All sub-spaces of a conditional space are in one model.

    Parameters
    ----------
    space : Space
        The space to search.
    random_state : int, numpy.random.Generator or None, default=None
        Seed of the sampler's own generator.
    initial_params : iterable of dict, default=()
        Configurations to propose first.
    n_initial_points : int or None, default=None
        Number of space-filling points before the model is asked; None is one more than the space
        has axes, at most 8.
    surrogate : "gp", "forest" or estimator, default="gp"
        The model: a Gaussian process, a random forest, or a regressor whose ``predict`` takes
        ``return_std=True``.
    cost_aware : bool, default=False
        Look for the largest improvement per second, by a model of the seconds that trials took.

    Examples
    --------
    >>> from sklearn_hpt.samplers import BayesSampler, Outcome
    >>> from sklearn_hpt.space import Space
    >>> sampler = BayesSampler(Space({"x": (0.0, 1.0)}), random_state=0)
    >>> for _ in range(20):
    ...     params = sampler.ask()
    ...     sampler.tell(params, Outcome(-((params["x"] - 0.3) ** 2)))
    >>> abs(sampler.ask()["x"] - 0.3) < 0.1
    True
    """

    def __init__(
        self,
        space: Space,
        *,
        random_state: int | np.random.Generator | None = None,
        initial_params: Iterable[Mapping[str, Any]] = (),
        n_initial_points: int | None = None,
        surrogate: str | BaseEstimator = "gp",
        cost_aware: bool = False,
    ) -> None:
        super().__init__(space, random_state=random_state, initial_params=initial_params)
        n = min(space.n_axes + 1, _MAX_INITIAL) if n_initial_points is None else n_initial_points
        self.design.extend(sobol_points(space, n, self.rng))
        self._encode = Encoder(space.axes)
        self._make_model = partial(make_surrogate, surrogate, self._encode, self.rng)
        self._score_model = self._make_model()
        self._choice_models: dict[Choice, Surrogate] = {}
        self._cost_model = make_surrogate("gp", self._encode, self.rng) if cost_aware else None
        self._seconds: list[tuple[Point, float]] = []
        self._n_modelled = 0

    def propose(self) -> Point | None:
        """Return the new point of the largest expected improvement."""
        initial = self.next_of_design()
        if initial is not None:
            return initial
        if self.space.n_axes == 0 or np.isfinite(self.scores).sum() < _MIN_TOLD:
            return self.random_point()
        with single_threaded_blas():
            candidates = self._candidates()
        promising = self.first_open(candidates)
        return self.random_point() if promising is None else promising

    def learn(self, point: Point, outcome: Outcome) -> None:
        """Learn what came of a point, and what it cost."""
        super().learn(point, outcome)
        if self._cost_model is not None and outcome.seconds > 0:  # NaN is not
            self._seconds.append((point, outcome.seconds))

    def _candidates(self) -> Array:
        """Return points from the most promising one down.

        The expected improvement goes on polishing a local optimum by less and less. So every second
        proposal of a stagnant search asks what the least tried choice of some unordered parameter
        that matters can do, by a model of the trials with that choice alone: what matters there may
        not matter under the incumbent's choice, whose many trials a model of all would learn from.
        A space without unordered parameters takes an upper confidence bound instead [1]_.

        .. [1] Srinivas et al. (2010), Gaussian process optimization in the bandit setting, ICML.
        """
        self._n_modelled += 1
        if self._n_modelled % 2 or not self._is_stagnant():
            return self._candidates_in(Whole(), self._score_model)
        tried = np.vstack([self.points, self.pending])
        region = neglected_choice(self.space, tried, self._relevance, self.rng)
        if region is None:
            return self._candidates_in(Whole(), self._score_model, is_optimistic=True)
        if np.isfinite(self.scores[region.holds(self.points)]).sum() < _MIN_TOLD_IN_REGION:
            return region.project(self.space.sample(_N_DRAWS, self.rng))
        if region not in self._choice_models:
            self._choice_models[region] = self._make_model()
        return self._candidates_in(region, self._choice_models[region])

    def _relevance(self, columns: list[int]) -> Array:
        """Return how much the parameters of some axes matter, up to a factor."""
        return self._score_model.relevance(self._encode.parameters[columns])

    def _is_stagnant(self) -> bool:
        """Whether the incumbent has stood for long, or nearly so."""
        so_far = np.maximum.accumulate(model_targets(self.scores))
        n_stagnant = len(so_far) - 1 - np.argmax(so_far >= so_far[-1] - _NEGLIGIBLE)
        return bool(n_stagnant >= _PATIENCE)

    def _candidates_in(
        self, region: Region, surrogate: Surrogate, *, is_optimistic: bool = False
    ) -> Array:
        """Return points of a region of the space, ranked by a model of the trials in it."""
        best_first = self.points[np.argsort(-model_targets(self.scores), kind="stable")]
        is_inside = region.holds(self.points)
        points, targets = self.points[is_inside], model_targets(self.scores[is_inside])
        model, best = self._fitted(surrogate, points, targets, region)
        log_seconds = self._cost_predictor()
        # An upper confidence bound has no meaning per second.
        is_bound = is_optimistic and self._cost_model is None

        def acquisition(points: Array) -> Array:
            features = self._encode(points)
            mean, std = model.predict(features)
            if is_bound:
                return mean + _OPTIMISM * std
            return log_expected_improvement(mean, std, best) - log_seconds(features)

        if self.space.size <= _MAX_EXHAUSTIVE:
            listed = self._listed[region.holds(self._listed)]
            return listed[np.argsort(-acquisition(listed), kind="stable")]
        own_best = points[np.argsort(-targets, kind="stable")[:_N_INCUMBENTS]]
        incumbents = np.vstack([own_best, region.project(best_first[:_N_INCUMBENTS])])
        return ranked_candidates(
            self.space, acquisition, np.unique(incumbents, axis=0), self.rng, region.project
        )

    def _fitted(
        self, surrogate: Surrogate, points: Array, targets: Array, region: Region
    ) -> tuple[Surrogate, float]:
        """Return the model of the trials told and pending, and the best mean at one of them."""
        features = self._encode(points)
        kept = informative_subset(features, targets, _MAX_MODELLED, self.rng)
        model = surrogate.fit(features[kept], targets[kept], len(targets))
        best = model.predict(features)[0].max()
        pending = self.pending[region.holds(self.pending)]
        if len(pending):
            believed = self._encode(pending)
            best = max(best, model.predict(believed)[0].max())
            model = model.condition_on(believed)
        return model, best

    @cached_property
    def _listed(self) -> Array:
        """All points of a small space."""
        return np.array(list(self.space.enumerate() or ()))

    def _cost_predictor(self) -> Callable[[Array], Array | float]:
        """Return the predicted logarithm of seconds, up to a constant."""
        if self._cost_model is None or len(self._seconds) < _MIN_TOLD:
            return lambda _: 0.0
        recent = self._seconds[-_MAX_MODELLED:]
        log_seconds = np.log([seconds for _, seconds in recent])
        scale = log_seconds.std()
        features = self._encode(np.array([point for point, _ in recent]))
        model = self._cost_model.fit(features, standardised(log_seconds), len(self._seconds))
        return lambda features: scale * model.predict(features)[0]
