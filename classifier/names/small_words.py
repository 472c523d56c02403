"""Words that stand in names, before them, or where a name might: what the model confuses or leaves out."""

# Between the parts of a name or an address.
PARTICLES = """
a af al am an auf av ben bin bint binti d da das de degli dei del della den der des di do dos du e el ibn im l la las le
les lo los o of san st ten ter the v van vom von y z zu zum zur
"""

# Forms of address tell sex, family or trade of who bears the name, so they are hidden with it.
TITLES = """
mr mrs ms miss mx dr prof sir madam mister herr frau fräulein sr sra srta don doña señor señora dna dn m mme mlle
monsieur madame sig signor signora dott dhr mevr mw meneer mevrouw hr fru pan pani mgr bay bayan
"""

# The same, where they have a capital; in small letters they are a trade or a relation like any other.
CAPITAL_TITLES = """
professor doctor teacher manager coach master uncle aunt auntie grandpa grandma granny father mother brother sister
nurse officer captain general lord lady dame profesor profesora doctora maestro tío tía docteur professeur oncle tante
onkel oma opa doktor dottore professore zio zia tio tia wujek ciocia
"""

# Behind a name.
ENDINGS = "jr sr ii iii iv phd md esq dds rn"

# No name by themselves, though a sentence may begin with them. What is also a name (April, Juli, Mei) is not here.
PLAIN_WORDS = """
monday tuesday wednesday thursday friday saturday sunday january february march july september october november december
today tomorrow yesterday the this that these those there here you your yours he she it its we they their and but for
with from about not please thanks thank hello dear yes okay what when where which who why how
lunes martes miércoles jueves viernes sábado enero febrero marzo abril mayo junio septiembre octubre noviembre
diciembre hoy mañana ayer este esta esto estos estas usted ustedes pero para por con sin como cuando donde que quien
lundi mardi mercredi jeudi vendredi samedi dimanche janvier février avril juin juillet août septembre octobre novembre
décembre demain hier ce cette ces vous nous elle ils elles mais pour avec sans dans merci bonjour oui non quand
montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz oktober dezember heute morgen gestern
dieser diese dieses diesem diesen der die und aber für mit ohne nicht kein keine bitte danke sie ihr ihre wir ich wenn
wann wo was wie
lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio aprile maggio giugno luglio settembre ottobre
dicembre oggi domani ieri questo questa questi queste della delle degli grazie
segunda terça quarta quinta sexta janeiro fevereiro março maio junho julho setembro outubro novembro dezembro hoje
amanhã ontem isso você não obrigado
maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart augustus vandaag gisteren deze dit het
een maar voor niet geen graag
poniedziałek wtorek środa czwartek piątek sobota niedziela dziś dzisiaj jutro wczoraj tego tej dla oraz nie ani bez jest
się proszę dziękuję
"""
