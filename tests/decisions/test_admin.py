"""An administrator reads who sees personal data, writes policies, and reads the trail."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from classifier import Policy as Operators
from privacy_service.decisions.admin import records
from privacy_service.decisions.engine import decide
from privacy_service.decisions.models import PendingAct, Policy
from privacy_service.decisions.policies import operators_for
from privacy_service.decisions.types import AccessRequest, Reason
from privacy_service.rollout import release
from privacy_service.rollout.models import Flag
from tests.factories import make_member, make_policy, make_record, make_workspace
from workspaces.grants import grant
from workspaces.models import Membership, User, Workspace, WorkspaceGroupPermission, WorkspaceUserPermission
from workspaces.permissions import Permission
from workspaces.roles import Role


@pytest.fixture
def root(db: None) -> User:
    """Return the administrator."""
    del db
    return User.objects.create_superuser("root@example.com")


@pytest.fixture
def client(root: User) -> Client:
    """Return the administrator's browser."""
    client = Client()
    client.force_login(root)
    return client


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


# --- Who sees personal data ------------------------------------------------------------------------------------------


def readers_page(client: Client, workspace: Workspace, query: str = "") -> Any:
    return client.get(reverse("admin:workspaces_workspace_readers", args=[workspace.pk]) + query)


def readers_in(response: Any) -> list[tuple[str, str, list[str]]]:
    """Return who is listed: the person, what they see, and through what."""
    return [(str(r.membership.user), r.sees, r.through) for r in response.context["readers"]]


def put_in_viewing_group(user: User, workspace: Workspace) -> None:
    group = Group.objects.create(name="Auditors")
    user.groups.add(group)
    right = PermissionRow.objects.get(codename=Permission.VIEW_PII.codename)
    WorkspaceGroupPermission.objects.create(group=group, permission=right, content_object=workspace)


def everybody(workspace: Workspace) -> dict[str, Membership]:
    """Return a member of each sort: each way to see personal data, and each way not to."""
    sorts = {name: make_member(workspace, name) for name in ("all", "some", "group", "direct", "plain", "gone")}
    sorts["owner"] = make_member(workspace, "owner", kind=Membership.Kind.OWNER)
    grant(sorts["all"], Role.PII_VIEWER)
    grant(sorts["some"], Role.PII_VIEWER, entities=["PERSON", "EMAIL_ADDRESS"])
    grant(sorts["gone"], Role.PII_VIEWER)
    User.objects.filter(pk=sorts["gone"].user_id).update(is_active=False)
    put_in_viewing_group(sorts["group"].user, workspace)
    right = PermissionRow.objects.get(codename=Permission.VIEW_PII.codename)
    WorkspaceUserPermission.objects.assign_perm(right, sorts["direct"].user, workspace)
    return sorts


def test_the_page_says_who_sees_what_and_through_what(
    client: Client, root: User, released_workspace: Workspace
) -> None:
    everybody(released_workspace)
    today = f"{timezone.now():%Y-%m-%d}"

    page = readers_page(client, released_workspace)

    assert readers_in(page) == [
        ("all@example.com", "everything", [f"PII viewer, given by the system on {today}"]),
        ("direct@example.com", "everything", ["A permission set on the person outside the roles"]),
        ("group@example.com", "everything", ["Group Auditors, which holds the permission here"]),
        ("owner@example.com", "everything", [f"Owner, given by the system on {today}"]),
        (
            "some@example.com",
            "only EMAIL_ADDRESS, PERSON",
            [f"PII viewer: only EMAIL_ADDRESS, PERSON, given by the system on {today}"],
        ),
    ]
    assert "2 more members</a> of this workspace see masked data or nothing" in text_of(page)


def test_the_page_agrees_with_what_is_decided(client: Client, released_workspace: Workspace) -> None:
    sorts = everybody(released_workspace)
    stranger = User.objects.create_user("stranger@example.com")
    put_in_viewing_group_too = Group.objects.get()
    stranger.groups.add(put_in_viewing_group_too)

    listed = {person for person, _, _ in readers_in(readers_page(client, released_workspace))}

    seeing = {
        str(user)
        for user in [stranger, *(membership.user for membership in sorts.values())]
        if decide(AccessRequest(user, released_workspace)).reason in (Reason.ROLE_GRANTS_PII, Reason.GRANT_COVERS_PART)
    }
    assert listed == seeing


