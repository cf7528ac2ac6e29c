"""What ends a mail and is no part of its matter: signatures, disclaimers, "Sent from my iPhone"."""

import re
from collections.abc import Sequence
from itertools import islice

_WINDOW = 30
"""Lines at the end of a mail where its signature is looked for at a time."""

_DELIMITER = re.compile(r"--\s?\Z")
_SIGNATURE_LINES = 12
_LONGEST = 120
_FEW_WORDS = 3

_DEVICE = re.compile(
    r"(?:sent (?:from|with|via)|von mein\w{1,2} .{1,30} gesendet|gesendet (?:von|mit)"
    r"|diese nachricht wurde von mein\w{1,2}|envoyé (?:de|depuis|à partir)"
    r"|enviado (?:desde|do|da|de|con|via|a partir)|inviato (?:da|con)"
    r"|(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via)|get outlook for|outlook für|obtener outlook|obter o outlook"
    r"|(?:obtenir|télécharge[rz]) outlook|(?:ottieni|scarica) outlook|(?:download|haal) outlook)\b.{0,80}\Z",
    re.IGNORECASE,
)
_GADGET = re.compile(
    r"iphone|ipad|android|samsung|galaxy|huawei|xiaomi|pixel|blackberry|outlook|yahoo|proton|gmx|web\.de|t-online"
    r"|orange|gmail|mobile|mobil|handy|smartphone|téléphone|móvil|telemóvel|celular|telefon",
    re.IGNORECASE,
)

_DISCLAIMER = re.compile(
    r"[\s*_]{0,4}(?:confidentiality notice|disclaimer|vertraulichkeitshinweis|haftungsausschluss"
    r"|avis de confidentialité|aviso legal|aviso de confidenciali|avviso di riservatezza|vertrouwelijkheid"
    r"|(?:this|the|diese[rs]?|der|die|dies|ce|cet|cette|les|le|este|esta|el|la|o|a|questo|questa|il|le|dit|deze|de)\b"
    r".{0,60}\b(?:e-?mails?|messages?|mail|nachricht|courriel|correo|mensaje|mensagem|messaggio|bericht)\b)",
    re.IGNORECASE,
)
_SECRET = re.compile(r"confiden|privileged|vertraulich|riservat|vertrouwelijk", re.IGNORECASE)
_MEANT_FOR = re.compile(
    r"intended (?:recipient|solely|only|for)|(?:sole|exclusive) use"
    r"|nicht der (?:richtige|beabsichtigte|vorgesehene|bestimmungsgemäße)|ausschlie(?:ß|ss)lich für"
    r"|(?:êtes pas|n'est pas) le destinataire|destinée?s? (?:exclusivement|uniquement)|usage exclusif"
    r"|dirigid[oa]s? (?:exclusiv|únic)|es (?:usted )?el destinatario|uso exclusivo"
    r"|destinad[oa]s? (?:exclusiv|únic|apenas)|(?:não é|não for) o destinatário"
    r"|uso esclusivo|esclusivamente (?:al|per)|non (?:è|siete|fosse) il destinatario"
    r"|uitsluitend (?:bestemd|bedoeld|voor)|niet de (?:geadresseerde|bedoelde|beoogde)",
    re.IGNORECASE,
)

_REGARDS = re.compile(
    r"(?:(?:with )?(?:(?:best|kind|kindest|warm|many) )?(?:regards|wishes)|all the best|sincerely|respectfully"
    r"|yours(?: sincerely| faithfully| truly)?|cheers|rgds|best|br"
    r"|mit (?:freundlichen|besten|herzlichen|lieben|vielen) gr(?:ü|ue)(?:ß|ss)en"
    r"|(?:(?:freundliche|viele|beste|liebe|herzliche|schöne) )?gr(?:ü|ue)(?:ß|ss)e"
    r"|(?:(?:lieben|schönen|besten|freundlichen) )?gru(?:ß|ss)|mfg|lg|vg|bg|hochachtungsvoll"
    r"|(?:bien )?cordialement|bien à vous|(?:(?:sincères|meilleures) )?salutations|cdlt|respectueusement"
    r"|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|atte|un abrazo"
    r"|atenciosamente|att|(?:com os )?(?:melhores )?cumprimentos|abraços?|cordialmente"
    r"|(?:cordiali |distinti )?saluti|met vriendelijke groet(?:en)?|(?:vriendelijke )?groet(?:en|jes)?|mvg"
    r"|hoogachtend)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:(?:many )?thanks(?: again| a lot| in advance| so much)?|thank you(?: very much| so much| in advance)?|thx"
    r"|(?:vielen |besten |herzlichen )?dank(?:e)?(?: im voraus| und gruß| schön)?"
    r"|merci(?: d'avance| beaucoup)?|(?:muchas )?gracias(?: de antemano)?|(?:muito )?obrigad[oa]|grat[oa]"
    r"|grazie(?: mille)?|(?:alvast )?bedankt)\s?[,.!]?\s*\Z",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"@\w|www\.|https?:|\+?\d[\d ()/.-]{6}")
