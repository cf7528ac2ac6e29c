"""The writer and the feed of a configured source."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from smart_support.adapters.helpdesks.chatwoot import ChatwootWriter
from smart_support.adapters.helpdesks.django_helpdesk import DjangoHelpdeskWriter
from smart_support.adapters.helpdesks.django_helpdesk_feed import DjangoHelpdeskFeed
from smart_support.adapters.helpdesks.github import GitHubWriter
from smart_support.adapters.helpdesks.rest import Api, Http
from smart_support.adapters.helpdesks.zammad import ZammadWriter
from smart_support.adapters.helpdesks.zendesk import ZendeskWriter
from smart_support.pipeline.sources import Feed, Writer

_WRITERS: Mapping[str, Callable[[Api, Mapping[str, str]], Writer]] = {
    "chatwoot": ChatwootWriter,
    "django-helpdesk": DjangoHelpdeskWriter,
    "github": GitHubWriter,
    "zammad": ZammadWriter,
    "zendesk": ZendeskWriter,
}
_URLS = {"github": "https://api.github.com"}
_FEEDS = frozenset({"django-helpdesk"})


class HelpdeskMisconfigured(ValueError):
    """A source's settings do not let us write there; the message says which to mend."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A helpdesk's API: its type, its address, who we are there, and who our agents are there (their names to our ids).
    Without address and token nothing is written to it and it is asked for nothing."""

    type: str
    url: str | None = None
    user: str | None = None
    token: str | None = field(default=None, repr=False)
    agents: Mapping[str, str] = field(default_factory=dict)


def writer_of(name: str, desk: Desk, http: Http) -> Writer | None:
    """Who tells the source `name` about its tickets, None for one that has no API; raises HelpdeskMisconfigured."""
    made = _WRITERS.get(desk.type)
    api = _api(name, desk, http) if made else None
    return made(api, desk.agents) if made and api else None


def feed_of(name: str, desk: Desk, http: Http, clock: Callable[[], float]) -> Feed | None:
    """What asks the source `name` for what is new, None for one that need not or cannot be asked; raises
    HelpdeskMisconfigured. Its lists take their time: `http` should wait for a minute. `clock` is UTC epoch seconds."""
    api = _api(name, desk, http) if desk.type in _FEEDS else None
    return DjangoHelpdeskFeed(api, desk.agents, clock) if api else None


def _api(name: str, desk: Desk, http: Http) -> Api | None:
    url = desk.url or (_URLS.get(desk.type) if desk.token else None)
    if url is None and desk.token is None:
        return None
    if url is None:
        raise HelpdeskMisconfigured(f"the source {name} has an api_token and no api_url")
    if not desk.token:
        raise HelpdeskMisconfigured(f"the source {name} has an api_url and no api_token")
    if not _is_web(url):
        raise HelpdeskMisconfigured(f"the api_url of the source {name} is not http:// or https://...")
    return Api(http, url, _proof(desk.type, desk.user, desk.token))


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _proof(type_: str, user: str | None, token: str) -> dict[str, str]:
    """The headers that say who we are, as each helpdesk's documentation of its API has them."""
    if type_ == "zendesk" and user:
        return {"Authorization": "Basic " + b64encode(f"{user}/token:{token}".encode()).decode()}
    if type_ == "github":
        return {"Authorization": f"Bearer {token}", "X-GitHub-Api-Version": "2022-11-28"}
    return {
        "chatwoot": {"api_access_token": token},
        "django-helpdesk": {"Authorization": f"Token {token}"},
        "zammad": {"Authorization": f"Token token={token}"},
    }.get(type_, {"Authorization": f"Bearer {token}"})
