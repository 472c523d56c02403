"""From a CSV file to the places it asks for; a line that cannot be used is told of and loses no other."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from workspaces.models import Membership, User
from workspaces.roles import GRANTABLE_ROLES, Role

COLUMNS = ("workspace", "email", "external_id", "name", "kind", "roles")
# What a report of refused lines adds; it can be mended and read again.
REPORT_COLUMNS = ("line", "error")
_BETWEEN_ROLES = re.compile(r"[\s;|,]+")
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_KINDS = tuple(Membership.Kind.values)
_LONGEST_NAME = 200
_LONGEST_EMAIL = 254


class FileUnusable(ValueError):
    """A file of which no line can be read, and why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one line asks for: this person, in this workspace, as this kind of member, with these roles."""

    line: int
    workspace: str
    email: str
    external_id: str
    name: str
    kind: str  # Empty: a member, or whatever they are already.
    roles: frozenset[Role]
    fields: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def person(self) -> str:
        """Return one text that names the same person in any line."""
        return folded(self.email) or self.external_id


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not taken, and why; the reason repeats no value of it."""

    line: int
    error: str
    fields: Mapping[str, str] = field(repr=False)


def folded(email: str) -> str:
    """Return an e-mail as people are told apart by it: only ASCII letters have a case."""
    return email.lower() if email.isascii() else email


def read_members(stream: TextIO) -> Iterator[Wanted | Refused]:
    """Yield what each line asks for, or why it cannot be taken; raise FileUnusable."""
    reader = csv.DictReader(stream, strict=True)
    _check_header(reader)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refused(reader.line_num, f"this is no CSV ({error})", {})
            continue
        if any(row.values()):
            yield _wanted(reader.line_num, row)


def _check_header(reader: "csv.DictReader[str]") -> None:
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
    except csv.Error:
        message = "The first line cannot be read: it must name the columns."
        raise FileUnusable(message) from None
    unknown = set(names) - {*COLUMNS, *REPORT_COLUMNS}
    if "workspace" not in names or not {"email", "external_id"} & set(names) or unknown or len(set(names)) < len(names):
        found = ", ".join(names)[:200].encode("ascii", "backslashreplace").decode()
        message = (
            "The first line must name the columns: workspace, email or external_id, and if wanted name, kind, roles; "
            f"found {found or 'nothing'}."
        )
        raise FileUnusable(message)
    reader.fieldnames = names


def _wanted(line: int, row: Mapping[str | None, str | list[str] | None]) -> Wanted | Refused:
    if None in row:
        return Refused(line, "it has more fields than the first line has columns", _texts(row))
    fields = _texts(row)
    error = _error_in(fields)
    if error:
        return Refused(line, error, fields)
    return Wanted(
        line=line,
        workspace=fields.get("workspace", ""),
        email=User.objects.normalize_email(fields.get("email")),
        external_id=fields.get("external_id", ""),
        name=fields.get("name", ""),
        kind=fields.get("kind", "").lower(),
        roles=frozenset(Role(name) for name in _roles_in(fields)),
        fields=fields,
    )


def _texts(row: Mapping[str | None, str | list[str] | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in row.items() if name and isinstance(value, str)}


def _error_in(fields: Mapping[str, str]) -> str:
    """Say what is wrong with a line, or nothing."""
    email, external_id = fields.get("email", ""), fields.get("external_id", "")
    strange = [name for name in _roles_in(fields) if name not in GRANTABLE_ROLES]
    errors = (
        (any(_UNUSABLE.search(value) for value in fields.values()), "it is not UTF-8, or holds a NUL character"),
        (not fields.get("workspace"), "the workspace is missing"),
        (not email and not external_id, "neither an e-mail nor an external id is given"),
        (bool(email) and not _is_email(email), "the e-mail is not one"),
        (bool(external_id) and not _is_external_id(external_id), "an external id has no @, no space, 200 characters"),
        (len(fields.get("name", "")) > _LONGEST_NAME, f"the name is longer than {_LONGEST_NAME} characters"),
        (fields.get("kind", "").lower() not in {"", *_KINDS}, f"the kind is none of {', '.join(_KINDS)}"),
        (bool(strange), f"a role is none of {', '.join(GRANTABLE_ROLES)}"),
    )
    return next((message for is_wrong, message in errors if is_wrong), "")


def _roles_in(fields: Mapping[str, str]) -> list[str]:
    return [name for name in _BETWEEN_ROLES.split(fields.get("roles", "").lower()) if name]


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= _LONGEST_EMAIL


def _is_external_id(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and "@" not in text and not any(letter.isspace() for letter in text)
