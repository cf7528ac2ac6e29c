"""A taxonomy as it is written: a TOML file, its JSON twin (by the ending), or the same as JSON over the API and in SQL.

The keys are those of the classes below; `docs/taxonomy.md` shows them all.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from smart_support.domain.taxonomy import FALLBACK, REVIEW_BELOW, Category, Sla, Taxonomy, TaxonomyError

DEFAULT = Path(__file__).with_name("default_taxonomy.toml")
"""The four categories that the shipped model was trained on."""


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class SlaContent(_Written):
    """Minutes until a ticket is to be answered first, and to be solved."""

    first_response_minutes: int | None = None
    resolution_minutes: int | None = None


class CategoryContent(_Written):
    """One category; `skills` are what its tickets need of an agent, each from 0 to 1."""

    name: str
    description: str = ""
    examples: list[str] = []
    sla: SlaContent = Field(default_factory=SlaContent)
    skills: dict[str, float] = {}


class TaxonomyContent(_Written):
    """All categories, and what a ticket is called that nobody is sure of."""

    category: list[CategoryContent]
    fallback: str = FALLBACK
    review_below: float = REVIEW_BELOW

    def taxonomy(self) -> Taxonomy:
        """The record; raises TaxonomyError."""
        return Taxonomy(
            tuple(
                Category(
                    given.name,
                    given.description,
                    tuple(given.examples),
                    Sla(given.sla.first_response_minutes, given.sla.resolution_minutes),
                    given.skills,
                )
                for given in self.category
            ),
            self.fallback,
            self.review_below,
        )

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> "TaxonomyContent":
        """How a taxonomy is written: `of(taxonomy).taxonomy() == taxonomy`."""
        return cls(
            category=[
                CategoryContent(
                    name=category.name,
                    description=category.description,
                    examples=list(category.examples),
                    sla=SlaContent(
                        first_response_minutes=category.sla.first_response_minutes,
                        resolution_minutes=category.sla.resolution_minutes,
                    ),
                    skills=dict(category.skills),
                )
                for category in taxonomy.categories
            ],
            fallback=taxonomy.fallback,
            review_below=taxonomy.review_below,
        )


def taxonomy_of(content: Mapping[str, Any]) -> Taxonomy:
    """The taxonomy in what a file or a row of SQL holds; raises TaxonomyError."""
    try:
        return TaxonomyContent.model_validate(content).taxonomy()
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(str(part) for part in found["loc"]) or "the file"
        unknown = found["type"] == "extra_forbidden"
        raise TaxonomyError(f"{place}: {'unknown key; remove it' if unknown else found['msg']}") from error


def parse(text: str, *, as_json: bool) -> Taxonomy:
    """The taxonomy in the text of a file; raises TaxonomyError."""
    try:
        content = json.loads(text) if as_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TaxonomyError(f"not {'JSON' if as_json else 'TOML'}: {error}") from error
    return taxonomy_of(content)


def load(path: Path = DEFAULT) -> Taxonomy:
    """The taxonomy in a file, JSON where its name ends in .json, else TOML; raises TaxonomyError, which names it."""
    try:
        return parse(path.read_text(encoding="utf-8-sig"), as_json=path.suffix.lower() == ".json")
    except OSError as error:
        raise TaxonomyError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TaxonomyError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except TaxonomyError as error:
        raise TaxonomyError(f"{path}: {error}") from error
