"""The words that field names are made of: which name which entity (`field_names.tsv`), and which only qualify."""

from collections.abc import Iterator
from importlib.resources import files

from classifier.entities import Entity

# Words after which a name is about a message, a setting or a count, not about a person: `email_sent_count`.
GUARDS = """
    count counts counter total totals sum average avg mean median min max minimum maximum limit limits quota rate
    ratio percent percentage score rank size length width height depth num amount is has had can should must will was
    are needs show hide enable enabled disable disabled allow allowed require required optional send sent use uses
    used usage without missing invalid valid validation validator unique distinct verified verify verification
    confirmed confirm confirmation status state states type types kind kinds format formats template templates subject
    body opt optin optout opted subscribed subscribe unsubscribe id ids uuid guid index idx position offset page label
    labels flag flags visible provider providers domain domains prefix suffix version model brand os carrier error
    errors reason source channel campaign preference preferences setting settings config configuration notification
    notifications notify alert alerts consent column columns regex pattern patterns mask masked placeholder hint help
    tooltip schema policy retry retries attempt attempts expires expired changed updated created deleted modified at
    reset bounce bounced bounces opened clicked delivered queue server host port client service services api list
    lists group groups category order sort log logs report reports link links button icon class style color colour
    image lookup match matches exists present null empty numeric sequence strategy policy handler factory plate tag
    tags parser formatter serializer event events test tests rule rules strength complexity verified timestamp time
    duration interval timeout date delay ttl language locale zone mode level filter filters option options result
    results response request requests feature features component module plugin widget theme layout table row rows
    shard bucket partition replica cluster node pool thread threads worker workers job jobs task tasks batch cache
    cached buffer stream topic topics consumer producer
"""


