"""Exceptions: what takes a duplicate out of its incident's silence, and what does not."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smart_support.domain.storm.exception import CUES, cues, exception, shared_cues
from smart_support.domain.urgency import READ_LIMIT
from smart_support.simulator.families import families
from smart_support.triage.examples import read_examples

CORPUS = Path(__file__).parents[4] / "corpus"

FOUND = {
    "legal": [
        "Our lawyers have been informed and will contact you.",
        "I have passed this on to my attorney.",
        "You will get a letter from our solicitor next week.",
        "If this is not fixed today legal action will follow.",
        "I will sue you for every hour of this.",
        "See you in court.",
        "We are claiming damages for two days without a shop.",
        "I am going to report you to the ombudsman.",
        "I'm suing you.",
        "We hold you fully liable for our losses.",
        "Das geht jetzt an unseren Anwalt.",
        "Unsere Anwälte prüfen das bereits.",
        "Meine Rechtsanwältin meldet sich bei Ihnen.",
        "Wir behalten uns rechtliche Schritte vor.",
        "Sonst werde ich Sie verklagen.",
        "Wir verlangen Schadensersatz für den Ausfall.",
        "Voy a hablar con mi abogado.",
        "Vamos a presentar una demanda judicial.",
        "Os voy a denunciar por esto.",
        "Tomaremos medidas legales contra ustedes.",
        "Mon avocat va vous écrire.",
        "Considérez ce message comme une mise en demeure.",
        "Nous allons porter plainte.",
        "Je vous traînerai en justice.",
        "Vou falar com meu advogado.",
        "Vamos entrar com uma ação judicial.",
        "Vou processar vocês e ir ao Procon.",
    ],
    "loss": [
        "All our data has been deleted.",
        "all our records are gone",
        "We have lost all customer data since Monday.",
        "Since the outage 1,400 records are gone for us, they cannot be restored.",
        "You wiped our whole database.",
        "and we have data loss",
        "When I signed in all my files were gone.",
        "I can confirm that our records are gone.",
        "Se han borrado todos nuestros datos, los archivos han desaparecido.",
        "Alle unsere Daten sind weg.",
        "Unsere Kundendaten wurden komplett gelöscht.",
        "Wir haben einen Datenverlust.",
        "Hemos perdido todos nuestros datos.",
        "Se han borrado... no: nuestros archivos han sido borrados.",
        "Nous avons perdu toutes nos données.",
        "Nos fichiers ont été effacés.",
        "Perdemos todos os dados dos clientes.",
        "Nossos arquivos foram apagados.",
    ],
    "exposure": [
        "I can see another customer's invoices in my account.",
        "This is a data breach.",
        "We have been hacked.",
        "Ich sehe fremde Rechnungen in meinem Konto.",
        "Veo los datos de otros clientes.",
        "Je vois les données d'un autre client.",
        "Estou vendo os dados de outro cliente.",
    ],
    "danger": [
        "Two people were injured.",
        "Nothing works and people were hurt.",
        "The fire alarm does not ring any more.",
        "There is smoke coming out of the rack.",
        "We had to call an ambulance.",
        "It smells of gas in the hall.",
        "Lives are at risk here.",
        "Ein Kollege wurde verletzt.",
        "Der Feueralarm geht nicht, die Feuerwehr ist unterwegs.",
        "Aus dem Gerät kommt Rauch.",
        "Es besteht Lebensgefahr.",
        "Hay un herido en la planta.",
        "Sale humo del equipo.",
        "Il y a un blessé.",
        "De la fumée sort de l'armoire.",
        "Há uma pessoa ferida.",
        "Está saindo fumaça do servidor.",
    ],
}

PLAIN = [
    "Looking forward to hearing from you.",
    "The booking of the tennis court fails.",
    "Our legal team needs a signed DPA before the contract can be renewed.",
    "Under which legal basis do you store our data? This is a GDPR question.",
    "Please delete all my data as the GDPR demands.",
    "Please confirm that all my data has been deleted.",
    "I am not a lawyer, but the sign-in page is down.",
    "As a lawyer I need the calendar, and it is down.",
    "The export to our court reporter template fails.",
    "Could you ask Sue to call me back?",
    "I attach the statement of account.",
    "It is a brand new laptop.",
    "Please be patient with me.",
    "We fire off an email and nothing arrives.",
    "Our smoke test of the release fails.",
    "No data loss so far, it is only slow.",
    "Nobody was hurt, but nothing works.",
    "My subscription expires today.",
    "I deleted the cache and the browser data, and signed in again.",
    "My password cannot be recovered.",
    "Soy abogada y no puedo entrar en el calendario.",
    "I lost my password.",
    "We are losing money every minute.",
    "We are bleeding customers and losing work hours.",
    "I deleted all cookies.",
    "What happens if all our data is lost?",
    "The battery died again.",
    "Checkout is down, error 502 on all pages.",
    "Ich habe den Cache gelöscht, es hilft nicht.",
    "Ich freue mich, von Ihnen zu hören.",
    "Bitte bestätigen Sie, dass meine Daten gelöscht wurden.",
    "Es sind keine Daten verloren, es ist nur langsam.",
    "Das verletzt unser SLA.",
    "Das Gericht auf der Speisekarte lässt sich nicht ändern.",
    "Zum Glück wurde niemand verletzt.",
    "Personne n'est blessé.",
    "Un délai court nous aiderait.",
    "Il court depuis ce matin après une réponse.",
    "Je voudrais que mes données soient supprimées.",
    "Aucune donnée perdue, mais rien ne marche.",
    "Le feu vert de la direction manque encore.",
    "Tengo una demanda muy alta hoy y la página no carga.",
    "He borrado las cookies y sigue igual.",
    "Quisiera que borren mis datos.",
    "Quedo a la espera de su respuesta.",
    "Apaguei o cache e nada mudou.",
    "Não consigo processar o pagamento.",
    "Nenhum dado foi perdido, só está lento.",
    "Amanhã é feriado, podem responder depois.",
]

EVERYDAY = {
    *("tickets_de", "tickets_es", "tickets_fr", "tickets_it", "tickets_nl", "tickets_pt", "tickets_everyday_intl"),
    *("tickets_en_business", "tickets_en_consumer", "tickets_en_engineers", "tickets_en_trackers"),
    *("tickets_titles", "tickets_titles_companies", "tickets_trackers_more"),
}
"""Files of the corpus with tickets as they come; in the others many say such words and mean nothing by them."""


@pytest.mark.parametrize(("group", "text"), [(group, text) for group, texts in FOUND.items() for text in texts])
def test_what_says_more_is_found_in_five_languages(group: str, text: str):
    assert cues(f"Checkout is down\n{text}") == {group}


@pytest.mark.parametrize("text", PLAIN)
def test_what_says_no_more_is_a_duplicate(text: str):
    assert cues(text) == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "OUR LAWYERS WILL CALL YOU",
        "Unsere ANWÄLTE melden sich",
        "Unsere Anwaelte melden sich",
        "une action en\njustice",
        "Mis en demeure ? Non : mise  en demeure.",
    ],
)
def test_case_accents_and_line_ends_do_not_matter(text: str):
    assert cues(text) == {"legal"}


def test_everyday_tickets_hardly_ever_have_a_cue():
    everyday, misleading = [], []
    for file in CORPUS.glob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if record.get("urgency_level", 9) <= 1 and record["category"] != "Legal":
                plain = file.stem in EVERYDAY
                (everyday if plain else misleading).append(f"{record['subject']}\n{record['body']}")
    assert len(everyday) > 2_000
    assert _share(everyday) < 0.01
    assert _share(misleading) < 0.05


def test_calm_tickets_of_simulated_traffic_hardly_ever_have_one_either():
    base = read_examples()
    legal = base.labels.index("Legal")
    rows = zip(base.texts, base.category, base.urgency, strict=True)
    assert _share([text for text, category, urgency in rows if category != legal and urgency < 0.5]) < 0.03


@pytest.mark.parametrize("held_out", [False, True])
def test_what_an_outage_is_told_in_has_no_cue(held_out: bool):
    found = families(held_out=held_out)
    assert _share([one.text for family in found for one in family.look_alikes]) == 0
    assert _share([one.text for family in found for one in family.reports]) < 0.005


def test_what_a_fifth_of_the_first_members_say_is_part_of_the_fault():
    first = ["all our data has been deleted", *["everything is slow"] * 4]
    assert shared_cues(first) == ("loss",)
    assert shared_cues([*first, "still slow"]) == ()
    assert exception("our files are gone", 0.5, ("loss",), 0.5) is None
    assert exception("our files are gone, our lawyer will call", 0.5, ("loss",), 0.5) == "legal_threat"


def test_an_urgency_far_above_the_incident_s_is_a_reason():
    assert exception("still down", 0.86, (), 0.5) == "urgency"
    assert exception("still down", 0.84, (), 0.5) is None


@given(st.text(max_size=200))
def test_any_text_is_read(text: str):
    assert cues(text) <= set(CUES)


def test_only_the_beginning_of_a_long_text_is_read():
    assert cues("down " * READ_LIMIT + " my lawyer") == frozenset()


def _share(texts: list[str]) -> float:
    return sum(bool(cues(text)) for text in texts) / len(texts)
