"""A shop's worst morning, told to an installed system: an hour and a half in a minute.

The system lives by a clock that the story sets, so that every chart has its minutes and every agent his hours, and the
pictures are alike whenever they are made. What a browser shows of it has to live by that clock too: see `AT_THAT_TIME`.
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smart_support.simulator import traffic
from smart_support.simulator.families import families
from tests.browser.people import AGENTS, CHANGED_TAXONOMY, CUSTOMERS, ROUTING, TAXONOMY
from tests.chaos.clock import Clock
from tests.integration.system import Up, up
from tests.receivers import Receivers
from tests.waiting import until

ENDS = datetime(2026, 3, 10, 9, 42, 30, tzinfo=UTC).timestamp()
MINUTES, OTHERS_PER_HOUR = 90, 60.0
EARLIER, OUTAGE, FORMING = "pos-offline", "card-declined-shop", "sms-codes"
OVER_BY = 36.0  # minutes before the end
SEED = 11

CHECKOUT = {
    "ticket_id": "HD-4711",
    "subject": "All cards are declined at checkout since this morning",
    "body": (
        "Hello,\n\nevery card is refused at the checkout of our shop, Visa and Mastercard alike, since this morning. "
        "Customers cannot pay and we lose orders.\n\nOur lawyer asks who pays for the damage if it is not solved "
        "within the hour.\n\nKind regards\nAnn Berg"
    ),
    "customer": CUSTOMERS[0],
    "channel": "mail",
    "tags": ["shop", "checkout"],
    "metadata": {
        "attachments": [
            {"name": "declined.png", "type": "image/png", "size": 184_320},
            {"name": "network-log.har", "type": "application/json", "size": 2_411_724},
        ]
    },
}
"""A report of the outage that says more than the others: the ticket that is looked at."""

AT_THAT_TIME = """(() => {
  const ahead = AHEAD, Real = Date;
  window.Date = class extends Real {
    constructor(...given) { if (given.length === 0) super(Real.now() + ahead); else super(...given); }
    static now() { return Real.now() + ahead; }
  };
})();"""


class Story:
    """The system, and how far its clock is ahead of the true one, in seconds."""

    def __init__(self, system: Up, clock: Clock) -> None:
        self.system = system
        self._clock = clock
        self.ahead = 0

    def now(self, minutes: float) -> None:
        """It is so many minutes before the end."""
        self.ahead = int(ENDS - minutes * 60 - time.time())
        self._clock.jump(self.ahead)

    def done(self, method: str, path: str, content: object = None) -> Any:
        return self.system.api.request(method, path, json=content).raise_for_status().json()

    @property
    def script(self) -> str:
        """What lets a page live by the system's clock."""
        return AT_THAT_TIME.replace("AHEAD", str(self.ahead * 1000))


@contextmanager
def morning(program: Path, folder: Path) -> Iterator[Story]:
    """The system at the end of that morning."""
    clock = Clock(folder / "clock")
    clock.jump(int(ENDS - (MINUTES + 5) * 60 - time.time()))
    with Receivers(["good", "404"]) as receivers:
        given = {
            "DESTINATIONS": receivers.destinations()
            .replace('"good"', '"support-chat"')
            .replace('"404"', '"old-pager"'),
            "ALLOW_PRIVATE_WEBHOOKS": "1",
            "STORM_TICKET_THRESHOLD": "10",
            "STORM_BY_MEANING": "1",
            "CIRCUIT_BREAKER_LATENCY_MS": "10000",  # a slow machine is no part of the story
        }
        with up(folder / "data", program=program, **clock.environment, **given) as system:
            story = Story(system, clock)
            _tell(story)
            yield story


def _tell(story: Story) -> None:
    story.done("PUT", "/agents", AGENTS)
    for agent in AGENTS:
        story.done("POST", f"/agents/{agent['id']}/status", {"status": "online"})
    story.done("PUT", "/config/routing", ROUTING)
    customers, agents = itertools.cycle(CUSTOMERS), itertools.cycle(agent["id"] for agent in AGENTS)
    numbers = itertools.count(4400)
    for minute, told in itertools.groupby(_tickets(), lambda one: int(one[0] * 2) / 2):
        story.now(minute)
        tickets = [ticket for _, ticket in told]
        for ticket in tickets:
            given = {"ticket_id": f"HD-{next(numbers)}", "customer": next(customers), "channel": "web"}
            story.done("POST", "/v2/tickets", given | ticket)
        until(lambda: story.system.status()["pending"] == 0, "all are dispatched")
        for _ in tickets:
            _work(story, next(agents))
        if minute == OVER_BY:
            _end_incidents(story)
    story.done("POST", "/agents/marie/status", {"status": "away"})
    story.done("POST", "/agents/sam/status", {"status": "wrap_up"})
    wrong = story.done("GET", "/v2/tickets?category=General&limit=1")["tickets"][0]["ticket_id"]
    story.done("POST", f"/v2/tickets/{wrong}/feedback", {"category": "Billing"})
    story.done("PUT", "/config/taxonomy", TAXONOMY)
    story.done("PUT", "/config/taxonomy", CHANGED_TAXONOMY)
    until(lambda: story.done("GET", "/v2/storms/forming")["clusters"], "something is forming")


def _tickets() -> list[tuple[float, dict[str, Any]]]:
    """What comes in, each so many minutes before the end, the earliest first."""
    known = {family.name: family for family in families()}

    def flood(minutes: float, name: str, reports: int, copies: int, others: float) -> Iterator[tuple[float, Any]]:
        arrivals = traffic.flood(
            SEED,
            known[name],
            reports=reports,
            copies=copies,
            look_alikes=0,
            seconds=minutes * 60,
            others_per_hour=others,
        )
        return ((minutes - one.at / 60, {"subject": one.subject, "body": one.body}) for one in arrivals)

    tickets = [
        *flood(MINUTES, OUTAGE, 0, 0, OTHERS_PER_HOUR),
        *flood(60, EARLIER, 2, 22, 0.0),
        (OVER_BY, {"subject": "Opening hours at Easter?", "body": "Are you open on Good Friday?"}),
        *flood(26, OUTAGE, 30, 8, 0.0),
        *flood(9, OUTAGE, 12, 3, 0.0),
        *flood(0.9, FORMING, 6, 0, 0.0),
        (14.0, CHECKOUT),
    ]
    return sorted(tickets, key=lambda one: -one[0])


def _work(story: Story, agent: str) -> None:
    """Somebody solves the ticket that he has begun, and begins his next one."""
    held = story.done("GET", f"/agents/{agent}/tickets")
    begun = [one["ticket_id"] for one in held if one["state"] == "in_progress"]
    for act, ticket in [
        *(("resolve", ticket) for ticket in begun if ticket != CHECKOUT["ticket_id"]),
        *(("start", one["ticket_id"]) for one in held[:2] if one["ticket_id"] not in begun),
    ]:
        story.done("POST", f"/v2/tickets/{ticket}/{act}", {})


def _end_incidents(story: Story) -> None:
    for incident in story.done("GET", "/incidents"):
        story.done("POST", f"/incidents/{incident['id']}/resolve", {"members": "answer"})
