"""Notices for tests: a plain one, and such as strangers could bring about."""

from dataclasses import replace

from hypothesis import strategies as st

from smart_support.domain.notice import Condition, Notice, Status, Weight

AT = 1_763_756_400.0
LINK = "https://support.example.org/tickets/T-1?tab=a&b=c"

NOTICE = Notice(
    id="msg-1",
    topic_id="ticket:T-1",
    ordinal=1,
    at=AT,
    status=Status.FIRING,
    weight=Weight.CRITICAL,
    title="Nobody can pay",
    conditions=(Condition("urgent_ticket", AT, "urgency 0.97 is above 0.8"),),
    ticket_id="T-1",
    urgency=0.97,
    reasons=("outage", "many customers"),
    facts=(("Agent", "Anna"), ("Category", "Technical")),
    excerpt="Since noon no card is taken.\nPlease help!",
    link=LINK,
    data={"category": "Technical"},
)
GROUP = replace(NOTICE, parts=tuple(replace(NOTICE, id=f"p{at}", title=f"Part {at}") for at in range(500)))

ATTACKS = [
    "@everyone",
    "@here",
    "@@everyone",
    "<!channel>",
    "<!subteam^S1|all>",
    "<@U012AB3CD>",
    "<@&123456789012345678>",
    "<#C1>",
    "<at>Anna</at>",
    "<https://evil.example|your bank>",
    "[your bank](https://evil.example)",
    "https://evil.example/a?b=c",
    "HTTP://EVIL.EXAMPLE",
    "{{DATE(2026-01-01T00:00:00Z)}}",
    "```",
    "**bold** __under__ ~~gone~~ ||spoiler|| `code`",
    "# head\n> quote\n- item",
    "\\",
    "\\@everyone",
    "@\u200beveryone",
    "@\u202eeveryone",
    "<\u0000!channel>",
    "&lt;!channel&gt;",
    "&",
    "\r\nBcc: all@example.org\r\n\r\n",
    "\u2028",
    "\u202egnp.exe",
    "\ud800",
    "\x1b[31m",
    "😀" * 40,
    "漢" * 100,
    "\u0300" * 50,
]

hostile = st.builds(
    lambda parts, times: ("".join(parts) * times)[:9_000],
    st.lists(st.sampled_from(ATTACKS) | st.text(max_size=12), max_size=8),
    st.sampled_from([1, 1, 1, 3, 40, 300]),
)

conditions = st.builds(Condition, st.sampled_from(["urgent_ticket", "sla_breached"]), st.just(AT), hostile)


def _notices(parts: st.SearchStrategy[tuple[Notice, ...]]) -> st.SearchStrategy[Notice]:
    return st.builds(
        Notice,
        id=st.sampled_from(["5f0c7a52-6f5e-5d6b-9f1e-0a4f6f6f6f6f", "msg.1", "a b\r\nc"]),
        topic_id=st.sampled_from(["ticket:T-1", "t" * 400]),
        ordinal=st.integers(1, 9),
        at=st.just(AT),
        status=st.sampled_from(Status),
        weight=st.sampled_from(Weight),
        title=hostile,
        conditions=st.lists(conditions, max_size=4).flatmap(
            lambda found: st.sampled_from([tuple(found), tuple(found * 12)])
        ),
        workspace=st.sampled_from(["default", "w" * 300]),
        ticket_id=st.none() | hostile,
        incident_id=st.none() | st.just("inc-1"),
        urgency=st.none() | st.floats(0.0, 1.0),
        reasons=st.lists(hostile, max_size=3).map(tuple),
        facts=st.lists(st.tuples(hostile, hostile), max_size=3).flatmap(
            lambda found: st.sampled_from([tuple(found), tuple(found * 20)])
        ),
        excerpt=hostile,
        link=st.sampled_from(
            [None, LINK, "javascript:alert(1)", "https://x.example/|<!channel>", f"{LINK}{'a' * 5000}"]
        ),
        parts=parts,
    )


notices = _notices(
    st.lists(_notices(st.just(())), max_size=2).flatmap(
        lambda found: st.sampled_from([tuple(found), tuple(found * 40)])
    )
)
