"""Search that trains no candidate longer than it deserves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, ClassVar, cast

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import Interval, StrOptions, n_samples_of
from sklearn_hpt._trial import FoldResult, Sampler, Scheduler, StepResult
from sklearn_hpt.engine import Data, hold_out, is_parameter, training_resource
from sklearn_hpt.schedulers import (
    EarlyStopping,
    PruningRule,
    median_stopping,
    scores_until_failure,
)
from sklearn_hpt.search._learning_curves import learning_curves
from sklearn_hpt.search._plan import Plan, Run
from sklearn_hpt.search._problem import Problem
from sklearn_hpt.search._resource import AUTO, SAMPLES, ResourceSearch
from sklearn_hpt.search._results import Row
from sklearn_hpt.search._table import Table

_PRUNING_RULES: dict[str, PruningRule] = {"median": median_stopping}
_DEFAULT_EPOCHS = 100
# Boosters do some of their work again whenever they resume, and more of it in another process. A
# quarter as far again at the least keeps that in bounds.
_COSTLY_GROWTH = 0.25


@dataclass(frozen=True, kw_only=True)
class EarlyStoppedPlan(Plan):
    """Train each trial until its scores stop getting better.

    Attributes
    ----------
    levels : sequence of int
        Resource levels at which trials are scored, ascending.
    n_iter_no_change : int
        A trial stops after so many consecutive scores that were no improvement.
    tol : float
        What is to be gained for an improvement.
    pruning_rule : callable or None
        Says which trials to give up.
    min_growth : float
        A step adds at least this share of the levels that its trial has reached before.
    params_at : callable
        Returns the estimator's parameters that a resource level sets.
    """

    levels: Sequence[int]
    n_iter_no_change: int
    tol: float
    pruning_rule: PruningRule | None
    min_growth: float
    params_at: Callable[[int], Mapping[str, Any]]

    @property
    def n_steps(self) -> None:
        return None

    def scheduler(self, sampler: Sampler) -> Scheduler:
        return EarlyStopping(
            sampler,
            self.n_trials,
            self.levels,
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            is_losing=self.pruning_rule,
            min_growth=self.min_growth,
        )

    def rows(self, run: Run) -> list[Row]:
        stopped = cast(EarlyStopping, run.scheduler).stopped
        steps: dict[int, list[StepResult]] = defaultdict(list)
        for result in run.results:
            steps[result.step.trial.number].append(result)
        return [self._row(steps[n], stopped.get(n, "interrupted")) for n in sorted(steps)]

    def _row(self, results: Sequence[StepResult], stopped: str) -> Row:
        """Return a trial's row: the scores of its best step, and the times of all."""
        scores = [score for result in results for score in scores_until_failure(result)]
        best = int(np.argmax(scores)) if scores else 0
        levels = [level for result in results for level in result.step.checkpoints]
        by_fold = [
            [part for fold in folds for part in fold.checkpoints]
            for folds in zip(*(result.finished_folds for result in results), strict=True)
        ]
        columns = {
            "n_resources": levels[-1],
            "best_resource": levels[best],
            "stopped": stopped,
        }
        params = {**results[0].step.trial.params, **self.params_at(levels[best])}
        return Row(params, [_with_times_of_all(parts, best) for parts in by_fold], columns)

    def attributes(
        self, run: Run, cv_results: Mapping[str, Any], best: int | None
    ) -> dict[str, Any]:
        own = {} if best is None else {"best_resource_": self.resource_of(best, cv_results)}
        return {"learning_curves_": learning_curves(run.results), **own}

    def resource_of(self, row: int, cv_results: Mapping[str, Any]) -> int:
        return int(cv_results["best_resource"][row])


