"""A source by its type."""

from collections.abc import Callable, Collection, Mapping

from smart_support.adapters.sources.chatwoot import Chatwoot
from smart_support.adapters.sources.django_helpdesk import DjangoHelpdesk
from smart_support.adapters.sources.generic import FIELDS, Generic
from smart_support.adapters.sources.github import GitHub
from smart_support.adapters.sources.zammad import Zammad
from smart_support.adapters.sources.zendesk import Zendesk
from smart_support.pipeline.sources import Source


class SourceMisconfigured(ValueError):
    """A source cannot be made of its settings; the message says which one to mend."""


_SIGNED: Mapping[str, Callable[[str, str | None, Collection[str]], Source]] = {
    "zendesk": Zendesk,
    "chatwoot": Chatwoot,
    "github": GitHub,
    "zammad": Zammad,
}


def source_of(
    kind: str,
    secret: str,
    *,
    api_user: str | None = None,
    agents: Collection[str] = (),
    fields: Mapping[str, str] | None = None,
    signature: str = "x-signature",
    delivery: str | None = None,
) -> Source:
    """The source of a type; `agents` are the names by which the settings know agents there. `fields`, `signature` and
    `delivery` are for the generic one. Raises SourceMisconfigured."""
    if not secret:
        raise SourceMisconfigured("secret is empty: anybody could send tickets; choose a long random one")
    if (make := _SIGNED.get(kind)) is not None:
        return make(secret, api_user, agents)
    if kind == "django-helpdesk":
        return DjangoHelpdesk(secret, agents)
    if kind != "generic":
        raise SourceMisconfigured(f"type {kind!r} is unknown; use generic where the helpdesk signs JSON itself")
    if unknown := (fields or {}).keys() - FIELDS:
        raise SourceMisconfigured(
            f"fields: {', '.join(sorted(unknown))} is no field of a ticket; there are {', '.join(sorted(FIELDS))}"
        )
    return Generic(secret, fields or {}, signature, delivery)
