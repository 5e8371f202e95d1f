"""Orders of samples whose every beginning is a fair sample of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.utils.multiclass import type_of_target

from sklearn_hpt.engine.training._samples import Samples

Indices = NDArray[np.intp]


def samples_of(
    estimator: Any,
    y: Any,
    n_samples: int,
    splits: Sequence[tuple[Any, Any]],
    rng: np.random.Generator,
) -> Samples:
    """Return parts of the samples, stratified for a classifier.

    Parameters
    ----------
    estimator : estimator
        What is trained.
    y : array-like or None
        Its target.
    n_samples : int
        How many samples there are.
    splits : sequence of (train, test)
        Indices or masks.
    rng : numpy.random.Generator
        Shuffles them.
    """
    order = _ordering(estimator, y, n_samples, rng)
    return Samples(n_samples, [(order(train), order(test)) for train, test in splits])


def hold_out(
    estimator: Any,
    y: Any,
    n_samples: int,
    splits: Sequence[tuple[Any, Any]],
    *,
    fraction: float,
    rng: np.random.Generator,
) -> tuple[list[tuple[Any, Any]], list[Indices]]:
    """Set a part of each training part aside, stratified for a classifier.

    Parameters
    ----------
    estimator, y, n_samples, splits, rng
        As in :func:`samples_of`.
    fraction : float
        How much to set aside.

    Returns
    -------
    splits : list of (train, test)
        What is left of them.
    held_out : list of ndarray
        Indices of what was set aside of each.

    Raises
    ------
    ValueError
        If nothing is left, or nothing is set aside.
    """
    order = _ordering(estimator, y, n_samples, rng)
    left, held_out = [], []
    for train, test in splits:
        indices = order(train)
        n_held_out = round(fraction * len(indices))
        if not 0 < n_held_out < len(indices):
            raise ValueError(
                f"validation_fraction={fraction} of {len(indices)} samples sets {n_held_out} "
                "aside: some must be set aside, and some left."
            )
        held_out.append(np.sort(indices[:n_held_out]))
        left.append((np.sort(indices[n_held_out:]), test))
    return left, held_out


def _ordering(
    estimator: Any, y: Any, n_samples: int, rng: np.random.Generator
) -> Callable[[Any], Indices]:
    """Return what puts indices in an order whose beginnings are fair samples."""
    labels = None
    if is_classifier(estimator) and not issparse(y):
        y = np.asarray(y)  # some arrays have a unique of their own
        labels = y.ravel() if type_of_target(y) in ("binary", "multiclass") else None

    def order(rows: Any) -> Indices:
        indices = np.arange(n_samples)[np.asarray(rows)]
        return nested_order(indices, None if labels is None else labels[indices], rng)

    return order


def nested_order(
    indices: NDArray[np.intp], labels: NDArray[Any] | None, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return indices in an order whose every beginning is a fair sample of them.

    Parameters
    ----------
    indices : ndarray of shape (n,)
        What to order.
    labels : ndarray of shape (n,) or None
        Classes that each beginning holds in proportion, starting with one sample of each; None
        is a random order.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of shape (n,)
    """
    shuffled = rng.permutation(len(indices))
    if labels is None:
        return indices[shuffled]
    _, codes = np.unique(labels[shuffled], return_inverse=True)
    by_class = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    ranks = np.empty(len(codes))
    ranks[by_class] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    # The k-th of n samples of a class comes after a share of k/n of all; the first ones lead.
    return indices[shuffled[np.argsort(ranks / counts[codes], kind="stable")]]
