"""What stands behind the pages: sent and asked for through the API, past the browser."""

from typing import Any

from tests.integration.system import Up
from tests.waiting import until

INVOICE = "Please tell me what the second position of the invoice stands for, I was charged twice for it."
OUTAGE = {
    "subject": "Checkout is down",
    "body": "No customer of ours can pay since nine o'clock: every payment fails with error 502, and we lose orders.",
}


def about(word: str, number: int) -> list[dict[str, Any]]:
    """So many tickets that have a word of their own, by which a test finds them, and ids made of it."""
    return [
        {
            "ticket_id": f"{word}-{one}",
            "subject": f"Invoice of the {word} {one}",
            "body": f"{INVOICE} {word} {one * 7919}",
        }
        for one in range(number)
    ]


def send(system: Up, *tickets: dict[str, Any]) -> None:
    """Send tickets, and wait until each was dispatched."""
    for one in tickets:
        system.api.post("/v2/tickets", json=one).raise_for_status()
    for id_ in (one["ticket_id"] for one in tickets):
        until(lambda id_=id_: state(system, id_) != "accepted", f"{id_} is dispatched")


def ticket(system: Up, ticket_id: str) -> dict[str, Any]:
    return system.api.get(f"/v2/tickets/{ticket_id}").raise_for_status().json()


def state(system: Up, ticket_id: str) -> str:
    return ticket(system, ticket_id)["state"]


def act(system: Up, ticket_id: str, verb: str, **told: Any) -> None:
    """What somebody else does with a ticket."""
    system.api.post(f"/v2/tickets/{ticket_id}/{verb}", json=told).raise_for_status()


def add_agent(system: Up, agent_id: str, skills: dict[str, float], *, capacity: int = 3, **told: Any) -> None:
    content = {"skills": skills, "capacity": capacity, "languages": ["en"]} | told
    system.api.put(f"/agents/{agent_id}", json=content).raise_for_status()


def add_key(system: Up, name: str, *scopes: str, **told: Any) -> tuple[str, str]:
    """A key's id and token. The first one closes the machine, so the tests go on with it if it may do everything."""
    made = system.api.post("/keys", json={"name": name, "scopes": scopes} | told).raise_for_status().json()
    if "authorization" not in system.api.headers:
        system.api.headers["authorization"] = f"Bearer {made['token']}"
    return made["id"], made["token"]
