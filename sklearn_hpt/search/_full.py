"""What the searchers share that fit every trial once, in full."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import Interval
from sklearn_hpt._trial import StepResult
from sklearn_hpt.engine import FullFit
from sklearn_hpt.samplers import BaseSampler
from sklearn_hpt.schedulers import FullResource, Scheduler
from sklearn_hpt.search._base import BaseSearch, Plan
from sklearn_hpt.search._results import Row, blank_discarded_folds
from sklearn_hpt.space import Space


class FullResourceSearch(BaseSearch):
    """A search that fits each trial once, and may leave out folds.

    A subclass names its sampler in `_make_sampler`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearch._parameter_constraints,
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "early_discard": ["boolean"],
    }

    @abstractmethod
    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        n_iter: int = 50,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[Mapping[str, Any]], int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: int | np.random.RandomState | None = None,
        error_score: str | float = np.nan,
        return_train_score: bool = False,
        initial_params: str | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        max_concurrent_trials: int | None = None,
        reproducible: bool = True,
        early_discard: bool = False,
        timeout: float | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            initial_params=initial_params,
            constraint=constraint,
            max_concurrent_trials=max_concurrent_trials,
            reproducible=reproducible,
            timeout=timeout,
        )
        self.n_iter = n_iter
        self.early_discard = early_discard

    def _make_scheduler(self, sampler: BaseSampler) -> Scheduler:
        """Return the scheduler of one search."""
        return FullResource(sampler, self.n_iter, early_discard=self.early_discard)

    def _plan(
        self,
        X: Any,
        y: Any,
        splits: Sequence[tuple[Any, Any]],
        space: Space,
        rng: np.random.Generator,
    ) -> Plan:
        n_trials = int(min(self.n_iter, space.size))
        return Plan(n_trials, self._make_scheduler, FullFit(), n_trials, splits)

    def _is_blind(self, is_exhaustive: bool) -> bool:
        return is_exhaustive and not self.early_discard

    @property
    def _spreads_folds(self) -> bool:
        return self.early_discard

    def _finish_results(self, rows: Sequence[Row], results: Sequence[StepResult]) -> None:
        if self.early_discard:
            n_evaluated = np.array([len(row.finished_folds) for row in rows])
            blank_discarded_folds(self.cv_results_, n_evaluated, self.n_splits_)

    def _refit(self, *args: Any) -> None:
        n_evaluated = self.cv_results_.get("n_splits_evaluated")
        if n_evaluated is not None and n_evaluated[self.best_index_] < self.n_splits_:
            warnings.warn(
                f"refit={self.refit!r} has chosen a trial that early_discard gave up after "
                f"{n_evaluated[self.best_index_]} of {self.n_splits_} folds. Choose among the "
                "rows of cv_results_ whose n_splits_evaluated is n_splits_.",
                UserWarning,
                stacklevel=3,
            )
        super()._refit(*args)
