"""Log lines on stderr, the libraries' among them, as text or as JSON."""

import logging
import os
import sys
import threading
from contextvars import ContextVar

import structlog
from opentelemetry import trace
from structlog.types import EventDict, Processor, WrappedLogger

from smart_support import __version__
from smart_support.domain.redaction.redact import redact

log = structlog.get_logger(__name__)

in_json: ContextVar[bool] = ContextVar("in_json", default=False)
"""Whether stderr is JSON, so that messages have to be lines of the log too."""

_NAMES = frozenset(
    {"timestamp", "level", "logger", "part", "worker", "version", "destination", "trace_id", "span_id"}
    | {"workspace", "ticket_id", "incident_id", "agent_id", "message_id", "process", "pid", "thread"}
)
"""Fields that hold names of our own, some of which look like tokens."""

_CAUSED_BY_ANYBODY = ("Invalid HTTP request received.", "Unsupported upgrade request.")
_USELESS = "No supported WebSocket library detected."
_PAUSE_SECONDS = 60.0


def configure(level: str, *, as_json: bool, redacted: bool = True, process: str | None = None) -> None:
    """Once, at the start of a command that runs a server, as a `process` of its kind. Lines in JSON say which one they
    come from, and every line in which trace it was written, if in any; in a server, warnings of Python and errors that
    end a thread become lines too. `redacted` lines hold no card numbers, mail addresses and the like, whoever wrote
    them."""
    in_json.set(as_json)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _place,
        *([_origin(process)] if as_json else []),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Processor] = (
        [_plain_tracebacks(), structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if redacted and not as_json else []),
                *render[:-1],
                *([_redact] if redacted else []),
                render[-1],
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    if process is not None:
        logging.captureWarnings(True)
        threading.excepthook = _thread_failed
    for chatty in ("alembic", "httpx", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").filters = [_Unflooded()]


class _Unflooded(logging.Filter):
    """Of what any caller can make the HTTP server say, one line of a kind a minute. Its advice to install a library for
    WebSockets is nobody's to follow: there are none here."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if said not in _CAUSED_BY_ANYBODY:
            return not said.startswith(_USELESS)
        if record.created - self._said_at.get(said, -_PAUSE_SECONDS) < _PAUSE_SECONDS:
            return False
        self._said_at[said] = record.created
        return True


def _place(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """The trace and the span that are current, where somebody traces."""
    place = trace.get_current_span().get_span_context()
    if place.is_valid:
        line["trace_id"] = trace.format_trace_id(place.trace_id)
        line["span_id"] = trace.format_span_id(place.span_id)
    return line


def _origin(process: str | None) -> Processor:
    fields = {"process": process, "pid": os.getpid(), "version": __version__}

    def add(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
        line.update(fields)
        return line

    return add


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        log.error("thread_failed", thread=failed.thread and failed.thread.name, exc_info=failed.exc_value)


def _plain_tracebacks() -> Processor:
    """Tracebacks without local variables: those hold keys and tickets, and take seconds to print."""
    return structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def _redact(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Every text of a line, tracebacks among them, without what must not leave."""
    return {name: value if name in _NAMES else _without(value) for name, value in line.items()}


def _without(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: _without(one) for name, one in value.items()}
        case list() | tuple():
            return [_without(one) for one in value]
        case None | bool() | int() | float():
            return value
        case _:
            return redact(str(value))
