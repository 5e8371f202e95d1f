"""Samplers propose parameters: one algorithm a file, or a folder where it needs parts."""

from sklearn_hpt._trial import Outcome, Sampler
from sklearn_hpt.samplers._base import BaseSampler
from sklearn_hpt.samplers._bayes import BayesSampler
from sklearn_hpt.samplers._genetic import GeneticSampler
from sklearn_hpt.samplers._grid import GridSampler
from sklearn_hpt.samplers._multi_fidelity import MultiFidelitySampler
from sklearn_hpt.samplers._random import RandomSampler
from sklearn_hpt.samplers._user import UserSampler

__all__ = [
    "BaseSampler",
    "BayesSampler",
    "GeneticSampler",
    "GridSampler",
    "MultiFidelitySampler",
    "Outcome",
    "RandomSampler",
    "Sampler",
    "UserSampler",
]
