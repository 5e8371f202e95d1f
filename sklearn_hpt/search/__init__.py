"""The searchers."""

from sklearn_hpt.search._base import BaseSearch
from sklearn_hpt.search._bayes import BayesSearch
from sklearn_hpt.search._early_stopped import EarlyStoppedSearch
from sklearn_hpt.search._full import FullResourceSearch
from sklearn_hpt.search._genetic import GeneticSearch
from sklearn_hpt.search._halving import SuccessiveHalvingSearch
from sklearn_hpt.search._resource import ResourceSearch

__all__ = [
    "BaseSearch",
    "BayesSearch",
    "EarlyStoppedSearch",
    "FullResourceSearch",
    "GeneticSearch",
    "ResourceSearch",
    "SuccessiveHalvingSearch",
]
