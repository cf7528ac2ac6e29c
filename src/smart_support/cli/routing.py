"""Routing rules that are given to a command as a file, and what there is to say of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from smart_support.cli import connection
from smart_support.cli.alert_routes import show_alert_rules
from smart_support.cli.console import cell, checked, messages, table
from smart_support.cli.files import read_content
from smart_support.cli.matches import match_shown, named_values
from smart_support.domain.routing.finding import Finding, Severity
from smart_support.domain.routing.match import RoutingError
from smart_support.domain.routing.routing import Routing
from smart_support.domain.taxonomy import Category, Taxonomy
from smart_support.pipeline import routing_file
from smart_support.pipeline.routing_file import RoutingContent
from smart_support.settings import Settings
from smart_support.triage.taxonomy_file import taxonomy_of


def is_routing(content: Mapping[str, Any]) -> bool:
    """Whether this is what a file with routing rules holds, and no taxonomy."""
    return bool(content.keys() & RoutingContent.model_fields.keys())


def content_of(file: Path) -> RoutingContent:
    """The content of a file with routing rules that can be used; raises RoutingError, which names it, and Failure."""
    given = read_content(file)
    with named(file):
        content = routing_file.checked(given)
        content.routing()
    return content


def read_routing(file: Path) -> Routing:
    """The routing rules in a file; raises as `content_of` does."""
    return content_of(file).routing()


@contextmanager
def named(file: Path) -> Iterator[None]:
    """What is wrong is told with the name of the file."""
    try:
        yield
    except RoutingError as error:
        raise RoutingError(f"{file}: {error}") from error


def held_taxonomy(settings: Settings) -> Taxonomy:
    """The taxonomy that holds, with all categories that tickets may have: without examples those of the model count."""
    with connection.client(settings) as api:
        taxonomy = taxonomy_of(checked(api.get("/config/taxonomy")).json()["taxonomy"])
        models = checked(api.get("/models")).json()
    return with_labels(taxonomy, next((model["labels"] for model in models if model["at_work"]), ()))


def with_labels(taxonomy: Taxonomy, labels: Sequence[str]) -> Taxonomy:
    """The taxonomy, without examples with what else the model was trained on."""
    if taxonomy.is_own:
        return taxonomy
    further = tuple(Category(label) for label in labels if label not in taxonomy.names)
    return replace(taxonomy, categories=(*taxonomy.categories, *further))


def show_findings(file: Path, found: Sequence[Finding]) -> None:
    """For people: what there is to say as a table, and what it comes to."""
    if found:
        rows = ((one.severity, "-" if one.rule is None else one.rule, one.message) for one in found)
        table("Findings", ("severity", "rule", "message"), rows)
    errors = sum(one.severity is Severity.ERROR for one in found)
    said = f"{errors} errors" if errors else "sound" if not found else "sound, with warnings"
    messages.print(f"{file}: {said}.", markup=False, highlight=False, soft_wrap=True)


def size(content: RoutingContent) -> str:
    """How much it is."""
    alerts = {"alert routes": len(content.alerts.route), "silences": len(content.alerts.silence)}
    told = "".join(f", {number} {what}" for what, number in alerts.items() if number)
    return f"{len(content.rule)} rules, {len(content.sla)} SLAs{told}"


def show_routing(held: Mapping[str, Any]) -> None:
    """For people: the answer of `GET /config/routing`."""
    routing = held["routing"]
    table("Rules", ("name", "match", "says"), map(_rule, routing["rule"]))
    table("SLAs", ("name", "match", "first response", "resolution", "calendar", "escalates"), map(_sla, routing["sla"]))
    show_alert_rules(routing["alerts"])
    since = f"Version {held['version']}, since {cell(held['at'])}" if held["version"] else "The shipped routing"
    spoken = "must speak" if routing["assignment"]["languages"] else "need not speak"
    messages.print(f"{since}. Agents {spoken} the language of a ticket.")


def _rule(rule: Mapping[str, Any]) -> tuple[str, str, str]:
    said = {name: rule[name] for name in ("team", "skills", "priority", "never", "sla")}
    return rule["name"], match_shown(rule["match"]), named_values(said)


def _sla(sla: Mapping[str, Any]) -> Iterator[str]:
    yield from (sla["name"], "where a rule names it" if sla["match"] is None else match_shown(sla["match"]))
    for seconds in (sla["first_response"], sla["resolution"]):
        yield "-" if seconds is None else f"{seconds / 60:g} min"
    yield cell(sla["calendar"])
    yield "yes" if sla["escalate"] and sla["escalate_to"] is None else cell(sla["escalate_to"])
