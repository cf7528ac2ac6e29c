"""The dashboard's pages as they are served: one page for every address of it, files by their name, no inline script."""

import re
from pathlib import Path
from shutil import rmtree

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from smart_support.api import pages, problems

PAGE = '<script nonce="__CSP_NONCE__" src="/ui/assets/index-1.js"></script>'


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    (folder / "assets/index-1.js").write_text("1;" * 1_000, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


@pytest.fixture
def client(bundle: Path) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.router.routes.append(pages.mount(bundle))
    return TestClient(app)


ADDRESSES = ["/ui/", "/ui/index.html", "/ui/tickets", "/ui/tickets/mail.2026-1.2", "/ui/incidents/i-1", "/ui/no/such"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_is_the_one_page_under_a_nonce_of_its_own(client: TestClient, address: str):
    first, second = client.get(address), client.get(address)
    nonces = [re.findall(r'nonce="([^"]+)"', answer.text) for answer in (first, second)]
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/html")
    assert first.headers["cache-control"] == "no-store"
    assert nonces[0] != nonces[1]
    assert f"'nonce-{nonces[0][0]}'" in first.headers["content-security-policy"]
    assert "unsafe" not in first.headers["content-security-policy"]


def test_what_is_named_by_its_content_is_kept_for_good_and_compressed(client: TestClient):
    answer = client.get("/ui/assets/index-1.js", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("address", ["/ui/", "/ui/tickets", "/ui/assets/index-1.js"])
def test_there_is_nothing_to_do_but_read(client: TestClient, method: str, address: str):
    assert client.request(method, address).status_code == 405


@pytest.mark.parametrize("address", ["/ui/gone.js", "/ui/assets/gone.js", "/ui/assets/gone"])
def test_a_file_that_is_not_there_is_a_problem_that_nobody_keeps(client: TestClient, address: str):
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "cache-control" not in answer.headers


@pytest.mark.parametrize("address", ["/ui/../secret.txt", "/ui/%2e%2e/secret.txt", "/ui/x/..%2f..%2fsecret.txt"])
def test_nothing_beside_the_bundle_is_shown(client: TestClient, address: str):
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("whole", [True, False])
def test_without_a_bundle_it_says_what_to_do(client: TestClient, bundle: Path, whole: bool):
    if whole:
        rmtree(bundle)
    else:
        (bundle / "index.html").unlink()
    answer = client.get("/ui/")
    assert answer.status_code == 503
    assert "make setup" in answer.json()["detail"]
