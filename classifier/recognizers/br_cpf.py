"""Brazilian taxpayer numbers, proven by their check digits."""

from stdnum.br import cpf

from classifier.entities import Entity
from classifier.recognizers.base import national_id

BR_CPF = national_id(
    Entity.BR_CPF,
    written=r"\d{3}\.\d{3}\.\d{3}-\d{2}",
    bare=r"\d{3}[. ]?\d{3}[. ]?\d{3}[- ]?\d{2}",
    words=r"cpf",
    proof=cpf.is_valid,
    keys=("cpf", "numerocpf", "cpfnumber"),
)
