"""Who is calling: API keys over `Authorization: Bearer` or `X-API-Key`, the dashboard's cookie, the open loopback."""

import hmac
import threading
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from smart_support.api.origin import check_same_origin, is_foreign, is_local, token_of, was_passed_on
from smart_support.api.problems import Problem
from smart_support.api.signed_in import SignedIn
from smart_support.domain.access import LOCAL, ApiKey, Principal, Scope, split_token
from smart_support.pipeline.access import KeyStore
from smart_support.pipeline.ports import Clock


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
        self._refreshing = threading.Lock()

    def refresh(self) -> int:
        """Read the keys; always 0, as there is nothing left to do."""
        with self._refreshing:  # or an older list could be kept for a newer one
            self._keys = {key.id: key for key in self._store.list_keys()}
        return 0

    @property
    def is_open(self) -> bool:
        return self._open_loopback and not self._keys

    def principal(self, token: str) -> Principal | None:
        if self._local_token is not None and hmac.compare_digest(token.encode(), self._local_token.encode()):
            return LOCAL
        key = self.admitted(token)
        return None if key is None else key.principal

    def admitted(self, token: str) -> ApiKey | None:
        """The key whose token this is, while it opens anything."""
        match split_token(token):
            case (key_id, secret):
                key = self._keys.get(key_id)
                return key if key is not None and key.admits(secret, self._clock.now()) else None
        return None

    def active(self, key_id: str) -> ApiKey | None:
        """The key of this id, while it opens anything."""
        key = self._keys.get(key_id)
        return key if key is not None and key.active(self._clock.now()) else None


class Require(SecurityBase):
    """A dependency that gives the caller, or answers 401 or 403; without a scope, whoever it is. One for all ways to
    say who one is: it is in each call's way. The OpenAPI document names the other ways beside this one."""

    def __init__(self, scope: Scope | None) -> None:
        self.model = HTTPBearerModel(description="An API key, made by `smart-support keys create`.")
        self.scheme_name = "HTTPBearer"
        self._scope = scope

    async def __call__(self, request: Request) -> Principal:
        ring: KeyRing = request.app.state.parts.keys
        token = _token(request.headers)
        if token is not None:
            principal = ring.principal(token)
        else:
            principal = await _signed_in(request) or _anonymous(ring, request)
        if principal is None:
            raise Problem(
                401,
                "Sign in, or send an API key as `Authorization: Bearer KEY`; `smart-support keys create` makes one.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if self._scope is not None and not principal.may(self._scope):
            raise Problem(403, f"This key lacks the scope {self._scope.value!r}.")
        return principal


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")


async def _signed_in(request: Request) -> Principal | None:
    """Whoever is signed in with the request's cookie. Raises Problem (403) where a page of others sent it."""
    token = token_of(request)
    if token is None:
        return None
    signed_in: SignedIn = request.app.state.parts.signed_in
    principal = await signed_in.principal(token)
    if principal is not None:
        check_same_origin(request)
    return principal


def _anonymous(ring: KeyRing, request: Request) -> Principal | None:
    """On the open loopback everyone, but not a web page of somebody else's that the user's browser has open, and not
    whoever a proxy on this machine lets in."""
    if not ring.is_open:
        return None
    if is_foreign(request) or not is_local(request) or was_passed_on(request):
        raise Problem(
            403,
            "Without API keys only programs on this machine may call, by its loopback name. "
            "`smart-support keys create` makes a key.",
        )
    return LOCAL


Caller = Annotated[Principal, Depends(Require(None))]
Intake = Annotated[Principal, Depends(Require(Scope.INTAKE))]
Reader = Annotated[Principal, Depends(Require(Scope.READ))]
AgentCaller = Annotated[Principal, Depends(Require(Scope.AGENT))]
Admin = Annotated[Principal, Depends(Require(Scope.ADMIN))]
