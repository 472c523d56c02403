"""Who makes keys of people, and who ends their use, wait for each other; processes learn that some are over."""

from uuid import UUID

from django.db import connection, models
from django.db.models import F

from privacy_service.subjects.models import TokenKeyVersion
from workspaces.models import Workspace

_AGAINST_ENDING = "FOR SHARE"
_AGAINST_BOTH = "FOR NO KEY UPDATE"
# As a row that names the workspace holds it at its end: held first, nobody waits for it with all else in their hands.
_LIKE_A_ROW_OF_IT = "FOR KEY SHARE"


def hold_for_making(workspace_id: UUID) -> bool:
    """Keep everybody from ending keys until the transaction is over; return whether the workspace is there.

    Others may make theirs at the same time.
    """
    return _held(workspace_id, _AGAINST_ENDING)


def hold_for_ending(workspace_id: UUID) -> bool:
    """Keep everybody from making or ending keys until the transaction is over; those made until now can be seen.

    Whoever locks the list of the suppressed too does that afterwards: two that lock in other orders never end.
    """
    return _held(workspace_id, _AGAINST_BOTH)


def end_what_is_kept(workspace_id: UUID) -> None:
    """Have every process forget the keys it keeps, within two seconds of the end of the transaction."""
    TokenKeyVersion.objects.filter(pk=workspace_id).update(version=F("version") + 1)


def _held(workspace_id: UUID, how: str) -> bool:
    if not _locked(Workspace, "id", workspace_id, _LIKE_A_ROW_OF_IT):
        return False
    if not _locked(TokenKeyVersion, "workspace_id", workspace_id, how):
        TokenKeyVersion.objects.get_or_create(workspace_id=workspace_id)
        _locked(TokenKeyVersion, "workspace_id", workspace_id, how)
    return True


def _locked(model: type[models.Model], column: str, row_id: UUID, how: str) -> bool:
    """Lock a row and return whether it is there; Django has no words for a lock that is shared."""
    if connection.vendor != "postgresql":  # On SQLite whoever writes is alone from the beginning.
        return model._default_manager.filter(pk=row_id).exists()  # noqa: SLF001 - Django's documented name.
    table = model._meta.db_table  # noqa: SLF001 - `_meta` is Django's public model interface.
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}" = %s {how}', [row_id])  # noqa: S608 - names of our own.
        return cursor.fetchone() is not None
