"""What mails say: threads, own words, who may be answered; and mails that are built to do harm."""

import base64
import time
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smart_support.adapters.mail import threads
from smart_support.adapters.mail.kinds import is_program
from smart_support.adapters.mail.read import incoming
from smart_support.pipeline.sources import Incoming

ROOT = "<root.1@example.org>"
FIRST = {"From": "Ann Lee <ann@example.org>", "Message-ID": ROOT, "Subject": "Checkout is down"}
NEXT = {
    "From": "Ann Lee <ann@example.org>",
    "Message-ID": "<next.2@example.org>",
    "In-Reply-To": "<answer@desk.example>",
    "References": f"{ROOT} <answer@desk.example>",
    "Subject": "Re: Checkout is down",
}


def mail(body: str = "No customer can pay.", **headers: str) -> bytes:
    """A plain mail; `_` in a name stands for a hyphen."""
    return raw({**FIRST, **{name.replace("_", "-"): value for name, value in headers.items()}}, body)


def raw(headers: dict[str, str], body: str | bytes) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    given = {name.lower() for name in headers}
    if isinstance(body, str) and "content-type" not in given:
        head += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    content = body.replace("\n", "\r\n").encode() if isinstance(body, str) else body
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + content


def reply(body: str, **headers: str) -> bytes:
    return raw({**NEXT, **{name.replace("_", "-"): value for name, value in headers.items()}}, body)


def read(message: bytes, *ours: str) -> Incoming:
    said = incoming(message, ours, known=lambda key, _: key == threads.key(ROOT))
    assert said is not None
    return said


def test_a_mail_is_a_ticket_of_its_writer() -> None:
    said = read(mail(Date="Sat, 21 Nov 2026 10:00:00 +0100"))
    assert (said.subject, said.body, said.channel) == ("Checkout is down", "No customer can pay.", "mail")
    assert (said.customer.name, said.customer.email) == ("Ann Lee", "ann@example.org")
    assert (said.received_at, said.opens, said.closed) == (1795251600.0, True, None)
    assert said.source_id == threads.key(ROOT)
    assert said.metadata == {
        "message_id": ROOT,
        "opened_by": said.source_id,
        "kind": "person",
        "answer_to": "ann@example.org",
        "may_answer": True,
        "attachments": [],
    }


def test_a_reply_names_the_thread_s_first_mail_and_its_own_id() -> None:
    said = read(reply("Still down.\n\nOn Sat, 21 Nov 2026 at 10:05, Desk <desk@example.org> wrote:\n> We look.\n> Bye"))
    assert said.source_id == threads.key(ROOT)
    (one,) = said.replies
    assert (one.id, one.body, one.quoted) == (threads.key("<next.2@example.org>"), "Still down.", "We look.\nBye")
    assert (one.author, one.by_customer, one.internal) == ("Ann Lee <ann@example.org>", True, False)
    assert said.body.startswith("Still down.\n\nOn Sat")  # whole, should it be the first that is seen of the thread


def test_mails_of_a_thread_agree_in_whatever_order_they_come() -> None:
    mails = [mail(), reply("Still down."), reply("And now?", Message_ID="<third@example.org>")]
    found = set[str]()
    said = list[Incoming]()
    for one in reversed(mails):
        made = incoming(one, known=lambda key, _: key in found)
        assert made is not None
        said.append(made)
        found.add(made.source_id)
    assert len(found) == 1
    assert all(one.opens for one in said)
    assert len({one.replies[0].id for one in said}) == len(said)
    assert [one.metadata["opened_by"] for one in said] == [one.replies[0].id for one in said]


MASS = {"References": "<newsletter@desk.example>"}


