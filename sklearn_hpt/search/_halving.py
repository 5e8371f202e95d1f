"""Search by successive halving."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from numbers import Integral, Real
from typing import Any, ClassVar

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import Interval, StrOptions, n_samples_of, select_best_index
from sklearn_hpt._trial import Sampler, Scheduler, StepResult
from sklearn_hpt.samplers import MultiFidelitySampler
from sklearn_hpt.schedulers import (
    Rungs,
    SuccessiveHalving,
    halving_bracket,
    hyperband_brackets,
    n_possible_rungs,
    n_required_rungs,
)
from sklearn_hpt.search._plan import DEFAULT_CONCURRENT_TRIALS, Plan, Run
from sklearn_hpt.search._problem import Problem
from sklearn_hpt.search._resource import SAMPLES, ResourceSearch
from sklearn_hpt.search._results import Row
from sklearn_hpt.space import Space

_FEW_SAMPLES = 1000


@dataclass(frozen=True)
class Bounds:
    """How much resource there is, and how many candidates.

    Attributes
    ----------
    min_resources, max_resources : int
        The least and the most resource that a candidate gets.
    n_candidates : int
        Candidates on the lowest rung of the first bracket.
    factor : float
        By how much resource grows, and the number of candidates shrinks, from rung to rung.
    """

    min_resources: int
    max_resources: int
    n_candidates: int
    factor: float

    @property
    def n_required(self) -> int:
        """How many rungs leave no more than `factor` candidates."""
        return n_required_rungs(self.n_candidates, self.factor)

    @property
    def n_possible(self) -> int:
        """How many rungs there are from the least to the most resource."""
        return n_possible_rungs(self.min_resources, self.max_resources, self.factor)

    @property
    def exhausting(self) -> Bounds:
        """The same with as much resource on the first rung as brings the last one near the most."""
        least = int(self.max_resources // self.factor ** (self.n_required - 1))
        return replace(self, min_resources=max(self.min_resources, least))

    def brackets(self, brackets: int | str, *, is_aggressive: bool) -> list[Rungs]:
        """Return the rungs of one bracket, of several, or of all that Hyperband has."""
        bounds = self.min_resources, self.max_resources, self.factor
        if brackets == 1:
            return [halving_bracket(self.n_candidates, *bounds, is_aggressive=is_aggressive)]
        n_brackets = None if brackets == "hyperband" else int(brackets)
        return hyperband_brackets(*bounds, n_brackets, self.n_candidates)


@dataclass(frozen=True, kw_only=True)
class HalvingPlan(Plan):
    """Give all candidates a little resource, and the best of each rung more.

    Attributes
    ----------
    bounds : Bounds
        How much resource there is.
    brackets : sequence of Rungs
        How many trials get how much.
    space : Space
        What is searched.
    make_sampler : callable
        Returns a sampler for the scores of another rung than the lowest.
    is_single : bool
        Whether there is one bracket by design, so that rows need not say which.
    is_blind : bool
        Whether candidates are drawn without regard to scores.
    is_asynchronous : bool
        Whether to promote without waiting for a rung to be complete.
    params_at : callable
        Returns the estimator's parameters that a resource level sets.
    """

    bounds: Bounds
    brackets: Sequence[Rungs]
    space: Space
    make_sampler: Callable[[], Sampler]
    is_single: bool
    is_blind: bool
    is_asynchronous: bool
    params_at: Callable[[int], Mapping[str, Any]]

    @property
    def n_steps(self) -> int:
        return sum(rung.n_trials for bracket in self.brackets for rung in bracket)

    def n_concurrent_trials(self, is_exhaustive: bool, n_jobs: int | None) -> int:
        is_result_the_same = self.is_blind and not self.is_single
        if is_result_the_same or self.is_asynchronous:
            # No more than keep the workers busy, or promoted trials would stand behind new ones.
            return max(DEFAULT_CONCURRENT_TRIALS, joblib.effective_n_jobs(n_jobs))
        if is_exhaustive or self.is_blind:
            return self.n_trials
        return super().n_concurrent_trials(is_exhaustive, n_jobs)

    @property
    def highest_rung(self) -> int:
        return max(rung.number for bracket in self.brackets for rung in bracket)

    def adapted(self, sampler: Sampler) -> MultiFidelitySampler:
        # Where nothing is learned from scores, those of another rung teach nothing either.
        min_told = math.inf if self.is_blind else None
        return MultiFidelitySampler(self.space, sampler, self.make_sampler, min_told=min_told)

    def scheduler(self, sampler: Sampler) -> Scheduler:
        return SuccessiveHalving(
            sampler,
            self.brackets,
            self.bounds.factor,
            is_asynchronous=self.is_asynchronous,
        )

    def rows(self, run: Run) -> list[Row]:
        """Return a row per step, rung by rung, whatever was done at the same time."""

        def place(result: StepResult) -> tuple[int, int, int]:
            step = result.step
            return step.bracket, step.rung, step.trial.number if self.is_asynchronous else 0

        return [self._row(result) for result in sorted(run.results, key=place)]

    def _row(self, result: StepResult) -> Row:
        step = result.step
        level = step.checkpoints[-1]
        columns = {"iter": step.rung, "n_resources": level}
        if not self.is_single:
            columns["bracket"] = step.bracket
        return Row({**step.trial.params, **self.params_at(level)}, result.folds, columns)

    def attributes(
        self, run: Run, cv_results: Mapping[str, Any], best: int | None
    ) -> dict[str, Any]:
        """Count what was done of what was planned."""
        resources, planned = _totals(self.brackets)
        n_trials = np.bincount(cv_results["iter"])
        # A rung without a row of its own adds no resource, so that nothing was to be done.
        n_candidates = [int(n) or p for n, p in zip(n_trials, planned, strict=False)]
        return {
            "n_resources_": resources[: len(n_trials)],
            "n_candidates_": n_candidates,
            "n_remaining_candidates_": math.ceil(n_candidates[-1] / self.bounds.factor),
            "max_resources_": self.bounds.max_resources,
            "min_resources_": self.bounds.min_resources,
            "n_iterations_": len(n_trials),
            "n_possible_iterations_": self.bounds.n_possible,
            "n_required_iterations_": self.bounds.n_required,
        }

    def best_index(self, refit: Any, refit_metric: str, cv_results: Mapping[str, Any]) -> Any:
        return best_of_highest_rung(refit, refit_metric, cv_results)

    def resource_of(self, row: int, cv_results: Mapping[str, Any]) -> int:
        return int(cv_results["n_resources"][row])


def best_of_highest_rung(refit: Any, refit_metric: str | None, results: Any) -> Any:
    """Return the best row of the highest rung on which there is a score.

    Parameters
    ----------
    refit : bool, str or callable
        What the user gave; a callable chooses itself.
    refit_metric : str or None
        The metric to go by; None is the only one.
    results : mapping
        ``cv_results_``.
    """
    metric = refit_metric or "score"
    if callable(refit):
        return select_best_index(refit, metric, results)
    rungs, scores = results["iter"], results[f"mean_test_{metric}"]
    is_scored = np.isfinite(scores)
    is_highest = rungs == (rungs[is_scored] if is_scored.any() else rungs).max()
    if not is_scored.any():
        return np.flatnonzero(is_highest)[0]
    return np.argmax(np.where(is_highest & is_scored, scores, -np.inf))


class SuccessiveHalvingSearch(ResourceSearch):
    """Search that gives all candidates a little resource, and the best of them more.

    Takes the place of :class:`~sklearn.model_selection.HalvingRandomSearchCV`, and of
    :class:`~sklearn.model_selection.RandomizedSearchCV`: their arguments and fitted attributes are
    its own. All candidates are trained with the least resource; the best ``1 / factor`` of them
    go on to the next rung with `factor` times as much, and so on [1]_. Where the estimator can go
    on with its training, a promoted candidate does, instead of starting again. Several brackets
    make it Hyperband [2]_, ``sampler="bayes"`` BOHB [3]_, and ``reproducible=False`` ASHA [4]_.

    It pays where training comes in steps: epochs, boosting rounds, iterations. A part of the
    samples costs more than its share of the time and says less of the rest: halving over
    ``"n_samples"`` is often slower than trying fewer candidates in full.

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

    n_iter : int or None, default=None
        Number of candidates, by :class:`~sklearn.model_selection.RandomizedSearchCV`'s name; None
        leaves it to `n_candidates`.

    scoring : str, callable, list, tuple, dict or None, default=None
        How to score the held-out folds, as in scikit-learn. Of several metrics, the one that
        `refit` names drives the search, or the first if `refit` is False or callable.

    n_jobs : int or None, default=None
        Number of folds to run in parallel. None means 1 unless in a
        :func:`joblib.parallel_config` context, whose backend is used; -1 means all processors.
        With `random_state` an int, the results do not depend on it.

    refit : bool, str or callable, default=True
        Whether to fit the best parameters on all data in the end, with the resource that they had
        at last: a str names the metric to choose by, a callable returns ``best_index_`` given
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

    n_candidates : "exhaust" or int, default="exhaust"
        Candidates on the lowest rung of the first bracket. "exhaust" is as many as can be
        halved until the last rung comes near ``max_resources``.

    factor : int or float, default=3
        By how much resource grows, and the number of candidates shrinks, from rung to rung.

    resource : str, default="n_samples"
        What grows: ``"n_samples"``; a parameter of the estimator that is a positive integer, as
        ``"n_estimators"`` or ``"classifier__max_iter"``; or ``"epochs"``, calls of
        ``partial_fit`` of the estimator or of a pipeline's last step. Samples are stratified for a
        classifier, and those of a rung are among those of the next.

    max_resources : "auto" or int, default="auto"
        The most that a candidate gets. "auto" is the number of samples, for ``"n_samples"`` only.

    min_resources : "smallest", "exhaust" or int, default="smallest"
        The least that a candidate gets. "smallest" is 1, or for samples ``n_splits * 2``, times
        the number of classes for a classifier. "exhaust" is as much as lets the last rung come
        near ``max_resources``; it needs `n_candidates` to be a number.

    aggressive_elimination : bool, default=False
        Where there is too little resource for as many rungs as leave at most `factor` candidates,
        drop candidates on the lowest rung until there are few enough.

    brackets : int or "hyperband", default=1
        Number of brackets: 1 is successive halving. The first of more starts from the least
        resource, and each further one with fewer candidates from `factor` times as much;
        "hyperband" is all of them, the last of which trains its candidates in full.

    sampler : "random", "bayes", "genetic", callable or object, default="random"
        What proposes candidates. With more than random draws, the scores of the highest rung that
        has enough of them guide it, so it pays with several brackets. A sampler's class, or
        another callable that takes its arguments, or an object with ``ask`` and ``tell`` will do.

    continue_training : bool, default=True
        Whether a promoted candidate goes on from where its rung ended: by ``partial_fit``; by
        ``warm_start`` for ``n_estimators`` and ``max_iter``; with LightGBM and XGBoost from the
        booster. Otherwise it is trained from scratch.

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
        How many trials may be under way at a time. With a random sampler the results do not depend
        on it, and None is as many as there are, or, with several brackets, as there are workers.
        With another sampler None is 2. With ``reproducible=False`` it is as many as there are
        workers, at least 2.

    reproducible : bool, default=True
        Promote once all of a rung have been scored, in an order that does not depend on workers,
        so that an int `random_state` gives the same result for any `n_jobs` and backend. False
        promotes a candidate as soon as it is among the best ``1 / factor`` of those that its rung
        has seen [4]_: no worker waits, and two runs differ.

    timeout : float or None, default=None
        Seconds after which nothing more is started and trials under way are dropped, whatever they
        do; without a finished trial it is a ``TimeoutError``. Has its say on the results, so they
        are not reproducible.

    fit_timeout : float or None, default=None
        Seconds that a fold may take. One that takes longer is ended, and its trial has failed.
        Only where folds run in other processes, as with ``n_jobs=2``.

    Attributes
    ----------
    n_resources_ : list of int
        The resource of each rung.

    n_candidates_ : list of int
        Number of candidates on each rung.

    n_remaining_candidates_ : int
        Number of candidates left after the last rung: its own number over `factor`, rounded up.

    max_resources_ : int
        The most resource.

    min_resources_ : int
        The resource of the first rung.

    n_iterations_ : int
        Number of rungs.

    n_possible_iterations_ : int
        Number of rungs possible from ``min_resources_`` up to ``max_resources_``.

    n_required_iterations_ : int
        Number of rungs it takes until no more than `factor` candidates are left.

    cv_results_ : dict of numpy (masked) ndarrays
        One row a candidate and rung, in the order they were started, with the columns ``iter``,
        the rung, and ``n_resources``; with several brackets ``bracket`` as well. Rungs of one
        number have the same resource in all brackets.

    best_estimator_ : estimator
        The estimator fitted with the best parameters on all data. Only if ``refit`` is not False.

    best_score_ : float
        Mean cross-validated score of the best candidate. Not if ``refit`` is callable.

    best_params_ : dict
        The best parameters.

    best_index_ : int
        Their row in ``cv_results_``, the best of the highest rung.

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
    EarlyStoppedSearch : Trains each candidate until it stops getting better.
    sklearn.model_selection.HalvingRandomSearchCV : Halving of random draws, trained from scratch.

    References
    ----------
    .. [1] Jamieson and Talwalkar (2016), Non-stochastic best arm identification and hyperparameter
       optimization, AISTATS.
    .. [2] Li et al. (2018), Hyperband: a novel bandit-based approach to hyperparameter
       optimization, JMLR 18.
    .. [3] Falkner, Klein and Hutter (2018), BOHB: robust and efficient hyperparameter optimization
       at scale, ICML.
    .. [4] Li et al. (2020), A system for massively parallel hyperparameter tuning, MLSys.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import SGDClassifier
    >>> from sklearn_hpt import SuccessiveHalvingSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = SuccessiveHalvingSearch(
    ...     SGDClassifier(random_state=0),
    ...     {"alpha": loguniform(1e-6, 1e0), "penalty": ["l2", "l1"]},
    ...     resource="epochs",
    ...     max_resources=27,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> search.n_resources_, search.n_candidates_
    ([1, 3, 9, 27], [27, 9, 3, 1])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **ResourceSearch._parameter_constraints,
        "n_iter": [Interval(Integral, 1, None, closed="left"), None],
        "n_candidates": [Interval(Integral, 0, None, closed="neither"), StrOptions({"exhaust"})],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "max_resources": [Interval(Integral, 0, None, closed="neither"), StrOptions({"auto"})],
        "min_resources": [
            Interval(Integral, 0, None, closed="neither"),
            StrOptions({"exhaust", "smallest"}),
        ],
        "aggressive_elimination": ["boolean"],
        "brackets": [Interval(Integral, 1, None, closed="left"), StrOptions({"hyperband"})],
        "continue_training": ["boolean"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        param_distributions: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        n_iter: int | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: bool | str | Callable[[Mapping[str, Any]], int] = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: int | str = "2*n_jobs",
        random_state: int | np.random.RandomState | None = None,
        error_score: str | float = np.nan,
        return_train_score: bool = False,
        n_candidates: str | int = "exhaust",
        factor: float = 3,
        resource: str = "n_samples",
        max_resources: str | int = "auto",
        min_resources: str | int = "smallest",
        aggressive_elimination: bool = False,
        brackets: str | int = 1,
        sampler: Any = "random",
        continue_training: bool = True,
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
        self.n_candidates = n_candidates
        self.factor = factor
        self.resource = resource
        self.max_resources = max_resources
        self.min_resources = min_resources
        self.aggressive_elimination = aggressive_elimination
        self.brackets = brackets
        self.sampler = sampler
        self.continue_training = continue_training

    @property
    def _resource_name(self) -> str:
        return self.resource

    def _plan(self, problem: Problem) -> HalvingPlan:
        self._check_resource(problem.space)
        self._check_combinations()
        n_samples = n_samples_of(problem.X)
        if not n_samples:
            raise ValueError("min_resources_=0: you might have passed an empty dataset X.")
        data = self._data(problem)
        training = self._make_training(problem, data.splits, continues=self.continue_training)
        bounds = self._bounds(problem.y, n_samples, data.n_splits, problem.space.size)
        brackets = bounds.brackets(self.brackets, is_aggressive=self.aggressive_elimination)
        self._warn_of_few_samples(n_samples, brackets)

        def make_sampler() -> Sampler:
            rng = problem.plan_rng.spawn(1)[0]
            return self._make_sampler(problem.space, random_state=rng, initial_params=())

        return HalvingPlan(
            n_trials=int(min(sum(b[0].n_trials for b in brackets), problem.space.size)),
            data=data,
            training=training,
            bounds=bounds,
            brackets=brackets,
            space=problem.space,
            make_sampler=make_sampler,
            is_single=self.brackets == 1,
            is_blind=isinstance(self.sampler, str) and self.sampler == "random",
            is_asynchronous=not self.reproducible,
            params_at=self._params_at,
        )

    def _check_combinations(self) -> None:
        """Raise ValueError for arguments that contradict each other."""
        if self.min_resources == self.n_candidates == "exhaust" and self.n_iter is None:
            raise ValueError("n_candidates and min_resources cannot be both set to 'exhaust'.")
        if self.n_iter is not None and self.n_candidates != "exhaust":
            raise ValueError(
                f"n_iter={self.n_iter} and n_candidates={self.n_candidates} are two names of one "
                "number: give one of them."
            )
        if self.aggressive_elimination and (self.brackets != 1 or not self.reproducible):
            raise ValueError(
                "aggressive_elimination=True is for one bracket whose rungs are completed: leave "
                f"brackets={self.brackets!r} at 1 and reproducible={self.reproducible} at True."
            )
        if self.max_resources == "auto" and self.resource != SAMPLES:
            raise ValueError(
                "resource can only be 'n_samples' when max_resources='auto': give "
                f"max_resources a number of {self.resource}."
            )

    def _bounds(self, y: Any, n_samples: int, n_splits: int, n_possible: float) -> Bounds:
        least, most = 1, n_samples
        if isinstance(self.min_resources, Integral):
            least = int(self.min_resources)
        elif self.resource == SAMPLES:
            least = self._fewest_samples(y, n_splits)
        if isinstance(self.max_resources, Integral):
            most = int(self.max_resources)
        if self.resource == SAMPLES and most > n_samples:
            raise ValueError(
                f"max_resources={self.max_resources} is greater than the number of samples, "
                f"n_samples={n_samples}."
            )
        if least > most:
            raise ValueError(
                f"min_resources_={least} is greater than max_resources_={most}. There are "
                f"n_samples={n_samples} samples; give smaller min_resources or larger "
                "max_resources."
            )
        n_candidates = int(min(self._n_first_candidates(least, most), n_possible))
        bounds = Bounds(least, most, n_candidates, self.factor)
        return bounds.exhausting if self.min_resources == "exhaust" else bounds

    def _n_first_candidates(self, least: int, most: int) -> int:
        n_given = self.n_candidates if self.n_iter is None else self.n_iter
        if n_given != "exhaust":
            return int(n_given)
        if self.brackets == 1:
            return most // least
        return int(self.factor ** (n_possible_rungs(least, most, self.factor) - 1))

    def _warn_of_few_samples(self, n_samples: int, brackets: Sequence[Rungs]) -> None:
        if self.resource == SAMPLES and n_samples < _FEW_SAMPLES and len(brackets[0]) > 1:
            warnings.warn(
                f"Halving over 'n_samples' of only {n_samples} samples saves little time and "
                "ranks candidates by few of them. Give a resource that training grows by, as "
                "resource='epochs' or 'n_estimators', or use another searcher.",
                UserWarning,
                stacklevel=5,
            )

    _select_best_index = staticmethod(best_of_highest_rung)  # as its own searches offer it


def _totals(brackets: Sequence[Rungs]) -> tuple[list[int], list[int]]:
    """Return the resource of each rung, and how many trials all brackets give it."""
    rungs = sorted((rung for bracket in brackets for rung in bracket), key=lambda r: r.number)
    groups = [list(same) for _, same in groupby(rungs, key=lambda rung: rung.number)]
    resources = [max(rung.resource for rung in group) for group in groups]
    return resources, [sum(rung.n_trials for rung in group) for group in groups]
