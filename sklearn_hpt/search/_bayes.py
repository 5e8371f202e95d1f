"""Bayesian search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_hpt._sklearn import HasMethods, Interval, StrOptions
from sklearn_hpt.samplers import BayesSampler
from sklearn_hpt.search._full import FullResourceSearch
from sklearn_hpt.space import Space


class BayesSearch(FullResourceSearch):
    """Search that learns where good parameters lie, by Bayesian optimisation.

    Takes :class:`~sklearn.model_selection.RandomizedSearchCV`'s place: the constructor, the
    methods and the fitted attributes are its own. A Gaussian process predicts the scores of
    parameters not tried yet, and how sure it is; the next trial is where it expects the largest
    improvement [1]_ [2]_. A space with no more than `n_iter` configurations is gone through in
    full instead.

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
        `refit` names drives the search, or the first if `refit` is False or callable.

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

    n_initial_points : int or None, default=None
        Number of space-filling trials before the model is asked; None is one more than there are
        dimensions, at most 8.

    surrogate : "gp", "forest" or estimator, default="gp"
        The model of the scores: a Gaussian process, scikit-optimize's random forest, or a
        regressor whose ``predict`` takes ``return_std=True``.

    cost_aware : bool, default=False
        Look for the largest expected improvement per second [2]_, by a second model of how long a
        fit takes; for spaces where fit times differ by orders of magnitude. Measured times have
        their say on the results then, so they are not reproducible.

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
        best trial known when it started [3]_. Such a trial is never the best; its other folds are
        NaN in ``cv_results_``, its ``mean_*`` and ``std_*`` are of the folds that were run, and
        ``n_splits_evaluated`` says how many those were.

    timeout : float or None, default=None
        Seconds after which nothing more is started and trials under way are dropped, whatever they
        do; without a finished trial it is a ``TimeoutError``. Has its say on the results, so they
        are not reproducible.

    fit_timeout : float or None, default=None
        Seconds that a fold may take. One that takes longer is ended, and its trial has failed.
        Only where folds run in other processes, as with ``n_jobs=2``.

    Attributes
    ----------
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
    sklearn.model_selection.RandomizedSearchCV : Tries independent draws.
    sklearn.model_selection.GridSearchCV : Tries every combination.

    References
    ----------
    .. [1] Jones, Schonlau and Welch (1998), Efficient global optimization of expensive black-box
       functions, Journal of Global Optimization 13.
    .. [2] Snoek, Larochelle and Adams (2012), Practical Bayesian optimization of machine learning
       algorithms, NIPS.
    .. [3] Bergman, Purucker and Hutter (2024), Don't waste your time: early stopping
       cross-validation, AutoML conference.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sklearn_hpt import BayesSearch
    >>> X, y = load_iris(return_X_y=True)
    >>> search = BayesSearch(
    ...     SVC(),
    ...     {"C": loguniform(1e-2, 1e3), "gamma": loguniform(1e-4, 1e1)},
    ...     n_iter=15,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> bool(search.best_score_ > 0.95)
    True
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **FullResourceSearch._parameter_constraints,
        "n_initial_points": [Interval(Integral, 1, None, closed="left"), None],
        "surrogate": [StrOptions({"gp", "forest"}), HasMethods(["fit", "predict"])],
        "cost_aware": ["boolean"],
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
        n_initial_points: int | None = None,
        surrogate: str | BaseEstimator = "gp",
        cost_aware: bool = False,
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
        self.n_initial_points = n_initial_points
        self.surrogate = surrogate
        self.cost_aware = cost_aware

    def _make_sampler(
        self,
        space: Space,
        *,
        random_state: np.random.Generator,
        initial_params: Iterable[Mapping[str, Any]],
    ) -> BayesSampler:
        return BayesSampler(
            space,
            random_state=random_state,
            initial_params=initial_params,
            n_initial_points=self.n_initial_points,
            surrogate=self.surrogate,
            cost_aware=self.cost_aware,
        )
