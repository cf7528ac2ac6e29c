"""Proofs that a request comes from its source. Whatever a header holds, nothing but Unverified is raised.

All comparisons take the same time however much of the proof is right.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

from smart_support.pipeline.sources import Unverified

WINDOW_SECONDS = 300.0
"""How far a source's clock may be from ours, either way: a request that was recorded is of no use after it."""

_MAX_HEADER = 1_024
_MAX_SIGNATURES = 8
_SEPARATORS = re.compile(r"[,\s]+")
_EPOCH = re.compile(r"[0-9]{1,11}")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,18}(?:Z|[+-][0-9]{2}:?[0-9]{2})")


def header(headers: Mapping[str, str], name: str) -> str:
    """The value of a header, its name in lower case; raises Unverified unless there is one, of a sane size and in
    ASCII."""
    value = headers.get(name, "").strip()
    if not value:
        raise Unverified(f"the header {name} is missing")
    if len(value) > _MAX_HEADER or not value.isascii():
        raise Unverified(f"the header {name} is none that the source sends")
    return value


def check_signature(
    secret: str,
    signed: bytes,
    given: str,
    *,
    digest: Literal["sha256", "sha1"] = "sha256",
    encoding: Literal["hex", "base64"] = "hex",
    prefix: str = "",
) -> None:
    """Raises Unverified unless the header's value `given` holds the HMAC of what was signed. It may hold several,
    separated by commas or spaces, as while a secret is replaced by another: one that is right is enough. Hexadecimal
    digits are in lower case; each is preceded by `prefix`."""
    raw = hmac.new(secret.encode(), signed, getattr(hashlib, digest)).digest()
    right = f"{prefix}{raw.hex()}" if encoding == "hex" else base64.b64encode(raw).decode()
    _check(right, _SEPARATORS.split(given)[:_MAX_SIGNATURES])


def check_token(secret: str, given: str | None) -> None:
    """Raises Unverified unless the token is the secret: for a source that signs nothing."""
    if not given:
        raise Unverified("the token is missing")
    _check(secret, [given])


def check_time(given: str, now: float) -> None:
    """Raises Unverified unless a time, in epoch seconds or ISO 8601, is at most WINDOW_SECONDS from now."""
    if _EPOCH.fullmatch(given):
        at = float(given)
    elif _ISO.fullmatch(given):
        try:
            at = datetime.fromisoformat(given).astimezone(UTC).timestamp()
        except (ValueError, OverflowError) as error:
            raise Unverified("the timestamp is none") from error
    else:
        raise Unverified("the timestamp is none")
    if abs(now - at) > WINDOW_SECONDS:
        raise Unverified(f"the timestamp is {now - at:.0f} s away")


def fingerprint(body: bytes) -> str:
    """An id of a delivery that follows from the bytes that were signed, for a source that signs no id and no time: who
    recorded a request cannot have it taken for a new one."""
    return hashlib.sha256(body).hexdigest()


def _check(right: str, given: Iterable[str]) -> None:
    # Bytes, because for text with other characters than ASCII compare_digest raises an error of its own.
    wanted = right.encode()
    found = [hmac.compare_digest(wanted, one.encode("utf-8", "surrogatepass")) for one in given]
    if not any(found):
        raise Unverified("what is to prove it does not match")
