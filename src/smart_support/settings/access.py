"""Who may come in, how often, and by which way."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:]+\](:[0-9]{1,5})?")


def _origins(value: Any) -> Any:
    """A list, or what stands between commas."""
    found = [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value
    wrong = [one for one in found or () if not (isinstance(one, str) and _ORIGIN.fullmatch(one))]
    if wrong:
        raise ValueError("give origins as https://app.example.org, without a path, and with commas between them")
    return found


class AccessSettings(BaseSettings):
    """The part of the settings that says who may come in."""

    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = Field(
        default=(),
        description="Web pages of other origins that may call with an API key, such as https://app.example.org; commas "
        "between several. Default: none.",
    )
    tls_cert: Path | None = Field(
        default=None, description="Certificate and chain (PEM): the API speaks https by itself. Needs TLS_KEY."
    )
    tls_key: Path | None = Field(default=None, description="The private key (PEM, without a passphrase) to TLS_CERT.")
    rate_limit_per_minute: Annotated[int, Field(ge=0, le=100_000_000)] = Field(
        default=60_000,
        description="Calls a minute with one API key, as many at once; above it 429. 0: as many as come. Whoever is on "
        "this machine without a key is not limited.",
    )
    rate_limit_without_key_per_minute: Annotated[int, Field(ge=0, le=100_000_000)] = Field(
        default=600,
        description="Calls a minute from one address that show no key, or a wrong one, as many at once; 0: as many as "
        "come.",
    )
