"""Search spaces: from ``param_distributions`` to points of the unit cube and back."""

from sklearn_hpt.space._dimensions import Axis
from sklearn_hpt.space._space import Point, Space, SubSpace
from sklearn_hpt.space._subset import Subset

__all__ = ["Axis", "Point", "Space", "SubSpace", "Subset"]
