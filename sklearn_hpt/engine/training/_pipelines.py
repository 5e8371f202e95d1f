"""The steps of a pipeline before its last one, which alone is trained bit by bit."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object, process_routing

from sklearn_hpt._sklearn import n_samples_of, safe_indexing
from sklearn_hpt.engine.training._latest import Latest

_N_PROBED = 100


class Transformers:
    """The transformers of a pipeline, fitted once.

    Parameters
    ----------
    pipeline : Pipeline
        Its own transformers are those that are fitted.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._is_fitted = False
        self._transformed: Any = None
        self._remembering: list[tuple[str, Any]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_remembering": None}

    def forget_data(self) -> None:
        """Let go of the data that were transformed for scoring."""
        self._remembering = None

    def transform(self, X: Any, y: Any, params: Mapping[str, Any]) -> Any:
        """Return X as the last step sees it in training; X is the same at every call.

        A transformer may treat the data it is fitted to in another way than new data, as
        :class:`~sklearn.preprocessing.TargetEncoder` does. What it returned is kept then, since
        it could not be told again.
        """
        if len(self._pipeline.steps) == 1:
            return X
        if self._is_fitted:
            return self._again(X) if self._transformed is None else self._transformed
        head = self._pipeline[:-1]
        transformed = head.fit_transform(X, y, **_consumed(head, params))
        self._pipeline.steps[:-1] = head.steps  # with a memory, others than were given
        self._is_fitted = True
        rows = np.arange(min(_N_PROBED, n_samples_of(transformed)))
        again = self._again(safe_indexing(X, rows))
        if not _is_alike(again, safe_indexing(transformed, rows)):
            self._transformed = transformed
        return transformed

    def followed_by(self, model: Any) -> Any:
        """Return the pipeline with a last step, to be scored on the same data again and again."""
        if self._remembering is None:
            self._remembering = [(n, _remembering(t)) for n, t in self._pipeline.steps[:-1]]
        whole = copy.copy(self._pipeline)
        whole.steps = [*self._remembering, (whole.steps[-1][0], model)]
        return whole

    def _again(self, X: Any) -> Any:
        # A pipeline of them alone would ask the last one whether it is fitted, which not all know.
        for _, transformer in self._pipeline.steps[:-1]:
            if transformer not in (None, "passthrough"):
                X = transformer.transform(X)
        return X


def _remembering(transformer: Any) -> Any:
    """Return a view of a transformer that transforms the same data once."""
    if not hasattr(transformer, "transform"):
        return transformer

    def transform(X: Any, **params: Any) -> Any:
        # Some write into what they are given, and this will be given again.
        return transformer.transform(X.copy() if hasattr(X, "copy") else copy.copy(X), **params)

    view = copy.copy(transformer)
    view.transform = Latest(transform)
    return view


def last_step_params(pipeline: Pipeline, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of fit's metadata that the last step of a pipeline receives."""
    name = pipeline.steps[-1][0]
    if get_config()["enable_metadata_routing"]:
        return dict(process_routing(pipeline, "fit", **params)[name].fit)
    prefix = f"{name}__"
    return {k.removeprefix(prefix): v for k, v in params.items() if k.startswith(prefix)}


def _consumed(head: Pipeline, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of fit's metadata that the transformers receive."""
    if get_config()["enable_metadata_routing"]:
        names = get_routing_for_object(head).consumes("fit_transform", params.keys())
        return {name: params[name] for name in names}
    return {k: v for k, v in params.items() if k.partition("__")[0] in head.named_steps}


def _is_alike(a: Any, b: Any) -> bool:
    if sparse.issparse(a) and sparse.issparse(b):
        return a.shape == b.shape and _is_alike(a.toarray(), b.toarray())
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        return False
    try:
        return bool(np.allclose(a, b, equal_nan=True))
    except TypeError:  # strings and other objects
        return bool(np.array_equal(a, b))
