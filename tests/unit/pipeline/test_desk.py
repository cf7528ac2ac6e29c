"""What the desk does where incidents change under its hands."""

from collections.abc import Iterable

import pytest

from smart_support.domain.incident import Link, LinkKind
from smart_support.pipeline.desk import Desk
from smart_support.pipeline.incidents import Change, Changed, IncidentMerged, Told
from tests.builders import key


class Moving:
    """A store in which the ticket belongs to each of these incidents in turn; all but the last were merged by then."""

    def __init__(self, incident_ids: Iterable[str], left: str) -> None:
        self.incident_ids, self.left = [*incident_ids], left
        self.tried: list[str] = []

    def link_of_ticket(self, _: object) -> Link | None:
        return Link("t1", self.incident_ids[0], LinkKind.EXACT, 100.0) if self.incident_ids else None

    def change_incident(self, change: Change, _: Told) -> Changed | None:
        self.tried.append(change.incident_id)
        if change.incident_id != self.left:
            if len(self.incident_ids) > 1:
                self.incident_ids.pop(0)
            raise IncidentMerged(change.incident_id, self.left)
        self.incident_ids.clear()
        return None


@pytest.mark.parametrize("ids", [[], ["inc-1"], ["inc-3", "inc-2", "inc-1"]])
def test_a_ticket_is_parted_from_what_it_belongs_to_by_then(ids: list[str]):
    store = Moving(ids, "inc-1")
    Desk(store, 0.8).part(key("t1"), 200.0, "key:1")
    assert (store.tried, store.incident_ids) == (ids, [])


def test_one_that_stays_with_what_was_merged_is_asked_of_once():
    store = Moving(["inc-2"], "inc-1")
    Desk(store, 0.8).part(key("t1"), 200.0, "key:1")
    assert store.tried == ["inc-2"]
