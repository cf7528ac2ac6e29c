"""The model at work: which one that is follows from the registry, and is changed between two batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import structlog

from smart_support.domain.registry import ModelInfo
from smart_support.domain.ticket import DEFAULT_WORKSPACE
from smart_support.domain.triage import Model, Text, Tier, Triage
from smart_support.pipeline.learning import ModelStore
from smart_support.pipeline.records import Refusal

log = structlog.get_logger(__name__)

RETRY_SECONDS = 30.0
"""After so long a model that could not be loaded is tried again: somebody may have put it there by now."""


M_co = TypeVar("M_co", bound=Model, covariant=True)


class ModelUnusable(Exception):
    """A model is missing, damaged or does not fit this program; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[M_co]):
    """A model in memory."""

    info: ModelInfo
    model: M_co


class ModelSource(Protocol[M_co]):
    """Where models come from; `M_co` is what triages live tickets. A version of None is the program's own model, or the
    one that the settings name.

    Every method raises ModelUnusable.
    """

    @property
    def chosen(self) -> bool:
        """Whether the settings name a model: it then wins over the registry."""
        ...

    def info(self, version: str | None) -> ModelInfo:
        """What a model is, checked like one that is to be put to work."""
        ...

    def active(self, version: str | None) -> Loaded[M_co]:
        """A model, ready for live tickets."""
        ...

    def shadow(self, version: str) -> Loaded[Model]:
        """A model, ready to be tried beside another one."""
        ...


class CurrentModel(Generic[M_co]):
    """The active model (`domain.triage.Model`), whichever that is now.

    A batch ends with the model that it began with, however often the model is swapped meanwhile.
    """

    def __init__(self, loaded: Loaded[M_co]) -> None:
        self._loaded = loaded

    @property
    def model(self) -> M_co:
        """The model itself, as it is now."""
        return self._loaded.model

    @property
    def info(self) -> ModelInfo:
        return self._loaded.info

    @property
    def tier(self) -> Tier:
        return self._loaded.model.tier

    @property
    def version(self) -> str:
        return self._loaded.model.version

    def swap(self, loaded: Loaded[M_co]) -> None:
        """Let this model triage from the next batch on."""
        self._loaded = loaded

    def triage(self, texts: Sequence[Text]) -> list[Triage]:
        return self._loaded.model.triage(texts)


class PatientLoader:
    """Loads models; one that cannot be loaded is logged once and tried again after a while. `timer()` gives seconds."""

    def __init__(self, what: str, timer: Callable[[], float]) -> None:
        self._what = what
        self._timer = timer
        self._retry_at = 0.0
        self.refusal: Refusal | None = None

    def load(self, version: str | None, load: Callable[[], Loaded[M_co]]) -> Loaded[M_co] | None:
        """The model, or None where `load` raises ModelUnusable, or did so lately."""
        refused = self.refusal
        if refused is not None and refused.version == version and self._timer() < self._retry_at:
            return None
        try:
            loaded = load()
        except ModelUnusable as error:
            self.refusal = Refusal(version, str(error))
            self._retry_at = self._timer() + RETRY_SECONDS
            if self.refusal != refused:
                log.warning("model_refused", role=self._what, version=version, reason=str(error))
            return None
        self.refusal = None
        log.info("model_loaded", role=self._what, version=loaded.info.version)
        return loaded


class FollowStep(Generic[M_co]):
    """Keeps `current` what the registry says: a role that is changed anywhere is followed by every process.

    A model is loaded beside the one at work, which goes on until then, and stays where the new one cannot be loaded;
    `refusal` says so. A model that the settings name wins over the registry, `roles` are as the registry has them.
    """

    def __init__(
        self,
        store: ModelStore,
        source: ModelSource[M_co],
        timer: Callable[[], float],
        workspace: str = DEFAULT_WORKSPACE,
    ) -> None:
        """Loads the active model, or else the program's own. Raises Unavailable, and ModelUnusable where neither can
        be loaded."""
        self._store = store
        self._source = source
        self._loader = PatientLoader("active", timer)
        self._workspace = workspace
        self.roles = store.roles(workspace)
        self._at_work = self._wanted()
        loaded = None if self._at_work is None else self._load(self._at_work)
        if loaded is None:
            self._at_work, loaded = None, source.active(None)
        self.current = CurrentModel(loaded)

    @property
    def chosen(self) -> bool:
        """Whether the settings name the model, so that the registry changes nothing here."""
        return self._source.chosen

    @property
    def refusal(self) -> Refusal | None:
        return self._loader.refusal

    def run_once(self) -> int:
        """Look at the roles and follow them; always 0, because there is nothing to hurry for. Raises Unavailable.

        One thread at a time may do so.
        """
        self.roles = self._store.roles(self._workspace)
        wanted = self._wanted()
        if wanted == self._at_work:
            self._loader.refusal = None
        elif (loaded := self._load(wanted)) is not None:
            self.current.swap(loaded)
            self._at_work = wanted
        return 0

    def _wanted(self) -> str | None:
        return None if self._source.chosen else self.roles.active

    def _load(self, version: str | None) -> Loaded[M_co] | None:
        return self._loader.load(version, lambda: self._source.active(version))
