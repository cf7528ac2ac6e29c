"""What a browser says of where a request comes from: no page of another origin may do anything by cookie."""

from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from smart_support.api.origin import check_same_origin
from smart_support.api.problems import Problem

HOSTS = st.sampled_from(["support.example.org", "support.example.org:8443", "evil.example", "[::1]:8000", ""])
ORIGINS = st.none() | st.text(max_size=12) | st.builds("{}://{}".format, st.sampled_from(["https", "http", "x"]), HOSTS)
SITES = st.none() | st.sampled_from(["same-origin", "same-site", "cross-site", "none", "", "Same-Origin "])


def request(method: str, **headers: str | None) -> Request:
    raw = [(n.replace("_", "-").encode(), v.encode("latin-1", "replace")) for n, v in headers.items() if v is not None]
    return Request({"type": "http", "method": method, "headers": raw})


def passes(told: Request) -> bool:
    try:
        check_same_origin(told)
    except Problem:
        return False
    return True


@given(
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "ODD"]),
    host=st.none() | HOSTS,
    origin=ORIGINS,
    site=SITES,
)
def test_a_change_passes_only_where_the_browser_says_that_it_is_our_page(
    method: str, host: str | None, origin: str | None, site: str | None
):
    told = request(method, host=host, origin=origin, sec_fetch_site=site)
    if site is not None:
        assert passes(told) is (site == "same-origin")
    else:
        assert passes(told) is (bool(host) and origin in {f"https://{host}", f"http://{host}"})


@given(method=st.sampled_from(["GET", "HEAD", "OPTIONS"]), host=HOSTS, origin=ORIGINS, site=SITES)
def test_what_only_reads_passes_but_from_pages_of_others(method: str, host: str, origin: str | None, site: str | None):
    told = request(method, host=host, origin=origin, sec_fetch_site=site)
    own = origin is None or (bool(host) and origin in {f"https://{host}", f"http://{host}"})
    assert passes(told) is (site == "same-origin" or (site not in {"same-site", "cross-site"} and own))
