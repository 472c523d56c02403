"""US Social Security numbers: dashed ones whatever they hold, others where a word announces them."""

from stdnum.us import ssn

from classifier.entities import Entity
from classifier.recognizers.base import LEFT_DIGIT, RIGHT_DIGIT, PatternRecognizer, near

_GAP = r"[ \t\r\n]{0,2}[-.][ \t\r\n]{0,2}"
_WORDS = r"ssns?|social security|soc\.? sec|sozialversicherung"

US_SSN = PatternRecognizer(
    entity=Entity.US_SSN,
    name="us_ssn",
    pattern=(
        rf"{LEFT_DIGIT}(\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}}|\d{{3}}[ ]\d{{2}}[ ]\d{{4}}){RIGHT_DIGIT}"
        rf"|{near(_WORDS, r'[0-9]{3}[-. ]?[0-9]{2}[-. ]?[0-9]{4}')}{RIGHT_DIGIT}"
    ),
    # Old and invented numbers fail the check; the check may raise the score, it never lets a match go.
    proof=lambda value: ssn.is_valid("".join(filter(str.isdigit, value))),
    announced=2,
    keys=("ssn", "socialsecuritynumber", "socialsecurity", "ssnumber", "ssnlast4", "ssnlast", "socsec", "ssno"),
)
