"""What all searchers share."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state
from sklearn.utils.validation import indexable

from sklearn_hpt._sklearn import (
    BaseSearchCV,
    Interval,
    StrOptions,
    check_method_params,
    fit_context,
)
from sklearn_hpt._trial import FoldResult, StepResult
from sklearn_hpt.engine import CrossValidation, Engine, Resource
from sklearn_hpt.samplers import BaseSampler, GridSampler
from sklearn_hpt.schedulers import Scheduler
from sklearn_hpt.search._callbacks import SearchCallbacks, sample_weight_of
from sklearn_hpt.search._parameters import check_parameter_names, starting_points
from sklearn_hpt.search._results import Row, fold_outputs, own_columns
from sklearn_hpt.space import Space

DEFAULT_CONCURRENT_TRIALS = 2


@dataclass(frozen=True)
class Plan:
    """How much there is to do, and who decides what comes next.

    Attributes
    ----------
    n_trials : int
        How many trials there are, at most.
    make_scheduler : callable
        Returns the scheduler, given the sampler.
    resource : Resource
        What a unit of resource is.
    n_steps : int or None
        How many steps there are, at most; None if that is not known.
    splits : sequence of (train, test)
        Indices of the folds.
    validation : sequence of ndarray or None
        What was set aside of the training parts.
    """

    n_trials: int
    make_scheduler: Callable[[BaseSampler], Scheduler]
    resource: Resource
    n_steps: int | None
    splits: Sequence[tuple[Any, Any]]
    validation: Sequence[NDArray[np.intp]] | None = None


class BaseSearch(BaseSearchCV):
    """A search whose trials come from a sampler, under a scheduler, run by the engine.

    A subclass names its sampler in `_make_sampler` and its scheduler in `_plan`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list],
        "random_state": ["random_state"],
        "initial_params": [StrOptions({"defaults"}), dict, list, None],
        "constraint": [callable, None],
        "max_concurrent_trials": [Interval(Integral, 1, None, closed="left"), None],
        "reproducible": ["boolean"],
        "timeout": [Interval(Real, 0, None, closed="neither"), None],
    }

    @abstractmethod
    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[Mapping[str, Any]], int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: int | np.random.RandomState | None = None,
        error_score: str | float = np.nan,
        return_train_score: bool = False,
        initial_params: str | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        max_concurrent_trials: int | None = None,
        reproducible: bool = True,
        timeout: float | None = None,
    ) -> None:
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.param_distributions = param_distributions
        self.random_state = random_state
        self.initial_params = initial_params
        self.constraint = constraint
        self.max_concurrent_trials = max_concurrent_trials
        self.reproducible = reproducible
        self.timeout = timeout

    @abstractmethod
    def _make_sampler(
        self,
        space: Space,
        *,
        random_state: np.random.Generator,
        initial_params: Iterable[Mapping[str, Any]],
    ) -> BaseSampler:
        """Return the sampler of one search."""

    @abstractmethod
    def _plan(
        self,
        X: Any,
        y: Any,
        splits: Sequence[tuple[Any, Any]],
        space: Space,
        rng: np.random.Generator,
    ) -> Plan:
        """Return what is to be done with the data, or say what is wrong before any fit."""

    def _rows(self, results: Sequence[StepResult], scheduler: Scheduler) -> list[Row]:
        """Return the rows of ``cv_results_``: one a trial, in starting order."""
        results = sorted(results, key=lambda result: result.step.trial.number)
        return [Row(dict(result.step.trial.params), result.folds) for result in results]

    def _store_history(self, sampler: BaseSampler, results: Sequence[StepResult]) -> None:
        """Keep what sampler and results can tell of the search; nothing unless a subclass does."""

    @property
    def _best_amount(self) -> int:
        """The resource to fit the best parameters with; where there is none, any number."""
        return 0

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> BaseSearch:
        """Search for the best parameters, then fit the estimator with them on all data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features) or (n_samples, n_samples)
            Training vectors, where `n_samples` is the number of samples and `n_features` is the
            number of features; for a precomputed kernel or distance matrix, the matrix.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Target relative to `X`; None for unsupervised learning.
        **params : dict of str to object
            Metadata for the estimator's ``fit``, the scorer and the splitter, as in
            :class:`sklearn.model_selection.RandomizedSearchCV`: values with a length of
            `n_samples` are split along with `X`, `groups` goes to the splitter.

        Returns
        -------
        self : object
            The fitted searcher.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the search space is invalid, before any fit; if all fits failed.
        KeyboardInterrupt
            After an interrupt, with ``cv_results_`` and ``best_params_`` of the finished trials.
        """
        scorer, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        routed = self._get_routed_params_for_fit(params)
        space_rng, sampler_rng, plan_rng = _generator(self.random_state).spawn(3)
        space = Space(self.param_distributions, space_rng, self.constraint)
        check_parameter_names(self.estimator, space)
        initial_params = starting_points(self.initial_params, self.estimator, space)
        self._forget_last_fit()
        plan = self._plan(X, y, self._split(X, y, routed), space, plan_rng)
        evaluation = self._make_evaluation(X, y, scorer, routed, plan)
        is_exhaustive = space.size <= plan.n_trials and space.enumerate() is not None
        make_sampler = GridSampler if is_exhaustive else self._make_sampler
        sampler = make_sampler(space, random_state=sampler_rng, initial_params=initial_params)
        scheduler = plan.make_scheduler(sampler)

        callbacks = SearchCallbacks(self, X, y, sample_weight_of(params))
        results: list[StepResult] = []
        with callbacks.searching(evaluation, plan.n_steps) as monitor:
            if monitor is not None:
                evaluation = replace(evaluation, propagation=monitor.propagation)
            engine = Engine(
                evaluation,
                self._guiding_score,
                max_concurrent_trials=self._n_concurrent_trials(plan, is_exhaustive),
                n_jobs=self.n_jobs,
                pre_dispatch=self.pre_dispatch,
                is_reproducible=self.reproducible,
                spread_folds=self._spreads_folds,
                timeout=self.timeout,
                monitor=monitor,
            )
            try:
                # Whatever was yielded before an interrupt stays in the list.
                results.extend(engine.run(scheduler))
            except KeyboardInterrupt:
                with suppress(Exception):  # whatever is wrong, the interrupt is what to raise
                    self._store_results(results, scorer, refit_metric, scheduler)
                    self._store_history(sampler, results)
                raise
        self._store_results(results, scorer, refit_metric, scheduler)
        self._store_history(sampler, results)
        if self.refit:
            self._refit(X, y, evaluation, callbacks)
        callbacks.end()
        return self

    def _split(self, X: Any, y: Any, routed: Any) -> list[tuple[Any, Any]]:
        cv = self._checked_cv_orig = check_cv(self.cv, y, classifier=is_classifier(self.estimator))
        # Drawn once: an unseeded shuffling splitter would draw others the next time.
        splits = list(cv.split(X, y, **routed.splitter.split))
        self.n_splits_ = cv.get_n_splits(X, y, **routed.splitter.split)
        if len(splits) != self.n_splits_:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {self.n_splits_} splits, got {len(splits)}"
            )
        if not splits:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates? "
                f"cv={self.cv!r} yields no split."
            )
        return splits

    def _make_evaluation(
        self, X: Any, y: Any, scorer: Any, routed: Any, plan: Plan
    ) -> CrossValidation:
        if self.verbose > 0:
            n_splits = len(plan.splits)
            print(  # noqa: T201  as scikit-learn's own searchers do
                f"Fitting {n_splits} folds for each of {plan.n_trials} candidates,"
                f" totalling {(plan.n_steps or plan.n_trials) * n_splits} fits"
            )
        return CrossValidation(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            splits=plan.splits,
            scorer=scorer,
            fit_params=self._fit_params(routed),
            score_params=routed.scorer.score,
            resource=plan.resource,
            validation=plan.validation,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            verbose=self.verbose,
            n_trials=plan.n_trials,
        )

    def _fit_params(self, routed: Any) -> Mapping[str, Any]:
        """Return the metadata for training."""
        return routed.estimator.fit

    def _n_concurrent_trials(self, plan: Plan, is_exhaustive: bool) -> int:
        if self.max_concurrent_trials is not None:
            return self.max_concurrent_trials
        # Nothing is learned from the trials before if the next ones are known beforehand.
        return plan.n_trials if self._is_blind(is_exhaustive) else DEFAULT_CONCURRENT_TRIALS

    def _is_blind(self, is_exhaustive: bool) -> bool:
        """Whether what is proposed next does not depend on results."""
        return is_exhaustive

    @property
    def _spreads_folds(self) -> bool:
        """Whether the first folds of a step may show that the others are not worth running."""
        return False

    def _forget_last_fit(self) -> None:
        for name in [name for name in vars(self) if name.endswith("_") and name[0] != "_"]:
            delattr(self, name)

    def _guiding_score(self, fold: FoldResult) -> float:
        """Return the score that drives sampler and scheduler."""
        scores = fold.guiding_scores
        if not isinstance(scores, Mapping):
            return float(scores)
        if callable(self.scoring):  # what it scores is known only now
            self._check_refit_for_multimetric(scores)
        return float(scores[self.refit if isinstance(self.refit, str) else next(iter(scores))])

    def _store_results(
        self, results: Sequence[StepResult], scorer: Any, refit_metric: str, scheduler: Scheduler
    ) -> None:
        """Turn finished steps into ``cv_results_``, and choose the best."""
        rows = self._rows(results, scheduler)
        outputs = fold_outputs(rows, self.error_score)
        self.multimetric_ = isinstance(outputs[0]["test_scores"], dict)
        if callable(self.scoring) and self.multimetric_:
            refit_metric = self.refit
        self.scorer_ = getattr(scorer, "_scorers", scorer)
        self.cv_results_ = self._format_results(
            [row.params for row in rows], self.n_splits_, outputs, own_columns(rows)
        )
        self._finish_results(rows, results)
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(self.refit, refit_metric, self.cv_results_)
            if not callable(self.refit):
                self.best_score_ = self.cv_results_[f"mean_test_{refit_metric}"][self.best_index_]
            self.best_params_ = self.cv_results_["params"][self.best_index_]

    def _finish_results(self, rows: Sequence[Row], results: Sequence[StepResult]) -> None:
        """Amend ``cv_results_`` before the best row is chosen; nothing unless a subclass does."""

    def _refit(
        self, X: Any, y: Any, evaluation: CrossValidation, callbacks: SearchCallbacks
    ) -> None:
        # Parameters may be estimators themselves.
        self.best_estimator_ = clone(self.estimator).set_params(
            **clone(self.best_params_, safe=False)
        )
        with callbacks.refitting(self.best_estimator_):
            start = time.time()
            self.best_estimator_ = evaluation.resource.refit(
                self.best_estimator_, X, y, evaluation.fit_params, self._best_amount
            )
            self.refit_time_ = time.time() - start
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_


def _generator(random_state: int | np.random.RandomState | None) -> np.random.Generator:
    """Return a generator of the search's own; the global one is neither read nor advanced."""
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, Integral):
        return np.random.default_rng(int(random_state))
    return np.random.default_rng(check_random_state(random_state).randint(2**31, size=4))