class EarlyStoppedSearch(ResourceSearch):
    """Search that trains each candidate until its cross-validated score stops getting better.

    Takes :class:`~sklearn.model_selection.RandomizedSearchCV`'s place for models that are trained
    in steps: epochs, boosting rounds, iterations. A candidate is trained step by step on all folds
    at once. Its mean score over the folds is a curve; training stops when the curve has not risen
    for `n_iter_no_change` steps, or when the candidate is plainly losing [1]_. The amount of
    training at the curve's best point is one more hyperparameter, found for free, and the best
    parameters are fitted to all data with exactly that much.

    Parameters
    ----------
    estimator : estimator object
        The estimator to tune; it provides a ``score`` method, or `scoring` is passed.

    param_distributions : dict or list of dict
        Parameter names with what to search for each:

        - a list, array or other sequence: choices, as in scikit-learn;
        - a frozen scipy distribution, as ``scipy.stats.loguniform(1e-3, 1e3)``, searched on the
          scale of its quantiles; any other object with an ``rvs`` method stands for a thousand
          of its draws;
        - ``(low, high)`` or ``(low, high, prior)`` with prior ``"uniform"`` or
          ``"log-uniform"``: a range with both ends, of integers if both ends are;
        - a :class:`~sklearn_hpt.Subset`: which features to use, as a mask;
        - a ``Real``, ``Integer`` or ``Categorical`` of :mod:`skopt.space`.

        A list of dicts is one search over several sub-spaces: parameters that only make sense
        together stand in a dict of their own.

    n_iter : int, default=50
        Number of candidates, over all sub-spaces.

    scoring : str, callable, list, tuple, dict or None, default=None
        How to score the held-out folds, as in scikit-learn. Of several metrics, the one that
        `refit` names drives the search, or the first if `refit` is False or callable.

    n_jobs : int or None, default=None
        Number of folds to run in parallel. None means 1 unless in a
        :func:`joblib.parallel_config` context, whose backend is used; -1 means all processors.
        With `random_state` an int, the results do not depend on it.

    refit : bool, str or callable, default=True
        Whether to fit the best parameters on all data in the end, with exactly the resource that
        was best: a str names the metric to choose by, a callable returns ``best_index_`` given
        ``cv_results_``.

    cv : int, cross-validation generator or iterable, default=None
        How to split the data; None is 5-fold. The splits are drawn once.

    verbose : int, default=0
        Amount of messages, as in scikit-learn.

    pre_dispatch : int or str, default="2*n_jobs"
        How many folds are sent to the workers at a time.

    random_state : int, RandomState instance or None, default=None
        Seed of the search. The global generators are neither read nor advanced.

    error_score : "raise" or numeric, default=np.nan
        What a fold scores whose fit fails. "raise" raises the error. A trial that fails on all
        folds never ends the search otherwise.

    return_train_score : bool, default=False
        Whether to score the training parts as well.

    resource : str, default="auto"
        What a step of training is: ``"epochs"``, calls of ``partial_fit`` of the estimator or of a
        pipeline's last step; a parameter that is a positive integer, as ``"max_iter"`` or
        ``"classifier__n_estimators"``; or ``"n_samples"``. "auto" takes epochs if there is a
        ``partial_fit``, else ``n_estimators`` or ``max_iter`` if there is a ``warm_start``, or if
        it is a booster of LightGBM or XGBoost. What can go on with its training does; anything
        else is trained from scratch, at resource levels that double.

    max_resources : "auto" or int, default="auto"
        The most that a candidate gets. "auto" is the value that the estimator has, of `resource`
        or, for epochs, of ``max_iter``, else 100; for samples, as many as there are.

    step : int, default=1
        The resource between two scores of a candidate, and that of the first one; of samples the
        first one has enough for all folds and classes.

    n_iter_no_change : int, default=5
        A candidate stops after so many consecutive scores that were no improvement.

    tol : float, default=1e-4
        By how much a score must exceed the last one that was an improvement to be one itself.

    pruning : "median", callable or None, default="median"
        Which candidates are given up: with "median" those whose best score is worse than the
        median of what the candidates that have ended had on average by then [1]_. A callable is
        given a candidate's scores so far and a list of those of the candidates that have ended,
        and returns whether to stop.

    sampler : "random", "bayes", "genetic", callable or object, default="random"
        What proposes candidates; it is told the best score of each. A sampler's class, or another
        callable that takes its arguments, or an object with ``ask`` and ``tell`` will do.

    validation_fraction : float or None, default=None
        Part of each training fold to set aside, drawn at random, stratified for a classifier and
        whatever the groups. Training stops, and the search is driven, by the
        scores on these parts, so that the folds only rank: where None, the best step is chosen on
        the folds that rank the candidates, in common for all folds, and their scores are a little
        too good.

    initial_params : "defaults", dict, list of dict or None, default=None
        Parameters to try first. What a dict leaves out takes the estimator's own value where the
        space has it, else the median. "defaults" is one trial with the estimator's own values.

    initial_results : fitted search, dict, DataFrame or None, default=None
        Another search, its ``cv_results_`` or a DataFrame of it, from which the sampler learns
        before the first trial. What is known is not evaluated again, and is no row of the
        results. A warning counts what lies outside of the space, which is left out.

    constraint : callable or None, default=None
        Returns whether parameters go together, given a dict of them as the estimator receives
        them. What it refuses is never proposed nor evaluated. It is called many times for each
        trial.

    max_concurrent_trials : int or None, default=None
        How many trials may be under way at a time, for any number of workers; None is 2.

    reproducible : bool, default=True
        Learn from steps in the order in which they were started, so that an int `random_state`
        gives the same result for any `n_jobs` and backend. False learns from them as they
        complete, which keeps workers busier where times differ.

    timeout : float or None, default=None
        Seconds after which nothing more is started and trials under way are dropped, whatever they
        do; without a finished trial it is a ``TimeoutError``. Has its say on the results, so they
        are not reproducible.

    fit_timeout : float or None, default=None
        Seconds that a fold may take. One that takes longer is ended, and its trial has failed.
        Only where folds run in other processes, as with ``n_jobs=2``.

    Attributes
    ----------
    best_resource_ : int
        The amount of training at which the best candidate was best.

    learning_curves_ : pandas.DataFrame
        One row per score: the ``trial``, which is the row of ``cv_results_``; the ``resource``
        used; the ``split``; ``test_score``, or ``test_<metric>`` for each of several metrics, and
        likewise ``train_*`` with `return_train_score` and ``validation_*`` with
        `validation_fraction`; and ``time``, the seconds of training up to there.

    cv_results_ : dict of numpy (masked) ndarrays
        One row per trial in the order they were started, as
        :class:`~sklearn.model_selection.RandomizedSearchCV` has it, with the scores at its best
        step and the times of all its training. ``best_resource`` is that step's resource,
        ``n_resources`` all that was used, and ``stopped`` says why: "plateau", "pruned",
        "exhausted" with `max_resources` used, "diverged" if a fit failed or a score was not
        finite, or "interrupted". A parameter that is the resource has its best value.

    best_estimator_ : estimator
        The estimator fitted with the best parameters on all data. Only if ``refit`` is not False.

    best_score_ : float
        Mean cross-validated score of the best candidate at its best step. Not if ``refit`` is
        callable.

    best_params_ : dict
        The best parameters.

    best_index_ : int
        Their row in ``cv_results_``.

    scorer_ : callable or dict
        The scorer or scorers.

    n_splits_ : int
        Number of folds.

    refit_time_ : float
        Seconds that the last fit took. Only if ``refit`` is not False.

    multimetric_ : bool
        Whether there are several metrics.

    classes_ : ndarray of shape (n_classes,)
        Class labels. Only if the estimator is a classifier and ``refit`` is not False.

    n_features_in_ : int
        Number of features seen during fit. Only if ``best_estimator_`` has it.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names. Only if ``best_estimator_`` has them.

    Raises
    ------
    ValueError, TypeError
        From ``fit``, before anything is fitted, if an argument or the space is invalid; if every
        fit failed.

    TimeoutError
        From ``fit``, if no trial was finished by the end of `timeout`.

    See Also
    --------
    SuccessiveHalvingSearch : Gives the best candidates more resource than the others.
    sklearn.model_selection.RandomizedSearchCV : Trains each candidate in full.

    References
    ----------
    .. [1] Golovin et al. (2017), Google Vizier: a service for black-box optimization, KDD.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sklearn_hpt import EarlyStoppedSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = EarlyStoppedSearch(
    ...     SGDClassifier(random_state=0),
    ...     {"alpha": loguniform(1e-6, 1e0)},
    ...     n_iter=10,
    ...     max_resources=50,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool((search.cv_results_["n_resources"] < 50).any())
    True
    >>> search.best_estimator_.t_ == 1 + len(X) * search.best_resource_
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ResourceSearch._parameter_constraints,
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "max_resources": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "step": [Interval(Integral, 1, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "pruning": [StrOptions(set(_PRUNING_RULES)), callable, None],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        n_iter: int = 50,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[Mapping[str, Any]], int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: int | np.random.RandomState | None = None,
        error_score: str | float = np.nan,
        return_train_score: bool = False,
        resource: str = "auto",
        max_resources: str | int = "auto",
        step: int = 1,
        n_iter_no_change: int = 5,
        tol: float = 1e-4,
        pruning: str | PruningRule | None = "median",
        sampler: Any = "random",
        validation_fraction: float | None = None,
        initial_params: str | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        initial_results: Any = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        max_concurrent_trials: int | None = None,
        reproducible: bool = True,
        timeout: float | None = None,
        fit_timeout: float | None = None,
    ) -> None:
        super().__init__(
            estimator,
            param_distributions,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
            initial_params=initial_params,
            initial_results=initial_results,
            constraint=constraint,
            max_concurrent_trials=max_concurrent_trials,
            reproducible=reproducible,
            timeout=timeout,
            fit_timeout=fit_timeout,
        )
        self.n_iter = n_iter
        self.resource = resource
        self.max_resources = max_resources
        self.step = step
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.pruning = pruning
        self.sampler = sampler
        self.validation_fraction = validation_fraction

    learning_curves_ = Table()

    @property
    def _resource_name(self) -> str:
        return training_resource(self.estimator) if self.resource == AUTO else self.resource

    def _plan(self, problem: Problem) -> EarlyStoppedPlan:
        self._check_resource(problem.space)
        data = self._data(problem)
        training = self._make_training(problem, data.splits)
        first = self.step
        if self._resource_name == SAMPLES:
            first = max(first, self._fewest_samples(problem.y, data.n_splits))
        most = self._most(n_samples_of(problem.X))
        is_costly = training.is_costly_to_resume(self.estimator)
        pruning = self.pruning
        return EarlyStoppedPlan(
            n_trials=int(min(self.n_iter, problem.space.size)),
            data=data,
            training=training,
            levels=self._levels(first, most, training.can_continue(self.estimator)),
            n_iter_no_change=self.n_iter_no_change,
            tol=self.tol,
            pruning_rule=_PRUNING_RULES[pruning] if isinstance(pruning, str) else pruning,
            min_growth=_COSTLY_GROWTH * is_costly,
            params_at=self._params_at,
        )

    def _data(self, problem: Problem) -> Data:
        data = super()._data(problem)
        if self.validation_fraction is None:
            return data
        splits, validation = hold_out(
            self.estimator,
            problem.y,
            n_samples_of(problem.X),
            data.splits,
            fraction=float(self.validation_fraction),
            rng=problem.plan_rng,
        )
        return replace(data, splits=splits, validation=validation)

    def _most(self, n_samples: int) -> int:
        """Return the most that a candidate gets."""
        name = self._resource_name
        if name == SAMPLES:
            most = n_samples if self.max_resources == AUTO else int(self.max_resources)
            if most > n_samples:
                raise ValueError(
                    f"max_resources={most} is greater than the number of samples, "
                    f"n_samples={n_samples}."
                )
            return most
        if self.max_resources != AUTO:
            return int(self.max_resources)
        is_own = is_parameter(self.estimator, name)
        own = self.estimator.get_params()[name] if is_own else _max_iter_of(self.estimator)
        if isinstance(own, int | np.integer) and own > 0:
            return int(own)
        if not is_own:
            return _DEFAULT_EPOCHS
        raise ValueError(
            f"max_resources='auto' takes the estimator's own {name}, which is {own!r} and no "
            f"positive integer: give max_resources a number of {name}."
        )

    def _levels(self, first: int, most: int, is_continued: bool) -> list[int]:
        """Return the levels at which candidates are scored: doubled where each costs a fit."""
        if is_continued:
            return [*range(first, most, self.step), most]
        levels = [most]
        level = first
        while level < most:
            levels.insert(-1, level)
            level *= 2
        return levels


def _max_iter_of(estimator: Any) -> Any:
    steps = getattr(estimator, "steps", None)
    return getattr(steps[-1][1] if steps else estimator, "max_iter", None)


def _with_times_of_all(parts: Sequence[FoldResult], best: int) -> FoldResult:
    return replace(
        parts[best],
        fit_time=sum(part.fit_time for part in parts),
        score_time=sum(part.score_time for part in parts),
        intermediate=(),
    )
