"""The admin's pages of requests, systems, suppressions and forms."""

import pytest
from django.db import models
from django.test import Client

from privacy_service.subjects.lifecycle import Proof, open_request, start
from privacy_service.subjects.models import (
    Archive,
    Destination,
    IndexEntry,
    IndexScan,
    Outage,
    Receipt,
    Status,
    SubjectForm,
    SubjectRequest,
    TokenKey,
    Wish,
)
from tests.factories import make_source, make_user
from tests.shop import make_destination
from tests.subjects.conftest import DORA, DORAS_ID
from workspaces.models import Workspace


@pytest.fixture
def admin(workspace: Workspace) -> Client:
    """Return an administrator's browser, where somebody is being forgotten."""
    make_destination(workspace, "webhook", {"url": "https://example.com/hook"}, shared_secret="s3cret-canary")
    make_destination(workspace, "manual", {"steps": "Look into the binder."})
    SubjectForm.objects.create(workspace=workspace, title="Forget me")
    request = start(open_request(workspace, Wish.SUPPRESS_WITH_DELETE, [DORA, DORAS_ID])[0].pk, Proof.OWNER)
    Receipt.objects.filter(request=request, name="webhook").update(status=Status.FAILED, problem="It answered 401.")
    hook = Destination.objects.get(slug="webhook")
    entry = IndexEntry(workspace=workspace, source="shop", digest=b"d" * 16)
    entry.keep_identifiers([DORA])
    entry.save()
    IndexScan.objects.create(destination=hook)
    Outage.objects.create(destination=hook, failures=3)
    start(open_request(workspace, Wish.PORTABILITY, [DORA])[0].pk, Proof.OWNER)
    key = TokenKey.new(workspace.pk, b"k" * 16)
    key.key_id = "abcdef"
    key.save()
    client = Client()
    client.force_login(make_user("erin", is_staff=True, is_superuser=True))
    return client


PAGES = [
    ("subjectrequest/", "0 of 2, 1 need a person"),
    ("subjectrequest/?deadline=person", "0 of 2, 1 need a person"),
    ("subjectrequest/?deadline=past", "0 requests"),
    ("destination/", "webhook"),
    ("suppressionlist/", "acme"),
    ("subjectform/", "Forget me"),
    ("indexentry/", "shop"),
    ("indexscan/", "webhook"),
    ("archive/", "Hand out what is held"),
    ("outage/", "webhook"),
    ("tokenkey/", "abcdef"),
]


@pytest.mark.parametrize(("page", "told"), PAGES)
def test_each_list_tells_how_things_stand_and_names_nobody(admin: Client, page: str, told: str) -> None:
    shown = admin.get(f"/admin/subjects/{page}").content.decode()

    assert (told in shown or told.replace("requests", "subject requests") in shown, "canary" in shown) == (True, False)


def test_a_request_shows_its_receipts_and_a_system_its_options_but_no_secret(admin: Client) -> None:
    request = SubjectRequest.objects.get(wish=Wish.SUPPRESS_WITH_DELETE)
    destination = Receipt.objects.get(name="webhook", request__wish=Wish.SUPPRESS_WITH_DELETE).destination
    assert destination is not None

    pages = [
        admin.get(f"/admin/subjects/subjectrequest/{request.pk}/change/").content.decode(),
        admin.get(f"/admin/subjects/destination/{destination.pk}/change/").content.decode(),
    ]

    assert ["It answered 401." in pages[0], "https://example.com/hook" in pages[1]] == [True, True]
    assert [word for word in ("canary", request.sealed, destination.sealed) if word in pages[0] + pages[1]] == []


@pytest.mark.parametrize("model", [Archive, IndexEntry, IndexScan, Outage, TokenKey])
def test_what_is_kept_of_people_is_shown_without_who_they_are_and_stays_as_it_is(
    admin: Client, model: type[models.Model]
) -> None:
    row = model._default_manager.get()
    url = f"/admin/subjects/{model.__name__.lower()}/{row.pk}"

    shown = admin.get(f"{url}/change/")

    assert (shown.status_code, admin.post(f"{url}/delete/", {"post": "yes"}).status_code) == (200, 403)
    secrets = [value for name, value in vars(row).items() if name.startswith("sealed") and value]
    assert [word for word in ("canary", *secrets) if word in shown.content.decode()] == []


def test_nothing_is_changed_there(admin: Client) -> None:
    request = SubjectRequest.objects.get(wish=Wish.SUPPRESS_WITH_DELETE)

    replies = [
        admin.post(f"/admin/subjects/subjectrequest/{request.pk}/change/", {"state": "completed"}).status_code,
        admin.post(f"/admin/subjects/subjectrequest/{request.pk}/delete/", {"post": "yes"}).status_code,
        admin.get("/admin/subjects/suppressionlist/add/").status_code,
    ]

    assert (replies, SubjectRequest.objects.get(wish=Wish.SUPPRESS_WITH_DELETE).state) == (
        [403, 403, 403],
        "in_progress",
    )


def system(workspace: Workspace, **changes: str) -> dict[str, str]:
    """Return what an administrator types in to make a system known."""
    return {
        "workspace": str(workspace.pk),
        "slug": "crm",
        "kind": "http",
        "options": '{"url": "https://crm.example.com/{user_id}"}',
        "identifiers": "user_id",
        "secrets": '{"authorization": "Bearer s3cret-canary"}',
        "layer": "connected",
        "sources": "web",
        "is_active": "on",
    } | changes


def test_a_system_is_made_known_changed_and_tested_there(admin: Client, workspace: Workspace) -> None:
    source = make_source(workspace, "web")

    made = admin.post("/admin/subjects/destination/add/", system(workspace))
    destination = Destination.objects.get(slug="crm")
    page = f"/admin/subjects/destination/{destination.pk}/"
    changed = admin.post(f"{page}change/", system(workspace, secrets="", region="EU", kind="sql", slug="other"))
    tested = admin.post(f"{page}test/", follow=True).content.decode()

    destination.refresh_from_db()
    assert (made.status_code, changed.status_code) == (302, 302)
    assert (destination.slug, destination.kind, destination.region, destination.sources) == (
        "crm", "http", "EU", [str(source.pk)],
    )  # fmt: skip
    assert (dict(destination.secrets), "Its options are in order" in tested, "canary" in tested) == (
        {"authorization": "Bearer s3cret-canary"}, True, False,
    )  # fmt: skip


WRONG = [
    ({"options": "{}"}, "options.url"),
    ({"options": '{"url": "https://{user_id}.example.com/"}'}, "not in the host"),
    ({"secrets": '{"password": "canary"}'}, "secrets.password"),
    ({"secrets": '["canary"]'}, "Write an object of texts"),
    ({"sources": "app"}, "The workspace has no source app"),
    ({"slug": "webhook"}, "The workspace has a destination with this slug."),
    ({"identifiers": "canary"}, "Select a valid choice"),
]


@pytest.mark.parametrize(("changes", "told"), WRONG)
def test_a_system_that_cannot_be_says_what_to_write(
    admin: Client, workspace: Workspace, changes: dict[str, str], told: str
) -> None:
    make_source(workspace, "web")

    page = admin.post("/admin/subjects/destination/add/", system(workspace, **changes)).content.decode()

    assert (told in page, Destination.objects.filter(slug="crm").exists()) == (True, False)
