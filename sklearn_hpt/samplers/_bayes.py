"""Bayesian optimisation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc
from threadpoolctl import threadpool_limits

from sklearn_hpt.samplers._acquisition import log_expected_improvement
from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.samplers._candidates import ranked_candidates
from sklearn_hpt.samplers._encoding import Encoder
from sklearn_hpt.samplers._gaussian_process import GaussianProcess
from sklearn_hpt.samplers._score_transforms import gaussian_like
from sklearn_hpt.space import Point, Space

_N_INCUMBENTS = 5
_MAX_EXHAUSTIVE = 2000


class BayesSampler(BaseSampler):
    """Proposes where a Gaussian process expects the largest improvement.

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
        has axes.

    Examples
    --------
    >>> from sklearn_hpt.samplers import BayesSampler
    >>> from sklearn_hpt.space import Space
    >>> sampler = BayesSampler(Space({"x": (0.0, 1.0)}), random_state=0)
    >>> for _ in range(20):
    ...     params = sampler.ask()
    ...     sampler.tell(params, -((params["x"] - 0.3) ** 2))
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
    ) -> None:
        super().__init__(space, random_state=random_state, initial_params=initial_params)
        n = space.n_axes + 1 if n_initial_points is None else n_initial_points
        self._design = iter(_sobol(space, n, self.rng))
        self._encode = Encoder(space.axes)
        self._model = GaussianProcess(self._encode.feature_axis) if space.n_axes else None

    def propose(self) -> Point | None:
        """Return the new point of the largest expected improvement."""
        for point in self._design:
            if self.is_new(point):
                return point
        if self._model is None or np.isfinite(self.scores).sum() < 2:
            return self.random_point()
        # BLAS threads cost more than they give at this size.
        with threadpool_limits(1):
            candidates = self._candidates(self._model)
        promising = next(filter(self.is_new, candidates), None)
        return self.random_point() if promising is None else promising

    def _candidates(self, model: GaussianProcess) -> NDArray[np.float64]:
        """Return points from the most promising one down."""
        points = self.points
        targets = gaussian_like(self.scores)
        features = self._encode(points)
        model.fit(features, targets)
        best = model.predict(features)[0].max()
        believer = model.condition_on(self._encode(self.pending)) if self._pending else model

        def acquisition(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return log_expected_improvement(*believer.predict(self._encode(points)), best)

        if self.space.size <= _MAX_EXHAUSTIVE:
            listed = np.array(list(self.space.enumerate() or ()))
            return listed[np.argsort(-acquisition(listed), kind="stable")]
        incumbents = points[np.argsort(-targets, kind="stable")[:_N_INCUMBENTS]]
        return ranked_candidates(self.space, acquisition, incumbents, self.rng)


def _sobol(space: Space, n_points: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return scrambled Sobol points, shape (n_points, n_axes)."""
    if space.n_axes == 0 or n_points == 0:
        return np.empty((0, space.n_axes))
    exponent = int(np.ceil(np.log2(max(n_points, 2))))
    sequence = qmc.Sobol(space.n_axes, rng=rng).random_base2(exponent)
    return space.canonical(sequence[:n_points])
