"""Telling people that they were forgotten, as an owner sets it up over HTTP: when, in which words, and what waits."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.parsing import StrictSerializer
from privacy_service.managing.schema import COMMON, ETAG, IDEMPOTENCY_KEY, IF_MATCH, problems
from privacy_service.managing.views.base import ManagementViewSet, writes
from privacy_service.subjects.models import Notice, NoticeSettings, SubjectRequest
from privacy_service.subjects.notices import preparing, schedule
from privacy_service.subjects.wording import WORDS
from workspaces.keys import Scope
from workspaces.permissions import Permission

EVERY = list(NoticeSettings.Every.values)
NOTICE_STATES = list(Notice.State.values)
_TEXTS_HELP = "Words of your own, by language, each with subject and text; other languages have ours."


class NoticeSettingsSerializer(serializers.Serializer[NoticeSettings]):
    """The schedule, the words, and how many wait."""

    is_on = serializers.BooleanField(help_text="Until people are told their e-mail address is kept, sealed.")
    every = serializers.ChoiceField(EVERY)
    day = serializers.IntegerField(help_text="Of the month, 1 to 28; of the week, 1 (Monday) to 7.")
    hour = serializers.IntegerField(help_text="UTC.")
    log_days = serializers.IntegerField(help_text="How long after its end a request is listed.")
    texts = serializers.DictField(help_text=_TEXTS_HELP)
    words = serializers.SerializerMethodField(help_text="What is said in each language, yours or ours.")
    next_run_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    notices = serializers.SerializerMethodField(help_text="How many people wait, were told, or could not be told.")

    def get_words(self, settings: NoticeSettings) -> dict[str, dict[str, str]]:
        """Return what is said in each language."""
        ours = {str(one): {"subject": said.notice.subject, "text": said.notice.text} for one, said in WORDS.items()}
        words: dict[str, dict[str, str]] = ours | settings.texts
        return words

    def get_notices(self, settings: NoticeSettings) -> dict[str, int]:
        """Count the notices that are still listed."""
        rows = Notice.objects.filter(request__workspace=settings.workspace_id)
        return {state: rows.filter(state=state).count() for state in NOTICE_STATES}


class NoticeSettingsChange(StrictSerializer):
    """What of it can be changed."""

    is_on = serializers.BooleanField(required=False)
    every = serializers.ChoiceField(EVERY, required=False)
    day = serializers.IntegerField(required=False, min_value=1, max_value=28)
    hour = serializers.IntegerField(required=False, min_value=0, max_value=23)
    log_days = serializers.IntegerField(required=False, min_value=1, max_value=3650)
    texts = serializers.DictField(required=False, help_text=_TEXTS_HELP)


_RELEASED = inline_serializer("NoticesReleased", {"released": serializers.IntegerField()})


class NoticeSerializer(serializers.Serializer[Notice]):
    """Whether the person was told by mail; to which address is shown nowhere."""

    state = serializers.ChoiceField(NOTICE_STATES)
    sent_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    problem = serializers.CharField(help_text="Why it was not sent.")


class NoticeViewSet(ManagementViewSet):
    """Whether, when and in which words people are told."""

    collection = "notices"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    serializer_class = NoticeSettingsSerializer
    volatile = frozenset({"notices", "next_run_at", "last_run_at"})

    def get_queryset(self) -> QuerySet[SubjectRequest]:
        """Return the workspace's requests."""
        return SubjectRequest.objects.filter(workspace=self.space, purged_at=None)

    @extend_schema(
        operation_id="subject_notices_read",
        parameters=[*COMMON, ETAG],
        responses={200: NoticeSettingsSerializer, **problems()},
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show the schedule, its next run, the words in each language, and how many people wait."""
        del request, slug
        return self.answer(schedule.settings_of(self.space))

    @extend_schema(
        operation_id="subject_notices_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=NoticeSettingsChange,
        examples=[OpenApiExample("each month", {"is_on": True, "every": "month", "day": 1}, request_only=True)],
        responses={200: NoticeSettingsSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str) -> Response:
        """Turn notices on or off, change schedule or words; turning them off forgets the addresses that wait."""
        del request, slug
        settings, asked = schedule.settings_of(self.space), self.body(NoticeSettingsChange)
        self.check_unchanged(settings)
        for name, value in asked.items():
            setattr(settings, name, value)
        try:
            schedule.store(settings, by=self.actor)
        except ValidationError as error:
            raise invalid_fields(error.message_dict) from None
        return self.answer(settings)

    @extend_schema(
        operation_id="subject_notices_run",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: _RELEASED, **problems(422)},
    )
    @writes
    def run(self, request: Request, slug: str) -> Response:
        """Tell everybody now who waits for the next run."""
        del request, slug
        try:
            return Response({"released": schedule.run_now(self.space, by=self.actor)})
        except ValidationError as error:
            raise invalid_fields(error.message_dict) from None

    @extend_schema(
        operation_id="subject_notices_send_again",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: NoticeSerializer, **problems(409)},
    )
    @writes
    def send_again(self, request: Request, slug: str, pk: UUID) -> Response:
        """Send a notice at once that has failed, or that waits."""
        del request, slug
        return Response(NoticeSerializer(preparing.send_again(self.one(self.get_queryset(), pk).pk)).data)

    @extend_schema(
        operation_id="subject_notices_told_by_hand",
        parameters=[IDEMPOTENCY_KEY, *COMMON],
        request=None,
        responses={200: NoticeSerializer, **problems(409)},
    )
    @writes
    def told_by_hand(self, request: Request, slug: str, pk: UUID) -> Response:
        """Say that somebody has told the person in another way; their address is forgotten."""
        del request, slug
        told = preparing.told_by_hand(self.one(self.get_queryset(), pk).pk, by=self.actor)
        return Response(NoticeSerializer(told).data)
