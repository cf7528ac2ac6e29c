"""What the services publish about their payloads, as schemas and counts.

Sources: Slack: docs.slack.dev, Block Kit reference (blocks, composition objects: text object), chat.postMessage;
bolt-js#2509 for the sum. Discord: docs.discord.com, Webhook resource (Execute Webhook), Message resource (Embed
limits). Teams: learn.microsoft.com, "Create and send messages" (28 KB), and the schema of Adaptive Cards 1.4
(github.com/microsoft/AdaptiveCards, schemas/src). PagerDuty: developer.pagerduty.com, Events API v2, "Send an alert
event".
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from tests.unit.adapters.senders.notices import LINK

Json = Any


def _plain(most: int) -> Json:
    return _object({"type": {"const": "plain_text"}, "text": _text(most), "emoji": {"const": False}}, "type", "text")


def _mrkdwn(most: int) -> Json:
    known = {"type": {"const": "mrkdwn"}, "text": _text(most), "verbatim": {"const": True}}
    return _object(known, "type", "text", "verbatim")


def _text(most: int, least: int = 1) -> Json:
    return {"type": "string", "minLength": least, "maxLength": most}


def _object(properties: Json, *required: str) -> Json:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _array(items: Json, most: int, least: int = 1) -> Json:
    return {"type": "array", "items": items, "maxItems": most, "minItems": least}


_SLACK_BLOCKS = {
    "oneOf": [
        _object({"type": {"const": "header"}, "text": _plain(150)}, "type", "text"),
        _object({"type": {"const": "section"}, "text": _plain(3_000)}, "type", "text"),
        _object({"type": {"const": "section"}, "fields": _array(_plain(2_000), 10)}, "type", "fields"),
        _object({"type": {"const": "context"}, "elements": _array(_mrkdwn(3_000), 10)}, "type", "elements"),
    ]
}
SLACK = Draft202012Validator(
    _object(
        {
            "text": _text(4_000),
            "blocks": _array(_SLACK_BLOCKS, 50),
            "unfurl_links": {"const": False},
            "unfurl_media": {"const": False},
        },
        "text",
        "blocks",
    )
)

_EMBED = _object(
    {
        "title": _text(256),
        "description": _text(4_096),
        "url": _text(2_048),
        "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "color": {"type": "integer", "minimum": 0, "maximum": 0xFFFFFF},
        "fields": _array(
            _object({"name": _text(256), "value": _text(1_024), "inline": {"type": "boolean"}}, "name", "value"), 25, 0
        ),
    },
    "title",
)
DISCORD = Draft202012Validator(
    _object(
        {
            "embeds": _array(_EMBED, 10),
            "allowed_mentions": _object({"parse": {"type": "array", "maxItems": 0}}, "parse"),
        },
        "embeds",
        "allowed_mentions",
    )
)

_RUN = _object(
    {
        "type": {"const": "TextRun"},
        "text": {"type": "string"},
        "color": {"enum": ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"]},
        "size": {"enum": ["Default", "Small", "Medium", "Large", "ExtraLarge"]},
        "weight": {"enum": ["Default", "Lighter", "Bolder"]},
        "isSubtle": {"type": "boolean"},
    },
    "type",
    "text",
)
_RICH = _object(
    {
        "type": {"const": "RichTextBlock"},
        "inlines": _array(_RUN, 100),
        "spacing": {"enum": ["Default", "None", "Small", "Medium", "Large", "ExtraLarge", "Padding"]},
    },
    "type",
    "inlines",
)
_OPEN = _object(
    {"type": {"const": "Action.OpenUrl"}, "title": {"type": "string"}, "url": {"type": "string", "format": "uri"}},
    "type",
    "url",
)
_CARD = _object(
    {
        "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
        "type": {"const": "AdaptiveCard"},
        "version": {"const": "1.4"},
        "body": _array(_RICH, 1_000),
        "actions": _array(_OPEN, 6),
    },
    "type",
    "version",
    "body",
)
_ATTACHMENT = _object(
    {
        "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
        "contentUrl": {"type": "null"},
        "content": _CARD,
    },
    "contentType",
    "content",
)
TEAMS = Draft202012Validator(
    _object({"type": {"const": "message"}, "attachments": _array(_ATTACHMENT, 1)}, "type", "attachments")
)

_PD_KEYS = {"routing_key": {"type": "string"}, "dedup_key": _text(255)}
_PD_PAYLOAD = _object(
    {
        "summary": _text(1_024),
        "source": _text(255),
        "severity": {"enum": ["critical", "error", "warning", "info"]},
        "timestamp": {"type": "string"},
        "component": {"type": "string"},
        "group": {"type": "string"},
        "class": {"type": "string"},
        "custom_details": {"type": "object"},
    },
    "summary",
    "source",
    "severity",
)
PAGERDUTY = Draft202012Validator(
    {
        "oneOf": [
            _object(
                _PD_KEYS
                | {
                    "event_action": {"const": "trigger"},
                    "client": {"type": "string"},
                    "client_url": {"type": "string"},
                    "links": _array(_object({"href": {"type": "string"}, "text": {"type": "string"}}, "href"), 10),
                    "payload": _PD_PAYLOAD,
                },
                "event_action",
                "payload",
            ),
            _object(
                _PD_KEYS | {"event_action": {"enum": ["acknowledge", "resolve"]}},
                "event_action",
                "dedup_key",
            ),
        ]
    }
)


def strings(value: Json) -> Iterator[str]:
    """All texts in a payload, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def wide(text: str) -> int:
    """UTF-16 units: what a service counts that counts most."""
    return len(text.encode("utf-16-le")) // 2


def size(payload: Json) -> int:
    """Bytes as it is sent."""
    return len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())


_OURS = {LINK, f"<{LINK}|Open in Smart-Support>", "http://adaptivecards.io/schemas/adaptive-card.json"}
_TURNS = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def unsafe(payload: Json) -> list[str]:
    """The texts in a payload that are not harmless."""
    return [text for text in strings(payload) if not harmless(text)]


def harmless(text: str) -> bool:
    """Whether a text calls nobody, links nowhere and shows nothing other than it holds."""
    if text.replace("&amp;", "&") in (
        LINK,
        f"<{LINK}|Open in Smart-Support>",
        "http://adaptivecards.io/schemas/adaptive-card.json",
    ):
        return True
    calls = re.search(r"@(everyone|here|channel|[!&]?\d)|<[@!#]|<(/?at\b|t:)|&lt;[@!#]|://|\{\{", text, re.IGNORECASE)
    kinds = {unicodedata.category(char) for char in text if char != "\n"}
    turns = {unicodedata.bidirectional(char) for char in text}
    return calls is None and not kinds & {"Cc", "Cs", "Zl", "Zp"} and not turns & _TURNS
