"""Schedulers decide how much resource a trial gets: one policy a file."""

from sklearn_hpt.schedulers._base import Scheduler
from sklearn_hpt.schedulers._full import FullResource

__all__ = ["FullResource", "Scheduler"]
