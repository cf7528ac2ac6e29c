"""`/session`: a browser exchanges an API key for a cookie that no script can read, as EventSource sends no headers."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from smart_support.api.access import WRONG_KEY, Caller
from smart_support.api.gate import Gate
from smart_support.api.origin import check_same_origin, cookie_of, require_safe_way, token_of
from smart_support.api.parts import ApiParts, Parts
from smart_support.api.problems import Problem, responses
from smart_support.api.schemas import maybe_moment
from smart_support.api.strict import StrictRoute
from smart_support.domain.access import ApiKey, Principal, Scope, new_session

router = APIRouter(prefix="/session", tags=["access"], route_class=StrictRoute)


class SignInIn(BaseModel):
    """What a browser signs in with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: Annotated[str, Field(min_length=1, max_length=256, description="An API key: `ss_...`.")]


class SessionOut(BaseModel):
    """Who is calling, and what he may."""

    actor: str = Field(description="As it stands on events: `key:<id>`, or `local` on the open loopback.")
    workspace: str
    scopes: list[Scope]
    agent_id: str | None = Field(description="The agent whose key it is, if it is one's.")
    production: bool = Field(description="Real tickets come here: no floods are simulated.")
    expires_at: datetime | None = Field(description="When he has to sign in again.")

    @classmethod
    def of_caller(cls, caller: Principal, parts: ApiParts) -> "SessionOut":
        return cls(
            actor=caller.actor,
            workspace=caller.workspace,
            scopes=sorted(caller.scopes),
            agent_id=caller.agent_id,
            production=parts.in_production,
            expires_at=maybe_moment(caller.expires_at),
        )


class _MaySignIn(Gate[None]):
    """Holds back an address that comes too often."""

    async def look(self, request: Request) -> None:
        await request.app.state.parts.limits.admit_address(request)


@router.post("", dependencies=[Depends(_MaySignIn())], responses=responses(400, 401, 403, 413, 415, 422, 429, 503))
async def sign_in(told: SignInIn, parts: Parts, request: Request, response: Response) -> SessionOut:
    """Exchange an API key for a cookie, good for twelve hours, as long as the key is.

    Only from a page of this very origin, over https or on this machine; ten wrong keys in a minute, and the address has
    to wait. Whoever was signed in already is so no more.
    """
    check_same_origin(request)
    require_safe_way(request)
    key = _admitted(told.key, parts, request)
    if (before := token_of(request)) is not None:
        await parts.signed_in.close(before)
    session, token = new_session(key, parts.clock.now(), parts.random)
    caller = await parts.signed_in.open(session)
    if caller is None:
        raise Problem(401, WRONG_KEY)
    response.set_cookie(**cookie_of(request), value=token, max_age=int(session.expires_at - session.created_at))
    return SessionOut.of_caller(caller, parts)


@router.get("", responses=responses(401, 403, 503))
async def who_am_i(caller: Caller, parts: Parts) -> SessionOut:
    """Who is calling: signed in, with a key, or anybody on the open loopback."""
    return SessionOut.of_caller(caller, parts)


@router.delete("", status_code=204, responses=responses(403, 429, 503))
async def sign_out(parts: Parts, request: Request, response: Response) -> None:
    """Sign out: the session ends, and the cookie goes. Whoever is not signed in stays so."""
    token = token_of(request)
    if token is None:
        return
    check_same_origin(request)
    await parts.limits.admit_address(request)  # each token is looked up
    await parts.signed_in.close(token)
    response.delete_cookie(**cookie_of(request))


def _admitted(token: str, parts: ApiParts, request: Request) -> ApiKey:
    now, address = parts.clock.now(), request.client.host if request.client is not None else ""
    wait = parts.wrong_keys.wait(address, now)
    if wait > 0.0:
        seconds = str(int(wait) + 1)
        raise Problem(
            429, "Too many wrong keys from this address; wait, and try again.", headers={"Retry-After": seconds}
        )
    key = parts.keys.admitted(token)
    if key is None:
        parts.wrong_keys.add_wrong(address, now)
        raise Problem(401, WRONG_KEY)
    return key
