"""Where an alert goes, when, and that none is lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.ending import ENDS
from smart_support.domain.alerting.facts import Told
from smart_support.domain.alerting.route import GroupBy, Grouping, Route, Silence, Which
from smart_support.domain.alerting.rules import AT_ONCE, MOST_ROUTES, AlertRules, Otherwise, Plan, Send
from smart_support.domain.calendar import ALWAYS, WeeklyHours
from smart_support.domain.notice import Weight
from smart_support.domain.routing.case import Case
from smart_support.domain.routing.match import Facts, Match, RoutingError
from smart_support.domain.routing.routing import Routing
from smart_support.domain.sla import Progress
from tests.unit.domain.alerting.worlds import (
    DESTINATIONS,
    NIGHTS,
    WEEKENDS,
    alerts,
    berlin,
    configured,
    moments,
    rules,
    whiches,
)

NOW = berlin("2026-11-18T12:00")
MIDNIGHT = berlin("2026-11-18T00:00")
CASE = Case("t", 1, "Billing", 0.85, Progress(0.0), tags=("shop",), customer_tier="gold")
URGENT = Told("default", AlertKind.URGENT_TICKET, "ticket:t", Weight.ERROR, Facts.of(CASE), "Billing", "money", "t")
BREAKER = Told("default", AlertKind.BREAKER_OPENED, "breaker", Weight.WARNING)
GOLD, BASIC = Match(tier=frozenset({"gold"})), Match(tier=frozenset({"basic"}))


def to(name: str, *destinations: str, **which: object) -> Route:
    return Route(name, destinations or (name,), Which(**which))


def at(told: Told, urgency: float, **changes: object) -> Told:
    return replace(told, facts=Facts.of(replace(CASE, urgency=urgency)), **changes)


def receivers(rules: AlertRules, told: Told = URGENT) -> dict[str, str | None]:
    return {send.destination: send.route for send in rules.plan(told, DESTINATIONS, NOW).sends}


class TestNothingIsLost:
    @given(rules(), alerts(), configured, moments)
    def test_an_alert_is_silenced_by_name_or_sent_or_meant_for_nobody(
        self, rules: AlertRules, told: Told, names: list[str], now: float
    ):
        plan = rules.plan(told, names, now)
        if plan.silenced_by is not None:
            assert plan.sends == ()
            assert any(one.name == plan.silenced_by and one.holds(told, now) for one in rules.silences)
            return
        assert not any(one.holds(told, now) for one in rules.silences)
        takers = [one for one in rules.routes if one.which.fits(told) and set(one.to) & set(names)]
        if names and rules.otherwise is Otherwise.EVERYBODY:
            assert plan.sends
        assert bool(takers) <= bool(plan.sends)
        if not takers:
            assert [send.destination for send in plan.sends] in ([], names)

    @given(rules(), alerts(), configured, moments)
    def test_a_destination_gets_it_once_by_the_first_route_that_names_it(
        self, rules: AlertRules, told: Told, names: list[str], now: float
    ):
        sends = rules.plan(told, names, now).sends
        assert len({send.destination for send in sends}) == len(sends)
        for send in sends:
            assert send.destination in names
            if send.route is not None:
                fitting = [one.name for one in rules.routes if one.which.fits(told) and send.destination in one.to]
                assert fitting[0] == send.route

    @given(rules(), alerts(), moments)
    def test_after_a_route_that_does_not_go_on_no_other_one_has_a_say(self, rules: AlertRules, told: Told, now: float):
        heard = [one for one in rules.routes if one.which.fits(told) and set(one.to) & set(DESTINATIONS)]
        last = next((place for place, one in enumerate(heard) if not one.goes_on), len(heard))
        said = {send.route for send in rules.plan(told, DESTINATIONS, now).sends} - {None}
        assert said <= {one.name for one in heard[: last + 1]}

    @given(alerts(), configured, moments)
    def test_without_rules_all_goes_to_every_destination(self, told: Told, names: list[str], now: float):
        plan = Routing().alerts.plan(told, names, now)
        interval = 0.0 if told.kind in AT_ONCE else 300.0
        assert plan == Plan(None, tuple(Send(name, told.topic, 1.0, interval, 0.0) for name in names))


class TestRoutes:
    def test_the_first_route_that_fits_takes_it(self):
        found = AlertRules((to("mail", match=BASIC), to("oncall", match=GOLD), to("chat")))
        assert receivers(found) == {"oncall": "oncall"}
        assert receivers(found, BREAKER) == {"chat": "chat"}

    def test_a_route_that_goes_on_leaves_a_say_to_those_below(self):
        first = replace(to("page", "oncall", "chat"), goes_on=True)
        found = AlertRules((first, to("talk", "chat", "mail"), to("webhook")))
        assert receivers(found) == {"oncall": "page", "chat": "page", "mail": "talk"}

    def test_what_no_route_takes_goes_to_everybody_or_to_nobody(self):
        basic = (to("mail", match=BASIC),)
        assert receivers(AlertRules(basic)) == dict.fromkeys(DESTINATIONS)
        assert receivers(AlertRules(basic, otherwise=Otherwise.NOBODY)) == {}

    def test_a_route_to_nowhere_that_is_configured_is_passed_over(self):
        assert receivers(AlertRules((to("gone"), to("mail")))) == {"mail": "mail"}
        assert receivers(AlertRules((to("gone"),))) == dict.fromkeys(DESTINATIONS)
        assert receivers(AlertRules((to("some", "gone", "mail"), to("chat")))) == {"mail": "some"}

    def test_kinds_weight_and_match_must_all_fit(self):
        assert Which().fits(URGENT)
        assert Which(frozenset({AlertKind.URGENT_TICKET}), GOLD, Weight.ERROR).fits(URGENT)
        assert not Which(frozenset({AlertKind.NO_AGENT})).fits(URGENT)
        assert not Which(match=BASIC).fits(URGENT)
        assert not Which(at_least_weight=Weight.CRITICAL).fits(URGENT)

    def test_a_match_never_fits_what_is_about_no_ticket_unless_it_is_empty(self):
        assert Which().fits(BREAKER)
        for match in (GOLD, Match(at_least=0.1), Match(below=1.0)):
            assert not Which(match=match).fits(BREAKER)

    @pytest.mark.parametrize("end", ENDS)
    def test_an_end_goes_where_its_beginning_went(self, end: AlertKind):
        for began in ENDS[end]:
            assert Which(frozenset({began})).fits(replace(URGENT, kind=end))
            assert not Which(frozenset({end})).fits(replace(URGENT, kind=began))
        assert not Which(frozenset({AlertKind.TEST})).fits(replace(URGENT, kind=end))

    @given(whiches, whiches, alerts())
    def test_what_covers_another_fits_whatever_that_one_fits(self, wide: Which, narrow: Which, told: Told):
        if wide.covers(narrow) and narrow.fits(told):
            assert wide.fits(told)
        assert Which().covers(narrow)


class TestQuietHours:
    @given(st.sampled_from((NIGHTS, WEEKENDS)), moments)
    def test_a_message_waits_to_the_first_moment_after_them_and_no_longer(self, quiet: WeeklyHours, now: float):
        (send,) = AlertRules((Route("r", ("chat",), quiet=quiet),)).plan(URGENT, ["chat"], now).sends
        if send.not_before is None:
            assert not quiet.is_open(now)
        else:
            assert send.not_before > now
            assert not quiet.is_open(send.not_before)
            assert quiet.between(now, send.not_before) == pytest.approx(send.not_before - now)

    @pytest.mark.parametrize(
        ("now", "ends"),
        [
            ("2026-11-18T18:59:59", None),
            ("2026-11-18T19:00", "2026-11-19T07:00"),
            ("2026-11-18T23:59:59", "2026-11-19T07:00"),  # over midnight
            ("2026-11-22T23:00", "2026-11-23T07:00"),  # from Sunday to Monday: two weeks of the calendar
            ("2026-03-28T23:00", "2026-03-29T07:00"),  # an hour shorter, as the clocks go forward
            ("2026-10-24T23:00", "2026-10-25T07:00"),  # an hour longer
            ("2026-11-18T07:00", None),
        ],
    )
    def test_nights_end_by_the_clock_on_the_wall(self, now: str, ends: str | None):
        found = Route("r", ("chat",), quiet=NIGHTS).not_before(URGENT, berlin(now))
        assert found == (None if ends is None else berlin(ends))

    def test_a_night_in_which_the_clocks_change_is_as_long_as_it_is(self):
        route = Route("r", ("chat",), quiet=NIGHTS)
        hours = [
            (route.not_before(URGENT, berlin(day)) or 0.0) - berlin(day)
            for day in ("2026-03-28T23:00", "2026-10-24T23:00")
        ]
        assert hours == [7 * 3600.0, 9 * 3600.0]

    def test_from_the_given_urgency_on_it_goes_out_all_the_same(self):
        route = Route("r", ("chat",), quiet=NIGHTS, quiet_unless=0.95)
        assert route.not_before(at(URGENT, 0.95), MIDNIGHT) is None
        # That S 0.94 is critical already does not count: the route says which S does.
        assert route.not_before(at(URGENT, 0.94, weight=Weight.CRITICAL), MIDNIGHT) is not None
        assert route.not_before(BREAKER, MIDNIGHT) is not None

    def test_what_is_critical_for_another_reason_goes_out_too_where_anything_does(self):
        incident = at(URGENT, 0.3, kind=AlertKind.INCIDENT_OPENED, weight=Weight.CRITICAL)
        route = Route("r", ("chat",), quiet=NIGHTS, quiet_unless=0.95)
        assert route.not_before(incident, MIDNIGHT) is None
        assert route.not_before(replace(incident, weight=Weight.ERROR), MIDNIGHT) is not None
        assert replace(route, quiet_unless=None).not_before(incident, MIDNIGHT) is not None


class TestSilences:
    def test_one_holds_from_its_first_moment_to_its_end(self):
        silence = Silence("maintenance", 200.0, 100.0, Which(match=GOLD))
        held = [now for now in (99.9, 100.0, 199.9, 200.0) if silence.holds(URGENT, now)]
        assert held == [100.0, 199.9]
        assert Silence("s", 200.0).holds(URGENT, 0.0)
        assert not silence.holds(BREAKER, 150.0)

    def test_it_stands_above_all_routes_and_is_named(self):
        found = AlertRules((to("chat"),), (Silence("other", 2 * NOW, which=Which(match=BASIC)), Silence("s", 2 * NOW)))
        assert found.plan(URGENT, DESTINATIONS, NOW) == Plan(silenced_by="s")
        assert found.plan(URGENT, DESTINATIONS, 2 * NOW).silenced_by is None


class TestGroups:
    def test_a_group_is_named_by_what_its_alerts_have_in_common(self):
        found = {by: Grouping(by).group(URGENT) for by in GroupBy}
        assert found == {
            GroupBy.TOPIC: "ticket:t",
            GroupBy.CATEGORY: "category:Billing",
            GroupBy.KIND: "kind:urgent_ticket",
            GroupBy.TEAM: "team:money",
            GroupBy.ALL: "all",
        }
        alone = [by for by in GroupBy if Grouping(by).group(BREAKER) == BREAKER.topic]
        assert alone == [GroupBy.TOPIC, GroupBy.CATEGORY, GroupBy.TEAM]

    def test_a_route_groups_as_it_says_and_the_rest_as_all_rules_say(self):
        often = Grouping(GroupBy.ALL, 0.0, 10.0, 60.0)
        route = replace(to("chat", match=GOLD), grouping=often)
        found = AlertRules((route,), grouping=Grouping(GroupBy.KIND, 2.0, 20.0))
        assert found.plan(URGENT, ["chat"], NOW).sends == (Send("chat", "all", 0.0, 10.0, 60.0, None, "chat"),)
        assert found.plan(BREAKER, ["chat"], NOW).sends == (Send("chat", "kind:breaker_opened", 2.0, 20.0, 0.0),)

    @pytest.mark.parametrize("kind", AlertKind)
    def test_what_must_be_known_now_waits_for_no_interval_where_it_is_alone(self, kind: AlertKind):
        told = replace(URGENT, kind=kind)
        (alone,) = AlertRules().plan(told, ["chat"], NOW).sends
        (grouped,) = AlertRules(grouping=Grouping(GroupBy.ALL)).plan(told, ["chat"], NOW).sends
        assert alone.interval == (0.0 if kind in AT_ONCE else 300.0)
        assert grouped.interval == 300.0


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: to(" "), "the name of a route"),
        (lambda: Route("r", ()), "goes to nobody; name a destination"),
        (lambda: Route("r", ("",)), "a destination is ''"),
        (lambda: Route("r", ("chat",), quiet=ALWAYS), "quiet hours never end"),
        (lambda: Route("r", ("chat",), quiet_unless=0.9), "no quiet hours"),
        (lambda: Route("r", ("chat",), quiet=NIGHTS, quiet_unless=1.5), "quiet_unless is a number from 0 to 1"),
        (lambda: Silence("s", 10.0, 10.0), "until is not after from"),
        (lambda: Silence("", 10.0), "the name of a silence"),
        (lambda: Grouping(wait=-1.0), "0 seconds or more"),
        (lambda: AlertRules((to("chat"), to("CHAT"))), "route 'chat' is there twice"),
        (lambda: AlertRules(silences=(Silence("s", 1.0), Silence("S", 2.0))), "silence 's' is there twice"),
        (lambda: AlertRules((to("chat"),) * (MOST_ROUTES + 1)), "too many"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said: str):
    with pytest.raises(RoutingError, match=said):
        make()


def test_a_destination_that_is_named_twice_is_one():
    assert Route("r", ("chat", "mail", "chat")).to == ("chat", "mail")
