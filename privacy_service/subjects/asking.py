"""What one system is asked for one request: to forget somebody, to take in no more about them, to hand out a copy."""

from django.conf import settings

from privacy_service.subjects.archives.packing import export
from privacy_service.subjects.destinations.base import Done, Driver, Errand, Follows, Subject, Suppresses, abilities
from privacy_service.subjects.models import Ability, Destination, Law, Receipt, Wish


def ask(driver: Driver, receipt: Receipt, destination: Destination, subject: Subject) -> Done:
    """Have the system of a receipt do what the request wishes; raise NotDone."""
    wish = Wish(receipt.request.wish)
    if wish.exports:
        return export(driver, receipt, subject, errand_of(receipt))
    done = _told(driver, wish, subject)
    if destination.stands_as in wish.layers:
        done = _forgets(driver, receipt, subject)
    return done


def does_nothing_but_forget(driver: Driver, receipt: Receipt, destination: Destination) -> bool:
    """Say whether all that a system is asked is to forget the person, and that at once."""
    takes_more = isinstance(driver, Suppresses | Follows)
    return not takes_more and destination.stands_as in Wish(receipt.request.wish).layers


def _told(driver: Driver, wish: Wish, subject: Subject) -> Done:
    """Tell it what it may take in, where it can be told so."""
    if not isinstance(driver, Suppresses) or Ability.SUPPRESS not in abilities(driver):
        return Done()
    if wish is Wish.UNSUPPRESS:
        return driver.unsuppress(subject)
    return driver.suppress(subject) if wish.suppresses else Done()


def _forgets(driver: Driver, receipt: Receipt, subject: Subject) -> Done:
    if isinstance(driver, Follows):
        return driver.follow(subject, errand_of(receipt))
    return driver.delete(subject)


def errand_of(receipt: Receipt) -> Errand:
    """Return how a system that takes its time knows what a receipt is about."""
    request, public = receipt.request, settings.PRIVACY_PUBLIC_URL
    answer_to = f"{public}/opendsr/callbacks/{receipt.destination_id}" if public else ""
    return Errand(receipt.pk, Law(request.law), request.due_at, answer_to, Wish(request.wish))
