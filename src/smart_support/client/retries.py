"""When a call is tried again, and for how long: one policy for both clients, carried out by httpx-retries."""

import random
from contextlib import suppress

import httpx
from httpx_retries import Retry

from smart_support.client.errors import error_of, no_answer

_TRIES = 1_000  # seconds end them, not numbers
_FIRST_SECONDS, _MOST_SECONDS = 0.1, 5.0
_BUSY = frozenset({429, 502, 503, 504})
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE"})  # each POST here has a key, an id, or the same effect twice


class _InProgress(httpx.HTTPError):
    """The first try of this call is still being worked on; its answer is to be had soon."""


class TooLong(Exception):
    """The system asks for a longer pause than patience lasts: asking it before is of no use."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__("the system asks for a longer pause than patience lasts")
        self.answer = answer


class _Patient(Retry):
    """Backs off to a few seconds, with full jitter also there: the library's own would be cut to one and the same
    pause. `Retry-After` may ask for more, as long as patience lasts; one that cannot be read asks for nothing."""

    def sleep(self, response: httpx.Response | Exception) -> None:
        _check(self, response)
        super().sleep(response)

    async def asleep(self, response: httpx.Response | Exception) -> None:
        _check(self, response)
        await super().asleep(response)

    def parse_retry_after(self, retry_after: str) -> float:
        with suppress(ValueError, TypeError, OverflowError, IndexError):
            return super().parse_retry_after(retry_after)
        return 0.0

    def backoff_strategy(self) -> float:
        longest = min(self.backoff_factor * 2.0**self.attempts_made, _MOST_SECONDS)
        return random.uniform(0.0, longest)  # noqa: S311  # not for secrets


def policy(patience: float) -> Retry:
    """Tries again for so many seconds of waiting, none at 0: what was answered with 429, 502, 503 or 504, or with 409
    while the first try is still under way, and what was not answered at all."""
    return _Patient(
        total=_TRIES if patience else 0,
        allowed_methods=_METHODS,
        status_forcelist=_BUSY,
        retry_on_exceptions=(*Retry.RETRYABLE_EXCEPTIONS, _InProgress),
        backoff_factor=_FIRST_SECONDS,
        max_backoff_wait=max(patience, _MOST_SECONDS),
        total_timeout=patience or None,
        validate_response=_done,
    )


def cautious(retry: Retry) -> Retry:
    """The same for a call that must not have its effect twice: only what never reached the system, or was refused."""
    unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return retry.copy_with(retry_on_exceptions=unsent, status_forcelist=(429, 503), validate_response=None)


def again(retry: Retry, failed: httpx.Response | httpx.RequestError) -> Retry:
    """What is left of a policy after a stream failed, to sleep by; raises SupportError where nothing is."""
    if isinstance(failed, httpx.Response):
        hopeless, error = not retry.is_retryable_status_code(failed.status_code), error_of(failed)
    else:
        hopeless, error = not retry.is_retryable_exception(failed), no_answer(failed)
    if hopeless or retry.is_exhausted():
        raise error
    try:
        _check(retry, failed)
    except TooLong:
        raise error from None
    return retry.increment()


def _check(retry: Retry, answer: httpx.Response | Exception) -> None:
    """Raises TooLong."""
    left = (retry.total_timeout or 0.0) - retry.elapsed_sleep
    if isinstance(answer, httpx.Response) and retry.parse_retry_after(answer.headers.get("Retry-After", "")) > left:
        raise TooLong(answer)


def _done(answer: httpx.Response) -> None:
    if answer.status_code == httpx.codes.CONFLICT and "Retry-After" in answer.headers:
        raise _InProgress("still being worked on")
