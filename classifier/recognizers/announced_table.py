"""Numbers and codes that tell only because a word before them says what they are: one row each."""

# ruff: noqa: E501 - a row of the table is a line.

from classifier.entities import Entity
from classifier.recognizers.checks import is_dea
from classifier.recognizers.numbers import AnnouncedNumber as N

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Letters and digits in groups, the first or second group with a digit: `B-XY 1234`, `D123-4567-8901`.
_MIXED = r"(?-i:(?:[A-Z?9]{1,5}[ -]?)?(?:[A-Z]{1,3}[ -]?)?\d[0-9A-Z]{2,17}(?:[ -][0-9A-Z]*\d[0-9A-Z]*){0,4})"
_PLATE = r"(?-i:[A-Z?]{1,3}(?:[ -]?[A-Z]{1,3})?[ -]?\d{1,5}(?:[ -]?[A-Z]{1,3})?|\d{1,4}[ -]?[A-Z]{2,3}(?:[ -]?\d{1,3})?|\d{1,3}-?[A-Z]{3}-?\d{1,2})"
_DIGITS = r"\d(?:[ -]?\d){4,19}"

ANNOUNCED_NUMBERS: tuple[N, ...] = (
    N(Entity.PASSPORT, bare=r"(?:[A-Z]{1,3}[ -]?)?\d{2}[0-9A-Z]{3,8}|[A-Z]\d{2}[A-Z]\d{2}[A-Z]\d{2}|\d{2} ?\d{2} ?\d{6}", words="passport|passport no|passport number|reisepass|reisepassnummer|passnummer|pass-nr|passeport|pasaporte|passaporto|passaporte|paszport|paszportu|paspoort|pasaport|pass no|pasport"),
    N(Entity.US_PASSPORT, bare=r"[A-Z]?\d{8,9}", words="us passport|u.s. passport|american passport"),
    N(Entity.DRIVER_LICENSE, bare=_MIXED, words="driver license|driver's license|drivers license|driver licence|driving licence|driving license|driver's licence|driverslicense|license number|licence number|dl no|dl number|dl#|dl #|f?hrerschein|fuehrerschein|permis de conduire|carnet de conducir|permiso de conducir|patente di guida|prawo jazdy|rijbewijs|k?rkort|korkort|carta de condu??o|cnh"),
    N(Entity.BANK_ACCOUNT, bare=_DIGITS, words="account number|account no|acct no|acct number|acct #|acct.|account #|a/c|a/c no|bank account|bank acct|checking account|savings account|kontonummer|konto-nr|kontonr|konto nr|ktonr|kto.|kto|numero de cuenta|n?mero de cuenta|num?ro de compte|numero de compte|numer konta|nr konta|numer rachunku|nr rachunku|rekeningnummer|conto corrente|conta corrente|numero conto|account ending|account ends in|beneficiary account|clabe"),
    N(Entity.ABA_ROUTING_NUMBER, bare=r"\d{4}[- ]?\d{4}[- ]?\d", words="routing number|routing no|routing #|routing|aba|aba number|rtn|transit number", proof="us.rtn", keys="routingnumber abarouting abaroutingnumber routingno rtn transitnumber"),
    N(Entity.BANK_CODE, bare=r"\d{2}[- ]?\d{2}[- ]?\d{2}", words="sort code|sortcode"),
    N(Entity.BANK_CODE, bare=r"\d{3}[- ]?\d{3}", words="bsb"),
    N(Entity.BANK_CODE, bare=r"\d{3} ?\d{3} ?\d{2}", words="bankleitzahl|blz"),
    N(Entity.BANK_CODE, bare=r"[A-Z]{4}0[0-9A-Z]{6}", words="ifsc|ifsc code", keys="ifsc ifsccode"),
    N(Entity.CARD_CODE, bare=r"\d{3,4}", words="cvv|cvv2|cvc|cvc2|cvn|csc|security code|card code|pr?fziffer|pin|pin code|kod cvv|c?digo de seguridad|cryptogramme"),
    N(Entity.CARD_EXPIRATION, bare=r"(?:0?[1-9]|1[0-2])[ ]?[/.-][ ]?(?:20)?[2-4]\d", words="exp|exp.|exp date|expiry|expiry date|expires|expiration|expiration date|valid thru|valid through|valid until|g?ltig bis|vto|caducidad|v?lida hasta|date d'expiration|scadenza|wa?na do|vervaldatum"),
    N(Entity.CREDIT_CARD, bare=r"\d(?:[ -]?\d){11,18}", words="credit card|card number|card no|card #|debit card|cc number|cc#|kreditkarte|kreditkartennummer|tarjeta|tarjeta de cr?dito|carte bancaire|carte de cr?dit|carta di credito|cart?o de cr?dito|numer karty|kart?|creditcard"),
    N(Entity.IMEI, bare=r"\d{2}[- ]?\d{6}[- ]?\d{6}[- ]?\d{1,2}|\d{14,16}", words="imei|imei1|imei2|imeisv|imsi|meid", proof="imei"),
    N(Entity.IMEI, bare=r"89\d{16,18}", words="iccid|sim number|sim card|sim"),
    N(Entity.ADVERTISING_ID, bare=_UUID, words="idfa|idfv|gaid|aaid|adid|advertising id|advertising identifier|ad id"),
    N(Entity.DEVICE_ID, bare=rf"{_UUID}|[0-9a-f]{{12,40}}|[0-9A-Z]{{8,20}}", words="device id|deviceid|android id|androidid|udid|serial number|serial no|s/n"),
    N(Entity.VIN, bare=r"[A-HJ-NPR-Z0-9]{17}", words="vin|vin no|vin number|fin|fahrgestellnummer|fahrgestell-nr|chassis|chassis number|num?ro de s?rie|n?mero de bastidor|bastidor|telaio|numer vin"),
    N(Entity.LICENSE_PLATE, bare=_PLATE, words="license plate|licence plate|plate|plates|plate no|plate number|number plate|registration plate|reg. no|vehicle registration|kennzeichen|kfz-kennzeichen|matr?cula|immatriculation|immatricul?e|plaque|targa|kenteken|tablica|nr rejestracyjny|numer rejestracyjny|nr rej.|rejestracyjny|placa|plac?"),
    N(Entity.MEDICAL_RECORD, bare=r"(?:[A-Z]{1,4}[- ]?)?\d[\d/-]{3,14}", words="mrn|mrn#|medical record|medical record no|medical record number|patient id|patient no|patient number|patient #|chart no|chart number|hospital no|hospital number|nhc|historia cl?nica|n? historia|num. historia|patientennummer|patienten-nr|fallnummer|num?ro de patient|cartella clinica|nr pacjenta|pati?ntnummer|episodio"),
    N(Entity.HEALTH_INSURANCE, bare=r"(?:[A-Z]{1,3}[- ]?)?\d[\dA-Z -]{5,14}\d", words="health insurance|insurance id|insurance no|insurance number|member id|member no|policy no|policy number|policy #|group no|group number|medicaid|krankenversicherung|krankenversichertennummer|versichertennummer|versicherten-nr|kvnr|tarjeta sanitaria|cip|carte vitale|ohip|health card|health card number|nr ubezpieczenia"),
    N(Entity.MEDICAL_LICENSE, bare=r"[A-Z][A-Z9]\d{7}", words="dea|dea no|dea number|dea #", proof=is_dea, keys="dea deanumber medicallicense medicallicensenumber"),
    N(Entity.MEDICAL_LICENSE, bare=r"\d{2}[ /]?\d{2}[ /]?\d{4,5}|\d{5,9}", words="n?col|ncol|n? col|n? colegiado|colegiado|n? de colegiado|arztnummer|lanr|rpps|pwz|nr pwz|medical license|medical licence|gmc"),
    N(Entity.NATIONAL_ID, bare=r"(?:(?-i:[A-Z]{1,3})[- ]?)?\d[\d -]{4,16}\d[A-Z]?|\d{3,6}", words="national id|national identity|national identification|id card|identity card|identity number|identity no|id card no|citizen id|resident id|personal id|personal number|personal code|personnummer|government id|carta d'identit?|carte d'identit?|cni|c?dula de identidad|documento de identidad|identiteitskaart"),
    N(Entity.TAX_ID, bare=r"(?:(?:AT|BE|BG|CHE|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[ -]?)?\d[\d /.-]{4,15}\d[A-Z]?", words="tax id|tax no|tax number|taxpayer id|taxpayer number|tax identification number|income tax number|tin|ust-id|ustid|ust-idnr|vat no|vat number|vat id|vat reg|vat|numero fiscal|umsatzsteuer-id"),
    N(Entity.PERSONAL_ID, bare=r"(?:(?-i:[A-Z]{1,5})[-/ ]?)?\d[0-9A-Z/-]{2,15}", words="customer id|customer no|customer number|customer #|client id|client no|client number|employee id|employee no|employee number|employee #|emp id|staff id|student id|student no|student number|matriculation|kundennummer|kunden-nr|kundennr|personalnummer|personal-nr|matrikelnummer|num?ro client|num?ro de client|n?mero de cliente|numer klienta|nr klienta|nr albumu|klantnummer|membership no|membership number|loyalty number|frequent flyer|known traveler|known traveller|badge number|badge no"),
    N(Entity.SALARY, bare=r"\d{1,3}(?:[,. ]\d{3})+(?:[,.]\d{2})?|\d{3,7}(?:[.,]\d{2})?k?|\d{2,3}k", words="salary|annual salary|base salary|annual income|monthly income|net income|gross income|salaire|gehalt|bruttogehalt|nettogehalt|sueldo|salario|stipendio|wynagrodzenie|pensja|salaris|lohn"),
    N(Entity.AGE, bare=r"(?:1[01]\d|\d{1,2})(?:[,.]\d)?", words="aged|age|im alter von|?g? de|edad|wiek"),
)  # fmt: skip
