"""Where in a mail its writer's own lines end and the mails before it begin."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple


class Parts(NamedTuple):
    """Lines of a mail: its writer's own, and those of the mails before it, without quotation marks.

    A blank line stands among `own` where history was. `forwarded` tells that the mail says so above its history.
    """

    own: list[str]
    history: list[str]
    forwarded: bool


_FORWARDED = (
    "forwarded message|begin forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten nachricht"
    "|message transféré|message réexpédié|début du message (?:transféré|réexpédié)|mensaje reenviado"
    "|inicio del mensaje reenviado|mensagem (?:re)?encaminhada|início da mensagem (?:re)?encaminhada"
    "|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht"
)
_ORIGINAL = (
    "original message|ursprüngliche nachricht|originalnachricht|original-nachricht|mensaje original"
    "|message d['’]origine|message original|mensagem original|messaggio originale|oorspronkelijk bericht"  # noqa: RUF001
)
_SEPARATOR = re.compile(rf"[-_* ]*(?:(?P<forwarded>{_FORWARDED})|{_ORIGINAL})[-_* :]*\Z", re.IGNORECASE)
_FIELD = re.compile(
    r"[\s*]{0,4}(?:(?P<sender>from|von|de|da|van)|(?P<subject>subject|betreff|objet|asunto|assunto|oggetto|onderwerp)"
    r"|sent|date|gesendet|datum|envoyé|enviado(?: el)?|fecha|enviad[ao](?: em)?|data|inviato|verzonden"
    r"|to|an|à|para|a|aan|cc|kopie|reply-to|antwort an)\s?:",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\b(?:wrote|schrieb|a écrit|escribió|escribio|escreveu|ha scritto|schreef|skrev|kirjoitti|napsal|napisał|pisze"
    r"|írta|написал|пишет)\b",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?:On|Am|Le|El|Em|Il|Op)\s.*\d.*[^.!?\s]\s*\Z")
_ADDRESS = re.compile(r"\w@\w")
_TIME = re.compile(r"\d[:h]\d\d")
# A prompt (">>> x"), a number (">500 users") and a bare sign are no history unless other lines beside them are.
_QUOTED = re.compile(r">(?!>> ?\w|\s?\d|\s*\Z)")
_MARKS = re.compile(r"[> ]*")
_INTRO_LIMIT = 300
_HEADER_LINES = 10


def split(lines: Sequence[str]) -> Parts:
    """The parts of a mail. Linear in the length of its lines.

    What is quoted below a line of the writer's own that ends in a colon ("The log says:") is the writer's own.
    """
    own: list[str] = []
    history: list[str] = []
    place, introduced = 0, False
    while place < len(lines):
        line = lines[place]
        if line.startswith(">"):
            end = _quoted_until(lines, place)
            if introduced or not any(map(_QUOTED.match, lines[place:end])):
                own += lines[place:end]
            else:
                history += map(_unquoted, lines[place:end])
                own.append("")
            place = end
        elif (separator := _SEPARATOR.match(line)) or _is_header(lines, place):
            history += map(_unquoted, lines[place:])
            return Parts(own, history, separator is not None and separator["forwarded"] is not None)
        elif (start := _intro_from(lines, place)) is not None:
            del own[len(own) - (place - start) :]
            own.append("")
            place = _skip_blank(lines, place + 1)
            end = _quoted_until(lines, place)
            if end == place:
                end = len(lines)
            history += map(_unquoted, lines[place:end])
            place, introduced = end, False
        else:
            own.append(line)
            introduced = introduces(line) if line.strip() else introduced
            place += 1
    return Parts(own, history, forwarded=False)


def introduces(line: str) -> bool:
    """Whether a line announces what stands below it as the writer's own: it ends in a colon and names no mail."""
    return line.rstrip().endswith(":") and not _ADDRESS.search(line) and not _WROTE.search(line)


def without_header(lines: Sequence[str]) -> list[str]:
    """History without the separator and the header fields that it begins with, except for the subject itself."""
    subject: list[str] = []
    fields = 0
    for place, line in enumerate(lines):
        if field := _FIELD.match(line):
            fields += 1
            if field["subject"]:
                subject = [line[field.end() :].strip(" *")]
        elif (line.strip() or fields) and not _SEPARATOR.match(line):
            return [*subject, *lines[place:]]
    return subject


def _quoted_until(lines: Sequence[str], place: int) -> int:
    while place < len(lines) and lines[place].startswith(">"):
        place += 1
    return place


def _skip_blank(lines: Sequence[str], place: int) -> int:
    while place < len(lines) and not lines[place].strip():
        place += 1
    return place


def _unquoted(line: str) -> str:
    marks = _MARKS.match(line)
    return line[marks.end() :] if marks and line.startswith(">") else line


def _is_header(lines: Sequence[str], place: int) -> bool:
    """Whether header fields stand here: at least three, a sender and a subject among them."""
    if not _FIELD.match(lines[place]):
        return False
    block = takewhile(str.strip, lines[place : place + _HEADER_LINES])
    fields = [field for line in block if (field := _FIELD.match(line))]
    return len(fields) > 2 and any(field["sender"] for field in fields) and any(field["subject"] for field in fields)


def _intro_from(lines: Sequence[str], place: int) -> int | None:
    """Where the introduction starts ("On ..., ... wrote:") that ends with the line at `place`; None if it is none.

    It may be broken over three lines. Quoted lines follow at once, or it names an address, or it starts with a date and
    names a time: a chat's "Ann wrote at 10:02:" does not.
    """
    if not lines[place].rstrip().endswith(":"):
        return None
    start = place
    for above in range(place - 1, max(place - 3, -1), -1):
        if _opens(lines[start]) or not lines[above].strip() or lines[above].startswith(">"):
            break
        if _opens(lines[above]):
            start = above
    whole = " ".join(lines[start : place + 1])
    if len(whole) > _INTRO_LIMIT or not _WROTE.search(whole):
        return None
    behind = "".join(lines[place + 1 : place + 3]).lstrip()
    dated = _TIME.search(whole) and _opens(lines[start])
    return start if behind.startswith(">") or _ADDRESS.search(whole) or dated else None


def _opens(line: str) -> bool:
    return len(line) <= _INTRO_LIMIT and (
        _DATED.match(line) is not None or ("@" in line and "<" in line and _WROTE.search(line) is not None)
    )
