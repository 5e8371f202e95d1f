"""What a way of training is, and what it hands over to be scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from sklearn_hpt.engine._data import Fold, Part


class TrainingState(Protocol):
    """What training has reached, and may go on from.

    Attributes
    ----------
    estimator : estimator
        The whole estimator, as far as it is trained.
    """

    estimator: Any


@dataclass(frozen=True, slots=True)
class Trained:
    """What training has reached at a checkpoint.

    Attributes
    ----------
    model : estimator or None
        What is to be scored; None if training failed.
    fold : Fold
        The rows that it was trained on, and those to score it on.
    seconds : float
        How long that took, since the checkpoint before if there is one.
    error : Exception or None, default=None
        Why it failed.
    state : TrainingState or None, default=None
        What training can go on from, once all checkpoints were reached; None if it cannot.
    """

    model: Any
    fold: Fold
    seconds: float
    error: Exception | None = None
    state: TrainingState | None = None


class Training(Protocol):
    """How an estimator is trained. It knows no scorer and no cross-validation."""

    def start(self, estimator: Any) -> TrainingState:
        """Return the state of an estimator that has its parameters and no training."""

    def train(self, state: Any, fold: Fold, checkpoints: tuple[int, ...]) -> Iterator[Trained]:
        """Train on a fold's training part; yield what is reached at each checkpoint.

        Without checkpoints it is one full fit. What is yielded is scored before training goes on.
        The state is one that the training itself has started or reached, and is used up.
        """

    def refit(self, estimator: Any, data: Part, resource: int | None) -> Any:
        """Train an estimator on all data up to a resource level; return it."""

    def can_continue(self, estimator: Any) -> bool:
        """Whether an estimator goes on from the state that it reached."""

    def is_costly_to_resume(self, estimator: Any) -> bool:
        """Whether one step over several checkpoints costs much less than a step for each."""


@dataclass(slots=True)
class Untrained:
    """The state of an estimator whose training cannot go on.

    Attributes
    ----------
    estimator : estimator
        The estimator.
    """

    estimator: Any


class OneFit:
    """What is common to ways of training by one fit, which leaves nothing to go on with."""

    def start(self, estimator: Any) -> TrainingState:
        return Untrained(estimator)

    def refit(self, estimator: Any, data: Part, resource: int | None) -> Any:
        return fit(estimator, data)

    def can_continue(self, estimator: Any) -> bool:
        return False

    def is_costly_to_resume(self, estimator: Any) -> bool:
        return False


def fit(estimator: Any, part: Part) -> Any:
    """Fit an estimator as scikit-learn's searches do, and return it."""
    if part.y is None:
        estimator.fit(part.X, **part.params)
    else:
        estimator.fit(part.X, part.y, **part.params)
    return estimator  # not all estimators return themselves


def failure_of(training: Callable[[], Any]) -> Exception | None:
    """Do what may fail; return what it raised."""
    try:
        training()
    except Exception as error:  # noqa: BLE001  whatever a user's estimator raises
        return error
    return None
