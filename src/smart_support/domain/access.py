"""Who may do what: API keys, their scopes, and the actor that every event names."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from smart_support.domain.ticket import DEFAULT_WORKSPACE, State, Ticket

_MARK = "ss"
KEY_ID_PATTERN = r"^[0-9a-f]{1,32}$"
_ID_BYTES, _SECRET_BYTES = 6, 32

SESSION_SECONDS = 12 * 3600.0
"""How long somebody stays signed in."""


class Scope(StrEnum):
    """What a key opens. `admin` opens everything."""

    INTAKE = "intake"
    READ = "read"
    AGENT = "agent"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling, in which workspace, what he may do, which agent he is, if any, and until when he may."""

    actor: str
    workspace: str
    scopes: frozenset[Scope]
    agent_id: str | None = None
    expires_at: float | None = None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes

    @property
    def bound_to(self) -> str | None:
        """The agent to whose own tickets he is held; None for an admin, and with a key that is nobody's."""
        return None if Scope.ADMIN in self.scopes else self.agent_id

    def may_see(self, ticket: Ticket) -> bool:
        """Whether the ticket is shown to him; it is of his workspace."""
        return may_see(self.bound_to, ticket)

    @property
    def administers_all(self) -> bool:
        """Whether he administers the installation, and not one workspace of it alone."""
        return self.workspace == DEFAULT_WORKSPACE and Scope.ADMIN in self.scopes


def may_see(bound_to: str | None, ticket: Ticket) -> bool:
    """Whether a ticket is shown to whoever is held to an agent's own (None: to nobody's): those that are that agent's,
    or were when they were resolved, and those that wait, as he may take them."""
    return bound_to is None or ticket.agent_id == bound_to or ticket.state is State.WAITING


LOCAL = Principal("local", DEFAULT_WORKSPACE, frozenset({Scope.ADMIN}))
"""Whoever is on this machine: the open loopback, and commands given beside a running system."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is kept of a key: never the secret, only its SHA-256. Times are UTC epoch seconds.

    `agent_id` is the agent whose key it is, if it is one's; `last_used_at` is a minute old at most.
    """

    id: str
    workspace: str
    name: str
    scopes: frozenset[Scope]
    secret_sha256: str
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    agent_id: str | None = None
    last_used_at: float | None = None

    def active(self, now: float) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def admits(self, secret: str, now: float) -> bool:
        """Whether the secret is this key's, compared in constant time, and the key is still active."""
        return hmac.compare_digest(_sha256(secret), self.secret_sha256) and self.active(now)

    @property
    def principal(self) -> Principal:
        return Principal(f"key:{self.id}", self.workspace, self.scopes, self.agent_id, self.expires_at)


def new_key(
    name: str,
    scopes: frozenset[Scope],
    now: float,
    random: Callable[[int], str],
    *,
    key_id: str | None = None,
    workspace: str = DEFAULT_WORKSPACE,
    expires_at: float | None = None,
    agent_id: str | None = None,
) -> tuple[ApiKey, str]:
    """A key to store and the token to hand out once: `ss_<id>_<secret>`, the secret holding 256 random bits.

    `random(n)` gives n random bytes in hexadecimal, as `secrets.token_hex` does. The id is random where none is given.
    """
    key_id, secret = key_id or random(_ID_BYTES), random(_SECRET_BYTES)
    key = ApiKey(key_id, workspace, name, scopes, _sha256(secret), now, expires_at, agent_id=agent_id)
    return key, f"{_MARK}_{key_id}_{secret}"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in with a key: what is kept is the SHA-256 of the token that his browser holds. It ends at
    `expires_at`, and with its key. Times are UTC epoch seconds."""

    token_sha256: str
    key_id: str
    created_at: float
    expires_at: float


def new_session(key: ApiKey, now: float, random: Callable[[int], str]) -> tuple[Session, str]:
    """A session to store and the token, 256 random bits, for the browser. `random` is as for `new_key`."""
    token = random(_SECRET_BYTES)
    ends = now + SESSION_SECONDS
    expires_at = ends if key.expires_at is None else min(ends, key.expires_at)
    return Session(session_hash(token), key.id, now, expires_at), token


def session_hash(token: str) -> str:
    """What is kept of a session's token."""
    return _sha256(token)


def split_token(token: str) -> tuple[str, str] | None:
    """The id and the secret in a token, or None where it is not of the form that `new_key` hands out."""
    match token.split("_"):
        case [mark, key_id, secret] if mark == _MARK and key_id and secret:
            return key_id, secret
    return None


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
