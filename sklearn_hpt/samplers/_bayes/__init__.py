"""Bayesian optimisation: a model of the scores, and where it expects the largest improvement."""

from sklearn_hpt.samplers._bayes._sampler import BayesSampler

__all__ = ["BayesSampler"]
