"""What rules make of a ticket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.match import Facts, Match, RoutingError
from smart_support.domain.routing.routing import DEFAULT, MOST_RULES, Routing
from smart_support.domain.routing.rule import Rule, Says, SlaPolicy
from smart_support.domain.sla import Progress, Target
from smart_support.domain.taxonomy import Category, Sla, Taxonomy
from tests.unit.domain.routing.worlds import cases, matches, routings, wide

CASE = Case("t", 7, "Legal", 0.5, Progress(1000.0), language="de")
FAST, SLOW = Target(60.0), Target(None, 7200.0)
ALL = Match()


def rule(name: str, match: Match = ALL, **said: object) -> Rule:
    return Rule(name, match, Says(**said))


@given(routings(), cases, st.floats(0, 4e9))
def test_whatever_comes_is_routed(routing: Routing, case: Case, now: float):
    routed = routing.demand(case, now)
    demand = routed.demand
    assert (demand.ticket_id, demand.order, demand.preferred) == (case.ticket_id, case.order, case.preferred)
    assert demand.waited >= 0
    assert demand.barred >= case.barred
    assert demand.skills[0] == case.category
    assert (routed.target is None) == (routed.sla is None)


@given(routings(), cases)
def test_the_first_rule_that_says_something_is_heard_and_lists_add_up(routing: Routing, case: Case):
    routed = routing.demand(case, 0.0)
    matched = [one for one in routing.rules if one.match.matches(Facts.of(case))]

    def first(what: str) -> object:
        return next((said for one in matched if (said := getattr(one.says, what)) is not None), None)

    assert routed.demand.team == (case.team or first("team"))
    assert routed.demand.boost == (first("priority") or 0.0) + 10.0 * case.escalated + 2.0 * case.stands
    if (named := first("sla")) is not None:
        assert routed.sla == named
    assert set(routed.demand.skills) == {case.category}.union(*(one.says.skills for one in matched))
    assert routed.demand.barred == case.barred.union(*(one.says.never for one in matched))


@given(routings(), cases)
def test_the_rules_that_are_named_had_a_say_and_no_other(routing: Routing, case: Case):
    routed = routing.demand(case, 0.0)
    had = [one for one in routing.rules if one.name in routed.rules]
    assert replace(routing, rules=tuple(had)).demand(case, 0.0) == routed
    assert routed.rule == (had[0].name if had else None)
    for number in range(len(had)):
        others = had[:number] + had[number + 1 :]
        assert replace(routing, rules=tuple(others)).demand(case, 0.0).rules != routed.rules


@given(matches, cases)
def test_all_that_is_asked_must_hold(match: Match, case: Case):
    def alone(field: str) -> bool:
        return Match(**{field: getattr(match, field)}).matches(facts)

    facts = Facts.of(case)
    fields = ("category", "tags", "customer", "tier", "language", "channel", "at_least", "below")
    assert match.matches(facts) == all(map(alone, fields))


@given(wide, wide, cases)
def test_what_covers_another_match_matches_whatever_that_matches(one: Match, other: Match, case: Case):
    facts = Facts.of(case)
    assert one.covers(one)
    assert ALL.covers(one)
    if one.covers(other) and other.matches(facts):
        assert one.matches(facts)


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        (Match(category=frozenset({"legal", "Billing"})), True),
        (Match(category=frozenset({"Billing"})), False),
        (Match(customer=frozenset({"ANN@bank.example"})), True),
        (Match(customer=frozenset({"@Bank.example"})), True),
        (Match(customer=frozenset({"@ank.example"})), False),
        (Match(customer=frozenset({"c-17"})), True),
        (Match(tags=frozenset({"shop", "vip"})), True),
        (Match(tags=frozenset({"vip"})), False),
        (Match(tier=frozenset({"gold"})), False),
        (Match(at_least=0.5), True),
        (Match(below=0.5), False),
    ],
)
def test_a_match_asks_for_one_of_the_values_whatever_their_capitals(match: Match, matched: bool):
    case = replace(CASE, customer_id="C-17", customer_email="Ann@bank.example", tags=("Shop", "blue"))
    assert match.matches(Facts.of(case)) is matched


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (Match(), Match(below=0.5)),
        (Match(below=0.8), Match(below=0.5)),
        (Match(at_least=0.2), Match(at_least=0.5)),
        (Match(tags=frozenset({"a", "b"})), Match(tags=frozenset({"A"}))),
        (Match(tier=frozenset({"gold"})), Match(tier=frozenset({"gold"}), channel=frozenset({"mail"}))),
        (Match(customer=frozenset({"@a.example"})), Match(customer=frozenset({"ann@a.example"}))),
    ],
)
def test_the_wider_match_covers_the_narrower_one_and_not_the_other_way_round(wider: Match, narrower: Match):
    assert wider.covers(narrower)
    assert not narrower.covers(wider)


def test_without_rules_a_ticket_needs_its_category_and_its_language():
    routed = DEFAULT.demand(CASE, 1060.0)
    assert (routed.rule, routed.sla, routed.target) == (None, None, None)
    assert (routed.demand.skills, routed.demand.language, routed.demand.waited) == (("Legal",), "de", 60.0)
    assert Routing(languages=False).demand(CASE, 0.0).demand.language is None


def test_a_category_may_need_skills_of_its_own_and_have_a_promise():
    taxonomy = Taxonomy(
        (Category("Legal", sla=Sla(30, 60), skills={"law": 1.0, "english": 0.0}), Category("Billing")), fallback="Legal"
    )
    routing = Routing((rule("more", skills=("contracts", "law")),)).on(taxonomy)
    routed = routing.demand(CASE, 1600.0)
    assert routed.demand.skills == ("law", "contracts")
    assert (routed.sla, routed.target, routed.demand.slack) == (None, Target(1800.0, 3600.0), 1200.0)
    other = routing.demand(replace(CASE, category="Billing"), 1600.0)
    assert (other.demand.skills, other.target) == (("Billing", "contracts", "law"), None)


def test_a_promise_is_the_one_that_a_rule_names_else_the_first_that_matches():
    gold = Match(tier=frozenset({"gold"}))
    slas = (SlaPolicy("named", FAST), SlaPolicy("gold", SLOW, gold), SlaPolicy("all", FAST, ALL))
    routing = Routing((rule("urgent", Match(at_least=0.9), sla="named"),), slas)
    for case, sla in (
        (CASE, "all"),
        (replace(CASE, customer_tier="Gold"), "gold"),
        (replace(CASE, customer_tier="Gold", urgency=0.9), "named"),
    ):
        assert routing.demand(case, 0.0).sla == sla
    assert Routing(slas=slas[:2]).demand(CASE, 0.0).sla is None


def test_slack_is_open_time():
    hours = WeeklyHours.parse({"zone": "UTC", "thu": "00:00-01:00"})  # 1970-01-01
    routing = Routing(slas=(SlaPolicy("office", Target(5400.0, None, hours), ALL),))
    assert routing.demand(replace(CASE, progress=Progress(0.0)), 86_400.0).demand.slack == 1800.0


ONCE_A_WEEK = WeeklyHours.parse({"zone": "UTC", "mon": "09:00-10:00"})
WRONG = [
    (lambda: rule("a"), "says nothing"),
    (lambda: rule(" a", team="x"), "name of a rule"),
    (lambda: rule("a", team=""), "team"),
    (lambda: rule("a", skills=("x\n",)), "a skill"),
    (lambda: rule("a", never=frozenset({" "})), "never"),
    (lambda: rule("a", priority=10.1), "-10 to 10"),
    (lambda: rule("a", priority=float("nan")), "-10 to 10"),
    (lambda: Match(tags=frozenset({" "})), "empty value"),
    (lambda: Match(language=frozenset({"german"})), "ISO 639-1"),
    (lambda: Match(at_least=1.5), "0 to 1"),
    (lambda: Match(below=float("nan")), "0 to 1"),
    (lambda: SlaPolicy("a", Target()), "promises nothing"),
    (lambda: SlaPolicy("a", Target(600 * 3600.0, None, ONCE_A_WEEK)), "10 years"),
    (lambda: Routing((rule("a", team="x"), rule("A", team="y"))), "twice"),
    (lambda: Routing(slas=(SlaPolicy("a", FAST), SlaPolicy("A", FAST))), "twice"),
    (lambda: Routing((rule("a", sla="x"),)), r"add it"),
    (lambda: Routing((rule("a", sla="x"),), (SlaPolicy("y", FAST),)), "rule 'a' names sla 'x'.* write one of y"),
    (lambda: Routing(tuple(rule(f"r{n}", team="x") for n in range(MOST_RULES + 1))), "too many"),
]


@pytest.mark.parametrize(("make", "words"), WRONG, ids=range(len(WRONG)))
def test_what_cannot_be_used_is_said(make, words):
    with pytest.raises(RoutingError, match=words):
        make()
