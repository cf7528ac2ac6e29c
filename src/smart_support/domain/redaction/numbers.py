"""Card numbers and phone numbers: what is written in digits and gaps. Order numbers, dates, amounts and addresses of
machines stay: a number is a phone's only where its shape or a word before it says so."""

import re
from collections.abc import Iterator

# Each stretch of digits and gaps is looked at once.
_GAP = r" \u00a0\u202f\t./()\u2010-\u2015-"
_PHONE_RUN, _CARD_RUN = (
    re.compile(rf"(?<![0-9A-Za-z])[+(]{{0,2}}[0-9](?:[{gaps}]{{0,3}}[0-9])*(?![0-9A-Za-z])")
    for gaps in (_GAP, "_" + _GAP)  # in names of files a phone number stands between such
)
_GROUP = re.compile(r"[0-9]+")

# Who issues cards, by the first digits: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro.
_ISSUED = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6")
_CARD_GAP = re.compile(r"[ \u00a0\u202f\t./_\u2010-\u2015-]{1,3}")
_SHORTEST_CARD, _LONGEST_CARD = 13, 19

# Not the word that stands in place of another number.
_CUE = re.compile(
    r"(?:(?<!\[)\b(?:tel|telephone|tele?fono|telefone|telefon\w{0,6}|phone|mobile|mobil\w{0,6}|m[oó]vil|portable|handy\w{0,6}|cell"
    r"|my number|meine nummer|mi n[uú]mero|mon num[eé]ro|celular|fax|whatsapp|sms"
    r"|rufnummer|call|call (?:me|us)|reach (?:me|us)|ring me|t[eé]l(?:[eé]phone)?)\b|☎|📞)"
    r"[^\w\n]{0,4}(?:(?:number|no|nr|num|num[eé]ro|nummer|at|on|is|ist|es|est|under|unter|al|au)\b[^\w\n]{0,4}){0,3}\Z",
    re.IGNORECASE,
)
_CUE_REACH = 48
_DATE = re.compile(
    r"[0-9]{1,2}([./-])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})(?![0-9])|(?:19|20)[0-9]{2}([./-])[0-9]{1,2}\2[0-9]{1,2}(?![0-9])"
)
_INTERNATIONAL = re.compile(r"\(?(?:\+|00)[ .-]?[1-9]")
_AMERICAN = re.compile(r"\(?1?[ .-]?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[0-9]{3}[ .-][0-9]{4}")
_NATIONAL = re.compile(r"\(?0[1-9][0-9]{0,5}\)?(?:[ /\u2010-\u2015-]{1,3}[0-9]+)+")
_DOTTED = re.compile(r"0[1-9](?:\.[0-9]{2}){4}")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_BLANKS = r"[ \u00a0\u202f\t]+"
_BETWEEN = re.compile(rf"({_BLANKS}[/\u2010-\u2015-]{_BLANKS})")  # one number and the next
_LISTED = re.compile(rf"[0-9]{{1,2}}[.)]{_BLANKS}")  # the number of a line
_SPACE = re.compile(_BLANKS)
_LONGEST_PHONE = 40  # characters
_FEWEST, _MOST = 7, 15  # digits of a phone number (E.164)


def without_numbers(text: str) -> str:
    """The text with `[card]` and `[phone]` in place of such numbers."""
    return _PHONE_RUN.sub(_without_phones, _CARD_RUN.sub(_without_cards, text))


def _without_cards(run: re.Match[str]) -> str:
    said = run.group()
    return _cut(said, list(_cards(said))) if len(said) >= _SHORTEST_CARD else said


def _without_phones(run: re.Match[str]) -> str:
    said = run.group()
    if _is_phone(said, run):
        return "[phone]"
    return "".join(_begun_with_phones(part, run) for part in _BETWEEN.split(said))


def _begun_with_phones(said: str, run: re.Match[str]) -> str:
    """What is left once the phone numbers that it begins with are taken out, each as long as it can be."""
    done, at = "", 0
    if listed := _LISTED.match(said):
        done, at = listed.group(), listed.end()
    while (end := _end_of_phone(said, at, run)) is not None:
        gap = _SPACE.match(said, end)
        done += "[phone]" + (gap.group() if gap else "")
        at = gap.end() if gap else end
    return done + said[at:]


def _end_of_phone(said: str, start: int, run: re.Match[str]) -> int | None:
    ends = [gap.start() for gap in _SPACE.finditer(said, start, start + _LONGEST_PHONE)]
    ends += [len(said)] if len(said) - start <= _LONGEST_PHONE else []
    return next((end for end in reversed(ends) if _is_phone(said[start:end], run)), None)


def _cards(run: str) -> Iterator[tuple[int, int]]:
    """Where in a stretch of digits cards stand, as whole groups of it."""
    groups = [match.span() for match in _GROUP.finditer(run)]
    at = 0
    while at < len(groups):
        end = _last_group(run, groups, at)
        if end is None:
            at += 1
        else:
            yield groups[at][0], groups[end][1]
            at = end + 1


def _last_group(run: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The group with which a card ends that begins with this one; the longest where there are several."""
    digits, found = "", None
    for at in range(first, len(groups)):
        start, end = groups[at]
        if at > first and not _CARD_GAP.fullmatch(run, groups[at - 1][1], start):
            break
        digits += run[start : min(end, start + _LONGEST_CARD + 1)]
        if len(digits) > _LONGEST_CARD:
            break
        if len(digits) >= _SHORTEST_CARD and _is_card(digits):
            found = at
    return found


def _is_card(digits: str) -> bool:
    return _ISSUED.match(digits) is not None and _luhn(digits) % 10 == 0


def _luhn(digits: str) -> int:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return sum(map(int, digits[-1::-2])) + sum(value - 9 * (value > 9) for value in doubled)


def _cut(run: str, cards: list[tuple[int, int]]) -> str:
    pieces, done = [], 0
    for start, end in cards:
        pieces += [run[done:start], "[card]"]
        done = end
    return "".join([*pieces, run[done:]])


def _is_phone(said: str, run: re.Match[str]) -> bool:
    digits = sum(char.isdigit() for char in said)
    if _DOTTED.fullmatch(said):
        return True
    if not _FEWEST - 1 <= digits <= _MOST + 2 or _DATE.match(said) or _ADDRESS.fullmatch(said):
        return False
    if _INTERNATIONAL.match(said):
        # Order numbers may begin with zeros too: those of phones are followed by more.
        return digits >= (_FEWEST if "+" in said[:2] else 11)
    if _AMERICAN.fullmatch(said) or (_FEWEST + 2 <= digits <= 13 and _NATIONAL.fullmatch(said)):
        return True
    before = run.string[max(0, run.start() - _CUE_REACH) : run.start()]
    return digits <= _MOST and _CUE.search(before) is not None
