"""Who is calling: API keys over `Authorization: Bearer` or `X-API-Key`, and the open loopback."""

import hmac
import ipaddress
import re
from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from smart_support.api.problems import Problem
from smart_support.domain.access import LOCAL, ApiKey, Principal, Scope, split_token
from smart_support.pipeline.ports import Clock, KeyStore

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")


class KeyRing:
    """The keys as last read from the store, so that no request waits for it and /v1 works while it is down.

    `open_loopback` allows anyone as long as no key was ever made. `local_token` opens everything to commands on this
    machine that may read the data directory.
    """

    def __init__(self, store: KeyStore, clock: Clock, *, open_loopback: bool, local_token: str | None = None) -> None:
        self._store = store
        self._clock = clock
        self._open_loopback = open_loopback
        self._local_token = local_token
        self._keys: dict[str, ApiKey] = {}

    def refresh(self) -> int:
        """Read the keys; always 0, as there is nothing left to do."""
        self._keys = {key.id: key for key in self._store.list_keys()}
        return 0

    @property
    def is_open(self) -> bool:
        return self._open_loopback and not self._keys

    def principal(self, token: str) -> Principal | None:
        if self._local_token is not None and hmac.compare_digest(token.encode(), self._local_token.encode()):
            return LOCAL
        match split_token(token):
            case (key_id, secret):
                key = self._keys.get(key_id)
                return key.principal if key is not None and key.admits(secret, self._clock.now()) else None
        return None


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Require(SecurityBase):
    """A dependency that gives the caller, or answers 401 or 403. One for both ways to send a key: it is in each call's
    way. The OpenAPI document names the other way beside this one."""

    def __init__(self, scope: Scope) -> None:
        self.model = HTTPBearerModel(description="An API key, made by `smart-support keys create`.")
        self.scheme_name = "HTTPBearer"
        self._scope = scope

    async def __call__(self, request: Request) -> Principal:
        ring: KeyRing = request.app.state.parts.keys
        token = _token(request.headers)
        principal = ring.principal(token) if token is not None else _anonymous(ring, request)
        if principal is None:
            raise Problem(
                401,
                "Send an API key as `Authorization: Bearer KEY`; `smart-support keys create` makes one.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not principal.may(self._scope):
            raise Problem(403, f"This key lacks the scope {self._scope.value!r}.")
        return principal


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")


def _anonymous(ring: KeyRing, request: Request) -> Principal | None:
    """On the open loopback everyone, but not a web page of somebody else's that the user's browser has open."""
    if not ring.is_open:
        return None
    foreign = request.headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}
    # Not request.url: where the header is malformed, that falls back to the address of the server itself.
    names = [request.headers.get("host", "")]
    if "origin" in request.headers:
        names.append(request.headers["origin"].partition("://")[2])
    if foreign or not all(_names_loopback(name) for name in names):
        raise Problem(
            403,
            "Without API keys only programs on this machine may call, by its loopback name. "
            "`smart-support keys create` makes a key.",
        )
    return LOCAL


@lru_cache(maxsize=64)
def _names_loopback(name: str) -> bool:
    """Whether HOST or HOST:PORT is this machine's own."""
    host = _HOST.fullmatch(name)
    return host is not None and is_loopback(host[1])


Intake = Annotated[Principal, Depends(Require(Scope.INTAKE))]
Reader = Annotated[Principal, Depends(Require(Scope.READ))]
AgentCaller = Annotated[Principal, Depends(Require(Scope.AGENT))]
Admin = Annotated[Principal, Depends(Require(Scope.ADMIN))]
