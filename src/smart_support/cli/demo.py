"""`demo`: seven steps through triage, queues and agents, on a system of its own that ends with it."""

import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from smart_support import bootstrap, running, serving
from smart_support.api.model_figures import headline
from smart_support.cli import connection, logs
from smart_support.cli.agents import DEMO_AGENTS, read_profiles
from smart_support.cli.console import Failure, JsonOption, checked, emit, table
from smart_support.settings import load

_TICKETS = (
    ("Wrong amount on my invoice", "You charged me twice in October. Please refund the second payment."),
    (
        "Production API is down",
        "Every request fails with error 500 since 9:00, all our customers are affected. Urgent!",
    ),
    ("Data processing agreement", "Our legal team needs a signed DPA before the contract can be renewed."),
    ("Thank you", "Just wanted to say that the new dashboard is lovely. No reply needed."),
)
_PROCESSING_SECONDS = 20.0


def demo(as_json: bool = JsonOption) -> None:
    """Walk through health, triage, queues, agents and figures with four tickets; leaves nothing behind."""
    logs.configure("error", as_json=False)
    with tempfile.TemporaryDirectory(prefix="smart-support-demo-") as folder, ExitStack() as stack:
        settings = load(data_dir=Path(folder), database_url=f"sqlite:///{folder}/demo.db")
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings))
        app = stack.enter_context(serving.open_app(pipeline, settings, open_loopback=True))
        stack.enter_context(running.running(pipeline))
        sock = connection.listen("127.0.0.1", 0)
        stack.enter_context(connection.in_background(app, sock))
        api = stack.enter_context(httpx.Client(base_url=connection.url_of(sock), timeout=30.0, trust_env=False))
        steps = _walk(api)
    if as_json:
        emit(steps)
    else:
        _show(steps)


def _walk(api: httpx.Client) -> dict[str, Any]:
    tickets = [{"subject": subject, "body": body} for subject, body in _TICKETS]
    health = checked(api.get("/health")).json()
    classified = [checked(api.post("/v1/tickets", json=ticket)).json() for ticket in tickets]
    popped = [checked(api.get("/v1/tickets/next")).json() for _ in tickets]
    accepted = [checked(api.post("/v2/tickets", json=ticket)).json() for ticket in tickets]
    processed = [_once(api, ticket["ticket_id"], "waiting") for ticket in accepted]
    claimed = [_claimed(api) for _ in tickets]
    checked(api.put("/agents", json=[agent.model_dump() for agent in read_profiles(DEMO_AGENTS)]))
    for ticket in claimed:
        checked(api.post(f"/v2/tickets/{ticket['ticket_id']}/reassign", json={}))
    assigned = [_once(api, ticket["ticket_id"], "assigned") for ticket in claimed]
    routes = [checked(api.get(f"/v2/tickets/{ticket['ticket_id']}/route")).json() for ticket in assigned]
    figures = checked(api.get("/metrics", headers={"Accept": "application/json"})).json()
    return {
        "1 health": health,
        "2 classified": classified,
        "3 dequeued": popped,
        "4 accepted": accepted,
        "5 processed": processed,
        "6 claimed": claimed,
        "6 assigned": assigned,
        "6 routes": routes,
        "7 figures": figures,
    }


def _once(api: httpx.Client, ticket_id: str, state: str) -> dict[str, Any]:
    """The ticket, as soon as it stands there."""
    end = time.monotonic() + _PROCESSING_SECONDS
    while time.monotonic() < end:
        ticket: dict[str, Any] = checked(api.get(f"/v2/tickets/{ticket_id}")).json()
        if ticket["state"] == state:
            return ticket
        time.sleep(0.05)
    raise Failure(f"ticket {ticket_id} was not {state} within {_PROCESSING_SECONDS:.0f} s")


def _claimed(api: httpx.Client) -> dict[str, Any]:
    ticket: dict[str, Any] = checked(api.get("/v2/tickets/next")).json()
    return ticket


def _nearest(route: dict[str, Any]) -> tuple[str, str]:
    """Who else might have got it, and why he did not."""
    return next(((other["agent_id"], other["words"]) for other in route["others"]), ("-", "-"))


def _step(title: str) -> None:
    Console().rule(title)


def _show(steps: dict[str, Any]) -> None:
    health = steps["1 health"]
    _step("1 · Health")
    parts = [
        ("status", health["status"]),
        ("store", health["store"]),
        ("m1 accuracy", f"{health['m1']['accuracy']:.3f}"),
    ]
    table("GET /health", ("part", "state"), parts)
    _step("2 · Triage in the request")
    columns = ("subject", "category", "urgency_level")
    table("POST /v1/tickets → 201", columns, ([t[c] for c in columns] for t in steps["2 classified"]))
    _step("3 · The urgent first")
    table("GET /v1/tickets/next", columns, ([t[c] for c in columns] for t in steps["3 dequeued"]))
    _step("4 · Accepted at once")
    accepted = ((t["ticket_id"], t["status"]) for t in steps["4 accepted"])
    table("POST /v2/tickets → 202", ("ticket_id", "status"), accepted)
    _step("5 · Processed in the background")
    table(
        "GET /v2/tickets/{id}",
        ("subject", "category", "confidence", "S", "because"),
        (
            (
                t["subject"],
                t["category"],
                f"{t['confidence']:.2f}",
                f"{t['urgency_score']:.2f}",
                ", ".join(reason["quote"] for reason in t["reasons"][:4]),
            )
            for t in steps["5 processed"]
        ),
    )
    _step("6 · The highest S first, each once")
    claimed = [(t["subject"], f"{t['urgency_score']:.2f}", t["state"]) for t in steps["6 claimed"]]
    table("GET /v2/tickets/next", ("subject", "S", "state"), claimed)
    whom = [
        (t["subject"], t["agent_id"], *_nearest(route))
        for t, route in zip(steps["6 assigned"], steps["6 routes"], strict=True)
    ]
    table("PUT /agents, and each has its own", ("subject", "agent", "not", "because"), whom)
    _step("7 · Figures of the models")
    model = steps["7 figures"]["m1"]
    table(
        "GET /metrics",
        ("figure", "value"),
        ((name, f"{value:.3f}") for name, value in headline(model["figures"]).items()),
    )
