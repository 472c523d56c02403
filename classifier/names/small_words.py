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

# Everyday words of whoever writes programmes and logs, as they are written there; some are names of people or places
# with a capital. What is a common given name in small letters too (mark, rob, pat, chi) is not here.
TRADE_WORDS = """
alpha beta gamma delta epsilon zeta theta kappa lambda sigma omega kernel router switch gateway proxy server client
cache queue worker ledger shard replica index parser lexer compiler linker loader scheduler dispatcher handler
listener cluster node pod container daemon thread process socket bucket broker topic partition offset cursor batch
cron session cookie header payload schema table column query trigger commit branch release build artifact module
package library plugin runtime driver firmware device disk volume mount snapshot backup heap stack buffer pool mutex
semaphore interrupt callback hook event stream pipe port host domain subnet link route packet frame byte bytes digest
checksum cipher metric gauge counter histogram dashboard alert pipeline webhook endpoint middleware bps kbps mbps gbps
Kbps Mbps Gbps Tbps sha md5 aes rsa hmac crc utf ascii json yaml toml http https tcp udp dns tls ssl ssh
"""

# What a number follows that counts books, standards, requests for comments or holes, and no houses.
SERIES = "ISBN ISSN DOI PMID RFC ISO IEC IEEE DIN ANSI PEP CVE CWE EAN GTIN UPC ASIN ISRC JIRA ADR"
