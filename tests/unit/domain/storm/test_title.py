"""Titles: what an incident is called."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smart_support.domain.storm.title import LONGEST, NAMELESS, keywords, title


def words(text: str) -> list[str]:
    return [word for word in text.lower().split() if word.isalpha() and word.isascii()]


OTHERS = ["where is my invoice", "the invoice is wrong"]


def test_the_line_whose_words_set_the_members_apart_names_them():
    members = ["Hello\nlogin page is down", "Hi\nthe login page hangs", "my login fails"]
    assert title(members, OTHERS, words) == "login page is down"
    assert keywords(members, OTHERS, words)[:2] == ("login", "page")


@pytest.mark.parametrize("body", ["12345", "!!!", "登录页面打不开"])
def test_members_without_a_subject_or_a_word_are_named_by_the_last_one(body: str):
    members = [f"\n{body} {number}\n..." for number in range(11)]
    assert title(members, OTHERS, words) == f"{body} 10"


def test_blank_lines_are_passed_over():
    assert title(["\n\n \n\t\n\nlogin page down", "login page hangs"], [], words) == "login page down"


def test_what_cannot_be_seen_does_not_get_into_a_title():
    member = "login\tpage \u202edown\u202c \x07now\u200b\x1b[31m"
    assert title([member, member], OTHERS, words) == "login page down now[31m"


@pytest.mark.parametrize("members", [[], [""], ["\n\u202e\n\x07"]])
def test_where_there_is_nothing_to_see_there_is_a_title_all_the_same(members: list[str]):
    assert title(members, [], words) == NAMELESS


@given(st.lists(st.text(max_size=40), max_size=5))
@example(["a" * 200] * 2)
def test_a_title_is_one_short_line_that_can_be_seen(members: list[str]):
    named = title(members, OTHERS, words)
    assert 0 < len(named) <= LONGEST
    assert named == named.strip()
    assert not {unicodedata.category(char) for char in named} & {"Cc", "Cf"}
