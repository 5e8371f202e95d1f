"""Schedulers decide how much resource a trial gets: one policy a file."""

from sklearn_hpt._trial import Scheduler
from sklearn_hpt.schedulers._early_stopping import EarlyStopping, scores_until_failure
from sklearn_hpt.schedulers._full import FullResource
from sklearn_hpt.schedulers._halving import SuccessiveHalving
from sklearn_hpt.schedulers._pruning import PruningRule, median_stopping
from sklearn_hpt.schedulers._rungs import (
    Rung,
    Rungs,
    halving_bracket,
    hyperband_brackets,
    n_possible_rungs,
    n_required_rungs,
)

__all__ = [
    "EarlyStopping",
    "FullResource",
    "PruningRule",
    "Rung",
    "Rungs",
    "Scheduler",
    "SuccessiveHalving",
    "halving_bracket",
    "hyperband_brackets",
    "median_stopping",
    "n_possible_rungs",
    "n_required_rungs",
    "scores_until_failure",
]
