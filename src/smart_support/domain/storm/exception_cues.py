"""What a duplicate may say that its incident does not, by group, in English, German, Spanish, French and Portuguese.

Much narrower than `domain.urgency_cues`, which weighs what may well be urgent: a cue here takes a ticket out of its
incident by itself. So no word stands alone that calm tickets use: "legal" (a department), "court" (tennis; French for
short), "patient" (be patient), "fire" (off a mail), "deleted" (the cache).

Each is a regular expression over text as `domain.storm.exception` folds it: lower case, no accents, ß as ss. A line's
end stands for |, a space for a gap inside a clause, a name in angle brackets for its entry in `SLOTS`. Only whole words
count.
"""

from typing import Final

SLOTS: Final = {
    # Few words in between: "our data <few>gone" is also "our data is suddenly all gone".
    "few": r"(?:\w+ ){0,3}",
    "data": r"(?:data|records|files|documents|database|backups?|photos|pictures|entries|projects|history|everything"
    r"|work(?! (?:time|hours|days)))",
    "gone": r"(?:deleted|wiped|erased|gone|lost|vanished|disappeared|destroyed|overwritten|corrupted|unrecoverable)",
    "other": r"(?:other|another|different|strange) (?:customers?|users?|people|persons?|compan(?:y|ies)|tenants?"
    r"|patients?|clients?|accounts?|famil(?:y|ies))",
    "theirs": r"(?:accounts?|data|details|names?|addresses|invoices?|orders?|records|files|documents?|messages)",
    "daten": r"(?:\w*daten|daten\w+|unterlagen|dokumente|dateien|eintrage|fotos|bilder|projekte|akten|backups?)",
    "weg": r"(?:weg|verloren|verschwunden|vernichtet|zerstort|futsch|uberschrieben)",
    "datos": r"(?:datos|registros|archivos|ficheros|documentos|fotos|historial|expedientes|informacion)",
    "donnees": r"(?:donnees|fichiers|documents|dossiers|photos|historique|enregistrements|sauvegardes?)",
    "dados": r"(?:dados|registros|arquivos|documentos|fotos|historico|cadastros|prontuarios)",
}

LEGAL: Final = r"""
lawyers?|attorneys?(?! general)|solicitors?|barristers?|legal (?:action|proceedings|steps|consequences|remedies)
lawsuits?|litigation|suing|sue (?:you|them|your|for|over)|(?:will|shall|going to|have to|forced to|ready to) sue
(?:take|taking|took|see|meet) (?:you|this|it|them) (?:in|to) (?:the )?court|go(?:ing)? to court|small claims
hear from (?:my|our) legal|cease and desist|class action|(?:claim|claiming|seek|seeking) (?:for )?damages
(?:hold|holding) you <few>liable|breach of contract|court order|injunction|subpoena|(?:go|going) to the police
(?:report|reporting|complain|complaining|complaint) <few>(?:to|with) (?:the )?(?:ombudsman|regulator|police|ico)
trading standards
\w*anwa?e?lt\w*|rechtliche[nr]? (?:schritte|konsequenzen)
juristische[nr]? schritte|rechtsweg|verklag(?:en|e|t)|klage (?:ein|er)\w+|vor gericht|gerichtlich(?:e[nrs]?)?
strafanzeige|anzeige <few>erstatten|schadene?s?ersatz\w*|abmahnung|einstweilige\w* verfugung|verbraucherzentrale
haftbar
abogad[oa]s?|demandas? judicial(?:es)?|(?:poner|presentar\w*|interpon\w+) (?:una )?(?:demanda|denuncia|querella)
demandar(?:e|emos|los|les)?|denunciar(?:e|emos|los|les)?
(?:acciones|medidas|accion|via) (?:legal(?:es)?|judicial(?:es)?)
juzgados?|tribunales|burofax|querella|danos y perjuicios
avocate?s?|mise en demeure|mett\w+ en demeure|en justice|actions? (?:judiciaires?|legales?)
poursuites? (?:judiciaires?|penales?)|engager\w* (?:des )?poursuites|port\w+ plainte|depos\w+ (?:une )?plainte
tribunal|tribunaux|huissier|dommages (?:et )?interets|procedure judiciaire
advogad[oa]s?|(?:acao|acoes|processo|processos|medidas|via) (?:judicial|judiciais|legais|cabiveis)
processar (?:voces|judicialmente|a empresa)|(?:na|a) justica|entrar com (?:um )?(?:processo|acao)|procon|juizado
notificacao extrajudicial|danos morais|perdas e danos
"""

