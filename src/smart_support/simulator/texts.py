"""What the tickets of a stream say."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from smart_support.domain.triage import Text
from smart_support.simulator.families import Phrasing
from smart_support.triage.examples import read_examples

_SUBJECT_CHARACTERS = 60

_GREETINGS = {
    "en": ("Hello,", "Hi there,", "Good morning,", "Dear support team,"),
    "de": ("Hallo,", "Guten Tag,", "Liebes Support-Team,"),
    "es": ("Hola:", "Buenos días:", "Estimado equipo:"),
    "fr": ("Bonjour,", "Bonsoir,", "Madame, Monsieur,"),
    "pt": ("Olá,", "Bom dia,", "Prezados,"),
}
_CLOSINGS = {
    "en": ("Thanks", "Kind regards", "Best"),
    "de": ("Danke", "Viele Grüße", "Mit freundlichen Grüßen"),
    "es": ("Gracias", "Un saludo", "Saludos cordiales"),
    "fr": ("Merci", "Cordialement", "Bien à vous"),
    "pt": ("Obrigado", "Atenciosamente", "Abraços"),
}
_NAMES = ("J. Moreno", "Anna", "P. Novak", "Lena Fischer", "T. Okafor", "Marie", "R. Silva", "Sam", "K. Tanaka")


def everyday(rng: np.random.Generator, number: int) -> list[Text]:
    """Tickets that come with the package, in random order, none a second time before all have been used."""
    tickets = _examples()
    return [tickets[place] for place in _each_once(rng, len(tickets), number)]


def phrased(rng: np.random.Generator, phrasings: Sequence[Phrasing], number: int) -> list[Text]:
    """As many tickets in these words, in random order, each phrasing as it stands first.

    Where more are wanted than there are phrasings, they come again, each time between another greeting and a signature
    with another customer number: no two are alike.
    """
    places = _each_once(rng, len(phrasings), number)
    plain, more = places[: len(phrasings)], places[len(phrasings) :]
    numbers = iter(rng.permutation(np.arange(10_000, 10_000 + max(90_000, len(more)))).tolist())
    return [
        *(_in_fields(phrasings[place].text) for place in plain),
        *(_signed(rng, phrasings[place], next(numbers)) for place in more),
    ]


@cache
def _examples() -> tuple[Text, ...]:
    return tuple(map(_in_fields, read_examples().texts))


def _each_once(rng: np.random.Generator, size: int, number: int) -> list[int]:
    """Places below `size` in random order, each once before any comes again."""
    rounds = [rng.permutation(size) for _ in range(0, number, size)]
    return [int(place) for order in rounds for place in order][:number]


def _in_fields(text: str) -> Text:
    """The first of several lines is the subject; a short single line is all subject, a long one all body."""
    subject, _, body = text.partition("\n")
    if body or len(subject) <= _SUBJECT_CHARACTERS:
        return Text(subject, body)
    return Text("", text)


def _signed(rng: np.random.Generator, said: Phrasing, number: int) -> Text:
    greeting, closing, name = (
        str(rng.choice(words)) for words in (_GREETINGS[said.language], _CLOSINGS[said.language], _NAMES)
    )
    return Text("", f"{greeting}\n\n{said.text}\n\n{closing}\n{name} ({number})")
