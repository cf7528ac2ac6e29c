"""Words that say nothing by themselves, in the seven languages of the corpus: articles, pronouns, prepositions,
auxiliaries, greetings. Quoted alone as a reason they would explain nothing.

What means something on a ticket in another language is left out: "due" and "sue" (Italian), "logo" (Portuguese).
"""

from typing import Final

_EN = """
a about after again ago all also although always am an and another any anyone anything are aren around as at be became
because become been before being below between both but by came can cannot come comes could couldn dear did didn do
does doesn doing don done each either else even ever every few for from further gave get gets getting give given go
goes going got had hadn has hasn have haven having he hello her here hers hey hi him his how however i if in into is
isn it its itself just keep kept last least less let like ll made make makes making many may maybe me might mine more
most much must my myself need needs neither next no nor not off often on once one only onto or other others our ours
out over own per perhaps please put quite rather re really regards said same saw say says see seem seems seen several
shall she should shouldn since sincerely so some someone something soon still such than that the their theirs them
then there therefore these they thing things this those though three through thus till to together too took toward
towards two under until up upon us use used using ve very via want wants was wasn way we well went were weren what
when where whether which while who whole whom whose why will with within without won would wouldn yes yet you your
yours yourself
"""

_DE = """
aber alle allem allen aller alles als also am an andere anderen anderer auch auf aus bei beim bereits bin bis bisher
bist bitte da dabei dafur dagegen daher damen damit danach dann daran darauf darf darin daruber darum das dass davon
dazu dein deine dem den denn der deren des deshalb dessen die dies diese diesem diesen dieser dieses doch dort du
durch durfen ein eine einem einen einer eines einfach einige einmal er erst es etwa etwas euch euer eure freundliche
freundlichen fur ganz gar geehrte geehrten geehrter gegen gern gerne gibt ging gruss grusse grussen guten habe haben
habt hallo hat hatte hatten hattest herren hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im immer
in ins ist ja je jede jedem jeden jeder jedes jedoch jemand jene jetzt kam kann kein keine keinem keinen keiner kommt
konnen konnte konnten lassen liebe lieber machen macht mal man manche mehr mein meine meinem meinen meiner meines mich
mir mit mochte mochten muss mussen musste nach nachdem nicht nichts noch nun nur ob obwohl oder ohne schon sehr sei
seid sein seine seinem seinen seiner seit seitdem selbst sich sie sind so sobald solche soll sollte sollten sondern
sowie statt tag trotz uber um und uns unser unsere unserem unseren unserer unter viel viele vielleicht vom von vor
wann war ware waren warum was wegen weil weiter welche welchem welchen welcher welches wenn wer werde werden weshalb
wie wieder wieso will wir wird wirklich wo wohl wollen wollte wollten wurde wurden zu zum zur zwar zwei zwischen
"""

_ES = """
a acerca ademas ahi al algo alguien algun alguna algunas alguno algunos alli ambos ante antes aqui asi aun aunque bajo
bien buenas buenos cada casi como con contra cordial cosa cosas cual cuales cualquier cuando cuanto cuyo da dan dar de
debe deben decir dejo del desde despues dice dijo donde dos durante e el ella ellas ello ellos en entonces entre era
eran eres es esa esas ese eso esos esta estaba estaban estado estamos estan estar estas este estimada estimado
estimados esto estos estoy favor fue fueron fui gran ha haber habia hace hacer hacia hago han has hasta hay haya he
hecho hemos hola hoy iba igual incluso ir la las le les lo los luego mas me menos mi mia mientras mio mis misma mismas
mismo mismos mucha muchas mucho muchos muy nada ni ningun ninguna ninguno no nos nosotros nuestra nuestras nuestro
nuestros nunca o os otra otras otro otros para parece pero poco podemos poder podria pongo por porque pude pudo pueda
puede pueden puedo pues que quien quienes quiere quiero sabe saludo saludos se sea segun senor senora senores ser si
sido siempre sigue sin sino sobre solo son soy su sus suya suyo tal tambien tampoco tan tanto tardes te tenemos tener
tengo ti tiene tienen toda todas todavia todo todos tras tu tus tuve u un una unas uno unos usted ustedes va vamos van
varias varios ve ver vez voy y ya yo
"""

_FR = """
a ai aie ainsi alors apres as assez au aucun aucune aujourd auquel aussi autre autres aux avaient avais avait avant
avec avez aviez avoir avons ayant beaucoup bien bonjour bonsoir c ca ce ceci cela celle celles celui cependant ces cet
cette ceux chaque cher chere chez chose comme comment cordialement d dans de deja depuis derniere derriere des
desormais deux devant doit doivent donc dont du elle elles en encore entre est et etaient etais etait etant ete etes
etre eu eux faire fais fait faites faut fois font hier hors ici il ils j jamais je jusqu jusque l la laquelle le
lequel les lesquels leur leurs lors lorsque lui m ma madame maintenant mais malgre me meme memes mes messieurs mien
mieux moi moins mon monsieur n ne ni non nos notre nous on ont ou par parce parmi pas pendant personne peu peut
peuvent peux plait plus plusieurs plutot pour pourquoi pourrait pouvez pouvons pres presque puis puisque qu quand que
quel quelle quelles quelque quelques quels qui quoi s sa salutations sans se sera serait ses seul seule seulement si
sien sinon soit sommes son sont sous souvent suis sur t ta tant te tel telle tellement telles tels tes toi ton
toujours tous tout toute toutes tres trop tu un une va vais vers veut veux voici voila voir vont vos votre voulez vous
y
"""

