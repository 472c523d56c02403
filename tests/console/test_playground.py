"""The playground: what each reader would get, marked, and nothing of it kept."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from classifier import Entity, Finding, PayloadKind
from privacy_service.console.laying_out import Leaf, Piece, found_in, lines_of, rows_of
from privacy_service.console.trying import LONGEST, kind_of
from privacy_service.decisions.audit import ship
from tests.console.conftest import Opened
from tests.factories import make_policy
from workspaces.grants import add_member
from workspaces.models import User, Workspace

PAGE = "/console/w/acme/playground"
PAYLOAD = '{"name": "Anna Whitfield", "ssn": "536-22-8145", "plan": "gold"}'


def columns(page: str) -> dict[str, str]:
    """Return the text of each reader's column, by the reader's name."""
    found = re.findall(r'<section class="card" aria-label="([^"]+)">(.*?)</section>', page, re.DOTALL)
    return {name: re.sub(r"<[^>]+>", "", column).replace("&quot;", '"') for name, column in found}


def tried(client: Client, payload: str = PAYLOAD, *who: str, **more: str) -> str:
    """Return the page that shows what each reader gets."""
    return client.post(PAGE, {"payload": payload, "kind": "auto", "who": list(who), **more}).content.decode()


def test_each_reader_gets_what_the_api_would_give_them(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, carol: User
) -> None:
    make_policy(released_workspace, {"US_SSN": "shape", "PERSON": "redact"})
    readers = (f"user:{bob.pk}", f"user:{carol.pk}", "role:owner", "role:stranger")
    shown = columns(tried(opened(alice), PAYLOAD, *readers))

    assert ("***-**-****" in shown["Bob"], "536-22-8145" in shown["Bob"]) == (True, False)
    assert "Whitfield" not in shown["Bob"]
    assert "536-22-8145" in shown["Carol"]
    assert "536-22-8145" in shown["Owner"]
    assert "gold" not in shown["Stranger"]


def test_what_is_personal_is_marked_with_its_kind_and_what_hides_it(
    opened: Opened, released_workspace: Workspace, alice: User
) -> None:
    make_policy(released_workspace, {"US_SSN": "shape"})
    page = tried(opened(alice), PAYLOAD, "role:member", "role:owner")

    assert '<mark class="hidden hue-government" tabindex="0" data-tip="US SSN · shape kept · the field' in page
    assert '<mark class="shown hue-government" tabindex="0" data-tip="US SSN · readable · the field' in page


def test_before_the_release_it_can_be_tried_as_if_it_had_come(
    opened: Opened, workspace: Workspace, alice: User
) -> None:
    client = opened(alice)

    assert "536-22-8145" in columns(tried(client, PAYLOAD, "role:member"))["Member"]
    assert "536-22-8145" not in columns(tried(client, PAYLOAD, "role:member", as_if="on"))["Member"]


def test_a_reader_can_be_typed_and_people_elsewhere_are_not_told_of(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, mallory: User
) -> None:
    client = opened(alice)

    assert "Bob" in columns(tried(client, typed="bob@example.com"))
    messages = [tried(client, typed=name) for name in ("mallory@example.com", "nobody@example.com")]
    assert ["No member of this workspace has this e-mail or id." in page for page in messages] == [True, True]


@pytest.mark.parametrize(
    ("payload", "who", "status", "words"),
    [
        ('{"a": ', ["role:member"], 400, "column 7"),
        (PAYLOAD, [], 400, "Choose one to four readers."),
        (PAYLOAD, ["role:nobody"], 404, "There is no such reader here"),
        (PAYLOAD, ["user:no-id"], 404, "No member of this workspace"),
        ("x" * (LONGEST + 1), ["role:member"], 413, "Paste at most"),
        ("a\x00b", ["role:member"], 400, "NUL"),
    ],
)
def test_what_cannot_be_tried_is_answered_with_what_to_do(
    opened: Opened, released_workspace: Workspace, alice: User, payload: str, who: list[str], status: int, words: str
) -> None:
    response = opened(alice).post(PAGE, {"payload": payload, "kind": "auto", "who": who})

    assert (response.status_code, words in response.content.decode()) == (status, True)


def test_five_readers_are_too_many(opened: Opened, released_workspace: Workspace, alice: User) -> None:
    roles = [f"role:{name}" for name in ("member", "owner", "pii_viewer", "stranger")]

    assert "Choose one to four readers." in tried(opened(alice), PAYLOAD, *roles, typed="alice@example.com")


def test_nothing_of_what_is_pasted_is_kept_or_logged(
    opened: Opened, released_workspace: Workspace, alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "536-22-8145"
    client = opened(alice)
    tried(client, f'{{"ssn": "{canary}"}}', "role:member", "role:owner")
    tried(client, f'{{"ssn": "{canary}"', "role:member")
    ship()

    kept = [str(row) for model in apps.get_models() for row in model._default_manager.values()]
    spooled = [path.read_bytes() for path in Path(settings.PRIVACY_AUDIT_SPOOL_DIR).glob("*")]
    assert [row for row in kept if canary in row] == []
    assert [text for text in spooled if canary.encode() in text] == []
    assert canary not in caplog.text


def test_it_is_for_those_who_decide_how_data_is_masked(opened: Opened, alice: User, carol: User) -> None:
    assert opened(alice).get(PAGE).status_code == 200
    assert opened(carol).get(PAGE).status_code == 403
    assert "playground" not in opened(carol).get("/console/w/acme/").content.decode()


def test_somebody_of_another_workspace_is_no_reader_here(
    opened: Opened, released_workspace: Workspace, alice: User, mallory: User
) -> None:
    elsewhere = Workspace.objects.create(slug="elsewhere", name="Elsewhere")
    add_member(elsewhere, mallory)

    assert "No member of this workspace" in tried(opened(alice), PAYLOAD, f"user:{mallory.pk}")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"a": 1}', PayloadKind.JSON),
        ("[1, 2]", PayloadKind.JSON),
        ('{"a": ', PayloadKind.JSON),
        ('{"a": 1}\n{"a": 2}\n', PayloadKind.NDJSON),
        ("name,city\nAnna,Leeds\n", PayloadKind.CSV),
        ("name;city\nAnna;Leeds\n", PayloadKind.CSV),
        ("Dear Anna,\nhow are you?", PayloadKind.TEXT),
        ("42", PayloadKind.TEXT),
        ("", PayloadKind.TEXT),
    ],
)
def test_what_was_pasted_is_guessed(text: str, kind: PayloadKind) -> None:
    assert kind_of(text) is kind


def finding(start: int, end: int, path: str = "") -> Finding:
    """Return a finding of a person."""
    return Finding(path, Entity.PERSON, 0.9, "names", start, end)


@pytest.mark.parametrize(
    ("before", "after", "spans", "shown"),
    [
        ("Hi Anna, bye", "Hi ***, bye", [(3, 7)], [("Hi ", None), ("***", True), (", bye", None)]),
        ("Anna", "Anna", [(0, 4)], [("Anna", False)]),
        ("Anna", "", [(0, 4)], [("", True)]),
        ("Anna and Bob", "X and Y", [(0, 4), (9, 12)], [("X", True), (" and ", None), ("Y", True)]),
        ("Anna and Bob", "Anna and Y", [(0, 4), (9, 12)], [("Anna", False), (" and ", None), ("Y", True)]),
        # Where two spans touch, or the rest was changed too, nobody can say which is which: all of it is hidden.
        ("AnnaBob", "XY", [(0, 4), (4, 7)], [("XY", True)]),
        ("Hi Anna", "Ho ***", [(3, 7)], [("Ho ***", True)]),
    ],
)
def test_spans_are_followed_through_what_became_of_a_text(
    before: str, after: str, spans: list[tuple[int, int]], shown: list[tuple[str, bool | None]]
) -> None:
    pieces = Leaf(before, after, [finding(*span) for span in spans]).pieces()

    assert [(one.text, one.is_hidden if one.is_personal else None) for one in pieces] == shown
    assert "".join(one.text for one in pieces) == after


def test_a_document_reads_as_its_output_does() -> None:
    before = '{"a": {"b": "Anna", "c": [1, "x\\"y"]}, "Anna": null, "e": {}, "n": 12345}'
    after = '{"a": {"b": "***", "c": [1, "x\\"y"]}, "<PERSON>": null, "e": {}, "n": 0}'
    pieces = lines_of(PayloadKind.JSON, before, after, found_in([finding(0, 4, "/a/b")]))

    assert re.sub(r"\s", "", "".join(one.text for one in pieces)) == re.sub(r"\s", "", after)
    assert [one.text for one in pieces if one.is_personal] == ["***", '"<PERSON>"', "0"]


def test_a_table_of_another_shape_is_no_table() -> None:
    assert rows_of("a,b\n1,2\n", "a,b\n1\n", {}) is None
    assert rows_of("a,b\n1,2\n", "a,b\n1,*\n", {}) == [
        [[Piece("a")], [Piece("b")]],
        [[Piece("1")], [Piece("*", is_hidden=True)]],
    ]
