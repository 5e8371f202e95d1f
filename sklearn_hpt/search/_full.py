"""What the searchers share that fit every trial once, in full."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

from sklearn_hpt._sklearn import Interval
from sklearn_hpt._trial import Sampler, Scheduler
from sklearn_hpt.schedulers import FullResource
from sklearn_hpt.search._base import BaseSearch
from sklearn_hpt.search._plan import Plan, Run, in_starting_order
from sklearn_hpt.search._problem import Problem
from sklearn_hpt.search._results import Row


@dataclass(frozen=True)
class FullPlan(Plan):
    """Fit each trial once, and perhaps leave out folds.

    Attributes
    ----------
    early_discard : bool, default=False
        Whether to give up trials that are unlikely to be the best.
    """

    early_discard: bool = False

    @property
    def spreads_folds(self) -> bool:
        return self.early_discard

    def n_concurrent_trials(self, is_exhaustive: bool, n_jobs: int | None) -> int:
        # Nothing is learned from the trials before if the next ones are known beforehand.
        if is_exhaustive and not self.early_discard:
            return self.n_trials
        return super().n_concurrent_trials(is_exhaustive, n_jobs)

    def scheduler(self, sampler: Sampler) -> Scheduler:
        return FullResource(sampler, self.n_trials, early_discard=self.early_discard)

    def rows(self, run: Run) -> list[Row]:
        rows = []
        for result in in_starting_order(run.results):
            n_run = len(result.finished_folds)
            columns = {"n_splits_evaluated": n_run} if self.early_discard else {}
            rows.append(Row(dict(result.step.trial.params), result.folds, columns))
        return rows

    def refit(self, estimator: Any, row: int, cv_results: Mapping[str, Any]) -> Any:
        n_evaluated = cv_results.get("n_splits_evaluated", {row: self.data.n_splits})[row]
        if n_evaluated < self.data.n_splits:
            warnings.warn(
                f"refit has chosen a trial that early_discard gave up after {n_evaluated} of "
                f"{self.data.n_splits} folds. Choose among the rows of cv_results_ whose "
                "n_splits_evaluated is n_splits_.",
                UserWarning,
                stacklevel=5,
            )
        return super().refit(estimator, row, cv_results)


class FullResourceSearch(BaseSearch):
    """A search that fits each trial once, and may leave out folds.

    A subclass names its sampler in `_make_sampler`, and has the parameters `n_iter` and
    `early_discard`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearch._parameter_constraints,
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "early_discard": ["boolean"],
    }

    n_iter: int
    early_discard: bool

    def _plan(self, problem: Problem) -> FullPlan:
        n_trials = int(min(self.n_iter, problem.space.size))
        return FullPlan(n_trials, problem.data(), early_discard=self.early_discard)
