"""What a scheduler is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from sklearn_hpt._trial import Step, StepResult


class Scheduler(Protocol):
    """Decides which trials run, how far, and which go on.

    It owns a sampler and never sees data, folds' contents or workers. With reproducible searches
    its decisions may depend only on what it was asked and told, in that order.
    """

    def ask(self) -> Step | None:
        """Return the next step; None if nothing can start until a result is told."""

    def tell(self, result: StepResult) -> Iterable[int]:
        """Learn what came of a step; return the numbers of the trials that have ended.

        The training state of a trial that has ended is freed.
        """

    def is_worth_finishing(self, step: Step, fold_scores: Sequence[float]) -> bool:
        """Say, after each fold, whether the rest of the step is worth running.

        Parameters
        ----------
        step : Step
            A step under way.
        fold_scores : sequence of float
            Guiding scores of its first folds, in the order of the splits.
        """
