"""Taxonomies as they are written: in TOML, in JSON, and in the documentation."""

import itertools
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.taxonomy import Category, Sla, Taxonomy, TaxonomyError
from smart_support.triage.light import load_light
from smart_support.triage.taxonomy_file import TaxonomyContent, load, parse, taxonomy_of

DOCS = Path(__file__).parents[3] / "docs" / "taxonomy.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

names = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=64)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
examples = texts.filter(str.strip)
minutes = st.none() | st.integers(1, 1_000)
slas = st.tuples(minutes, minutes).filter(lambda pair: None in pair or pair[0] <= pair[1]).map(lambda pair: Sla(*pair))


@st.composite
def taxonomies(draw: st.DrawFn) -> Taxonomy:
    called = draw(st.lists(names, min_size=3, max_size=6, unique_by=str.casefold))
    fewest = draw(st.sampled_from([0, 3]))
    said = iter(
        draw(st.lists(examples, min_size=25, max_size=25, unique_by=lambda one: " ".join(one.casefold().split())))
    )
    categories = tuple(
        Category(
            name,
            draw(texts),
            tuple(itertools.islice(said, draw(st.integers(fewest, fewest + 2 if fewest else 0)))),
            draw(slas),
            draw(st.dictionaries(names, st.floats(0, 1), max_size=3)),
        )
        for name in called[1:]
    )
    return Taxonomy(categories, fallback=draw(st.sampled_from(called)), review_below=draw(st.floats(0, 1)))


def toml(content: dict) -> str:
    """The content as TOML, whose strings, numbers and inline lists are those of JSON."""

    def value(found: object) -> str:
        if isinstance(found, dict):
            return "{" + ", ".join(f"{value(key)} = {value(of)}" for key, of in found.items() if of is not None) + "}"
        if isinstance(found, list):
            return f"[{', '.join(map(value, found))}]"
        return json.dumps(found).replace("\x7f", "\\u007f")

    ascii_only = json.loads(json.dumps(content))
    return "\n".join(f"{key} = {value(found)}" for key, found in ascii_only.items())


@given(taxonomies())
def test_what_is_written_is_what_is_read(taxonomy: Taxonomy):
    content = TaxonomyContent.of(taxonomy).model_dump()
    assert taxonomy_of(content) == taxonomy
    assert parse(json.dumps(content), as_json=True) == taxonomy


def test_toml_and_json_say_the_same():
    (full, twin, _) = (parse(text, as_json=language == "json") for language, text in BLOCKS)
    content = TaxonomyContent.of(full).model_dump()
    assert parse(toml(content), as_json=False) == full
    assert twin.names == ("Delivery", "Returns", "General")


@pytest.mark.parametrize(("language", "text"), BLOCKS)
def test_every_example_in_the_documentation_is_sound(language: str, text: str):
    assert len(parse(text, as_json=language == "json").categories) >= 3


def test_the_full_example_shows_all_there_is():
    full = parse(BLOCKS[0][1], as_json=False)
    assert full.names == ("Delivery", "Returns", "Product advice", "General")
    first = full.categories[0]
    assert (first.sla, first.skills) == (Sla(60, 1440), {"logistics": 1.0, "german": 0.3})
    assert len(first.examples) == 4


def test_the_shipped_taxonomy_is_what_the_shipped_model_was_trained_on():
    shipped = load()
    assert shipped.names == load_light().labels
    assert not shipped.is_own
    assert all(category.description for category in shipped.categories)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "category"),
        ({"category": [{"name": "A", "exmaples": []}]}, r"category\.0\.exmaples: unknown key"),
        ({"category": [{"name": "A", "sla": {"resolution_minutes": "soon"}}]}, r"sla\.resolution_minutes"),
        ({"category": [{"name": "A", "skills": {"x": "1"}}]}, r"skills\.x"),
        ({"category": [{"name": 7}]}, r"category\.0\.name"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(content: dict, words: str):
    with pytest.raises(TaxonomyError, match=words):
        taxonomy_of(content)


@pytest.mark.parametrize("as_json", [True, False])
@given(text=st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_text_is_a_taxonomy_or_an_error_that_says_why(as_json: bool, text: str):
    with pytest.raises(TaxonomyError, match=r"."):
        parse(text, as_json=as_json)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    for name, data in (("none.toml", None), ("latin.toml", b"\xe4"), ("bad.toml", b"["), ("bad.json", b"[" * 100_000)):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(TaxonomyError, match=name):
            load(tmp_path / name)
