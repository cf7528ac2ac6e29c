"""The engine as it serves: the tiers of a model from its folder, warm, and the language of what they read."""

from pathlib import Path
from time import monotonic, time

from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.triage import Text
from smart_support.triage import features
from smart_support.triage.engine import Engine
from smart_support.triage.language import detect
from smart_support.triage.light import LightModel
from smart_support.triage.models import SHIPPED, load_models
from smart_support.triage.transformer import Reading

_TEXT = Text("Checkout is down", "No customer can pay since 9:00.")


def load_engine(
    folder: Path | None, limits: BreakerLimits, run_seconds: float, *, light_only: bool
) -> tuple[LightModel, Engine[Reading]]:
    """The light model in a folder (None: the shipped one) and the engine over all that is there; with `light_only` the
    transformer is left out.

    Raises BundleError and EncoderError, which say what to do.
    """
    models = load_models(folder or SHIPPED)
    transformer = None if light_only else models.transformer
    engine = Engine(models.light, transformer, _language, limits, monotonic, time, run_seconds)
    # The first call costs more than the next ones; no ticket is to wait for it, nor the breaker to see it.
    models.light.triage([_TEXT])
    if transformer is not None:
        transformer.triage([_TEXT])
    _language(_TEXT)
    return models.light, engine


def _language(text: Text) -> str | None:
    return detect(features.read(text))
