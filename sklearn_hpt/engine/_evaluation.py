"""One fold of a trial: split, train, score, record."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from traceback import format_exception
from typing import Any

from sklearn import config_context, get_config
from sklearn.base import BaseEstimator, clone
from sklearn.utils.parallel import delayed

from sklearn_hpt._trial import FoldResult, Step
from sklearn_hpt.engine._data import Data
from sklearn_hpt.engine._scoring import FoldScoring, Scoring
from sklearn_hpt.engine._shared import dump_by_value, load_by_value
from sklearn_hpt.engine.training import FullFit, Trained, Training, TrainingState


def _warning_filters() -> list[Any]:
    # Python 3.14 may keep them in a context variable.
    return list(getattr(warnings, "_get_filters", lambda: warnings.filters)())


AroundFit = Callable[[Step, int, BaseEstimator], AbstractContextManager[None]]


def _nothing_around(*_: Any) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Evaluation:
    """Everything constant in the evaluation of trials.

    Attributes
    ----------
    estimator : estimator
        Cloned for each fold.
    data : Data
        What trials are trained and scored on.
    scoring : Scoring
        How they are scored.
    training : Training
        How they are trained.
    around_fit : callable
        Entered around the training of a step's fold where that runs in this process.
    config : mapping
        scikit-learn's configuration where the search was started.
    filters : list
        Its warning filters.
    process_id : int
        Its process.
    """

    estimator: BaseEstimator
    data: Data
    scoring: Scoring
    training: Training = field(default_factory=FullFit)
    around_fit: AroundFit = _nothing_around
    config: Mapping[str, Any] = field(default_factory=get_config)
    filters: list[Any] = field(default_factory=_warning_filters, repr=False)
    process_id: int = field(default_factory=os.getpid)

    def __getstate__(self) -> dict[str, Any]:
        # Callbacks stay where they are: their tree of contexts costs more to send than a small fit.
        return {**self.__dict__, "around_fit": _nothing_around}

    @property
    def n_splits(self) -> int:
        """Number of folds."""
        return self.data.n_splits

    @property
    def error_score(self) -> str | float:
        """What a failed fit scores; "raise" lets its error out."""
        return self.scoring.error_score

    def evaluate(self, step: Step, fold: int, state: Any = None) -> tuple[FoldResult, Any]:
        """Train and score a trial on one fold, in whatever process this is called.

        Parameters
        ----------
        step : Step
            What to do.
        fold : int
            On which split.
        state : object, default=None
            The training state to start from, as returned before. It is used up, unless it is
            bytes.

        Returns
        -------
        result : FoldResult
            Its scores.
        state : object
            The training state reached; None if training cannot go on. Bytes if it was reached in
            another process than the search's, which has no use for the estimator itself.

        Raises
        ------
        Exception
            Whatever the fit raised, if `error_score` is "raise".
        """
        if os.getpid() == self.process_id:
            # This process's filters already hold, but a thread has a configuration of its own.
            if get_config() == self.config:
                return self._evaluate(step, fold, state)
            with config_context(**self.config):
                return self._evaluate(step, fold, state)
        state = load_by_value(state) if isinstance(state, bytes) else state
        carried, args, kwargs = delayed(self._evaluate)(step, fold, state)
        carried.with_config_and_warning_filters(self.config, self.filters)
        result, state = carried(*args, **kwargs)
        return result, _packed(state)

    def failed(self, error: str, n_checkpoints: int = 1) -> FoldResult:
        """Return the result of a fold that could not be evaluated, at so many checkpoints."""
        is_validated = self.data.validation is not None
        failure = self.scoring.failure(error, is_validated=is_validated)
        return _joined([failure] * n_checkpoints)

    def _evaluate(
        self, step: Step, fold: int, state: TrainingState | None
    ) -> tuple[FoldResult, TrainingState | None]:
        started = time.time()
        state = self._started(step, state)
        results: list[FoldResult] = []
        scoring: FoldScoring | None = None
        reached = None
        with self.around_fit(step, fold, state.estimator):
            for trained in self.training.train(state, self.data.fold(fold), step.checkpoints):
                reached = trained.state
                if trained.error is not None:
                    results.append(self._failed_fit(trained, started))
                    continue
                if scoring is None or scoring.fold is not trained.fold:
                    scoring = self.scoring.on(trained.fold, state.estimator)
                results.append(scoring.result(trained.model, trained.seconds, started))
        return _joined(results), reached

    def _started(self, step: Step, state: TrainingState | None) -> TrainingState:
        """Return the state to train on, with the parameters of the step's trial."""
        if state is not None and step.continue_from == step.trial.number:
            return state
        params = clone(dict(step.trial.params), safe=False)  # they may be estimators
        if state is None:
            return self.training.start(clone(self.estimator).set_params(**params))
        state.estimator.set_params(**params)
        return state

    def _failed_fit(self, trained: Trained, started: float) -> FoldResult:
        error = trained.error
        if error is not None and self.error_score == "raise":
            raise error
        failure = self.scoring.failure(
            "".join(format_exception(error)), is_validated=self.data.validation is not None
        )
        return replace(
            failure,
            fit_time=trained.seconds,
            score_time=0.0,
            started=started,
            finished=time.time(),
        )


def _packed(state: TrainingState | None) -> bytes | None:
    """Return a training state as bytes; None, so that training starts again, if it has no such."""
    try:
        return None if state is None else dump_by_value(state)
    except Exception:  # noqa: BLE001  pickling runs whatever code it meets
        return None


def _joined(results: Sequence[FoldResult]) -> FoldResult:
    """Return the last result, with those before it as intermediate ones."""
    if len(results) == 1:
        return results[0]
    return replace(results[-1], intermediate=tuple(results[:-1]))
