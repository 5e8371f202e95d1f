"""How an estimator is brought from one resource level to a higher one."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from sklearn_hpt.engine._data import Part


class Trainer(Protocol):
    """Brings an estimator to a resource level.

    Attributes
    ----------
    can_continue : bool
        Whether it goes on from what was reached before, rather than starting again.
    """

    can_continue: ClassVar[bool]

    def train(self, model: Any, data: Part, done: int, resource: int) -> Any:
        """Train a model from a resource level that is done to a higher one; return it.

        A model that cannot continue is trained again from nothing.
        """
