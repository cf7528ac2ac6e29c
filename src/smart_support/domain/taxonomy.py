"""The taxonomy: which categories there are, what each means, how soon it must be answered, and who is good at it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

NAME_LIMIT = 64
TEXT_LIMIT = 2_000
"""Characters of a description or an example."""

FEWEST_EXAMPLES, MOST_EXAMPLES = 3, 200
FEWEST_CATEGORIES, MOST_CATEGORIES = 2, 500
MOST_EXAMPLES_IN_ALL = 10_000
LONGEST_MINUTES = 525_600  # a year

FALLBACK = "General"
REVIEW_BELOW = 0.4
OVER_CHANCE = 1.2
"""So many times the confidence of a coin thrown among the categories with examples is no guess any more."""


class TaxonomyError(ValueError):
    """A taxonomy that cannot be used; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Sla:
    """Within how many minutes a ticket is to be answered first, and to be solved; None where nothing is promised."""

    first_response_minutes: int | None = None
    resolution_minutes: int | None = None

    def __post_init__(self) -> None:
        given = [minutes for minutes in (self.first_response_minutes, self.resolution_minutes) if minutes is not None]
        if not all(1 <= minutes <= LONGEST_MINUTES for minutes in given):
            raise TaxonomyError(f"the minutes of an SLA must lie between 1 and {LONGEST_MINUTES}, a year")
        if given != sorted(given):
            raise TaxonomyError("resolution_minutes is less than first_response_minutes; make it at least as long")


@dataclass(frozen=True, slots=True)
class Category:
    """One category. `skills` are what its tickets need of an agent, each in [0, 1]."""

    name: str
    description: str = ""
    examples: tuple[str, ...] = ()
    sla: Sla = Sla()
    skills: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_name("the name of a category", self.name)
        said = f"category {self.name!r}"
        if len(self.description) > TEXT_LIMIT or not _storable(self.description):
            raise TaxonomyError(f"the description of {said} needs at most {TEXT_LIMIT} characters, and no NUL")
        if len(self.examples) > MOST_EXAMPLES:
            raise TaxonomyError(f"{said} has {len(self.examples)} examples; keep the {MOST_EXAMPLES} most typical")
        for number, example in enumerate(self.examples, 1):
            if not example.strip() or len(example) > TEXT_LIMIT or not _storable(example):
                raise TaxonomyError(
                    f"example {number} of {said} must say something, in at most {TEXT_LIMIT} characters, without NUL"
                )
        for skill, level in self.skills.items():
            _check_name(f"the name of a skill of {said}", skill)
            if not 0.0 <= level <= 1.0:
                raise TaxonomyError(f"skill {skill!r} of {said} is {level}; choose a number from 0 to 1")


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All categories of a workspace. A ticket whose category has a confidence below `abstains_below` gets `fallback`,
    and a person should look at it.

    Where no category has examples they are those that the model was trained on. Else the taxonomy is of the user's own
    making: each category but the fallback has examples, none of which stands there twice, and its tickets are known by
    them, or by a model that was trained on exactly these categories. A fallback that is none of the categories is added
    to them; it has no examples, so nothing else leads to it, and it does not count among the `MOST_CATEGORIES`.

    `review_below` is raised where few categories have examples: with two of them 0.5 is chance, and a guess needs
    `OVER_CHANCE` times as much. 0 never abstains.

    Raises TaxonomyError.
    """

    categories: tuple[Category, ...]
    fallback: str = FALLBACK
    review_below: float = REVIEW_BELOW

    def __post_init__(self) -> None:
        _check_name("the fallback", self.fallback)
        if not 0.0 <= self.review_below <= 1.0:
            raise TaxonomyError(f"review_below is {self.review_below}; choose a probability from 0 to 1")
        if self.fallback not in self.names:
            object.__setattr__(self, "categories", (*self.categories, Category(self.fallback)))
        counted = sum(category.name != self.fallback or bool(category.examples) for category in self.categories)
        if counted > MOST_CATEGORIES:
            raise TaxonomyError(f"{counted} categories are too many; {MOST_CATEGORIES} are allowed")
        _check_unique(self.names)
        if len(self.categories) < FEWEST_CATEGORIES:
            raise TaxonomyError(f"a taxonomy needs at least {FEWEST_CATEGORIES} categories; add one")
        if self.is_own:
            self._check_examples()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(category.name for category in self.categories)

    @property
    def is_own(self) -> bool:
        """Whether the categories have examples, and need not be those that the model was trained on."""
        return any(category.examples for category in self.categories)

    @property
    def abstains_below(self) -> float:
        """The confidence below which a category is a guess."""
        if not self.is_own or not self.review_below:
            return self.review_below
        return max(self.review_below, OVER_CHANCE / len(self.exemplified))

    def fits(self, labels: Collection[str]) -> bool:
        """Whether these are exactly the categories; only the fallback may be missing among the labels."""
        return {*labels, self.fallback} == {*self.names}

    @property
    def exemplified(self) -> tuple[Category, ...]:
        """The categories that have examples."""
        return tuple(category for category in self.categories if category.examples)

    def _check_examples(self) -> None:
        for category in self.categories:
            number = len(category.examples)
            if number < FEWEST_EXAMPLES and (number or category.name != self.fallback):
                raise TaxonomyError(
                    f"category {category.name!r} has {number} examples; give each category at least {FEWEST_EXAMPLES}, "
                    "in the words of your customers"
                )
        if len(self.exemplified) < FEWEST_CATEGORIES:
            raise TaxonomyError(f"at least {FEWEST_CATEGORIES} categories need examples; add them to another one")
        in_all = sum(len(category.examples) for category in self.categories)
        if in_all > MOST_EXAMPLES_IN_ALL:
            raise TaxonomyError(f"{in_all} examples are too many; {MOST_EXAMPLES_IN_ALL} are allowed in all")
        self._check_repeats()

    def _check_repeats(self) -> None:
        first: dict[str, str] = {}
        for category in self.categories:
            for example in category.examples:
                said = " ".join(example.casefold().split())
                if said in first:
                    raise TaxonomyError(
                        f"example {example[:NAME_LIMIT]!r} of category {category.name!r} is already one of category "
                        f"{first[said]!r} (capitals and spaces do not count); keep it once"
                    )
                first[said] = category.name


def _check_name(what: str, name: str) -> None:
    if not 1 <= len(name) <= NAME_LIMIT or name != name.strip() or not name.isprintable():
        raise TaxonomyError(
            f"{what} is {name[: NAME_LIMIT + 1]!r}; it needs 1 to {NAME_LIMIT} printable characters, "
            "no space at either end"
        )


def _check_unique(names: Iterable[str]) -> None:
    folded = Counter(name.casefold() for name in names)
    for name in names:
        if folded[name.casefold()] > 1:
            raise TaxonomyError(f"category {name!r} is there twice (capitals do not count); rename or remove one")


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
