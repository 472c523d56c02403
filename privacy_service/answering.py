"""The frame around every endpoint of the hot path: whatever happens inside, an answer comes out that shows nothing."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps

from privacy_service.exceptions import MethodNotAllowed, Overloaded, PrivacyError
from privacy_service.http import Answer, Call, problem
from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named
from privacy_service.shedding import door

logger = logger_named(__name__)

Endpoint = Callable[[Call], Answer]
Refuse = Callable[[PrivacyError, str], Answer]


def answers(
    endpoint: str, method: str = "", *, refuse: Refuse = problem, sheds: bool = True
) -> Callable[[Endpoint], Endpoint]:
    """Make a function an endpoint that takes one method, turns every error into a problem and is counted.

    Without a method it takes each; a dialect says with `refuse` how it words errors. `sheds` is for what computes: it
    is done by as many as the door lets in. What mostly waits for a database, or says that the process lives, is not.
    """

    def framed(answer_to: Endpoint) -> Endpoint:
        answered = _behind_the_door(answer_to) if sheds else answer_to

        @wraps(answer_to)
        def safely(call: Call) -> Answer:
            try:
                _check_method(call, method)
                answer = answered(call)
            except Overloaded as error:
                metrics.shed.add(endpoint)
                take_in(call)
                answer = refuse(error, call.id)
            except PrivacyError as error:
                answer = refuse(error, call.id)
            except Exception:
                logger.exception("A request failed; nothing was passed on", endpoint=endpoint)
                metrics.fail_closed.add(endpoint)
                answer = refuse(PrivacyError(Retry_After="1"), call.id)
            metrics.requests.add(endpoint, str(answer.status))
            return answer

        return safely

    return framed


def _behind_the_door(answer_to: Endpoint) -> Endpoint:
    def admitted(call: Call) -> Answer:
        door.enter()
        try:
            return answer_to(call)
        finally:
            door.leave()

    return admitted


def take_in(call: Call) -> None:
    """Read what a request sends that nobody needs: its connection would end, and before its sender is done look broken.

    A slow sender holds a thread meanwhile, but never more of them than are free to refuse: all others work, or stand in
    a line that is full. Whoever is refused without being known is not waited for: their connection ends
    (`privacy_service.connections`).
    """
    if call.header("CONTENT_LENGTH"):
        with suppress(PrivacyError):
            call.read()


def _check_method(call: Call, method: str) -> None:
    if method and call.header("REQUEST_METHOD") != method:
        message = f"Use {method}."
        raise MethodNotAllowed(message, Allow=method)
