"""Models in a folder, each in one of its own that is named by its version: DATA_DIR/models/VERSION/light, ..."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from smart_support.domain.registry import ModelInfo
from smart_support.domain.triage import Model
from smart_support.pipeline.models import Loaded, ModelUnusable
from smart_support.triage.bundle import BundleError
from smart_support.triage.models import SHIPPED, ModelSet, load_models

_BUNDLES = ("light", "transformer")


class ModelFolder:
    """The port ModelSource. `chosen_dir` is the model that the settings name, if they do; `live` makes of a model's
    tiers what triages live tickets, and `read` reads them from a folder, raising BundleError."""

    def __init__(
        self,
        root: Path,
        chosen_dir: Path | None = None,
        live: Callable[[ModelSet], Model] = lambda models: models.best,
        read: Callable[[Path], ModelSet] = load_models,
    ) -> None:
        self._root = root
        self._chosen_dir = chosen_dir
        self._live = live
        self._read = read

    @property
    def chosen(self) -> bool:
        return self._chosen_dir is not None

    def info(self, version: str | None) -> ModelInfo:
        return self._own_info if version is None else self._load(version).info

    def active(self, version: str | None) -> Loaded:
        models = self._load(version)
        return Loaded(models.info, self._live(models))

    def shadow(self, version: str) -> Loaded:
        models = self._load(version)
        return Loaded(models.info, models.best)

    def add(self, source: Path) -> ModelInfo:
        """Copy a model, or a bare light bundle, under its version; all or nothing. One that is there already stays.

        Raises ModelUnusable, and OSError where the disk refuses.
        """
        info = self._sound(source).info
        target = self._root / info.version
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=self._root) as name:
            draft = Path(name) / info.version
            for bundle, folder in _bundles(source).items():
                shutil.copytree(folder, draft / bundle)
            if self._sound(draft).info != info:
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
    def _own_info(self) -> ModelInfo:
        return self._load(None).info

    def _load(self, version: str | None) -> ModelSet:
        if version is None:
            return self._sound(self._chosen_dir or SHIPPED)
        folder = self._root / version
        if not folder.is_dir():
            raise ModelUnusable(f"{folder} is not on this machine; `smart-support models add DIR` puts it there")
        models = self._sound(folder)
        if models.info.version != version:
            raise ModelUnusable(f"{folder} holds {models.info.version}; remove it and add the model again")
        return models

    def _sound(self, folder: Path) -> ModelSet:
        try:
            return self._read(folder)
        except BundleError as error:
            raise ModelUnusable(str(error)) from error

    def _is_sound(self, version: str) -> bool:
        try:
            self._load(version)
        except ModelUnusable:
            return False
        return True


def _bundles(source: Path) -> dict[str, Path]:
    """The folders that make the model, each under the name that it has in one."""
    found = {name: source / name for name in _BUNDLES if (source / name).is_dir()}
    return found if "light" in found else {"light": source}
