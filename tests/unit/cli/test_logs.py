"""Each line says where it comes from and holds nothing that must not leave, whoever wrote it."""

import json
import logging
import os
import socket
import threading
import warnings

import pytest
import structlog
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider

from smart_support import __version__
from smart_support.cli import connection, logs

CARD, MAIL = "4111 1111 1111 1111", "ann@example.org"


@pytest.fixture(autouse=True)
def _as_it_was():
    hook, shown, root = threading.excepthook, warnings.showwarning, logging.getLogger()
    before = root.handlers, root.level
    http = logging.getLogger("uvicorn.error")
    filters = http.filters
    yield
    http.filters = filters
    root.handlers, root.level = before
    structlog.reset_defaults()
    logging.captureWarnings(False)
    threading.excepthook, warnings.showwarning = hook, shown


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_of_ours_of_libraries_of_python_and_of_threads_are_alike(capsys: pytest.CaptureFixture[str]):
    logs.configure("info", as_json=True, process="worker")
    structlog.get_logger("smart_support.test").info("recovered", part="store")
    logging.getLogger("uvicorn.error").warning("it %s", "broke")
    warnings.showwarning("old", DeprecationWarning, "file.py", 1)
    failing = threading.Thread(target=lambda: 1 / 0, name="notify chat")
    failing.start()
    failing.join()
    ours, theirs, warned, thread = lines(capsys)
    for line in (ours, theirs, warned, thread):
        assert (line["process"], line["pid"], line["version"]) == ("worker", os.getpid(), __version__)
        assert {"event", "level", "logger", "timestamp"} <= line.keys()
    assert (ours["event"], ours["part"], theirs["event"]) == ("recovered", "store", "it broke")
    assert "DeprecationWarning" in warned["event"]
    assert (thread["event"], thread["thread"], thread["exception"][0]["exc_type"]) == (
        *("thread_failed", "notify chat", "ZeroDivisionError"),
    )


def test_a_line_that_is_written_in_a_trace_names_it(capsys: pytest.CaptureFixture[str]):
    logs.configure("info", as_json=True, process="api")
    log = structlog.get_logger("smart_support.test")
    with TracerProvider(shutdown_on_exit=False).get_tracer("test").start_as_current_span("request") as span:
        log.info("within")
    log.info("beyond")
    within, beyond = lines(capsys)
    assert within["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert within["span_id"] == f"{span.get_span_context().span_id:016x}"
    assert "trace_id" not in beyond


def write(capsys: pytest.CaptureFixture[str], **configured: bool) -> str:
    logs.configure("info", **configured)
    log = structlog.get_logger("test")
    log.info("undelivered", reason=f"refused {MAIL}", ticket_id="mail:" + "0123456789abcdef" * 2, tries=[CARD, 3])
    logging.getLogger("some.library").warning("paid with %s", CARD)
    try:
        raise ValueError(f"cannot store {CARD}")
    except ValueError:
        log.exception("failed", what=ValueError(MAIL))
    return capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_every_text_of_a_line_is_redacted_and_names_stay(capsys, as_json: bool):
    found = write(capsys, as_json=as_json)
    assert CARD not in found
    assert MAIL not in found
    assert "paid with [card]" in found
    assert "cannot store [card]" in found
    assert "refused [mail]" in found
    assert "0123456789abcdef" in found
    if as_json:
        first, *_ = map(json.loads, found.splitlines())
        assert first["tries"] == ["[card]", 3]


@pytest.mark.parametrize("as_json", [True, False])
def test_unless_that_is_switched_off(capsys, as_json: bool):
    found = write(capsys, as_json=as_json, redacted=False)
    assert found.count(CARD) >= 3
    assert MAIL in found


UPGRADE = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: %s\r\n\r\n"


def test_nobody_can_flood_the_log(capsys: pytest.CaptureFixture[str]):
    logs.configure("info", as_json=True, process="api")
    with connection.listen("127.0.0.1", 0) as sock, connection.in_background(FastAPI(), sock):
        for sent in (b"garbage\r\n\r\n", UPGRADE % b"websocket", UPGRADE % b"h2c") * 3:
            with socket.create_connection(sock.getsockname()[:2], timeout=10) as caller:
                caller.sendall(sent)
                assert caller.recv(4096).split(b" ")[1] in {b"400", b"404"}
    said = [line["event"] for line in lines(capsys)]
    assert said == ["Invalid HTTP request received."]


def test_what_anybody_can_cause_is_said_once_a_minute(capsys: pytest.CaptureFixture[str]):
    logs.configure("info", as_json=False)
    http = logging.getLogger("uvicorn.error")
    for at in (0.0, 59.0, 60.0):
        record = http.makeRecord(http.name, logging.WARNING, "f", 1, "Invalid HTTP request received.", (), None)
        record.created = at
        http.handle(record)
        http.error("something else")
    told = capsys.readouterr().err
    assert (told.count("Invalid HTTP"), told.count("something else")) == (2, 3)
