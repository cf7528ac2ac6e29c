"""What each helpdesk says, from payloads as it documents them."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.sources.choose import source_of
from smart_support.adapters.sources.fields import NOTE_MARK, moment
from smart_support.domain.ticket import Customer
from smart_support.pipeline.sources import Incoming, Reply, Unreadable
from tests.helpdesk_calls import KINDS, PAYLOADS, SECRET, call, payload

NOW = 1_772_442_000.0
NINE = 1_772_442_000.0  # 2026-03-02T09:00:00Z
MAP = {
    "id": "data.key",
    "subject": "data.title",
    "body": "data.text",
    "customer_email": "data.from.0.mail",
    "tags": "data.labels",
    "closed": "data.state",
    "assignee": "data.owner",
    "reply": "data.message.text",
    "reply_id": "data.message.id",
    "reply_by_customer": "data.message.customer",
}


def read(kind: str, told: Any, **given: Any) -> list[Incoming]:
    sent = call(kind, told, NOW)
    return list(source_of(kind, SECRET, **given).read(sent.headers, sent.body))


def one(kind: str, told: Any, **given: Any) -> Incoming:
    (found,) = read(kind, told, **given)
    return found


def test_zendesk_tells_of_a_new_ticket():
    assert one("zendesk", payload("zendesk-created")) == Incoming(
        source_id="5158",
        subject="Checkout is down",
        body="Since nine o'clock no customer can pay.",
        customer=Customer(id="8801"),
        channel="web",
        tags=("shop", "vip"),
        received_at=NINE,
        closed=False,
        assignee="",
    )


def test_zendesk_tells_of_comments():
    told = payload("zendesk-comment")
    found = one("zendesk", told)
    assert found.replies == (Reply("770012", "It is still down.", NINE + 3_601.0, "Ann Example"),)
    assert found.opens
    told["event"]["comment"] |= {"is_public": False, "author": {"id": "9902", "is_staff": True, "name": "Bob"}}
    found = one("zendesk", told)
    assert (found.replies[0].by_customer, found.replies[0].internal, found.opens) == (False, True, False)


def test_zendesk_tells_who_has_it_and_that_it_is_over():
    assert one("zendesk", payload("zendesk-assigned")).assignee == "9902"
    assert one("zendesk", payload("zendesk-comment")).assignee is None
    assert one("zendesk", payload("zendesk-comment")).closed is None
    assert one("zendesk", payload("zendesk-solved")).closed is True
    deleted = payload("zendesk-solved") | {"type": "zen:event-type:ticket.soft_deleted"}
    assert one("zendesk", deleted).closed is True
    assert read("zendesk", {"type": "zen:event-type:user.created", "detail": {}}) == []


def test_zendesk_knows_what_we_did():
    told = payload("zendesk-assigned")
    assert one("zendesk", told, api_user="9901").by_us
    assert not one("zendesk", told, api_user="9999").by_us
    assert not one("zendesk", payload("zendesk-solved"), api_user="9902").by_us  # nothing that we would do


def test_chatwoot_tells_of_messages():
    told = payload("chatwoot-message")
    found = one("chatwoot", told)
    assert (found.source_id, found.body, found.channel) == ("10", "My parcel has not arrived", "webwidget")
    assert found.customer == Customer("14", "ann@example.org", "Ann Example")
    assert (found.tags, found.closed, found.assignee, found.opens) == (("delivery",), None, None, True)
    assert found.replies == (Reply("118", "My parcel has not arrived", NINE, "Ann Example"),)
    answer = one("chatwoot", told | {"message_type": "outgoing", "sender": {"id": 7, "name": "Bob"}})
    assert (answer.opens, answer.replies[0].by_customer) == (False, False)
    note = one("chatwoot", told | {"message_type": "outgoing", "private": True})
    assert note.replies[0].internal
    assert read("chatwoot", told | {"message_type": "activity"}) == []
    assert read("chatwoot", {"event": "webwidget_triggered", "id": 3}) == []


def test_chatwoot_tells_who_has_it_and_that_it_is_over():
    found = one("chatwoot", payload("chatwoot-status"))
    assert (found.closed, found.assignee, found.opens, found.replies) == (True, None, False, ())
    handed = payload("chatwoot-status") | {"event": "conversation_updated"}
    handed["changed_attributes"] = [{"assignee_id": {"previous_value": None, "current_value": 7}}]
    found = one("chatwoot", handed)
    assert (found.closed, found.assignee) == (None, "bob@shop.example")
    assert one("chatwoot", handed, agents=["7"]).assignee == "7"
    handed["meta"]["assignee"] = None
    assert one("chatwoot", handed).assignee == ""
    labeled = handed | {"changed_attributes": [{"label_list": {"previous_value": [], "current_value": ["x"]}}]}
    assert one("chatwoot", labeled).assignee is None


def test_github_tells_of_issues():
    assert one("github", payload("github-opened")) == Incoming(
        source_id="acme/shop#42",
        subject="Checkout fails with 500",
        body="Every payment ends in an error page.",
        customer=Customer(id="ann", name="ann"),
        channel="github",
        tags=("bug",),
        received_at=NINE,
        url="https://github.com/acme/shop/issues/42",
        closed=False,
        assignee="",
        changed_at=NINE,
    )
    found = one("github", payload("github-closed"))
    assert (found.closed, found.opens) == (True, False)
    assert one("github", payload("github-opened") | {"action": "transferred"}).closed is True


def test_github_tells_of_comments():
    told = payload("github-comment")
    found = one("github", told)
    assert (found.assignee, found.opens, found.closed) == (None, False, None)
    assert one("github", told | {"issue": told["issue"] | {"state": "closed"}}).closed is True
    assert one("github", told | {"action": "assigned", "comment": None}).assignee == "bob"
    assert found.replies == (Reply("31337", "We are looking into it.", NINE + 1_800.0, "bob", by_customer=False),)
    told["comment"] |= {"user": {"login": "ann"}, "author_association": "NONE"}
    assert one("github", told).replies[0].by_customer
    assert read("github", told | {"action": "edited"}) == []
    assert read("github", told | {"issue": told["issue"] | {"pull_request": {}}}) == []
    ping = call("github", {"zen": "Keep it logically awesome.", "hook_id": 1}, NOW)
    assert source_of("github", SECRET).read(ping.headers | {"x-github-event": "ping"}, ping.body) == []


def test_github_knows_what_we_did():
    labeled = payload("github-opened") | {"action": "labeled", "sender": {"login": "Our-Bot"}}
    assert one("github", labeled, api_user="our-bot").by_us
    closed = payload("github-closed") | {"sender": {"login": "our-bot"}}
    assert not one("github", closed, api_user="our-bot").by_us


def test_zammad_tells_of_articles():
    found = one("zammad", payload("zammad-article"))
    assert (found.source_id, found.subject, found.closed) == ("81", "The printer burns", False)
    assert found.customer == Customer("8", "emily@example.org", "Emily Example")
    assert found.body.split() == ["There", "is", "smoke.", "Please", "come."]
    assert (found.replies[0].id, found.replies[0].body, found.opens) == ("104", found.body, True)
    assert found.assignee == "emma@desk.example"


def test_zammad_tells_that_it_is_over_with_our_note_as_its_last_article():
    told = payload("zammad-article")
    told["ticket"] |= {"state": {"name": "closed"}, "owner_id": 1}
    told["article"] |= {"internal": True, "sender": "Agent"}
    found = one("zammad", told, api_user="chris@desk.example")
    assert (found.closed, found.replies, found.by_us, found.assignee, found.opens) == (True, (), False, "", False)


def test_django_helpdesk_tells_of_tickets_and_follow_ups():
    found = one("django-helpdesk", payload("django-helpdesk-new"))
    assert (found.source_id, found.subject, found.body) == ("12", "Cannot log in", "The password is refused.")
    assert (found.customer.email, found.closed, found.assignee) == ("ann@example.org", False, "")
    assert [reply.id for reply in found.replies] == ["90"]
    found = one("django-helpdesk", payload("django-helpdesk-followup"))
    assert (found.closed, found.assignee) == (True, "4")
    assert found.replies[1] == Reply("91", "Your account is open again.", NINE + 3_600.0, "4", by_customer=False)


def test_any_other_helpdesk_is_read_by_a_map_of_its_fields():
    found = one("generic", payload("generic-ticket"), fields=MAP)
    assert found == Incoming(
        source_id="HD-7",
        subject="The invoice is wrong",
        body="It is for somebody else.",
        customer=Customer(email="ann@example.org"),
        tags=("billing", "urgent"),
        closed=True,
        assignee="bob",
        replies=(Reply("3", "We have corrected it.", by_customer=False),),
    )
    plain = one("generic", {"id": 1, "subject": "Help", "received_at": "2026-03-02T09:00:00Z"})
    assert (plain.source_id, plain.subject, plain.closed, plain.received_at) == ("1", "Help", None, NINE)


NOTE = f"Billing, S 0.4\n\n{NOTE_MARK} m1"
BY_CUSTOMER: dict[str, dict[str, Any]] = {
    "zendesk-comment": {"event": {"comment": {"id": 1, "body": NOTE, "author": {"is_staff": False}}}},
    "chatwoot-message": {"content": NOTE, "message_type": "incoming"},
    "github-comment": {"comment": {"id": 1, "body": NOTE, "author_association": "NONE"}},
    "zammad-article": {"article": {"id": 1, "body": NOTE, "sender": "Customer"}},
}
BY_STAFF: dict[str, dict[str, Any]] = {
    "zendesk-comment": {"event": {"comment": {"id": 1, "body": NOTE, "author": {"is_staff": True}}}},
    "chatwoot-message": {"content": NOTE, "message_type": "outgoing", "private": True},
    "github-comment": {"comment": {"id": 1, "body": NOTE, "author_association": "MEMBER"}},
    "zammad-article": {"article": {"id": 1, "body": NOTE, "sender": "Agent"}},
}


@pytest.mark.parametrize("name", BY_STAFF)
def test_a_note_of_ours_is_nobodys_reply_and_a_customer_may_quote_it(name: str):
    kind = name.partition("-")[0]
    (reply,) = one(kind, payload(name) | BY_CUSTOMER[name]).replies
    assert (reply.body, reply.by_customer) == (NOTE, True)
    assert one(kind, payload(name) | BY_STAFF[name]).replies == ()


@pytest.mark.parametrize("name", BY_STAFF)
@pytest.mark.parametrize(
    "text",
    [
        f"We use {NOTE_MARK} for that",
        f"> <!-- {NOTE_MARK} m1 -->\n\nIs that right?",
        f"> Billing\n> {NOTE_MARK} m1",
        NOTE_MARK,
    ],
)
def test_an_answer_with_the_words_of_the_mark_or_a_quoted_note_is_a_reply(name: str, text: str):
    kind = name.partition("-")[0]
    said = json.dumps(BY_STAFF[name]).replace(json.dumps(NOTE)[1:-1], json.dumps(text)[1:-1])
    told = payload(name) | json.loads(said)
    assert [reply.body for reply in one(kind, told).replies] == [text]


def test_only_a_users_private_follow_up_is_our_note():
    told = payload("django-helpdesk-followup")
    for more in ({"public": True}, {"public": False, "user": None}, {"public": False, "comment": f"{NOTE} indeed so"}):
        told["ticket"]["followup_set"][1] = {"id": 91, "comment": NOTE, "user": 4, **more}
        assert [reply.id for reply in one("django-helpdesk", told).replies] == ["90", "91"]


def test_our_note_in_django_helpdesk_is_nobodys_reply():
    told = payload("django-helpdesk-followup")
    told["ticket"]["followup_set"][1] |= {"comment": NOTE, "public": False}
    assert [reply.id for reply in one("django-helpdesk", told).replies] == ["90"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"[]", b"nope", b"\xff", b"[" * 5_000, b'"x"'])
def test_what_is_no_object_is_unreadable(kind: str, body: bytes):
    with pytest.raises(Unreadable):
        source_of(kind, SECRET).read({}, body)


WORDS = st.sampled_from(["id", "ticket", "detail", "event", "comment", "issue", "conversation", "message_created"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=8,
)


@given(st.sampled_from(sorted(path.stem for path in PAYLOADS.glob("*.json"))), st.data())
def test_whatever_a_source_signs_is_read_or_unreadable(name: str, data: st.DataObject):
    """Any part of a payload may be another one: a helpdesk's next version is not ours to choose."""
    told = payload(name)
    place: Any = told
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(VALUES)
        break
    kind = next(kind for kind in KINDS if name.startswith(kind))
    body = json.dumps(told).encode()
    sent = call(kind, body, NOW)
    try:
        found = source_of(kind, SECRET, fields=MAP, api_user="x").read(sent.headers, body)
    except Unreadable:
        return
    for incoming in found:
        assert incoming.source_id
        assert isinstance(replace(incoming).subject + incoming.body, str)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none()))
def test_a_moment_is_one_of_our_time_or_none(value: Any):
    at = moment(value)
    assert at is None or 0.0 <= at < 32_503_680_000.0


def test_of_a_ticket_that_is_not_known_only_a_customers_follow_up_opens_one():
    told = payload("django-helpdesk-followup")
    assert not one("django-helpdesk", told).opens
    told["ticket"]["followup_set"][1]["user"] = None
    assert one("django-helpdesk", told).opens
    assert one("django-helpdesk", payload("django-helpdesk-new")).opens


def test_when_a_ticket_was_changed_and_written():
    assert one("django-helpdesk", payload("django-helpdesk-followup")).received_at == NINE
    github, zammad = payload("github-comment"), payload("zammad-article")
    github["issue"]["updated_at"] = zammad["ticket"]["updated_at"] = "2026-03-02T09:00:00Z"
    assert one("github", github).changed_at == one("zammad", zammad).changed_at == NINE
