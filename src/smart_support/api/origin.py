"""Where a request comes from, as far as a browser tells: which page, over which way, and with which cookie."""

import ipaddress
import re
from functools import lru_cache
from typing import Any

from fastapi import Request

from smart_support.api.problems import Problem

SECURE_COOKIE, LOCAL_COOKIE = "__Host-ss_session", "ss_session"

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_local(request: Request) -> bool:
    """Whether it was sent to this machine by its own name, and by no page from elsewhere."""
    # Not request.url: where the header is malformed, that falls back to the address of the server itself.
    names = [request.headers.get("host", "")]
    if "origin" in request.headers:
        names.append(request.headers["origin"].partition("://")[2])
    return all(_names_loopback(name) for name in names)


def was_passed_on(request: Request) -> bool:
    """Whether a proxy says that it sends it for somebody else, who may be anywhere: many call this machine by its own
    name, whatever name they were called by."""
    return any(name in request.headers for name in _PASSED_ON)


def token_of(request: Request) -> str | None:
    """The token in the cookie that holds for the way the request came; none does over plain http from elsewhere."""
    if "cookie" not in request.headers or not _is_safe_way(request):
        return None
    token = request.cookies.get(_cookie_name(request), "")
    return token if _TOKEN.fullmatch(token) else None


def cookie_of(request: Request) -> dict[str, Any]:
    """The cookie for the way a request came, as Starlette's `set_cookie` takes it, but for its value.

    Over https no page of another host, port aside, can set, read or send it; `__Host-` asks the browser to see to that.
    Browsers do not take it over plain http, which is why that has another one, and only on this machine.
    """
    secure = request.url.scheme == "https"
    return {"key": _cookie_name(request), "path": "/", "secure": secure, "httponly": True, "samesite": "strict"}


def require_safe_way(request: Request) -> None:
    """Raises Problem (403) where whoever listens on the way could read the key and the cookie."""
    if not _is_safe_way(request):
        raise Problem(
            403,
            "Signing in needs https, or this machine's own name such as localhost. A proxy that ends TLS has to send "
            "X-Forwarded-Proto, and unless it is on this machine, FORWARDED_ALLOW_IPS has to name its address.",
        )


def _is_safe_way(request: Request) -> bool:
    return request.url.scheme == "https" or is_local(request)


def check_same_origin(request: Request) -> None:
    """Raises Problem (403) where a page of another origin sent it, or where it was sent by a method that changes
    something and not by a page of this very one.

    A cookie of SameSite=Strict goes along from other hosts of the same domain, and from other ports of this machine.
    """
    headers = request.headers
    site = headers.get("sec-fetch-site")
    if request.method in _SAFE_METHODS:  # which some of us call to take a ticket: `GET /v2/tickets/next`
        same = not is_foreign(request)
    else:
        same = site == "same-origin" if site is not None else _names_own_host(request, headers.get("origin", ""))
    if not same:
        raise Problem(403, "With a cookie only pages of this very address may call; programs send a key.")


def is_foreign(request: Request) -> bool:
    """Whether the browser says that a page of another origin sent it, one of CORS_ORIGINS too: those send a key.

    Browsers send Sec-Fetch-Site over https and on loopback. Older ones send Origin alone: with whatever goes to another
    origin, and with what changes something.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site in {"cross-site", "same-site"}:
        return True
    # Where the browser says that it is our page, a proxy may have called us by another name than it did.
    return site != "same-origin" and origin is not None and not _names_own_host(request, origin)


def _names_own_host(request: Request, origin: str) -> bool:
    """Whether an origin has the host and port that the request went to. A proxy that ends TLS changes the scheme."""
    scheme, _, host = origin.partition("://")
    return scheme in {"http", "https"} and host != "" and host.lower() == request.headers.get("host", "").lower()


def _cookie_name(request: Request) -> str:
    return SECURE_COOKIE if request.url.scheme == "https" else LOCAL_COOKIE


@lru_cache(maxsize=64)
def _names_loopback(name: str) -> bool:
    """Whether HOST or HOST:PORT is this machine's own."""
    host = _HOST.fullmatch(name)
    return host is not None and is_loopback(host[1])
