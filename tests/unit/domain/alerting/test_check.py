"""Rules of alerts that are sound, and still do nothing."""

from hypothesis import given

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.check import alert_findings
from smart_support.domain.alerting.facts import Told
from smart_support.domain.alerting.route import Route, Silence, Which
from smart_support.domain.alerting.rules import AlertRules
from smart_support.domain.routing.match import Match
from smart_support.domain.taxonomy import Category, Taxonomy
from tests.unit.domain.alerting.worlds import DESTINATIONS, alerts, configured, moments, rules

TAXONOMY = Taxonomy((Category("Billing"), Category("Legal")), fallback="Legal")
GOLD = Match(tier=frozenset({"gold"}))


def found(*routes: Route, silences: tuple[Silence, ...] = (), now: float = 100.0) -> list[tuple[str, str]]:
    told = list(alert_findings(AlertRules(routes, silences), DESTINATIONS, TAXONOMY, now))
    assert all(one.rule is None for one in told)
    return [(one.severity.value, one.message) for one in told]


def to(name: str, *destinations: str, goes_on: bool = False, **which: object) -> Route:
    return Route(name, destinations or ("chat",), Which(**which), goes_on=goes_on)


@given(rules(), alerts(), configured, moments)
def test_what_is_said_never_to_have_a_say_or_to_send_has_none(
    rules: AlertRules, told: Told, names: list[str], now: float
):
    said = " ".join(one.message for one in alert_findings(rules, names, TAXONOMY, now))
    for send in rules.plan(told, names, now).sends:
        assert f"alert route {send.route!r} never has a say" not in said
        assert f"alert route {send.route!r} sends nothing" not in said


def test_rules_that_do_what_they_say_are_not_mentioned():
    kinds = frozenset({AlertKind.URGENT_TICKET})
    assert (
        found(to("a", "chat", match=GOLD), to("b", "mail", kinds=kinds), to("c"), silences=(Silence("s", 101.0),)) == []
    )


def test_a_destination_that_is_not_configured_is_named_with_what_may_be_meant():
    assert found(to("a", "oncal", "chat")) == [
        ("error", "alert route 'a': no destination 'oncal' is configured; did you mean 'oncall'?")
    ]


def test_a_route_below_a_wider_one_that_ends_has_no_say():
    ((severity, said),) = found(
        to("wide", match=GOLD), to("narrow", "mail", match=Match(frozenset({"Legal"}), tier=GOLD.tier))
    )
    assert severity == "error"
    assert "'narrow' never has a say: 'wide', above it" in said
    # A wider one that leads nowhere, or fits nothing, takes nothing.
    assert [message for _, message in found(to("gone", "nowhere"), to("b"))] == [
        "alert route 'gone': no destination 'nowhere' is configured"
    ]
    assert len(found(to("none", match=Match(at_least=0.9, below=0.1)), to("b"))) == 1


def test_a_route_below_one_that_goes_on_to_the_same_places_sends_nothing():
    wide = to("wide", "chat", "mail", goes_on=True)
    ((severity, said),) = found(wide, to("narrow", "mail", match=GOLD))
    assert (severity, said.startswith("alert route 'narrow' sends nothing: 'wide', above it")) == ("warning", True)
    assert found(wide, to("more", "mail", "oncall")) == []


def test_a_match_that_fits_nothing_is_an_error():
    ((severity, said),) = found(to("a", match=Match(category=frozenset({"Biling"}))))
    assert (severity, "'biling'; did you mean 'Billing'?" in said) == ("error", True)
    ((severity, said),) = found(to("a", kinds=frozenset({AlertKind.DEAD_LETTER}), match=GOLD))
    assert (severity, "'dead_letter' is about no triaged ticket" in said) == ("error", True)
    never = Silence("s", 200.0, which=Which(match=Match(at_least=0.9, below=0.1)))
    ((severity, said),) = found(silences=(never,))
    assert (severity, "silence 's': no urgency is at least 0.9" in said) == ("error", True)


def test_a_silence_that_is_over_is_to_be_removed():
    assert found(silences=(Silence("s", 100.0),)) == [("warning", "silence 's' is over; remove it")]
