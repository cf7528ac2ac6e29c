"""The client for plain programs."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx
from httpx_retries import retry_request
from httpx_sse import EventSource, SSEError

from smart_support.client import calls, steps
from smart_support.client.answers import Event, Record
from smart_support.client.call import Call, base, headers
from smart_support.client.errors import no_answer
from smart_support.client.retries import TooLong, cautious, policy
from smart_support.client.shape import shaped
from smart_support.client.streams import BROKE_OFF, Ear, Knocker, Lines, Opened, flows, silence, strange

P = ParamSpec("P")
T = TypeVar("T")


def _method(build: Callable[P, Call[T]]) -> "Callable[Concatenate[Client, P], T]":
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.send(build(*args, **kwargs))

    return shaped(method, build, "Client")


def _script(build: Callable[P, steps.Steps[T]]) -> "Callable[Concatenate[Client, P], T]":
    def method(self: "Client", /, *args: P.args, **kwargs: P.kwargs) -> T:
        script = build(*args, **kwargs)
        answer: Any = None
        while True:
            try:
                step = script.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            if isinstance(step, Call):
                answer = self.send(step)
            else:
                time.sleep(step.seconds)

    return shaped(method, build, "Client")


class Client:
    """A Smart-Support at `url`, for one thread or several. Close it, or use it in a `with`.

    `key` is an API key; none is needed where the system lets this machine in without one. `timeout` are the seconds
    that one try may take, `patience` those that may be waited between tries in all (0: one try). `transport` is
    httpx's, for a proxy, a client certificate or tests. Raises ValueError where `url` or `key` can be none.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 10.0,
        patience: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._timeout = timeout
        self._retry = policy(patience)
        self._http = httpx.Client(base_url=base(url), headers=headers(key), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """The answer to a call, tried until patience is over. Raises SupportError."""
        retry = self._retry if call.repeatable else cautious(self._retry)
        try:
            answer = retry_request(self._http, call.method, call.path, retry=retry, **call.request(self._timeout))
        except httpx.RequestError as error:
            raise no_answer(error) from error
        except TooLong as told:
            answer = told.answer
        return call.read(answer)

    submit = _method(calls.submit)
    get = _method(calls.get)
    next = _method(calls.next)
    status = _method(calls.status)
    replies = _method(calls.replies)
    explain = _method(calls.explain)
    correct = _method(calls.correct)
    wait_until_processed = _script(steps.wait_until_processed)

    accept = _method(calls.accept)
    decline = _method(calls.decline)
    start = _method(calls.start)
    resolve = _method(calls.resolve)
    reopen = _method(calls.reopen)
    reassign = _method(calls.reassign)
    escalate = _method(calls.escalate)

    list_incidents = _method(calls.list_incidents)
    get_incident = _method(calls.get_incident)
    resolve_incident = _method(calls.resolve_incident)
    dismiss_incident = _method(calls.dismiss_incident)
    link_tickets = _method(calls.link_tickets)
    unlink_tickets = _method(calls.unlink_tickets)
    merge_incidents = _method(calls.merge_incidents)

    list_agents = _method(calls.list_agents)
    get_agent = _method(calls.get_agent)
    save_agents = _method(calls.save_agents)
    remove_agent = _method(calls.remove_agent)
    set_agent_status = _method(calls.set_agent_status)
    heartbeat = _method(calls.heartbeat)
    agent_tickets = _method(calls.agent_tickets)

    list_alerts = _method(calls.list_alerts)
    retry_alerts = _method(calls.retry_alerts)
    send_test_alert = _method(calls.send_test_alert)

    import_tickets = _script(steps.import_tickets)

    def export_tickets(self) -> Generator[Record, None, None]:
        """All tickets, by time of acceptance, as they arrive. Raises Unavailable where the export breaks off."""
        knocker, lines = Knocker(self._retry), Lines()
        while not flows(answer := self._open("/v2/export", {})):
            knocker.failed(answer).sleep(answer)
        with closing(answer):
            try:
                for chunk in answer.iter_bytes():
                    yield from lines.feed(chunk)
            except httpx.RequestError as error:
                raise no_answer(error) from error

    def events(self, after: str | None = None) -> Generator[Event, None, None]:
        """What happens from now on, or beyond the event with the id `after` ("0-0": from the beginning), for ever.

        A lost connection is made again and goes on where it was: nothing is missed, and nothing comes twice. Raises
        Unavailable once the system was away for longer than patience lasts, and Unauthorized when the key is revoked.
        """
        ear = Ear(self._retry, after)
        while True:
            answer = self._open("/events", ear.headers())
            if flows(answer):
                with closing(answer):
                    try:
                        for told in EventSource(answer).iter_sse():
                            event = ear.hear(told)
                            if event is not None:
                                yield event
                    except SSEError as error:
                        raise strange() from error
                    except httpx.RequestError:
                        pass  # it goes on below, as where the stream ended
                answer = BROKE_OFF
            ear.failed(answer).sleep(answer)

    def _open(self, path: str, asked: dict[str, str]) -> Opened:
        """A stream, or how it could not be had."""
        request = self._http.build_request("GET", path, headers=asked, timeout=silence(self._timeout))
        try:
            answer = self._http.send(request, stream=True)
            if not answer.is_success:
                answer.read()
        except httpx.RequestError as error:
            return error
        return answer
