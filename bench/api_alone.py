"""The API alone: `python -m bench.api_alone sqlite|xadd --port PORT`, with DATA_DIR in the environment.

`sqlite` is what `smart-support api` is on PostgreSQL, where others triage what it accepts, on a file. `xadd` is the
same app with a bare XADD to REDIS_URL in the place of SQL: it promises nothing.
"""

import sys
from contextlib import ExitStack
from dataclasses import replace

from redis.asyncio import Redis

from smart_support import bootstrap, running, serving
from smart_support.api.answers import Answers
from smart_support.cli import connection, logs, serve
from smart_support.domain.ticket import Ticket
from smart_support.pipeline.accept import AcceptStep
from smart_support.pipeline.records import Accepted
from smart_support.settings import load


class BareXadd(Answers):
    """Takes a ticket to be accepted once Redis has it."""

    def __init__(self, accept: AcceptStep, redis_url: str) -> None:
        super().__init__(accept)
        self._redis = Redis.from_url(redis_url)

    async def accept(self, ticket: Ticket, _actor: str) -> Accepted:
        await self._redis.xadd("tickets", {"id": ticket.id, "subject": ticket.subject, "body": ticket.body})
        return Accepted(ticket.key, ticket.accepted_at, fresh=True)


def main(into: str, port: int) -> None:
    """Serve until a signal comes."""
    settings = load(listen_port=port)
    logs.configure("warning", as_json=False)
    with ExitStack() as stack:
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings))
        app = stack.enter_context(serving.open_app(pipeline, settings, open_loopback=True))
        stack.enter_context(running.running(pipeline, running.API))
        if into == "xadd":
            assert settings.redis_url is not None
            answers = BareXadd(pipeline.accept, settings.redis_url)
            app.state.parts = replace(app.state.parts, answers=answers)
        sock = connection.listen("127.0.0.1", port)
        serve.tune_interpreter()
        connection.server(app).run(sockets=[sock])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[3]))
