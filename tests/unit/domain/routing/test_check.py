"""Rules that are sound, and still do nothing, or leave tickets with nobody."""

from hypothesis import given

from smart_support.domain.agent import Agent
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.check import findings
from smart_support.domain.routing.finding import Finding, Severity
from smart_support.domain.routing.match import Match
from smart_support.domain.routing.reach import unreached_rules, unreached_slas
from smart_support.domain.routing.routing import DEFAULT, Routing
from smart_support.domain.routing.rule import Rule, Says, SlaPolicy
from smart_support.domain.sla import Escalation, Target
from smart_support.domain.taxonomy import Category, Taxonomy
from tests.unit.domain.routing.worlds import cases, routings

TAXONOMY = Taxonomy((Category("Billing"), Category("Legal")), fallback="Legal")
AGENTS = (
    Agent("default", "ann", skills={"Billing": 1.0, "contracts": 0.0}, languages=("de",), team="money"),
    Agent("default", "bob", skills={"Legal": 0.5, "contracts": 0.5}, languages=("en",), team="law"),
)
GOLD, BILLING = Match(tier=frozenset({"gold"})), Match(category=frozenset({"Billing"}))
ALL = Match()


def rule(name: str, match: Match = ALL, **said: object) -> Rule:
    return Rule(name, match, Says(**said))


def found(*rules: Rule, slas: tuple[SlaPolicy, ...] = (), agents: tuple[Agent, ...] = AGENTS) -> list[Finding]:
    return findings(Routing(rules, slas), agents, TAXONOMY)


def told(found: list[Finding]) -> list[tuple[str, str | None]]:
    return [(one.severity.value, one.rule) for one in found]


@given(routings(), cases)
def test_what_is_said_never_to_have_a_say_has_none(routing: Routing, case: Case):
    never = {one.rule for one in unreached_rules(routing.rules) if one.severity is Severity.ERROR}
    assert not never.intersection(routing.demand(case, 0.0).rules)


@given(routings(), cases)
def test_what_is_said_never_to_be_promised_is_not(routing: Routing, case: Case):
    unused = " ".join(one.message for one in unreached_slas(routing))
    assert f"sla {routing.demand(case, 0.0).sla!r} is never used" not in unused


def test_rules_that_do_what_they_say_are_not_mentioned():
    sla = SlaPolicy("fast", Target(60.0))
    gold = rule("gold", GOLD, team="money", sla="fast", never=frozenset({"bob"}))
    assert found(gold, rule("contracts", Match(language=frozenset({"en"})), skills=("contracts",)), slas=(sla,)) == []
    assert findings(DEFAULT, AGENTS, TAXONOMY) == []


def test_a_rule_below_a_wider_one_that_says_as_much_has_no_say():
    both = Match(tier=frozenset({"gold"}), category=frozenset({"Billing"}))
    (one,) = found(rule("wide", GOLD, team="law"), rule("narrow", both, team="money"))
    assert (one.severity, one.rule) == (Severity.ERROR, "narrow")
    assert "'wide'" in one.message
    assert found(rule("narrow", both, team="money"), rule("wide", GOLD, team="law")) == []
    # Two that each overrule a part do it together; and a part that is left is a say.
    apart = (rule("team", team="law"), rule("first", priority=0.5))
    assert told(found(*apart, rule("late", BILLING, team="money", priority=0.1))) == [("error", "late")]
    (one,) = found(*apart, rule("late", BILLING, team="money", never=frozenset({"bob"})))
    assert (one.severity, one.rule) == (Severity.WARNING, "late")
    assert "its team is never used" in one.message
    assert "'team'" in one.message
    assert "'first'" not in one.message


def test_what_adds_up_has_a_say_while_it_adds_something():
    bars = rule("bars", never=frozenset({"ann"}))
    assert told(found(bars, rule("same", GOLD, never=frozenset({"ann"})))) == [("error", "same")]
    assert found(bars, rule("more", GOLD, skills=("contracts",))) == []


def test_a_match_that_no_ticket_fits_is_an_error():
    (one,) = found(rule("never", Match(at_least=0.8, below=0.5), team="law"))
    assert (one.severity, one.rule) == (Severity.ERROR, "never")
    assert "0.8 and below 0.5" in one.message
    (one,) = found(rule("typo", Match(category=frozenset({"Biling"})), team="law"))
    assert "'biling'; did you mean 'Billing'?" in one.message
    # It hides no other rule.
    assert told(found(rule("never", Match(at_least=1, below=0), team="law"), rule("b", team="law"))) == [
        ("error", "never")
    ]


