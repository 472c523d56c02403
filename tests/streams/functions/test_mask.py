"""`mask` hides what is personal in records of any make, by the policy that counts now."""

from time import sleep

import pytest
from django.db import OperationalError, connection

from classifier import Policy, key_ids_in
from privacy_service.decisions import models
from privacy_service.streams.errors import FlowError
from privacy_service.streams.records import Record
from tests.factories import make_policy, make_workspace
from tests.streams.making import built_in, values
from workspaces.models import AccessStamp, Workspace
from workspaces.stamp import stamp

ALICE = b'{"name":"alice",  "ssn": "123-45-6789", "n": 1.50}'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "record", "expected"),
    [
        ({"policy": "strict"}, ALICE, b'{"name":"<PERSON>",  "ssn": "<US_SSN>", "n": 1.50}'),
        ({"policy": "balanced"}, ALICE, b'{"name":"<PERSON>",  "ssn": "***-**-****", "n": 1.50}'),
        ({"policy": "strict", "keep": ["PERSON"]}, ALICE, b'{"name":"alice",  "ssn": "<US_SSN>", "n": 1.50}'),
        ({"policy": "balanced", "entities": ["US_SSN"]}, ALICE, b'{"name":"alice",  "ssn": "***-**-****", "n": 1.50}'),
        ({"policy": "strict", "operators": {"US_SSN": "redact"}}, ALICE, b'{"name":"<PERSON>",  "ssn": "", "n": 1.50}'),
        ({"policy": "strict", "operators": {"US_SSN": {"name": "last4", "params": {"masking_char": "#"}}}},
         b'{"ssn":"123-45-6789"}', b'{"ssn":"###-##-6789"}'),
        ({"policy": "strict"}, b"write to alice@example.com", b"write to <EMAIL_ADDRESS>"),
        ({"policy": "strict"}, b'{"ssn":"1-2"}\n{"ssn":"3"}\n', b'{"ssn":"<US_SSN>"}\n{"ssn":"<US_SSN>"}\n'),
        ({"policy": "strict"}, b'{"ssn": "123-45-6789"', b'{"ssn": "<US_SSN>"'),
        ({"policy": "strict"}, b"nothing here", b"nothing here"),
        ({"policy": "strict"}, b"", b""),
        ({"policy": "strict"}, b"4111111111111111", b"<CREDIT_CARD>"),
        ({"policy": "strict"}, b"\xff\xfe123-45-6789", "unreadable"),
        ({"policy": "strict"}, "123-45-6789".encode("utf-16-le"), "unreadable"),
        ({"policy": "strict"}, b"[" * 200 + b"]" * 200, "unreadable"),
    ],
)  # fmt: skip
def test_records_of_every_make_are_masked(options: dict[str, object], record: bytes, expected: object) -> None:
    assert values(built_in("mask", options, namespace="nowhere"), record) == [expected]


@pytest.mark.django_db
def test_records_of_a_batch_are_masked_as_each_would_be_alone() -> None:
    function = built_in("mask", {"policy": "balanced"}, namespace="nowhere")
    batch = [ALICE, b"\xff", b"alice@example.com", b'{"ssn":"1-2"}\n{"ssn":"3"}', b"{", b"[" * 200 + b"]" * 200, ALICE]

    assert values(function, *batch) == [values(function, record)[0] for record in batch]
    assert function([]) == []


@pytest.mark.django_db
def test_a_records_key_is_masked_too_and_its_id_stays() -> None:
    function = built_in("mask", {"policy": "strict"}, namespace="nowhere")

    assert function([Record(b"x", b"alice@example.com", "7-0", "out")]) == [
        (Record(b"x", b"<EMAIL_ADDRESS>", "7-0", "out"),)
    ]


def test_a_change_of_the_workspaces_policy_reaches_a_function_that_runs(workspace: Workspace) -> None:
    function = built_in("mask", {}, namespace=workspace.slug)
    make_policy(workspace, {"US_SSN": "shape"})
    stamp.forget()
    before = values(function, b'{"ssn":"123-45-6789"}')
    make_policy(workspace, {"US_SSN": "redact"}, version=2)
    stamp.forget()

    assert before == [b'{"ssn":"***-**-****"}']
    assert values(function, b'{"ssn":"123-45-6789"}') == [b'{"ssn":""}']


