"""What a search was given, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sklearn_hpt.engine import Data
from sklearn_hpt.search._initial_results import EarlierTrial
from sklearn_hpt.space import Space


@dataclass(frozen=True, repr=False)
class Problem:
    """What a search was given, checked.

    Attributes
    ----------
    estimator : estimator
        What is tuned.
    X, y : array-like
        The data.
    space : Space
        What is searched.
    initial_params : list of dict
        Configurations to try first.
    earlier : list of EarlierTrial
        Trials of other searches.
    cv : cross-validator
        Splits the data.
    scorer : callable
        Scores a fold.
    refit_metric : str
        The metric that the best row is chosen by.
    metadata : mapping
        What was passed to fit beside the data.
    routed : Bunch
        Where it goes.
    sampler_rng, plan_rng : numpy.random.Generator
        Sources of randomness, of the search's own.
    """

    estimator: Any
    X: Any
    y: Any
    space: Space
    initial_params: list[dict[str, Any]]
    earlier: list[EarlierTrial]
    cv: Any
    scorer: Any
    refit_metric: str
    metadata: Mapping[str, Any]
    routed: Any
    sampler_rng: np.random.Generator
    plan_rng: np.random.Generator

    @cached_property
    def splits(self) -> list[tuple[Any, Any]]:
        """Indices of the folds, drawn once: an unseeded splitter would draw others next time."""
        options = self.routed.splitter.split
        splits = list(self.cv.split(self.X, self.y, **options))
        n_splits = self.cv.get_n_splits(self.X, self.y, **options)
        if len(splits) != n_splits:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {n_splits} splits, got {len(splits)}"
            )
        if not splits:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates? "
                f"cv={self.cv!r} yields no split."
            )
        return splits

    def data(self, method: str = "fit") -> Data:
        """Return the data and how they are split, with what is routed to a method that trains."""
        trained_with = getattr(self.routed.estimator, method)
        return Data(self.X, self.y, self.splits, trained_with, self.routed.scorer.score)

    @property
    def sample_weight(self) -> dict[str, Any] | None:
        """The part of the metadata that callbacks receive."""
        return sample_weight_of(self.metadata)


def sample_weight_of(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the part of fit's metadata that callbacks receive."""
    weight = params.get("sample_weight")
    return None if weight is None else {"sample_weight": weight}
