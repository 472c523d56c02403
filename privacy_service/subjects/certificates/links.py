"""The address under which a person finds the certificate of their request: signed, so that none can be guessed."""

from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from privacy_service.subjects.models import Certificate


def link_to(certificate: Certificate) -> str:
    """Return where its page is; empty where the public pages of this service have no address."""
    if not settings.PRIVACY_PUBLIC_URL:
        return ""
    return f"{settings.PRIVACY_PUBLIC_URL}/people/certificates/{_signer().sign(str(certificate.request_id))}"


def certificate_at(token: str) -> Certificate | None:
    """Return the certificate that a link leads to, where it is still kept."""
    try:
        request_id = UUID(_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return Certificate.objects.exclude(manifest="").select_related("request").filter(pk=request_id).first()


def _signer() -> Signer:
    return Signer(salt="privacy-service certificate of erasure")
