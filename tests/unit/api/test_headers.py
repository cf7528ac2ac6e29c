"""What every answer carries, and who else's pages may call."""

from collections.abc import Callable

import pytest

from tests.unit.api.system import System

DATA = "default-src 'none'; frame-ancestors 'none'"
APP = "https://app.example.org"


@pytest.mark.parametrize(
    ("path", "status"), [("/v2/tickets/status", 200), ("/livez", 200), ("/keys/zz", 405), ("/nothing", 404)]
)
def test_data_is_no_page_and_in_no_cache(shared: System, path: str, status: int):
    answer = shared.http.get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["content-security-policy"] == DATA
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_has_a_policy_of_its_own_and_no_frame_around_it(shared: System):
    for path in ("/docs", "/redoc"):
        answer = shared.http.get(path)
        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "script-src 'self' 'unsafe-inline';" in answer.headers["content-security-policy"]  # from no other host
    page = shared.http.get("/ui/", headers={"Accept-Encoding": "identity"})
    assert len(page.headers.get_list("content-security-policy")) == 1
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_who_came_by_https_is_told_to_come_so_again(shared: System):
    answer = shared.http.get("https://127.0.0.1:8000/livez")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_pages_of_others_may_not_call_by_default(shared: System):
    asked = {"Origin": APP, "Access-Control-Request-Method": "GET"}
    answer = shared.http.options("/v2/tickets/status", headers=asked)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_pages_of_origins_that_are_named_may_call_with_a_key(make_system: Callable[..., System]):
    system = make_system(cors_origins=f"{APP}, http://localhost:5173")
    key = system.key("read") | {"Origin": APP}
    asked = {
        "Origin": APP,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    allowed = system.http.options("/v2/tickets/status", headers=asked)
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == APP
    assert "access-control-allow-credentials" not in allowed.headers
    assert system.http.options("/keys", headers=asked | {"Origin": "https://evil.example"}).status_code == 400
    answer = system.http.get("/v2/tickets/status", headers=key)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, APP)
    assert answer.headers["content-security-policy"] == DATA
    other = system.http.get("/v2/tickets/status", headers=key | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("wrong", ["*", "app.example.org", "https://app.example.org/path", "https://a b"])
def test_an_origin_that_is_none_is_refused(make_system: Callable[..., System], wrong: str):
    with pytest.raises(ValueError, match="give origins as"):
        make_system(cors_origins=wrong)
