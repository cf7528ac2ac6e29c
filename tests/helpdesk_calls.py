"""Calls as helpdesks make them, signed by what each documents: for tests and benchmarks."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parent / "unit" / "adapters" / "sources" / "payloads"
KINDS = ("zendesk", "chatwoot", "github", "zammad", "django-helpdesk", "generic")
TIMED = ("zendesk", "chatwoot")
SECRET = "s3cret-of-the-tests"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its body, its headers by names in lower case, and its query."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


def payload(name: str) -> dict[str, Any]:
    """A recorded payload."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def call(kind: str, told: Any, now: float, *, secret: str = SECRET, **headers: str) -> Call:
    """What a helpdesk of a kind sends; further headers by their names with underscores."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    match kind:
        case "zendesk":
            at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            proof = base64.b64encode(_hmac(secret, at.encode() + body)).decode()
            names = {"x-zendesk-webhook-signature": proof, "x-zendesk-webhook-signature-timestamp": at}
        case "chatwoot":
            at = f"{now:.0f}"
            proof = f"sha256={_hmac(secret, at.encode() + b'.' + body).hex()}"
            names = {"x-chatwoot-signature": proof, "x-chatwoot-timestamp": at}
        case "github":
            event = "issue_comment" if b'"comment": {' in body else "issues"
            names = {"x-hub-signature-256": f"sha256={_hmac(secret, body).hex()}", "x-github-event": event}
        case "zammad":
            names = {"x-hub-signature": f"sha1={_hmac(secret, body, 'sha1').hex()}"}
        case "django-helpdesk":
            return Call(body, more, {"token": secret})
        case _:
            names = {"x-signature": _hmac(secret, body).hex()}
    return Call(body, names | more)


def _hmac(secret: str, signed: bytes, digest: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), signed, getattr(hashlib, digest)).digest()