@pytest.mark.parametrize("opened", [False, True])
def test_answers_to_a_mass_mail_are_a_ticket_for_each_customer(opened: bool) -> None:
    """Also where the mass mail is a ticket itself, which `known` does not give to one of many."""
    found = {threads.key("<newsletter@desk.example>")} if opened else set[str]()

    def thread(**headers: str) -> str:
        message = raw({**NEXT, **MASS, **{name.replace("_", "-"): value for name, value in headers.items()}}, "x")
        said = incoming(message, ["desk@example.org"], known=lambda key, many: key in found and not (many and opened))
        assert said is not None
        found.add(said.source_id)
        return said.source_id

    ann = thread(Message_ID="<ann.1@x>")
    bob = thread(Message_ID="<bob.1@x>", From="bob@example.org")
    assert bob != ann
    assert thread(Message_ID="<ann.2@x>", From="Ann <ANN@example.org>") == ann
    chain = "<newsletter@desk.example> <bob.1@x>"
    ours = thread(Message_ID="<us@x>", From="desk@example.org", To="Bob <bob@example.org>", References=chain)
    assert ours == bob
    assert thread(Message_ID="<bob.2@x>", From="bob@example.org", References=f"{chain} <us@x>") == bob


@pytest.mark.parametrize(
    "headers",
    [
        {"References": f"{ROOT} <ack.{'0' * 32}@desk.example>"},
        {"In-Reply-To": f"<ack.{threads.key(ROOT)}@desk.example>", "References": ""},
        {"In-Reply-To": f"Your mail <ack.{threads.key(ROOT)}@desk.example> of today", "References": ""},
    ],
)
def test_a_reply_to_our_acknowledgement_belongs_to_the_ticket(headers: dict[str, str]) -> None:
    said = read(raw({**NEXT, **headers}, "More."))
    assert said.source_id in {threads.key(ROOT), "0" * 32}
    assert threads.acknowledgement_id(threads.key(ROOT), "desk.example").strip("<>").split("@")[0] == (
        f"ack.{threads.key(ROOT)}"
    )


QUOTES = {
    "en": ("Thanks, that works.", "On Mon, 3 Mar 2025 at 09:12, Desk <desk@example.org> wrote:\n> Try again.\n> Bye"),
    "de": (
        "Danke, das geht.",
        "Am 03.03.2025 um 09:12 schrieb Desk <desk@example.org>:\n\n> Nochmal versuchen.\n> Gruß",
    ),
    "fr": ("Merci, ça marche.", "Le lun. 3 mars 2025 à 09:12, Desk <desk@example.org> a écrit :\n> Réessayez."),
    "es": ("Gracias.", "El lun, 3 mar 2025 a las 9:12, Desk (<desk@example.org>) escribió:\n> Pruebe."),
    "it": ("Grazie.", "Il giorno lun 3 mar 2025 alle ore 09:12 Desk <desk@example.org> ha scritto:\n> Provi."),
    "two lines": ("Fine.", "On Mon, 3 Mar 2025 at 09:12, A Very Long Name <\ndesk@example.org> wrote:\n> Try."),
    "outlook": (
        "Fine now.",
        "From: Desk <desk@example.org>\nSent: Monday\nTo: Ann\nSubject: Re: Checkout\n\nTry again.",
    ),
    "outlook de": ("Geht.", "Von: Desk <desk@example.org>\nGesendet: Montag\nAn: Ann\nBetreff: AW: Kasse\n\nNochmal."),
    "original": ("See above.", "-----Original Message-----\nFrom: Desk\nSubject: x\n\nTry again."),
}


@pytest.mark.parametrize("name", QUOTES)
def test_what_is_quoted_is_kept_apart(name: str) -> None:
    own, quoted = QUOTES[name]
    (one,) = read(reply(f"{own}\n\n{quoted}\n")).replies
    assert one.body == own
    assert one.quoted.split()[-1] in quoted
    assert "schrieb" not in one.body


def test_answers_between_the_quoted_lines_are_all_its_own() -> None:
    (one,) = read(reply("> Which shop?\nThe one in Rome.\n> Since when?\nSince nine.")).replies
    assert one.body.split() == ["The", "one", "in", "Rome.", "Since", "nine."]
    assert one.quoted == "Which shop?\nSince when?"


