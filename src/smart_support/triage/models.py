"""A model as a folder: `light/` and, where there is one, `transformer/`, each a bundle."""

from dataclasses import dataclass
from pathlib import Path

from smart_support.triage.bundle import MANIFEST
from smart_support.triage.encoder import CPU
from smart_support.triage.light import LightModel, load_light
from smart_support.triage.transformer import TransformerModel, load_transformer

SHIPPED = Path(__file__).parent.parent / "models"
"""The model that comes with the package."""

LIGHT, TRANSFORMER = "light", "transformer"


@dataclass(frozen=True, slots=True)
class ModelSet:
    """The two tiers of one model; they have the same labels."""

    light: LightModel
    transformer: TransformerModel | None


def load_models(folder: Path = SHIPPED, provider: str = CPU, threads: int = 0) -> ModelSet:
    """The model in a folder; a folder that is a light bundle itself has no transformer.

    Raises BundleError and EncoderError, which say what to do.
    """
    if (folder / MANIFEST).is_file():
        return ModelSet(load_light(folder), None)
    light = load_light(folder / LIGHT)
    if not (folder / TRANSFORMER).is_dir():
        return ModelSet(light, None)
    return ModelSet(light, load_transformer(folder / TRANSFORMER, light, provider, threads))
