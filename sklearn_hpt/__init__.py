"""Hyperparameter search for scikit-learn.

Searchers that take :class:`sklearn.model_selection.RandomizedSearchCV`'s place by changing one
import.
"""

from sklearn_hpt.feature_selection import FeatureMask
from sklearn_hpt.search import (
    BayesSearch,
    EarlyStoppedSearch,
    GeneticSearch,
    SuccessiveHalvingSearch,
)
from sklearn_hpt.space import Subset

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesSearch",
    "EarlyStoppedSearch",
    "FeatureMask",
    "GeneticSearch",
    "Subset",
    "SuccessiveHalvingSearch",
]
