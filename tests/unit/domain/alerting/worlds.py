"""Small alerts and rules of few values, so that they meet."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from smart_support.domain.alert import AlertKind
from smart_support.domain.alerting.facts import WITHOUT_TICKET, Told
from smart_support.domain.alerting.route import GroupBy, Grouping, Route, Silence, Which
from smart_support.domain.alerting.rules import AlertRules, Otherwise
from smart_support.domain.calendar import WEEKDAYS, WeeklyHours
from smart_support.domain.notice import Weight
from smart_support.domain.routing.match import Facts, Match
from tests.unit.domain.routing.worlds import LEVELS, cases, wide

DESTINATIONS = ("chat", "mail", "oncall", "webhook")
NIGHTS = WeeklyHours.parse({"zone": "Europe/Berlin", **dict.fromkeys(WEEKDAYS, "00:00-07:00, 19:00-24:00")})
WEEKENDS = WeeklyHours.parse({"zone": "America/New_York", "sat": "00:00-24:00", "sun": "00:00-24:00"})

kinds = st.frozensets(st.sampled_from(AlertKind), max_size=3)
weights = st.sampled_from(Weight)
# A year in which the clocks of all zones change, to the quarter of an hour and beside it.
moments = st.integers(1_767_225_600 // 900, 1_798_761_600 // 900).map(lambda quarter: 900.0 * quarter) | st.floats(
    1_767_225_600.0, 1_798_761_600.0
)


def berlin(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


@st.composite
def alerts(draw: st.DrawFn) -> Told:
    kind, weight = draw(st.sampled_from(AlertKind)), draw(weights)
    if kind in WITHOUT_TICKET:
        return Told("default", kind, "breaker", weight)
    case = draw(cases)
    return Told("default", kind, "ticket:t", weight, Facts.of(case), case.category, case.team, case.ticket_id)


whiches = st.builds(
    Which, kinds=kinds, match=wide | st.just(Match()), at_least_weight=weights | st.just(Weight.INFO)
) | st.just(Which())
groupings = st.builds(
    Grouping,
    by=st.sampled_from(GroupBy),
    wait=st.sampled_from((0.0, 1.0)),
    interval=st.sampled_from((0.0, 300.0)),
    repeat=st.sampled_from((0.0, 60.0)),
)


@st.composite
def rules(draw: st.DrawFn) -> AlertRules:
    routes = []
    for number in range(draw(st.integers(0, 4))):
        quiet = draw(st.sampled_from((None, NIGHTS, WEEKENDS)))
        route = Route(
            f"r{number}",
            tuple(draw(st.lists(st.sampled_from((*DESTINATIONS, "gone")), min_size=1, max_size=3))),
            draw(whiches),
            draw(groupings),
            quiet,
            None if quiet is None else draw(st.none() | st.sampled_from(LEVELS)),
            draw(st.booleans()),
        )
        routes.append(route)
    silences = []
    for number in range(draw(st.integers(0, 2))):
        start, end = sorted(draw(st.tuples(moments, moments).filter(lambda pair: pair[0] != pair[1])))
        silences.append(Silence(f"s{number}", end, draw(st.sampled_from((None, start))), draw(whiches)))
    return AlertRules(tuple(routes), tuple(silences), draw(groupings), draw(st.sampled_from(Otherwise)))


configured = st.lists(st.sampled_from(DESTINATIONS), unique=True)
