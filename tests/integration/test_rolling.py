"""Processes of this version go on, and start again, while a newer one has changed the database under them."""

import signal
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import redis

from tests import servers
from tests.contract.test_rolling import LATER
from tests.integration.test_parts import part, plain
from tests.waiting import until

TICKET = {"subject": "Checkout is down", "body": "No customer can pay since 9:00. Urgent!"}
EVENT = """
    INSERT INTO events (txn, workspace, kind, at, actor, ticket_id, data)
    VALUES (0, 'default', 'ticket.teleport', 100, 'newer', 'first', '{"to": "elsewhere", "new": true}')
"""


def test_tickets_flow_through_processes_older_than_the_schema(tmp_path: Path, postgres_database: str, redis_url: str):
    url, port = plain(postgres_database), str(servers.free_port())
    at = {"DATABASE_URL": url, "REDIS_URL": redis_url, "REDIS_QUEUE_KEY": "rolling", "REDELIVERY_SECONDS": "2"}
    with ExitStack() as stack:
        api = stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30.0, trust_env=False))
        parts = {
            command[0]: stack.enter_context(part(tmp_path, *command, **at))
            for command in (("api", "--port", port), ("worker",), ("dispatcher",))
        }
        for started in parts.values():
            until(started.greets, "it runs")

        def flows(ticket_id: str, waiting: int) -> None:
            api.post("/v2/tickets", json={"ticket_id": ticket_id, **TICKET}).raise_for_status()
            until(lambda: api.get("/v2/tickets/status").json()["waiting"] == waiting, f"{ticket_id} is dispatched")

        flows("first", 1)
        with psycopg.connect(url, autocommit=True) as newer:
            for statement in (*LATER, EVENT):
                newer.execute(statement)
        streams = redis.Redis.from_url(redis_url)
        stream = "{rolling}:accepted"
        assert streams.exists(stream)
        streams.xadd(stream, {"k": "default/first", "colour": "red"})
        flows("second", 2)
        for name in ("worker", "dispatcher"):
            ended = parts[name].process
            ended.send_signal(signal.SIGTERM)
            assert ended.wait(10) == 0, parts[name].log.read_text()
            again = stack.enter_context(part(tmp_path, name, **at))
            until(again.greets, "it runs again")
            until(lambda again=again: "newer_schema" in again.events(), "it says that the schema is newer")
        flows("third", 3)
        until(lambda: streams.xlen(stream) == 0, "what has more fields than are known is done with too")
        streams.close()
        timeline = api.get("/v2/tickets/first/timeline").raise_for_status().json()
        assert "ticket.teleport" in str(timeline)
        for where in ("/v2/tickets", "/health", "/metrics", "/v2/tickets/first"):
            assert api.get(where).is_success, where
        for started in parts.values():
            assert "Traceback" not in started.log.read_text()
