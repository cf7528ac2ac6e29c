"""What holds after any run: nothing lost, nothing done twice, nobody silent or noisy."""

from collections import Counter, defaultdict
from pathlib import Path

from smart_support.domain.retry import LEASE_SECONDS
from tests.chaos.cluster import Cluster, Line
from tests.chaos.load import Answers, drain
from tests.waiting import until

SETTLE_SECONDS = LEASE_SECONDS + 30.0  # a message whose sender was killed is due again when its lease has run out
_FINISHED = ("waiting", "claimed", "resolved")


def settle(cluster: Cluster) -> None:
    """Wait until nothing is underway any more."""
    until(cluster.is_ready, "the cluster is ready again", SETTLE_SECONDS)
    underway = (
        "SELECT (SELECT count(*) FROM outbox WHERE due_at IS NOT NULL)"
        " + (SELECT count(*) FROM alerts WHERE routed_at IS NULL)"
        # Not what follows in a thread: that keeps its distance.
        " + (SELECT count(*) FROM messages WHERE state = 'pending' AND ordinal = 1)"
    )
    until(lambda: cluster.rows(underway) == [(0,)], "nothing is underway", SETTLE_SECONDS)


def check(cluster: Cluster, prefix: str, answers: Answers, faults: int, mark: dict[Path, int]) -> None:
    """Settle, then look at what the clients were told, what SQL says, and what was logged since `mark`."""
    settle(cluster)
    assert not cluster.crashes, cluster.crashes
    assert not answers.wrong, answers.wrong[:3]
    check_finished(cluster, prefix, answers)
    drain(cluster.url, answers)
    check_claims(cluster, prefix, answers)
    check_events(cluster, prefix)
    check_order(cluster)
    lines = cluster.lines(mark)
    check_alerts(cluster, prefix, lines)
    check_log(lines, faults)


def check_finished(cluster: Cluster, prefix: str, answers: Answers) -> None:
    """Accepted = finished + dead-lettered; and as no ticket of these is the worse for triage, none is dead-lettered."""
    states = dict(cluster.rows("SELECT id, state FROM tickets WHERE id LIKE %s", f"{prefix}-%"))
    lost = answers.accepted - states.keys()
    assert not lost, f"answered 202 and not in SQL: {sorted(lost)[:5]}"
    count = Counter(states.values())
    assert not count["dead"], count
    assert sum(count[state] for state in _FINISHED) == len(states), count


def check_claims(cluster: Cluster, prefix: str, answers: Answers) -> None:
    """No ticket has two owners, by SQL or by what the clients saw; all that waited could be had."""
    twice = [id_ for id_, number in Counter(answers.claimed).items() if number > 1]
    assert not twice, f"handed to two clients: {twice[:5]}"
    states = dict(cluster.rows("SELECT id, state FROM tickets WHERE id LIKE %s", f"{prefix}-%"))
    assert set(states.values()) <= {"claimed"}, Counter(states.values())
    claimed = {id_ for id_, state in states.items() if state == "claimed"}
    seen = {id_ for id_ in answers.claimed if id_.startswith(f"{prefix}-")}
    assert seen <= claimed, f"handed out and not claimed: {sorted(seen - claimed)[:5]}"


def check_events(cluster: Cluster, prefix: str) -> None:
    """Each ticket took each step once; one that was given up took a shorter way, and one that the light model answered
    for on a busy machine has another score since."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    query = "SELECT ticket_id, kind FROM events WHERE ticket_id LIKE %s AND kind LIKE 'ticket.%%'"
    for id_, kind in cluster.rows(query, f"{prefix}-%"):
        kinds[id_][kind] += 1
    whole = Counter({f"ticket.{action}": 1 for action in ("accept", "triage", "queue", "claim")})
    maybe = Counter({"ticket.rescore": 1})
    odd = {id_: dict(had) for id_, had in kinds.items() if had - maybe != whole and "ticket.bury" not in had}
    assert not odd, f"{len(odd)} tickets, {list(odd.items())[:5]}"
    repeated = {id_: dict(had) for id_, had in kinds.items() if max(had.values()) > 1}
    assert not repeated, list(repeated.items())[:5]


def check_order(cluster: Cluster) -> None:
    """The dispatcher's numbers are 1, 2, 3, ... in each workspace, and the events say the same."""
    odd = cluster.rows(
        "SELECT workspace, count(*), count(DISTINCT dispatch_order), max(dispatch_order) FROM tickets"
        " WHERE dispatch_order IS NOT NULL GROUP BY workspace"
        " HAVING count(*) <> max(dispatch_order) OR count(*) <> count(DISTINCT dispatch_order)"
    )
    assert not odd, odd
    told = cluster.rows(
        "SELECT t.id FROM tickets t JOIN events e ON e.workspace = t.workspace AND e.ticket_id = t.id"
        " WHERE e.kind = 'ticket.queue' AND (e.data->>'order')::bigint <> t.dispatch_order"
    )
    assert not told, told[:5]


def check_alerts(cluster: Cluster, prefix: str, lines: list[Line]) -> None:
    """One message about a ticket at most, under one id wherever it shows; each is told, and each urgent ticket has
    one."""
    ids: dict[str, set[str]] = defaultdict(set)
    rows = cluster.rows("SELECT substr(topic, 8), id, state FROM messages WHERE topic LIKE %s", f"ticket:{prefix}-%")
    lines = [line for line in lines if line.event == "alert" and "/ticket:" in line.fields["topic_id"]]
    told = [(line.fields["ticket_id"], line.fields["message_id"]) for line in lines]
    for ticket_id, message_id in [row[:2] for row in rows] + told:
        ids[ticket_id].add(message_id)
    several = {ticket_id: found for ticket_id, found in ids.items() if len(found) > 1}
    assert not several, several
    assert all(state == "sent" for _, _, state in rows), Counter(state for _, _, state in rows)
    silent = {message_id for _, message_id, _ in rows} - {message_id for _, message_id in told}
    assert not silent, f"said to be sent and told nobody: {silent}"
    urgent = cluster.rows(
        "SELECT id FROM tickets WHERE id LIKE %s AND urgency > 0.5 AND state <> 'dead'", f"{prefix}-%"
    )
    assert {row[0] for row in urgent} == {row[0] for row in rows}


def check_log(lines: list[Line], faults: int) -> None:
    """Nothing unforeseen, and no line for each try: at most one for each change of state that the faults can cause."""
    unforeseen = [line for line in lines if line.event in {"failed", "request_failed"} or "Traceback" in line.text]
    assert not unforeseen, unforeseen[0]
    outages = Counter(
        (line.process, line.start, line.fields.get("part")) for line in lines if line.event == "unavailable"
    )
    noisy = {key: number for key, number in outages.items() if number > 2 * faults}
    assert not noisy, noisy
