"""One fit of each fold, as scikit-learn's searches do it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from sklearn_hpt.engine._data import Fold
from sklearn_hpt.engine.training._base import (
    OneFit,
    Trained,
    TrainingState,
    failure_of,
    fit,
)


class FullFit(OneFit):
    """One fit of a fold's training part."""

    def train(
        self, state: TrainingState, fold: Fold, checkpoints: tuple[int, ...]
    ) -> Iterator[Trained]:
        yield fitted(state.estimator, fold)


def fitted(estimator: Any, fold: Fold) -> Trained:
    """Return what one fit of a fold's training part has reached."""
    start = time.perf_counter()
    error = failure_of(lambda: fit(estimator, fold.training_part(estimator)))
    return Trained(estimator, fold, time.perf_counter() - start, error)
