"""What the searchers share that give trials different resource levels."""

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
from sklearn_hpt.engine import Data, Training, is_parameter, samples_of, training_of
from sklearn_hpt.search._base import BaseSearch
from sklearn_hpt.search._problem import Problem
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

    def _data(self, problem: Problem) -> Data:
        """Return the data, with the metadata of whatever method trains."""
        # Without routing, what is passed to fit is for training, whatever method does it.
        is_routed = bool(get_config()["enable_metadata_routing"])
        is_partial = is_routed and self._is_trained_by_partial_fit
        return problem.data("partial_fit" if is_partial else "fit")

    def _make_training(
        self, problem: Problem, splits: Sequence[tuple[Any, Any]], *, continues: bool = True
    ) -> Training:
        if self._resource_name == SAMPLES:
            n_samples = n_samples_of(problem.X)
            return samples_of(self.estimator, problem.y, n_samples, splits, problem.plan_rng)
        return training_of(self.estimator, self._resource_name, problem.y, continues=continues)

    def _params_at(self, level: int) -> dict[str, Any]:
        """Return the estimator's parameters that a resource level sets."""
        name = self._resource_name
        return {name: level} if is_parameter(self.estimator, name) else {}

    def _fewest_samples(self, y: Any, n_splits: int) -> int:
        """Return how many samples each fold can be expected to be fitted and scored with."""
        if not is_classifier(self.estimator):
            return 2 * n_splits
        labels = np.asarray(y)  # some arrays have a unique of their own
        check_classification_targets(labels)
        return 2 * n_splits * len(np.unique(labels))

    def _check_resource(self, space: Space) -> None:
        """Raise ValueError if the estimator does not know the resource, or it is searched."""
        name = self._resource_name
        if name != SAMPLES:
            training_of(self.estimator, name, None, continues=True)
        if any(name in subspace.dimensions for subspace in space.subspaces):
            raise ValueError(
                f"Cannot use parameter {name} as the resource since it is part of the searched "
                "parameters."
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

    @property
    def _is_trained_by_partial_fit(self) -> bool:
        # The last step of a pipeline is, but a pipeline routes the metadata of fit alone.
        if isinstance(self.estimator, Pipeline):
            return False
        is_chosen = self.resource == AUTO and hasattr(self.estimator, "partial_fit")
        return is_chosen or self.resource == EPOCHS
