"""Selecting features by a mask."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data


class FeatureMask(SelectorMixin, BaseEstimator):
    """Keeps the features that a boolean mask selects.

    For searching features beside hyperparameters, with the mask a
    :class:`~sklearn_hpt.Subset`.

    Parameters
    ----------
    mask : array-like of bool of shape (n_features,) or None, default=None
        True for each feature to keep. None keeps all.

    Attributes
    ----------
    support_ : ndarray of bool of shape (n_features_in_,)
        The mask.

    n_features_in_ : int
        Number of features seen during fit.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names. Only if they are all strings.

    Raises
    ------
    ValueError
        From ``fit``, if `mask` is not boolean, of another length than there are features, or
        selects none.

    See Also
    --------
    sklearn_hpt.Subset : Masks as a value of ``param_distributions``.
    sklearn.feature_selection.SelectFromModel : Selects by the importance that a model gives.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_hpt import FeatureMask
    >>> X = np.arange(6).reshape(2, 3)
    >>> FeatureMask(mask=[True, False, True]).fit_transform(X)
    array([[0, 2],
           [3, 5]])
    """

    def __init__(self, mask: ArrayLike | None = None) -> None:
        self.mask = mask

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the mask against the data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data; values do not matter.
        y : object, default=None
            Not used.

        Returns
        -------
        self : object
            The fitted transformer.
        """
        validate_data(self, X, accept_sparse="csr", dtype=None, ensure_all_finite=False)
        n_features = self.n_features_in_
        support = np.ones(n_features, dtype=bool) if self.mask is None else np.array(self.mask)
        if support.dtype != bool or support.ndim != 1:
            raise ValueError(
                f"mask must hold a boolean for each feature, got {self.mask!r}. "
                "Give True for each feature to keep and False for the others."
            )
        if len(support) != n_features:
            raise ValueError(
                f"mask has {len(support)} entries, but X has {n_features} features. "
                "Give one entry a feature; in a search, Subset(n_features) with their number."
            )
        if not support.any():
            raise ValueError(f"mask={self.mask!r} selects no feature. Select at least one.")
        self.support_ = support
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.string = True
        return tags
