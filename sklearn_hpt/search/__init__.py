"""The searchers."""

from sklearn_hpt.search._base import BaseSearch
from sklearn_hpt.search._bayes import BayesSearch

__all__ = ["BaseSearch", "BayesSearch"]
