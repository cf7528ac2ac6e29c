"""Floods of made-up tickets, sent into the real pipeline by a thread of their own."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from smart_support.domain.ticket import Customer, Ticket
from smart_support.domain.triage import Text
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.admission import Admission, Overloaded
from smart_support.pipeline.ports import Clock
from smart_support.pipeline.records import Unavailable

log = structlog.get_logger(__name__)

TAG = "simulated"

MadeUp = Callable[[int, int, float], Sequence[tuple[float, Text]]]
"""`made(seed, tickets, seconds)`: so many tickets in the order of their times, in seconds after the flood begins."""

_GROUP = 64
_TICK_SECONDS, _BUSY_SECONDS, _STOP_SECONDS = 0.02, 0.5, 10.0
_CUSTOMERS = 3  # of four tickets, so many customers


class FloodUnderWay(Exception):
    """One flood runs already."""


@dataclass(frozen=True, slots=True)
class FloodIn:
    """A flood to send: `tickets` in all, `per_minute` on average. Without a `seed` it follows from the `run_id`."""

    run_id: str
    workspace: str
    tickets: int
    per_minute: int
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class FloodStatus:
    """How far a flood is."""

    run_id: str
    workspace: str
    tickets: int
    sent: int = 0
    running: bool = True


class Floods:
    """Sends floods, one at a time. `timer()` gives seconds and never goes back."""

    def __init__(
        self, made: MadeUp, accept: AcceptStep, admission: Admission, clock: Clock, timer: Callable[[], float]
    ) -> None:
        self._made = made
        self._accept = accept
        self._admission = admission
        self._clock = clock
        self._timer = timer
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._status: FloodStatus | None = None

    @property
    def status(self) -> FloodStatus | None:
        """How far the last flood is; None where there was none."""
        return self._status

    def start(self, flood: FloodIn, actor: str) -> None:
        """Begin to send; raises FloodUnderWay."""
        with self._lock:
            if self._stopping.is_set() or (self._status is not None and self._status.running):
                raise FloodUnderWay("A flood is sent already")
            self._status = FloodStatus(flood.run_id, flood.workspace, flood.tickets)
            self._thread = threading.Thread(target=self._run, args=(flood, actor), name="flood", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the one that runs, and begin no other."""
        with self._lock:
            self._stopping.set()
            thread = self._thread
        if thread is not None:
            thread.join(_STOP_SECONDS)

    def _run(self, flood: FloodIn, actor: str) -> None:
        try:
            self._send(flood, actor)
        except Exception as error:
            log.error("flood_failed", run=flood.run_id, exc_info=error)
        finally:
            with self._lock:
                assert self._status is not None
                self._status = replace(self._status, running=False)

    def _send(self, flood: FloodIn, actor: str) -> None:
        seed = flood.seed if flood.seed is not None else int.from_bytes(flood.run_id.encode()) % 2**32
        tickets = self._made(seed, flood.tickets, 60.0 * flood.tickets / flood.per_minute)
        began, sent = self._timer(), 0
        while sent < len(tickets):
            elapsed = self._timer() - began
            due = [text for at, text in tickets[sent : sent + _GROUP] if at <= elapsed]
            if not due:
                pause = min(_BUSY_SECONDS, tickets[sent][0] - elapsed)
            else:
                taken = self._offer(
                    [_ticket(flood, sent + n, text, self._clock.now()) for n, text in enumerate(due)], actor
                )
                sent += len(due) if taken else 0
                self._status = FloodStatus(flood.run_id, flood.workspace, flood.tickets, sent)
                pause = _TICK_SECONDS if taken else _BUSY_SECONDS
            if self._stopping.wait(pause):
                return

    def _offer(self, tickets: Sequence[Ticket], actor: str) -> bool:
        """Whether there was room for them."""
        try:
            self._admission.admit(len(tickets))
        except Overloaded:
            return False
        try:
            answers = self._accept.accept(tickets, actor)
        except Unavailable:
            self._admission.withdraw(len(tickets))
            return False
        self._admission.withdraw(sum(not answer.fresh for answer in answers))
        return True


def _ticket(flood: FloodIn, number: int, text: Text, at: float) -> Ticket:
    return Ticket(
        workspace=flood.workspace,
        id=f"sim-{flood.run_id}-{number + 1:06}",
        subject=text.subject,
        body=text.body,
        accepted_at=at,
        customer=Customer(id=f"simulated-{number % max(1, flood.tickets * _CUSTOMERS // 4) + 1}"),
        channel=TAG,
        tags=(TAG,),
    )
