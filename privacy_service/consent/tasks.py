"""Work on consent, beside requests."""

from celery import shared_task

from privacy_service.consent.choices import forget_old


@shared_task(name="consent.forget_old")
def forget_old_choices() -> None:
    """Take off record what workspaces keep no longer."""
    forget_old()
