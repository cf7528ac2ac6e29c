import time
from collections import Counter

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from smart_support.domain.triage import Text
from smart_support.triage import clean as module
from smart_support.triage.clean import clean
from smart_support.triage.features import read, words
from smart_support.triage.markup import is_html

MAILS = {
    "en: a reply above quoted history": (
        "Re: [Ticket#4711] Invoice 12",
        (
            "It still shows the old address.\n\nKind regards,\nAnna Bell\nHead of Legal\n+44 20 7946 0018\n\n"
            "On Tue, 5 Mar 2024 at 10:12, Support <help@example.com>\nwrote:\n\n> Have you reloaded the page?\n>\n> Ben"
        ),
        "Invoice 12\nIt still shows the old address.",
    ),
    "en: Outlook": (
        "RE: Outage",
        (
            "All tills are down again.\n\nFrom: Support <help@example.com>\nSent: Tuesday, 5 March 2024 10:12\n"
            "To: Anna Bell\nSubject: Outage\n\nThe outage is over."
        ),
        "Outage\nAll tills are down again.",
    ),
    "en: forwarded": (
        "Fwd: Suspension",
        (
            "fyi\n\nSent from my iPhone\n\nBegin forwarded message:\n\n> From: Host <billing@example.com>\n"
            "> Subject: Suspension\n> Date: 5 March 2024\n> To: me\n>\n> Your site goes offline at noon."
        ),
        "Suspension\nfyi\n\nSuspension\n\nYour site goes offline at noon.",
    ),
    "en: answers between the questions": (
        "Re: Printer",
        "> Which model is it?\n4200 dn\n> Since when?\nSince the update",
        "Printer\n4200 dn\n\nSince the update",
    ),
    "en: a disclaimer": (
        "",
        (
            "The portal shows other people's files.\n\nThis e-mail and its attachments are confidential and intended"
            " solely for the addressee.\nIf you are not the intended recipient, delete it."
        ),
        "The portal shows other people's files.",
    ),
    "de: a reply": (
        "AW: AW: Rechnung",
        (
            "Leider immer noch falsch.\n\nMit freundlichen Grüßen\nMax Muster\nLeiter Einkauf\n\n"
            "Am 05.03.2024 um 10:12 schrieb Support <s@example.de>:\n> Ihre Rechnung ist korrigiert."
        ),
        "Rechnung\nLeider immer noch falsch.",
    ),
    "de: forwarded": (
        "WG: Lieferung",
        (
            "Bitte kümmern!\n\n-----Ursprüngliche Nachricht-----\nVon: Eva Roth\nGesendet: Dienstag, 5. März 2024"
            " 10:12\nAn: Einkauf\nBetreff: Lieferung\n\nDie Ware ist heute nicht gekommen.\n\nViele Grüße, Eva"
        ),
        "Lieferung\nBitte kümmern!\n\nLieferung\n\nDie Ware ist heute nicht gekommen.",
    ),
    "fr: a reply": (
        "RE: Facture",
        (
            "Toujours rien reçu.\n\nCordialement,\nJeanne Petit\n\nLe mar. 5 mars 2024 à 10:12, Support <s@example.fr>"
            " a\nécrit :\n\n> Nous l'avons envoyée."
        ),
        "Facture\nToujours rien reçu.",
    ),
    "es: a reply": (
        "RV: Pedido",
        (
            "El pedido no ha llegado.\n\nEnviado desde mi iPhone\n\n"
            "El mar, 5 mar 2024 a las 10:12, Soporte (<s@example.es>) escribió:\n\nSu pedido está en camino."
        ),
        "Pedido\nEl pedido no ha llegado.\n\nSu pedido está en camino.",
    ),
    "pt: a reply": (
        "RES: Boleto",
        (
            "Continua errado.\nObrigado,\nRui Costa\n\nEm ter., 5 de mar. de 2024 às 10:12, Suporte <s@example.pt>"
            " escreveu:\n> Já corrigimos."
        ),
        "Boleto\nContinua errado.\nObrigado,",
    ),
    "it: forwarded": (
        "I: Contratto",
        (
            "vedi sotto\n\nDa: Ugo Neri\nInviato: martedì 5 marzo 2024 10:12\nA: Ufficio\nOggetto: Contratto\n\n"
            "Il contratto scade oggi.\n\nCordiali saluti\nUgo Neri"
        ),
        "Contratto\nvedi sotto\n\nContratto\n\nIl contratto scade oggi.",
    ),
    "it: a reply": (
        "R: Ordine",
        "Non va.\n\nIl giorno mar 5 mar 2024 alle ore 10:12 Ugo <u@example.it> ha scritto:\n> Provi ora.",
        "Ordine\nNon va.",
    ),
    "nl: a reply": (
        "Antw: Factuur",
        (
            "Het bedrag klopt niet.\n\nMet vriendelijke groet,\nJan de Vries\n\n"
            "Op di 5 mrt 2024 om 10:12 schreef Support <s@example.nl>:\n> Wij kijken ernaar."
        ),
        "Factuur\nHet bedrag klopt niet.",
    ),
    "html": (
        "[EXTERNAL] Re: Login",
        (
            "<html><head><style>p {color: red}</style></head><body><p>I can&#39;t log in &amp; it says <b>locked</b>."
            '</p><div>--&nbsp;<br>Anna Bell</div><div class="gmail_quote">On Tue, 5 Mar 2024 at 10:12, Support '
            "&lt;s@example.com&gt; wrote:<br></div><blockquote>Try again</blockquote></body></html>"
        ),
        "Login\nI can't log in & it says locked.",
    ),
    "en: below the question, with a long signature": (
        "Re: Printer",
        (
            "On Tue, 5 Mar 2024 at 10:12, Support <help@example.com> wrote:\n> Which printer is it?\n\nThe one on the"
            " second floor.\n\n-- \nAnna Bell\nHead of Procurement\nBell Ltd | 12 High Street | London\n"
            "Tel: +44 20 7946 0018 | www.bell.example"
        ),
        "Printer\nThe one on the second floor.",
    ),
    "fr: Outlook on a phone": (
        "RE: Accès",
        (
            "Toujours bloqué depuis ce matin.\n\nObtenir Outlook pour iOS\n________________________________\n"
            "De : Support <s@example.fr>\nEnvoyé : mardi 5 mars 2024 10:12\nÀ : Jeanne\nObjet : Accès\n\nC'est rétabli."
        ),
        "Accès\nToujours bloqué depuis ce matin.",
    ),
    "sv: a reply": (
        "SV: Faktura",
        "Fortfarande fel.\n\nDen tis 5 mars 2024 kl 10:12 skrev Support <s@example.se>:\n> Den är rättad.",
        "Faktura\nFortfarande fel.",
    ),
    "de: a telephone's line": (
        "WLAN",
        "Das WLAN im Werk ist weg.\n--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
        "WLAN\nDas WLAN im Werk ist weg.",
    ),
    "en: a contact form": (
        "",
        (
            "You have received a new message from your contact form:\n\nFrom: Jane <jane@example.com>\n"
            "To: shop@example.com\nSubject: Tills dead\n\nNobody in our 40 shops can pay"
        ),
        ("You have received a new message from your contact form:\n\nTills dead\n\nNobody in our 40 shops can pay"),
    ),
    "de: a contact form": (
        "Anfrage",
        (
            "Neue Nachricht über das Kontaktformular\n\nVon: Max Muster\nAn: info@example.de\nBetreff: Doppelt\n\n"
            "Rechnung 12 wurde doppelt abgebucht"
        ),
        "Anfrage\nNeue Nachricht über das Kontaktformular\n\nDoppelt\n\nRechnung 12 wurde doppelt abgebucht",
    ),
    "de: a mail that is announced": (
        "Kassen",
        (
            "Hallo Kollegen,\nunser größter Kunde schreibt uns gerade:\n\nVon: Eva Roth\nGesendet: Dienstag, 5. März"
            " 2024 10:12\nAn: Vertrieb\nBetreff: Kassen\n\nAlles steht."
        ),
        "Kassen\nHallo Kollegen,\nunser größter Kunde schreibt uns gerade:\n\nKassen\n\nAlles steht.",
    ),
    "pt: forwarded below a greeting": (
        "Sistema",
        (
            "Olá,\n\nDe: Rui\nEnviado: terça-feira, 5 de março de 2024 10:12\nPara: mim\nAssunto: Sistema\n\n"
            "O sistema está parado."
        ),
        "Sistema\nOlá,\n\nSistema\n\nO sistema está parado.",
    ),
    "en: thanks above a thread": (
        "Re: Tills dead",
        "Thanks, solved!\n\nOn Tue, 5 Mar 2024 at 10:12, Support <s@example.com> wrote:\n> All tills are dead?",
        "Tills dead\nThanks, solved!",
    ),
    "subject only": ("Till 4 is dead", "-- \nAnna Bell\nHead of Legal\nBell Ltd", "Till 4 is dead"),
}

