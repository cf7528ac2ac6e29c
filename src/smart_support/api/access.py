"""Who is calling: API keys over `Authorization: Bearer` or `X-API-Key`, the dashboard's cookie, the open loopback."""

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from smart_support.api.gate import Gate
from smart_support.api.key_ring import KeyRing
from smart_support.api.limits import RateLimits
from smart_support.api.origin import check_same_origin, is_foreign, is_local, token_of, was_passed_on
from smart_support.api.problems import Problem
from smart_support.api.query import check_query
from smart_support.api.signed_in import SignedIn
from smart_support.domain.access import LOCAL, Principal, Scope
from smart_support.domain.ticket import DEFAULT_WORKSPACE

_NO_KEY = "Sign in, or send an API key as `Authorization: Bearer KEY`; `smart-support keys create` makes one."
WRONG_KEY = "This key is not known, was revoked, or has expired; `smart-support keys list` shows which there are."
"""Whichever of them it is: whoever tries keys learns nothing of those that there are."""


class Require(SecurityBase, Gate[Principal]):
    """A dependency that gives the caller, or answers 401 or 403; without a scope, whoever it is. One for all ways to
    say who one is: it is in each call's way. The OpenAPI document names the other ways beside this one.

    A key that is an agent's opens only what is `own`: where the route itself holds him to his own tickets. What is the
    installation's opens to keys of the workspace `default` alone. A call that is not `counted` goes on with one that
    was. As it sees each call, whoever may come in and asks with a parameter that the route does not know is told so
    here (RequestValidationError).
    """

    def __init__(
        self, scope: Scope | None, *, own: bool = False, installation: bool = False, counted: bool = True
    ) -> None:
        self.model = HTTPBearerModel(description="An API key, made by `smart-support keys create`.")
        self.scheme_name = "HTTPBearer"
        self._scope = scope
        self._own = own
        self._installation = installation
        self._counted = counted

    async def look(self, request: Request) -> Principal:
        ring: KeyRing = request.app.state.parts.keys
        token = _token(request.headers)
        if token is not None:
            principal = ring.principal(token)
        else:
            principal = await _signed_in(request) or _anonymous(ring, request)
        limits: RateLimits = request.app.state.parts.limits
        if principal is None:
            await limits.admit_address(request)
            raise Problem(401, WRONG_KEY if token else _NO_KEY, headers={"WWW-Authenticate": "Bearer"})
        if principal is not LOCAL and self._counted:
            await limits.admit_key(principal.actor)
        if self._scope is not None and not principal.may(self._scope):
            raise Problem(403, f"This key lacks the scope {self._scope.value!r}.")
        if principal.bound_to is not None and not self._own:
            raise Problem(
                403,
                f"This key is the agent {principal.bound_to!r}'s, and opens his own tickets alone; this takes a key "
                "that is nobody's, or an admin's.",
            )
        if self._installation and principal.workspace != DEFAULT_WORKSPACE:
            raise Problem(403, f"This is the installation's; use a key of the workspace {DEFAULT_WORKSPACE!r}.")
        if self._counted:
            check_query(request)
        return _in_workspace(ring, principal, request)


def _in_workspace(ring: KeyRing, principal: Principal, request: Request) -> Principal:
    """The caller in the workspace that he names, if he names one: a key is of one, and whoever is on this machine
    chooses. Raises Problem: 403, or 404 where there is none of that name."""
    asked = request.headers.get("x-workspace")
    if asked is None or asked == principal.workspace:
        return principal
    if principal is not LOCAL:
        raise Problem(403, f"This key is of the workspace {principal.workspace!r}; leave X-Workspace out.")
    if not ring.has_workspace(asked):
        raise Problem(404, f"There is no workspace {asked!r}; `smart-support workspaces list` shows them.")
    return replace(principal, workspace=asked)


def _token(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key")


async def _signed_in(request: Request) -> Principal | None:
    """Whoever is signed in with the request's cookie. Raises Problem: 403 where a page of others sent it, 429 where its
    address may try no more cookies."""
    token = token_of(request)
    if token is None:
        return None
    signed_in: SignedIn = request.app.state.parts.signed_in
    if not signed_in.remembers(token):  # then the store is asked
        limits: RateLimits = request.app.state.parts.limits
        await limits.admit_address(request)
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


Caller = Annotated[Principal, Depends(Require(None, own=True))]
Intake = Annotated[Principal, Depends(Require(Scope.INTAKE, own=True))]
Reader = Annotated[Principal, Depends(Require(Scope.READ))]
OwnReader = Annotated[Principal, Depends(Require(Scope.READ, own=True))]
"""Somebody who reads; one who is bound to an agent is to be shown what that one may see, and nothing else."""
AgentCaller = Annotated[Principal, Depends(Require(Scope.AGENT))]
OwnAgentCaller = Annotated[Principal, Depends(Require(Scope.AGENT, own=True))]
"""Somebody who acts; one who is bound to an agent may move what is that one's, and nothing else."""
Admin = Annotated[Principal, Depends(Require(Scope.ADMIN))]
Operator = Annotated[Principal, Depends(Require(Scope.ADMIN, installation=True))]
"""An admin of the installation, and not of one workspace alone."""
OperatorReader = Annotated[Principal, Depends(Require(Scope.READ, installation=True))]
