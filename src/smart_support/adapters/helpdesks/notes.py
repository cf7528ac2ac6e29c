"""Internal notes: marked, so that one is found again after a crash, and is never read as somebody's reply."""

import re
from collections.abc import Iterable

from smart_support.adapters.sources.fields import NOTE_MARK

_TEMPLATE = re.compile(r"\{(?=[{%#])|%(?=\})")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~-])")
_ADDRESS = re.compile(r"https?://[^\s<>]+")


def marked(note: str, id_: str) -> str:
    """The note with its mark and the id of the write-back that it belongs to."""
    return f"{note.rstrip()}\n\n{mark(id_)}"


def mark(id_: str) -> str:
    """What the note of this write-back holds, and no other text."""
    return f"{NOTE_MARK} {id_}"


def is_there(texts: Iterable[object], id_: str) -> bool:
    """Whether one of the notes that stand there is this write-back's."""
    return any(mark(id_) in text for text in texts if isinstance(text, str))


def without_template(text: str) -> str:
    """For Django's template language, which django-helpdesk runs over comments: no tag, variable or comment
    begins or ends."""
    return _TEMPLATE.sub(r"\g<0> ", text)


def without_links(text: str) -> str:
    """For a Markdown in which a link can mention somebody (Chatwoot's `mention://`): no text is a link's."""
    return text.replace("](", "] (")


def as_markdown(text: str) -> str:
    """For GitHub: shown as it is. Nobody is mentioned, no issue is referred to, and only addresses are links."""
    parts = []
    end = 0
    for address in _ADDRESS.finditer(text):
        parts += [_escaped(text[end : address.start()]), address.group()]
        end = address.end()
    return "".join([*parts, _escaped(text[end:])])


def _escaped(text: str) -> str:
    # A zero-width space keeps @name, #1 and GH-1 from being what GitHub takes them for.
    return re.sub(r"@|\\#|(?<=\w)\\-(?=\d)", lambda found: found.group() + "\u200b", _MARKDOWN.sub(r"\\\1", text))
