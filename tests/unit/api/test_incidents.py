"""Master Incidents over HTTP: what people see of them, and what they do with them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest

from smart_support.domain.ticket import Customer
from tests.unit.api.system import EMPTY, System, refused

DOWN = {"subject": "Checkout is down", "body": "Every card payment in our shop fails with error 502 since this morning"}
VAT = {"subject": "Wrong invoice", "body": "The VAT number on my last invoice is not ours, please send a corrected one"}
TEN = [f"t{n:02}" for n in range(10)]
ELEVEN = [*TEN, "t10"]

FREE = {"incident_id": None, "state": "waiting"}
CHANGES: dict[str, dict[str, Any]] = {
    "resolve": {"members": "answer"},
    "dismiss": {},
    "unlink": {"ticket_ids": ["t03"]},
    "link": {"ticket_ids": ["free"]},
    "merge": {"incident_id": "inc-2"},
}


def send(system: System, names: list[str], text: dict[str, str] = DOWN) -> None:
    records = [{"ticket_id": name, "customer": {"id": f"c-{name}"}, **text} for name in names]
    answer = system.http.post("/v2/import?live=true", json={"tickets": records})
    assert answer.status_code == 200, answer.text
    system.process()


def change(system: System, kind: str, incident: str = "inc-1", headers: dict | None = None, **body: Any):
    return system.http.post(f"/incidents/{incident}/{kind}", json=body, headers=headers)


def changed(system: System, kind: str, **body: Any) -> dict[str, Any]:
    answer = change(system, kind, **body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def incident(system: System, name: str = "inc-1", headers: dict | None = None) -> dict[str, Any]:
    return system.http.get(f"/incidents/{name}", headers=headers).json()


def tickets(system: System, *names: str) -> list[dict[str, Any]]:
    """Where tickets stand and what they belong to."""
    found = [system.http.get(f"/v2/tickets/{name}").json() for name in names]
    return [{name: one[name] for name in FREE} for one in found]


def listed(system: System, **query: Any) -> list[str]:
    answer = system.http.get("/incidents", params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()]


@pytest.fixture
def stormy(system: System) -> System:
    """A system with the incident inc-1 of t00 to t10."""
    send(system, ELEVEN)
    return system


@pytest.fixture
def twice(stormy: System) -> System:
    """The same with inc-2 of v0 to v10, and with a ticket of its own."""
    send(stormy, [f"v{n:02}" for n in range(11)], VAT)
    send(stormy, ["free"], {"body": "How do I change the picture in my profile?"})
    return stormy


class TestRead:
    def test_ten_copies_are_ten_tickets_and_eleven_are_one_incident(self, system: System):
        send(system, TEN)
        assert listed(system) == []
        assert tickets(system, *TEN) == [FREE] * 10
        send(system, ["t10"])
        assert listed(system) == ["inc-1"]
        assert system.counts() == EMPTY | {"processed": 11, "waiting": 1, "suppressed": 10}

    def test_an_incident_is_shown_with_what_ties_its_members_to_it(self, stormy: System):
        shown = incident(stormy)
        links = shown.pop("links")
        assert stormy.http.get("/incidents").json() == [shown]
        assert shown.pop("title")
        assert shown.pop("keywords")
        assert shown.pop("severity") in {"minor", "major", "critical"}
        assert shown == {
            "id": "inc-1",
            "state": "open",
            "opened_at": "2025-10-09T09:00:00Z",
            "reported_at": "2025-10-09T09:00:00Z",
            "closed_at": None,
            "reopened_at": None,
            "owner": None,
            "tickets": 11,
            "suppressed": 10,
            "customers": 11,
            "representative": "t10",
            "follows": None,
            "merged_into": None,
        }
        assert [one["ticket_id"] for one in links] == ELEVEN
        assert links[3] == {
            "ticket_id": "t03",
            "kind": "exact",
            "similarity": pytest.approx(1.0),
            "representative": "t10",
            "linked_at": "2025-10-09T09:00:00Z",
            "recurrence": False,
            "exception": None,
        }

    def test_the_members_come_in_pages(self, stormy: System):
        seen: list[str] = []
        while page := self.page(stormy, limit=4, **({"after": seen[-1]} if seen else {})):
            assert len(page) == min(4, len(ELEVEN) - len(seen))
            seen += page
        assert seen == ELEVEN

    def test_a_page_goes_on_behind_one_that_is_no_member_any_more(self, stormy: System):
        changed(stormy, "unlink", ticket_ids=["t03"])
        assert self.page(stormy, limit=2, after="t03") == ["t04", "t05"]

    def test_behind_what_there_is_not_is_no_page(self, stormy: System):
        stormy.post(ticket_id="underway", **DOWN)
        for name in ("unknown", "underway"):
            answer = stormy.http.get("/incidents/inc-1", params={"after": name})
            refused(answer, 404, name, "leave `after` out")

    def page(self, system: System, **query: Any) -> list[str]:
        answer = system.http.get("/incidents/inc-1", params=query)
        assert answer.status_code == 200, answer.text
        return [one["ticket_id"] for one in answer.json()["links"]]

    def test_the_list_is_newest_first_by_state_and_in_pages(self, twice: System):
        assert listed(twice) == ["inc-2", "inc-1"]
        assert listed(twice, limit=1) == ["inc-2"]
        assert listed(twice, before="inc-2") == ["inc-1"]
        assert listed(twice, before="inc-1") == []
        changed(twice, "resolve")
        assert listed(twice, state="open") == ["inc-2"]
        assert listed(twice, state=["resolved", "open"]) == ["inc-2", "inc-1"]
        assert listed(twice, state="dismissed") == []

    def test_what_there_is_not_is_not_found_and_nonsense_is_refused(self, stormy: System):
        get = stormy.http.get
        refused(get("/incidents/inc-2"), 404, "inc-2")
        for path in ("/incidents/1", "/incidents/inc-0", "/incidents/inc-1234567890"):
            refused(get(path), 422)
        for name, value in (("state", "shut"), ("before", "7"), ("limit", "0"), ("limit", "1001")):
            refused(get("/incidents", params={name: value}), 422, name)
        for name, value in (("after", "no space"), ("limit", "0"), ("limit", "1001")):
            refused(get("/incidents/inc-1", params={name: value}), 422, name)


class TestChange:
    def test_an_answer_resolves_every_member_at_once(self, stormy: System):
        found = changed(stormy, "resolve", members="answer")
        assert found["moved"] == ELEVEN
        assert (found["state"], found["closed_at"], found["suppressed"]) == ("resolved", "2025-10-09T09:00:00Z", 0)
        assert tickets(stormy, *ELEVEN) == [{"incident_id": "inc-1", "state": "resolved"}] * 11

    def test_without_an_answer_the_members_go_back_to_the_queue(self, stormy: System):
        assert changed(stormy, "resolve")["moved"] == ELEVEN[1:]
        assert stormy.counts() == EMPTY | {"processed": 11, "waiting": 11}

    def test_after_the_end_a_copy_is_a_recurrence_that_waits(self, stormy: System):
        changed(stormy, "resolve", members="answer")
        send(stormy, ["late"])
        assert tickets(stormy, "late") == [{"incident_id": "inc-1", "state": "waiting"}]
        assert incident(stormy)["links"][-1]["recurrence"] is True
        assert (incident(stormy)["state"], listed(stormy)) == ("resolved", ["inc-1"])

    def test_dismissed_every_ticket_is_its_own_again_and_more_of_them_make_none(self, stormy: System):
        found = changed(stormy, "dismiss")
        assert (found["moved"], found["state"], found["tickets"]) == (ELEVEN, "dismissed", 0)
        assert tickets(stormy, *ELEVEN) == [FREE] * 11
        more = [f"more{n}" for n in range(12)]
        send(stormy, more)
        assert listed(stormy) == ["inc-1"]
        assert tickets(stormy, *more) == [FREE] * 12

    def test_dismissed_with_what_it_took_over_neither_cause_makes_one_again(self, twice: System):
        changed(twice, "merge", incident_id="inc-2")
        assert len(changed(twice, "dismiss")["moved"]) == 22
        more = [f"more{n}" for n in range(12)]
        send(twice, more, VAT)
        assert listed(twice) == ["inc-2", "inc-1"]
        assert tickets(twice, *more) == [FREE] * 12

    def test_an_unlinked_ticket_waits_by_itself_and_stays_so(self, stormy: System):
        found = changed(stormy, "unlink", ticket_ids=["t03"])
        assert (found["moved"], found["tickets"], found["suppressed"]) == (["t03"], 10, 9)
        send(stormy, ["t11"])
        assert tickets(stormy, "t03", "t11") == [FREE, {"incident_id": "inc-1", "state": "suppressed"}]

    def test_an_unlinked_ticket_that_is_urgent_is_told_of(self, stormy: System):
        send(stormy, ["calm", "hot"])
        for name, urgency in (("calm", 0.1), ("hot", 1.0)):
            answer = stormy.http.post(f"/v2/tickets/{name}/feedback", json={"urgency": urgency})
            assert answer.status_code == 201
        before = len(stormy.alerts)
        changed(stormy, "unlink", ticket_ids=["calm", "hot"])
        stormy.process()
        assert [(one.kind, one.ticket_id) for one in stormy.alerts[before:]] == [("urgent_ticket", "hot")]

    def test_a_ticket_is_linked_by_hand(self, twice: System):
        found = changed(twice, "link", ticket_ids=["free", "t03"])
        assert (found["moved"], found["tickets"]) == (["free"], 12)
        (link,) = [one for one in incident(twice)["links"] if one["ticket_id"] == "free"]
        assert (link["kind"], link["similarity"], link["representative"]) == ("manual", None, None)
        assert tickets(twice, "free") == [{"incident_id": "inc-1", "state": "suppressed"}]

    def test_a_ticket_there_is_not_is_named_and_nothing_is_changed(self, twice: System):
        before = incident(twice), twice.counts()
        for kind, known in (("unlink", "t03"), ("link", "free")):
            answer = change(twice, kind, ticket_ids=[known, "unknown", "lost", "v03"])
            refused(answer, 404, "no ticket unknown, lost;")
        assert (incident(twice), twice.counts()) == before

    def test_a_ticket_of_another_incident_is_named_with_it_and_not_linked(self, twice: System):
        before = incident(twice), twice.counts()
        refused(change(twice, "link", ticket_ids=["free", "v03"]), 409, "v03 (to inc-2)", "merge")
        assert (incident(twice), twice.counts()) == before
        changed(twice, "unlink", incident="inc-2", ticket_ids=["v03"])
        assert changed(twice, "link", ticket_ids=["free", "v03"])["moved"] == ["free", "v03"]

    def test_a_ticket_on_its_way_is_linked_once_it_is_there(self, twice: System):
        twice.post(ticket_id="underway", body="How do I change the language of the page?")
        headers = {"Idempotency-Key": "k1"}
        wanted = {"ticket_ids": ["free", "underway"]}
        refused(change(twice, "link", headers=headers, **wanted), 409, "underway", "again in a moment")
        assert tickets(twice, "free") == [FREE]
        twice.process()
        assert change(twice, "link", headers=headers, **wanted).json()["moved"] == ["free", "underway"]

    def test_one_incident_takes_another_over(self, twice: System):
        found = changed(twice, "merge", incident_id="inc-2")
        assert (found["tickets"], found["suppressed"], len(found["moved"])) == (22, 20, 11)
        other = incident(twice, "inc-2")
        assert (other["state"], other["tickets"], other["links"]) == ("resolved", 0, [])

    def test_what_was_taken_over_names_the_one_to_use(self, twice: System):
        changed(twice, "merge", incident_id="inc-2")
        for kind, body in (CHANGES | {"merge": {"incident_id": "inc-1"}}).items():
            refused(change(twice, kind, "inc-2", **body), 409, "inc-2 was merged into inc-1: use that")
        assert (incident(twice)["merged_into"], incident(twice, "inc-2")["merged_into"]) == (None, "inc-1")
        assert changed(twice, "merge", incident_id="inc-2")["moved"] == []  # the same again is no mistake

    def test_a_closed_incident_is_not_to_end_an_open_one(self, twice: System):
        changed(twice, "resolve")
        refused(change(twice, "merge", incident_id="inc-2"), 409, "the other way round, inc-1 into inc-2")
        assert incident(twice, "inc-2")["state"] == "open"
        assert change(twice, "merge", "inc-2", incident_id="inc-1").json()["tickets"] == 22

    def test_nothing_is_done_to_what_there_is_not(self, twice: System):
        for kind, body in CHANGES.items():
            refused(change(twice, kind, "inc-9", **body), 404, "inc-9")
        refused(change(twice, "merge", incident_id="inc-9"), 404, "inc-9")
        assert (incident(twice)["tickets"], incident(twice, "inc-2")["tickets"]) == (11, 11)

    def test_what_is_no_request_is_refused_and_changes_nothing(self, twice: System):
        for kind, body, word in (
            ("resolve", {"members": "forget"}, "members"),
            ("resolve", {"answer": True}, "answer"),
            ("dismiss", {"why": "no storm"}, "why"),
            ("unlink", {}, "ticket_ids"),
            ("unlink", {"ticket_ids": []}, "ticket_ids"),
            ("unlink", {"ticket_ids": ["no space"]}, "ticket_ids"),
            ("unlink", {"ticket_ids": ["t01"] * 1_001}, "ticket_ids"),
            ("link", {"ticket_ids": "free"}, "ticket_ids"),
            ("merge", {"incident_id": "2"}, "incident_id"),
            ("merge", {"incident_id": "inc-1"}, "itself"),
        ):
            refused(change(twice, kind, **body), 422, word)
        refused(change(twice, "dismiss", "first"), 422)
        assert {one["state"] for one in twice.http.get("/incidents").json()} == {"open"}
        assert twice.counts() == EMPTY | {"processed": 23, "waiting": 3, "suppressed": 20}

    @pytest.mark.parametrize("kind", CHANGES)
    def test_repeated_with_its_key_it_is_done_once_and_answered_alike(self, twice: System, kind: str):
        headers = {"Idempotency-Key": "k1"}
        first = change(twice, kind, headers=headers, **CHANGES[kind])
        again = change(twice, kind, headers=headers, **CHANGES[kind])
        assert first.json()["moved"]
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        refused(change(twice, kind, "inc-3", headers, **CHANGES[kind]), 422, "Idempotency-Key")

    def test_while_it_is_being_done_the_second_is_told_to_wait(self, stormy: System):
        parts = stormy.app.state.parts
        arrived, free = threading.Event(), threading.Event()

        class Held:
            def change(self, wanted: Any) -> Any:
                arrived.set()
                assert free.wait(30)
                return parts.desk.change(wanted)

        stormy.app.state.parts = replace(parts, desk=Held())
        headers = {"Idempotency-Key": "k1"}
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(change, stormy, "dismiss", headers=headers)
            assert arrived.wait(30)
            second = change(stormy, "dismiss", headers=headers)
            free.set()
            assert first.result(30).json()["moved"] == ELEVEN
        refused(second, 409, "Idempotency-Key")

    def test_an_outage_is_an_answer(self, stormy: System):
        stormy.database.down = True
        refused(stormy.http.get("/incidents"), 503)
        refused(change(stormy, "dismiss"), 503)
        stormy.database.down = False
        assert incident(stormy)["tickets"] == 11

    def test_the_events_name_who_did_it(self, stormy: System):
        agent = stormy.key("agent")
        assert change(stormy, "resolve", headers=agent).status_code == 200
        found = stormy.pipeline.store.events("default", stormy.pipeline.store.last_position("other"), 1_000)
        (ended,) = [one.event for one in found if one.event.kind == "incident.resolve"]
        assert ended.actor.startswith("key:")


def test_readers_read_and_agents_change(stormy: System):
    read, agent, intake = (stormy.key(scope) for scope in ("read", "agent", "intake"))

    def look(headers: dict[str, str]) -> list[httpx.Response]:
        return [
            stormy.http.get(path, headers=headers) for path in ("/incidents", "/incidents/inc-1", "/incidents/preview")
        ]

    assert {answer.status_code for answer in look(read)} == {200}
    for answer in look(intake):
        refused(answer, 403, "read")
    for kind, body in CHANGES.items():
        for headers in (read, intake):
            refused(change(stormy, kind, headers=headers, **body), 403, "agent")
        refused(stormy.http.post(f"/incidents/inc-1/{kind}", json=body), 401)
    assert incident(stormy, headers=read)["tickets"] == 11
    assert change(stormy, "unlink", headers=agent, ticket_ids=["t03"]).json()["moved"] == ["t03"]


class TestFeedback:
    def tell(self, system: System, name: str, said: bool, **more: str) -> None:
        path = f"/v2/tickets/{name}/feedback"
        assert system.http.post(path, json={"not_duplicate": said}, headers=more).status_code == 201

    def test_no_duplicate_leaves_its_incident(self, stormy: System):
        self.tell(stormy, "t03", True)
        assert tickets(stormy, "t03") == [FREE]
        shown = incident(stormy)
        assert (shown["tickets"], shown["suppressed"]) == (10, 9)
        send(stormy, ["t11"])
        assert tickets(stormy, "t03") == [FREE]

    def test_a_duplicate_stays_in_it(self, stormy: System):
        self.tell(stormy, "t03", False)
        assert tickets(stormy, "t03") == [{"incident_id": "inc-1", "state": "suppressed"}]

    def test_one_that_belongs_to_none_is_taken_at_its_word(self, system: System):
        send(system, ["t00"])
        self.tell(system, "t00", True)
        assert tickets(system, "t00") == [FREE]


class TestPreview:
    def preview(self, system: System, **query: Any) -> dict[str, Any]:
        answer = system.http.get("/incidents/preview", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def test_the_limits_that_hold_move_nothing(self, stormy: System):
        found = self.preview(stormy)
        assert found == {
            "tickets": 11,
            "groups": [{"opened_at": "2025-10-09T09:00:00Z", "tickets": ELEVEN}],
            "moves": [],
        }

    def test_others_say_what_would_move_and_change_nothing(self, stormy: System):
        send(stormy, [f"v{n}" for n in range(6)], VAT)
        before = stormy.counts(), incident(stormy), listed(stormy)
        lower = self.preview(stormy, threshold=5)
        assert lower["tickets"] == 17
        assert [len(one["tickets"]) for one in lower["groups"]] == [11, 6]
        assert lower["moves"] == [{"ticket_id": f"v{n}", "incident_id": None, "group": 1} for n in range(6)]
        higher = self.preview(stormy, threshold=11)
        assert higher["groups"] == []
        assert higher["moves"] == [{"ticket_id": name, "incident_id": "inc-1", "group": None} for name in ELEVEN]
        assert (stormy.counts(), incident(stormy), listed(stormy)) == before

    def test_copies_are_as_alike_as_is_asked_for(self, system: System):
        names = [f"t{n}" for n in range(11)]
        for name, letter in zip(names, "abcdefghijk", strict=True):
            send(system, [name], {"body": f"{DOWN['body']}, order {letter * 6}"})
        assert listed(system) == []
        assert self.preview(system, similarity=1)["groups"] == []
        assert len(self.preview(system, similarity=0.1)["groups"]) == 1

    def test_only_what_came_lately_is_looked_at(self, stormy: System):
        stormy.clock.set(stormy.clock.now() + 3_600)
        assert self.preview(stormy, seconds=3_600)["tickets"] == 11
        assert self.preview(stormy, seconds=3_599) == {"tickets": 0, "groups": [], "moves": []}

    def test_tickets_like_those_that_were_dismissed_belong_to_no_incident(self, stormy: System):
        changed(stormy, "dismiss")
        later = [f"u{n:02}" for n in range(11)]
        send(stormy, later)
        found = self.preview(stormy)
        assert ([one["tickets"] for one in found["groups"]], found["moves"]) == ([later], [])
        assert self.preview(stormy, threshold=11)["moves"] == []
        send(stormy, ["v"], VAT)
        (move,) = self.preview(stormy, similarity=0, threshold=11)["moves"]
        assert move == {"ticket_id": "v", "incident_id": None, "group": 0}

    def test_one_is_made_at_a_time(self, stormy: System):
        with stormy.app.state.parts.previewing:
            answer = stormy.http.get("/incidents/preview")
        refused(answer, 429, "Another preview")
        assert int(answer.headers["Retry-After"]) > 0
        self.preview(stormy)
        self.preview(stormy)

    def test_one_that_fails_makes_way_for_the_next(self, stormy: System):
        stormy.database.down = True
        refused(stormy.http.get("/incidents/preview"), 503)
        stormy.database.down = False
        self.preview(stormy)

    def test_limits_that_are_none_are_refused(self, system: System):
        for name, value in (("similarity", 1.1), ("threshold", 0), ("seconds", 0), ("seconds", 2_592_001)):
            refused(system.http.get("/incidents/preview", params={name: value}), 422, name)


def test_customers_are_those_of_the_tickets(stormy: System):
    found = stormy.pipeline.store.page("default", None, 100)
    assert {one.customer for one in found} == {Customer(id=f"c-{name}") for name in ELEVEN}
    assert incident(stormy)["customers"] == 11


class TestAgentsOwnKey:
    @pytest.fixture
    def keys(self, stormy: System) -> dict[str, dict[str, str]]:
        """Those of Ann and Bob, who has t10, which the others are like; t00 and t07 wait, the others are duplicates."""
        for name in ("ann", "bob"):
            stormy.http.put(f"/agents/{name}", json={"capacity": 5}).raise_for_status()
        for name, told in (("t07", {}), ("t10", {}), ("t10", {"agent_id": "bob"})):
            answer = stormy.http.post(f"/v2/tickets/{name}/reassign", json=told)
            assert answer.status_code == 200, answer.text
        return {name: stormy.key("read", "agent", agent_id=name) for name in ("ann", "bob")}

    def test_a_page_is_full_of_members_that_he_may_see(self, stormy: System, keys: dict[str, dict[str, str]]):
        def members(name: str, query: str) -> list[str]:
            shown = stormy.http.get(f"/incidents/inc-1?{query}", headers=keys[name]).raise_for_status().json()
            return [one["ticket_id"] for one in shown["links"]]

        assert members("ann", "limit=1") == ["t00"]
        assert members("ann", "limit=1&after=t00") == ["t07"]
        assert members("ann", "limit=1&after=t07") == []
        assert members("bob", "limit=1&after=t07") == ["t10"]

    def test_what_stands_for_it_is_named_to_those_who_may_see_it(self, stormy: System, keys: dict[str, dict[str, str]]):
        for name, named in (("ann", None), ("bob", "t10")):
            shown = incident(stormy, headers=keys[name])
            assert [shown["representative"], shown["links"][0]["representative"]] == [named, named]
            (listed_,) = stormy.http.get("/incidents", headers=keys[name]).json()
            assert listed_["representative"] == named
            link = stormy.http.get("/v2/tickets/t07/link", headers=keys[name]).json()
            assert (link["incident_id"], link["representative"]) == ("inc-1", named)
