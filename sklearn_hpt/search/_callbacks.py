"""scikit-learn's callbacks, called in the process of the search.

scikit-learn 1.9 has callbacks; before it there are none, and everything here does nothing.
Its own searchers pickle their context tree with every task, which costs more than a small fit,
so here hooks are called in this process only. They reach the estimators of the folds that run in
it, inline or in threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import BaseSearchCV, check_method_params, safe_indexing
from sklearn_hpt._trial import Step
from sklearn_hpt.engine import CrossValidation


class SearchCallbacks:
    """The tasks of a search, as callbacks see them.

    Parameters
    ----------
    search : BaseSearchCV
        The searcher.
    X, y : array-like
        Its data.
    metadata : mapping or None
        Its sample weights, if there are any.
    """

    def __init__(
        self, search: BaseSearchCV, X: Any, y: Any, metadata: Mapping[str, Any] | None
    ) -> None:
        self._search = search
        self._data = {"X": X, "y": y, "metadata": metadata}
        self._root = None
        if hasattr(search, "_init_callback_context"):
            self._root = search._init_callback_context(
                max_subtasks=1 + (search.refit is not False)
            ).call_on_fit_task_begin(estimator=search, **self._data)

    @contextmanager
    def searching(
        self, evaluation: CrossValidation, n_steps: int | None
    ) -> Iterator[FoldCallbacks | None]:
        """Be the task of running all steps; give the callbacks of their folds."""
        if self._root is None:
            yield None
            return
        context = self._root.subcontext(
            task_name="search",
            max_subtasks=None if n_steps is None else n_steps * evaluation.n_splits,
            sequential_subtasks=False,
        ).call_on_fit_task_begin(estimator=self._search)
        is_heard = bool(getattr(self._search, "_skl_callbacks", None))
        yield FoldCallbacks(self._search, context, evaluation) if is_heard else None
        context.call_on_fit_task_end(estimator=self._search)

    @contextmanager
    def refitting(self, estimator: Any) -> Iterator[None]:
        """Be the task of fitting the best estimator on all data."""
        if self._root is None:
            yield
            return
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._data)
            yield
        context.call_on_fit_task_end(estimator=self._search, **self._data)

    def end(self) -> None:
        """End the search's own task."""
        if self._root is not None:
            self._root.call_on_fit_task_end(estimator=self._search, **self._data)


class FoldCallbacks:
    """Calls the hooks of each fold, in the process of the search.

    Parameters
    ----------
    search : BaseSearchCV
        The searcher.
    context : CallbackContext
        The task that the folds are part of.
    evaluation : CrossValidation
        What a fold is.
    """

    def __init__(self, search: BaseSearchCV, context: Any, evaluation: CrossValidation) -> None:
        self._search = search
        self._context = context
        self._evaluation = evaluation
        self._positions: dict[tuple[int, int | None], int] = {}  # of steps, as they start
        self._folds: dict[tuple[int, int], Any] = {}
        self._begun_elsewhere: set[tuple[int, int]] = set()

    def fold_started(self, step: Step, fold: int, is_local: bool) -> None:
        """Open a task; one that runs elsewhere begins at once."""
        self._positions.setdefault((step.trial.number, step.resource), len(self._positions))
        key = self._key(step, fold)
        context = self._context.subcontext(
            task_name="candidate-split-evaluation",
            task_id=key[0] * self._evaluation.n_splits + fold,
        )
        self._folds[key] = context
        if not is_local:
            self._begun_elsewhere.add(key)
            context.call_on_fit_task_begin(estimator=self._search, **self._training_data(fold))

    def fold_finished(self, step: Step, fold: int) -> bool:
        """Call the hooks for the end of a task; return whether one wants the search to end."""
        context = self._folds.pop(self._key(step, fold))
        return bool(
            context.call_on_fit_task_end(estimator=self._search, **self._training_data(fold))
        )

    @contextmanager
    def propagation(self, step: Step, fold: int, estimator: BaseEstimator) -> Iterator[None]:
        key = self._key(step, fold)
        if key in self._begun_elsewhere:  # on a cluster within this process
            yield
            return
        context = self._folds[key]
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._training_data(fold))
            yield

    def _key(self, step: Step, fold: int) -> tuple[int, int]:
        return self._positions[step.trial.number, step.resource], fold

    def _training_data(self, fold: int) -> dict[str, Callable[[], Any]]:
        # A hook that does not ask for the data should not cost a copy of it.
        data = self._evaluation
        train, _ = data.splits[fold]
        return {
            "X": lambda: safe_indexing(data.X, train),
            "y": lambda: None if data.y is None else safe_indexing(data.y, train),
            "metadata": lambda: sample_weight_of(
                check_method_params(data.X, params=data.fit_params, indices=train)
            ),
        }


def sample_weight_of(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the part of fit's parameters that callbacks receive."""
    weight = params.get("sample_weight")
    return None if weight is None else {"sample_weight": weight}
