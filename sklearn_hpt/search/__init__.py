"""The searchers."""

from sklearn_hpt.search._bayes import BayesSearch

__all__ = ["BayesSearch"]
