"""One ticket's way through the processes, as spans of OpenTelemetry; the context travels in the outbox."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from smart_support import __version__
from smart_support.domain.ticket import TicketKey

_PROPAGATOR = TraceContextTextMapPropagator()
_HEADER = "traceparent"


class Tracing:
    """Spans for the steps, made by `provider`; without one nothing is made, and nothing is looked up.

    A place in a trace is told by its W3C `traceparent`, None where there is none. Spans carry ids, codes and numbers,
    never a ticket's text; of an error they carry the class.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self.provider = provider
        self._tracer = None if provider is None else provider.get_tracer("smart_support", __version__)

    @property
    def on(self) -> bool:
        return self._tracer is not None

    def begin(self, name: str) -> Span | None:
        """A span below the one that is current here, which somebody else ends, perhaps in another thread."""
        return None if self._tracer is None else self._tracer.start_span(name)

    @contextmanager
    def span(self, name: str, parent: str | None, **attributes: str | int) -> Iterator[Callable[[str], None]]:
        """A span that is current meanwhile. It goes on from `parent`, or begins a trace. What is given takes the class
        of an error that is nobody's exception."""
        if self._tracer is None:
            yield lambda _: None
            return
        with (
            self._tracer.start_as_current_span(
                name,
                context=_context(parent),
                kind=SpanKind.CLIENT,
                attributes=_named(attributes),
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            _failing(span),
        ):
            yield lambda error: fail(span, error)

    @contextmanager
    def batch(
        self,
        name: str,
        keys: Sequence[TicketKey],
        traces: Callable[[Sequence[TicketKey]], Mapping[TicketKey, str]],
    ) -> Iterator[Mapping[TicketKey, str]]:
        """Spans of the work on a batch: one in the trace of each ticket that has one (`traces`), and one of the whole,
        current meanwhile, which is linked with them; the places of the tickets' own."""
        if self._tracer is None:
            yield {}
            return
        parents = {key: _context(parent) for key, parent in traces(keys).items()}
        links = [Link(trace.get_current_span(parent).get_span_context()) for parent in parents.values()]
        with ExitStack() as stack:
            whole = stack.enter_context(
                self._tracer.start_as_current_span(
                    f"{name} batch",
                    context=Context(),
                    kind=SpanKind.CONSUMER,
                    attributes={"messaging.batch.message_count": len(keys)},
                    links=links,
                    record_exception=False,
                    set_status_on_exception=False,
                )
            )
            stack.enter_context(_failing(whole))
            places = {}
            for key, parent in parents.items():
                span = self._tracer.start_span(
                    name,
                    context=parent,
                    kind=SpanKind.CONSUMER,
                    attributes=_named({"ticket_id": key.ticket_id, "workspace": key.workspace}),
                    links=[Link(whole.get_span_context())],
                )
                stack.callback(span.end)
                stack.enter_context(_failing(span))
                places[key] = str(place_of(span))
            yield places


def place_of(span: Span | None) -> str | None:
    """The `traceparent` that goes on from a span."""
    if span is None:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get(_HEADER)


def fail(span: Span, error: str) -> None:
    """It ended by an error of this class."""
    span.set_attribute("error.type", error)
    span.set_status(Status(StatusCode.ERROR))


def _context(parent: str | None) -> Context:
    return _PROPAGATOR.extract({} if parent is None else {_HEADER: parent}, Context())


def _named(attributes: Mapping[str, str | int]) -> dict[str, str | int]:
    return {f"smart_support.{name}": value for name, value in attributes.items()}


@contextmanager
def _failing(span: Span) -> Iterator[None]:
    """What goes wrong shows in the span, by its class: the text of an error may hold a ticket's."""
    try:
        yield
    except BaseException as error:
        fail(span, type(error).__qualname__)
        raise
