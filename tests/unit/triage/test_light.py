import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smart_support.domain import urgency
from smart_support.domain.triage import ReasonOf, Text, Tier
from smart_support.triage import light, memo
from smart_support.triage.bundle import BundleError, Draft, save
from smart_support.triage.light import LightModel, load_light
from smart_support.triage.urgency_mix import UrgencyMix
from tests.unit.triage.conftest import hand_made

WORDS = st.sampled_from(["invoice", "Server", "GDPR", "票", "not urgent", "\n"])
PIECES = st.one_of(st.text(), st.lists(WORDS).map(" ".join))
TEXTS = st.builds(Text, PIECES, PIECES)
any_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    ("text", "category", "quote"),
    [
        (Text("Refund", "for the INVOICE"), "Billing", "INVOICE"),
        (Text("", "the Server crashed"), "Technical", "Server crashed"),
        (Text("GDPR", ""), "Legal", "GDPR"),
        (Text("", "two invoices"), "Billing", "invoices"),
    ],
)
def test_the_words_decide_and_are_quoted(model: LightModel, text: Text, category: str, quote: str) -> None:
    [result] = model.triage([text])
    assert result.category == category
    assert result.confidence > 0.5
    assert quote in {reason.quote for reason in result.reasons if reason.of is ReasonOf.CATEGORY}
    assert (result.tier, result.model_version) == (Tier.LIGHT, model.version)


def test_an_empty_ticket_has_an_answer(model: LightModel) -> None:
    [result] = model.triage([Text("", "")])
    assert (result.category, result.reasons) == ("Billing", ())
    assert result.confidence == pytest.approx(1 / 3)


def test_no_tickets_no_answers(model: LightModel) -> None:
    assert model.triage([]) == []
    assert model.outputs([]).shape == (0, 3)


@any_fixture
@given(texts=st.lists(TEXTS, max_size=5))
def test_batch_mates_do_not_matter(model: LightModel, texts: list[Text]) -> None:
    together = model.triage(texts)
    assert together == [model.triage([text])[0] for text in texts]
    for text, result in zip(texts, together, strict=True):
        assert 1 / 3 - 1e-9 <= result.confidence <= 1.0
        assert 0.0 <= result.urgency <= 1.0
        for reason in result.reasons:
            assert reason.quote in f"{text.subject}\n{text.body}"
            assert -1.0 <= reason.weight <= 1.0


def test_chunks_do_not_matter(model: LightModel, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [Text("invoice" * (n % 3), "server gdpr " * n) for n in range(20)]
    whole = model.triage(texts)
    monkeypatch.setattr(light, "_CHUNK", 3)
    assert model.triage(texts) == whole


def test_without_a_head_urgency_is_the_rule(model: LightModel) -> None:
    text = Text("Server crashed", "urgent, all users")
    assert model.triage([text])[0].urgency == urgency.score("Server crashed\nurgent, all users")[0]


def test_the_head_is_mixed_with_the_rule(tmp_path: Path) -> None:
    draft = hand_made(urgency={"rule": 0.5, "head": 1.0, "bias": 0.1})
    draft.arrays["bias"][-1] = 0.2
    [result] = LightModel(save(tmp_path / "b", draft)).triage([Text("", "hello")])
    assert result.urgency == pytest.approx(0.5 * urgency.score("hello")[0] + 0.2 + 0.1)


def test_the_bend_meets_the_alert_line() -> None:
    mix = UrgencyMix(0.0, 1.0, 0.0, line=0.6)
    assert [mix.bend(raw) for raw in (-1.0, 0.0, 0.6, 1.0, 2.0)] == pytest.approx([0.0, 0.0, 0.8, 1.0, 1.0])


def test_the_memo_is_bounded(tmp_path: Path, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MEMO_BYTES", 20_000)
    model = LightModel(save(tmp_path / "b", draft))
    first = model.triage([Text("", "invoice of word1")])
    for start in range(0, 2_000, 7):
        model.triage([Text("", " ".join(f"word{chr(97 + n % 26)}{n}" for n in range(start, start + 7)))])
        assert len(model._memo) <= 20_000 // 400
    model.triage([Text("", " ".join(f"w{n}" for n in range(900)))])
    assert len(model._memo) <= 20_000 // 400
    assert model.triage([Text("", "invoice of word1")]) == first


def test_threads_agree(tmp_path: Path, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MEMO_BYTES", 30_000)
    model = LightModel(save(tmp_path / "b", draft))
    texts = [Text("", f"invoice server {n} word{n} gdpr{n * 7}") for n in range(300)]
    expected = model.triage(texts)
    wrong: list[int] = []

    def work(offset: int) -> None:
        mine = range(offset, len(texts), 2)
        wrong.extend(n for n in mine if model.triage([texts[n]])[0] != expected[n])

    threads = [threading.Thread(target=work, args=(n % 2,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["票" * 10_000, "a" * 100_000, "a b " * 50_000, "\ud800 x", "\x00" * 5_000, "9" * 9_999]
)
def test_hostile_texts_have_an_answer(model: LightModel, text: str) -> None:
    assert len(model.triage([Text(text, text)])) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda d: {"arrays": {**d.arrays, "table": d.arrays["table"][:-1]}},
        lambda d: {"arrays": {**d.arrays, "table": d.arrays["table"].astype(np.int32)}},
        lambda d: {"arrays": {**d.arrays, "table": np.ones_like(d.arrays["table"])}},
        lambda d: {"arrays": {**d.arrays, "bias": np.array([np.nan, 0.0, 0.0])}},
        lambda d: {"arrays": {"table": d.arrays["table"]}},
        lambda d: {"arrays": {**d.arrays, "table": -d.arrays["table"]}},
        lambda _: {"labels": ("a", "b")},
        lambda d: {"settings": {**d.settings, "temperature": 0.0}},
        lambda d: {"settings": {**d.settings, "temperature": "warm"}},
        lambda d: {"settings": {**d.settings, "bits": True}},
        lambda d: {"settings": {**d.settings, "urgency": {"rule": 1.0}}},
        lambda d: {"settings": {**d.settings, "urgency": {"rule": 1.0, "head": 1.0, "bias": 0.0, "line": 1.0}}},
    ],
    ids=range(12),
)
def test_parts_that_do_not_fit_are_refused(
    tmp_path: Path, draft: Draft, change: Callable[[Draft], dict[str, Any]]
) -> None:
    bundle = save(tmp_path / "b", dataclasses.replace(draft, **change(draft)))
    with pytest.raises(BundleError, match="refused"):
        LightModel(bundle)


def test_the_shipped_bundle_speaks_its_categories() -> None:
    model = load_light()
    assert model.labels == ("Billing", "Technical", "Legal", "General")
    said = model.triage(
        [
            Text("Charged twice", "My card was charged twice for the March invoice, please refund one of them."),
            Text("App crashes on start", "Since the update the app crashes with error 500 when I log in."),
            Text("Data protection", "Under the GDPR I ask for a copy of the contract and all personal data you hold."),
        ]
    )
    assert [one.category for one in said] == ["Billing", "Technical", "Legal"]
