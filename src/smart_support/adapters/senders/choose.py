"""Which sender a destination gets: by its type, or by its address."""

from dataclasses import dataclass, field
from functools import partial
from urllib.parse import SplitResult, unquote, urlsplit

from smart_support.adapters.mail.smtp import InvalidAddress, server_of
from smart_support.adapters.mail.smtp import send as hand_in
from smart_support.adapters.senders import pagerduty, slack
from smart_support.adapters.senders.apprise import Apprise
from smart_support.adapters.senders.discord import Discord
from smart_support.adapters.senders.http import Http
from smart_support.adapters.senders.mail import Mail
from smart_support.adapters.senders.pagerduty import PagerDuty
from smart_support.adapters.senders.slack import SlackBot, SlackWebhook
from smart_support.adapters.senders.teams import Teams
from smart_support.adapters.senders.webhook import Webhook
from smart_support.pipeline.ports import Sender

_DISCORD = {"discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"}
_SLACK = {"hooks.slack.com", "hooks.slack-gov.com"}
_TEAMS = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")


class Misconfigured(ValueError):
    """A destination cannot work as it is set; the message names it and says what to mend, without any secret."""


@dataclass(frozen=True, slots=True)
class Where:
    """A destination as it is set: `type` is one of slack, discord, teams, pagerduty, webhook, mail, apprise, or None,
    which leaves it to the address. What is secret is not shown."""

    type: str | None = None
    url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    channel: str | None = None
    to: tuple[str, ...] = ()
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str | None = None


def kind_of(url: str) -> str:
    """The type of a destination by its address alone; raises ValueError where that cannot be read."""
    parts = _split(url)
    host, path = (parts.hostname or "").rstrip("."), parts.path
    if parts.scheme == "mailto":
        return "mail"
    if host in _SLACK and path.startswith("/services/"):
        return "slack"
    if host in _DISCORD and path.startswith("/api/") and "/webhooks/" in path:
        return "discord"
    return "teams" if host.endswith(_TEAMS) else "webhook"


def sender_of(name: str, where: Where, http: Http) -> Sender:
    """The sender for the destination `name`; raises Misconfigured. Nothing connects yet."""
    try:
        kind = where.type or kind_of(where.url or "")
        return _MAKERS[kind](where, http)
    except KeyError:
        raise Misconfigured(f"destination {name}: there is no type {where.type}") from None
    except ValueError as error:
        raise Misconfigured(f"destination {name}: {error}") from None
    except ImportError:
        raise Misconfigured(f"destination {name}: it needs the extra: pip install smart-support[apprise]") from None


def _slack(where: Where, http: Http) -> Sender:
    if where.token is None:
        return SlackWebhook(_web(where, "the incoming webhook's address, or token and channel"), http)
    if not where.channel:
        raise ValueError("set its channel (the id of the channel the bot writes to)")
    return SlackBot(_header(where.token), where.channel, http, _base(where, slack.API))


def _discord(where: Where, http: Http) -> Sender:
    return Discord(_web(where, "the webhook's address"), http)


def _teams(where: Where, http: Http) -> Sender:
    return Teams(_web(where, "the address that the workflow shows"), http)


def _pagerduty(where: Where, http: Http) -> Sender:
    if not where.token:
        raise ValueError("set its token (the integration key of an Events API v2 integration)")
    return PagerDuty(where.token, http, _base(where, pagerduty.API))


def _webhook(where: Where, http: Http) -> Sender:
    return Webhook(_web(where, "where to send"), http, where.secret)


def _mail(where: Where, _http: Http) -> Sender:
    parts = _split(where.url or "")
    named = unquote(parts.path).split(",") if parts.scheme == "mailto" else []
    to = [each.strip() for each in (*named, *where.to) if each.strip()]
    if not to:
        raise ValueError("set its to (mail addresses), or its url to mailto:ADDRESS")
    if not where.smtp_url or not where.mail_from:
        raise ValueError("mail needs SMTP_URL (smtp://USER:PASSWORD@HOST:587) and MAIL_FROM")
    try:
        server_of(where.smtp_url)
    except InvalidAddress as error:
        raise ValueError(f"SMTP_URL: {error}") from None
    try:
        return Mail(where.mail_from, to, partial(hand_in, where.smtp_url))
    except ValueError:
        raise ValueError("MAIL_FROM, or one of those it goes to, is no mail address") from None


def _apprise(where: Where, _http: Http) -> Sender:
    if not where.url:
        raise ValueError("set its url (an address in Apprise's notation)")
    return Apprise(where.url)


_MAKERS = {
    "slack": _slack,
    "discord": _discord,
    "teams": _teams,
    "pagerduty": _pagerduty,
    "webhook": _webhook,
    "mail": _mail,
    "apprise": _apprise,
}


def _web(where: Where, what: str) -> str:
    """The address, which must be one of the web."""
    url = (where.url or "").strip()
    if _split(url).scheme not in ("http", "https") or not _split(url).hostname:
        raise ValueError(f"set its url to http:// or https://... ({what})")
    return url


def _base(where: Where, default: str) -> str:
    """The service's own address, or what stands for it."""
    return _web(where, "the base of the service's API; leave it out for the usual one") if where.url else default


def _header(token: str) -> str:
    if not token.isascii() or not token.isprintable():
        raise ValueError("its token holds characters that no token has")
    return token


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        # Its own message would show a part of the address.
        raise ValueError("its url cannot be read") from None
