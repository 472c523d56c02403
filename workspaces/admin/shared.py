"""What several admin pages need: who is acting, links, rows to be read only, and a page that asks before it acts."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from workspaces.models import User


def acting_user(request: HttpRequest) -> User:
    """Return the administrator behind a request; the admin has signed them in."""
    return cast("User", request.user)


def page_of(row: models.Model) -> str:
    """Return the address of the row's own admin page."""
    meta = row._meta  # noqa: SLF001 - `_meta` is Django's public model interface.
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def list_of(model: type[models.Model]) -> str:
    """Return the address of the model's list."""
    meta = model._meta  # noqa: SLF001 - as above.
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")


def link_to(row: models.Model, text: str = "") -> SafeString:
    """Return a link to the row's own admin page."""
    return format_html('<a href="{}">{}</a>', page_of(row), text or row)


def uuids_in(texts: Iterable[str]) -> list[UUID]:
    """Return the ids among these texts; what is none was typed by nobody's browser."""
    ids = []
    for text in texts:
        with suppress(ValueError):
            ids.append(UUID(text))
    return ids


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that the service writes and people read."""

    show_full_result_count = False  # A trail is long, and counting it takes as long.

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        del request, obj
        return False


@dataclass(frozen=True, slots=True)
class Question:
    """What a button will do, and what the administrator may choose before it does."""

    button: str
    text: str
    form: forms.Form | None = None


def ask(
    model_admin: "admin.ModelAdmin[Any]", request: HttpRequest, row: models.Model, question: Question
) -> TemplateResponse:
    """Show a page that asks before it acts on a row."""
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.button,
        "opts": model_admin.opts,
        "original": row,
        "back": page_of(row),
        "question": question,
        "media": model_admin.media + question.form.media if question.form else model_admin.media,
    }
    return TemplateResponse(request, "admin/workspaces/question.html", context)
