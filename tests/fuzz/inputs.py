"""Input that nobody would write: real examples with something done to them, and what was never an example.

One seed gives one input, so that what was found can be found again.
"""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

_NASTY = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\xf0\x9f\x92\xa9", b"\xe2\x80\xae",
    b"\r", b"\x1a",
    b"1e999", b"-1", b"NaN", b"Infinity", b"9" * 400, b"9" * 5_000, b"0x1p-1074", b"1_0", b"\xef\xbc\x91",
    b"true", b"null",
    b"[" * 3_000, b"{\"a\":" * 3_000, b"(" * 300, b"<" * 300, b"=?utf-8?b?", b"=?x?q?=ff?=", b"%00",
    b"../../etc/passwd",
    b'"""', b"'''", b"[[", b"]]", b"a.b.c=", b"\n\n", b",,,", b'"', b"\\", b"a" * 20_000, b"9999-12-31T23:59:59+14:00",
    b"0001-01-01T00:00:00-14:00", b"Europe/../../etc", b"--B\r\n", b"Content-Type: multipart/mixed; boundary=B\r\n",
)  # fmt: skip

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, -(2**63) - 1, 10**30, 1e308, 1e-320, "", " ", "\0", "\ud800", "a" * 5_000,
    [], {}, [[]],
    [None] * 50, {"": {}}, "2026-02-30", "9999-12-31T23:59:59+00:00", "\uff11", "NaN", "-0", "inf",
)  # fmt: skip


def example(seed: int, examples: Sequence[bytes]) -> bytes:
    """The input of a seed."""
    chance = random.Random(seed)
    data = chance.choice(examples) if examples else b""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(200))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        data = chance.choice(_WAYS)(chance, data, examples)
    return data[:200_000]


def _flip(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return data[:start] + data[end:] if chance.random() < 0.5 else data[:end]


def _splice(chance: random.Random, data: bytes, examples: Sequence[bytes]) -> bytes:
    other = chance.choice(examples) if examples else data
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _insert(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(_NASTY) + data[place + chance.choice((0, 0, 1, 4)) :]


def _repeat(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    part = data[start : start + chance.choice((1, 10, 100))]
    return data[:start] + part * chance.choice((2, 10, 1_000)) + data[start:]


def _recode(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    to = chance.choice(("utf-16", "utf-7", "utf-32", "utf-8-sig"))
    return data.decode("utf-8", "ignore").encode(to, "ignore")


def _revalue(chance: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """JSON with another value somewhere, line by line where it is JSON lines."""
    lines = data.splitlines() or [data]
    whole = len(lines) > 1 and not data.lstrip().startswith(b"{\n")
    place = chance.randrange(len(lines)) if whole else 0
    try:
        told = json.loads(lines[place] if whole else data)
        changed = json.dumps(_changed(chance, told)).encode()
    except (ValueError, RecursionError):
        return _insert(chance, data, ())
    return b"\n".join([*lines[:place], changed, *lines[place + 1 :]]) if whole else changed


def _changed(chance: random.Random, told: Any) -> Any:
    if chance.random() < 0.25 or not isinstance(told, dict | list) or not told:
        return chance.choice(_VALUES)
    place = chance.choice(list(told)) if isinstance(told, dict) else chance.randrange(len(told))
    if isinstance(told, dict) and chance.random() < 0.1:
        told["\ud800" if chance.random() < 0.5 else "extra"] = told.pop(place)
        return told
    told[place] = _changed(chance, told[place])
    return told


_WAYS: tuple[Callable[[random.Random, bytes, Sequence[bytes]], bytes], ...] = (
    _flip,
    _cut,
    _splice,
    _insert,
    _insert,
    _repeat,
    _recode,
    _revalue,
    _revalue,
    _revalue,
)
