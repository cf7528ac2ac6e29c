"""Models in a folder, each in one of its own that is named by its version: DATA_DIR/models/VERSION/light, ..."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from smart_support.domain.registry import BundleInfo, ModelInfo
from smart_support.domain.triage import Model
from smart_support.pipeline.models import Loaded, ModelUnusable
from smart_support.triage.bundle import MANIFEST, BundleError
from smart_support.triage.encoder import EncoderError
from smart_support.triage.models import LIGHT, SHIPPED, TRANSFORMER, ModelSet, load_models

M = TypeVar("M", bound=Model)


class ModelFolder(Generic[M]):
    """The port ModelSource. `live` makes of a model's tiers what triages live tickets, `tried` what is tried beside it
    (None: the best tier); `chosen_dir` is the model that the settings name, if they do; `read` reads one from a folder,
    raising BundleError or EncoderError."""

    def __init__(
        self,
        root: Path,
        live: Callable[[ModelSet], M],
        chosen_dir: Path | None = None,
        read: Callable[[Path], ModelSet] = load_models,
        tried: Callable[[ModelSet], Model] | None = None,
    ) -> None:
        self._root = root
        self._live = live
        self._chosen_dir = chosen_dir
        self._read = read
        self._tried = tried or best

    @property
    def chosen(self) -> bool:
        return self._chosen_dir is not None

    def info(self, version: str | None) -> ModelInfo:
        return describe(self._load(version))

    def active(self, version: str | None) -> Loaded[M]:
        models = self._load(version)
        return Loaded(describe(models), self._live(models))

    def shadow(self, version: str) -> Loaded[Model]:
        models = self._load(version)
        return Loaded(describe(models), self._tried(models))

    def add(self, source: Path) -> ModelInfo:
        """Copy a model, or a bare light bundle, under its version; all or nothing. One that is there already stays.

        Raises ModelUnusable, and OSError where the disk refuses.
        """
        if not _bundles(source):
            raise ModelUnusable(f"{source} holds no trained model; `smart-support train` makes one")
        info = describe(self._sound(source))
        target = self._root / info.version
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=self._root) as name:
            draft = Path(name) / info.version
            for bundle, folder in _bundles(source).items():
                shutil.copytree(folder, draft / bundle)
            if describe(self._sound(draft)) != info:
                raise ModelUnusable(f"{source} was changed while it was copied; try again")
            if target.exists() and not self._is_sound(info.version):
                target.rename(Path(name) / "damaged")
            try:
                draft.rename(target)
            except OSError:  # it stands there: from before, or because somebody else was faster
                if not self._is_sound(info.version):
                    raise
        return info

    @cached_property
    def _own(self) -> ModelSet:
        """What the settings name, read once: an encoder without heads takes a while to get some."""
        return self._sound(self._chosen_dir or SHIPPED)

    def _load(self, version: str | None) -> ModelSet:
        if version is None:
            return self._own
        folder = self._root / version
        if not folder.is_dir():
            raise ModelUnusable(f"{folder} is not on this machine; `smart-support models add DIR` puts it there")
        models = self._sound(folder)
        if (found := describe(models).version) != version:
            raise ModelUnusable(f"{folder} holds {found}; remove it and add the model again")
        return models

    def _sound(self, folder: Path) -> ModelSet:
        try:
            return self._read(folder)
        except (BundleError, EncoderError) as error:
            raise ModelUnusable(str(error)) from error

    def _is_sound(self, version: str) -> bool:
        try:
            self._load(version)
        except ModelUnusable:
            return False
        return True


def describe(models: ModelSet) -> ModelInfo:
    """A model without its weights, the main tier first, also where that was left out: it is the same model."""
    main = models.transformer or models.left_out
    tiers = (models.light,) if main is None else (main, models.light)
    bundles = tuple(BundleInfo(tier.tier, tier.version, tier.figures) for tier in tiers)
    return ModelInfo.of_bundles(models.light.labels, bundles)


def best(models: ModelSet) -> Model:
    """The tier that knows most."""
    return models.transformer or models.light


def _bundles(source: Path) -> dict[str, Path]:
    """The folders that make the model, each under the name that it has in one."""
    if (source / MANIFEST).is_file():
        return {LIGHT: source}
    return {name: source / name for name in (LIGHT, TRANSFORMER) if (source / name).is_dir()}
