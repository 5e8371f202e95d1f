"""Training from nothing for each resource level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sklearn.base import clone

from sklearn_hpt.engine._data import Part
from sklearn_hpt.engine.training._base import fit


@dataclass(frozen=True)
class FromScratch:
    """Training from nothing each time.

    Attributes
    ----------
    name : str
        The parameter that is the resource.
    """

    name: str
    can_continue: ClassVar[bool] = False

    def train(self, model: Any, data: Part, done: int, resource: int) -> Any:
        return fit(clone(model).set_params(**{self.name: resource}), data)