def test_the_page_names_who_gave_the_role(client: Client, workspace: Workspace, alice: User, bob: User) -> None:
    grant(Membership.objects.get(user=bob), Role.PII_VIEWER, by=alice)

    page = readers_page(client, workspace, "?q=bob")

    assert readers_in(page) == [
        ("bob@example.com", "everything", [f"PII viewer, given by alice@example.com on {timezone.now():%Y-%m-%d}"])
    ]


def test_the_page_says_what_the_release_means(client: Client, workspace: Workspace, alice: User) -> None:
    said = [readers_page(client, workspace).context["release"]]
    release.turn_on()
    said.append(readers_page(client, workspace).context["release"])
    Flag.objects.all().delete()
    said.append(readers_page(client, workspace).context["release"])

    assert said == ["not-released", "live", "unavailable"]


def test_the_page_of_an_empty_workspace_says_what_to_do(client: Client, released_workspace: Workspace) -> None:
    page = text_of(readers_page(client, released_workspace))

    assert "Nobody sees personal data here." in page
    assert "Add an owner, or give a member the role PII viewer." in page


def test_a_search_without_a_match_says_so(client: Client, workspace: Workspace, alice: User) -> None:
    page = text_of(readers_page(client, workspace, "?q=nobody-like-this"))

    assert "Nobody who sees personal data here matches “nobody-like-this”." in page


def test_the_page_costs_the_same_for_one_reader_and_for_hundreds(
    client: Client, released_workspace: Workspace, django_assert_num_queries: Any
) -> None:
    put_in_viewing_group(make_member(released_workspace, "first").user, released_workspace)
    with django_assert_num_queries(15):
        readers_page(client, released_workspace)
    for number in range(120):
        grant(make_member(released_workspace, f"person-{number:03}"), Role.PII_VIEWER)

    with django_assert_num_queries(15):
        page = readers_page(client, released_workspace, "?p=2")

    assert len(readers_in(page)) == 21
    assert "121 people, page 2 of 2" in text_of(page)


@pytest.mark.parametrize(("right", "status"), [("view_workspace", 200), ("view_user", 403)])
def test_the_page_is_for_who_may_see_the_workspace(
    client: Client, workspace: Workspace, bob: User, right: str, status: int
) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(PermissionRow.objects.filter(codename=right))
    client.force_login(bob)

    assert readers_page(client, workspace).status_code == status


def test_the_page_of_no_workspace_is_not_found(client: Client) -> None:
    assert client.get(reverse("admin:workspaces_workspace_readers", args=[uuid.uuid4()])).status_code == 404


def test_the_page_is_linked_from_the_list_and_the_workspace(client: Client, workspace: Workspace) -> None:
    where = reverse("admin:workspaces_workspace_readers", args=[workspace.pk])

    pages = [
        text_of(client.get(reverse("admin:workspaces_workspace_changelist"))),
        text_of(client.get(reverse("admin:workspaces_workspace_change", args=[workspace.pk]))),
    ]

    assert all(f'href="{where}"' in page for page in pages)


# --- Policies --------------------------------------------------------------------------------------------------------

ADD_POLICY = "admin:decisions_policy_add"


def initial_rules(client: Client, query: str = "") -> Any:
    form = client.get(reverse(ADD_POLICY) + query).context["adminform"].form
    return json.loads(form["rules"].value())


def add_policy(client: Client, workspace: Workspace, rules: str) -> Any:
    return client.post(reverse(ADD_POLICY), {"workspace": workspace.pk, "rules": rules, "note": "Asked by legal"})


def test_the_first_policy_starts_from_the_default_of_the_installation(client: Client, workspace: Workspace) -> None:
    assert initial_rules(client, f"?workspace={workspace.pk}") == Operators.named("balanced").as_dict()


def test_the_next_policy_starts_from_the_newest(client: Client, workspace: Workspace) -> None:
    make_policy(workspace, {"PERSON": "redact"})
    newest = make_policy(workspace, {"PERSON": "hash"})

    assert initial_rules(client, f"?workspace={workspace.pk}") == newest.rules


