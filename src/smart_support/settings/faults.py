"""What is wrong with settings, as people are told."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

from dotenv import dotenv_values
from pydantic import AliasChoices, ValidationError

from smart_support.settings import CONFIG_FILE, Settings

_LONGEST = 40


def faults_of(error: ValidationError) -> Iterator[str]:
    """A line for each fault; of a setting with where it was read and, if it is to be a number, what: texts may hold
    secrets."""
    for found in error.errors():
        name, said = ".".join(map(str, found["loc"])).upper(), found["msg"].removeprefix("Value error, ")
        notes: list[str] = []
        if name and error.title == Settings.__name__:
            setting = str(found["loc"][0])
            field = Settings.model_fields[setting]
            if _is_number(field.annotation) and len(read := str(found["input"])) <= _LONGEST:
                notes.append(read)
            alias = field.validation_alias
            notes += _origin(alias.choices if isinstance(alias, AliasChoices) else [setting])
        yield (f"{name}: {said}" if name else said) + (f" ({', '.join(notes)})" if notes else "")


def _origin(names: Iterable[object]) -> Iterator[str]:
    """Where a setting with these names was read that no option gave: of the places that name it, the first."""
    names, file = {str(name).upper() for name in names}, os.environ.get("CONFIG_FILE", CONFIG_FILE)
    if any(value and name.upper() in names for name, value in os.environ.items()):
        yield "from the environment"
    elif any(value and name.upper() in names for name, value in dotenv_values(".env").items()):
        yield "from .env"
    elif Path(file).is_file():
        yield f"from {file}"


def _is_number(annotation: object) -> bool:
    return annotation in (bool, int, float) or any(map(_is_number, get_args(annotation)))
