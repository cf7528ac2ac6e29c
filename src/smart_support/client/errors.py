"""What can go wrong with a call. The texts are the system's own (problem details, RFC 9457): each says what to do."""

from collections.abc import Sequence

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

PROBLEM = "application/problem+json"

HALF = "a text has half a character (a lone surrogate) in it, which cannot be sent; repair it or leave it out"


class FieldError(BaseModel):
    """What is wrong with one field; `field` says where it stands, joined by dots."""

    model_config = ConfigDict(frozen=True)

    field: str
    message: str


class SupportError(Exception):
    """A call that had no success. `status` is the HTTP status of the answer, None where there was none; `detail` says
    in one sentence what to do, and `fields` what was wrong with which field, if that was it."""

    def __init__(self, detail: str, status: int | None = None, fields: Sequence[FieldError] = ()) -> None:
        super().__init__("; ".join([detail, *(f"{one.field}: {one.message}" for one in fields)]))
        self.detail = detail
        self.status = status
        self.fields = tuple(fields)


class Unauthorized(SupportError):
    """401: no key, or one that is not known, was revoked or ran out."""


class Forbidden(SupportError):
    """403: the key has not the scope that this call needs."""


class NotFound(SupportError):
    """404: there is no such ticket, agent or incident."""


class Conflict(SupportError):
    """409: it cannot be done as things stand, or the `ticket_id` belongs to a ticket with another content."""


class Invalid(SupportError):
    """400, 413, 415, 422: what was sent is refused, and nothing was stored; `fields` say why. Without a
    status it cannot be sent at all."""


class Overloaded(SupportError):
    """429: still no room after all tries, or a longer pause was asked for than patience lasts; nothing was stored."""


class Unavailable(SupportError):
    """502, 503, 504, or no answer at all, after all tries. Whether the call had its effect is not known: repeat it
    with the same `ticket_id` or `idempotency_key`."""


class _Problem(BaseModel):
    detail: str
    errors: tuple[FieldError, ...] | None = None


_KINDS: dict[int, type[SupportError]] = {
    400: Invalid,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: Overloaded,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def is_problem(answer: httpx.Response) -> bool:
    """Whether the answer is an error of the system's own, and not of a proxy or a stranger on its port."""
    return not answer.is_success and answer.headers.get("Content-Type", "").partition(";")[0] == PROBLEM


def error_of(answer: httpx.Response) -> SupportError:
    """The error that an answer without success stands for; its body has been read."""
    status = answer.status_code
    if not is_problem(answer):
        kind = _KINDS[status] if status in {429, 502, 503, 504} else SupportError  # proxies say these too
        return kind(
            f"{answer.request.url.host} answered {status}, and not as Smart-Support does; check the URL", status
        )
    try:
        problem = _Problem.model_validate_json(answer.content)
    except ValidationError:
        problem = _Problem(detail=f"the answer was {status}")
    return _KINDS.get(status, SupportError)(problem.detail, status, problem.errors or ())


def no_answer(error: httpx.RequestError) -> Unavailable:
    """What a connection that failed stands for."""
    return Unavailable(f"there was no answer ({str(error) or type(error).__name__})")
