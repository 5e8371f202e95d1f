"""Samplers propose parameters: one algorithm a file."""

from sklearn_hpt.samplers._base import BaseSampler, Sampler
from sklearn_hpt.samplers._bayes import BayesSampler
from sklearn_hpt.samplers._genetic import GeneticSampler
from sklearn_hpt.samplers._grid import GridSampler
from sklearn_hpt.samplers._multi_fidelity import MultiFidelitySampler
from sklearn_hpt.samplers._random import RandomSampler

__all__ = [
    "BaseSampler",
    "BayesSampler",
    "GeneticSampler",
    "GridSampler",
    "MultiFidelitySampler",
    "RandomSampler",
    "Sampler",
]
