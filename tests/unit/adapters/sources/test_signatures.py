"""Only what the configured source signed, just now, is taken; whatever else comes is Unverified and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.sources import signature
from smart_support.adapters.sources.choose import SourceMisconfigured, source_of
from smart_support.pipeline.sources import Unverified
from tests.helpdesk_calls import KINDS, SECRET, TIMED, Call, call

NOW = 1_772_442_000.0
BODIES = dict.fromkeys(KINDS, b'{"id": "e1", "ticket": {"id": 5}, "text": "caf\xc3\xa9"}')
SIGNED = [kind for kind in KINDS if kind != "django-helpdesk"]

kinds = st.sampled_from(KINDS)


def verify(kind: str, sent: Call, now: float = NOW) -> str | None:
    return source_of(kind, SECRET).verify(sent.headers, sent.query, sent.body, now)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_source_signed_is_taken(kind: str):
    sent = call(kind, BODIES[kind], NOW)
    assert verify(kind, sent) == verify(kind, sent)


@given(st.sampled_from(SIGNED), st.data())
def test_any_other_byte_of_the_body_is_refused(kind: str, data: st.DataObject):
    sent = call(kind, BODIES[kind], NOW)
    place = data.draw(st.integers(0, len(sent.body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != sent.body[place]))
    with pytest.raises(Unverified):
        verify(kind, replace(sent, body=sent.body[:place] + bytes([other]) + sent.body[place + 1 :]))


@given(st.sampled_from(SIGNED), st.binary(min_size=1), st.booleans())
def test_a_longer_or_shorter_body_is_refused(kind: str, more: bytes, before: bool):
    sent = call(kind, BODIES[kind], NOW)
    with pytest.raises(Unverified):
        verify(kind, replace(sent, body=more + sent.body if before else sent.body + more))
    with pytest.raises(Unverified):
        verify(kind, replace(sent, body=sent.body[:-1]))


@given(kinds, st.text().filter(lambda text: text not in {"", SECRET}))
def test_another_secret_is_refused(kind: str, secret: str):
    try:
        sent = call(kind, BODIES[kind], NOW, secret=secret)
    except UnicodeEncodeError:
        return
    with pytest.raises(Unverified):
        verify(kind, sent)


@given(kinds, st.data())
def test_any_other_character_of_a_proof_is_refused(kind: str, data: st.DataObject):
    sent = call(kind, BODIES[kind], NOW)
    proofs = sent.headers or sent.query
    name = data.draw(st.sampled_from([name for name in proofs if name != "x-github-event"]))
    value = proofs[name]
    place = data.draw(st.integers(0, len(value) - 1))
    other = data.draw(st.characters().filter(lambda one: one != value[place] and one not in ", \t"))
    changed = proofs | {name: value[:place] + other + value[place + 1 :]}
    with pytest.raises(Unverified):
        verify(kind, Call(sent.body, changed) if sent.headers else Call(sent.body, {}, changed))


@given(kinds, st.data())
def test_whatever_stands_in_the_headers_nothing_else_is_raised(kind: str, data: st.DataObject):
    sent = call(kind, BODIES[kind], NOW)
    hostile = st.one_of(st.text(), st.text(min_size=1).map(lambda text: text * 5_000), st.just("9" * 5_000))
    headers = {name: data.draw(hostile) for name in sent.headers if name != "x-github-event"}
    with pytest.raises(Unverified):
        verify(kind, Call(sent.body, headers, {"token": data.draw(hostile)}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_without_any_proof_is_refused(kind: str):
    with pytest.raises(Unverified):
        verify(kind, Call(BODIES[kind]))


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize("late", [-301.0, 301.0, 86_400.0])
def test_what_was_signed_long_ago_or_in_the_future_is_refused(kind: str, late: float):
    sent = call(kind, BODIES[kind], NOW)
    with pytest.raises(Unverified):
        verify(kind, sent, NOW + late)


@pytest.mark.parametrize("kind", TIMED)
@pytest.mark.parametrize("late", [-299.0, 0.0, 299.0])
def test_clocks_may_differ_by_five_minutes(kind: str, late: float):
    verify(kind, call(kind, BODIES[kind], NOW), NOW + late)


@pytest.mark.parametrize("kind", ["github", "chatwoot", "zammad", "generic", "zendesk"])
def test_of_several_signatures_one_has_to_be_right(kind: str):
    sent, other = call(kind, BODIES[kind], NOW), call(kind, BODIES[kind], NOW, secret="the last one")
    both = {name: f"{other.headers[name]}, {sent.headers[name]}" for name in sent.headers if "signature" in name}
    both = {name: value for name, value in both.items() if "timestamp" not in name}
    verify(kind, replace(sent, headers=sent.headers | both))


@pytest.mark.parametrize("kind", ["github", "zammad", "django-helpdesk", "zendesk", "chatwoot"])
def test_the_id_of_a_delivery_cannot_be_changed_without_its_body(kind: str):
    """Where no id is signed, a recorded request must not come as a new one."""
    sent = call(kind, BODIES[kind], NOW, x_github_delivery="a", x_zammad_delivery="a", x_chatwoot_delivery="a")
    again = call(kind, BODIES[kind], NOW, x_github_delivery="b", x_zammad_delivery="b", x_chatwoot_delivery="b")
    assert verify(kind, sent) == verify(kind, again) is not None


def test_a_configured_id_of_deliveries_counts_for_its_body_alone():
    generic = source_of("generic", SECRET, signature="X-Proof", delivery="X-Id")
    one, other = b'{"id": 1}', b'{"id": 2}'
    proofs = {body: call("generic", body, NOW).headers["x-signature"] for body in (one, other)}
    first = generic.verify({"x-proof": f"sha256={proofs[one]}", "x-id": "7"}, {}, one, NOW)
    assert first == generic.verify({"x-proof": proofs[one], "x-id": "7"}, {}, one, NOW) is not None
    assert generic.verify({"x-proof": proofs[other], "x-id": "7"}, {}, other, NOW) != first
    assert generic.verify({"x-proof": proofs[one], "x-id": "8"}, {}, one, NOW) != first
    assert generic.verify({"x-proof": proofs[one]}, {}, one, NOW) is None


def test_the_token_may_stand_in_a_header():
    source_of("django-helpdesk", SECRET).verify({"x-webhook-token": SECRET}, {}, b"{}", NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_does_not_show_its_secret(kind: str):
    assert SECRET not in repr(source_of(kind, SECRET))


def test_settings_that_make_no_source_say_what_to_mend():
    with pytest.raises(SourceMisconfigured, match="secret"):
        source_of("github", "")
    with pytest.raises(SourceMisconfigured, match="titel"):
        source_of("generic", SECRET, fields={"titel": "a"})
    with pytest.raises(SourceMisconfigured, match="jira"):
        source_of("jira", SECRET)


@given(st.text())
def test_a_time_is_one_or_it_is_refused(text: str):
    try:
        signature.check_time(text, NOW)
    except Unverified:
        return
    pytest.fail(f"{text!r} passed for a time of now")
