"""Going on by ``warm_start``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sklearn_hpt.engine._data import Part
from sklearn_hpt.engine.training._base import fit


@dataclass(frozen=True)
class WarmStart:
    """Going on by ``warm_start``.

    Attributes
    ----------
    name : str
        The parameter.
    counts_all : bool
        Whether the parameter counts what was trained before as well, as the members of an
        ensemble, rather than what is to be added, as the iterations of a solver.
    """

    name: str
    counts_all: bool
    can_continue: ClassVar[bool] = True

    def train(self, model: Any, data: Part, done: int, resource: int) -> Any:
        own = resource if self.counts_all else resource - done
        return fit(model.set_params(warm_start=True, **{self.name: own}), data)
