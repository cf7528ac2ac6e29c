"""One ticket's way can be followed through the processes: one trace, the log lines and the metrics of each."""

import json
from contextlib import ExitStack
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests import servers
from tests.integration.test_parts import part, plain
from tests.otlp import Told, collector
from tests.receivers import Receivers
from tests.waiting import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
START_SECONDS = 120.0
TICKET = {"subject": "Checkout is down", "body": "No customer can pay since 9:00. Urgent, we lose money!"}


def shown(port: int) -> dict[tuple[str, ...], float]:
    """The samples on a process's own port, by name and the values of their labels in the order of their names."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).raise_for_status().text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_ticket_is_followed_through_api_worker_and_dispatcher(tmp_path: Path, postgres_database: str, redis_url: str):
    with ExitStack() as stack:
        traces = stack.enter_context(collector())
        receivers = stack.enter_context(Receivers(["good"]))
        at = {
            "DATABASE_URL": plain(postgres_database),
            "REDIS_URL": redis_url,
            "REDIS_QUEUE_KEY": "traces",
            "MODEL_FALLBACK": "1",
            "DESTINATIONS": receivers.destinations(),
            "WEBHOOK_THRESHOLD": "0.1",
            "ALLOW_PRIVATE_WEBHOOKS": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "LOG_LEVEL": "debug",
        }
        ports = {name: servers.free_port() for name in ("api", "worker", "dispatcher")}
        port = servers.free_port()
        parts = {
            name: stack.enter_context(part(tmp_path, name, *more, METRICS_PORT=str(ports[name]), **at))
            for name, *more in (["api", "--port", str(port)], ["worker"], ["dispatcher"])
        }
        for started in parts.values():
            until(started.greets, "it runs", START_SECONDS)
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
        url = f"http://127.0.0.1:{port}"
        answer = httpx.post(f"{url}/v2/tickets", json=TICKET, headers=headers, trust_env=False).raise_for_status()
        ticket = answer.json()["ticket_id"]
        until(lambda: receivers["good"].taken, "somebody is told")
        until(lambda: len(traces.spans(trace=TRACE)) >= 5, "all spans have arrived")

        def the(name: str) -> Told:
            (found,) = traces.spans(trace=TRACE, name=name)
            return found

        http, accept, triage, dispatch, notify = map(
            the, ("POST /v2/tickets", "accept", "triage", "dispatch", "notify")
        )
        assert http.parent == CALLER
        assert accept.parent == http.id
        assert triage.parent == dispatch.parent == accept.id
        assert notify.parent == dispatch.id
        assert [one.service.removeprefix("smart-support-") for one in (http, accept, triage, dispatch, notify)] == [
            *("api", "api", "worker", "dispatcher", "worker")
        ]
        assert triage.attributes["smart_support.ticket_id"] == ticket
        batches = [one for one in traces.spans(name="triage batch") if TRACE in one.links]
        assert len(batches) == 1
        assert batches[0].trace != TRACE
        assert batches[0].trace in triage.links
        assert not any(one.failed for one in traces.spans(trace=TRACE))
        told = json.dumps([one.attributes for one in traces.spans()], default=str)
        assert "Checkout" not in told
        assert "lose money" not in told

        assert shown(ports["api"])["smart_support_accepted_tickets_total", "fresh"] == 1
        assert shown(ports["worker"])["smart_support_triaged_tickets_total", "false", "light"] == 1
        assert shown(ports["worker"])["smart_support_messages_total", "good", "sent", "alert", ""] == 1
        dispatcher = shown(ports["dispatcher"])
        assert dispatcher["smart_support_dispatched_tickets_total", "queue"] == 1
        assert dispatcher["smart_support_ticket_dispatch_seconds_count",] == 1
        assert dispatcher["smart_support_leading",] == 1
        for name, started in parts.items():
            assert {(line["process"], line["pid"]) for line in started.lines()} == {(name, started.process.pid)}