@pytest.mark.parametrize("query", ["", "?workspace=nonsense"])
def test_a_policy_of_no_workspace_yet_starts_from_the_default(client: Client, query: str) -> None:
    assert initial_rules(client, query) == Operators.named("balanced").as_dict()


def test_a_new_version_is_stored_with_its_author(client: Client, root: User, workspace: Workspace) -> None:
    make_policy(workspace, {})
    rules = Operators.named("strict").as_dict()

    add_policy(client, workspace, json.dumps(rules))

    newest = Policy.objects.get(version=2)
    assert (newest.rules, newest.note, newest.created_by) == (rules, "Asked by legal", root)
    assert LogEntry.objects.get(object_id=str(workspace.pk)).get_change_message() == "Set policy version 2."


def test_a_new_version_is_told_to_the_trail_like_one_of_the_api(
    client: Client, root: User, workspace: Workspace
) -> None:
    make_policy(workspace, {})

    add_policy(client, workspace, json.dumps(Operators.named("strict").as_dict()))

    [told] = [
        one for one in map(json.loads, PendingAct.objects.values_list("line", flat=True)) if "policy" in one["kind"]
    ]
    assert (told["kind"], told["actor_id"], told["workspace_id"]) == ("policy-changed", str(root.pk), str(workspace.pk))
    assert told["detail"].items() >= {"version": 2, "replaces": 1, "reason": "Asked by legal"}.items()


def test_whoever_began_with_an_older_version_replaces_nothing(client: Client, workspace: Workspace) -> None:
    page = client.get(f"{reverse(ADD_POLICY)}?workspace={workspace.pk}").context["adminform"].form
    make_policy(workspace, {"PERSON": "redact"})

    answer = client.post(
        reverse(ADD_POLICY),
        {"workspace": workspace.pk, "rules": page["rules"].value(), "began_with": page["began_with"].value()},
    )

    [complaint] = answer.context["adminform"].form.errors["__all__"]
    assert complaint.startswith("The policy is at version 1, and the change was made from version 0.")
    assert Policy.objects.count() == 1


def test_rules_that_hash_are_taken(workspace: Workspace) -> None:
    rules = Policy(workspace=workspace, rules={"operators": {"PERSON": "hash"}})

    rules.full_clean(exclude=["version"])
    rules.save()

    assert Policy.objects.get().rules == {"operators": {"PERSON": "hash"}}


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ('{"operators": {"NO_SUCH_KIND": "redact"}}', "Unknown entity"),
        ('{"operators": {"PERSON": "no-such-operator"}}', "Unknown operator"),
        ('{"operators": {"PERSON": "hash"}, "default": "keep"}', "keep_by_default"),
        ('{"colour": "red"}', "A policy has no"),
        (
            '{"matchers": [{"name": "A", "term": "(", "how": "pattern"}]}',
            "The pattern of matcher 'A' is no RE2",
        ),
        ('{"matchers": [{"name": "A", "term": "x", "colour": "blue"}]}', "allowed: red, yellow, green"),
        ('{"block": {"fields": []}}', "The block list is an object with two lists"),
        ("[1, 2]", "A policy is an object with operators"),
        ("17", "A policy is an object with operators"),
        ("{", "Enter a valid JSON."),
        ("", "This field is required."),
    ],
)
def test_rules_that_the_classifier_refuses_are_refused_at_their_field(
    client: Client, workspace: Workspace, rules: str, complaint: str
) -> None:
    response = add_policy(client, workspace, rules)

    assert response.status_code == 200
    assert complaint in response.context["adminform"].form.errors["rules"][0]
    assert not Policy.objects.exists()


def test_a_policy_is_stored_with_matchers(client: Client, workspace: Workspace) -> None:
    matcher = {"name": "Order", "colour": "red", "on": "value", "how": "pattern", "term": "ORD-[0-9]{8}"}
    rules = Operators.named("strict").as_dict() | {"matchers": [matcher], "block": {"keys": ["memo"], "values": []}}

    add_policy(client, workspace, json.dumps(rules))

    assert operators_for(workspace).as_dict() == rules


