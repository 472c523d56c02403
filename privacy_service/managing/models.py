"""Answers that are kept for a day, so that a request sent twice is carried out once."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

KEPT_FOR = timedelta(days=1)


class KeptAnswerQuerySet(models.QuerySet["KeptAnswer"]):
    """Answers, by whether they are still kept."""

    def outlived(self) -> "KeptAnswerQuerySet":
        """Return the answers whose day is over."""
        return self.filter(created_at__lte=timezone.now() - KEPT_FOR)


class KeptAnswer(models.Model):
    """The answer to one Idempotency-Key; a new API key is not in it, only what lets the server derive it again."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="Of who asked, what, and with which key.")
    fingerprint = models.CharField(max_length=64, help_text="A keyed hash of the body.")
    salt = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    holds_key = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    objects: ClassVar[KeptAnswerQuerySet] = KeptAnswerQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.digest[:12]