UNTOUCHED = [
    ("Order: where is it?", "Hi,\nwhere is order 12?\nThanks"),
    ("", "Dear <name>, a < b and c > d\nat com.example.Foo.<init>(Foo.java:12)\n<133>kernel: panic"),
    ("", "The import refuses this:\n<order><title>x</title><p>1</p></order>"),
    ("", '>>> import billing\nTraceback (most recent call last):\n  File "<stdin>", line 1, in <module>'),
    ("", "Since noon\n>500 users see it\n> 90 % of all calls fail"),
    ("", "On 3 March your colleague wrote:\nwe refund you. Nothing came."),
    ("", "This e-mail with confidential records went to the wrong addressee.\nPlease call."),
    ("", "Thanks\nnow nobody can log in"),
    ("", "Regards\nAnna"),
    ("", "LG\nEva"),
    ("", "It stopped:\nLG TV Box"),
    ("", "Hi team\n--\nAll tills in our 40 shops are dead, nobody can pay"),
    ("", "Servers affected:\n--\nweb1\nweb2\nALL CUSTOMERS DOWN"),
    ("", "Hi team\n--\nWeb1\nWeb2\nALL CUSTOMERS DOWN"),
    (
        "Release",
        "I put 4.2 on the tills.\n\n--\n\nSince then no till starts and the queue is out of the door.\n\n--\nHelp!",
    ),
    ("Panne", "Bonjour à tous nos amis,\n-- \nToutes les caisses sont en panne.\nJeanne Petit\n06 12 34 56 78"),
    ("", "The log says:\n> FATAL all tills offline in 40 shops"),
    ("Import", "@bob it stops again:\n\n> ERROR: disk full on db1\n>\n> FATAL: all writes refused\n\nCan you look?"),
    ("", "Agent Bob wrote at 10:02:\nhello\nCustomer wrote at 10:03:\nall tills dead in 40 shops"),
    ("", "Chat\nMaya schrieb um 10:02:\nWie kann ich helfen?\nKunde schrieb um 10:03:\nDer ganze Laden steht"),
    ("VAT", "From: Rome\nTo: Paris\nseat lost"),
    ("Re:", ""),
    ("", ""),
]

