"""A mail taken apart: its headers, its text, what is attached. Whatever was sent, in bounded time."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32
from typing import Any

from smart_support.adapters.mail import text
from smart_support.triage import markup

Headers = Mapping[str, tuple[str, ...]]
"""Raw values by name in lower case, in their order."""

MARKUP_LIMIT = 1_000_000
ATTACHMENTS = 30
"""How many attachments are listed: metadata above 16,384 characters are not kept."""

_ENCODINGS = frozenset({"base64", "quoted-printable"})
_NAME, _TYPE = 100, 60
_HEADERS = 500
_PARAMETERS = 4_000
# A parser within a parser for each level, and each looks at each line.
_LEVELS = 100
_WORK = 8_000_000
_UNPARSED = 1_000_000
_NESTS = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mail:
    """`text` is what its writer is read by: plain where it has that, else from HTML, with all that is quoted in it; cut
    to the limit of a body. `attachments` have name, type and size in bytes. `returned` are the headers of the mail
    that a report is about. `truncated` tells that something is missing."""

    headers: Headers
    content_type: str
    report_type: str
    text: str
    attachments: tuple[Mapping[str, Any], ...]
    returned: Headers
    truncated: bool


class _Bounded(Message):
    """A message that keeps no more headers, and no more of them, than are read: the parameters of a longer one would
    be parsed in quadratic time. A transfer encoding that no mail has by now is none: the library fails at some, as it
    does at some charsets of parameters."""

    def set_raw(self, name: str, value: str) -> None:
        if len(self) >= _HEADERS:
            return
        known = name.lower()
        if known != "content-transfer-encoding" or value.strip().lower() in _ENCODINGS:
            limit = _PARAMETERS if known.startswith("content-") else text.HEADER_LIMIT
            super().set_raw(name, value[:limit])

    def get_boundary(self, failobj: Any = None) -> Any:
        return parameter(self, "boundary").rstrip() or failobj


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    attachments: list[Mapping[str, Any]] = field(default_factory=list)
    nested: list[Message] = field(default_factory=list)
    returned: Headers = field(default_factory=dict)

    def add(self, other: "_Found") -> None:
        self.attachments += other.attachments
        self.nested += other.nested
        self.returned = self.returned or other.returned


def take_apart(message: bytes) -> Mail:
    """The parts of a mail. Never raises; a mail built to be costly is read as far as it costs no more than others."""
    whole, cut = _parse(message)
    found = _collect(whole)
    if not any(map(str.strip, found.texts)) and found.nested:
        # Forwarded as an attachment, with nothing to say about it: that is the matter.
        found.texts = _collect(found.nested[0]).texts
    body = text.sound("\n\n".join(filter(str.strip, found.texts))).strip("\n")
    return Mail(
        headers=headers_of(whole),
        content_type=whole.get_content_type(),
        report_type=parameter(whole, "report-type").lower(),
        text=body[: text.BODY_LIMIT],
        attachments=tuple(found.attachments[:ATTACHMENTS]),
        returned=found.returned,
        truncated=cut or len(body) > text.BODY_LIMIT or len(found.attachments) > ATTACHMENTS,
    )


def parameter(part: Message, name: str, header: str = "content-type") -> str:
    """A parameter of a header, from whatever charset (RFC 2231); "" where there is none."""
    value = part.get_param(name, "", header)
    if isinstance(value, tuple):
        charset, _, content = value
        return text.decoded(content.encode("latin-1", "replace"), charset)
    return str(value)


def headers_of(message: Message) -> Headers:
    """The raw headers of a message."""
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).lower(), []).append(str(value))
    return {name: tuple(values) for name, values in found.items()}


def _parse(message: bytes) -> tuple[Message, bool]:
    """The parsed message, and whether it was cut for that."""
    levels = sum(1 for _ in _NESTS.finditer(message))
    if levels > _LEVELS:
        parser = BytesHeaderParser(_Bounded, policy=compat32)
        return parser.parsebytes(message[:_UNPARSED]), True
    work = (message.count(b"\n") + 1) * (levels + 1)
    cut = work > _WORK
    if cut:
        message = message[: len(message) * _WORK // work]
    return BytesParser(_Bounded, policy=compat32).parsebytes(message), cut


def _collect(part: Message) -> _Found:
    kind = part.get_content_type()
    if part.is_multipart():
        children = _children(part)
        if kind.startswith("message/"):
            return _message(part, kind, children)
        return _alternative(children) if kind == "multipart/alternative" else _sequence(children)
    found = _Found()
    if kind == "text/rfc822-headers":
        found.returned = headers_of(BytesHeaderParser(_Bounded, policy=compat32).parsebytes(_bytes(part)))
    elif kind in {"text/plain", "text/html"} and not _is_attached(part):
        found.texts.append(_leaf(part, kind))
    elif not kind.startswith(("multipart/", "message/")):
        found.attachments.append(_attachment(part, kind))
    elif kind.startswith("multipart/"):
        # It says that it has parts, and has none: what it holds is its text.
        found.texts.append(_leaf(part, "text/plain"))
    return found


def _sequence(parts: Iterable[Message]) -> _Found:
    found = _Found()
    for part in parts:
        one = _collect(part)
        found.texts += one.texts
        found.add(one)
    return found


def _alternative(parts: Iterable[Message]) -> _Found:
    """The first alternative that says something: the plainest stands first (RFC 2046, 5.1.4)."""
    found = _Found()
    for part in parts:
        one = _collect(part)
        found.add(one)
        if not any(map(str.strip, found.texts)):
            found.texts = one.texts
    return found


def _message(part: Message, kind: str, children: list[Message]) -> _Found:
    found = _Found()
    if kind == "message/rfc822" and children:
        found.nested.append(children[0])
        found.returned = headers_of(children[0])
        found.attachments.append(_attachment(part, kind, str(children[0].get("subject", ""))))
    return found


def _leaf(part: Message, kind: str) -> str:
    data = _bytes(part)
    # A line break may have two characters still.
    limit = MARKUP_LIMIT if kind == "text/html" else 2 * text.BODY_LIMIT + 1
    content = text.decoded(data[: 4 * limit], parameter(part, "charset"))[:limit]
    return markup.to_text(content) if kind == "text/html" else content


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_filename(part))


def _filename(part: Message) -> str:
    return parameter(part, "filename", "content-disposition") or parameter(part, "name")


def _attachment(part: Message, kind: str, otherwise: str = "") -> Mapping[str, Any]:
    name = text.header(_filename(part) or otherwise)
    return {"name": name[:_NAME] or None, "type": text.one_line(kind)[:_TYPE], "size": _size(part)}


def _size(part: Message) -> int:
    return sum(map(_size, _children(part))) if part.is_multipart() else len(_bytes(part))


def _children(part: Message) -> list[Message]:
    held = part.get_payload()
    return [child for child in held if isinstance(child, Message)] if isinstance(held, list) else []


def _bytes(part: Message) -> bytes:
    """What a part without parts holds, its transfer encoding undone as far as it goes."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
