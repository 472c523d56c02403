"""Work on sign-ins, beside requests."""

from celery import shared_task

from privacy_service.console.sessions import forget_old


@shared_task(name="console.forget_sign_ins")
def forget_sign_ins() -> None:
    """Delete sign-ins and sessions that are over."""
    forget_old()
