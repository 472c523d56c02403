"""Payloads to try, of people who do not exist."""

from typing import Final

EXAMPLES: Final = {
    "json": """{
  "id": 4711,
  "customer": {
    "name": "Anna Whitfield",
    "email": "anna.whitfield@example.com",
    "phone": "+1 212 555 0134",
    "ssn": "536-22-8145",
    "date_of_birth": "1984-03-09"
  },
  "card": "4111 1111 1111 1111",
  "plan": "gold",
  "total": 129.5,
  "note": "Anna Whitfield called from +1 212 555 0134; write to a.whitfield@example.org instead."
}""",
    "csv": """id,name,email,city,iban,spent
1,Anna Whitfield,anna.whitfield@example.com,Leeds,GB82WEST12345698765432,129.50
2,Jonas Richter,jonas.richter@example.de,Bremen,DE89370400440532013000,88.00
3,Lucía Ferrer,lucia.ferrer@example.es,Valencia,ES9121000418450200051332,240.10""",
    "text": """Hello support,

this is Jonas Richter. My card 4111 1111 1111 1111 was charged twice on 3 March.
Please call me at +49 30 901820 or write to jonas.richter@example.de.
My tax number is 86095742719.

Thank you,
Jonas""",
}