def test_a_reply_of_nothing_but_quotes_is_kept_whole() -> None:
    (one,) = read(reply("> Try again.\n> Bye")).replies
    assert (one.body, one.quoted) == ("> Try again.\n> Bye", "")


def test_html_alone_becomes_text_and_its_quotes_are_quotes() -> None:
    markup = (
        "<html><head><style>p {color: red}</style></head><body><p>It&nbsp;works &amp; thanks.</p><div>On Mon, 3 Mar"
        " 2025 at 09:12 Desk &lt;desk@example.org&gt; wrote:</div><blockquote>Try again.</blockquote></body></html>"
    )
    (one,) = read(reply(markup, Content_Type="text/html; charset=utf-8")).replies
    assert (one.body, one.quoted) == ("It works & thanks.", "Try again.")


def whole(message: EmailMessage) -> bytes:
    for name, value in FIRST.items():
        if name not in message:
            message[name] = value
    return bytes(message)


def test_the_plain_alternative_is_read_and_attachments_are_listed_not_kept() -> None:
    message = EmailMessage()
    message.set_content("Plain words.")
    message.add_alternative("<p>Other words.</p>", subtype="html")
    message.add_attachment(b"%PDF" * 100, maintype="application", subtype="pdf", filename="Räch\nnung.pdf"[:4] + ".pdf")
    message.add_attachment("a,b\n1,2\n", subtype="csv", filename="log.csv")
    said = read(whole(message))
    assert said.body == "Plain words."
    pdf, csv = said.metadata["attachments"]
    assert pdf == {"name": "Räch.pdf", "type": "application/pdf", "size": 400}
    assert (csv["name"], csv["type"]) == ("log.csv", "text/csv")


def test_an_empty_plain_alternative_does_not_hide_the_other() -> None:
    message = EmailMessage()
    message.set_content(" \n")
    message.add_alternative("<p>Other words.</p>", subtype="html")
    assert read(whole(message)).body == "Other words."


def test_a_mail_forwarded_as_an_attachment_without_a_word_is_read() -> None:
    inner = EmailMessage()
    inner["Subject"] = "Invoice is wrong"
    inner.set_content("I was billed twice.")
    outer = EmailMessage()
    outer.make_mixed()
    outer.attach(inner_part(inner))
    said = read(whole(outer))
    assert said.body == "I was billed twice."
    assert said.metadata["attachments"][0]["name"] == "Invoice is wrong"


def inner_part(inner: EmailMessage) -> EmailMessage:
    part = EmailMessage()
    part.set_content(inner)
    return part


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("=?utf-8?B?S2Fzc2UgZMO8cmZ0aWc=?=", "Kasse dürftig"),
        ("=?iso-8859-1?Q?Gr=FC=DFe_aus?= =?iso-8859-1?Q?_K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?B?ww==?= =?utf-8?B?vA==?=", "ü"),  # a character broken in two
        ("=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=BC?=", "ü"),
        ("=?no-such-charset?Q?=C3=BC?=", "ü"),
        ("Grüße, uncoded", "Grüße, uncoded"),
        ("=?utf-8?Q?a=0D=0ABcc:_x@y?=", "a Bcc: x@y"),
        ("a\r\n b\x00c", "a b c"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
    ],
)
def test_subjects(value: str, read_as: str) -> None:
    assert read(mail(Subject=value)).subject == read_as


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        ("Grüße".encode(), "iso-8859-1", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("cp1252"), "utf-8", "Gr\ufffd\ufffde"),
        ("Grüße „x“".encode("cp1252"), "iso-8859-1", "Grüße „x“"),
        ("Grüße".encode("cp1252"), "x-unknown", "Grüße"),
        ("ありがとう".encode("iso2022_jp"), "iso-2022-jp", "ありがとう"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        (b"abc", "base64", "abc"),
        (b"abc", "undefined", "abc"),
        (b"\xff\xfe", "utf-16\x00", "ÿþ"),
    ],
)
def test_charsets(data: bytes, charset: str, text: str) -> None:
    assert read(raw({**FIRST, "Content-Type": f'text/plain; charset="{charset}"'}, data)).body == text


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("ann@example.org", None, "ann@example.org"),
        ("<ann@example.org>", None, "ann@example.org"),
        ('"Lee, Ann" <ann@example.org>', "Lee, Ann", "ann@example.org"),
        ("ann@example.org (Ann Lee)", "Ann Lee", "ann@example.org"),
        ("=?utf-8?Q?J=C3=BCrgen?= <j@example.org>", "Jürgen", "j@example.org"),
        ("=?utf-8?Q?boss=40bank.example?= <evil@example.org>", "boss@bank.example", "evil@example.org"),
        ("boss@bank.example <evil@example.org>", "boss@bank.example", "evil@example.org"),
        ("Ann", "Ann", None),
        ("", None, None),
        ("(" * 5000, None, None),
    ],
)
def test_who_wrote(value: str, name: str | None, address: str | None) -> None:
    who = read(mail(From=value)).customer
    assert who.email == address
    assert value.startswith("((") or who.name == name


