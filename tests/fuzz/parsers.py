"""Everything that reads what somebody else wrote: how it is called, with what it begins, and what it may raise."""

import hashlib
import json
import os
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import httpx
import numpy as np
from anyio.from_thread import start_blocking_portal
from pydantic import ValidationError

from smart_support.adapters.mail.read import incoming
from smart_support.adapters.senders.http import Answer, retry_after
from smart_support.adapters.sources.choose import source_of
from smart_support.api.listing import Order, _place
from smart_support.api.problems import Problem
from smart_support.cli.agents import read_agents, read_profiles
from smart_support.cli.cases import CasesContent
from smart_support.cli.console import Failure
from smart_support.cli.files import read_content
from smart_support.cli.record_files import RecordFile
from smart_support.cli.routing import read_routing
from smart_support.cli.stream import read_stream
from smart_support.domain.ids import InvalidId
from smart_support.domain.routing.match import RoutingError
from smart_support.domain.taxonomy import TaxonomyError
from smart_support.domain.ticket import check_ticket_id
from smart_support.domain.triage import Text
from smart_support.pipeline.sources import Unreadable, Unverified
from smart_support.settings import SettingsFileError, load
from smart_support.triage import bundle, clean, history, taxonomy_file
from smart_support.triage.markup import to_text
from tests.fuzz import examples
from tests.helpdesk_calls import KINDS, PAYLOADS, SECRET, call
from tests.unit.api.system import open_system

NOW = 1_772_442_000.0
FIELDS = {"id": "data.key", "subject": "data.title", "customer_email": "data.from.0.mail", "closed": "data.state"}
"""Where they stand in the payload of the generic source."""
_UNSIGNED = "x-github-event"
"""The one header of these calls that proves nothing."""
_SEPARATORS = re.compile(r"[,\s]+")


@dataclass(frozen=True)
class Parser:
    """`read` takes any bytes and returns, or raises one of `refuses`; anything else is a fault. Over HTTP it
    returns the answer."""

    name: str
    read: Callable[[bytes], object]
    examples: Sequence[bytes]
    refuses: tuple[type[Exception], ...] = ()


