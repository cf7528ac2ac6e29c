"""The cue words of `domain.urgency`, by group, in English, German, Spanish, French and Portuguese.

Cues are separated by | or by line ends; words of a phrase by spaces; a word ending in * stands for every continuation
of it. Case does not matter. A cue written with accents is also found without them. Between two words of a phrase up
to three characters may stand that end no clause (space, hyphen, apostrophe, quotation mark).

Weights are in units of the logit of S. They are set by hand so that one cue of a kind alone says little, two kinds
together alert (S > 0.8), and danger, loss or a breach alert alone.
"""

from typing import Final, NamedTuple

BASE: Final = -0.7
"""Logit of S without any cue: S = 0.33, a normal ticket."""


class Group(NamedTuple):
    """Cues of one kind: their weight in z, and whether "not" before one of them takes it back."""

    weight: float
    negatable: bool
    cues: str


KEYWORDS: Final = """
asap|urgent|urgently|urgency|critical|critically|emergency|immediately|immediate|broken|outage|outages|blocker|sev1
crash|crashed|crashes|crashing|down|severe|p0|p1|high priority|top priority|right away|as soon as possible
dringend*|sofort|sofortig*|eilig|eilt|notfall|kritisch*|kaputt|ausfall|ausgefallen|umgehend|unverzüglich
urgente|urgentes|urgentemente|urgencia|inmediatamente|emergencia|crítico|crítica|caído|caída|roto|rota|cuanto antes
urgente|urgence|immédiatement|immédiat|critique|panne|au plus vite|dès que possible|en panne|cassé|cassée
urgência|imediatamente|emergência|o mais rápido possível|quanto antes|fora do ar|quebrado|quebrada
"""
"""What /v1 goes by: asap, urgent, critical, broken, outage, and words of their kind."""

SHOUT = """
asap|urgent|urgently|urgency|emergency|immediately|immediate|critical|critically|sev1|p0|p1|high priority|top priority
right away|right now|as soon as possible|at once|escalate|can't wait|cannot wait|time sensitive|time critical
dringend*|sofort|sofortig*|eilig|eilt|notfall|kritisch*|umgehend|unverzüglich|höchste priorität|so schnell wie möglich
urgente|urgentes|urgentemente|urgencia|urge|inmediatamente|inmediata|inmediato|emergencia|crítico|crítica|cuanto antes
ya mismo|ahora mismo|lo antes posible|prioridad alta
urgence|immédiatement|immédiat|immédiate|critique|au plus vite|dès que possible|tout de suite|sans délai
urgência|imediatamente|imediato|emergência|o mais rápido possível|quanto antes|agora mesmo
"""

BROKEN = """
broken|not working|doesn't work|does not work|won't start|won't load|won't open|stopped working|stops working|crash
crashed|crashes|crashing|fails|failed|failing|failure|freezes|frozen|stuck|locked out|locked up|can't log in
cannot log in
can't access|cannot access|no access|unable to|unusable|blocked|lost access|timing out|times out
kaputt|funktioniert nicht|funktionieren nicht|geht nicht|geht nichts|gesperrt|ausgesperrt|abgestürzt|stürzt ab
kein zugriff|keinen zugriff|kein zugang|keinen zugang|fehlgeschlagen
no funciona|no funcionan|dejó de funcionar|no puedo acceder|no podemos|bloqueado|bloqueada|falla|roto|rota
ne fonctionne pas|ne fonctionne plus|ne marche pas|ne marche plus|bloqué|bloquée|impossible de|cassé|cassée
não funciona|não consigo acessar|não conseguimos|parou de funcionar|travado|travada|quebrado|bloqueada
"""

