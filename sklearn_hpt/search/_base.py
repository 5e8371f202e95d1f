"""What all searchers share."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state
from sklearn.utils.validation import indexable

from sklearn_hpt._sklearn import (
    BaseSearchCV,
    HasMethods,
    Interval,
    StrOptions,
    check_method_params,
    check_refit_for_multimetric,
    fit_context,
    metric_names,
    remember_splitter,
    routed_metadata,
    scorer_of_each_metric,
    scorers_and_refit_metric,
)
from sklearn_hpt._trial import FoldResult, Sampler
from sklearn_hpt.engine import Dispatcher, Engine, Evaluation, Observer, Scoring
from sklearn_hpt.samplers import BaseSampler, GridSampler
from sklearn_hpt.search._callbacks import SearchCallbacks
from sklearn_hpt.search._initial_results import EarlierTrial, earlier_trials
from sklearn_hpt.search._messages import Messages
from sklearn_hpt.search._parameters import check_parameter_names, starting_points
from sklearn_hpt.search._plan import Plan, Run
from sklearn_hpt.search._problem import Problem
from sklearn_hpt.search._results import format_results, is_multimetric
from sklearn_hpt.space import Space


class BaseSearch(BaseSearchCV):
    """A search whose trials come from a sampler, under a scheduler, run by the engine.

    A subclass names its sampler in `_make_sampler` and returns its plan from `_plan`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearchCV._parameter_constraints,
        "param_distributions": [dict, list],
        "random_state": ["random_state"],
        "initial_params": [StrOptions({"defaults"}), dict, list, None],
        "initial_results": [HasMethods(["fit"]), HasMethods(["__getitem__"]), None],
        "constraint": [callable, None],
        "max_concurrent_trials": [Interval(Integral, 1, None, closed="left"), None],
        "reproducible": ["boolean"],
        "timeout": [Interval(Real, 0, None, closed="neither"), None],
        "fit_timeout": [Interval(Real, 0, None, closed="neither"), None],
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
        initial_results: Any = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        max_concurrent_trials: int | None = None,
        reproducible: bool = True,
        timeout: float | None = None,
        fit_timeout: float | None = None,
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
        self.initial_results = initial_results
        self.constraint = constraint
        self.max_concurrent_trials = max_concurrent_trials
        self.reproducible = reproducible
        self.timeout = timeout
        self.fit_timeout = fit_timeout

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
    def _plan(self, problem: Problem) -> Plan:
        """Return what is to be done, or say what is wrong before any fit."""

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
        problem = self._check(X, y, params)
        self._forget_last_fit()
        remember_splitter(self, problem.cv)
        plan = self._plan(problem)
        sampler = self._sample(problem, plan)
        run = Run(sampler, plan.scheduler(sampler))
        callbacks = SearchCallbacks(self, problem)
        self._run(problem, plan, run, callbacks)
        self._store(problem, plan, run)
        if self.refit:
            self._refit(plan, callbacks)
        callbacks.end()
        return self

    def _check(self, X: Any, y: Any, params: Mapping[str, Any]) -> Problem:
        """Return what is to be searched, or say what is wrong with it."""
        scorer, refit_metric = scorers_and_refit_metric(self)
        X, y = indexable(X, y)
        params = check_method_params(X, params=params)
        space_rng, sampler_rng, plan_rng = _generator(self.random_state).spawn(3)
        space = Space(self.param_distributions, space_rng, self.constraint)
        check_parameter_names(self.estimator, space)
        return Problem(
            estimator=clone(self.estimator),
            X=X,
            y=y,
            space=space,
            initial_params=starting_points(self.initial_params, self.estimator, space),
            earlier=self._earlier_trials(space, scorer),
            cv=check_cv(self.cv, y, classifier=is_classifier(self.estimator)),
            scorer=scorer,
            refit_metric=refit_metric,
            metadata=params,
            routed=routed_metadata(self, params),
            sampler_rng=sampler_rng,
            plan_rng=plan_rng,
        )

    def _earlier_trials(self, space: Space, scorer: Any) -> list[EarlierTrial]:
        """Return what is known from other searches."""
        if self.initial_results is None:
            return []
        metrics = metric_names(scorer) or []
        is_named = bool(metrics) or callable(self.scoring)
        metric = metrics[0] if metrics else "score"
        if is_named and isinstance(self.refit, str):
            metric = self.refit
        return earlier_trials(self.initial_results, space, metric, metrics)

    def _sample(self, problem: Problem, plan: Plan) -> Sampler:
        """Return what proposes trials: the grid itself if all of the space is gone through."""
        make = GridSampler if _is_exhaustive(problem, plan) else self._make_sampler
        made = make(
            problem.space,
            random_state=problem.sampler_rng,
            initial_params=problem.initial_params,
        )
        sampler = plan.adapted(made)
        for trial in problem.earlier:
            sampler.tell(trial.params, trial.outcome(plan.highest_rung))
        return sampler

    def _run(self, problem: Problem, plan: Plan, run: Run, callbacks: SearchCallbacks) -> None:
        """Do what the plan says; keep what was done, whatever ends it."""
        scoring = Scoring(problem.scorer, self.error_score, self.return_train_score)
        n_concurrent = self.max_concurrent_trials or plan.n_concurrent_trials(
            _is_exhaustive(problem, plan), self.n_jobs
        )
        observers: list[Observer] = [Messages(plan, self.verbose)] if self.verbose > 0 else []
        try:
            with callbacks.searching(plan) as folds:
                evaluation = Evaluation(problem.estimator, plan.data, scoring, plan.training)
                if folds is not None:
                    evaluation = replace(evaluation, around_fit=folds.around_fit)
                    observers.append(folds)
                with Dispatcher(
                    evaluation, self.n_jobs, self.pre_dispatch, self.fit_timeout
                ) as runner:
                    engine = Engine(
                        runner,
                        observers,
                        n_splits=plan.data.n_splits,
                        objective=self._objective,
                        max_concurrent_trials=n_concurrent,
                        is_reproducible=self.reproducible,
                        spread_folds=plan.spreads_folds,
                        timeout=self.timeout,
                    )
                    # Whatever was yielded before an error stays in the list.
                    run.results.extend(engine.run(run.scheduler))
        except BaseException:
            with suppress(Exception):  # whatever is wrong, what ended the search is what to raise
                self._store(problem, plan, run)
            raise

    def _objective(self, fold: FoldResult) -> float:
        """Return the score of a fold that drives sampler and scheduler."""
        scores = fold.objective_scores
        if not isinstance(scores, Mapping):
            return float(scores)
        if callable(self.scoring):  # what it scores is known only now
            check_refit_for_multimetric(self, scores)
        return float(scores[self.refit if isinstance(self.refit, str) else next(iter(scores))])

    def _store(self, problem: Problem, plan: Plan, run: Run) -> None:
        """Turn finished steps into ``cv_results_``, and choose the best."""
        rows = plan.rows(run)
        if problem.earlier and not rows:
            raise ValueError(
                "Nothing was left to evaluate: initial_results know all of param_distributions. "
                "Widen the space, or leave initial_results out."
            )
        results = format_results(rows, self.error_score, return_train_score=self.return_train_score)
        self.multimetric_ = is_multimetric(rows)
        is_named_late = callable(self.scoring) and self.multimetric_
        refit_metric = self.refit if is_named_late else problem.refit_metric
        self.scorer_ = scorer_of_each_metric(problem.scorer)
        self.n_splits_ = plan.data.n_splits
        self.cv_results_ = results
        best = None
        if self.refit or not self.multimetric_:
            best = plan.best_index(self.refit, refit_metric, results)
            self.best_index_ = best
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{refit_metric}"][best]
            self.best_params_ = results["params"][best]
        for name, value in plan.attributes(run, results, best).items():
            setattr(self, name, value)

    def _refit(self, plan: Plan, callbacks: SearchCallbacks) -> None:
        """Fit the best parameters to all data."""
        # Parameters may be estimators themselves.
        estimator = clone(self.estimator).set_params(**clone(self.best_params_, safe=False))
        with callbacks.refitting(estimator):
            start = time.time()
            # Not an attribute until it is fitted, whatever ends that.
            self.best_estimator_ = plan.refit(estimator, self.best_index_, self.cv_results_)
            self.refit_time_ = time.time() - start
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_

    def _forget_last_fit(self) -> None:
        for name in [name for name in vars(self) if name.endswith("_") and name[0] != "_"]:
            delattr(self, name)


def _is_exhaustive(problem: Problem, plan: Plan) -> bool:
    """Whether there are trials for the whole space."""
    space = problem.space
    return space.size <= plan.n_trials and space.enumerate() is not None


def _generator(random_state: int | np.random.RandomState | None) -> np.random.Generator:
    """Return a generator of the search's own; the global one is neither read nor advanced."""
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, Integral):
        return np.random.default_rng(int(random_state))
    return np.random.default_rng(check_random_state(random_state).randint(2**31, size=4))
