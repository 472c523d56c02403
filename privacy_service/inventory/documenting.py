"""What is written down about a source, and who is told of new red fields: the only writers, for API and console."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from privacy_service.inventory.alerts import keep_secret
from privacy_service.inventory.models import InventorySettings, SourceNote
from privacy_service.inventory.restricting import reached_from
from privacy_service.managing.acting import check_may_open
from privacy_service.managing.errors import invalid_fields
from privacy_service.subjects.destinations.base import OptionsRefused
from privacy_service.subjects.destinations.sending import checked_url
from workspaces.acts import Act, note
from workspaces.models import Source, User, Workspace
from workspaces.rights import Rights


@transaction.atomic
def document(source: Source, said: Mapping[str, Any], *, rights: Rights | None, by: User | None) -> None:
    """Write down who answers for a source, where it is and in which places it lies.

    Raise InvalidFields for places of others, BeyondOwnRights for who may not take a place from a restricted source.
    """
    written, _ = SourceNote.objects.get_or_create(source=source)
    if "places" in said:
        check_places(source, said["places"], before=written.places)
        if set(written.places) - set(said["places"]):
            check_may_open(source, rights)  # What lies in no place of it any more is read as anything else is.
    for name, value in said.items():
        setattr(written, name, value)
    written.save()
    note(Act.SOURCE_CHANGED, source.workspace, by, source, done="documented", changed=sorted(said))


def check_places(source: Source, places: Iterable[str], *, before: Iterable[str] = ()) -> None:
    """Refuse places of another source, and new ones that lie within a restricted one's, around it or lead there."""
    others = SourceNote.objects.filter(source__workspace=source.workspace).exclude(source=source)
    taken = {place: note.source.slug for note in others.select_related("source") for place in note.places}
    if twice := sorted(set(places) & taken.keys()):
        raise invalid_fields({"places": [f"{twice[0]} is a place of the source {taken[twice[0]]}."]})
    for place in sorted(set(places) - set(before)):
        for other in reached_from(source.workspace, place):
            if other.is_restricted and other != source:
                message = f"{place} lies within or around a place of {other.slug}, which is restricted."
                raise invalid_fields({"places": [message]})


def settings_of(workspace: Workspace) -> InventorySettings:
    """Return how the inventory of a workspace is kept, as stored or as it is by default."""
    found = InventorySettings.objects.filter(workspace=workspace).first()
    return found or InventorySettings(workspace=workspace)


@transaction.atomic
def change_settings(settings: InventorySettings, said: Mapping[str, Any], *, by: User | None) -> None:
    """Change what is looked at, and who is told; raise InvalidFields."""
    if said.get("alert_url"):
        try:
            checked_url(said["alert_url"], "alert_url")
        except OptionsRefused as error:
            raise invalid_fields({"alert_url": [error.advice]}) from None
    if "alert_secret" in said:
        keep_secret(settings, said["alert_secret"])
    named = [name for name in said if name != "alert_secret"]
    for name in named:
        setattr(settings, name, said[name])
    settings.save()
    note(Act.INVENTORY_CHANGED, settings.workspace, by, None, changed=sorted(named))
