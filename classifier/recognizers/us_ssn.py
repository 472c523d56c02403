"""US Social Security numbers: dashed ones whatever they hold, others where a word announces them."""

import re

from classifier.entities import Entity
from classifier.recognizers.base import RIGHT_DIGIT, PatternRecognizer, near

_GAP = r"[ \t\r\n]{0,2}[-.][ \t\r\n]{0,2}"
# `978-13-6604-16` goes on: it is the number of a book.
_RIGHT = r"(?:$|[^0-9-]|-(?:$|[^0-9]))"
_WORDS = r"ssns?|social security|soc\.? sec|sozialversicherung"
# What was issued, as python-stdnum has it, at a tenth of the time: not to nobody, not in advertisements.
_ISSUED = re.compile(r"(?!000|666|9|078051120|457555462|219099999)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}")
_NO_DIGIT = re.compile(r"[^0-9]+")

US_SSN = PatternRecognizer(
    entity=Entity.US_SSN,
    name="us_ssn",
    pattern=(
        rf"(?:^|[^0-9-]|[^0-9]-)(\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}}|"
        rf"\d{{3}}[ \n\t]{{1,2}}\d{{2}}[ \n\t]{{1,2}}\d{{4}}){_RIGHT}"
        rf"|{near(_WORDS, r'[0-9]{3}[-. ]?[0-9]{2}[-. ]?[0-9]{4}')}{RIGHT_DIGIT}"
    ),
    # Old and invented numbers fail the check; the check may raise the score, it never lets a match go.
    proof=lambda value: _ISSUED.fullmatch(_NO_DIGIT.sub("", value)) is not None,
    announced=2,
    keys=("ssn", "socialsecuritynumber", "socialsecurity", "ssnumber", "ssnlast4", "ssnlast", "socsec", "ssno"),
)