def known_names() -> Iterator[tuple[str, Entity, str, str]]:
    """Yield every name of the table as people write it, its entity, language, and the kind of object it is told in."""
    table = files(__package__).joinpath("field_names.tsv").read_text(encoding="utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            entity, language, name, where = f"{line}\t".split("\t")[:4]
            yield name, Entity(entity), language, where


# What an object is about, by the name of the field that holds it; every other object is about a thing.
PARENTS: dict[str, str] = {
    "root": """
        data attributes payload body result results record records response request field fields detail details row rows
        value values update updates input output object objects hit hits message messages batch
    """,
    "person": """
        user users customer client patient person people contact employee staff member owner author creator assignee
        manager traits trait profile account billing shipping delivery recipient sender guest buyer seller passenger
        traveler traveller subscriber lead applicant candidate student teacher pupil parent guardian spouse partner
        child children dependent beneficiary payer payee holder insured policyholder subject actor identity
        physician doctor nurse attendee participant invitee organizer signer signatory reporter requester approver
        reviewer visitor resident tenant landlord donor volunteer winner player driver borrower lender debtor creditor
        kunde kunden benutzer nutzer patienten mitarbeiter absender empfanger cliente clientes usuario usuarios paciente
        empleado destinatario remitente utilisateur employe destinataire expediteur utente paziente dipendente
        usuaria funcionario klient uzytkownik pacjent pracownik odbiorca nadawca klant gebruiker medewerker ontvanger
        geolocation geo ship bill to from cc bcc personalinfo personaldata personaldetails demographics
        receiver consignee witness victim suspect lawyer attorney notary addressee caller callee individual
    """,
    "card": "card cards payment paymentmethod paymentsource instrument",
}

# A plain string below such a name is a person: `"patient": "John Smith"`; a number or an object is not.
PEOPLE = """
    customer patient person contact employee author assignee manager recipient sender guest buyer seller passenger
    traveler traveller subscriber applicant candidate student teacher pupil guardian spouse beneficiary payer payee
    insured policyholder physician doctor nurse attendee participant invitee organizer signer signatory reporter
    requester approver reviewer visitor resident tenant landlord donor borrower lender debtor creditor surgeon kunde
    patientin absender empfanger arzt paciente cliente medico medecin paziente dottore pacjent lekarz arts
    destinatario remitente destinataire expediteur odbiorca nadawca ontvanger klant
    receiver holder consignee witness victim suspect lawyer attorney notary addressee caller callee individual
    salesperson salesrep accountmanager casemanager cardholder accountholder policyholder
    kontoinhaber karteninhaber inhaber sachbearbeiter mitarbeiter ansprechpartner titulaire beneficiaire titular
    beneficiario intestatario mittente dipendente empleado remetente funcionario rekeninghouder werknemer afzender
    wlasciciel pracownik klient mottagare avsandare patienten modtager afsender mottaker avsender vastaanottaja
    lahettaja potilas prijemce odesilatel cimzett felado beteg destinatar expeditor alici gonderen hasta получатель
    отправитель пациент отримувач пацієнт penerima pengirim pasien primatelj posiljatelj pacijent
    doktor lakare laege lege laakari lekar orvos medic врач лікар dokter lijecnik
"""

# The same where a login is as likely as a name: `"user": "jsmith"`; also what somebody did: `"created_by": "jsmith"`.
LOGINS = """
    user usuario usuaria utilisateur utilizador benutzer nutzer utente gebruiker uzytkownik kullanici bruger bruker
    anvandare kayttaja uzivatel felhasznalo пользователь користувач 用户 ユーザー 사용자 owner actor
"""
DEEDS = """
    created updated modified changed edited deleted removed assigned reported requested approved reviewed signed closed
    opened handled uploaded invited referred submitted authored written prescribed performed booked received delivered
    shipped sent posted called issued addressed billed registered resolved escalated cancelled canceled
"""

# Words that only say whose value it is; one that names a person also makes `name` tell.
PREFIXES = """
    customer cust user usr client billing bill shipping ship contact home work office primary secondary personal
    private my your guest buyer seller sender recipient patient employee emp member owner account delivery mailing
    legal current default alternate alternative alt backup business person subject applicant student parent guardian
    spouse partner holder passenger traveler lead subscriber author emergency mother father insured payer payee
    beneficiary doctor physician raw new old previous verified main mobile invoice reply login contacto kunden cliente
    a the of
"""
# Names that the rules would read as personal and that are not.
HARMLESS = "subjectline accountstate accountstatus fromstate tostate ownerstate playerstate userstate jobtitle"
# Words that are like a telling name and mean something else.
UNLIKE = """
    number numbers numbering identifier identifiers pagenumber streamname parentid usedname firstnode lastnode relname
    apnumber screenshotname routine phrase phrases registerall documentation authname classname basename hostname
    sessions session birthrate cellular emailer middle complete completed connected connecting constructing opcode
    license national patent personas encounter servername forwarder prefixedname firstframe forcename contribute
    autocode ecnumber isnumber invnumber regeneration suriname sociale rummer sendmail
"""
# Of two fields of one object the first says what the other holds: `{"key": "ssn", "value": "123456789"}`. What only
# says which kind of object it is names a value, and no text: `{"type": "email", "text": "Hello"}`.
PAIRS = {
    "name": """
        key name field attribute attr property prop param parameter column header label question prompt path
        id code feld champ campo pole veld pytanie frage pregunta
    """,
    "kind": "type kind system",
    "value": """
        value values val v answer answers default old new before after previous current
        wert valeur valor wartosc waarde antwort respuesta reponse odpowiedz
    """,
    "text": "text content data response",
}
# A list under a name that ends so may say what stands in the columns of rows beside it.
COLUMNS = """
    columns cols columnnames colnames header headers heading headings fields fieldnames names keys attributes variables
    meta metadata rowtype schema
    spalten spaltennamen kopfzeile felder columnas campos encabezados encabezado cabecera colonnes champs entetes
    colonne campi intestazioni colunas cabecalho kolommen velden kolumny pola naglowki
"""
# Words that names are made of which say nothing about what they hold.
DARK = """
    field fields fld attr attribute attributes prop property param parameter arg args var variable value values val
    data item items entry entries element elements member col column cell slot part piece key obj object objects
    payload blob content info misc other extra custom raw text string str thing node record row rec unit block blk
    box x y z a b c alpha beta gamma delta epsilon foo bar baz qux spam eggs first second third one two three four
    five six seven eight left right f1 meta details detail feld wert champ valeur campo valor pole wartosc campo
    dato veld waarde
"""
# Short words, and such without a vowel, that say something.
SHORT_WORDS = """
    id ip os ts dt no nr tz ua qa ok px ms kb mb gb tb vm db ui ux ci cd pr sn sku url uri src dst msg lvl qty pct
    ttl ver env pid tid cpu gpu ssd hdd sql xml csv pdf png jpg gif svg css html http https dns tls ssl ssh tcp udp
    vpn rpc grpc sdk api cdn crm erp kpi sla ttl utc gmt usd eur gbp pln chf cnt num min max avg sum std len idx fmt
    cfg ctx req res resp rsp hdr hw sw fw rx tx rssi rtt ping hz khz mhz ghz mm cm km kg mg ml db dbm lat lng ref
    seq sha md crc gtin upc mrr arr ltv cac roi ctr cpc cpm nps sms mms push http ws wss smtp pst est mst cst pts
    fps psi rpm mph kph kwh to by at on in of or if is as my up vs en de fr es it pl pt nl
"""
# Words that say nothing about the kind: `email_1`, `phone_primary`, `name_value`.
SUFFIXES = "value text raw string str primary secondary home work one two three main alt encrypted plain field input"
