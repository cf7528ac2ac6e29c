"""The plainest accept to compare with: our validation and our answer around a bare XADD, no SQL and no promise."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from redis.asyncio import Redis

from smart_support.api.schemas import AcceptedOut, TicketIn

STREAM = "tickets"
_ROOT = Path(__file__).resolve().parents[1]
_STOP_SECONDS = 15.0


def create_app(redis_url: str) -> FastAPI:
    """The app, with one route."""
    app, redis = FastAPI(), Redis.from_url(redis_url)

    @app.post("/v2/tickets", status_code=202)
    async def post_ticket(ticket: TicketIn) -> AcceptedOut:
        ticket_id = ticket.ticket_id or uuid4().hex
        await redis.xadd(STREAM, {"subject": ticket.subject, "body": ticket.body, "ticket_id": ticket_id})
        return AcceptedOut(ticket_id=ticket_id, accepted_at=datetime.now(UTC))

    return app


@contextmanager
def serving(redis_url: str) -> Iterator[int]:
    """The app in a process of its own; yields its port on the loopback, which listens already."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as sock:
        command = [sys.executable, "-m", "bench.xadd_app", str(sock.fileno()), redis_url]
        process = subprocess.Popen(command, cwd=_ROOT, pass_fds=[sock.fileno()])
        port: int = sock.getsockname()[1]
    try:
        yield port
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(number: int, redis_url: str) -> None:
    """Serve on the inherited socket, with the options of our own server, and without all that it imports."""
    config = uvicorn.Config(
        create_app(redis_url), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=10
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=number)])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
