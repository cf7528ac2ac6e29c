"""Why a ticket goes to whom, for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from smart_support.cli.console import cell, messages, table


def show_explained(found: Mapping[str, Any]) -> None:
    """The answer of `GET /v2/tickets/{id}/route`: what the ticket asks for, then each agent, who gets it first."""
    table(f"Ticket {found['ticket_id']}", ("", ""), _asked(found))
    chosen, others = found["chosen"], found["others"]
    if found["above"] is None:
        return
    if chosen is None and not others:
        messages.print("There are no agents; `smart-support agents import FILE` adds some.")
        return
    rows = [(other["agent_id"], "", other["words"]) for other in others]
    if chosen is not None:
        rows.insert(0, (chosen["agent_id"], "gets it", _cost(chosen)))
    table("Agents", ("agent", "", "why"), rows)
    if chosen is None:
        messages.print("No agent gets it now.")


def _asked(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    needs, sla = found["needs"], found["sla"]
    yield "it", found["words"]
    if needs is not None:
        asked = {"skills": ", ".join(needs["skills"]), "language": needs["language"], "team": needs["team"]}
        yield "needs", "; ".join(f"{name} {value}" for name, value in asked.items() if value) or "nothing"
        yield "rules", ", ".join(found["rules"]) or "none matches"
    if sla is not None:
        due = {"first response": sla["first_response_due"], "resolution": sla["resolution_due"]}
        said = [f"{what} by {cell(at)}" for what, at in due.items() if at is not None]
        yield "promised", ", ".join(said) or "nothing when it was dispatched"
    if found["above"] is not None:
        counted = _counted(sla) if sla is not None and sla["slack_seconds"] is not None else ""
        yield "rank", f"{found['above']} of {found['waiting']} waiting tickets rank higher{counted}"


def _counted(sla: Mapping[str, Any]) -> str:
    """What the rank counts by the rules of now, whatever was promised."""
    slack = sla["slack_seconds"]
    left = f"{abs(slack) / 60:.0f} min {'left' if slack >= 0 else 'too late'}"
    return f"; {left} by {sla['name'] or 'the category'}, as the rules are now"


def _cost(chosen: Mapping[str, Any]) -> str:
    parts = [f"{name} {chosen[name]}" for name in ("skill", "relaxed", "preferred", "load") if chosen[name]]
    return f"costs {chosen['cost']}" + (f" ({', '.join(parts)})" if parts else "")
