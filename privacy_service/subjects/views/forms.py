"""The public form of a workspace, as its owner sets it up over HTTP."""

from django.conf import settings
from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy_service.managing.errors import invalid_fields
from privacy_service.managing.parsing import StrictSerializer, Text
from privacy_service.managing.schema import COMMON, ETAG, IF_MATCH, problems
from privacy_service.managing.views.base import ManagementViewSet, writes
from privacy_service.subjects.languages import Language
from privacy_service.subjects.models import Law, SubjectForm, Wish
from privacy_service.subjects.models.forms import on_one_line
from privacy_service.subjects.opening import NOWHERE, address_of, form_of
from workspaces.acts import Act, note
from workspaces.keys import Scope
from workspaces.permissions import Permission

WISHES = [
    Wish.DELETE_ONLY.value,
    Wish.SUPPRESS_ONLY.value,
    Wish.SUPPRESS_WITH_DELETE.value,
    Wish.ACCESS.value,
    Wish.PORTABILITY.value,
]


class FormSerializer(serializers.Serializer[SubjectForm]):
    """The form and its mail."""

    is_open = serializers.BooleanField()
    address = serializers.SerializerMethodField(help_text="Where people find it; empty while it is closed.")
    wish = serializers.ChoiceField(Wish.choices)
    law = serializers.ChoiceField(Law.choices)
    language = serializers.CharField(help_text="Of the page's fixed words; empty: what each browser asks for.")
    title = serializers.CharField()
    text = serializers.CharField()
    mail_subject = serializers.CharField()
    mail_text = serializers.CharField()
    archive_mail_subject = serializers.CharField()
    archive_mail_text = serializers.CharField()

    def get_address(self, form: SubjectForm) -> str:
        """Return the page's address."""
        return address_of(form)


class FormChange(StrictSerializer):
    """What of it can be changed."""

    is_open = serializers.BooleanField(required=False)
    wish = serializers.ChoiceField(WISHES, required=False)
    law = serializers.ChoiceField(Law.choices, required=False)
    language = serializers.ChoiceField(["", *Language], required=False)
    title = Text(max_length=200, required=False)
    text = Text(max_length=5000, required=False)
    mail_subject = Text(max_length=200, required=False, validators=[on_one_line])
    mail_text = Text(max_length=5000, required=False, help_text="With {link} where the link goes.")
    archive_mail_subject = Text(max_length=200, required=False)
    archive_mail_text = Text(max_length=5000, required=False, help_text="With {link} where the link goes.")


class FormViewSet(ManagementViewSet):
    """The public form of a workspace."""

    collection = "subject_form"
    scope = Scope.SUBJECTS
    reading = writing = Permission.MANAGE_SUBJECT_REQUESTS
    serializer_class = FormSerializer

    @extend_schema(
        operation_id="subject_form_read", parameters=[*COMMON, ETAG], responses={200: FormSerializer, **problems()}
    )
    def retrieve(self, request: Request, slug: str) -> Response:
        """Show the form, its mail and where it is."""
        del request, slug
        return self.answer(form_of(self.space))

    @extend_schema(
        operation_id="subject_form_change",
        parameters=[IF_MATCH, *COMMON, ETAG],
        request=FormChange,
        examples=[OpenApiExample("open it", {"is_open": True, "law": "gdpr"}, request_only=True)],
        responses={200: FormSerializer, **problems(412, 422, 428)},
    )
    @writes
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the form or its mail, open or close it."""
        del request, slug
        form, asked = form_of(self.space), self.body(FormChange)
        self.check_unchanged(form)
        if asked.get("is_open") and not settings.PRIVACY_PUBLIC_URL:
            raise invalid_fields({"is_open": [NOWHERE]})
        for name, value in asked.items():
            setattr(form, name, value)
        try:
            form.full_clean()
        except ValidationError as error:
            raise invalid_fields(error.message_dict) from None
        form.save()
        note(Act.SUBJECT_FORM_CHANGED, self.space, self.actor, form, is_open=form.is_open)
        return self.answer(form)
