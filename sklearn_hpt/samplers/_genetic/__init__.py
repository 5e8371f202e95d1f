"""Evolution: offspring of the best, of which a quick model of the scores chooses whom to try."""

from sklearn_hpt.samplers._genetic._sampler import GeneticSampler

__all__ = ["GeneticSampler"]