OUTAGE = """
outage|outages|down|went down|is down|are down|offline|unavailable|unreachable|not reachable|error 500|500 error
500 errors
502|503|504|bad gateway|nothing works|nothing loads|nobody can|no one can|none of us can|completely dead|standstill
at a halt|came to a halt|all servers|whole system|entire system|checkout is|system failure|dead in the water
ausfall|ausgefallen|fällt aus|nicht erreichbar|steht still|stillstand|nichts geht mehr|nichts geht|niemand kann
keiner kann|komplett tot|liegt flach|alle server|lahmgelegt
caído|caída|caídos|se cayó|fuera de servicio|nadie puede|nada funciona|no hay servicio|parado|parada|paralizado
en panne|panne|hors service|hors ligne|injoignable|inaccessible|personne ne peut|plus rien|à l'arrêt|tout est bloqué
fora do ar|caiu|ninguém consegue|nada funciona|sem sistema|parados|paradas|indisponível
"""

SCOPE = """
all users|all our users|all customers|all our customers|every user|every customer|everyone|everybody|whole company
entire company|entire team|whole team|whole office|entire office|all sites|all stores|all branches|all locations
company wide
production|in prod|customers are|our customers|multiple users|several users|hundreds of|thousands of|all of us|worldwide
alle kunden|alle nutzer|alle benutzer|alle mitarbeiter|alle kollegen|ganze firma|ganzes team|ganze abteilung|produktiv*
produktion|alle standorte|alle filialen|sämtliche|hunderte|tausende|unsere kunden
todos los usuarios|todos los clientes|todos nuestros|toda la empresa|todas las tiendas|todas las sucursales|producción
nuestros clientes|cientos de|miles de
tous les utilisateurs|tous les clients|tous nos|toute l'entreprise|tout le monde|tous les sites|tous les magasins
en production|nos clients|des centaines|des milliers
todos os usuários|todos os clientes|todos os nossos|toda a empresa|todas as lojas|produção|nossos clientes|centenas
milhares
"""

LOSS = """
data loss|lost data|lost all|losing data|data is gone|files are gone|deleted everything|wiped|data breach|breach
breached
hack|hacked|hacker|hackers|hacking|leak|leaked|leaking|leaks|exposed|exposing|ransom|ransomware|malware|phishing|phished
compromised|unauthorized|unauthorised|vulnerability|exploit|exploited|stolen|stole|identity theft|fraud|fraudulent
someone else's|another customer's|other people's|strangers|without logging in|not signed in|logged in as
medical records|passport scans|social security|overwritten|corrupted
datenverlust|daten verloren|daten weg|gelöscht|datenleck|datenpanne|gehackt|hackerangriff|hacker|gestohlen|erpress*
sicherheitslücke|sicherheitsvorfall|kompromittiert|unbefugt*|betrug|fremde daten|fremden|verschlüsselt
pérdida de datos|perdimos los datos|se borró|se borraron|hackeado|hackeada|hackearon|robado|robada|robaron|robo
filtración|filtrado|filtrados|fraude|no autorizado|no autorizada|vulnerabilidad|datos ajenos|otro cliente
perte de données|données perdues|effacé|effacées|piraté|piratée|piratage|volé|volée|fuite|fraude|non autorisé
rançon|faille|usurpation|autre client|compromis
perda de dados|perdemos os dados|apagou|apagaram|hackeado|hackeada|invadido|invadida|invasão|roubado|roubada
vazamento|vazou|vazaram|fraude|golpe|não autorizado|não autorizada|outro cliente
"""

DANGER = """
fire|smoke|smoking|smells of gas|gas leak|burning|burnt|burned|sparks|sparking|electric shock|explode|exploded|explosion
injured|injury|hurt|bleeding|hospital|ambulance|unconscious|suicide|kill myself|overdose|allergic|anaphyla*|chest pain
carbon monoxide|insulin|dialysis|ventilator|oxygen|patient safety|trapped|danger|dangerous|life threatening|police
intensive care|emergency room|poison*|swollen battery|threatened
feuer|brand|rauch|qualmt|brennt|verbrannt|stromschlag|explodiert|verletzt*|krankenhaus|notaufnahme|lebensgefahr|gefahr
gefährlich|intensivstation|allergisch*|patient|patienten|eingeschlossen|polizei|bedroht
incendio|humo|fuego|quemó|quemado|descarga eléctrica|herido|herida|hospital|ambulancia|peligro|peligroso|alergia
alérgic*|pacientes|policía|atrapad*|amenaz*
incendie|feu|fumée|brûlé|brûlée|brûle|blessé|blessée|hôpital|danger|dangereux|allergi*|patients|coincé|coincée|police
incêndio|fogo|fumaça|queimou|queimado|choque|ferido|ferida|hospital|ambulância|perigo|perigoso|alergi*|pacientes
polícia|preso no
"""

