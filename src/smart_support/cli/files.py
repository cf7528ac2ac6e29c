"""Files that commands read, TOML, or JSON where the name ends in .json; and those that they write."""

import json
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from smart_support.cli.console import Failure


def read_content(file: Path) -> dict[str, Any]:
    """The keys in a file; raises Failure, which names it."""
    content = read_value(file, as_json=file.suffix.lower() == ".json")
    if not isinstance(content, dict):
        raise Failure(f"{file}: a JSON object is needed")
    return content


def read_value(file: Path, *, as_json: bool) -> Any:
    """What stands in a file, JSON or TOML; raises Failure, which names it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        return json.loads(text) if as_json else tomllib.loads(text)
    except OSError as error:
        raise Failure(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Failure(f"{file}: not UTF-8 text (byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise Failure(f"{file}: not {'JSON' if as_json else 'TOML'}: {error}") from error


@contextmanager
def output(file: Path | None, force: bool) -> Iterator[BinaryIO]:
    """What is written there goes to a new file, nobody else's to read, which takes its name at the end: what breaks off
    leaves nothing but what was there before. None, or `-`, is stdout.

    Raises Failure, before anything is written, for a folder, and for a file that is there and nobody said may be
    replaced.
    """
    if file is None or str(file) == "-":
        yield sys.stdout.buffer
        return
    if file.is_dir():
        raise Failure(f"{file} is a folder: name a file in it")
    if file.exists() and not force:
        raise Failure(f"{file} is there already: choose another name, or replace it with --force")
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    try:
        with draft.open("wb") as made:
            yield made
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