def bounce(*, refers: str = ROOT) -> bytes:
    body = (
        "--B\nContent-Type: text/plain\n\nNo such user.\n--B\nContent-Type: message/delivery-status\n\n"
        "Action: failed\n\n--B\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: <lost@desk.example>\nReferences: {refers}\n\n--B--\n"
    )
    headers = {
        "From": "MAILER-DAEMON@mx.example",
        "Message-ID": "<b@mx>",
        "Content-Type": 'multipart/report; report-type=delivery-status; boundary="B"',
    }
    return raw(headers, body)


def test_a_bounce_is_an_internal_note_of_the_thread_that_it_is_about() -> None:
    said = read(bounce())
    assert (said.source_id, said.opens) == (threads.key(ROOT), False)
    assert (said.replies[0].internal, said.replies[0].by_customer) == (True, False)
    assert (said.metadata["kind"], said.metadata["may_answer"]) == ("bounce", False)
    assert read(bounce(refers=f"<ack.{'a' * 32}@desk.example>")).source_id == "a" * 32


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto-Submitted": "auto-replied (vacation)"}, "auto_reply"),
        ({"Auto-Submitted": "auto-generated; by=exchange"}, "auto_reply"),
        ({"X-Autoreply": "yes"}, "auto_reply"),
        ({"Precedence": "auto_reply"}, "auto_reply"),
        ({"Return-Path": "<>"}, "auto_reply"),
        ({"X-Failed-Recipients": "ann@example.org"}, "bounce"),
        ({"From": "Mailer-Daemon@mx.example"}, "bounce"),
    ],
)
def test_automatic_replies_are_internal_and_open_nothing(headers: dict[str, str], kind: str) -> None:
    said = read(raw({**NEXT, **headers}, "I am away."))
    assert (said.opens, said.replies[0].internal, said.metadata["may_answer"]) == (False, True, False)
    assert said.metadata["kind"] == kind
    if kind == "auto_reply" and headers.keys().isdisjoint({"Return-Path"}) and "generated" not in str(headers):
        assert incoming(raw({**FIRST, **headers}, "I am away.")) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Id": "<users.example.org>"},
        {"Precedence": "bulk"},
        {"Auto-Submitted": "auto-generated"},
        {"Return-Path": "<>"},
        {"X-Auto-Response-Suppress": "DR, AutoReply"},
        {"From": "Shop <no-reply@shop.example>"},
        {"Reply-To": "noreply+123@shop.example"},
        {"From": "nobody"},
    ],
)
def test_programs_and_lists_open_tickets_and_are_not_answered(headers: dict[str, str]) -> None:
    said = read(raw({**FIRST, **headers}, "Disk full."))
    assert said.opens
    assert (said.metadata["may_answer"], said.metadata["answer_to"]) == (False, None)