LOSS: Final = r"""
(?:loss of|losing|lost|loses?) (?:all |our |my |the |their |customer |patient |client |more )*(?:\d[\d.,]* )?<data>
data loss|<data> (?:has|have|had) (?:all |now |just |also |simply )?(?:been )?(?:all |completely |permanently )?<gone>
<data> (?:is|are|was|were|got) (?:all |now |just |also |simply |completely |permanently |apparently |suddenly )*<gone>
(?:deleted|wiped|erased|destroyed|corrupted) (?:our|all) <few><data>
(?:deleted|wiped|erased|destroyed|corrupted) everything
(?:lost|gone|deleted|destroyed) (?:for good|forever|permanently|irretrievably)|permanently (?:lost|deleted|gone)
<data> (?:cannot|can't|could not|couldn't) be (?:recovered|restored)|unrecoverable|irrecoverable|irretrievable
\w*datenverluste?s?|<daten> (?:sind |ist |waren |war |wurden )?<few><weg>
<daten> (?:sind|wurden|wurde|ist) <few>geloscht
(?:verloren|vernichtet) <few><daten>|(?:alles|alle) (?:ist |sind |wurde |war )?(?:weg|geloscht|verloren)
unwiederbringlich|unwiderruflich (?:weg|geloscht|verloren)|nicht wiederherstell\w+
perdidas? de (?:los |nuestros )?<datos>
(?:perdimos|perdido|perdieron|perdi|borrado|borraron|borro|eliminado) <few><datos>
<datos> (?:se )?(?:han |ha |fueron |estan |quedaron )?<few>(?:perdid[oa]s?|borrad[oa]s?)
<datos> <few>(?:borraron|perdieron|desaparecieron|desaparecio|desaparecid[oa]s?)
(?:borrado|borro|perdido|perdio) todo|irrecuperables?
pertes? de (?:nos |mes |toutes )*<donnees>|(?:perdu|efface|detruit) <few><donnees>|perdu definitivement
<donnees> (?:ont |sont |a |est )<few>(?:perdue?s?|effacee?s?|disparue?s?|supprimee?s?|detruite?s?|ecrasee?s?)
<donnees> (?:perdue?s?|effacee?s?|disparue?s?)|tout a <few>(?:efface|disparu|supprime)|irrecuperables?|tout perdu
perda de (?:todos |os |nossos )*<dados>|(?:perdemos|perdi|perdeu|perderam|perdido|apagou|apagaram) <few><dados>
<dados> <few>(?:perdid[oa]s?|apagad[oa]s?|sumiram|sumiu|desapareceram|desapareceu)|(?:apagou|perdemos|perdi) tudo
irrecuperave(?:l|is)
"""

EXPOSURE: Final = r"""
data (?:breach|leak)(?:es|s|ed)?|ransomware|(?:been|was|were|got|are|is) hacked|hackers|<other>'?s?'? <few><theirs>
someone else's <theirs>|<theirs> of <other>|personal data <few>(?:exposed|leaked|public|stolen)|identity theft
datenlecks?|datenpannen?|gehackt|hackerangriff|hackern?|fremde[nr]? (?:<daten>|rechnungen|konten|konto|namen|adressen)
(?:<daten>|rechnungen|namen) (?:von )?(?:anderer|anderen|fremder|fremden) \w+
(?:fuga|filtracion|robo) de <datos>|hackead[oa]s?|hackearon
(?:<datos>|facturas|nombres|pedidos) de (?:otr[oa]s?|terceros) ?\w*
(?:fuites?|vols?|violation) de <donnees>|piratee?s?|piratage|rancongiciel
(?:<donnees>|factures|noms|commandes) d'(?:un )?(?:une )?autres? \w+
(?:vazamento|roubo) de <dados>|vazaram <few><dados>|<dados> <few>(?:vazados|vazaram|expostos)
(?:<dados>|faturas|nomes|pedidos) de outr[oa]s? \w+
"""

