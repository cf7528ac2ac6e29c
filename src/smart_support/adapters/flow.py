"""Minimum cost flows by OR-Tools (cost-scaling push-relabel)."""

import numpy as np
from ortools.graph.python import min_cost_flow

from smart_support.domain.assignment.solver import Network, Unsolvable, Whole


def solve(network: Network) -> Whole:
    """As `Solver` has it. The same network always gives the same flow: the algorithm draws no random numbers."""
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(network.tails, network.heads, network.capacities, network.costs)
    flow.set_nodes_supplies(np.arange(len(network.supplies)), network.supplies)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise Unsolvable(
            f"OR-Tools says {status.name} of a network of {len(network.supplies)} nodes and {len(network.tails)} arcs"
        )
    flows: Whole = flow.flows(np.arange(len(network.tails)))
    return flows
