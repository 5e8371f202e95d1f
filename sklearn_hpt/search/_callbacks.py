"""scikit-learn's callbacks, called in the process of the search.

scikit-learn 1.9 has callbacks; before it there are none, and everything here does nothing.
Its own searchers pickle their context tree with every task, which costs more than a small fit,
so here hooks are called in this process only. They reach the estimators of the folds that run in
it, inline or in threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import (
    BaseSearchCV,
    begin_callback_context,
    check_method_params,
    has_callbacks,
    safe_indexing,
)
from sklearn_hpt._trial import FoldResult, Step
from sklearn_hpt.engine import Data, Observer
from sklearn_hpt.search._plan import Plan
from sklearn_hpt.search._problem import Problem, sample_weight_of


class SearchCallbacks:
    """The tasks of a search, as callbacks see them.

    Parameters
    ----------
    search : BaseSearchCV
        The searcher.
    problem : Problem
        What it was given.
    """

    def __init__(self, search: BaseSearchCV, problem: Problem) -> None:
        self._search = search
        self._given = {"X": problem.X, "y": problem.y, "metadata": problem.sample_weight}
        n_subtasks = 1 + (search.refit is not False)
        self._root = begin_callback_context(search, n_subtasks, self._given)

    @contextmanager
    def searching(self, plan: Plan) -> Iterator[FoldCallbacks | None]:
        """Be the task of running all steps; give the callbacks of their folds, if there are any."""
        if self._root is None:
            yield None
            return
        n_splits = plan.data.n_splits
        context = self._root.subcontext(
            task_name="search",
            max_subtasks=None if plan.n_steps is None else plan.n_steps * n_splits,
            sequential_subtasks=False,
        ).call_on_fit_task_begin(estimator=self._search)
        is_heard = has_callbacks(self._search)
        yield FoldCallbacks(self._search, context, plan.data) if is_heard else None
        context.call_on_fit_task_end(estimator=self._search)

    @contextmanager
    def refitting(self, estimator: Any) -> Iterator[None]:
        """Be the task of fitting the best estimator on all data."""
        if self._root is None:
            yield
            return
        context = self._root.subcontext(task_name="refit-with-best-params")
        with context.propagate_callback_context(estimator):
            context.call_on_fit_task_begin(estimator=self._search, **self._given)
            yield
        context.call_on_fit_task_end(estimator=self._search, **self._given)

    def end(self) -> None:
        """End the search's own task."""
        if self._root is not None:
            self._root.call_on_fit_task_end(estimator=self._search, **self._given)


class FoldCallbacks(Observer):
    """Calls the hooks of each fold, in the process of the search.

    Parameters
    ----------
    search : BaseSearchCV
        The searcher.
    context : CallbackContext
        The task that the folds are part of.
    data : Data
        What a fold is of.
    """

    def __init__(self, search: BaseSearchCV, context: Any, data: Data) -> None:
        self._search = search
        self._context = context
        self._data = data
        self._positions: dict[tuple[int, int | None], int] = {}  # of steps, as they start
        self._folds: dict[tuple[int, int], Any] = {}
        self._begun_elsewhere: set[tuple[int, int]] = set()

    def fold_started(self, step: Step, fold: int, is_local: bool) -> None:
        """Open a task; one that runs elsewhere begins at once."""
        self._positions.setdefault((step.trial.number, step.resource), len(self._positions))
        key = self._key(step, fold)
        context = self._context.subcontext(
            task_name="candidate-split-evaluation", task_id=key[0] * self._data.n_splits + fold
        )
        self._folds[key] = context
        if not is_local:
            self._begun_elsewhere.add(key)
            context.call_on_fit_task_begin(estimator=self._search, **self._training_data(fold))

    def fold_finished(self, step: Step, fold: int, result: FoldResult) -> bool:
        """Call the hooks for the end of a task; return whether one wants the search to end."""
        context = self._folds.pop(self._key(step, fold))
        return bool(
            context.call_on_fit_task_end(estimator=self._search, **self._training_data(fold))
        )

    @contextmanager
    def around_fit(self, step: Step, fold: int, estimator: BaseEstimator) -> Iterator[None]:
        """Be the task of fitting a fold in this process."""
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
        data = self._data
        train, _ = data.splits[fold]
        return {
            "X": lambda: safe_indexing(data.X, train),
            "y": lambda: None if data.y is None else safe_indexing(data.y, train),
            "metadata": lambda: sample_weight_of(
                check_method_params(data.X, params=data.fit_params, indices=train)
            ),
        }