def test_people_are_answered_where_they_want_it() -> None:
    assert read(mail(Auto_Submitted="no")).metadata["may_answer"]
    assert read(mail(X_Auto_Response_Suppress="DR, NDR")).metadata["may_answer"]
    assert read(mail(Reply_To="Bob <bob@example.org>")).metadata["answer_to"] == "bob@example.org"


def test_our_own_words_are_no_customer_s_and_are_not_answered() -> None:
    said = read(reply("We look at it.", From="Desk <Desk@Example.org>"), "desk@example.org")
    assert not said.replies[0].by_customer
    assert not said.metadata["may_answer"]


@pytest.mark.parametrize("address", ["noreply@x", "do-not-reply@x", "no_reply-1@x", "mailer-daemon@x", "a-bounces@x"])
def test_programs(address: str) -> None:
    assert is_program(address)


@pytest.mark.parametrize("address", ["norbert@x", "nora.reply@x", "ann@noreply.example", "dora@x"])
def test_no_programs(address: str) -> None:
    assert not is_program(address)


@pytest.mark.parametrize("given", ["", "no id here", "<a@b> <c@d>"])
def test_without_one_id_copies_are_known_by_their_content(given: str) -> None:
    one, copy, other = (
        read(mail(body, Message_ID=given, Received=by)) for body, by in (("x", "mx1"), ("x", "mx2"), ("y", "mx1"))
    )
    assert one.source_id == copy.source_id != other.source_id
    assert one.metadata["message_id"] is None


def test_two_ids_that_differ_are_none() -> None:
    twice = b"Message-ID: <other@x>\r\n" + mail()
    assert read(twice).metadata["message_id"] is None
    assert read(b"Message-ID: " + ROOT.encode() + b"\r\n" + mail()).metadata["message_id"] == ROOT


@pytest.mark.parametrize("given", ["yesterday", "Mon, 99 Foo 99999 99:99:99 +9999", "1 Jan 0001", "\x00", "1" * 5000])
def test_bad_dates_are_none(given: str) -> None:
    assert read(mail(Date=given)).received_at is None


def test_texts_are_cut_to_the_limits_and_say_so() -> None:
    said = read(mail("a b\n" * 100_000, Subject="s" * 3_000))
    assert (len(said.subject), said.metadata["truncated"]) == (1_000, True)
    assert 199_990 <= len(said.body) <= 200_000
    assert "truncated" not in read(mail()).metadata
    cut = incoming(mail(), whole=False)
    assert cut is not None
    assert cut.metadata["truncated"]


def test_nothing_at_all_is_still_a_ticket_with_a_subject() -> None:
    assert read(b"").subject == "(no subject)"


def nested(levels: int) -> bytes:
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(levels)
    )
    return b"From: a@b.example\r\nMessage-ID: <n@x>\r\n" + head + b"Content-Type: text/plain\r\n\r\nDeep words.\r\n"


def forwarded(levels: int) -> bytes:
    return b"From: a@b.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * levels + b"\r\nDeep words.\r\n"


