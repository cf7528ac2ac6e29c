"""Every route with every kind of key, shown and signed in with: what opens, what is refused, and how."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smart_support.domain.access import Scope
from tests.unit.api.system import System
from tests.unit.api.test_access import (
    ANYBODY,
    OF_THE_INSTALLATION,
    OPEN_TO_AGENTS,
    PUBLIC,
    RIGHTS,
    SIGNED,
    call,
    routes,
)
from tests.unit.api.test_session import OURS, cookie_in, sign_in, token_of

ALL = frozenset(Scope)
ELSEWHERE = {"Sec-Fetch-Site": "cross-site"}
SIGN_OUT = ("DELETE", "/session")


@dataclass(frozen=True)
class Caller:
    """Somebody who calls, with what his key is good for."""

    headers: dict[str, str]
    scopes: frozenset[Scope] = frozenset()
    known: bool = True
    home: bool = True
    bound: bool = False
    astray: bool = False
    """He names another workspace than his key is of."""

    foreign: bool = False
    """His browser sends his cookie for a page of another origin."""

    def may(self, route: tuple[str, str], needed: Scope | str | None) -> int | str:
        """What he is answered: `in`, or the status of the refusal."""
        if needed is PUBLIC and not (self.foreign and route == SIGN_OUT):
            return "in"
        if needed is SIGNED or not self.known:
            return 401
        if self.foreign:
            return 403
        if needed is not ANYBODY:
            if not self.scopes & {needed, Scope.ADMIN}:
                return 403
            if self.bound and needed is not Scope.INTAKE and route not in OPEN_TO_AGENTS:
                return 403
        if self.astray or (not self.home and route in OF_THE_INSTALLATION):
            return 403
        return "in"


def callers(system: System) -> Iterator[tuple[str, Caller]]:
    """All kinds of callers, by name."""
    system.http.put("/agents/ann", json={})
    system.http.post("/workspaces", json={"id": "acme"}).raise_for_status()
    system.http.put("/agents/ann", json={}, headers=system.local | {"X-Workspace": "acme"}).raise_for_status()
    yield "nobody", Caller({}, known=False)
    yield "wrong", Caller({"X-API-Key": "ss_00_00"}, known=False)
    expired = system.key(*ALL, expires_in_days=0.5)
    system.clock.set(system.clock.now() + 86_400)
    yield "expired", Caller(expired, known=False)
    revoked = system.key(*ALL)
    key_id = revoked["Authorization"].split("_")[1]
    system.http.delete(f"/keys/{key_id}", headers=system.local).raise_for_status()
    yield "revoked", Caller(revoked, known=False)
    for scope in Scope:
        one = frozenset({scope})
        bound = scope is not Scope.ADMIN
        yield scope, Caller(system.key(scope), one)
        yield f"{scope} of an agent", Caller(system.key(scope, agent_id="ann"), one, bound=bound)
        theirs = system.key(scope, workspace="acme")
        yield f"{scope} of acme", Caller(theirs, one, home=False)
        yield f"{scope} of acme, astray", Caller(theirs | {"X-Workspace": "default"}, one, home=False, astray=True)
        yield f"{scope}, signed in", Caller(signed_in(system, scope), one)
        yield f"{scope} of an agent, signed in", Caller(signed_in(system, scope, agent_id="ann"), one, bound=bound)
        yield f"{scope} of acme, signed in", Caller(signed_in(system, scope, workspace="acme"), one, home=False)
        yield f"{scope}, signed in, elsewhere", Caller(signed_in(system, scope) | ELSEWHERE, one, foreign=True)
    most = ALL - {Scope.ADMIN}
    yield "all but admin", Caller(system.key(*most), most)
    yield "all but admin of an agent", Caller(system.key(*most, agent_id="ann"), most, bound=True)
    ours = system.key(*ALL, agent_id="ann", workspace="acme")
    yield "all of acme's agent", Caller(ours, ALL, home=False)
    yield "this machine", Caller(system.local, ALL)
    yield "this machine, in acme", Caller(system.local | {"X-Workspace": "acme"}, ALL)


def signed_in(system: System, *scopes: str, **more: str) -> dict[str, str]:
    """The headers of a browser that signed in."""
    cookie = cookie_in(sign_in(system, token_of(system, *scopes, **more), "http://127.0.0.1:8000"))
    system.http.cookies.clear()  # each caller shows his own
    return OURS | {"Host": "127.0.0.1:8000", "Cookie": f"{cookie.key}={cookie.value}"}


def test_every_route_opens_to_whom_it_should_and_to_nobody_else(
    system: System, record_property: Callable[[str, object], None]
):
    system.app.state.parts.stopping.set()  # /events ends by itself
    assert set(routes(system)) == set(RIGHTS)
    assert set(RIGHTS) >= OPEN_TO_AGENTS | OF_THE_INSTALLATION
    expected, found = {}, {}
    for name, caller in list(callers(system)):  # all keys are there before the first call
        for route, needed in sorted(RIGHTS.items(), key=lambda one: one[0] == SIGN_OUT):
            status = call(system, *route, caller.headers)
            expected[*route, name] = caller.may(route, needed)
            found[*route, name] = status if status in {401, 403} else "in"
    assert {case: got for case, got in found.items() if got != expected[case]} == {}
    cases = len(found)
    assert cases == len(RIGHTS) * 41  # so that none is lost unseen
    record_property("authorisation_cases", cases)


def test_without_a_key_the_installation_is_closed_or_this_machines(system: System):
    """The open loopback is everybody's on this machine, until there is a key."""
    system.app.state.parts.stopping.set()
    answers = {route: call(system, *route, {}) for route, needed in RIGHTS.items() if needed not in {PUBLIC, SIGNED}}
    assert not {status for status in answers.values() if status in {401, 403}}


def test_a_workspace_that_is_not_there_is_said_to_be_so(system: System):
    answer = system.http.get("/v2/tickets", headers={"X-Workspace": "nil"})
    assert answer.status_code == 404
    assert "workspaces list" in answer.json()["detail"]


def test_the_documentation_says_the_same():
    words = {PUBLIC: "nobody's", SIGNED: "its signature", ANYBODY: "any"}
    expected = set()
    for route, needed in RIGHTS.items():
        scope = words.get(needed, str(needed)) + (", of `default`" if route in OF_THE_INSTALLATION else "")
        own = "own" if route in OPEN_TO_AGENTS else "all" if needed in {*words, Scope.INTAKE} else "no"
        expected.add(f"| `{' '.join(route)}` | {scope} | {own} |")
    told = Path("docs/security.md").read_text(encoding="utf-8").splitlines()
    assert {line for line in told if line.startswith(("| `GET", "| `POST", "| `PUT", "| `DELETE"))} == expected
