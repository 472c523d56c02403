"""The ids that name requests: many threads and the children of a process never share one."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

from privacy_service.http import new_request_id


def test_no_two_requests_have_one_id() -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = list(threads.map(lambda _: new_request_id(), range(5_000)))

    assert len(set(ids)) == 5_000
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


def test_a_forked_child_draws_ids_of_its_own() -> None:
    new_request_id()  # The parent holds drawn ids that the child must not use.
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send([new_request_id() for _ in range(64)]))
    child.start()
    theirs = receiver.recv()
    child.join()

    ours = [new_request_id() for _ in range(64)]

    assert set(ours).isdisjoint(theirs)
