"""A taxonomy that can be used, or an error that says what to change."""

import pytest

from smart_support.domain.taxonomy import (
    MOST_CATEGORIES,
    MOST_EXAMPLES,
    TEXT_LIMIT,
    Category,
    Sla,
    Taxonomy,
    TaxonomyError,
)

THREE = ("one", "two", "three")
FOUR_TO_SIX = ("four", "five", "six")
PAIR = (Category("A", examples=THREE), Category("B", examples=FOUR_TO_SIX))


def test_a_fallback_that_is_no_category_is_added_without_examples():
    taxonomy = Taxonomy(PAIR, fallback="Other")
    assert taxonomy.names == ("A", "B", "Other")
    assert taxonomy.is_own
    assert [category.name for category in taxonomy.exemplified] == ["A", "B"]
    assert Taxonomy(PAIR, fallback="A").names == ("A", "B")


def test_without_examples_the_categories_are_the_models():
    assert not Taxonomy((Category("A"), Category("B")), fallback="A").is_own


WRONG = [
    (lambda: Category(""), "1 to 64"),
    (lambda: Category("x" * 65), "1 to 64"),
    (lambda: Category(" A"), "1 to 64"),
    (lambda: Category("A\n"), "1 to 64"),
    (lambda: Category("A", "x" * (TEXT_LIMIT + 1)), "description"),
    (lambda: Category("A", examples=("one", " ")), "example 2 of category 'A'"),
    (lambda: Category("A", examples=("x" * (TEXT_LIMIT + 1),)), "2000"),
    (lambda: Category("A", examples=("a\0",)), "NUL"),
    (lambda: Category("A", examples=("\ud800",)), "example 1"),
    (lambda: Category("A", examples=("x",) * (MOST_EXAMPLES + 1)), "keep the 200"),
    (lambda: Category("A", skills={"x": 1.1}), "0 to 1"),
    (lambda: Category("A", skills={"x": float("nan")}), "0 to 1"),
    (lambda: Category("A", skills={"": 1.0}), "skill"),
    (lambda: Sla(0), "between 1 and"),
    (lambda: Sla(60, 30), "at least as long"),
    (lambda: Taxonomy(PAIR, review_below=2.0), "0 to 1"),
    (lambda: Taxonomy(PAIR, fallback=""), "fallback"),
    (lambda: Taxonomy((Category("A"),), fallback="A"), "add one"),
    (lambda: Taxonomy((*PAIR, Category("a", examples=("seven", "eight", "nine")))), "twice"),
    (lambda: Taxonomy(PAIR, fallback="b"), "twice"),
    (lambda: Taxonomy((*PAIR, Category("C"))), "'C' has 0 examples"),
    (lambda: Taxonomy((*PAIR, Category("C", examples=("one", "two")))), "at least 3"),
    (lambda: Taxonomy(PAIR[:1]), "2 categories need examples"),
    (lambda: Taxonomy(tuple(Category(f"c{n}") for n in range(MOST_CATEGORIES + 1))), "501 categories are too many"),
    (
        lambda: Taxonomy((*PAIR, Category("C", examples=(*THREE[:2], "new")))),
        "'one' of category 'C' .* of category 'A'",
    ),
    (lambda: Taxonomy((*PAIR, Category("C", examples=("x y", "z", " X\n Y ")))), "of category 'C' .* of category 'C'"),
    (
        lambda: Taxonomy(tuple(Category(f"c{n}", examples=("x",) * MOST_EXAMPLES) for n in range(51))),
        "10000 are allowed in all",
    ),
]


@pytest.mark.parametrize(("make", "words"), WRONG, ids=range(len(WRONG)))
def test_what_cannot_be_used_is_said(make, words):
    with pytest.raises(TaxonomyError, match=words):
        make()


def test_the_added_fallback_does_not_count_among_the_categories():
    taxonomy = Taxonomy(tuple(Category(f"c{n}") for n in range(MOST_CATEGORIES)))
    assert len(taxonomy.names) == MOST_CATEGORIES + 1
    assert Taxonomy(taxonomy.categories) == taxonomy  # as it is stored and sent


@pytest.mark.parametrize(
    ("number", "review_below", "least"), [(2, 0.4, 0.6), (2, 0.7, 0.7), (3, 0.4, 0.4), (5, 0.1, 0.24), (2, 0.0, 0.0)]
)
def test_a_category_of_few_must_be_likelier_than_chance(number: int, review_below: float, least: float):
    few = tuple(Category(f"c{n}", examples=tuple(f"{n} {m}" for m in "abc")) for n in range(number))
    assert Taxonomy(few, review_below=review_below).abstains_below == pytest.approx(least)


def test_the_models_own_categories_go_by_what_is_asked():
    assert Taxonomy((Category("A"), Category("B")), review_below=0.3).abstains_below == 0.3