def test_a_stored_policy_is_read_only(client: Client, workspace: Workspace) -> None:
    policy = make_policy(workspace, {"PERSON": "redact"})
    where = reverse("admin:decisions_policy_change", args=[policy.pk])

    page = text_of(client.get(where))

    assert "&quot;PERSON&quot;: &quot;redact&quot;" in page
    assert f"{reverse(ADD_POLICY)}?workspace={workspace.pk}" in page
    assert client.post(where, {"rules": "{}"}).status_code == 403
    assert client.post(reverse("admin:decisions_policy_delete", args=[policy.pk]), {"post": "yes"}).status_code == 403


def test_the_list_of_policies_says_which_version_counts(
    client: Client, workspace: Workspace, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        make_policy(make_workspace(f"acme-{number:02}"), {})
    make_policy(workspace, {})
    make_policy(workspace, {})

    with django_assert_max_num_queries(10):
        response = client.get(reverse("admin:decisions_policy_changelist"))

    listed = response.context["cl"].result_list
    assert [(p.version, p.version == p.newest) for p in listed if p.workspace == workspace] == [(2, True), (1, False)]


# --- The trail -------------------------------------------------------------------------------------------------------

TRAIL = "admin:decisions_auditrecord_changelist"


def listed(client: Client, query: str = "") -> list[uuid.UUID]:
    return [record.pk for record in client.get(reverse(TRAIL) + query).context["cl"].result_list]


def test_the_trail_names_workspace_and_reader(client: Client, workspace: Workspace, bob: User) -> None:
    make_record(workspace, bob)
    make_record(workspace)

    page = text_of(client.get(reverse(TRAIL)))

    assert all(f">{text}</td>" in page for text in ("acme", "bob@example.com", "unknown (01234567…)", "2 PERSON"))


def test_the_trail_is_searched_by_workspace_reader_and_request(client: Client, workspace: Workspace, bob: User) -> None:
    mine, other = make_record(workspace, bob), make_record(make_workspace("globex"))

    found = {
        query: listed(client, f"?q={query}")
        for query in ("acme", "globex", "BOB@example.com", "id-bob", workspace.pk, bob.pk, other.pk, "nothing")
    }

    assert found == {
        "acme": [mine.pk],
        "globex": [other.pk],
        "BOB@example.com": [mine.pk],
        "id-bob": [mine.pk],
        workspace.pk: [mine.pk],
        bob.pk: [mine.pk],
        other.pk: [other.pk],
        "nothing": [],
    }


def test_the_trail_is_filtered_by_effect_reason_and_endpoint(client: Client, workspace: Workspace) -> None:
    masked = make_record(workspace)
    denied = make_record(workspace, effect="deny", reason="not-a-member", endpoint="decision")

    assert listed(client, "?effect=mask") == [masked.pk]
    assert listed(client, "?reason=not-a-member") == [denied.pk]
    assert listed(client, "?endpoint=decision") == [denied.pk]


def test_the_trail_opens_on_a_day_and_reaches_back_when_asked(client: Client, workspace: Workspace) -> None:
    new, week, old = (make_record(workspace, at=timezone.now() - timedelta(days=days)) for days in (0, 5, 400))

    assert listed(client) == [new.pk]
    assert listed(client, "?age=7") == [new.pk, week.pk]
    assert listed(client, "?age=any") == [new.pk, week.pk, old.pk]
    assert listed(client, f"?age=any&at__year={old.at.year}") == [old.pk]


def test_the_trail_is_never_counted_whole(
    client: Client, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(records, "MOST_RECORDS", 3)
    for _ in range(5):
        make_record(workspace)

    with django_assert_max_num_queries(10) as asked:
        response = client.get(reverse(TRAIL))

    assert response.context["cl"].result_count == 3
    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"].upper()]
    assert all("LIMIT 3" in sql for sql in counts)
    assert len(counts) == 1


def test_the_trail_can_only_be_read(client: Client, workspace: Workspace) -> None:
    record = make_record(workspace)

    forbidden = [
        client.get(reverse("admin:decisions_auditrecord_add")).status_code,
        client.post(reverse("admin:decisions_auditrecord_change", args=[record.pk]), {}).status_code,
        client.post(reverse("admin:decisions_auditrecord_delete", args=[record.pk]), {"post": "yes"}).status_code,
    ]

    assert forbidden == [403, 403, 403]
    assert "delete_selected" not in text_of(client.get(reverse(TRAIL)))
    assert "role-lacks-pii" in text_of(client.get(reverse("admin:decisions_auditrecord_change", args=[record.pk])))
