"""A model as a folder: `light/` and, where there is one, `transformer/`, each a bundle; or a Hugging Face encoder."""

from dataclasses import dataclass
from pathlib import Path

from smart_support.domain.registry import BundleInfo
from smart_support.triage.adopt import Progress, adopt
from smart_support.triage.bundle import MANIFEST, Bundle, BundleError, Draft, load, replaceable, save
from smart_support.triage.encoder import CPU, is_encoder
from smart_support.triage.light import LightModel, load_light
from smart_support.triage.storm_rule import StormModel
from smart_support.triage.swap import replaced
from smart_support.triage.transformer import TransformerModel, describe_transformer, load_transformer

SHIPPED = Path(__file__).parent.parent / "models"
"""The model that comes with the package."""

LIGHT, TRANSFORMER = "light", "transformer"


@dataclass(frozen=True, slots=True)
class ModelSet:
    """The two tiers of one model; they have the same labels. `left_out` is the transformer that belongs to it, where
    that was not loaded."""

    light: LightModel
    transformer: TransformerModel | None
    left_out: BundleInfo | None = None

    @property
    def storm_models(self) -> dict[str, StormModel]:
        """The tiers by the version of their vectors."""
        models: dict[str, StormModel] = {self.light.version: self.light}
        if self.transformer is not None:
            models[self.transformer.encoder.version] = self.transformer
        return models


def load_models(
    folder: Path = SHIPPED,
    provider: str = CPU,
    threads: int = 0,
    progress: Progress | None = None,
    *,
    light_only: bool = False,
) -> ModelSet:
    """The model in a folder. One that is a light bundle itself has no transformer. One that holds an encoder and no
    heads gets those that `adopt` fits, which takes a while (`progress`), and the shipped light model.

    With `light_only` no encoder is loaded, nor looked for: of the transformer no more is known than what its manifest
    says, and an encoder without heads is the shipped light model alone.

    Raises BundleError and EncoderError, which say what to do.
    """
    if not folder.is_dir():
        raise BundleError(f"The model folder {folder} does not exist: name one that does (for a system, in MODEL_DIR).")
    if (folder / MANIFEST).is_file():
        return ModelSet(load_light(folder), None)
    if is_encoder(folder):
        light = load_light(SHIPPED / LIGHT)
        return ModelSet(light, None if light_only else adopt(folder, light, provider, threads, progress))
    light = load_light(folder / LIGHT)
    if not (folder / TRANSFORMER).is_dir():
        return ModelSet(light, None)
    if light_only:
        return ModelSet(light, None, describe_transformer(folder / TRANSFORMER))
    return ModelSet(light, load_transformer(folder / TRANSFORMER, light, provider, threads))


def check_free(folder: Path) -> None:
    """Raises BundleError where `save_models` would leave the folder alone: it holds neither a model nor a bundle."""
    if folder.exists() and not replaceable(folder) and not _is_model(folder):
        raise BundleError(f"{folder} exists and is no model: give another folder, or empty this one.")


def save_models(folder: Path, light: Draft, transformer: Draft) -> tuple[Bundle, Bundle]:
    """Writes both tiers to `folder`, all or nothing, and returns them as loaded from there.

    A model or a bundle that stands there is replaced. Raises BundleError as `check_free` does, and when the disk
    refuses.
    """
    check_free(folder)
    try:
        with replaced(folder) as temporary:
            save(temporary / LIGHT, light)
            save(temporary / TRANSFORMER, transformer)
    except OSError as error:
        raise BundleError(f"The model {folder} cannot be written: {error}.") from error
    return load(folder / LIGHT, light.kind), load(folder / TRANSFORMER, transformer.kind)


def _is_model(folder: Path) -> bool:
    return folder.is_dir() and all(
        entry.name in {LIGHT, TRANSFORMER} and replaceable(entry) for entry in folder.iterdir()
    )
