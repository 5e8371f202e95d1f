"""Units of training: epochs, boosting rounds, iterations."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sklearn.base import clone

from sklearn_hpt._trial import FoldResult, Step
from sklearn_hpt.engine._histogram_boosting import HistogramStages
from sklearn_hpt.engine._pipeline import Transformers, last_step_params
from sklearn_hpt.engine._resource import TrainingData, fit
from sklearn_hpt.engine._stages import Stages, stages_of
from sklearn_hpt.engine._trainers import (
    Anew,
    Epochs,
    Trainer,
    continuing_trainer,
)

if TYPE_CHECKING:
    from sklearn_hpt.engine._evaluation import CrossValidation, FoldScoring


@dataclass(frozen=True)
class Training:
    """Units of training of an estimator, or of the last step of a pipeline.

    Attributes
    ----------
    name : str or None
        The parameter that is the amount; None counts passes over the data by ``partial_fit``.
    is_of_last_step : bool
        Whether the last step of a pipeline is trained, and the others are fitted once.
    classes : object
        All classes, for the first ``partial_fit`` of a classifier.
    continues : bool
        Whether a step goes on from where another ended, if the estimator can.
    """

    name: str | None = None
    is_of_last_step: bool = False
    classes: Any = None
    continues: bool = True

    def evaluate(
        self, data: CrossValidation, step: Step, fold: int, state: Learner | None
    ) -> tuple[FoldResult, Any]:
        train, test = data.splits[fold]
        learner = state or self._learner(data.candidate(step.trial))
        results: list[FoldResult] = []
        with data.propagation(step, fold, learner.estimator):
            scoring = learner.scoring or data.scoring(learner.estimator, fold, train, test)
            learner.scoring = scoring
            start = time.perf_counter()
            error = data.error_of(lambda: learner.load(*data.part(learner.estimator, train)))
            for leap in learner.leaps(step.checkpoints):
                before = learner.amount
                error = error or data.error_of(partial(learner.train, leap[-1]))
                seconds = (time.perf_counter() - start) / (leap[-1] - before)
                for amount in leap:
                    share, before = seconds * (amount - before), amount
                    results.append(
                        data.failed_fit(error, share)
                        if error
                        else scoring.result(learner.at(amount), share)
                    )
                start = time.perf_counter()
        learner.unload()
        can_go_on = self.continues and learner.can_continue and error is None
        return data.finished(step, fold, results), learner if can_go_on else None

    def refit(self, estimator: Any, X: Any, y: Any, params: Mapping[str, Any], amount: int) -> Any:
        if self.name is not None:
            return fit(estimator.set_params(**{self.name: amount}), X, y, params)
        learner = self._learner(estimator)
        learner.load(X, y, params)
        learner.train(amount)
        return learner.estimator

    def can_continue(self, estimator: Any) -> bool:
        """Whether training of an estimator goes on from where it ended."""
        return self.continues and self._learner(clone(estimator)).can_continue

    def is_costly_to_resume(self, estimator: Any) -> bool:
        """Whether reaching several checkpoints at once saves more than the dispatch."""
        return self._learner(clone(estimator)).leaps_over_checkpoints

    def _learner(self, estimator: Any) -> Learner:
        model = estimator.steps[-1][1] if self.is_of_last_step else estimator
        transformers = Transformers(estimator) if self.is_of_last_step else None
        return Learner(estimator, self._trainer_of(model), transformers)

    def _trainer_of(self, model: Any) -> Trainer:
        if self.name is None:
            return Epochs(self.classes)
        own = self.name.rpartition("__")[2] if self.is_of_last_step else self.name
        return continuing_trainer(model, own) or Anew(own)


class Learner:
    """An estimator in training.

    Parameters
    ----------
    estimator : estimator
        What is trained.
    trainer : Trainer
        How.
    transformers : Transformers or None
        Those of the pipeline whose last step is trained, if it is one.

    Attributes
    ----------
    estimator : estimator
        The whole estimator, as far as it is trained.
    amount : int
        How far that is.
    scoring : FoldScoring or None
        What scores it. Neither this nor what is remembered of the scored data is pickled.
    """

    def __init__(self, estimator: Any, trainer: Trainer, transformers: Transformers | None) -> None:
        self.estimator = estimator
        self.amount = 0
        self._trainer = trainer
        self._transformers = transformers
        self.scoring: FoldScoring | None = None
        self._data: TrainingData | None = None
        self._stages: Stages | HistogramStages | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "scoring": None, "_data": None, "_stages": None}

    @property
    def can_continue(self) -> bool:
        """Whether training goes on from where it ended, rather than starting again."""
        return self._trainer.can_continue

    def load(self, X: Any, y: Any, params: Mapping[str, Any]) -> None:
        """Take the data to train on, the same each time."""
        if self._transformers is not None:
            X, params = (
                self._transformers.transform(X, y, params),
                last_step_params(self.estimator, params),
            )
        self._data = TrainingData(X, y, params)

    def unload(self) -> None:
        """Let go of all that holds data until training goes on."""
        self._data = self._stages = self.scoring = None
        if self._transformers is not None:
            self._transformers.forget_data()

    @property
    def leaps_over_checkpoints(self) -> bool:
        """Whether what was passed in training can still be scored."""
        return Stages.has(self._model)

    def leaps(self, checkpoints: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield the checkpoints that one call of :meth:`train` reaches together."""
        if self.leaps_over_checkpoints:
            yield checkpoints
        else:
            yield from ((amount,) for amount in checkpoints)

    def train(self, amount: int) -> None:
        """Train on until an amount is reached."""
        if self._data is None:
            raise RuntimeError("Load the data before training.")
        model = self._trainer.train(self._model, self._data, self.amount, amount)
        self.amount = amount
        self.estimator = self._with_model(model)
        self._stages = stages_of(model, amount, self._stages)

    def at(self, amount: int) -> Any:
        """Return the estimator, to be scored, as it was at an amount that training passed last."""
        model = self._model if self._stages is None else self._stages.at(amount)
        return model if self._transformers is None else self._transformers.followed_by(model)

    @property
    def _model(self) -> Any:
        return self.estimator if self._transformers is None else self.estimator.steps[-1][1]

    def _with_model(self, model: Any) -> Any:
        if self._transformers is None or model is self._model:
            return model if self._transformers is None else self.estimator
        whole = copy.copy(self.estimator)
        whole.steps = [*whole.steps[:-1], (whole.steps[-1][0], model)]
        return whole
