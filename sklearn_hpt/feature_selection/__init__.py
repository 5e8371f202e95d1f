"""Steps of a pipeline that a search chooses features with."""

from sklearn_hpt.feature_selection._mask import FeatureMask

__all__ = ["FeatureMask"]
