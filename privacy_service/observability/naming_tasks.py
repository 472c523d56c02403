"""A task goes on under the name of the request that sent it: in the headers of its message, and in its log lines."""

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from privacy_service.http import Hop, current, new_request_id

REQUEST_ID = "pii_request_id"
TRACEPARENT = "traceparent"


def connect() -> None:
    """Name every task that is sent or run from now on."""
    before_task_publish.connect(_name_message, dispatch_uid="name-message")
    task_prerun.connect(_begin, dispatch_uid="begin-task")
    task_postrun.connect(_end, dispatch_uid="end-task")


def _name_message(*, headers: dict[str, Any], **_: object) -> None:
    call = current.get()
    if call is not None:
        headers[REQUEST_ID] = call.id
        if call.traceparent:
            headers[TRACEPARENT] = call.traceparent


def _begin(*, task: Any, **_: object) -> None:
    sent_with = task.request
    current.set(Hop(sent_with.get(REQUEST_ID) or new_request_id(), sent_with.get(TRACEPARENT) or ""))


def _end(**_: object) -> None:
    current.set(None)
