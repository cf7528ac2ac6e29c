"""Text of an HTML body, for what triage reads.

A scanner of its own: `html.parser` needs quadratic time for unclosed tags ("<a <a <a") and raises on "<![<![" in
Python versions that are in use. This one looks at each character a bounded number of times and never raises. Only tags
of `_ELEMENTS` are markup; a `<name>` that is none of them stays as it is.
"""

import html
import re

_BLOCKS = (
    "address article aside blockquote body br caption center dd div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr html li main nav ol p pre section table tbody tfoot thead tr ul"
)
_PHRASES = (
    "a abbr acronym area audio b base bdi bdo big button cite code col colgroup data del details dfn em embed font head"
    " i iframe img input ins kbd label link map mark meta nobr noscript object param picture q s samp select small"
    " source span strike strong sub summary sup textarea time tt u var video wbr"
)
_LINES = frozenset(_BLOCKS.split())
_CELLS = frozenset(("td", "th", "option"))
_DROPPED = frozenset(("script", "style", "title", "template", "svg"))
_ELEMENTS = _LINES | _CELLS | _DROPPED | frozenset(_PHRASES.split())

# No star here is under another, and each ends at the next "<": every character is tried once.
_TAG = re.compile(
    r"<(?:(?P<comment>!--)|!(?:doctype|\[)[^<>]*>|\?xml[^<>]*>|/?(?:[ovwm]|st1):[^<>]*>"
    r"|(?P<end>/?)(?P<name>[a-z][a-z0-9]{0,9})(?:[\s/][^<>]*)?>)",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"\s*<(?:!doctype html|html[\s>])", re.IGNORECASE)
_STARTS = re.compile(
    r"\s*<(?:!--|(?:a|b|blockquote|body|br|center|div|em|font|h[1-6]|head|i|img|meta|ol|p|pre|span|strong|style|table|u"
    r"|ul)[\s/>])",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br[\s/]*|/(?:p|div|li|tr|td|table|ul|ol|h[1-6]|blockquote)\s*)>", re.IGNORECASE)
_CLOSES = re.compile(r"<br[\s/>]|</(?:a|b|body|center|em|font|head|i|pre|span|strong|style|u)>", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_END_OF = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _DROPPED}


def is_html(text: str) -> bool:
    """Whether `text` is an HTML body: a document, a text that starts with a tag of HTML and has more of them, or one
    whose lines end in tags. XML, placeholders ("<name>"), comparisons and stack traces are none."""
    if _DOCUMENT.match(text):
        return True
    breaks = len(_BREAK.findall(text))
    if _STARTS.match(text):
        return breaks > 0 or _CLOSES.search(text) is not None
    return breaks > 1 and breaks >= text.strip().count("\n")


def to_text(markup: str) -> str:
    """`markup` without tags, comments, scripts and styles; its blocks are lines, a block quote's lines start with "> ",
    entities are decoded."""
    writer = _Writer()
    place, comments = 0, True
    while tag := _TAG.search(markup, place):
        writer.text(markup[place : tag.start()])
        place = tag.end()
        name = (tag["name"] or "").lower()
        if tag["comment"]:
            # Where one comment has no end, no later one has: what follows is read.
            end = markup.find("-->", place) if comments else -1
            comments = end >= 0
            place = end + 3 if comments else place
        elif name in _DROPPED and not tag["end"]:
            end_tag = _END_OF[name].search(markup, place)
            place = end_tag.start() if end_tag else len(markup)
        elif name in _ELEMENTS:
            writer.tag(name, opens=not tag["end"])
        elif name:
            writer.text(tag[0])
    writer.text(markup[place:])
    return writer.whole()


class _Writer:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._quotes = 0
        self._verbatim = 0

    def text(self, raw: str) -> None:
        if not raw:
            return
        lines = html.unescape(raw).split("\n") if self._verbatim else [html.unescape(raw)]
        for number, line in enumerate(lines):
            if number:
                self._line()
            self._parts.append(_SPACE.sub(" ", line))

    def tag(self, name: str, *, opens: bool) -> None:
        step = 1 if opens else -1
        if name == "blockquote":
            self._quotes = max(0, self._quotes + step)
        elif name == "pre":
            self._verbatim = max(0, self._verbatim + step)
        if name in _LINES:
            self._line()
        elif name in _CELLS:
            self._parts.append(" ")

    def whole(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._parts).split("\n"))
        return "\n".join(line for line in lines if line not in ("", ">"))

    def _line(self) -> None:
        self._parts.append("\n> " if self._quotes else "\n")