_SMALL_WORDS = "von van der de den da do dos di del della du la le of and und et y e en for für & | - /"
_PARTICLES = frozenset(_SMALL_WORDS.split())
_NAME_WORDS, _NAME_LENGTH = 7, 70
_ABBREVIATION = 4
_WORD = re.compile(r"[^\W_]+")


def strip(lines: Sequence[str]) -> list[str]:
    """`lines` of a mail without its signature, disclaimer and blank or ruled lines at the end. Linear in their length.

    A closing formula goes with the names below it; thanks stay. Stripped twice is stripped once.
    """
    kept = list(lines)
    words = (place for place, line in enumerate(kept) for _ in _WORD.finditer(line))
    matter = [*islice(words, _FEW_WORDS + 1), *[len(kept)] * (_FEW_WORDS + 1)]
    while True:
        while kept and not kept[-1].strip().strip("_"):
            kept.pop()
        cut = _cut(kept, matter[0], matter[_FEW_WORDS])
        if cut is None:
            return kept
        del kept[cut:]


def _cut(lines: list[str], first: int, enough: int) -> int | None:
    """Where what ends `lines` begins; None where nothing is to go. The first word stands in line `first`; with line
    `enough` there are more than a few."""
    if not lines:
        return None
    if _DEVICE.match(lines[-1].strip()) and _GADGET.search(lines[-1]):
        return len(lines) - 1
    start = max(0, len(lines) - _WINDOW)
    tail = lines[start:]
    if (place := _delimiter(tail)) is not None and (
        not first < start + place <= enough or _is_plain("\n".join(tail[place:]))
    ):
        return start + place
    for find in (_disclaimer, _closing):
        # A disclaimer or a greeting with nothing above it is the mail itself.
        if (place := find(tail)) is not None and start + place > first:
            return start + place
    return None


def _delimiter(tail: list[str]) -> int | None:
    """Where the last delimiter stands, if it has only names and contacts below it and no line above announces them."""
    for place in reversed(range(len(tail))):
        if tail[place].startswith("--") and _DELIMITER.match(tail[place]):
            above = next(filter(str.strip, reversed(tail[:place])), "")
            below = list(filter(str.strip, tail[place + 1 :]))
            signs = len(below) <= _SIGNATURE_LINES and all(map(_is_contact, below))
            return place if signs and not above.rstrip().endswith(":") else None
    return None


def _is_contact(line: str) -> bool:
    """Whether `line` may stand in a signature: a name, an address or a few words, and no sentence."""
    line = line.strip()
    if len(line) > _LONGEST:
        return False
    words = line.split()
    if _CONTACT.search(line):
        words = [word for word in words if word[0].islower() and not _CONTACT.search(word)]
    names = all(_is_name(part.strip()) for part in line.split("|") if part.strip())
    return names or (len(words) <= _FEW_WORDS and line[-1] not in "!?")


def _is_plain(below: str) -> bool:
    """Whether what stands below a delimiter is a signature even where hardly a word stands above it."""
    return _CONTACT.search(below) is not None or len(_WORD.findall(below)) <= _FEW_WORDS


def _disclaimer(tail: list[str]) -> int | None:
    whole = "\n".join(tail)
    if not (_SECRET.search(whole) and _MEANT_FOR.search(whole)):
        return None
    for place, line in enumerate(tail):
        if _DISCLAIMER.match(line):
            below = "\n".join(tail[place:])
            return place if _SECRET.search(below) and _MEANT_FOR.search(below) else None
    return None


def _closing(tail: list[str]) -> int | None:
    """Where a closing formula stands that has nothing but names and addresses below it, or behind it in its line."""
    found, below = None, False
    for place in reversed(range(len(tail))):
        line = tail[place].strip()
        if not line:
            continue
        if _THANKS.match(line):
            return place + 1 if below else found
        if formula := _REGARDS.match(line):
            behind = line[formula.end() :]
            name = behind.strip(" ,.!-")
            parted = formula.end() > _ABBREVIATION or behind.lstrip()[:1] in {",", ".", "-"}
            if name and not (parted and _is_name(name)):
                return found
            found = place if below or name else found
        elif not (_is_name(line) or (len(line) <= _NAME_LENGTH and _CONTACT.search(line))):
            return found
        below = True
    return found


def _is_name(line: str) -> bool:
    """Whether `line` looks like a name, a title or a company: few words, each with a capital or a number in front."""
    words = line.split()
    return (
        len(line) <= _NAME_LENGTH
        and len(words) <= _NAME_WORDS
        and line[-1] not in ".!?:"
        and all(word in _PARTICLES or word.lstrip("(\"'")[:1].isupper() or word[:1].isdigit() for word in words)
    )
