"""What proves that somebody was forgotten."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from privacy_service.subjects.models.requests import SubjectRequest


class CertificateKey(models.Model):
    """A public key that certificates were signed with: those of a key that has been replaced still verify."""

    id = models.CharField(primary_key=True, max_length=16, editable=False)
    public = models.CharField(max_length=44, help_text="Ed25519, 32 bytes in base 64.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at"]

    def __str__(self) -> str:
        return self.id


class Certificate(models.Model):
    """The signed manifest of what each system answered; once the log is purged its hash and signature alone."""

    request = models.OneToOneField(
        SubjectRequest, on_delete=models.CASCADE, primary_key=True, related_name="certificate"
    )
    manifest = models.TextField(blank=True, help_text="What was signed, letter by letter; empty once it is purged.")
    sha256 = models.CharField(max_length=64, db_index=True)
    key = models.ForeignKey(CertificateKey, on_delete=models.PROTECT, related_name="+")
    signature = models.CharField(max_length=88)
    issued_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return str(self.request_id)
