"""What agents do, all at once: offers accepted, declined, begun, resolved and moved, agents coming and going, while the
dispatcher goes on offering. Afterwards the event table says whether a promise was broken at any moment.
"""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.rows import Row
from bench.system import System

CALLERS, STEPS, AGENTS, TICKETS = 200, 10_000, 40, 600
_CATEGORIES = ("Billing", "Technical", "Legal", "General")
_TEXTS = ("My invoice is wrong", "The app crashes when I log in", "Please delete my data", "How do I change my name?")
# What is done with a ticket as it was seen to stand, which may be over by then.
_DEEDS = {
    "offered": ("accept", "accept", "accept", "decline"),
    "assigned": ("start", "start", "resolve", "reassign", "escalate", "decline"),
    "in_progress": ("resolve", "resolve", "reassign", "escalate"),
    None: ("reopen", "online", "online", "offline"),
}
_LOOKS, _END_SECONDS = 0.85, 120.0


def run(_: Path) -> list[Row]:
    """Steps by so many callers at once against a running system, and what its events say of them."""
    agents = {f"a{n}": 1 + n % 4 for n in range(AGENTS)}
    with System(OFFER_SECONDS="2", STORM_TICKET_THRESHOLD="1000000", STORM_BY_MEANING="0") as system:
        met = asyncio.run(_all(system, agents))
        told = _events(system.data_dir / "smart-support.db")
    owners = Owners(agents)
    for kind, ticket_id, agent_id in told:
        owners.hear(kind, ticket_id, agent_id)
    done = met.statuses[200]
    return [
        Row(
            f"{CALLERS} callers at once, acts of agents on {TICKETS} tickets",
            f">= {STEPS:,}",
            f"{met.statuses.total():,}",
            f"{done:,} had an effect or were done already, {met.statuses[409]:,} refused as things stood",
            met.statuses.total() >= STEPS and set(met.statuses) <= {200, 409},
        ),
        Row("  capacities exceeded at any moment", "0", str(owners.over), f"{AGENTS} agents", owners.over == 0),
        Row("  tickets with two owners at any moment", "0", str(owners.twice), "", owners.twice == 0),
        Row("  tickets lost", "0", str(met.lost), f"{owners.given:,} offers and assignments", met.lost == 0),
    ]


@dataclass(slots=True)
class Met:
    """What the callers met."""

    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = TICKETS


@dataclass(slots=True)
class Owners:
    """Who has which ticket, by the events alone."""

    capacities: dict[str, int]
    held: dict[str, str] = field(default_factory=dict)
    over: int = 0
    twice: int = 0
    given: int = 0

    def hear(self, kind: str, ticket_id: str, agent_id: str | None) -> None:
        if kind in {"ticket.offer", "ticket.assign"}:
            self.given += 1
            self.twice += ticket_id in self.held
        if kind in {"ticket.offer", "ticket.assign"} or (kind == "ticket.reassign" and agent_id is not None):
            assert agent_id is not None
            self.held[ticket_id] = agent_id
            self.over += Counter(self.held.values())[agent_id] > self.capacities[agent_id]
        elif kind not in {"ticket.accept_offer", "ticket.start"}:
            self.held.pop(ticket_id, None)


async def _all(system: System, agents: dict[str, int]) -> Met:
    met, left = Met(), iter(range(STEPS))
    limits = httpx.Limits(max_connections=CALLERS, keepalive_expiry=1.0)  # sooner than the server closes them
    async with httpx.AsyncClient(base_url=system.url, trust_env=False, timeout=60.0, limits=limits) as client:
        for agent_id, capacity in agents.items():
            skills = dict.fromkeys(_CATEGORIES, 0.8)
            (await client.put(f"/agents/{agent_id}", json={"skills": skills, "capacity": capacity})).raise_for_status()
        for number in range(TICKETS):
            body = f"{_TEXTS[number % len(_TEXTS)]}, case {number}"
            (await client.post("/v2/tickets", json={"ticket_id": f"t{number}", "body": body})).raise_for_status()
        await asyncio.gather(*(_caller(client, seed, left, sorted(agents), met) for seed in range(CALLERS)))
        met.lost = await _resolve_all(client, sorted(agents))
    return met


async def _caller(client: httpx.AsyncClient, seed: int, left: Iterable[int], agents: list[str], met: Met) -> None:
    draw = random.Random(seed)
    for _ in left:
        agent_id = draw.choice(agents)
        mine = (await client.get(f"/agents/{agent_id}/tickets")).json() if draw.random() < _LOOKS else []
        ticket = draw.choice(mine) if mine else {"ticket_id": f"t{draw.randrange(TICKETS)}", "state": None}
        deed = draw.choice(_DEEDS[ticket["state"]])
        if deed in {"online", "offline"}:
            answer = await client.post(f"/agents/{agent_id}/status", json={"status": deed})
        else:
            ticket_id = ticket["ticket_id"]
            given = {"reassign": {"agent_id": draw.choice(agents)}, "escalate": {}, "reopen": {}}
            body = given.get(deed, {"agent_id": agent_id})
            answer = await client.post(f"/v2/tickets/{ticket_id}/{deed}", json=body)
        met.statuses[answer.status_code] += 1


async def _resolve_all(client: httpx.AsyncClient, agents: list[str]) -> int:
    """Have every ticket resolved by its agent; how many never come to one."""
    end, states = asyncio.get_running_loop().time() + _END_SECONDS, list[str]()
    while asyncio.get_running_loop().time() < end:
        for agent_id in agents:
            await client.post(f"/agents/{agent_id}/status", json={"status": "online"})
            for ticket in (await client.get(f"/agents/{agent_id}/tickets")).json():
                await client.post(f"/v2/tickets/{ticket['ticket_id']}/resolve", json={})
        counts = (await client.get("/v2/tickets/status")).json()
        if counts["waiting"] == 0:
            states = [(await client.get(f"/v2/tickets/t{number}")).json()["state"] for number in range(TICKETS)]
            if set(states) == {"resolved"}:
                return 0
    return TICKETS - states.count("resolved")


def _events(path: Path) -> list[tuple[str, str, str | None]]:
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        query = "SELECT kind, ticket_id, agent_id FROM events WHERE ticket_id IS NOT NULL ORDER BY seq"
        return database.execute(query).fetchall()
    finally:
        database.close()
