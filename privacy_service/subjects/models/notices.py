"""Telling people that they were forgotten: when, in which words, and whether it was done."""

import re
import uuid
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from privacy_service.subjects.languages import Language
from privacy_service.subjects.models.requests import SubjectRequest
from workspaces.models import Workspace
from workspaces.models.base import AtomicSave
from workspaces.models.sealed import Sealed
from workspaces.sealing import seal, unseal

_ADDRESS = "notice address"
DEFAULT_LOG_DAYS = 90  # As far back as Segment's lists reach.
PLACES = ("{workspace}", "{date}", "{number}", "{certificate}")
_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_LONGEST = {"subject": 200, "text": 5000}
_SHAPE = f'Write {{"de": {{"subject": "...", "text": "..."}}}}; languages: {", ".join(Language)}.'
_DAYS_OF_WEEK = 7


def checked_texts(texts: object) -> None:
    """Refuse words of an unknown language, without subject or text, or with a place that nothing is put into."""
    if not isinstance(texts, dict):
        raise ValidationError(_SHAPE)
    for language, words in texts.items():
        if language not in Language or not isinstance(words, dict) or set(words) != _LONGEST.keys():
            raise ValidationError(_SHAPE)
        for name, longest in _LONGEST.items():
            _check_words(f"{language}, {name}", words[name], longest, is_line=name == "subject")


def _check_words(where: str, words: object, longest: int, *, is_line: bool) -> None:
    if not isinstance(words, str) or not words.strip() or len(words) > longest:
        message = f"{where}: write a text of at most {longest} characters."
        raise ValidationError(message)
    if is_line and not words.isprintable():
        message = f"{where}: it is one line."
        raise ValidationError(message)
    if unknown := sorted({one for one in _BRACES.findall(words) if one not in PLACES}):
        message = f"{where}: nothing is put into {unknown[0]}; there are {', '.join(PLACES)}."
        raise ValidationError(message)


class NoticeSettings(AtomicSave):
    """Whether, when and in which words a workspace tells people that they were forgotten, and how long its log is."""

    class Every(models.TextChoices):
        """How often those are told who were forgotten since the last time."""

        DAY = "day", "Each day"
        WEEK = "week", "Each week"
        MONTH = "month", "Each month"

    workspace = models.OneToOneField(
        Workspace, on_delete=models.CASCADE, primary_key=True, related_name="notice_settings"
    )
    is_on = models.BooleanField(
        "on", default=False, help_text="Whether people are told; until they are, their e-mail address is kept sealed."
    )
    every = models.CharField(max_length=10, choices=Every, default=Every.MONTH)
    day = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text="Of the month, 1 to 28; of the week, 1 (Monday) to 7; each day needs none.",
    )
    hour = models.PositiveSmallIntegerField(default=6, validators=[MaxValueValidator(23)], help_text="UTC, 0 to 23.")
    texts = models.JSONField(
        default=dict,
        blank=True,
        validators=[checked_texts],
        help_text='Words of your own, by language: {"de": {"subject": "...", "text": "..."}}; others are ours.',
    )
    log_days = models.PositiveSmallIntegerField(
        default=DEFAULT_LOG_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="How long after its end a request is listed; then keyed hashes alone are kept.",
    )
    next_run_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_run_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "notices: settings"

    def __str__(self) -> str:
        return str(self.workspace)

    def clean(self) -> None:
        """Refuse a day that no week has."""
        if self.every == self.Every.WEEK and self.day > _DAYS_OF_WEEK:
            raise ValidationError({"day": "Of the week it is 1 (Monday) to 7 (Sunday)."})


class Notice(models.Model):
    """That one person is told; their address stays sealed here until they are, and no longer."""

    SEALED: ClassVar = (Sealed("sealed", _ADDRESS),)

    class State(models.TextChoices):
        """Whether they were told."""

        WAITING = "waiting", "To be sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "It could not be sent; a person is needed"
        NO_ADDRESS = "no_address", "No e-mail address is known"
        BY_HAND = "by_hand", "Somebody has told them in another way"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="notice")
    state = models.CharField(max_length=20, choices=State, default=State.WAITING)
    sealed = models.TextField(blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="Empty until the schedule's next run.")
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True, help_text="Why it was not sent: words of ours.")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_try_at"], name="notice_by_next_try", condition=models.Q(state="waiting"))
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Whatever the code does: an address is kept for sending and for nothing else.
            models.CheckConstraint(
                name="no_address_is_kept_once_told",
                condition=models.Q(sealed="") | models.Q(state__in=["waiting", "failed"]),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def address(self) -> str:
        """Return the person's e-mail address, opened; raise SealBroken."""
        return unseal(self.sealed, row=self.pk, purpose=_ADDRESS)

    def keep_address(self, address: str) -> None:
        """Encrypt it for this row."""
        self.sealed = seal(address, row=self.pk, purpose=_ADDRESS)
