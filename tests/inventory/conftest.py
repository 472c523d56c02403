"""Fields of acme, and the inventory's API as the owner asks it."""

from typing import Any

from classifier import OwnRules
from privacy_service.inventory.looking import Looking
from privacy_service.inventory.models import Field, SeenIn
from privacy_service.inventory.names import Names
from privacy_service.inventory.register import Where, write_down
from tests.managing.conftest import other, owner
from workspaces.models import Workspace

__all__ = ["other", "owner"]  # Fixtures.

CANARY = "dora.canary@example.com"
SHOP = Where("shop", "public.customers", SeenIn.SCAN)


def see(workspace: Workspace, *records: dict[str, Any], where: Where = SHOP) -> dict[str, Field]:
    """Write down what these records hold, and return the place's fields by path."""
    looking = Looking(Names(records, declared=[name for one in records for name in one]), OwnRules())
    looking.add(records)
    write_down(workspace, where, looking.looks.values())
    return {one.path: one for one in Field.objects.filter(workspace=workspace, place=where.place)}
