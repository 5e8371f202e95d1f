"""Schedulers decide how much resource a trial gets: one policy a file."""

from sklearn_hpt.schedulers._base import Scheduler
from sklearn_hpt.schedulers._brackets import (
    Bracket,
    Rung,
    halving_bracket,
    hyperband_brackets,
    n_possible_rungs,
    n_required_rungs,
)
from sklearn_hpt.schedulers._full import FullResource
from sklearn_hpt.schedulers._halving import SuccessiveHalving
from sklearn_hpt.schedulers._plateau import EarlyStopping, scores_until_failure
from sklearn_hpt.schedulers._pruning import PruningRule, median_stopping

__all__ = [
    "Bracket",
    "EarlyStopping",
    "FullResource",
    "PruningRule",
    "Rung",
    "Scheduler",
    "SuccessiveHalving",
    "halving_bracket",
    "hyperband_brackets",
    "median_stopping",
    "n_possible_rungs",
    "n_required_rungs",
    "scores_until_failure",
]