def test_each_record_is_sealed_under_the_key_of_its_person(workspace: Workspace) -> None:
    per_person = {"default": {"name": "token", "params": {"per": "person"}}}
    models.Policy.objects.create(workspace=workspace, rules=per_person)
    stamp.forget()
    function = built_in("mask", {}, namespace=workspace.slug)

    nine, again, eight, nobody = values(
        function, *(b'{"userId":"%s","ssn":"123-45-6789"}' % name for name in (b"9", b"9", b"8", b""))
    )

    assert nine == again != eight
    assert nobody == b'{"userId":"","ssn":"<US_SSN>"}'
    assert len(key_ids_in((nine + eight).decode())) == 2


def test_where_the_keys_of_people_cannot_be_read_records_stay(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr("privacy_service.subjects.tokens.keeping._found", fail)
    options = {"operators": {"US_SSN": {"name": "token", "params": {"per": "person"}}}}

    assert values(built_in("mask", options, namespace=workspace.slug), b'{"userId":"9","ssn":"1"}') == ["unavailable"]


@pytest.mark.django_db(transaction=True)
def test_a_policy_that_another_process_changes_counts_half_a_second_later() -> None:
    workspace = make_workspace()
    make_policy(workspace, {"US_SSN": "shape"})
    function = built_in("mask", {}, namespace=workspace.slug)
    before = values(function, b'{"ssn":"123-45-6789"}')
    changed = Policy.named("balanced").with_operator("US_SSN", "redact")  # type: ignore[arg-type]
    models.Policy.objects.bulk_create([models.Policy(workspace=workspace, rules=changed.as_dict(), version=2)])
    AccessStamp.objects.update(token=7)
    sleep(0.55)

    assert before == [b'{"ssn":"***-**-****"}']
    assert values(function, b'{"ssn":"123-45-6789"}') == [b'{"ssn":""}']


def test_hashes_are_those_of_the_workspace_and_of_no_other(workspace: Workspace) -> None:
    record = b'{"ssn":"123-45-6789"}'
    own = values(built_in("mask", {"policy": "analytics"}, namespace=workspace.slug), record)
    named = values(built_in("mask", {"policy": "analytics", "workspace": "acme"}, namespace="nowhere"), record)
    other = values(built_in("mask", {"policy": "analytics"}, namespace="nowhere"), record)

    assert own == named
    assert own != other
    assert b"123-45" not in own[0] + other[0]


@pytest.mark.django_db
def test_without_its_workspace_nothing_goes_on() -> None:
    assert values(built_in("mask", {"workspace": "gone"}), ALICE) == ["unavailable"]


@pytest.mark.django_db
def test_without_the_database_nothing_goes_on() -> None:
    def gone(*_: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(gone):
        assert values(built_in("mask", {"workspace": "acme"}), ALICE) == ["unavailable"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"polcy": "strict"}, "with.polcy: this is unknown. Did you mean `policy`?"),
        ({"policy": "harsh"}, "policy: 'harsh' is not allowed. Allowed: strict, balanced"),
        ({"tier": "slow"}, "tier: 'slow' is not allowed. Allowed: patterns, fast, thorough."),
        ({"entities": ["SSN"]}, "entities[0]: 'SSN' is not allowed. Did you mean `US_SSN`?"),
        ({"keep": ["PERSON"], "entities": ["US_SSN"]}, "nothing to `keep` beside them"),
        ({"operators": {"SSN": "shape"}}, "operators.SSN: this is no kind of personal data"),
        ({"operators": {"US_SSN": "shapes"}}, "operators.US_SSN: "),
        ({"workspace": "a b"}, "workspace: this must be a workspace's slug"),
    ],
)
def test_wrong_options_are_told(options: dict[str, object], says: str) -> None:
    with pytest.raises(FlowError) as told:
        built_in("mask", options)

    assert says.removeprefix("with.") in str(told.value)


@pytest.mark.django_db
def test_records_masked_together_come_out_as_each_would_alone() -> None:
    together = [
        b'{"name":"alice","ssn":"123-45-6789"}',
        b'{"broken": "123-45-6789"',
        b"call 123-45-6789",
        b'{"ssn":"1"}\n{"ssn":"2"}\n',
        b'"\xff"',
        b'{"clean": true}',
    ]
    mask = built_in("mask", {"policy": "balanced"}, namespace="nowhere")

    outcomes = mask([Record(value, id=str(at)) for at, value in enumerate(together)])

    assert outcomes == [mask([Record(value, id=str(at))])[0] for at, value in enumerate(together)]
    assert b"6789" not in repr(outcomes).encode()