LINES = st.sampled_from(
    [
        "", " ", "Server down", "no way, since 9", "> quoted", ">> older", "> > x", ">", ">>> x", "> 90 %", "fyi",
        "On Tue, 5 Mar 2024 at 10:12, X <x@y.zz>", "wrote:", "On Tue, 5 Mar 2024 X <x@y.zz> wrote:", "x schrieb:",
        "Le mar. 5 mars 2024, X a", "écrit :", "-- ", "--", "Best regards,", "Thanks", "Thanks,", "Viele Grüße, Max",
        "Max Muster", "+49 30 123456", "Sent from my iPhone", "From: X", "Sent: today", "To: Y", "Subject: Re: help me",
        "-----Original Message-----", "Begin forwarded message:", "This message is confidential and",
        "intended only for you", "The log says:", "X wrote at 10:02:", "web1 and all the others are down",
        "siehe unten", "\tfar", "a\rb\x0bc",
    ]
)  # fmt: skip
BODIES = st.one_of(st.lists(st.one_of(LINES, st.text(max_size=20)), max_size=14).map("\n".join), st.text())
SUBJECTS = st.one_of(st.sampled_from(["", "Re: a", "Fwd: b", "[Ticket#1] Re: Fwd: c", "[EXT] "]), st.text())
MARKUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<br>", "<", ">", "<!--", "-->", "<style>", "</style>", "<pre>", "<blockquote>",
         "</blockquote>", "&lt;", "&#0;", "&amp", "<name>", "<![", "<a href='x", " word ", "\n", "<td>", "<o:p>"]
    )
).map("".join)  # fmt: skip