def test_whom_nobody_is_is_named_with_who_may_be_meant():
    spoken = Match(language=frozenset({"de", "cs"}))
    said = found(rule("r", spoken, team="laws", skills=("contract", "x"), never=frozenset({"bobb"})))
    assert {one.message for one in said if one.severity is Severity.ERROR} == {
        "no agent is in team 'laws'; did you mean 'law'?",
        "no agent has the skill 'contract'; did you mean 'contracts'?",
        "no agent has the skill 'x'",
        "never: there is no agent 'bobb'; did you mean 'bob'?",
    }


def test_a_language_that_nobody_speaks_is_a_warning_as_it_is_asked_of_nobody():
    spoken = rule("r", Match(language=frozenset({"de", "cs"})), priority=0.1)
    told = Finding(Severity.WARNING, "r", "nobody speaks cs: its tickets go to whoever has the skill")
    assert found(spoken) == [told]
    assert findings(Routing((spoken,), languages=False), AGENTS, TAXONOMY) == []
    assert found(spoken, agents=(*AGENTS, Agent("default", "any"))) == []
    # It hides no error.
    nobody = found(rule("r", spoken.match, never=frozenset({"ann", "bob"})))
    assert [one.severity for one in nobody] == [Severity.ERROR, Severity.WARNING]


def test_a_team_to_escalate_to_must_have_somebody():
    teams = {"good": Escalation("law"), "any": Escalation(), "none": None, "bad": Escalation("laws")}
    slas = tuple(SlaPolicy(name, Target(60.0), Match(tier=frozenset({name})), to) for name, to in teams.items())
    (one,) = findings(Routing(slas=slas), AGENTS, TAXONOMY)
    assert (one.severity, one.rule) == (Severity.ERROR, None)
    assert "'bad' escalates to team 'laws', in which no agent is; did you mean 'law'?" in one.message


def test_what_is_left_with_nobody_is_an_error():
    for match, said in (
        (BILLING, {"team": "law"}),
        (BILLING, {"skills": ("contracts",)}),
        (BILLING, {"never": frozenset({"ann"})}),
        (ALL, {"never": frozenset({"ann", "bob"})}),
        (ALL, {"team": "money", "skills": ("contracts",)}),
    ):
        (one,) = found(rule("r", match, **said))
        assert (one.severity, one.rule) == (Severity.ERROR, "r")
        assert "nobody can take" in one.message


def test_a_category_that_nobody_can_take_is_a_warning():
    (one,) = found(agents=AGENTS[:1])
    assert one == Finding(Severity.WARNING, None, "nobody can take category 'Legal': no agent has the skills 'Legal'")


def test_without_agents_it_is_said_that_they_were_not_looked_at():
    (one,) = found(rule("r", team="nobody knows"), agents=())
    assert one.severity is Severity.WARNING
    assert "no agents are known" in one.message


def test_promises_that_nobody_gets_are_warnings():
    fast = Target(60.0)
    unnamed, gold = SlaPolicy("unnamed", fast), SlaPolicy("gold", fast, GOLD)
    late = SlaPolicy("late", fast, Match(tier=frozenset({"gold"}), category=frozenset({"Billing"})))
    assert [one.message.split(":")[0] for one in found(slas=(unnamed, gold, late))] == [
        "sla 'unnamed' is never used",
        "sla 'late' is never used",
    ]
    named = rule("names them", BILLING, sla="late")
    assert "sla 'gold'" not in str(found(named, slas=(gold, late)))
    assert [one.severity for one in found(slas=(SlaPolicy("x", fast, Match(at_least=0.8, below=0.5)),))] == [
        Severity.ERROR
    ]


def test_what_is_about_a_rule_comes_in_the_order_of_the_rules():
    rules = (rule("a", team="x"), rule("b", Match(category=frozenset({"y"})), skills=("z",)))
    assert [one.rule for one in found(*rules, slas=(SlaPolicy("s", Target(60.0)),))] == ["a", "b", "b", None]
