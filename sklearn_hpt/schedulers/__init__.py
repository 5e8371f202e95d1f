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

__all__ = [
    "Bracket",
    "FullResource",
    "Rung",
    "Scheduler",
    "SuccessiveHalving",
    "halving_bracket",
    "hyperband_brackets",
    "n_possible_rungs",
    "n_required_rungs",
]
