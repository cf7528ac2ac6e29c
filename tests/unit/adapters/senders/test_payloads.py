"""Whatever strangers write: each payload keeps to what its service publishes, calls nobody and links nowhere."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from smart_support.adapters.senders import apprise, discord, mail, pagerduty, slack, teams, webhook
from smart_support.adapters.senders.http import encoded
from smart_support.domain.notice import Condition, Notice, Status, Weight
from tests.examples import examples
from tests.unit.adapters.senders import limits
from tests.unit.adapters.senders.notices import AT, GROUP, LINK, NOTICE, notices

FEW = settings(max_examples=examples(0.2))  # notices are large


@FEW
@given(notices)
def test_slack_takes_every_message(notice):
    for found in (slack.payload(notice), slack.update(notice)):
        limits.SLACK.validate(found)
        assert sum(limits.wide(text) for text in limits.strings(found)) < 12_500
        assert limits.unsafe(found) == []
        # The top text is mrkdwn: nothing of a control sequence is left in it.
        assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", found["text"])
        assert all(limits.wide(each["text"]["text"]) <= 3_000 for each in found["blocks"] if "text" in each)


@FEW
@given(notices)
def test_discord_takes_every_message(notice):
    found = discord.payload(notice)
    limits.DISCORD.validate(found)
    embed = found["embeds"][0]
    texts = [embed["title"], embed.get("description", "")]
    texts += [text for field in embed["fields"] for text in (field["name"], field["value"])]
    assert sum(map(limits.wide, texts)) <= 6_000
    assert all(limits.wide(text) <= 4_096 and text.strip() for text in texts if text is not texts[1])
    for text in texts:
        assert limits.harmless(text)
        assert not re.search(r"[\\`*_~|<>\[\]()#]", re.sub(r"\\[\\`*_~|<>\[\]()#]", "", text))


@FEW
@given(notices)
def test_teams_takes_every_message(notice):
    found = teams.payload(notice)
    limits.TEAMS.validate(found)
    assert limits.size(found) <= 28 * 1024 - 1_000
    assert limits.unsafe(found) == []


@FEW
@given(notices)
def test_pagerduty_takes_every_event(notice):
    found = pagerduty.payload(notice)
    limits.PAGERDUTY.validate(found)
    assert limits.size(found) <= 512_000
    assert limits.unsafe(found) == []


@FEW
@given(notices)
def test_apprise_gets_plain_text(notice):
    found = apprise.payload(notice)
    assert all(limits.harmless(text.replace(LINK, "")) for text in limits.strings(found))
    assert found["title"]
    assert len(found["body"]) < 5_000


@FEW
@given(notices)
def test_no_text_adds_a_header_to_a_mail(notice):
    found = mail.written(notice)
    assert set(found.keys()) == {
        "Subject", "Date", "Auto-Submitted", "X-Auto-Response-Suppress",
        "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert all(len(text) <= 998 for text in found.as_bytes().split(b"\r\n"))
    assert b"\nBcc:" not in found.as_bytes().partition(b"\r\n\r\n")[0]


@FEW
@given(notices)
def test_programs_get_all_of_it_as_json(notice):
    found = webhook.payload(notice)
    encoded(found)
    assert found["type"] in ("alert.raised", "alert.updated", "alert.resolved")
    assert found["data"]["title"] == notice.title
    assert len(found["data"]["parts"]) == len(notice.parts)


HUMAN = {
    "slack": slack.payload,
    "discord": discord.payload,
    "teams": teams.payload,
    "pagerduty": pagerduty.payload,
    "mail": mail.body,
    "apprise": apprise.payload,
}


@pytest.mark.parametrize("service", HUMAN)
def test_a_message_says_what_how_urgent_and_why_who_has_it_and_where_to_look(service):
    said = "\n".join(limits.strings(HUMAN[service](NOTICE)))
    assert all(
        each in said
        for each in ("Critical: Nobody can pay", "0.97", "outage; many customers", "urgency 0.97 is above 0.8", "Anna")
    )
    assert LINK.replace("&", "&amp;" if service == "slack" else "&") in said


@pytest.mark.parametrize("service", HUMAN)
def test_parts_are_listed_and_cut_with_how_many_more_there_are(service):
    said = "\n".join(limits.strings(HUMAN[service](GROUP)))
    listed = len(set(re.findall(r"Critical: Part (\d+)", said)))
    assert 3 <= listed < 500
    assert f"and {500 - listed} more" in said


@pytest.mark.parametrize("service", HUMAN)
def test_the_newest_condition_is_never_the_one_that_is_cut(service):
    many = tuple(Condition("sla_due_soon", AT, f"condition {at} " + "x" * 200) for at in range(100))
    assert "condition 99 " in "\n".join(limits.strings(HUMAN[service](replace(NOTICE, conditions=many))))


def test_a_link_that_no_markup_could_hold_is_left_out():
    for link in ("javascript:alert(1)", "https://x/|<!channel>", "https://x/ y", "https://x/" + "a" * 5_000, "x"):
        said = "\n".join(limits.strings(slack.payload(replace(NOTICE, link=link))))
        assert "Open in" not in said


def test_pagerduty_follows_a_topic_from_trigger_to_resolve():
    actions = {
        Status.FIRING: "trigger",
        Status.ACKNOWLEDGED: "acknowledge",
        Status.RESOLVED: "resolve",
    }
    for status, action in actions.items():
        found = pagerduty.payload(replace(NOTICE, status=status))
        assert (found["event_action"], found["dedup_key"]) == (action, "ticket:T-1")


def test_long_topics_keep_apart_at_pagerduty():
    keys = {pagerduty.dedup_key("t" * 300 + end) for end in "abc"}
    assert len(keys) == 3
    assert all(len(key) == 255 for key in keys)


def test_a_resolved_topic_looks_resolved():
    done = replace(NOTICE, status=Status.RESOLVED)
    assert discord.payload(done)["embeds"][0]["color"] != discord.payload(NOTICE)["embeds"][0]["color"]
    assert "Good" in list(limits.strings(teams.payload(done)))
    assert mail.written(done)["Subject"] == "[Resolved] Nobody can pay"
    assert apprise.payload(done)["notify_type"] == "success"


def test_a_type_for_programs_follows_from_status_and_ordinal():
    def kind(notice: Notice) -> str:
        return webhook.payload(notice)["type"]

    assert kind(NOTICE) == "alert.raised"
    assert kind(replace(NOTICE, ordinal=2)) == "alert.updated"
    assert kind(replace(NOTICE, ordinal=2, status=Status.ACKNOWLEDGED)) == "alert.updated"
    assert kind(replace(NOTICE, ordinal=3, status=Status.RESOLVED)) == "alert.resolved"


def test_weights_are_pagerdutys_words():
    assert {pagerduty.payload(replace(NOTICE, weight=each))["payload"]["severity"] for each in Weight} == set(Weight)


def test_the_documented_body_is_the_one_that_is_sent():
    page = (Path(__file__).parents[4] / "docs" / "destinations.md").read_text(encoding="utf-8")
    shown = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    documented, sent = json.loads(shown[1]), webhook.payload(replace(NOTICE, data={"kind": "", "ticket": {}}))
    assert documented.keys() == sent.keys()
    assert documented["data"].keys() == sent["data"].keys()
