"""What is known of a space from other searches."""

from __future__ import annotations

import ast
import math
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from sklearn_hpt._trial import Outcome
from sklearn_hpt.space import Key, Space, SubSpace

_MEAN_TEST, _PARAM = "mean_test_", "param_"
_MISSING = {"", "--", "None", "nan", "NaN", "NaT", "<NA>"}


@dataclass(frozen=True, slots=True)
class EarlierTrial:
    """A configuration that was evaluated before.

    Attributes
    ----------
    params : mapping of str to object
        The parameters, as the space has them.
    score : float or None
        Mean of the metric that drives the search, larger is better; None for a failed trial.
    metrics : mapping of str to float, default={}
        Mean of each of several metrics; empty if there is one.
    seconds : float, default=nan
        What it took to fit and score one fold; NaN if that is not known.
    """

    params: Mapping[str, Any]
    score: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = math.nan

    def outcome(self, rung: int) -> Outcome:
        """Return what a sampler learns of the trial, as if it were scored on a rung."""
        return Outcome(self.score, self.metrics, self.seconds, rung=rung)


def earlier_trials(
    initial_results: Any, space: Space, metric: str, metrics: Sequence[str] = ()
) -> list[EarlierTrial]:
    """Return the trials of other searches that lie in a space, each configuration once.

    Of the rows of halving only those with the most resource are comparable; the others are not
    heeded.

    Parameters
    ----------
    initial_results : fitted search, mapping or DataFrame
        A search, its ``cv_results_``, or a DataFrame of it, perhaps read from a file.
    space : Space
        The space.
    metric : str
        The metric that drives the search; "score" if there is one.
    metrics : sequence of str, default=()
        All of several metrics; by default those of the results.

    Returns
    -------
    list of EarlierTrial

    Raises
    ------
    TypeError, ValueError
        If `initial_results` holds no results, or none of a metric.

    Warns
    -----
    UserWarning
        If some do not lie in the space: once, with their number.
    """
    columns = _columns_of(initial_results)
    names = list(metrics) or _several_metrics(columns)
    for name in (metric, *names):
        if _MEAN_TEST + name not in columns:
            raise ValueError(
                f"initial_results has no {_MEAN_TEST + name!r}, but {_metrics_of(columns)}. Give "
                "results with the scoring of this search, or rename the column."
            )
    rows = _rows_of(columns)
    reader = _Reader(space, ignored=_resource_names(rows))
    trials: dict[Key, EarlierTrial] = {}
    outside = []
    for row in rows:
        params = reader.read(row.params)
        if params is None:
            outside.append(row.params)
        else:
            trials.setdefault(space.key_of(params), row.trial(params, metric, names))
    if outside:
        warnings.warn(
            f"{len(outside)} of the results in initial_results are not in param_distributions, or "
            f"refused by the constraint, and are left out; the first is of {outside[0]!r}.",
            UserWarning,
            stacklevel=2,
        )
    return list(trials.values())


@dataclass(frozen=True, slots=True)
class _Row:
    columns: Mapping[str, Sequence[Any]]
    position: int
    params: Mapping[str, Any]
    amount: Any

    def trial(self, params: Mapping[str, Any], metric: str, metrics: Sequence[str]) -> EarlierTrial:
        """Return the row's trial, with parameters as the space has them."""
        score = self._number(_MEAN_TEST + metric)
        return EarlierTrial(
            params,
            score if math.isfinite(score) else None,
            {name: self._number(_MEAN_TEST + name) for name in metrics},
            self._number("mean_fit_time") + self._number("mean_score_time"),
        )

    def _number(self, name: str) -> float:
        """Return a cell; NaN if it is empty."""
        if name not in self.columns or _is_missing(self.columns[name][self.position]):
            return math.nan
        return float(self.columns[name][self.position])