HOSTILE = {
    "50 MB": lambda: mail() + b"a" * 50_000_000,
    "lines": lambda: mail() + b"\n" * 20_000_000,
    "base64": lambda: raw({**FIRST, "Content-Transfer-Encoding": "base64"}, base64.b64encode(b"x" * 10_000_000)),
    "90 levels of lines": lambda: nested(90) + b"x\n" * 1_000_000,
    "5000 levels": lambda: nested(5_000),
    "99 mails in mails": lambda: forwarded(99),
    "5000 mails in mails": lambda: forwarded(5_000),
    "headers": lambda: b"X-A: b\r\n" * 200_000 + mail(),
    "one header": lambda: b"Subject: " + b"=?utf-8?q?" * 500_000 + b"\r\n\r\n",
    "parameters": lambda: b'Content-Type: text/plain; a=";";' + b'";' * 500_000 + b"\r\n\r\nx",
    "folded": lambda: b"References: <a@b>\r\n" + b" <a@b>\r\n" * 300_000 + b"\r\nx",
    "ids": lambda: b"References: " + b"<" * 500_000 + b"\r\nMessage-ID: " + b"a" * 500_000 + b"\r\n\r\nx",
    "people": lambda: b"From: " + b'<("' * 500_000 + b"\r\n\r\nx",
    "tags": lambda: raw({**FIRST, "Content-Type": "text/html"}, b"<a " * 2_000_000),
    "quotes": lambda: reply("> " * 100_000 + "\n" + "On 1:00 a@b\n" * 20_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_read_in_bounded_time(name: str) -> None:
    message = HOSTILE[name]()
    started = time.process_time()
    said = read(message)
    assert time.process_time() - started < 8.0
    assert len(said.body) <= 200_000
    assert len(str(said.metadata)) < 16_384


NAMES = st.sampled_from(
    [
        "From",
        "To",
        "Date",
        "Subject",
        "Message-ID",
        "References",
        "In-Reply-To",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "Auto-Submitted",
        "Return-Path",
        "Reply-To",
        "Precedence",
        "MIME-Version",
        "X-Failed-Recipients",
    ]
)
SNIPPETS = st.sampled_from(
    [
        "multipart/mixed; boundary=B", 'multipart/alternative; boundary="B"', "multipart/report", "message/rfc822",
        "text/html; charset=utf-7", "text/plain; charset*=utf-8''%00%ff", "text/rfc822-headers", "base64", "x-uuencode",
        "quoted-printable", "attachment; filename*0*=a''%ff; filename*1=b", "=?utf-7?q?+AGE?=", "=?big5?b?/////?=",
        "<a@b>", "Mon, 32 Jan 2025 25:61:61 +9999", "auto-replied", "<>", "message/partial; number=x", "text/x\x00y",
    ]
)  # fmt: skip
VALUES = st.one_of(st.text(max_size=60), SNIPPETS, st.lists(SNIPPETS, max_size=3).map("; ".join))
LINES = st.one_of(
    st.sampled_from(
        [b"--B", b"--B--", b"", b"begin 644 a", b"Content-Type: text/html", b"> x", b"<!--", b"=C3=", b"From: x"]
    ),
    st.binary(max_size=40),
)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    headers = draw(st.lists(st.tuples(NAMES, VALUES), max_size=12))
    head = "".join(f"{name}: {value}\n" for name, value in headers).encode("utf-8", "replace")
    return head + b"\n" + b"\n".join(draw(st.lists(LINES, max_size=12)))


@given(st.one_of(mails(), st.binary(max_size=300)))
@example(b"Content-Type: text/plain\nContent-Disposition: attachment; filename*=x\x00''a\n\nx")
@example(b"Content-Type: multipart/mixed; boundary*=undefined''B\n\n--B\n\nx\n--B--")
@example(b"Content-Type: text/plain; charset*0*=utf-8''a; charset*x=b\n\nx")
@example(
    b"Content-Type: multipart/report; report-type*=x''%ff; boundary=B\n\n--B\nContent-Type: message/rfc822\n\n--B--"
)
def test_no_mail_breaks_the_reading(message: bytes) -> None:
    said = incoming(message)
    assert said == incoming(message)
    if said is None:
        return
    assert len(said.subject) <= 1_000
    assert said.subject.strip() or said.body.strip()
    assert len(said.source_id) == 32
    texts = [said.subject, said.body, said.customer.name or "", said.customer.email or "", str(said.metadata)]
    texts += [text for one in said.replies for text in (one.id, one.body, one.quoted, one.author or "")]
    for text in texts:
        text.encode()
        assert "\x00" not in text
    assert "\n" not in said.subject
