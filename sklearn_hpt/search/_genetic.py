"""Evolutionary search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import Interval, StrOptions
from sklearn_hpt.samplers import GeneticSampler
from sklearn_hpt.search._full import FullPlan, FullResourceSearch
from sklearn_hpt.search._pareto import pareto_front
from sklearn_hpt.search._plan import Run, in_starting_order
from sklearn_hpt.search._problem import Problem
from sklearn_hpt.search._table import Table
from sklearn_hpt.space import Space

_HISTORY = ["trial", "generation", "parents", "score", "best", "mean", "diversity"]


@dataclass(frozen=True)
class GeneticPlan(FullPlan):
    """Fit each trial once, and keep the history of the population.

    Attributes
    ----------
    is_for_all_metrics : bool, default=False
        Whether several metrics, if there are, are maximised together.
    """

    is_for_all_metrics: bool = False

    def attributes(
        self, run: Run, cv_results: Mapping[str, Any], best: int | None
    ) -> dict[str, Any]:
        import pandas as pd

        # A grid that is gone through has no population.
        history = getattr(run.sampler, "history", ())
        own = {"population_history_": pd.DataFrame(list(history), columns=_HISTORY)}
        names = _metrics_of(cv_results)
        if len(names) > 1 and self.is_for_all_metrics:
            results = in_starting_order(run.results)
            own["pareto_front_"] = pareto_front(cv_results, names, results)
        return own


class GeneticSearch(FullResourceSearch):
    """Search that breeds parameters from the best ones so far.

    Takes :class:`~sklearn.model_selection.RandomizedSearchCV`'s place: the constructor, the
    methods and the fitted attributes are its own. For large budgets, wide and mixed spaces and
    many workers: a proposal costs next to nothing, and no worker waits for a generation. The
    operators are DEAP's [1]_; of a batch of offspring for each trial, a quick model of the scores
    chooses the one to try [2]_. A space with no more than `n_iter` configurations is gone through
    in full instead.

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
        Number of trials, over all sub-spaces.

    scoring : str, callable, list, tuple, dict or None, default=None
        How to score the held-out folds, as in scikit-learn. Of several metrics, the one that
        `refit` names drives the search. If `refit` is False or callable, all are maximised
        together, by the selection of NSGA-II [5]_, and `pareto_front_` is the outcome.

    n_jobs : int or None, default=None
        Number of folds to run in parallel. None means 1 unless in a
        :func:`joblib.parallel_config` context, whose backend is used; -1 means all processors.
        With `random_state` an int, the results do not depend on it.

    refit : bool, str or callable, default=True
        Whether to fit the best parameters on all data in the end, as in scikit-learn: a str names
        the metric to choose by, a callable returns ``best_index_`` given ``cv_results_``.

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

    strategy : {"steady-state", "generational", "cma"}, default="steady-state"
        Whether a child enters the population as soon as its score is told, in the place of the
        worst; or a generation of `population_size` children at a time, of which and of their
        parents the best survive; or whether ordered parameters are drawn by covariance matrix
        adaptation [3]_, and choices bred.

    population_size : int, default=20
        Number of configurations that may become parents.

    crossover_probability : float, default=0.8
        Probability that a child has two parents rather than one.

    mutation_probability : float or None, default=None
        Probability that a parameter of a child mutates; None is 1.5 over the number of
        parameters, at least 0.15.

    tournament_size : int, default=3
        How many configurations are drawn of which the best becomes a parent. More of them breed
        faster, and lose variety faster.

    max_concurrent_trials : int or None, default=None
        How many trials may be under way at a time, for any number of workers; None is 2. Proposals
        are made without the scores of trials under way, so a smaller number searches better, and
        a larger one keeps more workers busy.

    reproducible : bool, default=True
        Learn from trials in the order in which they were started, so that an int `random_state`
        gives the same result for any `n_jobs` and backend. False learns from them as they
        complete, which keeps workers busier where fit times differ.

    early_discard : bool, default=False
        Stop evaluating a trial once its mean score so far is no better than the worst fold of the
        best trial known when it started [4]_. Such a trial is never the best; its other folds are
        NaN in ``cv_results_``, its ``mean_*`` and ``std_*`` are of the folds that were run, and
        ``n_splits_evaluated`` says how many those were. Compares one metric: the first one that a
        callable `scoring` returns, where `refit` names none.

    timeout : float or None, default=None
        Seconds after which nothing more is started and trials under way are dropped, whatever they
        do; without a finished trial it is a ``TimeoutError``. Has its say on the results, so they
        are not reproducible.

    fit_timeout : float or None, default=None
        Seconds that a fold may take. One that takes longer is ended, and its trial has failed.
        Only where folds run in other processes, as with ``n_jobs=2``.

    Attributes
    ----------
    population_history_ : pandas.DataFrame
        One row per trial that was told to the population, in the order of telling: its ``trial``
        number, which is negative for `initial_results`, the ``generation`` it was told in, its
        ``parents``' numbers and its ``score``, then the ``best`` and the ``mean`` score of the
        population and its ``diversity``, the mean standard deviation of its coordinates in the
        unit cube. Of several metrics the scores are of the first. Empty if the space was gone
        through.

    pareto_front_ : ndarray of int
        The rows of ``cv_results_``, ascending, that no other row dominates: none is as good in
        every metric and better in one. Rows of failed trials and of those that `early_discard` gave
        up are not among them. Only if there are several metrics and `refit` is False or callable.

    cv_results_ : dict of numpy (masked) ndarrays
        One row per trial in the order they were started, as
        :class:`~sklearn.model_selection.RandomizedSearchCV` has it.

    best_estimator_ : estimator
        The estimator fitted with the best parameters on all data. Only if ``refit`` is not False.

    best_score_ : float
        Mean cross-validated score of the best trial. Not if ``refit`` is callable.

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
    BayesSearch : Finds better parameters in small budgets.
    sklearn.model_selection.RandomizedSearchCV : Tries independent draws.

    References
    ----------
    .. [1] Fortin et al. (2012), DEAP: evolutionary algorithms made easy, JMLR 13.
    .. [2] Regis and Shoemaker (2013), Combining radial basis function surrogates and dynamic
       coordinate search in high-dimensional expensive black-box optimization, Engineering
       Optimization 45.
    .. [3] Hansen and Ostermeier (2001), Completely derandomized self-adaptation in evolution
       strategies, Evolutionary Computation 9.
    .. [4] Bergman, Purucker and Hutter (2024), Don't waste your time: early stopping
       cross-validation, AutoML conference.
    .. [5] Deb, Pratap, Agarwal and Meyarivan (2002), A fast and elitist multiobjective genetic
       algorithm: NSGA-II, IEEE Transactions on Evolutionary Computation 6.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hpt import GeneticSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GeneticSearch(
    ...     SVC(),
    ...     {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    ...     n_iter=25,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool(search.best_score_ > 0.95)
    True
    >>> len(search.population_history_)
    25
    """

    population_history_ = Table()

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **FullResourceSearch._parameter_constraints,
        "strategy": [StrOptions({"steady-state", "generational", "cma"})],
        "population_size": [Interval(Integral, 2, None, closed="left")],
        "crossover_probability": [Interval(Real, 0, 1, closed="both")],
        "mutation_probability": [Interval(Real, 0, 1, closed="both"), None],
        "tournament_size": [Interval(Integral, 1, None, closed="left")],
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
        initial_params: str | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        initial_results: Any = None,
        constraint: Callable[[dict[str, Any]], bool] | None = None,
        strategy: str = "steady-state",
        population_size: int = 20,
        crossover_probability: float = 0.8,
        mutation_probability: float | None = None,
        tournament_size: int = 3,
        max_concurrent_trials: int | None = None,
        reproducible: bool = True,
        early_discard: bool = False,
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
        self.early_discard = early_discard
        self.strategy = strategy
        self.population_size = population_size
        self.crossover_probability = crossover_probability
        self.mutation_probability = mutation_probability
        self.tournament_size = tournament_size

    def _make_sampler(
        self,
        space: Space,
        *,
        random_state: np.random.Generator,
        initial_params: Iterable[Mapping[str, Any]],
    ) -> GeneticSampler:
        return GeneticSampler(
            space,
            random_state=random_state,
            initial_params=initial_params,
            strategy=self.strategy,
            population_size=self.population_size,
            crossover_probability=self.crossover_probability,
            mutation_probability=self.mutation_probability,
            tournament_size=self.tournament_size,
            objectives="metrics" if self._is_for_all_metrics else "score",
        )

    def _plan(self, problem: Problem) -> GeneticPlan:
        if self.early_discard and self._is_for_all_metrics and _names_several(self.scoring):
            raise ValueError(
                "early_discard=True compares trials by one metric, but all of scoring are "
                f"maximised together with refit={self.refit!r}: name a metric in refit, or leave "
                "early_discard at False."
            )
        plan = super()._plan(problem)
        return GeneticPlan(
            plan.n_trials,
            plan.data,
            early_discard=plan.early_discard,
            is_for_all_metrics=self._is_for_all_metrics,
        )

    @property
    def _is_for_all_metrics(self) -> bool:
        """Whether several metrics, if there are, are maximised together."""
        return self.refit is False or callable(self.refit)


def _names_several(scoring: Any) -> bool:
    return isinstance(scoring, (list, tuple, set, Mapping)) and len(scoring) > 1


def _metrics_of(cv_results: Mapping[str, Any]) -> list[str]:
    prefix = "mean_test_"
    return [name.removeprefix(prefix) for name in cv_results if name.startswith(prefix)]
