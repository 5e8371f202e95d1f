"""What trials are trained and scored on: the data of a search, and the rows of one fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sklearn_hpt._sklearn import check_method_params, n_samples_of, safe_split


class Part(NamedTuple):
    """Some rows of the data, with the metadata that go along with them."""

    X: Any
    y: Any
    params: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Part of {_n_rows(self.X)} rows"  # an error's text must not hold the data


@dataclass(frozen=True, repr=False)
class Data:
    """The data of a search, which all its trials share.

    Attributes
    ----------
    X, y : array-like
        The data.
    splits : sequence of (train, test)
        Indices, drawn once for the whole search.
    fit_params, score_params : mapping
        Routed metadata.
    validation : sequence of ndarray or None
        Indices set aside of each training part, to be scored as well.
    """

    X: Any
    y: Any
    splits: Sequence[tuple[Any, Any]]
    fit_params: Mapping[str, Any] = field(default_factory=dict)
    score_params: Mapping[str, Any] = field(default_factory=dict)
    validation: Sequence[Any] | None = None

    def __repr__(self) -> str:
        return f"Data of {_n_rows(self.X)} rows in {self.n_splits} splits"

    @property
    def n_splits(self) -> int:
        """Number of folds."""
        return len(self.splits)

    def fold(self, number: int) -> Fold:
        """Return the rows of one split."""
        train, test = self.splits[number]
        validation = None if self.validation is None else self.validation[number]
        return Fold(self, number, train, test, validation)

    @property
    def whole(self) -> Part:
        """Everything, to be trained on."""
        return Part(self.X, self.y, self.fit_params)


@dataclass(frozen=True, repr=False)
class Fold:
    """The rows of one split.

    Attributes
    ----------
    data : Data
        What they are of.
    number : int
        Which split.
    train, test : array-like
        Indices of what is trained on, and of what is scored.
    validation : array-like or None
        Indices of what was set aside of the training part.
    """

    data: Data
    number: int
    train: Any
    test: Any
    validation: Any = None

    def __repr__(self) -> str:
        return f"Fold {self.number} of {self.data!r}"

    def narrowed(self, train: Any, test: Any) -> Fold:
        """Return a fold of fewer rows."""
        return replace(self, train=train, test=test)

    def training_part(self, estimator: Any) -> Part:
        """Return what an estimator is trained on."""
        data = self.data
        X, y = safe_split(estimator, data.X, data.y, self.train)
        return Part(X, y, check_method_params(data.X, params=data.fit_params, indices=self.train))

    def scored_part(self, estimator: Any, rows: Any) -> Part:
        """Return rows to score an estimator on that was trained on this fold."""
        data = self.data
        X, y = safe_split(estimator, data.X, data.y, rows, self.train)
        return Part(X, y, check_method_params(data.X, params=data.score_params, indices=rows))


def _n_rows(X: Any) -> Any:
    try:
        return n_samples_of(X)
    except TypeError:
        return "unknown"
