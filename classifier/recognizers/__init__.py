"""Every recognizer, one file a kind, in one list: a new kind is one file and one line, or one row of a table."""

from classifier.recognizers.age import AGE
from classifier.recognizers.announced_table import ANNOUNCED_NUMBERS
from classifier.recognizers.au_tfn import AU_TFN
from classifier.recognizers.base import PatternRecognizer, Recognizer
from classifier.recognizers.be_nn import BE_NN
from classifier.recognizers.br_cpf import BR_CPF
from classifier.recognizers.ca_sin import CA_SIN
from classifier.recognizers.ch_ahv import CH_AHV
from classifier.recognizers.cl_rut import CL_RUT
from classifier.recognizers.cn_ric import CN_RIC
from classifier.recognizers.coordinates import COORDINATES
from classifier.recognizers.credit_card import CREDIT_CARD
from classifier.recognizers.crypto import CRYPTO
from classifier.recognizers.cz_rc import CZ_RC
from classifier.recognizers.date_of_birth import DATE_OF_BIRTH
from classifier.recognizers.de_tax_id import DE_TAX_ID
from classifier.recognizers.dk_cpr import DK_CPR
from classifier.recognizers.email import EMAIL_ADDRESS
from classifier.recognizers.es_nie import ES_NIE
from classifier.recognizers.es_nif import ES_NIF
from classifier.recognizers.fi_personal_identity_code import FI_PERSONAL_IDENTITY_CODE
from classifier.recognizers.fr_nir import FR_NIR
from classifier.recognizers.iban import IBAN_CODE
from classifier.recognizers.in_aadhaar import IN_AADHAAR
from classifier.recognizers.in_pan import IN_PAN
from classifier.recognizers.ip_address import IP_ADDRESS
from classifier.recognizers.it_fiscal_code import IT_FISCAL_CODE
from classifier.recognizers.kr_rrn import KR_RRN
from classifier.recognizers.mac_address import MAC_ADDRESS
from classifier.recognizers.mx_curp import MX_CURP
from classifier.recognizers.national_table import NATIONAL_NUMBERS
from classifier.recognizers.nl_bsn import NL_BSN
from classifier.recognizers.no_fodselsnummer import NO_FODSELSNUMMER
from classifier.recognizers.numbers import NumberFamily
from classifier.recognizers.password import PASSWORD
from classifier.recognizers.phone import NATIONAL_PHONE, PHONE_NUMBER
from classifier.recognizers.pl_pesel import PL_PESEL
from classifier.recognizers.pt_nif import PT_NIF
from classifier.recognizers.se_personnummer import SE_PERSONNUMMER
from classifier.recognizers.secret import SECRET
from classifier.recognizers.spoken_number import SPOKEN_NUMBER
from classifier.recognizers.travel_document import TRAVEL_DOCUMENT
from classifier.recognizers.uk_nhs import UK_NHS
from classifier.recognizers.uk_nino import UK_NINO
from classifier.recognizers.url import URL
from classifier.recognizers.us_itin import US_ITIN
from classifier.recognizers.us_ssn import US_SSN
from classifier.recognizers.vin import VIN
from classifier.recognizers.za_id import ZA_ID

# The order is that of reading; overlaps settle by strength (see `spans`).
RECOGNIZERS: tuple[PatternRecognizer, ...] = (
    EMAIL_ADDRESS,
    URL,
    SECRET,
    PASSWORD,
    CREDIT_CARD,
    IBAN_CODE,
    PHONE_NUMBER,
    NATIONAL_PHONE,
    SPOKEN_NUMBER,
    IP_ADDRESS,
    MAC_ADDRESS,
    COORDINATES,
    CRYPTO,
    TRAVEL_DOCUMENT,
    VIN,
    DATE_OF_BIRTH,
    AGE,
    US_SSN,
    AU_TFN,
    BE_NN,
    BR_CPF,
    CA_SIN,
    CH_AHV,
    CL_RUT,
    CN_RIC,
    CZ_RC,
    DE_TAX_ID,
    DK_CPR,
    ES_NIE,
    ES_NIF,
    FI_PERSONAL_IDENTITY_CODE,
    FR_NIR,
    IN_AADHAAR,
    IN_PAN,
    IT_FISCAL_CODE,
    KR_RRN,
    MX_CURP,
    NL_BSN,
    NO_FODSELSNUMMER,
    PL_PESEL,
    PT_NIF,
    SE_PERSONNUMMER,
    UK_NHS,
    US_ITIN,
    ZA_ID,
    UK_NINO,
)

FAMILIES: tuple[NumberFamily, ...] = (
    NumberFamily("national", NATIONAL_NUMBERS),
    NumberFamily("announced", ANNOUNCED_NUMBERS),
)

# What the pattern engine searches for, in one pass.
SEARCHED: tuple[Recognizer, ...] = (*RECOGNIZERS, *FAMILIES)
