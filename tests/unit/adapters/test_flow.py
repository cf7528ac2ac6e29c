"""Flows of least cost by OR-Tools."""

from dataclasses import replace

import numpy as np
import pytest

from smart_support.adapters.flow import solve
from smart_support.domain.assignment.solver import Network, Unsolvable

# Two sources, one of them with a cheap way of capacity 1 and a dear one.
NETWORK = Network(
    np.array([0, 0, 1, 2], dtype=np.int32),
    np.array([3, 2, 2, 3], dtype=np.int32),
    np.array([1, 5, 5, 5]),
    np.array([1, 10, -3, 0]),
    np.array([3, 1, 0, -4]),
)


def test_the_flow_costs_least():
    assert solve(NETWORK).tolist() == [1, 2, 1, 3]


def test_what_has_no_way_is_an_error_that_says_so():
    with pytest.raises(Unsolvable, match="INFEASIBLE of a network of 4 nodes and 4 arcs"):
        solve(replace(NETWORK, capacities=np.array([1, 5, 5, 2])))


def test_costs_beyond_64_bits_are_an_error():
    with pytest.raises(Unsolvable, match="BAD_COST_RANGE"):
        solve(replace(NETWORK, costs=np.array([1, 10, -3, 2**62])))


def test_nothing_flows_through_an_empty_network():
    nothing = np.zeros(0, dtype=np.int64)
    places = nothing.astype(np.int32)
    assert solve(Network(places, places, nothing, nothing, nothing)).tolist() == []
