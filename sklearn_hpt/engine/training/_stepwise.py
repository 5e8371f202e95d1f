"""Training in units: epochs, boosting rounds, iterations."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn.base import clone

from sklearn_hpt.engine._data import Fold, Part
from sklearn_hpt.engine.training._base import Trained, failure_of, fit
from sklearn_hpt.engine.training._continuing import continuing_trainer
from sklearn_hpt.engine.training._from_scratch import FromScratch
from sklearn_hpt.engine.training._histogram_boosting import HistogramStages
from sklearn_hpt.engine.training._partial_fit import Epochs
from sklearn_hpt.engine.training._pipelines import Transformers, last_step_params
from sklearn_hpt.engine.training._stages import Stages, stages_of
from sklearn_hpt.engine.training._trainer import Trainer


@dataclass(frozen=True)
class StepwiseTraining:
    """Training an estimator, or the last step of a pipeline, unit by unit.

    Attributes
    ----------
    name : str or None
        The parameter that is the resource; None counts passes over the data by ``partial_fit``.
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

    def start(self, estimator: Any) -> StepwiseState:
        model = estimator.steps[-1][1] if self.is_of_last_step else estimator
        transformers = Transformers(estimator) if self.is_of_last_step else None
        return StepwiseState(estimator, self._trainer_of(model), transformers)

    def train(
        self, state: StepwiseState, fold: Fold, checkpoints: tuple[int, ...]
    ) -> Iterator[Trained]:
        start = time.perf_counter()
        error = failure_of(lambda: state.load(fold.training_part(state.estimator)))
        for group in state.jumps(checkpoints):
            before = state.resource
            error = error or failure_of(partial(state.train, group[-1]))
            seconds = (time.perf_counter() - start) / (group[-1] - before)
            for level in group:
                yield Trained(
                    None if error else state.at(level),
                    fold,
                    seconds * (level - before),
                    error,
                    state if self.continues and state.can_continue and not error else None,
                )
                before = level
            start = time.perf_counter()
        state.unload()

    def refit(self, estimator: Any, data: Part, resource: int | None) -> Any:
        if self.name is not None:
            return fit(estimator.set_params(**{self.name: resource}), data)
        state = self.start(estimator)
        state.load(data)
        state.train(int(resource or 0))
        return state.estimator

    def can_continue(self, estimator: Any) -> bool:
        return self.continues and self.start(clone(estimator)).can_continue

    def is_costly_to_resume(self, estimator: Any) -> bool:
        return self.start(clone(estimator)).jumps_over_checkpoints

    def _trainer_of(self, model: Any) -> Trainer:
        if self.name is None:
            return Epochs(self.classes)
        own = self.name.rpartition("__")[2] if self.is_of_last_step else self.name
        return continuing_trainer(model, own) or FromScratch(own)


class StepwiseState:
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
    resource : int
        How far that is.
    """

    def __init__(self, estimator: Any, trainer: Trainer, transformers: Transformers | None) -> None:
        self.estimator = estimator
        self.resource = 0
        self._trainer = trainer
        self._transformers = transformers
        self._data: Part | None = None
        self._stages: Stages | HistogramStages | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_data": None, "_stages": None}

    @property
    def can_continue(self) -> bool:
        """Whether training goes on from where it ended, rather than starting again."""
        return self._trainer.can_continue

    def load(self, data: Part) -> None:
        """Take the data to train on, the same each time."""
        if self._transformers is not None:
            X = self._transformers.transform(data.X, data.y, data.params)
            data = Part(X, data.y, last_step_params(self.estimator, data.params))
        self._data = data

    def unload(self) -> None:
        """Let go of all that holds data until training goes on."""
        self._data = self._stages = None
        if self._transformers is not None:
            self._transformers.forget_data()

    @property
    def jumps_over_checkpoints(self) -> bool:
        """Whether what was passed in training can still be scored."""
        return Stages.has(self._model)

    def jumps(self, checkpoints: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield the checkpoints that one call of :meth:`train` reaches together."""
        if self.jumps_over_checkpoints:
            yield checkpoints
        else:
            yield from ((level,) for level in checkpoints)

    def train(self, resource: int) -> None:
        """Train on until a resource level is reached."""
        if self._data is None:
            raise RuntimeError("Load the data before training.")
        model = self._trainer.train(self._model, self._data, self.resource, resource)
        self.resource = resource
        self.estimator = self._with_model(model)
        self._stages = stages_of(model, resource, self._stages)

    def at(self, resource: int) -> Any:
        """Return the estimator, to be scored, as it was at a level that training passed last."""
        model = self._model if self._stages is None else self._stages.at(resource)
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
