"""What a search does, and what becomes of its results."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn_hpt._sklearn import select_best_index
from sklearn_hpt._trial import Sampler, Scheduler, StepResult
from sklearn_hpt.engine import Data, FullFit, Training
from sklearn_hpt.search._results import Row

DEFAULT_CONCURRENT_TRIALS = 2


@dataclass
class Run:
    """One run of a plan.

    Attributes
    ----------
    sampler : Sampler
        What proposes trials.
    scheduler : Scheduler
        What decides which of them go on.
    results : list of StepResult
        What was done, in the order in which it was told.
    """

    sampler: Sampler
    scheduler: Scheduler
    results: list[StepResult] = field(default_factory=list)


@dataclass(frozen=True)
class Plan(ABC):
    """What a search does, and what becomes of its results.

    Attributes
    ----------
    n_trials : int
        How many trials there are, at most.
    data : Data
        What they are trained and scored on.
    training : Training
        How they are trained.
    """

    n_trials: int
    data: Data
    training: Training = field(default_factory=FullFit)

    @property
    def n_steps(self) -> int | None:
        """How many steps there are, at most; None if that is not known."""
        return self.n_trials

    @property
    def spreads_folds(self) -> bool:
        """Whether the first folds of a step may show that the others are not worth running."""
        return False

    def n_concurrent_trials(self, is_exhaustive: bool, n_jobs: int | None) -> int:
        """Return how many trials are under way at a time, unless the user says so.

        Parameters
        ----------
        is_exhaustive : bool
            Whether the whole space is gone through.
        n_jobs : int or None
            As in :class:`joblib.Parallel`.
        """
        return DEFAULT_CONCURRENT_TRIALS

    @property
    def highest_rung(self) -> int:
        """The number of the rung that trials are trained in full on."""
        return 0

    def adapted(self, sampler: Sampler) -> Sampler:
        """Return a sampler as the scheduler needs it."""
        return sampler

    @abstractmethod
    def scheduler(self, sampler: Sampler) -> Scheduler:
        """Return the scheduler of one run, given a sampler that is adapted."""

    @abstractmethod
    def rows(self, run: Run) -> list[Row]:
        """Return the rows of ``cv_results_``."""

    def attributes(
        self, run: Run, cv_results: Mapping[str, Any], best: int | None
    ) -> dict[str, Any]:
        """Return fitted attributes of the search's own; None is no best row."""
        return {}

    def best_index(self, refit: Any, refit_metric: str, cv_results: Mapping[str, Any]) -> Any:
        """Return the best row."""
        return select_best_index(refit, refit_metric, cv_results)

    def resource_of(self, row: int, cv_results: Mapping[str, Any]) -> int | None:
        """Return the resource level to fit a row's parameters with; None is one full fit."""
        return None

    def refit(self, estimator: Any, row: int, cv_results: Mapping[str, Any]) -> Any:
        """Fit an estimator that has a row's parameters to all data; return it."""
        return self.training.refit(estimator, self.data.whole, self.resource_of(row, cv_results))


def in_starting_order(results: Sequence[StepResult]) -> list[StepResult]:
    """Return results by the number of their trial."""
    return sorted(results, key=lambda result: result.step.trial.number)
