"""Models that can be put to work, and the roles that they have: which one triages, which one is only tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smart_support.domain.triage import Tier

VERSION_PATTERN = r"^[a-z]{1,32}-[0-9a-f]{12}(_[a-z]{1,32}-[0-9a-f]{12})?$"


class RegistryError(ValueError):
    """The change of roles is not possible as things stand; the message says why and what is."""


class Role(StrEnum):
    """What a registered model is there for. One model has a role at most, and one role has a model at most."""

    ACTIVE = "active"
    SHADOW = "shadow"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """One bundle of a model. `version` stands on the results that it signs; `figures` are those of its training."""

    tier: Tier
    version: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model without its weights. `version` follows from the versions of its bundles, the main tier first."""

    version: str
    labels: tuple[str, ...]
    bundles: tuple[BundleInfo, ...]

    @classmethod
    def of_bundles(cls, labels: tuple[str, ...], bundles: tuple[BundleInfo, ...]) -> "ModelInfo":
        return cls("_".join(bundle.version for bundle in bundles), labels, bundles)

    @property
    def signatures(self) -> frozenset[str]:
        """The versions that may stand on this model's results: either of its tiers may have spoken."""
        return frozenset(bundle.version for bundle in self.bundles)

    def figures(self, tier: Tier) -> Mapping[str, Any]:
        """Those of one tier; none where the model has no such bundle."""
        return next((bundle.figures for bundle in self.bundles if bundle.tier is tier), {})


@dataclass(frozen=True, slots=True)
class RegisteredModel:
    """A model in the registry."""

    info: ModelInfo
    added_at: float
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Roles:
    """Which version has which role. With no active one, the model that comes with the program triages."""

    active: str | None = None
    shadow: str | None = None
    previous: str | None = None

    def of(self, version: str) -> Role | None:
        return next((role for role in Role if getattr(self, role.value) == version), None)

    def tried(self, version: str) -> "Roles":
        """The roles with `version` as shadow, in place of any other. Raises RegistryError."""
        if version == self.active:
            raise RegistryError(f"{version} is the active model; a shadow is compared with it, so choose another")
        if version == self.previous:
            raise RegistryError(f"{version} is what a rollback goes back to; roll back, or promote another model first")
        return replace(self, shadow=version)

    def untried(self, version: str) -> "Roles":
        """The roles without `version` as shadow. Raises RegistryError."""
        if version != self.shadow:
            raise RegistryError(f"{version} is not in shadow")
        return replace(self, shadow=None)

    def promoted(self, version: str) -> "Roles":
        """The roles with `version` active, and what was active before as previous."""
        if version == self.active:
            return self
        return Roles(version, None if version == self.shadow else self.shadow, self.active)

    def rolled_back(self) -> "Roles":
        """The roles with the previous model active again, or none, which is the one that comes with the program.

        Raises RegistryError.
        """
        if self.active is None:
            raise RegistryError("the model that comes with the program is active; there is nothing to go back from")
        return Roles(self.previous, self.shadow)
