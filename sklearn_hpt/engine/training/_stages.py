"""An ensemble as it was when it had fewer members."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sklearn_hpt.engine.training._histogram_boosting import HistogramStages, is_histogram_boosting
from sklearn_hpt.engine.training._latest import Latest

_METHODS = ("predict", "predict_proba", "decision_function")
# How the predictions of boosters are limited to their first rounds.
_LIMITS: dict[str, Callable[[int], Any]] = {
    "num_iteration": lambda n: n,  # LightGBM
    "iteration_range": lambda n: (0, n),  # XGBoost
}


class Stages:
    """Views of a fitted ensemble after each of its members, for one pass from few to many.

    Parameters
    ----------
    model : estimator
        With ``staged_predict`` and the like, as scikit-learn's boosting has, or whose ``predict``
        takes the number of rounds, as LightGBM's and XGBoost's.
    n_members : int
        How many there are.
    """

    def __init__(self, model: Any, n_members: int) -> None:
        self._model = model
        self._n_members = n_members
        self._replays = {method: Latest(partial(_Replay, model, method)) for method in _METHODS}

    @staticmethod
    def has(model: Any) -> bool:
        """Whether a model, fitted or not, can be viewed at its stages."""
        return hasattr(model, "staged_predict") or _limit_of(model) is not None

    def at(self, n_members: int) -> Any:
        """Return the model, or a view with its first members only that predicts, and no more."""
        if n_members == self._n_members:
            return self._model
        view = copy.copy(self._model)
        limit = _limit_of(self._model)
        for method in _METHODS:
            if limit is not None and hasattr(self._model, method):
                own = getattr(self._model, method)
                replacement = partial(own, **{limit: _LIMITS[limit](n_members)})
            elif hasattr(self._model, f"staged_{method}"):
                replacement = partial(self._replayed, method, n_members)
            else:
                continue
            vars(replacement)["__name__"] = method  # scorers look it up
            setattr(view, method, replacement)
        return view

    def _replayed(self, method: str, n_members: int, X: Any) -> Any:
        return self._replays[method](X).until(n_members)


def stages_of(
    model: Any, n_members: int, earlier: Stages | HistogramStages | None
) -> Stages | HistogramStages:
    """Return views of a model that was trained on, given those from before that."""
    if is_histogram_boosting(model):
        return HistogramStages(model, earlier if isinstance(earlier, HistogramStages) else None)
    return Stages(model, n_members)


class _Replay:
    """A method's output stage by stage, each computed once."""

    def __init__(self, model: Any, method: str, X: Any) -> None:
        self._outputs: Iterator[Any] = getattr(model, f"staged_{method}")(X)
        self._n_done = 0
        self._output: Any = None

    def until(self, n: int) -> Any:
        """Return the output of the n-th stage; of the last one if there are fewer."""
        while self._n_done < n and (output := next(self._outputs, None)) is not None:
            self._output, self._n_done = output, self._n_done + 1
        return self._output


def _limit_of(model: Any) -> str | None:
    """Return the keyword of ``predict`` that limits it to the first rounds, if there is one."""
    parameters = inspect.signature(model.predict).parameters if hasattr(model, "predict") else ()
    return next((name for name in _LIMITS if name in parameters), None)
