"""What the settings name outside: who sends alerts, where tickets come from; and what is never shown of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from smart_support.adapters.senders.discord import Discord
from smart_support.adapters.senders.log import LogSender
from smart_support.adapters.senders.mail import Mail
from smart_support.adapters.senders.pagerduty import PagerDuty
from smart_support.adapters.senders.slack import SlackBot, SlackWebhook
from smart_support.adapters.senders.teams import Teams
from smart_support.adapters.senders.webhook import Webhook
from smart_support.outside import Misconfigured, Outside, open_outside
from smart_support.settings import Settings, SettingsFileError, load
from tests.unit.cli.conftest import Cli, cli  # noqa: F401 - a fixture

SECRET = "T0P-SECRET-VALUE"
EVERYTHING: dict[str, Any] = {
    "webhook_url": f"https://hooks.slack.com/services/T0/B0/{SECRET}",
    "webhook_secret": f"whsec_{SECRET}",
    "smtp_url": f"smtp://user:{SECRET}@mail.example:587",
    "mail_from": "support@example.org",
    "destinations": {
        "oncall": {"type": "pagerduty", "token": SECRET},
        "bot": {"type": "slack", "token": SECRET, "channel": "C1"},
        "signed": {"url": f"https://signed.example/{SECRET}", "secret": SECRET},
        "people": {"url": "mailto:oncall@example.org"},
    },
    "sources": {
        "desk": {
            "type": "zendesk",
            "secret": SECRET,
            "api_url": "https://desk.example",
            "api_user": "bot@example.org",
            "api_token": SECRET,
        }
    },
    "mailboxes": {"inbox": {"url": f"imaps://user:{SECRET}@mail.example/INBOX", "acknowledge": True}},
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but those of the test."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def outside(**given: object) -> Outside:
    with open_outside(load(**given), lambda: 1_000.0) as opened:
        return opened


def sender(url: str) -> object:
    return outside(webhook_url=url).senders["webhook"]


class TestSenders:
    @pytest.mark.parametrize(
        ("url", "kind"),
        [
            ("https://hooks.slack.com/services/T0/B0/X", SlackWebhook),
            ("https://discord.com/api/webhooks/1/X", Discord),
            ("https://discordapp.com/api/webhooks/1/X", Discord),
            ("https://x.webhook.office.com/webhookb2/X", Teams),
            ("https://prod-1.westeurope.logic.azure.com:443/workflows/X", Teams),
            ("https://hooks.example/X", Webhook),
            ("https://hooks.slack.com.evil.example/services/X", Webhook),
            ("https://evil.example/discord.com/api/webhooks/1/X", Webhook),
        ],
    )
    def test_the_address_says_who_sends(self, url: str, kind: type):
        assert isinstance(sender(url), kind)

    def test_all_that_are_named_and_the_one_of_the_address_first(self):
        found = outside(**EVERYTHING).senders
        assert {name: type(one) for name, one in found.items()} == {
            "webhook": SlackWebhook,
            "oncall": PagerDuty,
            "bot": SlackBot,
            "signed": Webhook,
            "people": Mail,
        }
        assert tuple(found) == load(**EVERYTHING).alert_destinations

    def test_without_any_they_go_into_the_log(self):
        found = outside().senders
        assert {name: type(one) for name, one in found.items()} == {"log": LogSender}
        assert tuple(found) == load().alert_destinations

    def test_a_rate_that_is_set_holds(self):
        slow = {"url": "https://a.example", "per_second": 0.5}
        found = outside(destinations={"slow": slow, "usual": {"url": "https://b.example"}}).senders
        assert found["slow"].rate == 0.5
        assert found["usual"].rate > 1.0


class TestSources:
    def test_each_has_who_reads_who_writes_and_who_asks(self):
        found = outside(**EVERYTHING)
        assert set(found.origins) == {"desk", "inbox"}
        assert set(found.writers) == {"desk", "inbox"}
        assert found.feeds["inbox"][1] == 30.0

    def test_one_that_is_not_to_be_written_to_is_not(self):
        given = EVERYTHING["sources"]["desk"] | {"write_back": False}
        assert "desk" not in outside(sources={"desk": given}).writers


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"webhook_url": f"ftp://{SECRET}"}, ["WEBHOOK_URL", "http"]),
        ({"webhook_url": SECRET}, ["WEBHOOK_URL", "http"]),
        ({"webhook_url": f"https://[{SECRET}"}, ["WEBHOOK_URL"]),
        (
            {"webhook_url": "https://a.example", "destinations": {"webhook": {"url": f"https://{SECRET}"}}},
            ["WEBHOOK_URL", "DESTINATIONS"],
        ),
        ({"destinations": {"oncall": {"type": "pagerduty"}}}, ["DESTINATIONS", "oncall", "token"]),
        ({"destinations": {"bot": {"type": "slack", "token": SECRET}}}, ["DESTINATIONS", "bot", "channel"]),
        ({"destinations": {"bot": {"type": "slack", "token": f"{SECRET}\nX: y", "channel": "C"}}}, ["bot"]),
        ({"destinations": {"people": {"url": f"mailto:{SECRET}@x.example"}}}, ["people", "SMTP_URL", "MAIL_FROM"]),
        (
            {
                "destinations": {"people": {"url": "mailto:a@x.example"}},
                "smtp_url": f"http://u:{SECRET}@h",
                "mail_from": "a@b.example",
            },
            ["people", "SMTP_URL"],
        ),
        ({"destinations": {"x": {"type": "discord", "url": f"//{SECRET}"}}}, ["DESTINATIONS", "x"]),
        (
            {
                "sources": {"desk": {"type": "github", "secret": SECRET}},
                "mailboxes": {"desk": {"url": f"imaps://u:{SECRET}@h/INBOX"}},
            },
            ["SOURCES", "MAILBOXES", "desk"],
        ),
        ({"mailboxes": {"m": {"url": f"http://u:{SECRET}@h"}}}, ["MAILBOXES", "m"]),
        (
            {"mailboxes": {"m": {"url": f"imaps://u:{SECRET}@h/INBOX", "acknowledge": True}}},
            ["MAILBOXES", "m", "SMTP_URL"],
        ),
        (
            {
                "sources": {
                    "d": {"type": "zendesk", "secret": SECRET, "api_url": f"ftp://{SECRET}", "api_token": SECRET}
                }
            },
            ["SOURCES", "d"],
        ),
    ],
)
def test_what_cannot_work_is_named_and_no_secret_is_told(given: dict, words: list[str]):
    with pytest.raises(Misconfigured) as caught:
        outside(**given)
    for word in words:
        assert word in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


class TestSecrets:
    def test_settings_show_none(self):
        settings = load(**EVERYTHING)
        for text in (repr(settings), str(settings), json.dumps(settings.shown()), settings.model_dump_json()):
            assert SECRET not in text
            assert "oncall@example.org" in text or "people" in text

    @pytest.mark.parametrize(
        "given",
        [
            {"destinations": {"a": f"https://{SECRET}"}},
            {"destinations": {"a": {"url": f"https://{SECRET}", "tpye": SECRET}}},
            {"destinations": {"a": {"url": [SECRET]}}},
            {"destinations": {"a": {"url": "https://x", "per_second": SECRET}}},
            {"destinations": {"a": {"url": f"https://{SECRET}", "per_second": 0}}},
            {"destinations": {"B A D": {"url": f"https://{SECRET}"}}},
            {"sources": {"a": {"secret": SECRET}}},
            # It is shown by `config check`.
            {"sources": {"a": {"type": "zammad", "secret": "s", "api_url": f"https://u:{SECRET}@h", "api_token": "t"}}},
            {"sources": {"a": {"type": "zammad", "secret": "s", "api_url": f"https://u:p/{SECRET}@h"}}},
            {"mailboxes": {"a": {"url": f"imaps://{SECRET}", "poll_seconds": 0}}},
            {"webhook_url": [SECRET]},
        ],
    )
    def test_nor_does_what_is_said_of_wrong_ones(self, given: dict):
        with pytest.raises(ValidationError) as caught:
            load(**given)
        assert SECRET not in str(caught.value)

    def test_nor_what_is_said_of_text_that_is_no_json(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("DESTINATIONS", f'{{"a": {{"url": "https://{SECRET}"')
        with pytest.raises(SettingsFileError) as caught:
            load()
        assert "destinations" in str(caught.value)
        assert SECRET not in str(caught.value)

    def test_nor_do_senders_and_sources(self):
        found = outside(**EVERYTHING)
        for one in (found, *found.senders.values(), *found.origins.values(), *found.writers.values()):
            assert SECRET not in repr(one)

    def test_config_check_shows_none_and_refuses_what_cannot_work(
        self,
        cli: Cli,  # noqa: F811 - the fixture
        monkeypatch: pytest.MonkeyPatch,
    ):
        for name, value in EVERYTHING.items():
            monkeypatch.setenv(name.upper(), value if isinstance(value, str) else json.dumps(value))
        for arguments in (("config", "check"), ("config", "check", "--json")):
            ended = cli(*arguments)
            assert ended.code == 0, ended.err
            assert SECRET not in ended.out + ended.err
        monkeypatch.setenv("WEBHOOK_URL", f"ftp://{SECRET}")
        ended = cli("config", "check")
        ended.failed("WEBHOOK_URL")
        assert SECRET not in ended.out + ended.err
        monkeypatch.setenv("DESTINATIONS", f"{{{SECRET}")
        ended = cli("config", "check")
        ended.failed("destinations")
        assert SECRET not in ended.out + ended.err
