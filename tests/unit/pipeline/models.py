"""Models and where they come from, for the tests of the steps."""

from smart_support.domain.registry import BundleInfo, ModelInfo, RegisteredModel, Roles
from smart_support.domain.triage import Tier, Triage
from smart_support.pipeline.models import Loaded, ModelUnusable

OWN = "light-000000000000"


class NamedModel:
    """Signs what it says; `before` is called in each batch."""

    tier = Tier.LIGHT

    def __init__(self, version: str) -> None:
        self.version = version
        self.before = lambda: None

    def triage(self, texts):
        self.before()
        return [Triage("Legal", 0.7, 0.9, Tier.LIGHT, self.version) for _ in texts]


def info(version: str) -> ModelInfo:
    return ModelInfo(version, ("Technical", "Legal"), (BundleInfo(Tier.LIGHT, version),))


class Source:
    """Has every model, but for those that are `broken`; counts what was loaded."""

    def __init__(self, *, chosen: bool = False) -> None:
        self.chosen = chosen
        self.broken: set[str | None] = set()
        self.loaded: list[str | None] = []

    def info(self, version):
        if version in self.broken:
            raise ModelUnusable(f"{version} is damaged")
        return info(version or OWN)

    def active(self, version):
        self.loaded.append(version)
        return Loaded(self.info(version), NamedModel(version or OWN))

    shadow = active


class Registry:
    """The roles, as a test sets them."""

    def __init__(self, roles: Roles = Roles()) -> None:  # noqa: B008 - frozen
        self.now = roles

    def roles(self, _workspace):
        return self.now

    def models(self, _workspace) -> list[RegisteredModel]:
        return []
