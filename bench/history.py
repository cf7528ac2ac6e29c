"""What the pages and calls take with 10,000, 100,000 and 1,000,000 stored tickets, on both databases.

The app is asked in this process, without a network; each question many times, all in turn. Afterwards the plans of all
its statements are looked at: none may read a table whole that grows with the history. HISTORY_SIZES chooses the sizes.
"""

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.history_fill import INCIDENT_EVERY, WORDS, History
from bench.rows import Row
from bench.system import DURABLE
from smart_support import bootstrap, serving
from smart_support.adapters.clock import ManualClock
from smart_support.adapters.sql.store import SqlStore
from smart_support.settings import load
from tests import plans, servers

SIZES, ROUNDS, MOST_MS = (10_000, 100_000, 1_000_000), 40, 100.0
_NOW = 1_760_000_000.0


@dataclass(frozen=True, slots=True)
class Question:
    """A request: what it is called, and what is asked."""

    name: str
    path: str
    asked: tuple[tuple[str, str], ...] = ()
    posted: bool = False


def run(_data_dir: Path) -> list[Row]:
    """p50 and p95 of each question in ms, at each size, on both databases."""
    sizes = [int(size) for size in os.environ.get("HISTORY_SIZES", "").split()] or SIZES
    rows: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="history-") as folder:
            rows += _figures(f"SQLite, {size:,} tickets", f"sqlite:///{folder}/history.db", size, Path(folder))
            with servers.postgres_server(shared_buffers="512MB", **DURABLE) as server:
                url = servers.postgres_url(server)
                with servers.postgres_database(url, "history") as database:
                    rows += _figures(f"PostgreSQL, {size:,} tickets", database, size, Path(folder))
    return rows


def _figures(name: str, url: str, size: int, folder: Path) -> list[Row]:
    history = History(size, _NOW)
    began = time.perf_counter()
    store = SqlStore.open(url, durable=False)
    try:
        history.fill(store)
        stored = _stored(store)
    finally:
        store.close()
    filled = time.perf_counter() - began
    with _app(url, folder) as (pipeline, client, loop):
        taken, whole = loop.run_until_complete(_ask_all(pipeline, client, history))
        erased = loop.run_until_complete(_erase(client))
    rows = [Row(f"{name}: filled in {filled:.0f} s", "-", f"{stored / size:,.0f} bytes a ticket", "with its indexes")]
    for group, asked in (("list", True), ("search", True), ("pages", True), ("changes", False)):
        rows += _of_group(group, {q: ms for q, ms in taken.items() if _group(q) == group}, asked=asked)
    if url.startswith("sqlite") or size > plans.WHOLE:
        beside = "; ".join(one.splitlines()[0] for one in whole)
        rows.append(Row("  tables that are read whole", "0", str(len(whole)), beside[:300], not whole))
    return [*rows, erased]


def _of_group(group: str, taken: dict[Question, list[float]], *, asked: bool) -> list[Row]:
    """The slowest of a group, with what it is made of."""
    p95 = {one: _quantile(ms, 0.95) for one, ms in taken.items()}
    slowest = sorted(p95, key=lambda one: -p95[one])
    others = ", ".join(f"{one.name} {_quantile(taken[one], 0.5):.0f} / {p95[one]:.0f}" for one in slowest)
    worst = p95[slowest[0]]
    limit = f"<= {MOST_MS:.0f} ms" if asked else "-"
    return [
        Row(f"  {group}, p95 of the slowest of {len(taken)}", limit, f"{worst:.0f} ms", f"p50 / p95: {others}",
            worst <= MOST_MS if asked else None)
    ]  # fmt: skip


def _quantile(taken: Sequence[float], share: float) -> float:
    return sorted(taken)[min(len(taken) - 1, int(share * len(taken)))]


def _group(question: Question) -> str:
    names = dict(question.asked)
    if question.posted or question.path.endswith("/next"):
        return "changes"
    if question.path == "/v2/tickets":
        return "search" if "text" in names else "list"
    return "pages"


def _stored(store: SqlStore) -> int:
    """Bytes on disk."""
    database = store._database
    if database.engine.dialect.name == "sqlite":
        return Path(str(database.engine.url.database)).stat().st_size
    query = "SELECT pg_database_size(current_database())"
    return int(database.read(lambda connection: connection.exec_driver_sql(query).scalar_one()))


@contextmanager
def _app(url: str, folder: Path) -> Iterator[tuple[bootstrap.Pipeline, httpx.AsyncClient, asyncio.AbstractEventLoop]]:
    settings = load(data_dir=folder, database_url=url, model_fallback=True, lag_limit=1_000_000)
    loop = asyncio.new_event_loop()
    with ExitStack() as stack:
        stack.callback(loop.close)
        pipeline = stack.enter_context(bootstrap.open_pipeline(settings, clock=ManualClock(_NOW)))
        app = stack.enter_context(serving.open_app(pipeline, settings, open_loopback=True))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000", timeout=600.0)
        stack.callback(lambda: loop.run_until_complete(client.aclose()))
        yield pipeline, client, loop


