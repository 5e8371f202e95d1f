"""Fitted attributes that are tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


class Table:
    """A fitted attribute that is a DataFrame to its user and plain arrays to who writes it down.

    Formats that load only what they know to be safe refuse DataFrames.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, search: Any, owner: type | None = None) -> Any:
        if search is None:
            return self
        if self._name not in vars(search):
            raise AttributeError(
                f"{type(search).__name__!r} object has no attribute {self._name!r}"
            )
        import pandas as pd

        return pd.DataFrame(vars(search)[self._name])

    def __set__(self, search: Any, table: pd.DataFrame) -> None:
        # It goes by this name among the instance's attributes, as any fitted attribute does.
        vars(search)[self._name] = {name: np.asarray(column) for name, column in table.items()}

    def __delete__(self, search: Any) -> None:
        del vars(search)[self._name]
