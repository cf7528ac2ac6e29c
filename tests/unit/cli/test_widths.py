"""What a narrow screen leaves in one piece."""

import pytest

from smart_support.cli.console import table
from smart_support.cli.widths import fitting

AT = "2026-11-22 10:00:00Z"
KEY_ID, ALERT_ID = "3fA9xQ2b", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
KEYS = (
    ("id", "name", "scopes", "workspace", "agent", "created", "last used", "ends"),
    (KEY_ID, "the production helpdesk", "agent, ingest", "default", "ann", AT, AT, f"{AT} (revoked)"),
)
ALERTS = (
    ("id", "destination", "topic", "state", "at"),
    (ALERT_ID, "webhook-of-the-team-oncall", "incident.opened", "delivered", AT),
)


@pytest.mark.parametrize(("columns", "row"), [KEYS, ALERTS], ids=["keys", "alerts"])
def test_dates_and_words_of_headings_stay_whole_on_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: tuple[str, ...], row: tuple[str, ...]
):
    monkeypatch.setenv("COLUMNS", "80")
    table("Some", columns, [row], whole="id")
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    for word in (*" ".join(columns).split(), row[0]):
        assert word in shown.split()
    assert shown.count("2026-11-22") == shown.count("10:00:00Z") == row.count(AT) + row.count(f"{AT} (revoked)")


@pytest.mark.parametrize(
    ("room", "widths"),
    [
        (90, [30, 20, 9]),
        (45, [12, 20, 9]),  # the name gives
        (43, [10, 20, 9]),
        (42, [19, 10, 9]),  # a moment does, after its date
        (33, [10, 10, 9]),
        (32, [10, 10, 8]),  # and the heading
        (22, [4, 10, 4]),
    ],
)
def test_who_gives_how_much(room: int, widths: list[int]):
    assert fitting([("name", "a" * 30), ("at", AT), ("last used", "-")], room) == widths


@pytest.mark.parametrize(("room", "whole", "widths"), [(6, None, [2, 2]), (6, 0, [30, 1])])
def test_what_cannot_fit_is_broken_anywhere_but_where_it_must_not(room: int, whole: int | None, widths: list[int]):
    assert fitting([("identification", "a" * 30), ("at", AT)], room, whole) == widths