@contextmanager
def opened() -> Iterator[list[Parser]]:
    """All of them; those that read files do so in a folder of their own, and one whole system answers over HTTP."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        portal = stack.enter_context(start_blocking_portal())
        system = stack.enter_context(open_system(folder, portal))
        yield [*_sources(), *_texts(), *_files(folder), *_bundles(folder), *_http(system.http)]


def _sources() -> Iterator[Parser]:
    for kind in KINDS:
        source = source_of(kind, SECRET, fields=FIELDS if kind == "generic" else None)
        written = [file.read_bytes() for file in sorted(PAYLOADS.glob(f"{kind}*.json"))]

        def read(data: bytes, kind: str = kind, source=source) -> None:
            sent = call(kind, data, NOW)
            source.verify(sent.headers, sent.query, sent.body, NOW)
            source.read(sent.headers, sent.body)

        def prove(data: bytes, kind: str = kind, source=source) -> None:
            sent = call(kind, b"{}", NOW)
            said = data.decode("latin-1")
            for name, proof in sent.headers.items():
                if name != _UNSIGNED:
                    judge(source.verify, sent.headers | {name: said}, sent.query, sent.body, said, proof)
            for name, proof in sent.query.items():
                judge(source.verify, sent.headers, sent.query | {name: said}, sent.body, said, proof)

        yield Parser(f"webhook {kind}", read, written, (Unreadable,))
        sent = call(kind, b"{}", NOW)
        proofs = [value.encode() for value in (sent.headers | sent.query).values()]
        yield Parser(f"signature {kind}", prove, proofs)


def judge(
    verify: Callable[..., object], headers: dict[str, str], query: dict[str, str], body: bytes, said: str, proof: str
) -> None:
    """It is a fault to accept what was said where the proof is not in it, or to refuse the proof itself."""
    try:
        verify(headers, query, body, NOW)
    except Unverified:
        assert said != proof, "the true proof was refused"
    else:
        # Of several signatures one is enough, and before the generic source's the name of its digest may stand.
        assert not {proof, f"sha256={proof}"}.isdisjoint(_SEPARATORS.split(said)), f"accepted for {proof!r}"


def _texts() -> Iterator[Parser]:
    def said(data: bytes) -> None:
        whole = data.decode("utf-8", "replace")
        clean.clean(Text(whole[:200], whole))
        history.split(whole.split("\n"))
        to_text(whole)

    def later(data: bytes) -> None:
        retry_after(Answer(429, {"retry-after": data.decode("latin-1"), "date": data[::-1].decode("latin-1")}, b""))

    def place(data: bytes) -> None:
        for order in Order:
            try:
                _place(data.decode("latin-1"), order)
            except Problem as problem:
                assert problem.status_code == 422  # noqa: PT017 - it is one of two outcomes

    yield Parser("mail", lambda data: incoming(data, whole=len(data) % 2 == 0), examples.MAILS)
    yield Parser("text of a ticket", said, examples.TEXTS)
    yield Parser("Retry-After", later, [b"120", b"Wed, 21 Oct 2026 07:28:00 GMT"])
    yield Parser("cursor of a list", place, examples.CURSORS)
    yield Parser("ticket id", lambda data: check_ticket_id(data.decode("latin-1")), [b"t-1"], (InvalidId,))


def _files(folder: Path) -> Iterator[Parser]:
    def through(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
        file = folder / name

        def written(data: bytes) -> object:
            file.write_bytes(data)
            return read(file)

        return written

    def records(file: Path) -> None:
        for _ in RecordFile(file, file.name).checked():
            pass

    def settings(file: Path) -> None:
        with patch.dict(os.environ, {"CONFIG_FILE": str(file)}):
            load()

    def cases(file: Path) -> None:
        CasesContent.model_validate(read_content(file))

    by_file = [
        ("import CSV", "records.csv", records, examples.RECORDS_CSV, (Failure,)),
        ("import JSON lines", "records.jsonl", records, examples.RECORDS, (Failure,)),
        ("replay", "stream.jsonl", lambda file: read_stream(str(file)), examples.STREAMS, (Failure,)),
        ("taxonomy TOML", "taxonomy.toml", taxonomy_file.load, examples.TAXONOMIES, (TaxonomyError,)),
        ("taxonomy JSON", "taxonomy.json", taxonomy_file.load, examples.TAXONOMIES_JSON, (TaxonomyError,)),
        ("routing, alert routes TOML", "routing.toml", read_routing, examples.ROUTINGS, (RoutingError, Failure)),
        (
            "routing, alert routes JSON",
            "routing.json",
            read_routing,
            examples.ROUTINGS_JSON,
            (RoutingError, Failure),
        ),
        ("agents TOML", "agents.toml", read_agents, examples.AGENTS, (Failure,)),
        ("agents JSON", "agents.json", read_profiles, examples.AGENTS_JSON, (Failure,)),
        ("agents CSV", "agents.csv", read_agents, examples.AGENTS_CSV, (Failure,)),
        ("cases of routes", "cases.toml", cases, examples.CASES, (Failure, ValidationError)),
        (
            "settings",
            "settings.toml",
            settings,
            examples.SETTINGS,
            (SettingsFileError, ValidationError),
        ),
    ]
    for name, file, read, written, refuses in by_file:
        yield Parser(name, through(file, read), written, refuses)


def _bundles(folder: Path) -> Iterator[Parser]:
    draft = bundle.Draft("light", ("A", "B"), {"bias": 1.0}, {"weights": np.arange(6.0).reshape(2, 3)})
    place = bundle.save(folder / "bundle", draft).path
    manifest, weights = ((place / name).read_bytes() for name in (bundle.MANIFEST, bundle.WEIGHTS))

    def read(said: bytes, held: bytes) -> None:
        (place / bundle.MANIFEST).write_bytes(said)
        (place / bundle.WEIGHTS).write_bytes(held)
        bundle.load(place, "light")

    def vouched(said: object, held: bytes) -> bytes:
        """A manifest whose version fits, so that what is behind that check is reached."""
        if isinstance(said, dict):
            if isinstance(said.get("files"), dict):
                said["files"] = said["files"] | {bundle.WEIGHTS: hashlib.sha256(held).hexdigest()}
            said["version"] = bundle._version(said)
        return json.dumps(said).encode()

    def read_manifest(data: bytes) -> None:
        with suppress(ValueError, RecursionError):
            data = vouched(json.loads(data), weights)
        read(data, weights)

    def read_weights(data: bytes) -> None:
        read(vouched(json.loads(manifest), data), data)

    yield Parser("bundle manifest", read_manifest, [manifest], (bundle.BundleError,))
    yield Parser("bundle weights", read_weights, [weights, *examples.ARRAYS], (bundle.BundleError,))


_HEADERS = (
    *("accept", "range", "if-none-match", "if-modified-since", "content-type", "content-encoding", "idempotency-key"),
    *(
        "authorization",
        "cookie",
        "origin",
        "sec-fetch-site",
        "x-forwarded-for",
        "traceparent",
        "tracestate",
        "accept-encoding",
    ),
)
_PATHS = ("/v2/tickets", "/v2/tickets/status", "/ui/", "/metrics", "/incidents", "/health", "/session")


def _http(http: httpx.Client) -> Iterator[Parser]:
    def answered(answer: httpx.Response) -> None:
        assert answer.status_code < 500 or answer.headers["content-type"] == "application/problem+json", answer.text
        assert answer.status_code not in {500, 502, 504}, answer.text

    def header(data: bytes) -> None:
        which = zlib.crc32(data)
        said = data[:4_000].translate(None, b"\r\n\0")
        headers = [(_HEADERS[which % len(_HEADERS)].encode(), said)]
        answered(http.get(_PATHS[which % len(_PATHS)], headers=headers))
        answered(http.post("/v2/tickets", headers=headers, content=b'{"body": "x"}'))

    def query(data: bytes) -> None:
        said = data[:2_000].decode("latin-1")
        for name in ("cursor", "q", "limit", "id", "state", "after"):
            answered(http.get("/v2/tickets", params={name: said}))

    def body(path: str, method: str, data: bytes) -> httpx.Response:
        answer = http.request(method, path, content=data, headers={"content-type": "application/json"})
        answered(answer)
        return answer

    yield Parser("HTTP header", header, examples.HEADERS)
    yield Parser("HTTP query", query, [*examples.CURSORS, b"state=waiting", b"50", b"refund money"])
    for path, method, written in (
        ("/v2/tickets", "POST", examples.RECORDS),
        ("/v1/tickets", "POST", examples.RECORDS[1:]),
        ("/webhook", "POST", examples.RECORDS),
        ("/agents/ann", "PUT", examples.AGENTS_JSON[1:]),
        ("/config/routing?dry_run=true", "PUT", examples.ROUTINGS_JSON),
        ("/config/taxonomy?dry_run=true", "PUT", examples.TAXONOMIES_JSON),
        ("/v2/import", "POST", examples.BULKS),
    ):
        yield Parser(f"HTTP body of {method} {path.partition('?')[0]}", partial(body, path, method), written)
