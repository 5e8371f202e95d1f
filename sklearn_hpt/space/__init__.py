"""Search spaces: from ``param_distributions`` to points of the unit cube and back."""

from sklearn_hpt.space._dimensions import Axis
from sklearn_hpt.space._space import Key, Space
from sklearn_hpt.space._subset import Subset
from sklearn_hpt.space._subspace import Point, SubSpace

__all__ = ["Axis", "Key", "Point", "Space", "SubSpace", "Subset"]