class _Reader:
    """Reads parameters as a space has them, out of whatever a file has made of them."""

    def __init__(self, space: Space, ignored: set[str]) -> None:
        self._space = space
        self._ignored = ignored
        self._by_text: dict[int, dict[str, Any]] = {}

    def read(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the configuration of the space that a row stands for; None if there is none."""
        for subspace in self._space.subspaces:
            try:
                params = self._read_as(subspace, given)
            except ValueError:
                continue
            if self._space.allows(params):
                return params
        return None

    def _read_as(self, subspace: SubSpace, given: Mapping[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            is_known = name in subspace.dimensions or name in self._ignored
            if not is_known and not _is_missing(value):
                raise ValueError(f"{name!r} is not one of {sorted(subspace.dimensions)}")
        return {name: self._value(subspace, name, given.get(name)) for name in subspace.dimensions}

    def _value(self, subspace: SubSpace, name: str, given: Any) -> Any:
        """Return a parameter's value: the very one, what its text says, or a choice of its text."""
        try:
            return subspace.own_value(name, given)
        except ValueError:
            if _is_missing(given):
                return subspace.own_value(name, None)
        literal = _literal(given)
        try:
            return subspace.own_value(name, literal)
        except ValueError:
            dimension = subspace.dimensions[name]
            if id(dimension) not in self._by_text:
                self._by_text[id(dimension)] = _choices_by_text(getattr(dimension, "values", ()))
            choices = self._by_text[id(dimension)]
            text = _text(given) if _text(given) in choices else _text(literal)
            if text not in choices:
                raise
            return choices[text]


def _choices_by_text(choices: Sequence[Any]) -> dict[str, Any]:
    """Return choices by what a file would have of them, but not those that it has alike."""
    texts = list(map(_text, choices))
    n_alike = Counter(texts)
    return {t: choice for t, choice in zip(texts, choices, strict=True) if n_alike[t] == 1}


def _text(value: Any) -> str:
    """Return a value's text; files may lose the last digits of a number."""
    is_float = isinstance(value, float)
    return f"{value:.12g}" if is_float else str(value)


def _literal(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return value


def _is_missing(value: Any) -> bool:
    """Whether a cell is masked or empty."""
    return value is None or (not isinstance(value, Mapping) and str(value) in _MISSING)


def _columns_of(initial_results: Any) -> dict[str, Sequence[Any]]:
    results = getattr(initial_results, "cv_results_", initial_results)
    names = list(results) if isinstance(results, Mapping) else getattr(results, "columns", None)
    if names is None:
        kind = type(results).__name__
        if hasattr(results, "get_params") and hasattr(results, "fit"):
            raise ValueError(f"initial_results is a {kind} that is not fitted: fit it before.")
        raise TypeError(
            f"initial_results is of type {kind}, which holds no results: give a fitted search, its "
            "cv_results_ or a DataFrame of it."
        )
    columns: dict[str, Sequence[Any]] = {str(name): list(results[name]) for name in names}
    if len(set(map(len, columns.values()))) > 1:
        raise ValueError("The columns of initial_results are not of one length.")
    return columns


def _metrics_of(columns: Mapping[str, Any]) -> list[str]:
    return [name for name in columns if name.startswith(_MEAN_TEST)]


def _several_metrics(columns: Mapping[str, Any]) -> list[str]:
    names = [name.removeprefix(_MEAN_TEST) for name in _metrics_of(columns)]
    return names if len(names) > 1 else []


def _rows_of(columns: Mapping[str, Sequence[Any]]) -> list[_Row]:
    params_of = _params_of(columns)
    n_rows = len(next(iter(columns.values())))
    # Early stopping has chosen each trial's own amount; rungs of halving have one for all.
    is_chosen = "best_resource" in columns
    amounts = columns.get("best_resource" if is_chosen else "n_resources", [None] * n_rows)
    rows = [_Row(columns, k, params_of(k), amounts[k]) for k in range(n_rows)]
    if is_chosen or "n_resources" not in columns:
        return rows
    largest = max(amounts, default=0)
    return [row for row in rows if row.amount == largest]


def _resource_names(rows: Sequence[_Row]) -> set[str]:
    """Return the parameters that were no choice but the amount of resource."""
    if not rows or rows[0].amount is None:
        return set()
    names = {name for name, value in rows[0].params.items() if isinstance(value, Integral)}
    return {name for name in names if all(row.params.get(name) == row.amount for row in rows)}


def _params_of(columns: Mapping[str, Sequence[Any]]) -> Callable[[int], Mapping[str, Any]]:
    """Return what gives the parameters of a row."""
    given = [_literal(params) for params in columns.get("params", ())]
    if given and all(isinstance(params, Mapping) for params in given):
        return given.__getitem__
    names = [name for name in columns if name.startswith(_PARAM)]
    if not names and "params" not in columns:
        raise ValueError(
            "initial_results has neither 'params' nor columns of parameters, as 'param_C': give "
            "a fitted search, its cv_results_ or a DataFrame of it."
        )
    return lambda position: {name.removeprefix(_PARAM): columns[name][position] for name in names}
