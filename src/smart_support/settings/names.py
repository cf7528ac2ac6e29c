"""The names in `.env`, which anybody may misspell: the parser passes over those it does not know."""

from difflib import get_close_matches

from dotenv import dotenv_values

from smart_support.settings import Settings

_OTHERS = ("OTEL_", "PG")
"""Names in `.env` that others than the settings read begin so."""


def unknown_names() -> dict[str, str | None]:
    """The names in `.env` that are no setting's, which do nothing, in order; each with the setting that is perhaps
    meant, if one is like it."""
    known = {name.upper() for name in Settings.model_fields} | {"URGENCY_WEBHOOK_THRESHOLD", "CONFIG_FILE"}
    found = {name.upper() for name in dotenv_values(".env")}
    unknown = sorted(name for name in found - known if not name.startswith(_OTHERS))
    return {name: next(iter(get_close_matches(name, sorted(known), 1, 0.8)), None) for name in unknown}


def listed(unknown: dict[str, str | None]) -> str:
    """As a sentence names them."""
    return ", ".join(name if meant is None else f"{name} (is {meant} meant?)" for name, meant in unknown.items())
