"""Canadian social insurance numbers, proven by their check digits."""

from stdnum.ca import sin

from classifier.entities import Entity
from classifier.recognizers.base import national_id

CA_SIN = national_id(
    Entity.CA_SIN,
    written=r"\d{3}-\d{3}-\d{3}",
    bare=r"\d{3}[ -]?\d{3}[ -]?\d{3}",
    words=r"sin|social insurance|assurance sociale",
    # A tenth of all numbers in groups of three have a right check digit: only dashes tell.
    proof=lambda value: "-" in value and bool(sin.is_valid(value)),
    keys=("sin", "sinnumber", "socialinsurancenumber", "numerodassurancesociale"),
)
