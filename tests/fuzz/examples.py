"""Real examples to begin with: those of the documentation, the payloads of the helpdesks, and a few by hand."""

import base64
import gzip
import io
import json
import re
import tomllib
import zipfile
from pathlib import Path

_ROOT = Path(__file__).parent.parent.parent


def _blocks(page: str, language: str = "toml") -> list[bytes]:
    """The code blocks of a page of the documentation."""
    text = (_ROOT / "docs" / page).read_text(encoding="utf-8")
    return [found.encode() for found in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


def _as_json(written: list[bytes]) -> list[bytes]:
    return [json.dumps(tomllib.loads(one.decode()), default=str).encode() for one in written]


def _array(form: bytes) -> bytes:
    """An archive with one array whose header says this."""
    head = form + b" " * (118 - len(form) % 64) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("weights.npy", content + bytes(8))
    return buffer.getvalue()


TAXONOMIES = [
    *_blocks("taxonomy.md"),
    (_ROOT / "src/smart_support/triage/default_taxonomy.toml").read_bytes(),
]
ROUTINGS = [*_blocks("routing.md")[:1], *_blocks("alerts.md")[:1]]
CASES = [one for one in _blocks("routing.md") if b"[[case]]" in one]
AGENTS = [(_ROOT / "src/smart_support/cli/demo_agents.toml").read_bytes()]
TAXONOMIES_JSON, ROUTINGS_JSON = _as_json(TAXONOMIES), _as_json(ROUTINGS)
AGENTS_JSON = [
    json.dumps(tomllib.loads(AGENTS[0].decode())["agent"]).encode(),
    (
        b'{"name": "Ann", "skills": {"Billing": 1.0}, "capacity": 4, "languages": ["en"], "team": "first line", '
        b'"hours": {"zone": "Europe/Berlin", "mon": "09:00-12:30, 13:30-18:00"}}'
    ),
]
AGENTS_CSV = [b'id,name,team,capacity,languages,skills\nann,Ann,first,4,"en;de","Billing=1.0;Legal=0.2"\n']
SETTINGS = [
    (
        b'webhook_threshold = 0.9\n[destinations.chat]\ntype = "slack"\nurl = "https://x.example/"\nper_second = 1.0\n'
        b'[sources.desk]\ntype = "zendesk"\nsecret = "x"\nagents = { "17" = "ann" }\n'
        b'[mailboxes.help]\nurl = "imaps://a:b@mail.example:993/INBOX"\n'
    ),
]

_RECORD = {
    "ticket_id": "t-1",
    "subject": "Refund",
    "body": "I was charged twice.",
    "customer": {"id": "c-1", "email": "ann@mail.example", "name": "Ann", "tier": "gold"},
    "channel": "mail",
    "tags": ["billing"],
    "received_at": "2026-03-02T09:00:00Z",
    "metadata": {"order": 7, "lines": [{"sku": "a"}]},
}
RECORDS = [json.dumps(_RECORD).encode(), b'{"body": "x"}', b'{"ticket_id": "a", "text": "b"}']
BULKS = [json.dumps({"tickets": [_RECORD, {"ticket_id": "t-2", "body": "b", "accepted_at": 1.0}]}).encode()]
RECORDS_CSV = [
    (
        b"ticket_id,subject,body,channel,received_at,tags,customer_email\n"
        b't-1,Refund,"I was charged, twice",mail,2026-03-02T09:00:00Z,a;b,ann@mail.example\n'
        b't-2,"A ""quoted"" one","two\nlines",,1772442000,,\n'
    ),
]
STREAMS = [
    (
        b'{"id": 1, "subject": "Down", "body": "Nobody can pay", "received_at": 10.0}\n'
        b'{"event": "accept", "ticket_id": "1", "agent_id": "ann", "at": 20.0}\n'
        b'{"event": "agent_status", "agent_id": "ann", "status": "away", "at": 30}\n'
    ),
    (
        b'{"id": "a", "body": "x", "received_at": "2026-03-02T09:00:00+01:00", "label": "Billing"}\n'
        b'{"event": "reassign", "ticket_id": "a", "team": "second", "at": "2026-03-02T10:00:00"}\n'
    ),
]

MAILS = [
    b"From: Ann Example <ann@mail.example>\r\nTo: help@shop.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Mon, 02 Mar 2026 09:00:00 +0100\r\nMessage-ID: <1@mail.example>\r\nIn-Reply-To: <0@shop.example>\r\n"
    b"References: <9@x.example> <0@shop.example>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain; charset=utf-8\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nIt is =C3=BC broken.\r\n\r\nOn Monday Bob wrote:\r\n> x\r\n"
    b"--B\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.b64encode(b"<p>It is <b>broken</b>.</p><blockquote>hello</blockquote>")
    + b"\r\n--B--\r\n",
    (
        b"From: MAILER-DAEMON@x.example\r\nAuto-Submitted: auto-replied\r\nSubject: Undelivered\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n--B\r\n\r\nfailed\r\n--B\r\n'
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--B\r\n"
        b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <1@shop.example>\r\nTo: a@b.example\r\n\r\nhi\r\n--B--\r\n"
    ),
    (
        b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\nsee file\r\n--C\r\n"
        b"Content-Type: application/octet-stream; name*=UTF-8''a%20b\r\nContent-Disposition: attachment; filename=a\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--C--\r\n"
    ),
    b"From: a@b.example\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 a\r\n#86)C\r\n`\r\nend\r\n",
]
TEXTS = [
    b"Hello,\n\nit is broken.\n\n-- \nAnn\n\nOn Mon, 2 Mar 2026 at 09:00, Bob <b@x.example> wrote:\n> text\n>> more\n",
    b"<html><body><div>It is <br>broken</div><style>p{}</style><!-- x --><blockquote>old</blockquote></body></html>",
    b"-----Original Message-----\nFrom: Bob\nSent: Monday\nTo: Ann\nSubject: Re: Help\n\nold text\n",
    b"Von: Bob\nGesendet: Montag\nAn: Ann\nBetreff: AW: Hilfe\n\nAlter Text\n",
]

CURSORS = [
    base64.urlsafe_b64encode(said).rstrip(b"=")
    for said in (b'["newest",1772442000.0,"t-1"]', b'["urgent",[0.5,1772442000.0],"t-1"]', b'["urgent",[null,1.0],"t"]')
]
HEADERS = [
    b"application/json;q=0.5, text/plain; version=0.0.4, */*;q=0.1",
    b"application/openmetrics-text; version=1.0.0",
    b"bytes=0-10, 20-, -5",
    b'W/"abc", "def"',
    b"Mon, 02 Mar 2026 09:00:00 GMT",
    b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    b"Bearer ss_0123456789abcdef_0123456789abcdef",
    b'session=abc; csrf=def; a="b"',
    b"application/json; charset=utf-16",
    b"gzip, br;q=0",
    b"https://x.example:443",
]
ARRAYS = [
    _array(b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"),
    _array(b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
    _array(b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }"),
    _array(b"(" * 90),
    gzip.compress(b"x" * 1_000),
]
