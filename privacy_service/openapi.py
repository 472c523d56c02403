"""How the API is described, at /docs/openapi.yaml: its name, its keys, and what its lists of choices are called."""

from typing import Any

DESCRIPTION: dict[str, Any] = {
    "TITLE": "privacy-service",
    "DESCRIPTION": "Decides, for every reader of customer data, whether they see personal data or a masked copy.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "DecisionReason": "privacy_service.enforcement.views.REASONS",
        "JobState": "privacy_service.jobs.models.State",
        "MembershipKind": "workspaces.models.Membership.Kind",
        "DestinationKind": "privacy_service.subjects.views.destinations.SYSTEMS",
        "FieldColour": "privacy_service.inventory.views.fields.COLOURS",
        "FormWish": "privacy_service.subjects.views.forms.WISHES",
        "IdentifierKind": "privacy_service.subjects.views.naming.KINDS",
        "NoticeState": "privacy_service.subjects.views.notices.NOTICE_STATES",
        "ScanState": "privacy_service.scanning.views.SCAN_STATES",
        "SubjectWish": "privacy_service.subjects.models.Wish",
        "SigningKeyKind": "workspaces.models.ActorTokenKey.Kind",
        "UserKind": "workspaces.models.User.Kind",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SECURITY": [{"ApiKey": []}, {"Bearer": []}],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "ApiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            "Bearer": {"type": "http", "scheme": "bearer"},
        }
    },
}
