"""The public form of a workspace, and the links by which people confirm what they asked there."""

import uuid
from typing import ClassVar, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from privacy_service.subjects.languages import Language
from privacy_service.subjects.models.requests import Law, SubjectRequest, Wish
from privacy_service.subjects.wording.base import ArchiveWords, PageWords
from privacy_service.subjects.wording.english import ENGLISH
from workspaces.models import Workspace

LINK = "{link}"
_WORDS = ENGLISH.page
_ARCHIVE = ENGLISH.archive


def holds_link(text: str) -> None:
    """Refuse a mail that leads nowhere."""
    if LINK not in text:
        message = f"Write {LINK} where the link to confirm goes."
        raise ValidationError(message)


def on_one_line(text: str) -> None:
    """Refuse a subject that would end early, and begin another header."""
    if len(text.splitlines()) > 1:
        message = "Write it on one line."
        raise ValidationError(message)


class Worded(NamedTuple):
    """What a form and its mail say."""

    title: str
    text: str
    mail_subject: str
    mail_text: str


class SubjectForm(models.Model):
    """The page on which anybody may ask a workspace to forget them, and the mail that asks them to confirm it."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, primary_key=True, related_name="subject_form")
    is_open = models.BooleanField("open", default=False, help_text="Whether the page is there.")
    wish = models.CharField(max_length=40, choices=Wish, default=Wish.SUPPRESS_WITH_DELETE)
    law = models.CharField(max_length=10, choices=Law, default=Law.NONE)
    language = models.CharField(
        max_length=10,
        choices=Language,
        default="",
        db_default="",
        blank=True,
        help_text="Of the page's fixed words; empty: what each browser asks for.",
    )
    title = models.CharField(max_length=200, default=_WORDS.title)
    text = models.TextField(max_length=5000, default=_WORDS.text)
    mail_subject = models.CharField(max_length=200, default=_WORDS.mail_subject)
    mail_text = models.TextField(max_length=5000, validators=[holds_link], default=_WORDS.mail_text)

    archive_mail_subject = models.CharField(
        max_length=200, default=_ARCHIVE.mail_subject, db_default=_ARCHIVE.mail_subject
    )
    archive_mail_text = models.TextField(
        max_length=5000,
        validators=[holds_link],
        default=_ARCHIVE.mail_text,
        db_default=_ARCHIVE.mail_text,
    )

    def __str__(self) -> str:
        return str(self.workspace)

    def worded(self, words: PageWords) -> Worded:
        """Return the form's words: the owner's, and where they have left ours, ours in this language."""
        return Worded(
            **{
                name: getattr(words if getattr(self, name) == getattr(_WORDS, name) else self, name)
                for name in Worded._fields
            }
        )

    def archive_worded(self, words: ArchiveWords) -> tuple[str, str]:
        """Return the subject and the text of the message with a link to an archive, in the same way."""
        mail = (self.archive_mail_subject, self.archive_mail_text)
        ours = ((_ARCHIVE.mail_subject, words.mail_subject), (_ARCHIVE.mail_text, words.mail_text))
        subject, text = (said if own == default else own for own, (default, said) in zip(mail, ours, strict=True))
        return subject, text


class Confirmation(models.Model):
    """One link that was sent: good once, and for a day. The link itself is signed, and kept nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="confirmations")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(
        default=timezone.now, db_default=Now(), editable=False, help_text="Until then somebody else sends it, or waits."
    )
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="confirmation_unsent", condition=models.Q(sent_at=None))
        ]

    def __str__(self) -> str:
        return str(self.pk)
