"""Whom a request names, and what nobody may do to members: the rules between one member and another."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from privacy_service.exceptions import BeyondOwnRights, LastOwner, NoSuchResource
from privacy_service.managing.errors import invalid_fields
from workspaces.keys import SERVICE_PREFIX
from workspaces.models import Grant, Membership, User, Workspace
from workspaces.rights import Rights
from workspaces.roles import Role

_EXTERNAL_ID = re.compile(r"[^@\s]{1,200}")
_LONGEST_EMAIL = 254


def user_named(reference: str, workspace: Workspace) -> User:
    """Return the user with this e-mail or external id, a new one where nobody has it.

    A new person gets this one name and no other: whoever could tie an e-mail of their own to an external id that
    another workspace uses would read there in that person's name.
    """
    if reference.startswith(SERVICE_PREFIX):
        return _service_of(reference, workspace)
    _check_reference(reference)
    return _found(reference) or _new(reference)


def check_reference(reference: str, workspace: Workspace) -> None:
    """Refuse what can name nobody, before anybody is made known by it; raise InvalidFields or NoSuchResource."""
    if reference.startswith(SERVICE_PREFIX):
        _service_of(reference, workspace)
    else:
        _check_reference(reference)


def check_may_change(rights: Rights, membership: Membership) -> None:
    """Let only owners change what an owner is."""
    if membership.kind == Membership.Kind.OWNER and not rights.is_owner:
        message = "Only an owner may change or remove an owner."
        raise BeyondOwnRights(message)


def check_may_become(rights: Rights, kind: str) -> None:
    """Let only owners make owners."""
    if kind == Membership.Kind.OWNER and not rights.is_owner:
        message = "Only an owner may make somebody an owner."
        raise BeyondOwnRights(message)


def check_may_give(rights: Rights, given: Grant) -> None:
    """Let whoever is no owner give only what they hold themselves for good."""
    # Kinds narrow what is given; a colour stands for kinds that may become more, so it is given by whoever sees all.
    narrowed = () if given.colours else given.entities
    if not rights.is_owner and not rights.cover(Role(given.role), narrowed):
        message = f"Only somebody who holds all that a {given.get_role_display()} may do, for good, may give it."
        raise BeyondOwnRights(message)


def check_owner_remains(membership: Membership) -> None:
    """Raise LastOwner where nobody else could act as an owner; the caller holds the workspace's lock."""
    owners = Membership.objects.filter(
        workspace=membership.workspace_id, kind=Membership.Kind.OWNER, user__is_active=True
    )
    if membership.kind == Membership.Kind.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise LastOwner


def _service_of(reference: str, workspace: Workspace) -> User:
    """Return the user of an account of this workspace; of others' accounts nothing is told."""
    user = User.objects.filter(external_id=reference, service_account__workspace=workspace).first()
    if user is None:
        message = "The workspace has no service account with this name."
        raise NoSuchResource(message)
    return user


def _check_reference(reference: str) -> None:
    if not reference.isprintable():
        raise invalid_fields({"user": ["It holds characters that cannot be seen."]})
    if "@" not in reference:
        if not _EXTERNAL_ID.fullmatch(reference):
            raise invalid_fields({"user": ["An external id has no space and at most 200 characters."]})
        return
    try:
        validate_email(reference)
    except ValidationError:
        raise invalid_fields({"user": ["This is no e-mail address."]}) from None
    if len(reference) > _LONGEST_EMAIL:
        raise invalid_fields({"user": [f"An e-mail has at most {_LONGEST_EMAIL} characters."]})


def _found(reference: str) -> User | None:
    return User.objects.named(reference).first()


def _new(reference: str) -> User:
    try:
        with transaction.atomic():
            if "@" in reference:
                return User.objects.create_user(reference)
            user = User(external_id=reference)
            user.set_unusable_password()
            user.save()
            return user
    except IntegrityError:
        # Another workspace has made the same person known in this very moment.
        return User.objects.named(reference).get()
