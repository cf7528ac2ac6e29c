"""What the settings name outside: where alerts go, and the helpdesks and mailboxes that tickets come from."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr

from smart_support.adapters.helpdesks.choose import Desk, feed_of, writer_of
from smart_support.adapters.mail.acknowledge import Acknowledger
from smart_support.adapters.mail.imap import MailFeed
from smart_support.adapters.mail.smtp import send, server_of
from smart_support.adapters.senders.choose import Where, sender_of
from smart_support.adapters.senders.http import Http
from smart_support.adapters.senders.log import LogSender
from smart_support.adapters.sources.choose import source_of
from smart_support.domain.ticket import Ticket, TicketKey
from smart_support.pipeline.compose import Composer
from smart_support.pipeline.fetch import Origin
from smart_support.pipeline.incoming import key_of
from smart_support.pipeline.messages import source_destination
from smart_support.pipeline.notify import Alerts, NotifyStep
from smart_support.pipeline.ports import Clock, Sender, Store
from smart_support.pipeline.sources import Feed, Incoming, Writer
from smart_support.pipeline.watch import Watch
from smart_support.pipeline.write_back import WriteBacks
from smart_support.settings import WEBHOOK, Settings
from smart_support.settings.outside import Destination, Source

_LISTING_SECONDS = 60.0


class Misconfigured(ValueError):
    """What lies outside cannot be reached as it is set; the message names the setting, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Who alerts are sent by, where tickets come from, who tells those sources about them, and who asks them for what
    is new, each how often (seconds); all by name."""

    senders: Mapping[str, Sender]
    origins: Mapping[str, Origin]
    writers: Mapping[str, Writer]
    feeds: Mapping[str, tuple[Feed, float]]


@contextmanager
def open_outside(
    settings: Settings, now: Callable[[], float], find: Callable[[TicketKey], Ticket | None] = lambda _: None
) -> Iterator[Outside]:
    """Everything that is set; nothing connects yet. `find` gives the ticket of an id. Raises Misconfigured."""
    with ExitStack() as stack:
        http = Http(allow_private=settings.allow_private_webhooks)
        stack.callback(http.close)
        patient = Http(allow_private=settings.allow_private_webhooks, seconds=_LISTING_SECONDS)
        stack.callback(patient.close)
        if both := settings.sources.keys() & settings.mailboxes.keys():
            raise Misconfigured(f"SOURCES and MAILBOXES both name {', '.join(sorted(both))}; choose another name")
        origins, writers, feeds = dict[str, Origin](), dict[str, Writer](), dict[str, tuple[Feed, float]]()
        for name, source in settings.sources.items():
            with _naming(f"SOURCES: {name}"):
                origins[name] = _origin(name, source)
                desk = _desk(source)
                if source.write_back and (writer := writer_of(name, desk, http)) is not None:
                    writers[name] = writer
                if (feed := feed_of(name, desk, patient, now)) is not None:
                    feeds[name] = feed, source.poll_seconds
        for name, mailbox in settings.mailboxes.items():
            with _naming(f"MAILBOXES: {name}"):
                ours = _addresses(settings)
                origins[name] = Origin(name, mailbox.workspace)
                known = partial(_ticket, find, origins[name])
                feeds[name] = MailFeed(mailbox.url.get_secret_value(), now, ours, known), mailbox.poll_seconds
                if mailbox.acknowledge:
                    writers[name] = _acknowledger(settings, now)
        yield Outside(_senders(settings, http), origins, writers, feeds)


def notify_steps(
    outside: Outside, senders: Mapping[str, Sender], store: Store, composer: Composer, clock: Clock, watch: Watch
) -> list[NotifyStep]:
    """A step for each destination of alerts, and for each source that is told about its tickets."""
    alerts = [(name, Alerts(composer, sender).deliver, sender.rate) for name, sender in senders.items()]
    sources = [
        (source_destination(name), WriteBacks(store, composer, writer, clock.now).deliver, writer.rate)
        for name, writer in outside.writers.items()
    ]
    return [
        NotifyStep(name, deliver, store, clock, random.random, per_second=rate, watch=watch)
        for name, deliver, rate in (*alerts, *sources)
    ]


def _senders(settings: Settings, http: Http) -> dict[str, Sender]:
    given = dict(settings.destinations)
    if settings.webhook_url is not None:
        if WEBHOOK in given:
            raise Misconfigured(f"WEBHOOK_URL is the destination {WEBHOOK!r}; name the one in DESTINATIONS otherwise")
        given = {WEBHOOK: Destination(url=settings.webhook_url, secret=settings.webhook_secret), **given}
    senders = dict[str, Sender]()
    for name, one in given.items():
        with _naming("DESTINATIONS" if name in settings.destinations else "WEBHOOK_URL"):
            senders[name] = sender_of(name, _where(one, settings), http)
            if one.per_second is not None:
                senders[name].rate = one.per_second
    return senders or {name: LogSender() for name in settings.alert_destinations}


def _where(one: Destination, settings: Settings) -> Where:
    return Where(
        type=one.type,
        url=_plain(one.url),
        secret=_plain(one.secret),
        token=_plain(one.token),
        channel=one.channel,
        to=one.to,
        smtp_url=_plain(settings.smtp_url),
        mail_from=settings.mail_from,
    )


def _origin(name: str, source: Source) -> Origin:
    made = source_of(
        source.type,
        source.secret.get_secret_value(),
        api_user=source.api_user,
        agents=tuple(source.agents),
        fields=source.fields,
        signature=source.signature,
        delivery=source.delivery,
    )
    return Origin(name, source.workspace, source.agents, made)


def _desk(source: Source) -> Desk:
    return Desk(source.type, source.api_url, source.api_user, _plain(source.api_token), source.agents)


def _acknowledger(settings: Settings, now: Callable[[], float]) -> Writer:
    if settings.smtp_url is None or settings.mail_from is None:
        raise ValueError("acknowledge needs SMTP_URL (smtp://USER:PASSWORD@HOST:587) and MAIL_FROM")
    url = settings.smtp_url.get_secret_value()
    server_of(url)
    return Acknowledger(partial(send, url), settings.mail_from, now, _addresses(settings))


def _ticket(find: Callable[[TicketKey], Ticket | None], origin: Origin, source_id: str) -> Ticket | None:
    return find(key_of(origin.name, origin.workspace, Incoming(source_id)))


def _addresses(settings: Settings) -> list[str]:
    """Our own mail addresses, which are never answered."""
    return [] if settings.mail_from is None else [settings.mail_from]


@contextmanager
def _naming(what: str) -> Iterator[None]:
    try:
        yield
    except Misconfigured:
        raise
    except ValueError as error:
        raise Misconfigured(f"{what}: {error}") from None


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
