"""What the searchers share that give trials different amounts of resource."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.multiclass import check_classification_targets

from sklearn_hpt._sklearn import HasMethods, StrOptions, n_samples_of
from sklearn_hpt.engine import Resource, is_parameter, samples_of, training_of
from sklearn_hpt.search._base import BaseSearch
from sklearn_hpt.search._samplers import NAMED_SAMPLERS, make_sampler
from sklearn_hpt.space import Space

SAMPLES, EPOCHS, AUTO = "n_samples", "epochs", "auto"


class ResourceSearch(BaseSearch):
    """A search that may train a trial in steps.

    A subclass has the parameters `resource` and `sampler`, and names its scheduler in `_plan`.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseSearch._parameter_constraints,
        "resource": [str],
        "sampler": [StrOptions(set(NAMED_SAMPLERS)), HasMethods(["ask", "tell"]), callable],
    }

    resource: str
    sampler: Any

    @property
    @abstractmethod
    def _resource_name(self) -> str:
        """What resource there is."""

    def _make_sampler(
        self,
        space: Space,
        *,
        random_state: np.random.Generator,
        initial_params: Iterable[Mapping[str, Any]],
    ) -> Any:
        return make_sampler(
            self.sampler, space, random_state=random_state, initial_params=initial_params
        )

    def _make_resource(
        self,
        X: Any,
        y: Any,
        splits: Sequence[tuple[Any, Any]],
        rng: np.random.Generator,
        *,
        continues: bool = True,
    ) -> Resource:
        if self._resource_name == SAMPLES:
            return samples_of(self.estimator, y, n_samples_of(X), splits, rng)
        return training_of(self.estimator, self._resource_name, y, continues=continues)

    def _params_at(self, amount: int) -> dict[str, Any]:
        """Return the estimator's parameters that an amount of the resource sets."""
        name = self._resource_name
        return {name: amount} if is_parameter(self.estimator, name) else {}

    def _fewest_samples(self, y: Any, n_splits: int) -> int:
        """Return how many samples each fold can be expected to be fitted and scored with."""
        if not is_classifier(self.estimator):
            return 2 * n_splits
        check_classification_targets(y)
        return 2 * n_splits * len(np.unique(y))

    def _check_resource(self) -> None:
        """Raise ValueError if the estimator does not know the resource."""
        if self._resource_name != SAMPLES:
            training_of(self.estimator, self._resource_name, None, continues=True)

    def _check_resource_is_not_searched(self, space: Space) -> None:
        if any(self._resource_name in subspace.dimensions for subspace in space.subspaces):
            raise ValueError(
                f"Cannot use parameter {self._resource_name} as the resource since it is part of "
                "the searched parameters."
            )

    def get_metadata_routing(self) -> MetadataRouter:
        """Get metadata routing of this object.

        Returns
        -------
        routing : MetadataRouter
            What is passed to ``fit`` goes to the estimator's ``partial_fit`` where that is how it
            is trained.
        """
        router = super().get_metadata_routing()
        if self._is_trained_by_partial_fit:
            mapping = MethodMapping().add(caller="fit", callee="partial_fit")
            router.add(estimator=self.estimator, method_mapping=mapping)
        return router

    def _fit_params(self, routed: Any) -> Mapping[str, Any]:
        # Without routing, what is passed to fit is for training, whatever method does it.
        if self._is_trained_by_partial_fit and get_config()["enable_metadata_routing"]:
            return routed.estimator.partial_fit
        return super()._fit_params(routed)

    @property
    def _is_trained_by_partial_fit(self) -> bool:
        # The last step of a pipeline is, but a pipeline routes the metadata of fit alone.
        if isinstance(self.estimator, Pipeline):
            return False
        is_chosen = self.resource == AUTO and hasattr(self.estimator, "partial_fit")
        return is_chosen or self.resource == EPOCHS
