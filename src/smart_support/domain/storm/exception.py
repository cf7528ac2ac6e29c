"""When a duplicate is more than that: it stays linked to its incident, and is routed and told all the same."""

import re
import unicodedata
from collections.abc import Collection

from smart_support.domain.storm.exception_cues import ARTICLE, ASKED, DANGER, EXPOSURE, I_AM, LEGAL, LOSS, NO, SLOTS
from smart_support.domain.urgency import READ_LIMIT

FAR_ABOVE = 0.35
"""So far above the S of its incident a duplicate is urgent for a reason of its own."""

CUES = {"legal": "legal_threat", "danger": "danger", "loss": "lost_data", "exposure": "exposed_data"}
"""Groups of cues (`domain.storm.exception_cues`) that ask for more than the end of the fault, and the reason each
gives; where a text has several, the first one's."""


def cues(text: str) -> frozenset[str]:
    """The groups of `CUES` of which `text` has a cue that is not taken back ("no data loss", "not a lawyer") and not
    only asked for ("confirm that my data was deleted"). Reads the first `READ_LIMIT` characters. Never raises."""
    folded = _folded(text[:READ_LIMIT])
    return frozenset(group for group, cue in _CUE.items() if _has(folded, cue, _TAKEN_BACK[group]))


def shared_cues(texts: Collection[str]) -> tuple[str, ...]:
    """The groups of `CUES` that at least a fifth of an incident's first members have: they are part of the fault."""
    found = [cues(text) for text in texts]
    return tuple(group for group in CUES if 5 * sum(group in groups for groups in found) >= max(1, len(found)))


def exception(text: str, score: float, shared: Collection[str], usual: float) -> str | None:
    """Why a duplicate with this text and S is released from an incident whose members share these groups and have this
    mean S: a reason of `CUES`, or `urgency`; None where it is a duplicate and nothing more."""
    groups = cues(text)
    for group, reason in CUES.items():
        if group in groups and group not in shared:
            return reason
    return "urgency" if score - usual >= FAR_ABOVE else None


def _has(folded: str, cue: re.Pattern[str], taken_back: re.Pattern[str]) -> bool:
    return any(
        taken_back.search(folded, max(0, hit.start() - _LOOK_BACK), hit.start()) is None for hit in cue.finditer(folded)
    )


def _folded(text: str) -> str:
    """Lower case without accents. A line's end inside a paragraph is a space: mails wrap anywhere."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(char))
    return _SINGLE_SPACE.sub(" ", bare.replace("\u2019", "'"))


def _pattern(lines: str) -> str:
    """A regular expression for cues as they are written in `exception_cues`."""
    alternatives = "|".join(lines.strip().split("\n"))
    for name, slot in SLOTS.items():
        alternatives = alternatives.replace(f"<{name}>", slot)
    return alternatives.replace(" ", _GAP)


_LOOK_BACK = 60  # characters
_GAP = r"[^\w.!?;,:\n]{1,3}"
_SINGLE_SPACE = re.compile(r"(?<=\S)\s(?=\S)")
_LISTS = {"legal": LEGAL, "danger": DANGER, "loss": LOSS, "exposure": EXPOSURE}
_CUE = {group: re.compile(rf"\b(?:{_pattern(lines)})\b") for group, lines in _LISTS.items()}
_DENIED = rf"\b{NO} (?:\w+ )?"
_TAKEN_BACK = {
    # "Not fixed by noon: legal action" denies nothing, "not a lawyer" does.
    "legal": re.compile(_pattern(rf"\b(?:{NO} (?:{ARTICLE})?|{I_AM})\Z")),
    "danger": re.compile(_pattern(rf"{_DENIED}\Z")),
    "loss": re.compile(_pattern(rf"(?:{_DENIED}|\b{ASKED} (?:\w+ ){{0,6}})\Z")),
    "exposure": re.compile(_pattern(rf"{_DENIED}\Z")),
}
