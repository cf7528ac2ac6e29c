"""Echo: exact copies only, for a while, and only so many."""

from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.triage import Text
from smart_support.triage.echo import EchoMemory, echo_key
from tests.builders import triage

words = st.text("ab\u00e9 ", max_size=4)
lines = st.lists(words, max_size=3)


@given(words, lines, words, lines)
def test_two_texts_share_a_key_only_where_they_are_the_same_but_for_the_ends_of_lines(a, b, c, d):
    def kept(subject: str, body: list[str]) -> tuple[str, str]:
        return subject.strip(), "\n".join(line.rstrip() for line in "\n".join(body).strip().split("\n"))

    one, other = Text(f" {a} ", " \n".join(b) + "\n"), Text(c, "\n".join(d))
    assert (echo_key("v1", one) == echo_key("v1", other)) is (kept(a, b) == kept(c, d))
    assert echo_key("v1", one) != echo_key("v2", one)


def test_a_quoted_line_is_no_copy_of_the_same_words():
    # Cleaning tells them apart, and so do the answers.
    assert echo_key("v1", Text("", "fine\n> down")) != echo_key("v1", Text("", "fine > down"))


def test_a_result_is_known_for_a_while_from_when_it_was_found():
    now = [1_000.0]
    memory = EchoMemory(lambda: now[0], seconds=300.0)
    memory.keep({b"a": triage(0.5)})
    now[0] = 1_300.0
    assert memory.recall([b"a", b"b"]) == {b"a": triage(0.5)}
    now[0] = 1_300.1  # asking for it has not made it younger
    assert memory.recall([b"a"]) == {}


def test_of_too_many_those_go_that_nobody_asked_for():
    memory = EchoMemory(lambda: 0.0, most=2)
    memory.keep({b"a": triage(0.1), b"b": triage(0.2)})
    memory.recall([b"a"])
    memory.keep({b"c": triage(0.3)})
    assert memory.recall([b"a", b"b", b"c"]).keys() == {b"a", b"c"}