DANGER: Final = r"""
injur(?:ed|y|ies)|(?:got|was|were|is|been|badly|people|someone|somebody) hurt|ambulances?|paramedics?|unconscious
(?:caught|catching|on) fire|fire (?:alarms?|brigade|department|engines?|broke|has broken)
(?:a|the) fire (?:in|at|started)|gas leak|carbon monoxide
(?:life|lives|people|patients|residents) (?:is |are )?(?:at risk|in danger)
smoke(?! tests?| testing| free| screen| machines?| detectors?| signals?)
smell\w* (?:of )?(?:gas|burning|burnt|smoke)|electric(?:al)? shocks?|electrocuted|explosion|life threatening
danger to (?:life|lives)|(?:risk|threat) to life|suicid(?:e|al)|kill (?:myself|himself|herself)|overdose
(?:people|someone|somebody|patients?|residents?|he|she) (?:could|might|may|will|is going to|are going to) die
chest pains?|(?:can't|cannot) breathe|(?:taken|rushed|brought) <few>hospital
(?:ist|sind|wurde|wurden|schwer|leicht|sich) (?:(?!nicht|niemand|keiner)\w+ )?verletzt
verletzte[nr]?|feueralarm|feuermelder|feuerwehr|brandalarm|brandmelder|brandgeruch|brandmeldeanlage
es brennt|feuer (?:im|in|gefangen)|rauch|rauchentwicklung|qualmt|qualm
rettungswagen|krankenwagen|rettungsdienst|notarzt|lebensgefahr\w*|lebensbedrohlich\w*|menschenleben|stromschlag
gasgeruch|gasleck|riecht <few>(?:gas|rauch|verbrannt)|bewusstlos\w*|explosion|selbstmord|suizid
(?:menschen|patienten|bewohner|leben) (?:\w+ )?in gefahr
herid[oa]s?|lesionad[oa]s?|incendios?|bomberos|(?<!detector\Wde\W)(?<!echo\W)humo(?! artificial)|ambulancias?
(?:peligro|riesgo) (?:de )?(?:vida|muerte|vital)|vidas? (?:\w+ )?en (?:peligro|riesgo)|huele a (?:gas|quemado|humo)
fuga de gas|descarga electrica|inconscientes?|suicid(?:io|arme|arse)|explosion
(?:pacientes|personas|gente) (?:\w+ )?en peligro
blessee?s?|incendies?|pompiers|fumees?|ambulances?|danger de mort|(?:vies?|patients|personnes) (?:\w+ )?en danger|en feu
fuite de gaz|odeur de (?:gaz|brule)|electrocut\w+|choc electrique|inconsciente?s?|suicid(?:e|er)|pris feu
ferid[oa]s?|machucad[oa]s?|bombeiros|fumaca|alarme de incendio|(?:risco|perigo) de (?:vida|morte)
vidas? (?:\w+ )?em (?:risco|perigo)|(?:vazamento|cheiro) de (?:gas|queimado|fumaca)|choque eletrico|explosao
(?:pacientes|pessoas) (?:\w+ )?em (?:risco|perigo)
"""

NO: Final = (
    r"(?:not|no|no one|never|nothing|without|nobody|none|cannot|\w+n't|nicht|nichts|keine?[nrms]?|nie|niemals|niemand"
    r"|ohne|nada|nadie|nunca|sin|ningun[oa]?|pas|rien|aucune?|(?<!une\W)(?<!la\W)personne(?: n)?|jamais|sans|nao|sem"
    r"|nenhuma?|ninguem)"
)
"""A word that takes back what follows."""

I_AM: Final = r"(?:(?:i am|i'm|as) an? |(?:ich bin|als|soy|como|je suis|sou) )"
"""Before a profession it makes the writer one of them, who threatens nobody."""

ARTICLE: Final = r"(?:an?|any|the|my|our|your|eine?[nrms]?|un|una|une|de|d|l|um|uma) "

ASKED: Final = (
    r"(?:(?<!can\W)confirm(?:ation|e|en|er|ez|ar|em)?|ensure|make sure|whether|if|want|wants|wish|would like|request\w*"
    r"|bestatig\w*|ob|wenn|falls|mochten?|sicherstellen|si|asegur\w*|quiero|quisiera|souhait\w*|gostaria|quero|garant\w*)"
)
"""Before lost data it makes the loss what is asked for, or not yet so: "please confirm that my data was deleted"."""
