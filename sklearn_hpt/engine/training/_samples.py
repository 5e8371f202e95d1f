"""Training on a part of the samples, each part holding the smaller ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from sklearn_hpt.engine._data import Fold
from sklearn_hpt.engine.training._base import OneFit, Trained, TrainingState
from sklearn_hpt.engine.training._full_fit import fitted


@dataclass(frozen=True)
class Samples(OneFit):
    """Training on a part of the samples, each part holding the smaller ones.

    Attributes
    ----------
    n_samples : int
        How many samples there are.
    orders : sequence of (train, test)
        The indices of each split, in the order in which samples are added.
    """

    n_samples: int
    orders: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]

    def train(
        self, state: TrainingState, fold: Fold, checkpoints: tuple[int, ...]
    ) -> Iterator[Trained]:
        for n_samples in checkpoints:
            part = fold.narrowed(
                *(self._first(order, n_samples) for order in self.orders[fold.number])
            )
            is_last = n_samples == checkpoints[-1]
            yield fitted(state.estimator if is_last else clone(state.estimator), part)

    def _first(self, order: NDArray[np.intp], n_samples: int) -> NDArray[np.intp]:
        """Return the share of an order that so many of all samples are, in the data's order."""
        return np.sort(order[: max(1, n_samples * len(order) // self.n_samples)])
