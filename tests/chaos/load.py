"""Tickets in and out of a cluster by HTTP, through whatever happens to it meanwhile; what was answered is kept."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

_SENDERS, _CLAIMERS, _DRAINERS = 8, 2, 4
_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_PAUSE = 0.1  # before what failed is tried again
_CLAIM_PAUSE = 0.05

URGENT = "URGENT: production is down, no customer can pay, we are losing money every minute"
CALM = "How do I change the colour of my profile? There is no hurry at all"


@dataclass(slots=True)
class Answers:
    """What clients were told."""

    accepted: set[str] = field(default_factory=set)
    claimed: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)  # seconds, of the answers to tickets sent
    refused: list[httpx.Response] = field(default_factory=list)  # 503 and 429
    wrong: list[str] = field(default_factory=list)  # answers that no fault excuses
    lock: threading.Lock = field(default_factory=threading.Lock)


def ticket(id_: str, *, urgent: bool) -> dict[str, str]:
    """A ticket whose text no other one has."""
    return {"ticket_id": id_, "subject": f"Case {id_}", "body": f"{URGENT if urgent else CALM}. My number is {id_}."}


@contextmanager
def load(url: str, prefix: str, tickets: int, seconds: float, rng: random.Random) -> Iterator[Answers]:
    """Send so many tickets within about so many seconds and claim some of them meanwhile.

    Left once every ticket has its 202: a client repeats what got no definite answer. The body of the `with` runs
    beside it.
    """
    answers = Answers()
    chosen = [ticket(f"{prefix}-{n}", urgent=rng.random() < 0.2) for n in range(tickets)]
    sent = threading.Event()
    pace = seconds * _SENDERS / tickets
    senders = [
        threading.Thread(target=_send, args=(url, chosen[n::_SENDERS], pace, answers), daemon=True)
        for n in range(_SENDERS)
    ]
    claimers = [threading.Thread(target=_claim, args=(url, answers, sent), daemon=True) for _ in range(_CLAIMERS)]
    for thread in senders + claimers:
        thread.start()
    try:
        yield answers
        for sender in senders:
            sender.join(60.0)
            assert not sender.is_alive(), f"tickets have no answer yet: {len(answers.accepted)} of {tickets} have"
    finally:
        sent.set()
        for claimer in claimers:
            claimer.join(30.0)


def drain(url: str, answers: Answers | None = None) -> None:
    """Claim all that waits, several at a time."""
    answers = answers or Answers()
    claimers = [threading.Thread(target=_claim, args=(url, answers, None), daemon=True) for _ in range(_DRAINERS)]
    for claimer in claimers:
        claimer.start()
    for claimer in claimers:
        claimer.join(60.0)
        assert not claimer.is_alive()


def _send(url: str, tickets: list[dict[str, str]], pace: float, answers: Answers) -> None:
    start = time.monotonic()
    with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as api:
        for number, body in enumerate(tickets):
            time.sleep(max(0.0, start + number * pace - time.monotonic()))
            while not _sent(api, body, answers):
                time.sleep(_PAUSE)


def _sent(api: httpx.Client, body: dict[str, str], answers: Answers) -> bool:
    """Whether the ticket was accepted; a sender who is not told cannot know, and asks again."""
    start = time.monotonic()
    try:
        answer = api.post("/v2/tickets", json=body)
    except httpx.TransportError:
        return False
    with answers.lock:
        answers.latencies.append(time.monotonic() - start)
        if answer.status_code == httpx.codes.ACCEPTED:
            answers.accepted.add(body["ticket_id"])
            return True
        if answer.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS}:
            answers.refused.append(answer)
            return False
        answers.wrong.append(f"POST {body['ticket_id']}: {answer.status_code} {answer.text}")
        return True


def _claim(url: str, answers: Answers, end: threading.Event | None) -> None:
    """Claim now and then until the end; without one, all that waits as fast as it goes."""
    with httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False) as api:
        while end is None or not end.wait(_CLAIM_PAUSE):
            try:
                answer = api.get("/v2/tickets/next")
            except httpx.TransportError:
                time.sleep(_PAUSE)
                continue
            with answers.lock:
                if answer.is_success:
                    answers.claimed.append(answer.json()["ticket_id"])
                elif answer.status_code not in {httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE}:
                    answers.wrong.append(f"GET /v2/tickets/next: {answer.status_code} {answer.text}")
            if end is None and answer.status_code == httpx.codes.NOT_FOUND:
                return