@pytest.mark.parametrize(("subject", "body", "left"), MAILS.values(), ids=MAILS)
def test_mails(subject: str, body: str, left: str) -> None:
    text = Text(subject, body)
    assert read(text) == left
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(("subject", "body"), UNTOUCHED)
def test_what_is_no_mail_history_stays(subject: str, body: str) -> None:
    assert clean(Text(subject, body)) == Text(subject, body)


@pytest.mark.parametrize(
    ("subject", "left"),
    [
        ("RE: Re[2]: AW: x", "x"),
        ("TR : Accès", "Accès"),
        ("ENC: Doorst: x", "x"),
        ("x [Ticket ID: 99]", "x"),
        ("[#4711] x", "x"),
        ("[EXTERNAL] FW: [Case 12] x", "x"),
        ("Report: x", "Report: x"),
        ("[urgent] x", "[urgent] x"),
        ("i: x", "i: x"),
    ],
)
def test_subjects(subject: str, left: str) -> None:
    assert clean(Text(subject, "body")).subject == left


@pytest.mark.parametrize(
    ("subject", "body"),
    [("Re:", "-- \nAnna"), ("", "Sent from my iPhone"), ("", "<html><style>a</style></html>"), ("[#1]", "\n--\nMax")],
)
def test_a_ticket_of_nothing_else_is_read_whole(subject: str, body: str) -> None:
    assert clean(Text(subject, body)) == Text(subject, body)


def test_a_mail_of_nothing_but_history_is_its_history() -> None:
    assert clean(Text("", "> The server\n> is down")).body == "The server\nis down"


@given(SUBJECTS, BODIES)
def test_what_is_left_was_there(subject: str, body: str) -> None:
    assume(not is_html(body))
    text = Text(subject, body)
    left = clean(text)
    assert Counter(words(f"{left.subject}\n{left.body}")) <= Counter(words(f"{subject}\n{body}"))
    if words(f"{subject}\n{body}"):
        assert words(f"{left.subject}\n{left.body}")


@given(SUBJECTS, BODIES)
@example("", "\n".join(["> " * depth + "x" for depth in range(9)]))
@example("", "-----Original Message-----\nsiehe unten\n" * 9)
def test_cleaned_twice_is_cleaned_once(subject: str, body: str) -> None:
    assume(not is_html(body))
    left = clean(Text(subject, body))
    assert clean(left) == left


@given(SUBJECTS, MARKUP)
def test_any_markup_has_an_answer(subject: str, body: str) -> None:
    clean(Text(subject, body))
    clean(Text(subject, f"<html>{body}"))


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        ">",
        "\n",
        "-- \n",
        "On On On ",
        "On 1\n",
        "From: a\n",
        "Regards\nMax\n",
        "<!--",
        "<a b=",
        "x:\n> y\n",
        "a\n--\nA B C D\n",
    ],
)
def test_hostile_texts_cost_linear_time(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TEXT_LIMIT", 10**9)
    monkeypatch.setattr(module, "MARKUP_LIMIT", 10**9)

    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        clean(Text(text, f"x\n{text}"))
        clean(Text("", f"<html>{text}"))
        return time.process_time() - began

    # Eight times the text may cost 24 times as much, where quadratic work would cost 64 times.
    assert seconds(500_000) <= 24 * min(seconds(62_500), seconds(62_500)) + 0.05


def test_long_texts_are_cut_before_they_are_read() -> None:
    assert len(clean(Text("a:" * 50_000, "b\n" * 50_000)).body) <= module.TEXT_LIMIT
    assert clean(Text("", "<html>" + "<p>" * 20_000 + "found")).body == "found"
