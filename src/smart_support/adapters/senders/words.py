"""What every message says, whatever the service: what it is, how urgent and why, who has it, where to look."""

from collections.abc import Sequence
from datetime import UTC, datetime

from smart_support.adapters.senders.text import block, line
from smart_support.domain.notice import Notice, Status

LONGEST_LINK = 1_000
"""Characters; a longer link is left out, as no service's limit may cut it."""


def state(notice: Notice) -> str:
    """One word: how much it weighs while somebody has to do something, else that it is acknowledged or resolved."""
    return (notice.weight if notice.status is Status.FIRING else notice.status).capitalize()


def headline(notice: Notice) -> str:
    """What it is, in one line that begins with the state."""
    return f"{state(notice)}: {line(notice.title) or 'no title'}"


def why(notice: Notice) -> list[str]:
    """Why it is told, the newest first, a line each."""
    return [f"{time(each.at)} {line(each.text) or each.kind}" for each in reversed(notice.conditions)]


def known(notice: Notice) -> list[tuple[str, str]]:
    """How urgent it is and for which reasons, who has it, and what else there is to know; nothing is empty."""
    found = []
    if notice.urgency is not None:
        found.append(("Urgency", f"{notice.urgency:.2f}"))
    if notice.reasons:
        found.append(("Because", "; ".join(line(each) for each in notice.reasons)))
    found += [(line(name), line(value)) for name, value in notice.facts]
    found += [(name, line(value)) for name, value in _ids(notice)]
    return [(name, value) for name, value in found if name and value]


def said(notice: Notice) -> str:
    """From what a customer wrote."""
    return block(notice.excerpt)


def others(notice: Notice) -> list[str]:
    """The further things in the message, a line each."""
    return [_part(each) for each in notice.parts]


def changed(notice: Notice) -> str:
    """What is new since the last message, in a line."""
    newest = line(notice.conditions[-1].text) if notice.conditions else ""
    return f"{state(notice)}: {newest or line(notice.title) or 'no title'}"


def link(notice: Notice) -> str | None:
    """Where to look, if that is a web address which every service takes."""
    found = notice.link or ""
    plain = found.startswith(("http://", "https://")) and found.isascii() and found.isprintable()
    # A space, quote, bracket or bar would end the link in one markup or another.
    return found if plain and len(found) <= LONGEST_LINK and not set(found) & set(" <>\"'|`\\()[]{}") else None


def time(at: float) -> str:
    """A time (UTC epoch seconds) for people."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def stamp(at: float) -> str:
    """A time (UTC epoch seconds) for programs: RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _part(notice: Notice) -> str:
    more: Sequence[str] = [f"{name}: {value}" for name, value in known(notice)[:6]]
    return " · ".join([headline(notice), *more])


def _ids(notice: Notice) -> list[tuple[str, str]]:
    found = [("Ticket", notice.ticket_id or ""), ("Incident", notice.incident_id or "")]
    return found if notice.workspace == "default" else [*found, ("Workspace", notice.workspace)]
