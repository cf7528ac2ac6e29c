"""Routing rules as they are written: in TOML, in JSON, and in the documentation."""

import json
import random
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.routing.match import RoutingError
from smart_support.domain.routing.routing import DEFAULT
from smart_support.domain.sla import Target
from smart_support.pipeline.routing_file import RoutingContent, checked, routing_of

DOCS = Path(__file__).parents[3] / "docs" / "routing.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
FULL: dict[str, Any] = tomllib.loads(BLOCKS[0][1])

words = st.text("abcdefghij", min_size=1, max_size=4)
values = words | st.lists(words, max_size=2)
spans = st.sampled_from(["90s", "30m", "1.5h", "2d", 60, 0.5])
matches = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("category", "tags", "customer", "tier", "channel"), values)
    | {
        "language": st.sampled_from(["de", ["en", "fr"]]),
        "urgency": st.fixed_dictionaries({}, optional={"at_least": st.floats(0, 1), "below": st.floats(0, 1)}),
    },
)
rules = st.fixed_dictionaries(
    {"name": words, "priority": st.floats(-1, 1)},
    optional={"match": matches, "team": words, "skills": values, "never": values, "sla": st.just("s")},
)
slas = st.fixed_dictionaries(
    {"name": words, "resolution": spans},
    optional={"first_response": spans, "match": matches, "warn": st.floats(0.1, 0.9), "calendar": st.just("office")},
)
contents = st.fixed_dictionaries(
    {
        "sla": st.lists(slas, max_size=2).map(lambda some: [{"name": "s", "resolution": 60}, *some]),
        "rule": st.lists(rules, max_size=3, unique_by=lambda one: one["name"]),
        "calendars": st.just({"office": FULL["calendars"]["office"]}),
    },
    optional={"assignment": st.fixed_dictionaries({}, optional={"languages": st.booleans(), "age": spans})},
).filter(lambda content: len({one["name"] for one in content["sla"]}) == len(content["sla"]))


def shuffled(content: Any, chance: random.Random) -> Any:
    """The same with the keys of every table in another order."""
    if isinstance(content, dict):
        keys = chance.sample(list(content), len(content))
        return {key: shuffled(content[key], chance) for key in keys}
    return [shuffled(one, chance) for one in content] if isinstance(content, list) else content


@given(contents, st.randoms(use_true_random=False))
def test_what_is_stored_says_what_was_written_in_whatever_order(content: dict[str, Any], chance: random.Random):
    stored = checked(content).model_dump(mode="json")
    assert routing_of(json.loads(json.dumps(stored))) == routing_of(content)
    assert checked(stored).model_dump(mode="json") == stored
    assert routing_of(shuffled(content, chance)) == routing_of(content)


def test_an_empty_file_is_what_comes_with_the_program():
    assert routing_of({}) == DEFAULT
    assert RoutingContent().routing() == DEFAULT


def test_every_example_in_the_documentation_is_sound():
    routings = [routing_of(FULL), routing_of(json.loads(BLOCKS[1][1]))]
    assert [len(routing.rules) for routing in routings] == [3, 1]
    assert [language for language, _ in BLOCKS] == ["toml", "json", "text", "json", "toml"]


def test_the_full_example_shows_all_there_is_and_the_defaults():
    written = {name for one in FULL["rule"] for name in one}
    matched = {name for one in FULL["rule"] for name in one["match"]}
    schema = RoutingContent.model_json_schema()["$defs"]
    assert written == schema["RuleContent"]["properties"].keys()
    assert matched == schema["MatchContent"]["properties"].keys()
    assert {name for one in FULL["sla"] for name in one} == schema["SlaContent"]["properties"].keys()
    assert FULL["assignment"].keys() == schema["AssignmentContent"]["properties"].keys()
    routing = routing_of(FULL)
    assert (routing.policy, routing.languages) == (DEFAULT.policy, DEFAULT.languages)
    gold, urgent, _ = routing.slas
    assert gold.target == Target(900.0, 14_400.0)
    assert urgent.target.calendar.is_holiday(date(2026, 12, 24))


def test_spans_of_time_that_are_the_same_are_stored_the_same():
    def stored(span: object) -> object:
        return checked({"sla": [{"name": "s", "resolution": span}]}).model_dump(mode="json")

    assert stored("1.5h") == stored("90m") == stored(5400) == stored(5400.0)


SLA = {"name": "s", "resolution": "1h"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"rules": []}, "rules: unknown key; remove it"),
        ({"rule": [{"name": "VIP", "mach": {}}]}, "rule 1 'VIP': mach: unknown key; remove it"),
        ({"rule": [{}]}, "rule 1: name: this key is missing; add it"),
        ({"rule": ["VIP"]}, "rule 1: a table of keys is needed"),
        ({"rule": [{"name": "VIP", "match": {"tier": 1}}]}, "rule 1 'VIP': match.tier: .* list"),
        ({"rule": [{"name": "VIP", "match": {"urgency": {"over": 0.5}}}]}, "rule 1 'VIP': match.urgency.over: unknown"),
        ({"rule": [{"name": "VIP"}]}, "rule 1 'VIP': it says nothing"),
        ({"rule": [{"name": "VIP", "priority": 70}]}, "rule 1 'VIP': priority is 70"),
        ({"rule": [{"name": "VIP", "sla": "x"}], "sla": [SLA]}, "rule 'VIP' names sla 'x'.* write one of s"),
        ({"sla": [SLA | {"resolution": "soon"}]}, "sla 1 's': resolution: 'soon' is no span of time"),
        ({"sla": [SLA | {"resolution": "9999d"}]}, "sla 1 's': resolution: .* at most 365d"),
        ({"sla": [SLA | {"resolution": float("inf")}]}, "at most 365d"),
        ({"sla": [SLA | {"resolution": True}]}, "resolution: .* number"),
        ({"sla": [SLA | {"resolution": 0}]}, "sla 1 's': the target for resolution is 0"),
        ({"sla": [SLA | {"warn": 2}]}, "sla 1 's': warn is 2"),
        ({"sla": [SLA | {"calendar": "office"}]}, r"sla 1 's': .* add \[calendars.office\]"),
        ({"calendars": {"office": {"zone": "Mars"}}}, "calendar 'office': time zone 'Mars'"),
        ({"assignment": {"age": 0}}, "assignment.age: .* greater than 0"),
        ({"assignment": {"steps": []}}, "assignment: the first step"),
        ({"assignment": {"weights": {"load": -1}}}, "assignment: a weight lies in 0 to 1000: load_weight"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: dict[str, Any], said: str):
    with pytest.raises(RoutingError, match=said):
        routing_of(content)
