"""`triage`: category, urgency and reasons for tickets in a file, without any server."""

import itertools
import math
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from smart_support.cli.console import Failure, bar, emit, json_lines, progress, source_name, table
from smart_support.cli.taxonomy import TaxonomyOption, usable
from smart_support.domain.breaker import BreakerLimits
from smart_support.domain.triage import Model, Text, Triage
from smart_support.settings import load
from smart_support.triage.models import SHIPPED, load_models
from smart_support.triage.serve import make_engine
from smart_support.triage.taxonomy import TaxonomyModel
from smart_support.triage.taxonomy_file import load as load_taxonomy

_BATCH = 256
_PATIENT = BreakerLimits(slow_seconds=math.inf)  # nobody waits: a slow machine shall answer like a fast one


class TierChoice(StrEnum):
    """Which model to ask; `auto` takes the best there is."""

    LIGHT = "light"
    TRANSFORMER = "transformer"
    AUTO = "auto"


def triage(
    file: str = typer.Argument("-", help="JSON lines {id, subject, body}; - reads stdin."),
    tier: TierChoice = typer.Option(TierChoice.AUTO, help="Which model to ask."),
    taxonomy: Path | None = TaxonomyOption,
    _json: bool = typer.Option(False, "--json", help="JSON lines; they are the default."),
    explain: bool = typer.Option(
        False, "--explain", help="Show a table with the deciding words instead of JSON lines."
    ),
) -> None:
    """Triage tickets: JSON lines in, JSON lines out in the same order."""
    model = open_model(tier, taxonomy)
    results = _triaged(file, model)
    if explain:
        table("Triage", ("id", "category", "confidence", "urgency", "because"), map(_explained, results))
        return
    for record, result in results:
        emit(_out(record, result))


def open_model(tier: TierChoice, taxonomy: Path | None) -> TaxonomyModel:
    """A model without any server, by a taxonomy file; raises Failure, and TaxonomyError."""
    settings = load()
    folder = settings.model_dir or SHIPPED
    light_only = tier is TierChoice.LIGHT or (tier is TierChoice.AUTO and settings.model_fallback)
    with bar("Reading the model") as tell:
        models = load_models(folder, settings.execution_provider, 1, tell, light_only=light_only)
    if tier is TierChoice.TRANSFORMER and models.transformer is None:
        raise Failure(f"{folder} holds no transformer model; use --tier light or auto")
    engine = make_engine(models, _PATIENT, math.inf, settings.inference_threads)
    model = TaxonomyModel(engine, lambda: models.light.labels, load_taxonomy(), lambda: engine.tiers)
    if taxonomy is not None:
        model.use(usable(taxonomy, model))
    return model


def _triaged(file: str, model: Model) -> Iterator[tuple[dict[str, Any], Triage]]:
    lines = json_lines(file)
    with progress() as bar:
        task = bar.add_task("Triage", total=None)
        while batch := list(itertools.islice(lines, _BATCH)):
            texts = [_text(file, number, record) for number, record in batch]
            yield from zip((record for _, record in batch), model.triage(texts), strict=True)
            bar.advance(task, len(batch))


def _text(file: str, number: int, record: dict[str, Any]) -> Text:
    subject, body = record.get("subject") or "", record.get("body") or ""
    if not record.keys() & {"subject", "body"}:
        raise Failure(f"{source_name(file)}, line {number}: neither subject nor body; one of them is needed")
    if not isinstance(subject, str) or not isinstance(body, str):
        raise Failure(f"{source_name(file)}, line {number}: subject and body must be text")
    return Text(subject, body)


def _out(record: dict[str, Any], result: Triage) -> dict[str, Any]:
    return {
        "id": record.get("id"),
        "category": result.category,
        "confidence": round(result.confidence, 4),
        "needs_review": result.needs_review,
        "urgency": round(result.urgency, 4),
        "tier": result.tier.value,
        "language": result.language,
        "reasons": [
            {"of": reason.of.value, "quote": reason.quote, "weight": round(reason.weight, 4)}
            for reason in result.reasons
        ],
    }


def _explained(found: tuple[dict[str, Any], Triage]) -> Iterable[object]:
    record, result = found
    because = ", ".join(f"{reason.quote!r} ({reason.of.value} {reason.weight:+.2f})" for reason in result.reasons)
    category = f"{result.category} (needs review)" if result.needs_review else result.category
    return record.get("id"), category, f"{result.confidence:.2f}", f"{result.urgency:.2f}", because
