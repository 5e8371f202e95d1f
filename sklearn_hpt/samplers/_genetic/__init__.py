"""Evolution: offspring of the best trials, of which a quick model of the scores chooses."""

from sklearn_hpt.samplers._genetic._sampler import GeneticSampler

__all__ = ["GeneticSampler"]
