"""`route`: where tickets go."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import typer
from pydantic import ValidationError

from smart_support.cli.agents import AgentsOption, read_agents
from smart_support.cli.cases import CasesContent, Route, mismatches, route
from smart_support.cli.connection import client
from smart_support.cli.console import DataDirOption, Failure, JsonOption, checked, emit, messages, table
from smart_support.cli.explained import show_explained
from smart_support.cli.files import read_content
from smart_support.cli.routing import read_routing
from smart_support.cli.taxonomy import TaxonomyOption
from smart_support.cli.triage import TierChoice, open_model
from smart_support.domain.routing.routing import DEFAULT
from smart_support.domain.triage import Text, Triage
from smart_support.pipeline.written import first_problem
from smart_support.settings import load
from smart_support.triage.taxonomy_file import load as load_taxonomy

app = typer.Typer(help="Where tickets go, and why.", no_args_is_help=True)


@app.command()
def explain(
    ticket_id: str = typer.Argument(metavar="TICKET", help="The ticket's id."),
    data_dir: Path | None = DataDirOption,
    as_json: bool = JsonOption,
) -> None:
    """Show who gets a ticket, why nobody else does, and what would change it; nothing is changed."""
    with client(load(data_dir=data_dir)) as api:
        found = checked(api.get(f"/v2/tickets/{quote(ticket_id, safe='')}/route")).json()
    if as_json:
        emit(found)
    else:
        show_explained(found)


@app.command("test")
def try_cases(
    file: Path = typer.Argument(help="[[case]] with what to expect, TOML, or JSON where the name ends in .json."),
    routing: Path | None = typer.Option(None, help="Routing rules; default: those that the file names, else none."),
    agents: Path | None = AgentsOption,
    taxonomy: Path | None = TaxonomyOption,
    as_json: bool = JsonOption,
) -> None:
    """Route each case by the rules, among the agents, and compare with what is expected; no server is asked."""
    cases = _read(file)
    routing = routing or _beside(file, cases.routing)
    agents = agents or _beside(file, cases.agents)
    taxonomy = taxonomy or _beside(file, cases.taxonomy)
    if agents is None:
        raise Failure(f"{file}: no agents; name their file with --agents, or at the top with agents = ...")
    known = load_taxonomy() if taxonomy is None else load_taxonomy(taxonomy)
    rules = (DEFAULT if routing is None else read_routing(routing)).on(known)
    there = read_agents(agents)
    triaged = _triaged([one.text for one in cases.case if one.text is not None], taxonomy)
    tried = []
    for one in cases.case:
        came = route(one, None if one.text is None else triaged[one.text], rules, there)
        tried.append((one.name, came, mismatches(one.expect, came)))
    failed = sum(bool(wrong) for _, _, wrong in tried)
    if as_json:
        emit([{"name": name, "ok": not wrong, **asdict(came), "wrong": wrong} for name, came, wrong in tried])
    else:
        table("Routes", ("case", "", "agent", "team", "rules", "sla", "wrong"), (_row(*one) for one in tried))
    messages.print(f"{len(tried) - failed} of {len(tried)} cases are as expected.")
    if failed:
        raise typer.Exit(1)


def _read(file: Path) -> CasesContent:
    content = read_content(file)
    try:
        return CasesContent.model_validate(content)
    except ValidationError as error:
        raise Failure(f"{file}: {first_problem(content, error)}") from error


def _beside(file: Path, name: str | None) -> Path | None:
    return None if name is None else file.parent / name


def _triaged(texts: list[str], taxonomy: Path | None) -> dict[str, Triage]:
    """What the model says of each text; it is loaded only where there is one."""
    if not texts:
        return {}
    results = open_model(TierChoice.AUTO, taxonomy).triage([Text("", text) for text in texts])
    return dict(zip(texts, results, strict=True))


def _row(name: str, came: Route, wrong: Iterable[str]) -> Iterable[str]:
    reasons = "; ".join(wrong)
    rules = ", ".join(came.rules)
    return (
        name,
        "wrong" if reasons else "ok",
        came.agent or "nobody",
        came.team or "-",
        rules or "-",
        came.sla or "-",
        reasons,
    )
