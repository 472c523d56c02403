"""What a workspace asks people to agree to, as its owner sets it up over HTTP."""

from django.conf import settings as installation
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.consent.models import ConsentSettings
from privacy_service.consent.showing import remember, settings_of, shown_with
from privacy_service.consent.views.forms import ConsentSettingsChange, ConsentSettingsSerializer, problems_of
from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.schema import COMMON, ETAG, IF_MATCH, problems
from privacy_service.managing.views.base import ManagementViewSet, writes
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.permissions import Permission

_EXAMPLES = [
    OpenApiExample("open the banner", {"is_open": True, "origins": ["https://shop.example.com"]}, request_only=True),
    OpenApiExample("what is needed where", {"destinations": {"ads": ["marketing"]}, "in_mask": "drop"}),
]


class SettingsViewSet(ManagementViewSet):
    """What a workspace asks people to agree to."""

    collection = "consent_settings"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    serializer_class = ConsentSettingsSerializer

    def get_queryset(self) -> QuerySet[ConsentSettings]:
        """Return the workspace's own."""
        return ConsentSettings.objects.filter(workspace=self.space)

    @extend_schema(
        operation_id="consent_settings_read",
        parameters=[*COMMON, ETAG],
        responses={200: ConsentSettingsSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show categories, texts, what each destination needs, and what the masking API does."""
        del request, slug
        return self.answer(settings_of(self.space))

    @extend_schema(
        operation_id="consent_settings_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=ConsentSettingsChange,
        examples=_EXAMPLES,
        responses={200: ConsentSettingsSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change some of it; within two seconds, everywhere."""
        del request, slug
        settings, asked = settings_of(self.space), self.body(ConsentSettingsChange)
        self.check_unchanged(settings)
        for name, value in asked.items():
            setattr(settings, name, value)
        wrong = problems_of(settings)
        if settings.is_open and not installation.PRIVACY_PUBLIC_URL:
            wrong["is_open"] = ["Whoever runs this service must set PRIVACY_PUBLIC_URL first."]
        if wrong:
            raise invalid_fields(wrong)
        settings.save()
        remember(shown_with(settings))
        note(Act.CONSENT_CHANGED, self.space, self.actor, fields=sorted(asked))
        return self.answer(settings)
