"""What a value is whose field says only roughly: a mail address below `login`, a full name below `user`."""

import re

from classifier.entities import Entity

# Fields of these kinds often hold another one.
ROUGH = frozenset((Entity.PERSON, Entity.USERNAME, Entity.LOCATION, Entity.PHONE_NUMBER, Entity.IN_PAN))
_MAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,22}")
LEAST_PHONE_DIGITS, LEAST_CARD_DIGITS = 7, 12
# Below the name of a role these are parts of the system, or nobody.
_NOBODY = frozenset(
    (
        "system", "root", "cron", "bot", "service", "auto", "automatic", "automation", "scheduler", "api", "import",
        "migration", "none", "null", "n/a", "unknown", "anonymous", "nobody", "default", "self", "me", "guest", "-", "",
        "true", "false", "yes", "no", "internal", "external",
    )
)  # fmt: skip


def true_kind(told: Entity, text: str, *, is_role: bool) -> Entity | None:
    """Return what a value is; None where it stands below a role and is nobody."""
    if "@" in text and _MAIL.fullmatch(text.strip()):
        return Entity.EMAIL_ADDRESS
    if told is Entity.IN_PAN and sum(map(str.isdigit, text)) >= LEAST_CARD_DIGITS:
        # `pan` is the number of a card as well.
        return Entity.CREDIT_CARD
    return _of_a_role(told, text.strip()) if is_role else told


def _of_a_role(told: Entity, text: str) -> Entity | None:
    """Return who `"user": ...` or `"created_by": ...` names: a login, a person, or a number to call."""
    if text.lower() in _NOBODY or text[0] in "{[":
        return None
    if _PHONE.fullmatch(text) and sum(map(str.isdigit, text)) >= LEAST_PHONE_DIGITS:
        return Entity.PHONE_NUMBER
    return Entity.PERSON if told is Entity.USERNAME and " " in text else told
