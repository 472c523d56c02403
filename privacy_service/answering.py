"""The frame around every endpoint of the hot path: whatever happens inside, an answer comes out that shows nothing."""

from collections.abc import Callable
from functools import wraps

from privacy_service.exceptions import MethodNotAllowed, PrivacyError
from privacy_service.http import Answer, Call, problem
from privacy_service.observability import metrics
from privacy_service.observability.logging import logger_named

logger = logger_named(__name__)

Endpoint = Callable[[Call], Answer]


Refuse = Callable[[PrivacyError, str], Answer]


def answers(endpoint: str, method: str = "", *, refuse: Refuse = problem) -> Callable[[Endpoint], Endpoint]:
    """Make a function an endpoint that takes one method, turns every error into a problem and is counted.

    Without a method it takes each; a dialect says with `refuse` how it words errors.
    """

    def framed(answer_to: Endpoint) -> Endpoint:
        @wraps(answer_to)
        def safely(call: Call) -> Answer:
            try:
                _check_method(call, method)
                answer = answer_to(call)
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


def _check_method(call: Call, method: str) -> None:
    if method and call.header("REQUEST_METHOD") != method:
        message = f"Use {method}."
        raise MethodNotAllowed(message, Allow=method)
