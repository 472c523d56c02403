"""What ingests ask for each event: `/suppressions/check`, `/consents/check`, on the hot path and as Django answers."""

from typing import Any

import orjson
from django.core.wsgi import get_wsgi_application

from privacy_service.consent.models import ConsentSettings
from privacy_service.hotpath import HotPath
from privacy_service.subjects.identifiers import Identifier, Kind
from privacy_service.subjects.suppressions import suppress
from tests.benchmarks.calling import Call, nothing_else
from tests.benchmarks.measuring import Effort, show
from tests.factories import make_key
from workspaces.keys import Scope
from workspaces.models import Workspace

_MANY = 100


def main() -> None:
    """Print the table."""
    workspace = Workspace.objects.get(slug="acme")
    suppress(workspace, [Identifier(Kind.USER_ID, f"gone-{number}") for number in range(1000)])
    ConsentSettings.objects.update_or_create(
        workspace=workspace, defaults={"destinations": {"ads": ["marketing"], "warehouse": []}}
    )
    key = make_key(workspace, name="ingest", scopes=(Scope.SUPPRESSIONS,))
    fast, django = HotPath(nothing_else), get_wsgi_application()
    rows = []
    for name, path, body in _questions():
        content = orjson.dumps(body)
        costs = [
            Effort().microseconds(Call(each, key, f"/v1/workspaces/acme/{path}", "application/json", content))
            for each in (fast, django)
        ]
        rows.append([name, *(f"{cost:.0f}" for cost in costs), f"{costs[1] / costs[0]:.1f}"])
    show("What ingests ask, CPU µs a call", ["", "hot path", "Django", "times"], rows)


def _questions() -> list[tuple[str, str, Any]]:
    names = [{"kind": "user_id", "value": f"u{number}"} for number in range(_MANY)]
    events = [
        {"userId": f"u{number}", "context": {"consent": {"categoryPreferences": {"marketing": number % 2 == 0}}}}
        for number in range(_MANY)
    ]
    return [
        ("suppressions, 1 identifier", "suppressions/check", {"identifiers": names[:1]}),
        (f"suppressions, {_MANY}", "suppressions/check", {"identifiers": names}),
        ("consent, 1 event", "consents/check", {"events": events[:1]}),
        (f"consent, {_MANY}", "consents/check", {"events": events}),
    ]
