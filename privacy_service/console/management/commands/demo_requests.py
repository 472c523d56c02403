"""Give the demo workspace systems that can forget people, and requests at several stages."""

from django.core.management.base import BaseCommand

from privacy_service.subjects import on_behalf
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.models import Destination, Law, Wish
from workspaces.models import User, Workspace

SLUG = "acme"
_ASKED = (
    ("anna.whitfield@example.com", Wish.SUPPRESS_WITH_DELETE, False),
    ("jonas.richter@example.de", Wish.DELETE_ONLY, True),
    ("lucia.ferrer@example.es", Wish.SUPPRESS_ONLY, False),
)


class Command(BaseCommand):
    """A second run changes nothing that is there."""

    help = "Give the demo workspace systems that can forget people, and requests at several stages."

    def handle(self, *_: str, **__: object) -> None:
        """Make them, where the workspace has no system yet."""
        workspace = Workspace.objects.get(slug=SLUG)
        if Destination.objects.filter(workspace=workspace).exists():
            return
        _connect(workspace)
        owner = User.objects.get(external_id="alice")
        for email, wish, holds in _ASKED:
            names = [Identifier(Kind.EMAIL, email)]
            on_behalf.ask(workspace, wish, names, law=Law.GDPR, by=owner, holds=holds)


def _connect(workspace: Workspace) -> None:
    """Connect two systems that no program reaches, so that nothing is called from a trial."""
    for slug, name, steps in (
        ("paper-archive", "Paper archive", "Shred the customer's folder in room 4."),
        ("call-recordings", "Call recordings", "Delete the calls in the recorder's own console."),
    ):
        options, known_by = {"steps": steps}, [Kind.EMAIL.value]
        Destination.objects.create(
            workspace=workspace, slug=slug, name=name, kind="manual", options=options, identifiers=known_by
        )