_PT = """
a acho agora ai ainda algo alguem algum alguma algumas alguns ali alias ambos ante antes ao aos apenas apos aquela
aquelas aquele aqueles aqui aquilo as assim ate atras atraves bem boa bom cada cara caro com como contra contudo da
dao daquele das de dela delas dele deles demais depois desde dessa desse desta deste dia disso disto dizer do dois dos
duas durante e ela elas ele eles em embora enquanto entao entre era eram essa essas esse esses esta estamos estao
estar estas estava estavam este estes estou eu favor faz fazer fez ficou foi for foram fosse fui ha isso isto ja la
lhe lhes lo mais mas me mesma mesmas mesmo mesmos meu meus mim minha minhas muita muitas muito muitos na nada nao nas
nem nenhum nenhuma nessa nesse nesta neste no nos nossa nossas nosso nossos num numa nunca o oi ola onde os ou outra
outras outro outros para pela pelas pelo pelos perante pode podem podemos poder pois por porem porque posso pouco pra
precisa preciso prezada prezado prezados quais qual qualquer quando quanto quase que quem quer quero sao se seja sem
sempre sendo ser sera seu seus si sido so sob sobre somos sou sua suas tal talvez tambem tampouco tanto tao tarde te
tem temos tenho ter teria teu teve tinha tive toda todas todavia todo todos tudo um uma umas uns vai vamos vao veio
vem vez vezes vindo voce voces vou
"""

_IT = """
a abbiamo ad adesso agli ai al alcun alcuna alcune alcuni alla alle allo allora altra altre altri altro anche ancora
andare anzi appena avere avete aveva avevo avuto bene buona buonasera buongiorno c che chi ci cio cioe coi col come
con contro cordiali cortesia cosa cosi cui d da dagli dai dal dalla dalle dallo davvero degli dei del dell della delle
dello dentro deve devo di dice dietro dire dopo dove dovrebbe dunque durante e ecco ed egli ella era erano esse essere
essi fa faccio fanno fatto favore fino forse fra fuori gentile gia giu gli grazie ha hai hanno ho i ieri il in infatti
inoltre insieme invece io l la le lei li lo loro lui ma mai me meno mentre mi mia mie miei mio molta molte molti molto
ne nei nel nell nella nelle nello nessun nessuna nessuno niente noi non nostra nostre nostri nostro nulla o od ogni
ognuno oltre oppure ora ore ormai per perche percio pero piu po poco poi poiche possiamo possibile posso potete
potrebbe prima proprio puo qua qual qualche qualcosa qualcuno quale quali quando quanto quasi quella quelle quelli
quello questa queste questi questo qui quindi saluti salve sarebbe se sei sempre senza si sia siamo siete solo sono
sopra sotto sta stata state stati stato stesso sto su sua subito sugli sui sul sulla sulle sullo suo suoi tale tanto
te ti tra tramite troppo tu tua tue tuo tuoi tutta tuttavia tutte tutti tutto un una uno va verso vi via voglio voi
volta vorrei vostra vostre vostri vostro
"""

_NL = """
aan af al alle alleen alles als altijd alvast andere anders ben bent beste bij bijna binnen boven daar daarna daarom
dag dan dat de deze die dit doe doen doet door dus echt een eens eerst elk elke en enige er erg ergens even gaan gaat
geachte geen gehad geweest gewoon goedemiddag goedemorgen graag groet groeten haar had hadden heb hebben hebt heeft
heel hem hen het hier hij hoe hoi hoor hun iedere iedereen iemand iets ik in is ja je jij jou jouw jullie kan komen
komt kon konden krijg krijgen kun kunnen kunt laat laten maar mag maken man me mee meer meest men met mij mijn
misschien moest moet moeten mogen na naar nadat net niemand niet niets nog nooit nu of om omdat ons onze ook op over
pas per reeds sinds sommige staan staat steeds te tegen ten ter terwijl toch toe toen tot tussen twee u uit uw vaak
van vanaf veel via volgens voor vooral vriendelijke vroeg waar waarom wanneer want waren was wat we weer wel welke
werd werden wie wij wil wilde willen word worden wordt zal ze zeer zei zelf zich zien zij zijn zo zoals zonder zou
zouden zulke
"""

STOP_WORDS: Final = frozenset(" ".join((_EN, _DE, _ES, _FR, _PT, _IT, _NL)).split())
"""Folded as `features.fold` does: lower case, no accents."""
