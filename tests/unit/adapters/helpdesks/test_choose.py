"""Which helpdesk has which writer, and what its settings need."""

import time

import pytest

from smart_support.adapters.helpdesks.choose import Desk, HelpdeskMisconfigured, feed_of, writer_of
from smart_support.pipeline.records import Unavailable, Undelivered
from tests.unit.adapters.helpdesks.fakes import FakeHttp, told

TYPES = ("chatwoot", "django-helpdesk", "github", "zammad", "zendesk")


@pytest.mark.parametrize("type_", TYPES)
def test_without_address_and_token_nothing_is_written(type_: str):
    assert writer_of("desk", Desk(type_), FakeHttp(lambda _: (200, {}))) is None


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize(("url", "token"), [("https://desk.example", None), (None, "secret")])
def test_half_of_it_is_a_mistake(type_: str, url: str | None, token: str | None):
    desk = Desk(type_, url, token=token)
    if type_ == "github" and token:  # everybody's is at the same address
        assert writer_of("desk", desk, FakeHttp(lambda _: (200, {}))) is not None
        return
    with pytest.raises(HelpdeskMisconfigured, match="source desk has an api_") as wrong:
        writer_of("desk", desk, FakeHttp(lambda _: (200, {})))
    assert "secret" not in str(wrong.value)


def test_others_have_no_api():
    http = FakeHttp(lambda _: (200, {}))
    assert writer_of("desk", Desk("generic", "https://desk.example", token="secret"), http) is None
    assert feed_of("desk", Desk("zendesk", "https://desk.example", token="secret"), http, time.time) is None
    assert "secret" not in repr(Desk("zendesk", "https://desk.example", token="secret"))


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize(("status", "retry"), [(500, True), (429, True), (401, False), (302, True), (200, True)])
def test_what_the_helpdesk_refuses_is_undelivered(type_: str, status: int, retry: bool):
    desk = Desk(type_, "https://desk.example", token="secret")
    http = FakeHttp(lambda _: (status, "no object" if status != 200 else None))
    made = writer_of("desk", desk, http)
    assert made is not None
    if status == 200:  # an answer that says nothing
        made.write(told(source_id="a/b#1"))
        return
    with pytest.raises(Undelivered) as refused:
        made.write(told(source_id="a/b#1"))
    assert refused.value.retry is retry


def test_a_feed_that_gets_no_answer_is_unavailable():
    desk = Desk("django-helpdesk", "https://desk.example", token="secret")
    feed = feed_of("desk", desk, FakeHttp(lambda _: (502, None)), time.time)
    assert feed is not None
    with pytest.raises(Unavailable):
        list(feed.fetch({}))