async def _ask_all(
    pipeline: bootstrap.Pipeline, client: httpx.AsyncClient, history: History
) -> tuple[dict[Question, list[float]], list[str]]:
    questions = await _questions(client, history)
    for question in questions:
        await _ask(client, question, -1)
    taken: dict[Question, list[float]] = {question: [] for question in questions}
    gc.collect()
    gc.disable()
    try:
        for number in range(ROUNDS):
            for question in questions:
                taken[question].append(await _ask(client, question, number))
    finally:
        gc.enable()
    with plans.watched(pipeline.store._database.engine, run=True) as whole:  # type: ignore[attr-defined]
        for question in questions:
            if not question.posted:
                await _ask(client, question, ROUNDS)
    return taken, sorted(set(whole))


async def _erase(client: httpx.AsyncClient) -> Row:
    """One customer's data erased, as he may ask for it."""
    began = time.perf_counter()
    answer = await client.post("/v2/privacy/erase", json={"customer": "c40"})
    took = time.perf_counter() - began
    number = answer.raise_for_status().json()["tickets"]
    return Row("  one customer erased", "-", f"{took:.1f} s", f"{number} tickets; on SQLite the file is written anew")


async def _ask(client: httpx.AsyncClient, question: Question, number: int) -> float:
    """Milliseconds until the answer was there; raises where it is none."""
    began = time.perf_counter()
    if question.posted:
        answer = await client.post(question.path, json={"subject": f"New {number}", "body": " ".join(WORDS[:60])})
    else:
        answer = await client.get(question.path, params=question.asked)
    taken = 1e3 * (time.perf_counter() - began)
    if not answer.is_success:
        raise RuntimeError(f"{question.name}: {answer.status_code} {answer.text[:300]}")
    return taken


async def _questions(client: httpx.AsyncClient, history: History) -> list[Question]:
    def moment(share: float) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(history.accepted_at(int(share * history.size))))

    async def deep(order: str, **to: str) -> str:
        answer = await client.get("/v2/tickets", params={"order": order, "limit": 1, **to})
        return str(answer.json()["next"])

    def listed(name: str, **asked: Any) -> Question:
        return Question(name, "/v2/tickets", tuple((key, str(value)) for key, value in asked.items()))

    many, two, rare = WORDS[0], f"{WORDS[20]} {WORDS[300]}", WORDS[-1]
    some = WORDS[400]
    beginning = next(word for word in WORDS if len(word) >= 4)
    longer = next(word for word in WORDS if len(word) >= 6)
    ids = Question("100 by id with a word", "/v2/tickets", (*(("id", f"t{n * 7}") for n in range(100)), ("text", many)))
    middle = {"accepted_from": moment(0.5), "accepted_to": moment(0.51)}
    incident = f"/incidents/inc-{history.size // INCIDENT_EVERY}"
    return [
        listed("newest"),
        listed("urgent", order="urgent"),
        listed("deep, newest", cursor=await deep("newest", accepted_to=moment(0.3))),
        listed("deep, urgent", order="urgent", cursor=await deep("urgent", urgency_to="0.3")),
        listed("category", category="Legal"),
        listed("category, urgent", category="Billing", order="urgent"),
        listed("state", state="waiting"),
        listed("state, urgent", state="waiting", order="urgent"),
        listed("resolved", state="resolved"),
        listed("agent", agent_id="agent-3"),
        listed("nobody's, urgent", agent_id="-", order="urgent"),
        listed("incident", incident_id="inc-2"),
        listed("a day", **middle),
        listed("a day, urgent", order="urgent", **middle),
        listed("urgency", urgency_from=0.5, urgency_to=0.6),
        listed("several", category="Technical", state="resolved", language="en", urgency_from=0.3),
        listed("several, urgent", category="Technical", state="resolved", order="urgent", **middle),
        listed("nearly none", category="Legal", state="dead", language="de", urgency_from=0.9),
        listed("nearly none, urgent", state="resolved", agent_id="-", order="urgent"),
        listed("frequent and rare", state="resolved", urgency_to=0.02, language="de", needs_review="true"),
        listed("frequent word", text=many),
        listed("frequent word, urgent", text=many, order="urgent"),
        listed("word of some", text=some),
        listed("word of some, urgent", text=some, order="urgent"),
        listed("rare word", text=rare),
        listed("rare word, urgent", text=rare, order="urgent"),
        listed("two words", text=two),
        listed("3 letters", text=beginning[:3]),
        listed("3 letters, urgent", text=beginning[:3], order="urgent"),
        listed("4 letters", text=beginning[:4]),
        listed("5 letters", text=longer[:5]),
        listed("word and filter", text=many, category="Legal"),
        listed("word and rare filter", text=many, state="waiting"),
        listed("word and filter, urgent", text=some, category="Legal", order="urgent"),
        ids,
        Question("facets", "/v2/tickets/facets"),
        Question("status", "/v2/tickets/status"),
        Question("ticket", f"/v2/tickets/t{history.size // 2}"),
        Question("timeline", f"/v2/tickets/t{history.size // 2}/timeline"),
        Question("arrivals", "/v2/arrivals"),
        Question("incidents", "/incidents"),
        Question("incident, one", incident),
        Question("growth", f"{incident}/growth"),
        Question("customers", f"{incident}/customers"),
        Question("incident timeline", f"{incident}/timeline"),
        Question("agents", "/agents"),
        Question("alerts", "/alerts"),
        Question("alerts of a ticket", "/alerts", (("topic", f"ticket:t{history.size - 1}"),)),
        Question("health", "/health"),
        Question("health figures", "/health/figures"),
        Question("metrics", "/metrics"),
        Question("next", "/v2/tickets/next"),
        Question("accept", "/v2/tickets", posted=True),
    ]
