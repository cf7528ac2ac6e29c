"""Which sender a destination gets, and what it says where it cannot work."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.adapters.senders.choose import Misconfigured, Where, kind_of, sender_of
from smart_support.adapters.senders.discord import Discord
from smart_support.adapters.senders.http import Http
from smart_support.adapters.senders.mail import Mail
from smart_support.adapters.senders.pagerduty import PagerDuty
from smart_support.adapters.senders.slack import SlackBot, SlackWebhook
from smart_support.adapters.senders.teams import Teams
from smart_support.adapters.senders.webhook import Webhook

MAIL = Where(url="mailto:anna@example.org,bob@example.org", smtp_url="smtp://localhost", mail_from="s@example.org")


@pytest.fixture(scope="module")
def http() -> Iterator[Http]:
    with closing(Http()) as client:
        yield client


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "slack"),
        ("https://hooks.slack.com/triggers/T0/1/x", "webhook"),
        ("https://hooks.slack.com/workflows/T0/1/x", "webhook"),
        ("https://discord.com/api/webhooks/1/x", "discord"),
        ("https://discordapp.com/api/webhooks/1/x", "discord"),
        ("https://ptb.discord.com/api/webhooks/1/x", "discord"),
        ("https://canary.discord.com/api/v10/webhooks/1/x", "discord"),
        ("https://example.webhook.office.com/webhookb2/x", "teams"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/x", "teams"),
        ("https://default1.d2.environment.api.powerplatform.com:443/powerautomate/x", "teams"),
        ("mailto:anna@example.org", "mail"),
        ("https://hooks.slack.com.evil.example/services/x", "webhook"),
        ("https://evil.example/hooks.slack.com/services/x", "webhook"),
        ("https://notdiscord.com/api/webhooks/1/x", "webhook"),
        ("http://127.0.0.1:9000/", "webhook"),
    ],
)
def test_an_address_says_what_it_is(url, kind):
    assert kind_of(url) == kind


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        (Where(url="https://hooks.slack.com/services/T0/B0/x"), SlackWebhook),
        (Where("slack", token="xoxb-1", channel="C1"), SlackBot),
        (Where("discord", url="http://127.0.0.1:1/"), Discord),
        (Where("teams", url="http://127.0.0.1:1/"), Teams),
        (Where("pagerduty", token="R"), PagerDuty),
        (Where("pagerduty", token="R", url="https://events.eu.pagerduty.com"), PagerDuty),
        (Where(url="https://x.example/", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Webhook),
        (MAIL, Mail),
        (replace(MAIL, type="mail", url=None, to=("a@b.c",)), Mail),
    ],
)
def test_a_destination_gets_its_sender(http, where, kind):
    sender = sender_of("oncall", where, http)
    assert isinstance(sender, kind)
    assert 0.0 < sender.rate <= 50.0


@pytest.mark.parametrize(
    ("where", "mend"),
    [
        (Where(), "set its url"),
        (Where("slack"), "token and channel"),
        (Where("slack", token="SECRET"), "set its channel"),
        (Where("slack", token="SECRET\n", channel="C1"), "its token holds"),
        (Where("slack", token="SECRET", channel="C1", url="SECRET"), "set its url"),
        (Where("discord"), "set its url"),
        (Where("pagerduty"), "integration key"),
        (Where("webhook", url="ftp://SECRET/"), "set its url"),
        (Where(url="http://[SECRET"), "its url cannot be read"),
        (Where(url="https://user:SECRET@\u2100.example/"), "its url cannot be read"),
        (Where("webhook", url="https://x/", secret="whsec_"), "secret"),
        (Where("mail"), "set its to"),
        (replace(MAIL, smtp_url=None), "SMTP_URL"),
        (replace(MAIL, mail_from=None), "MAIL_FROM"),
        (replace(MAIL, mail_from="nobody"), "no mail address"),
        (replace(MAIL, smtp_url="SECRET"), "SMTP_URL"),
        (Where("apprise"), "set its url"),
        (Where("pigeon"), "there is no type pigeon"),
    ],
)
def test_what_cannot_work_is_named_with_what_to_mend(http, where, mend):
    with pytest.raises(Misconfigured, match="destination oncall: ") as found:
        sender_of("oncall", where, http)
    assert mend in str(found.value)
    assert "SECRET" not in str(found.value)


def test_what_is_secret_is_not_shown():
    shown = repr(Where(**dict.fromkeys((each.name for each in fields(Where)), "SECRET")))
    assert shown.count("SECRET") == 4  # type, channel, to, mail_from


@given(st.text())
def test_any_address_has_a_kind_or_none(url):
    with suppress(ValueError):
        assert kind_of(url) in ("slack", "discord", "teams", "mail", "webhook")
