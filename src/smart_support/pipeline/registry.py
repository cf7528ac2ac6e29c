"""What people do with models: add one, try it in shadow, compare it, promote it, go back."""

from smart_support.domain.comparison import ENOUGH, Comparison, compare
from smart_support.domain.registry import ModelInfo, RegisteredModel, RegistryError, Roles
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.domain.triage import Model
from smart_support.pipeline.learning import LearningStore
from smart_support.pipeline.models import ModelSource
from smart_support.pipeline.ports import Clock


class UnknownModel(Exception):
    """The registry has no such model."""


class TooFewCompared(RegistryError):
    """A model is promoted on too little evidence, and nobody has insisted."""


class ModelRegistry:
    """Changes the roles of models, each change conditional on what was looked at, so that no two can mix.

    Models are the installation's: they are kept under the workspace `default` and triage for all of them. What a
    process does about a changed role is `FollowStep`'s. Every method raises Unavailable; those that change something
    raise UnknownModel, RegistryError, and ModelUnusable for a model that cannot be loaded here.
    """

    def __init__(
        self,
        store: LearningStore,
        source: ModelSource[Model],
        clock: Clock,
        alert_threshold: float,
        workspace: str = DEFAULT_WORKSPACE,
    ) -> None:
        self._store = store
        self._source = source
        self._clock = clock
        self._alert_threshold = alert_threshold
        self._workspace = workspace

    def models(self) -> list[RegisteredModel]:
        """All registered models, the newest first."""
        return self._store.models(self._workspace)

    def add(self, version: str, actor: str) -> tuple[RegisteredModel, bool]:
        """Register the model that lies ready under this version, and whether it was new."""
        info = self._source.info(version)
        fresh = self._store.add_model(self._workspace, info, self._clock.now(), actor)
        return self._find(version), fresh

    def shadow(self, version: str, actor: str) -> Roles:
        """Try a model on live tickets."""
        self._find(version)
        before = self._store.roles(self._workspace)
        after = before.tried(version)
        self._source.info(version)
        return self._change(before, after, "model.shadow", actor)

    def stop_shadow(self, version: str, actor: str) -> Roles:
        """Try it no more; what it said stays for a comparison if it is tried again."""
        before = self._store.roles(self._workspace)
        return self._change(before, before.untried(version), "model.unshadow", actor)

    def promote(self, version: str, actor: str, *, force: bool = False) -> Roles:
        """Let a model triage. Raises TooFewCompared unless `force`, where it was hardly ever compared."""
        self._find(version)
        self._check_not_chosen()
        before = self._store.roles(self._workspace)
        after = before.promoted(version)
        if after != before and not force:
            compared = self._compared(version)
            if not compared.enough:
                raise TooFewCompared(
                    f"{version} was compared with the active model on {compared.tickets} tickets, and {ENOUGH} are "
                    "needed to judge it. Let it run in shadow for longer, or force it"
                )
        self._source.info(version)
        return self._change(before, after, "model.promote", actor)

    def roll_back(self, actor: str) -> Roles:
        """Let the model triage that did so before the last promotion."""
        self._check_not_chosen()
        before = self._store.roles(self._workspace)
        after = before.rolled_back()
        self._source.info(after.active)  # raises ModelUnusable: better to stay than to fall
        return self._change(before, after, "model.rollback", actor)

    def compare(self) -> tuple[ModelInfo, ModelInfo, Comparison]:
        """The active model, the one in shadow, and how they compare. Raises RegistryError where none is in shadow."""
        shadow = self._store.roles(self._workspace).shadow
        if shadow is None:
            raise RegistryError("no model is in shadow; put one there first")
        return self._active(), self._find(shadow).info, self._compared(shadow)

    def _compared(self, version: str) -> Comparison:
        signatures = self._active().signatures
        pairs = self._store.pairs(self._workspace, version, signatures, self._alert_threshold)
        return compare(pairs, self._store.judged(self._workspace, version, signatures))

    def _active(self) -> ModelInfo:
        """What the registry says, and not what this process was able to load."""
        active = None if self._source.chosen else self._store.roles(self._workspace).active
        return self._source.info(None) if active is None else self._find(active).info

    def _find(self, version: str) -> RegisteredModel:
        found = next((model for model in self.models() if model.info.version == version), None)
        if found is None:
            raise UnknownModel(f"there is no model {version!r}; GET /models lists those there are")
        return found

    def _check_not_chosen(self) -> None:
        if self._source.chosen:
            raise RegistryError("MODEL_DIR names the model, and wins over the registry; unset it first")

    def _change(self, before: Roles, after: Roles, kind: str, actor: str) -> Roles:
        if after == before:
            return before
        if not self._store.change_roles(self._workspace, before, after, kind, self._clock.now(), actor):
            raise RegistryError("somebody else has changed the roles of models just now; look at them and try again")
        return after
