"""When promises are due, how they stand, and that each thing is told once, however often one looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain import sla
from smart_support.domain.calendar import WeeklyHours
from smart_support.domain.sla import Escalation, Progress, Promise, SlaClock, SlaState, Target

HOUR = 3_600.0
MONDAY = 1_767_571_200.0  # 2026-01-05 00:00 UTC
NINE_TO_FIVE = WeeklyHours("UTC", (((540, 1_020),),) * 5 + ((), ()))
TARGET = Target(2 * HOUR, 10 * HOUR, NINE_TO_FIVE, warn=0.25)
OPENS = MONDAY + 9 * HOUR

ACCEPTED = st.floats(MONDAY, MONDAY + 168 * HOUR)
LATER = st.floats(0.0, 400 * HOUR)
TARGETS = st.builds(
    Target,
    first_response=st.none() | st.floats(1.0, 30 * HOUR),
    resolution=st.none() | st.floats(1.0, 60 * HOUR),
    calendar=st.sampled_from([NINE_TO_FIVE, sla.ALWAYS]),
    warn=st.floats(0.05, 0.9),
)
PROMISES = st.sampled_from(Promise)


@st.composite
def courses(draw: st.DrawFn) -> Progress:
    """A ticket that may be answered and resolved, in this order."""
    accepted = draw(ACCEPTED)
    answered, resolved = (accepted + later for later in sorted(draw(st.tuples(LATER, LATER))))
    return Progress(accepted, draw(st.none() | st.just(answered)), draw(st.none() | st.just(resolved)))


def clock(promise: Promise, target: Target = TARGET, accepted: float = OPENS) -> SlaClock:
    return next(one for one in sla.clocks(target, accepted) if one.promise is promise)


def test_due_moments_count_open_time():
    friday = MONDAY + 4 * 24 * HOUR + 16 * HOUR
    assert clock(Promise.FIRST_RESPONSE, accepted=friday).due_at == MONDAY + 7 * 24 * HOUR + 10 * HOUR
    assert clock(Promise.FIRST_RESPONSE, accepted=friday).warn_at == MONDAY + 7 * 24 * HOUR + 9.5 * HOUR
    assert clock(Promise.RESOLUTION).due_at == MONDAY + 24 * HOUR + 11 * HOUR
    assert sla.clocks(Target(), friday) == ()


def test_a_clock_keeps_what_a_breach_does():
    made = sla.clocks(TARGET, OPENS, Escalation("second line"))
    assert [(one.promise, one.escalation, one.told, one.next_at) for one in made] == [
        (Promise.FIRST_RESPONSE, Escalation("second line"), SlaState.OK, OPENS + 1.5 * HOUR),
        (Promise.RESOLUTION, Escalation("second line"), SlaState.OK, OPENS + 7.5 * HOUR),
    ]


@pytest.mark.parametrize(
    ("hours", "answered", "expected"),
    [
        (1.5, None, SlaState.OK),
        (1.51, None, SlaState.DUE_SOON),
        (2.0, None, SlaState.DUE_SOON),
        (2.01, None, SlaState.BREACHED),
        (2.01, 2.0, SlaState.MET),
        (1.0, 1.0, SlaState.MET),
        (0.5, 1.0, SlaState.OK),
        (9.0, 2.01, SlaState.BREACHED),
    ],
)
def test_how_a_first_response_stands(hours: float, answered: float | None, expected: SlaState):
    progress = Progress(OPENS, None if answered is None else OPENS + answered * HOUR)
    assert clock(Promise.FIRST_RESPONSE).state(progress, OPENS + hours * HOUR) is expected


def test_a_resolution_without_an_answer_is_the_answer():
    progress = Progress(OPENS, resolved_at=OPENS + HOUR)
    assert clock(Promise.FIRST_RESPONSE).state(progress, OPENS + 5 * HOUR) is SlaState.MET


def test_what_was_left_when_a_promise_was_kept_stays():
    progress = Progress(OPENS, answered_at=OPENS + HOUR)
    assert clock(Promise.FIRST_RESPONSE).slack(progress, OPENS + 0.5 * HOUR) == 1.5 * HOUR
    assert clock(Promise.FIRST_RESPONSE).slack(progress, OPENS + 7 * HOUR) == HOUR
    assert clock(Promise.RESOLUTION).slack(progress, OPENS + 7 * HOUR) == 3 * HOUR


def test_slack_stands_still_while_closed_and_falls_below_zero():
    assert sla.slack(TARGET, Promise.RESOLUTION, OPENS, OPENS + 8 * HOUR) == 2 * HOUR
    assert sla.slack(TARGET, Promise.RESOLUTION, OPENS, OPENS + 20 * HOUR) == 2 * HOUR
    assert sla.slack(TARGET, Promise.RESOLUTION, OPENS, OPENS + 27 * HOUR) == -HOUR


def test_the_least_slack_is_that_of_what_is_still_to_be_kept():
    now = OPENS + HOUR
    assert sla.least_slack(TARGET, Progress(OPENS), now) == HOUR
    assert sla.least_slack(TARGET, Progress(OPENS, answered_at=now), now) == 9 * HOUR
    assert sla.least_slack(TARGET, Progress(OPENS, now, now), now) is None
    assert sla.least_slack(Target(), Progress(OPENS), now) is None


@given(TARGETS, ACCEPTED, LATER)
def test_slack_and_state_agree(target: Target, accepted: float, later: float):
    at, progress = accepted + later, Progress(accepted)
    for one in sla.clocks(target, accepted):
        left, state = one.slack(progress, at), one.state(progress, at)
        assert left == pytest.approx(sla.slack(target, one.promise, accepted, at), abs=1e-4)
        if left < -1e-5:
            assert state is SlaState.BREACHED
        if left > 1e-5:
            assert state in (SlaState.OK, SlaState.DUE_SOON)


@given(TARGETS, courses(), LATER, LATER)
def test_a_promise_never_gets_better_and_what_is_settled_stays(
    target: Target, progress: Progress, one: float, two: float
):
    for found in sla.clocks(target, progress.accepted_at):
        earlier, later = (found.state(progress, progress.accepted_at + after) for after in sorted((one, two)))
        if earlier in (SlaState.BREACHED, SlaState.MET):
            assert later is earlier
        if earlier is SlaState.DUE_SOON:
            assert later is not SlaState.OK


def looks(one: SlaClock, progress: Progress, moments: list[float]) -> tuple[SlaClock, list[SlaState]]:
    """The clock after looks at these moments, each with what was known then, and what they told."""
    told: list[SlaState] = []
    for now in moments:
        answered, resolved = (
            at if at is not None and at <= now else None for at in (progress.answered_at, progress.resolved_at)
        )
        one, reached = one.looked(Progress(progress.accepted_at, answered, resolved), now)
        told += reached
    return one, told


@given(TARGETS, courses(), st.lists(LATER, max_size=6))
def test_however_time_is_cut_into_looks_the_same_is_told_once(target: Target, progress: Progress, steps: list[float]):
    start, end = progress.accepted_at, progress.accepted_at + 1_000 * HOUR
    for one in sla.clocks(target, start):
        _, told = looks(one, progress, [*(start + step for step in sorted(steps)), end])
        assert told == looks(one, progress, [end])[1]
        assert len(set(told)) == len(told)


@given(TARGETS, courses(), LATER)
def test_what_was_told_is_how_the_promise_stands(target: Target, progress: Progress, later: float):
    now = progress.accepted_at + later
    for one in sla.clocks(target, progress.accepted_at):
        state, (_, told) = one.state(progress, now), looks(one, progress, [now])
        if state is SlaState.MET:
            assert SlaState.BREACHED not in told
        else:
            assert told == [
                reached for reached in (SlaState.DUE_SOON, SlaState.BREACHED) if reached is state or state == "breached"
            ]


@given(TARGETS, courses(), LATER)
def test_a_clock_says_when_to_look_again(target: Target, progress: Progress, later: float):
    """Before that moment there is nothing to tell, and right after it there is, if the promise is not kept by then."""
    now = progress.accepted_at + later
    open_ = Progress(progress.accepted_at)
    for one in sla.clocks(target, progress.accepted_at):
        after, _ = one.looked(open_, now)
        if after.next_at is None:
            assert after.told is SlaState.BREACHED
        else:
            assert after.next_at >= now
            assert after.looked(open_, after.next_at)[1] == ()
            assert after.looked(open_, after.next_at + 1.0)[1] != ()
            assert after.looked(Progress(now, now, now), now)[0].next_at is None


@given(st.integers(1, 40), st.sets(st.integers(1, 40), max_size=8))
def test_a_breach_is_told_once_if_the_ticket_is_open_after_it(due: int, changes: set[int]):
    """A ticket that is answered at once and resolved and reopened by turns, and looked at each hour."""
    (one,) = sla.clocks(Target(resolution=due * HOUR), MONDAY)
    moments = [MONDAY + at * HOUR for at in sorted(changes)]
    told: list[SlaState] = []
    for step in range(1, 51):
        now = MONDAY + step * HOUR
        past = [at for at in moments if at <= now]
        one, reached = one.looked(Progress(MONDAY, MONDAY, past[-1] if len(past) % 2 else None), now)
        told += reached
    open_spans = zip([MONDAY, *moments[1::2]], [*moments[::2], float("inf")], strict=False)
    assert told.count(SlaState.BREACHED) == any(closed > MONDAY + due * HOUR for _, closed in open_spans)
    assert len(set(told)) == len(told)


def test_a_reopened_ticket_comes_to_what_it_passed_while_it_was_resolved():
    one, reached = clock(Promise.RESOLUTION).looked(Progress(OPENS, OPENS + HOUR), OPENS + 7.6 * HOUR)
    assert reached == (SlaState.DUE_SOON,)
    one, reached = one.looked(Progress(OPENS, OPENS + HOUR, OPENS + 7.7 * HOUR), OPENS + 60 * HOUR)
    assert (reached, one.next_at) == ((), None)
    one, reached = one.looked(Progress(OPENS, OPENS + HOUR), OPENS + 61 * HOUR)
    assert (reached, one.next_at) == ((SlaState.BREACHED,), None)
    assert one.looked(Progress(OPENS, OPENS + HOUR), OPENS + 99 * HOUR)[1] == ()


@pytest.mark.parametrize(
    "wrong",
    [{"first_response": 0.0}, {"resolution": -1.0}, {"resolution": float("nan")}, {"warn": 0.0}, {"warn": 1.0}],
)
def test_what_cannot_be_promised_is_refused(wrong: dict[str, float]):
    with pytest.raises(ValueError, match="give a"):
        Target(**wrong)
