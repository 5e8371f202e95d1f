"""scikit-learn's histogram gradient boosting, without doing again what one long fit does once.

``warm_start`` bins the training data and predicts them by all trees at each call of ``fit``. Here
both are kept between the calls, and so are the predictions of the data that are scored. The trees
are those of one fit, to the last bit.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from sklearn_hpt._sklearn import HISTOGRAM_BOOSTING as NAMES
from sklearn_hpt.engine._data import Part
from sklearn_hpt.engine.training._base import fit
from sklearn_hpt.engine.training._latest import Latest

HISTOGRAM_CLASSES = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)
_METHODS = (NAMES.bin_training_data, NAMES.raw_predict, NAMES.validate)


def is_histogram_boosting(model: Any) -> bool:
    """Whether this is histogram gradient boosting whose workings are as we know them."""
    return isinstance(model, HISTOGRAM_CLASSES) and all(hasattr(model, name) for name in _METHODS)


class HistogramBoosting:
    """Trains by ``warm_start`` and keeps what training needs again, unless it is pickled."""

    can_continue: ClassVar[bool] = True

    def __init__(self) -> None:
        self._bins: tuple[Any, NDArray[np.uint8]] | None = None  # the mapper, the training data
        self._sums: NDArray[np.float64] | None = None  # raw predictions of the training data

    def __getstate__(self) -> dict[str, Any]:
        return {"_bins": None, "_sums": None}

    def train(self, model: Any, data: Part, done: int, resource: int) -> Any:
        if done == 0:
            self._bins = self._sums = None
        model.set_params(warm_start=True, max_iter=resource)
        methods = {NAMES.bin_training_data: partial(self._bin, model)}
        if done and not model.do_early_stopping_:
            methods[NAMES.raw_predict] = partial(self._predict, model)
        with _replaced(model, methods):
            return fit(model, data)

    def _bin(self, model: Any, *args: Any, is_training_data: bool) -> Any:
        original = getattr(type(model), NAMES.bin_training_data)
        if not is_training_data:
            return original(model, *args, is_training_data=False)
        if self._bins is None:
            binned = original(model, *args, is_training_data=True)
            self._bins = getattr(model, NAMES.bin_mapper), binned
        mapper, binned = self._bins
        setattr(model, NAMES.bin_mapper, mapper)
        return binned

    def _predict(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the array to which fit adds each new tree's predictions in place."""
        if self._sums is None:
            self._sums = getattr(type(model), NAMES.raw_predict)(model, *args, **kwargs)
        return self._sums


class HistogramStages:
    """Views of histogram gradient boosting after each of its rounds, from few to many.

    Parameters
    ----------
    model : estimator
        The fitted model.
    earlier : HistogramStages or None, default=None
        Those of the same model when it had fewer rounds, whose predictions go on.
    """

    def __init__(self, model: Any, earlier: HistogramStages | None = None) -> None:
        self._model = model
        new = Latest(partial(_Sums, model))
        self._sums: Latest[_Sums] = earlier._sums if earlier else new  # noqa: SLF001  its own kind

    def at(self, n_members: int) -> Any:
        """Return the model with its first members only."""
        view = copy.copy(self._model)
        setattr(view, NAMES.members, getattr(self._model, NAMES.members)[:n_members])
        setattr(view, NAMES.raw_predict, partial(self._raw_predict, n_members))
        return view

    def _raw_predict(self, n_members: int, X: Any) -> NDArray[np.float64]:
        return self._sums(X).until(self._model, n_members)


class _Sums:
    """Raw predictions of some data, to which each member is added once."""

    def __init__(self, model: Any, X: Any) -> None:
        self._X = getattr(model, NAMES.validate)(X, reset=False)
        self._values = getattr(model, NAMES.baseline)
        self._n_done = 0

    def until(self, model: Any, n_members: int) -> NDArray[np.float64]:
        """Return the sum of a model's first members, of which there are no fewer than before."""
        members = getattr(model, NAMES.members)[:n_members]
        rest = copy.copy(model)
        setattr(rest, NAMES.members, members[self._n_done :])
        setattr(rest, NAMES.baseline, self._values)
        setattr(rest, NAMES.validate, _as_it_is)
        self._values = getattr(type(model), NAMES.raw_predict)(rest, self._X)
        self._n_done = len(members)
        return self._values.copy(order="F")


def _as_it_is(X: Any, **_: Any) -> Any:
    return X


@contextmanager
def _replaced(model: Any, methods: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Replace methods of one instance for a while."""
    vars(model).update(methods)
    try:
        yield
    finally:
        for name in methods:
            del vars(model)[name]
