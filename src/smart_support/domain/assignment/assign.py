"""Which agent gets which ticket: the best assignment of all waiting tickets at once."""

from collections.abc import Sequence

from smart_support.domain.assignment.eligibility import Roster
from smart_support.domain.assignment.kinds import kinds
from smart_support.domain.assignment.priority import ranked
from smart_support.domain.assignment.problem import Assigned, Demand, Plan, Policy, Supply
from smart_support.domain.assignment.solver import Solver
from smart_support.domain.assignment.who import served
from smart_support.domain.assignment.whom import chosen


def assign(demands: Sequence[Demand], supplies: Sequence[Supply], policy: Policy, solver: Solver) -> Plan:
    """The plan of this tick; the order of what is given makes no difference.

    As many tickets as can be served are, the higher ranked before the lower (`assignment.who`), at the least cost in
    all (`assignment.whom`). Raises ValueError where an id is given twice, and Unsolvable as the solver does.
    """
    if len({demand.ticket_id for demand in demands}) < len(demands):
        raise ValueError("a ticket is there twice")
    roster = Roster(supplies, policy)
    tickets = ranked(demands, policy)
    ranks = served(tickets, roster, solver)
    assigned = tuple(
        Assigned(tickets[rank].ticket_id, roster.supplies[agent].agent_id, parts)
        for rank, agent, parts in chosen(kinds(tickets, ranks, roster), roster, policy, solver)
    )
    with_slot = {one.ticket_id for one in assigned}
    return Plan(assigned, tuple(ticket.ticket_id for ticket in tickets if ticket.ticket_id not in with_slot))
