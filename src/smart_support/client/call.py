"""One call of the API as a value: what is sent, how often it may be sent again, and how its answer is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from smart_support import __version__
from smart_support.client.errors import HALF, Invalid, SupportError, error_of, is_problem

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_MAX_ID = 128
_ID = re.compile(r"\.*[A-Za-z0-9_:-][A-Za-z0-9._:-]*")
_KEY = re.compile(r"[\x21-\x7e]{1,1000}")
_VALUE = re.compile(r"[\x20-\x7e]{1,1000}")
_RESERVED = frozenset({"bulk", "facets", "next", "peek", "preview", "status"})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request and how to read its answer. One that is not `repeatable` is sent again only where it cannot have had an
    effect. `patience` are seconds that the answer may take beyond the client's time-out."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    patience: float = 0.0

    def request(self, timeout: float) -> dict[str, Any]:
        """What httpx is given besides method and path. Raises Invalid where something in it cannot be sent."""
        headers = {name: sendable(name, value) for name, value in self.headers.items()}
        _check_text(self.params)
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        content = None if self.body is None else self.body.encode()
        limits = httpx.Timeout(timeout, read=timeout + self.patience)
        return {"params": dict(self.params), "content": content, "headers": headers, "timeout": limits}


def base(url: str) -> httpx.URL:
    """Where a system is. Raises ValueError, which holds nothing of it."""
    try:
        found = httpx.URL(url)
        if found.scheme in {"http", "https"} and found.host:
            return found
    except httpx.InvalidURL:
        pass
    raise ValueError("the URL of a system is http://HOST:PORT or https://HOST")


def headers(key: str | None) -> dict[str, str]:
    """What every request of a client comes with. Spaces and line breaks around a key, as files have them, are no part
    of it. Raises ValueError where the rest can be none, which holds nothing of it."""
    known = {"Accept": "application/json", "User-Agent": f"smart-support-python/{__version__}"}
    if key is None:
        return known
    if not _KEY.fullmatch(key.strip()):
        raise ValueError("the API key is empty, or has characters that no key has")
    return {**known, "Authorization": f"Bearer {key.strip()}"}


def sendable(name: str, value: str) -> str:
    """The value of a header. Raises Invalid where it can be none."""
    if not _VALUE.fullmatch(value):
        raise Invalid(f"{name} has characters other than printable ASCII, or is too long")
    return value


def once(key: str | None = None) -> dict[str, str]:
    """The header that makes a repeated POST harmless: made once per call, and the same in all of its tries."""
    return {"Idempotency-Key": key or str(uuid4())}


def segment(name: str) -> str:
    """An id as a part of a path. Raises ValueError where it is none: it would name another route."""
    if len(name) > _MAX_ID or not _ID.fullmatch(name):
        raise ValueError(
            f"{name[:40]!r} is no id: letters, digits and . _ : - make one, {_MAX_ID} at most, and more than dots alone"
        )
    if name in _RESERVED:
        raise ValueError(f"{name!r} is no id: it is the name of a route")
    return quote(name, safe=":")


def one(model: type[M]) -> Callable[[httpx.Response], M]:
    """Reads an answer that is one of these. Raises SupportError."""
    return lambda answer: _sound(answer, lambda: model.model_validate_json(answer.content))


def maybe(model: type[M]) -> Callable[[httpx.Response], M | None]:
    """Reads an answer that is one of these, or a 404 of the system's own, which is None. Raises SupportError."""

    def read(answer: httpx.Response) -> M | None:
        return None if answer.status_code == httpx.codes.NOT_FOUND and is_problem(answer) else one(model)(answer)

    return read


def many(model: type[M]) -> Callable[[httpx.Response], list[M]]:
    """Reads an answer that is a list of these. Raises SupportError."""
    return lambda answer: _sound(answer, lambda: TypeAdapter(list[model]).validate_json(answer.content))  # type: ignore[valid-type]


def _check_text(params: Mapping[str, Any]) -> None:
    try:
        "".join(map(str, params.values())).encode()
    except UnicodeEncodeError:
        raise Invalid(HALF) from None


def _sound(answer: httpx.Response, parse: Callable[[], T]) -> T:
    if not answer.is_success:
        raise error_of(answer)
    try:
        return parse()
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise SupportError(
            f"the answer to {answer.request.method} {answer.request.url.path} is none that this client knows "
            f"({where or 'no JSON'}); check the URL, and that client and system are of one version",
            answer.status_code,
        ) from None
