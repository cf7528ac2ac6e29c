"""The OpenAPI document is valid and says of every route what it takes, what it answers, and who may call it."""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from schemathesis.openapi import from_dict

from scripts import openapi
from tests.unit.api.system import PROBLEM, System

UNLISTED = {"/", "/docs", "/docs/oauth2-redirect", "/redoc", "/redoc.js", "/openapi.json", "/healthz"}
PUBLIC = {"GET /health", "GET /livez", "GET /readyz"}
SIGNED = {"POST /webhook/{source}"}  # the signature is the key
COOKIE = {"POST /session", "DELETE /session"}  # in and out: a body has the key, or a cookie is given up


@pytest.fixture
def document(shared: System) -> dict:
    return shared.http.get("/openapi.json").json()


def operations(document: dict) -> Iterator[tuple[str, dict]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_is_valid(document: dict):
    assert document["openapi"].startswith("3.1")
    from_dict(document).validate()
    schemas = document["components"]["schemas"]
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert referred - set(schemas) == set()


def test_the_dashboards_types_are_made_from_this_document(document: dict):
    written = openapi.FILE.read_text(encoding="utf-8")
    assert (written, json.loads(written)) == (openapi.render(), document), "run python scripts/openapi.py"


def test_every_route_is_documented(shared: System, document: dict):
    served = {route.path for route in iter_route_contexts(shared.app.routes) if getattr(route, "methods", None)}
    assert served - set(document["paths"]) == UNLISTED
    assert all(operation.get("description") and operation.get("summary") for _, operation in operations(document))


def test_every_route_is_described_in_whole_sentences(document: dict):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"][0].isupper(), (method, path)
            assert operation["description"].endswith("."), (method, path)


def test_every_error_is_a_problem(document: dict):
    wrong = {
        f"{name} {status}": answer.get("content")
        for name, operation in operations(document)
        for status, answer in operation["responses"].items()
        if not status.startswith("2")
        and answer.get("content") != {PROBLEM: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    }
    probe = wrong.pop("GET /readyz 503")  # in text for who asks for each check
    assert (wrong, set(probe)) == ({}, {PROBLEM, "text/plain"})


def test_every_refusal_is_documented(document: dict):
    missing = {}
    for name, operation in operations(document):
        expected = set() if name in PUBLIC else {"401"} if name in SIGNED else {"401", "403"}
        if name == "DELETE /session":  # who is not signed in stays so
            expected = {"403"}
        if "requestBody" in operation:
            expected |= {"400", "413", "415", "422"}
        if any(parameter["in"] in {"path", "query"} for parameter in operation.get("parameters", ())):
            expected |= {"422"}
        if lacking := expected - set(operation["responses"]):
            missing[name] = sorted(lacking)
    assert missing == {}


def test_the_document_says_which_routes_need_a_key(document: dict):
    unguarded = {name for name, operation in operations(document) if not operation.get("security")}
    assert unguarded == PUBLIC | SIGNED | COOKIE
    schemes = document["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}


def test_the_front_page_leads_to_the_dashboard(shared: System):
    answer = shared.http.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/ui/")


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_documentation_names_no_other_host(shared: System, page: str):
    text = shared.http.get(page).text
    assert "openapi.json" in text
    assert "http://" not in text
    assert "https://" not in text
    assert "<script" in text
