"""What a unit of resource is: a full fit, samples, or units of an estimator's training."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from sklearn_hpt._sklearn import fit_and_score
from sklearn_hpt._trial import FoldResult, Step

if TYPE_CHECKING:
    from sklearn_hpt.engine._evaluation import CrossValidation


class Resource(Protocol):
    """A unit of resource, and how a trial comes to have used some."""

    def evaluate(
        self, data: CrossValidation, step: Step, fold: int, state: Any
    ) -> tuple[FoldResult, Any]:
        """Train and score a step's trial on one fold; return what it scored and reached.

        The state reached is None if training cannot go on from it.
        """

    def can_continue(self, estimator: Any) -> bool:
        """Whether an estimator goes on from the state that it reached."""

    def is_costly_to_resume(self, estimator: Any) -> bool:
        """Whether one step over several checkpoints costs much less than a step for each."""

    def refit(self, estimator: Any, X: Any, y: Any, params: Mapping[str, Any], amount: int) -> Any:
        """Fit an estimator to all data with an amount of the resource; return it."""


class _OneFit:
    """What is common to resources that a fit uses up, so that nothing is left to go on with."""

    def can_continue(self, estimator: Any) -> bool:
        return False

    def is_costly_to_resume(self, estimator: Any) -> bool:
        return False

    def refit(self, estimator: Any, X: Any, y: Any, params: Mapping[str, Any], amount: int) -> Any:
        return fit(estimator, X, y, params)


class FullFit(_OneFit):
    """One fit of each fold, as scikit-learn's searches do it."""

    def evaluate(
        self, data: CrossValidation, step: Step, fold: int, state: Any
    ) -> tuple[FoldResult, Any]:
        if data.verbose > 1:  # in scikit-learn's own words
            return self._by_scikit_learn(data, step, fold), None
        return _fitted_and_scored(data, step, fold, *data.splits[fold]), None

    def _by_scikit_learn(self, data: CrossValidation, step: Step, fold: int) -> FoldResult:
        trial = step.trial
        train, test = data.splits[fold]
        estimator = clone(data.estimator)
        with data.propagation(step, fold, estimator):
            output = fit_and_score(
                estimator,
                data.X,
                data.y,
                scorer=data.scorer,
                train=train,
                test=test,
                verbose=data.verbose,
                parameters=trial.params,
                fit_params=data.fit_params,
                score_params=data.score_params,
                return_train_score=data.return_train_score,
                return_n_test_samples=True,
                return_times=True,
                split_progress=(fold, data.n_splits),
                candidate_progress=(trial.number, data.n_trials),
                error_score=data.error_score,
            )
        return FoldResult(**output)


@dataclass(frozen=True)
class Samples(_OneFit):
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

    def evaluate(
        self, data: CrossValidation, step: Step, fold: int, state: Any
    ) -> tuple[FoldResult, Any]:
        results = [
            _fitted_and_scored(
                data, step, fold, *(self._first(order, amount) for order in self.orders[fold])
            )
            for amount in step.checkpoints
        ]
        return data.finished(step, fold, results), None

    def _first(self, order: NDArray[np.intp], amount: int) -> NDArray[np.intp]:
        """Return the share of an order that an amount of all samples is, in the data's order."""
        return np.sort(order[: max(1, amount * len(order) // self.n_samples)])


class TrainingData(NamedTuple):
    """What an estimator is trained on."""

    X: Any
    y: Any
    params: Mapping[str, Any]


def fit(estimator: Any, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
    """Fit an estimator as scikit-learn's searches do, and return it."""
    if y is None:
        estimator.fit(X, **params)
    else:
        estimator.fit(X, y, **params)
    return estimator  # not all estimators return themselves


def _fitted_and_scored(
    data: CrossValidation, step: Step, fold: int, train: Any, test: Any
) -> FoldResult:
    """Fit a trial to some rows and score it on others."""
    estimator = data.candidate(step.trial)
    start = time.perf_counter()
    with data.propagation(step, fold, estimator):
        error = data.error_of(partial(_fit_part, estimator, data, train))
    seconds = time.perf_counter() - start
    if error is not None:
        return data.failed_fit(error, seconds)
    return data.scoring(estimator, fold, train, test).result(estimator, seconds)


def _fit_part(estimator: Any, data: CrossValidation, rows: NDArray[np.intp]) -> None:
    fit(estimator, *data.part(estimator, rows))


def nested_order(
    indices: NDArray[np.intp], labels: NDArray[Any] | None, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return indices in an order whose every beginning is a fair sample of them.

    Parameters
    ----------
    indices : ndarray of shape (n,)
        What to order.
    labels : ndarray of shape (n,) or None
        Classes that each beginning holds in proportion, starting with one sample of each; None
        is a random order.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (n,)
    """
    shuffled = rng.permutation(len(indices))
    if labels is None:
        return indices[shuffled]
    _, codes = np.unique(labels[shuffled], return_inverse=True)
    by_class = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    ranks = np.empty(len(codes))
    ranks[by_class] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    # The k-th of n samples of a class comes after a share of k/n of all; the first ones lead.
    return indices[shuffled[np.argsort(ranks / counts[codes], kind="stable")]]
