import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smart_support.triage.language import LANGUAGES, READ_LIMIT, WEIGHTS, detect

LOG = "".join(
    f"2024-05-0{day} 12:00:01,123 ERROR [worker-{day}] connection refused by upstream host 10.0.0.{day}\n"
    for day in range(1, 8)
)
TRACE = "java.lang.IllegalStateException: failed\n" + "".join(
    f"\tat org.example.service.Gateway.load(Gateway.java:{line})\n" for line in range(9)
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Charged twice\nMy card was charged twice, please send one of them back.", "en"),
        ("Login funktioniert nicht", "de"),
        ("el pago no aparece desde ayer", "es"),
        ("je n'arrive plus à me connecter", "fr"),
        ("IMPRESSORA NÃO FUNCIONA", "pt"),
        ("la fattura di marzo è sbagliata", "it"),
        ("mijn internet doet het niet meer", "nl"),
        ("Kündigung", "de"),
        ("Nie działa drukarka", "pl"),
        ("не могу войти в личный кабинет", "ru"),
        ("退款什么时候到账", "zh"),
        ("返金してください", "ja"),
        ("결제 오류", "ko"),
        ("خدمة العملاء لا ترد", "ar"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", " ", "12345", "!?", "😀", "INV-2024-001", "login", "ok", "https://example.com/a"])
def test_what_cannot_be_known_is_none(text: str) -> None:
    assert detect(text) is None


@pytest.mark.parametrize("code", [LOG, TRACE], ids=["log", "trace"])
def test_code_below_a_text_does_not_decide(code: str) -> None:
    assert detect(f"Der Dienst antwortet nicht mehr, bitte prüfen.\n{code}") == "de"


def test_only_the_beginning_is_read() -> None:
    german = "Die Rechnung ist falsch. " * (READ_LIMIT // 25)
    assert detect(german + "the invoice is wrong " * 1_000) == "de"


@settings(deadline=None)
@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert detect(text) in {None, *LANGUAGES}
    assert detect(text) == detect(text)


def test_threads_agree() -> None:
    found: list[str | None] = []
    threads = [threading.Thread(target=lambda: found.append(detect("Wo bleibt meine Lieferung?"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["de"] * 8


def test_weights_are_of_languages_that_are_known() -> None:
    assert set(WEIGHTS) <= set(LANGUAGES)
