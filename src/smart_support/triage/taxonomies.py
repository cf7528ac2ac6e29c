"""A model with the categories of each workspace."""

import threading
from collections.abc import Callable

from smart_support.domain.taxonomy import Taxonomy
from smart_support.triage.taxonomy import TaxonomyModel


class Taxonomies:
    """One model for all workspaces, in each by the taxonomy that was applied there; elsewhere by the shipped one.
    `made` gives the model by that. Safe to call from several threads."""

    def __init__(self, made: Callable[[], TaxonomyModel]) -> None:
        self._made = made
        self._shipped = made()
        self._own: dict[str, TaxonomyModel] = {}
        self._using = threading.Lock()

    def of(self, workspace: str) -> TaxonomyModel:
        """The model in a workspace."""
        return self._own.get(workspace, self._shipped)

    def use(self, workspace: str, taxonomy: Taxonomy) -> None:
        """Triage by this taxonomy there from now on; returns once it is read. Until then the former one holds."""
        with self._using:
            model = self._own.get(workspace) or self._made()
            model.use(taxonomy)
            self._own[workspace] = model
