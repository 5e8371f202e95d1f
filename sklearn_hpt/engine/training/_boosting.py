"""Going on from the booster that another fit has left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sklearn.base import clone

from sklearn_hpt.engine._data import Part
from sklearn_hpt.engine.training._base import fit


@dataclass(frozen=True)
class Boosting:
    """Adding rounds to a booster that another fit has left.

    Attributes
    ----------
    name : str
        The parameter that is the number of rounds.
    keyword : str
        The argument of ``fit`` that takes the booster.
    """

    name: str
    keyword: str
    can_continue: ClassVar[bool] = True

    def train(self, model: Any, data: Part, done: int, resource: int) -> Any:
        longer = clone(model).set_params(**{self.name: resource - done})
        booster = model if done else None
        if booster is not None and hasattr(booster, "get_booster"):
            booster = booster.get_booster()
        return fit(longer, Part(data.X, data.y, {**data.params, self.keyword: booster}))
