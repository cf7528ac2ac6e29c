"""What the client sends and reads is what the OpenAPI document says, so that neither can drift from the other."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from anyio.from_thread import start_blocking_portal
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from smart_support.api.events import EventOut
from smart_support.api.records import RecordOut
from smart_support.client import AgentProfile, Correction, Customer, NewTicket, PastTicket, answers, calls, desk, told
from smart_support.client.call import Call
from tests.unit.api.system import open_system

NOON = "2026-01-01T12:00:00Z"
PAST = PastTicket(ticket_id="t1", body="x", accepted_at=NOON, customer=Customer(email="a@b.c"), metadata={"a": [1]})
ARGUMENTS: dict[str, Any] = {
    "ticket": NewTicket(subject="x", tags=("a",), received_at=NOON),
    "tickets": [PAST],
    "correction": Correction(category="Billing", urgency=0.5, not_duplicate=True, note="x"),
    "agents": [AgentProfile(id="ann", skills={"Billing": 1.0}, languages=("en",), capacity=3, hours={"zone": "UTC"})],
    "status": "wrap_up",
    "states": ["open", "quiet"],
    "message_ids": ["01890a5d-ac96-774b-bcce-b302099a8057"],
    "destination": "oncall",
    "topic": "ticket:t1",
    "members": "answer",
    "incident_id": "inc-1",
    "other_id": "inc-2",
    "before": "inc-3",
    "ticket_ids": ["t1"],
    "limit": 5,
    "wait": 2.0,
    "live": True,
    "dry_run": True,
}
WRITTEN = {
    "TicketIn": NewTicket,
    "RecordIn": PastTicket,
    "CustomerIn": Customer,
    "FeedbackIn": Correction,
    "AgentContent": AgentProfile,
}
CALLS = [made for name, made in inspect.getmembers(calls, inspect.isfunction) if made.__module__ == calls.__name__]
PUBLIC = [made for made in CALLS if not made.__name__.startswith("_")]
ABOUT = {"$defs", "title", "description", "examples", "default", "pattern"} | {
    f"{most}{of}" for most in ("min", "max") for of in ("imum", "Length", "Items", "Properties")
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder: Path = tmp_path_factory.mktemp("document")
    with start_blocking_portal() as portal, open_system(folder / "system", portal) as system:
        yield system.http.get("/openapi.json").json()


def made(build: Any) -> Call[Any]:
    """The call with every argument that it may have."""
    names = inspect.signature(build).parameters
    return build(**{name: ARGUMENTS.get(name, "a1") for name in names})


def operation(document: dict[str, Any], call: Call[Any]) -> dict[str, Any]:
    for fits in (str.__eq__, lambda path, asked: re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), asked)):
        for path, methods in document["paths"].items():
            if fits(path, call.path) and call.method.lower() in methods:
                return methods[call.method.lower()]
    raise AssertionError(f"there is no {call.method} {call.path}")


def plain(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with what it refers to in its place, and without what only says more of a value."""
    if isinstance(schema, list):
        return [plain(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return plain(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    found = {name: plain(value, definitions) for name, value in schema.items() if name not in ABOUT}
    if "properties" in schema:
        found["properties"] = {name: plain(value, definitions) for name, value in schema["properties"].items()}
        found["required"] = sorted(schema.get("required", []))
        found.pop("additionalProperties", None)
    elif found.get("additionalProperties") == {}:
        found["additionalProperties"] = True
    return found


def ours(kind: Any) -> Any:
    schema = TypeAdapter(kind).json_schema()
    return plain(schema, schema.get("$defs", {}))


@pytest.mark.parametrize("build", PUBLIC, ids=lambda build: build.__name__)
def test_what_is_asked_is_what_the_document_has(document: dict[str, Any], build: Any):
    call = made(build)
    found = operation(document, call)
    known = {parameter["name"].lower() for parameter in found.get("parameters", []) if parameter["in"] != "path"}
    assert call.params.keys() | {name.lower() for name in call.headers} <= known
    if "idempotency-key" in known:
        assert "Idempotency-Key" in call.headers
    assert (call.body is not None) == ("requestBody" in found)
    if call.body is not None:
        schema = found["requestBody"]["content"]["application/json"]["schema"]
        check = Draft202012Validator({**schema, "components": document["components"]})
        assert not list(check.iter_errors(TypeAdapter(Any).validate_json(call.body)))


@pytest.mark.parametrize("build", PUBLIC, ids=lambda build: build.__name__)
def test_what_is_read_is_what_the_document_has(document: dict[str, Any], build: Any):
    (kind,) = get_args(inspect.signature(build).return_annotation)
    if type(None) in get_args(kind):  # a 404 is None
        (kind,) = {*get_args(kind)} - {type(None)}
    responses = operation(document, made(build))["responses"]
    (answer,) = (answer for status, answer in responses.items() if status.startswith("2"))
    if kind is type(None):
        assert "content" not in answer
        return
    schema = answer["content"]["application/json"]["schema"]
    assert ours(kind) == plain(schema, document["components"]["schemas"])


@pytest.mark.parametrize("name", WRITTEN)
def test_what_can_be_said_is_what_the_document_has(document: dict[str, Any], name: str):
    theirs, own = document["components"]["schemas"][name], WRITTEN[name].model_json_schema()
    assert own["properties"].keys() == theirs["properties"].keys()
    assert own.get("required", []) == theirs.get("required", [])


@pytest.mark.parametrize(
    ("name", "choices"),
    [("AgentStatus", desk.AgentStatus), ("IncidentState", desk.IncidentState), ("State", answers.State)],
)
def test_what_can_be_chosen_is_what_the_document_has(document: dict[str, Any], name: str, choices: Any):
    assert [*get_args(choices)] == document["components"]["schemas"][name]["enum"]


def test_what_streams_is_what_the_system_says():
    theirs = RecordOut.model_json_schema()
    assert ours(answers.Record)["properties"] == plain(theirs, theirs["$defs"])["properties"]
    event, said = ours(answers.Event)["properties"], EventOut.model_json_schema()["properties"]
    assert event.keys() == said.keys() | {"id"}


def test_every_model_of_the_client_is_compared():
    compared = {answers.Answer, answers.Record, answers.Event, *WRITTEN.values()}
    pending = [*(get_args(inspect.signature(build).return_annotation)[0] for build in PUBLIC), answers.Record]
    while pending:
        kind = pending.pop()
        pending += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, answers.Answer) and kind not in compared - {answers.Record}:
            compared.add(kind)
            pending += [field.annotation for field in kind.model_fields.values()]
    models = {
        found
        for module in (answers, desk, told)
        for _, found in inspect.getmembers(module, inspect.isclass)
        if found.__module__ == module.__name__ and not found.__name__.startswith("_")
    }
    assert models <= compared
