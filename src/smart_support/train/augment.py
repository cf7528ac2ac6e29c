"""Grammar-based augmentation: the same ticket as another person would have sent it.

    ticket  := [greeting] [opening] body [closing] [signature]        with slips of the keyboard, without accents,
    subject := subject | nothing                                      without punctuation, with other numbers

What the ticket says, and so its category and urgency, stays as it is.
"""

import random
import re
import unicodedata

from smart_support.domain.triage import Text

_GRAMMAR = {
    "en": {
        "greeting": ["Hi,", "Hello,", "Hey there", "Dear support team,", "Good morning,", "To whom it may concern,"],
        "opening": [
            "I hope this reaches the right desk.",
            "Quick one:",
            "Writing on behalf of my office.",
            "As discussed,",
        ],
        "closing": ["Thanks", "Regards", "Best,", "Kind regards,", "Cheers", "Thank you in advance."],
        "signature": ["Sam", "J. Hill, Operations", "Priya", "Tom W.\nFacilities", "Sent from my phone"],
    },
    "de": {
        "greeting": ["Hallo,", "Guten Tag,", "Sehr geehrte Damen und Herren,", "Moin,", "Servus"],
        "opening": ["ich hoffe, ich bin hier richtig.", "kurz zu folgendem:", "ich schreibe für unser Büro."],
        "closing": ["Danke", "MfG", "Viele Grüße", "Mit freundlichen Grüßen", "Vielen Dank im Voraus."],
        "signature": ["T. Kern", "Anja", "Bauer, Verwaltung", "Gesendet von meinem Handy"],
    },
    "es": {
        "greeting": ["Hola,", "Buenos días,", "Buenas tardes:", "Estimados señores:"],
        "opening": ["espero escribir al sitio correcto.", "una cosa:", "les escribo de parte de mi oficina."],
        "closing": ["Gracias", "Un saludo", "Saludos cordiales,", "Gracias de antemano."],
        "signature": ["L. Ortega", "Marta", "Enviado desde mi móvil"],
    },
    "fr": {
        "greeting": ["Bonjour,", "Madame, Monsieur,", "Salut,", "Bonsoir,"],
        "opening": ["j'espère écrire au bon service.", "juste une chose :", "je vous écris pour mon bureau."],
        "closing": ["Merci", "Cordialement,", "Bien à vous,", "Merci d'avance."],
        "signature": ["C. Morel", "Julie", "Envoyé de mon téléphone"],
    },
    "pt": {
        "greeting": ["Olá,", "Bom dia,", "Boa tarde,", "Prezados,"],
        "opening": [
            "espero estar a escrever para o sítio certo.",
            "só uma coisa:",
            "escrevo em nome do meu escritório.",
        ],
        "closing": ["Obrigado", "Cumprimentos,", "Atenciosamente,", "Desde já agradeço."],
        "signature": ["R. Dias", "Ana", "Enviado do meu telemóvel"],
    },
    "it": {
        "greeting": ["Buongiorno,", "Salve,", "Ciao,"],
        "opening": ["spero di scrivere all'ufficio giusto.", "una cosa:"],
        "closing": ["Grazie", "Cordiali saluti,", "Grazie in anticipo."],
        "signature": ["G. Riva", "Paolo"],
    },
    "nl": {
        "greeting": ["Hallo,", "Beste,", "Goedemorgen,"],
        "opening": ["ik hoop dat ik hier goed zit.", "even dit:"],
        "closing": ["Bedankt", "Met vriendelijke groet,", "Groet,"],
        "signature": ["J. de Wit", "Sanne"],
    },
}
_PART, _SLIP, _PLAIN, _DIGITS = 0.1, 0.15, 0.08, 0.3


def augment(text: Text, language: str, chance: random.Random) -> str:
    """One reading of the ticket, subject and body in one string; most often close to the original."""
    grammar = _GRAMMAR.get(language, _GRAMMAR["en"])
    subject, body = text.subject, text.body
    if body and chance.random() < _PART:
        subject = ""

    def some(part: str) -> list[str]:
        return [chance.choice(grammar[part])] if body and chance.random() < _PART else []

    lines = [*some("greeting"), *some("opening"), body, *some("closing"), *some("signature")]
    result = "\n".join(line for line in (subject, *lines) if line)
    if chance.random() < _SLIP:
        result = _slip(result, chance)
    if chance.random() < _PLAIN:
        result = "".join(char for char in unicodedata.normalize("NFD", result) if not unicodedata.combining(char))
    if chance.random() < _PLAIN:
        result = re.sub(r"[^\w\s]", "", result)
    if chance.random() < _DIGITS:  # which shop, which invoice: a number means little
        result = re.sub(r"\d+", lambda number: _other_number(number[0], chance), result)
    return result


def _other_number(number: str, chance: random.Random) -> str:
    """As long as `number`, and it begins with a zero where that does."""
    return "".join(digit if digit == "0" else chance.choice("123456789") for digit in number)


def _slip(text: str, chance: random.Random) -> str:
    """A slip of the keyboard every sixty characters or so: two swapped, one missing, one doubled."""
    chars = list(text)
    for _ in range(1 + len(chars) // 60):
        place = chance.randrange(max(1, len(chars) - 1))
        kind = chance.randrange(3)
        if kind == 0:
            chars[place : place + 2] = reversed(chars[place : place + 2])
        elif kind == 1 and len(chars) > 1:
            del chars[place]
        else:
            chars.insert(place, chars[place])
    return "".join(chars)