LEGAL = """
court|court order|injunction|subpoena|lawsuit|sue|suing|cease and desist|restraining order|seizure|raid|bailiff|hearing
regulator|attorney general|legal action|statutory deadline|within 72 hours|72 hours|tribunal|warrant
gericht*|verfügung|abmahnung|vorladung|klage|durchsuchung|gerichtsvollzieher|behörde|aufsichtsbehörde
juzgado|orden judicial|demanda|citación|tribunal|juez|embargo|burofax
injonction|assignation|huissier|mise en demeure|juge|saisie|perquisition|référé
liminar|ordem judicial|intimação|processo judicial|juiz|oficial de justiça|notificação extrajudicial|penhora
"""

TODAY = """
today|tonight|this morning|this afternoon|this evening|end of day|end of business|close of business|by noon|by midnight
eod
within the hour|in an hour|in one hour|in two hours|within hours|next hour|in 30 minutes|minutes left|hours left
deadline
expires|expiring|tomorrow morning|by tomorrow|tomorrow|starts in|begins in|leaves in|before noon|since this morning
heute|heute noch|bis heute|heute abend|heute nacht|morgen früh|bis morgen|in einer stunde|binnen einer stunde|feierabend
frist|läuft ab|bis mittag|seit heute|minuten|stunden
hoy|hoy mismo|esta tarde|esta noche|esta mañana|mañana|antes de las|en una hora|plazo|vence|vencen|en dos horas
aujourd'hui|ce soir|ce matin|cet après-midi|demain|demain matin|avant midi|dans une heure|délai|échéance|expire
hoje|ainda hoje|hoje à noite|esta manhã|amanhã|em uma hora|prazo|vence|até o meio-dia|hoje de manhã
"""

PRESSURE = """
still waiting|still no|no reply|no response|no answer|nobody answers|third time|fourth time|fifth time|again and again
for days
for weeks|losing money|losing customers|losing sales|lost sales|lose the|unacceptable|last chance|final notice|overdue
cannot work|can't work|unable to work|stranded|charged twice|double charged|payroll|salaries|wages|checkout
cancelled flight
every minute|each minute|by the minute|minute by minute|keeps charging|keep charging|evicted|eviction
warte noch|keine antwort|zum dritten mal|seit tagen|seit wochen|verlieren umsatz|umsatzausfall|inakzeptabel
letzte mahnung
arbeiten nicht|gehälter|löhne|lohnlauf|doppelt abgebucht|kasse|kassen|im minutentakt
sigo esperando|sin respuesta|tercera vez|desde hace días|perdiendo dinero|perdiendo ventas|inaceptable|nóminas|nómina
cobro doble|cobraron dos veces|no podemos trabajar|cada minuto
toujours pas|sans réponse|troisième fois|depuis des jours|perdons de l'argent|inacceptable|salaires|paie
prélevé deux fois
chaque minute|ne pouvons plus
sem resposta|terceira vez|há dias|perdendo dinheiro|perdendo vendas|inaceitável|salários|folha de pagamento
cobrado duas vezes
cada minuto|não conseguimos trabalhar
"""

CALMING = """
no rush|no hurry|no pressure|not urgent|nothing urgent|not an emergency|whenever|when you have time
when you get a chance
when you get round|at your convenience|take your time|low priority|minor|cosmetic|typo|small thing|tiny|just curious
just wondering|out of curiosity|no big deal|can wait|no need to hurry|not a problem|not important|some day|someday
one day|by the way|fyi|for the record|not complaining|no action needed|nothing to do|no reply needed|for my own
keine eile|eilt nicht|nicht dringend|nicht eilig|irgendwann|bei gelegenheit|wenn sie zeit haben|nur neugierig
aus neugier
kleinigkeit|schönheitsfehler|tippfehler|nebenbei|hat zeit|kein stress|in ruhe
sin prisa|no hay prisa|no corre prisa|no es urgente|nada urgente|cuando puedan|cuando pueda|cuando tengan|por curiosidad
curiosidad|detalle menor|errata|sin apuro|no hay apuro
pas urgent|rien d'urgent|rien ne presse|pas pressé|pas pressée|sans urgence|quand vous pourrez|quand vous aurez
à l'occasion
par curiosité|coquille|petit détail|petite question|simple question
sem pressa|não é urgente|nada urgente|quando puderem|quando puder|por curiosidade|curiosidade|detalhe|sem urgência
"""

WISH = """
feature request|feature idea|suggestion|suggest|would be nice|would be great|would be lovely|would be neat|would love
wish
it would help if|nice to have|idea|any plans|roadmap|please consider|consider adding|could you add|keep up|well done
compliment|great job|love the|love your|thanks for the great
wäre schön|wäre toll|wäre nett|vorschlag|anregung|wunsch|idee|lob|weiter so|würde mich freuen
sugerencia|sería bueno|sería genial|sería útil|estaría bien|me gustaría que|idea|felicidades|enhorabuena
suggestion|ce serait bien|ce serait chouette|serait sympa|idée|bravo|félicitations
sugestão|seria bom|seria ótimo|seria legal|ideia|parabéns|elogio
"""

THANKS = """
thank you|thanks|thx|cheers|kind regards|best wishes|appreciate
danke|vielen dank|besten dank|gracias|muchas gracias|merci|merci beaucoup|obrigado|obrigada
"""

ASKING = """
how do i|how can i|how does|is it possible|is there a way|wondering|wonder|question about|quick question
could you tell me
can you tell me|do you have|do you offer|i would like to know|i'd like to know|curious|what is the|where can i
where do i
wie kann ich|frage zu|ist es möglich|gibt es|ich wüsste gern|wollte fragen|wollte nur|würde gern wissen
cómo puedo|quisiera saber|me gustaría saber|pregunta|es posible|existe alguna|tienen
comment puis-je|comment faire|est-il possible|je voudrais savoir|j'aimerais savoir|question|est-ce que
como posso|gostaria de saber|queria saber|pergunta|é possível|existe alguma|vocês têm
"""

GROUPS: Final[dict[str, Group]] = {
    "shout": Group(1.2, True, SHOUT),
    "broken": Group(0.6, True, BROKEN),
    "outage": Group(1.3, True, OUTAGE),
    "scope": Group(1.1, True, SCOPE),
    "loss": Group(2.2, True, LOSS),
    "danger": Group(2.2, True, DANGER),
    "legal": Group(0.9, True, LEGAL),
    "today": Group(0.9, False, TODAY),
    "pressure": Group(0.8, False, PRESSURE),
    "calming": Group(-1.6, False, CALMING),
    "wish": Group(-0.9, False, WISH),
    "thanks": Group(-0.25, False, THANKS),
    "asking": Group(-0.6, False, ASKING),
}

NEGATED_WEIGHT: Final = -1.2
"""Weight of a negated cue of the group `shout` ("not urgent"); a negated cue of another group counts nothing."""

NEGATORS: Final = (
    r"(?:\b(?:not|never|nothing|without|isnt|dont|doesnt|hardly|nicht|nichts|kein|keine|keinen|keiner|nie|ohne"
    r"|nada|nunca|sin|tampoco|pas|rien|aucun|aucune|jamais|sans|não|nao|sem|nenhum|nenhuma)|n't)\b"
    r"(?:[^\w.!?;,:\n]{1,3}\w{1,12}){0,2}"
    # The shortest negators are too common to reach far: "no one ... urgent" negates nothing.
    r"|\b(?:no|ni|ne|nem)\b(?:[^\w.!?;,:\n]{1,3}\w{1,12})?"
)
"""Pattern of what takes back a cue right behind it: a negating word and at most two words more, in one clause."""
