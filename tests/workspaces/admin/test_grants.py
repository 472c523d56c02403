"""An administrator gives roles on terms, looks after groups and sources, and sees a change before it is made."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_group, make_member, make_source, make_user, make_workspace
from tests.workspaces.admin.pages import address, history_of, membership_of, post, rows, text_of
from workspaces.grants import add_grant, grant
from workspaces.models import AccessChange, Emergency, Grant, Membership, Source, User, Workspace, WorkspaceGroup
from workspaces.roles import Role
from workspaces.terms import Terms


def test_a_grant_on_terms_is_given_on_its_page(client: Client, workspace: Workspace, bob: User) -> None:
    web = make_source(workspace, "web")
    terms = {
        "membership": membership_of(bob).pk,
        "role": "pii_viewer",
        "entities": ["EMAIL_ADDRESS", "PERSON"],
        "colours": ["green"],
        "source_slugs": "web",
        "expires_at_0": "2999-01-02",
        "expires_at_1": "03:04:00",
        "reason": "Case 7",
    }

    post(client, address("grant", "add"), **terms)

    given = Grant.objects.get(role=Role.PII_VIEWER)
    assert (given.entities, given.colours) == (["EMAIL_ADDRESS", "PERSON"], ["green"])
    assert (given.sources, given.reason, str(given.granted_by)) == ([str(web.pk)], "Case 7", "root@example.com")
    assert f"{given.expires_at:%Y-%m-%d %H:%M}" == "2999-01-02 03:04"
    assert history_of(workspace) == ["Gave PII viewer for bob@example.com in acme."]


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ({}, "Choose a member or a group"),
        ({"membership": True, "group": True}, "Choose a member or a group"),
        ({"membership": True, "source_slugs": "nowhere"}, "acme has no source nowhere."),
        ({"membership": True, "role": "privacy_admin", "labels": "env:prod"}, "cannot be given for some sources"),
        ({"membership": True, "labels": "env"}, "Write labels as key:value"),
        ({"membership": True, "expires_at_0": "2001-01-01", "expires_at_1": "00:00"}, "would have ended already"),
    ],
)
def test_what_is_no_grant_is_refused_with_advice(
    client: Client, workspace: Workspace, bob: User, typed: dict[str, object], advice: str
) -> None:
    holders = {"membership": membership_of(bob).pk, "group": make_group(workspace, "support").pk}
    fields = {name: holders[name] if value is True else value for name, value in typed.items()}
    before = Grant.objects.count()

    page = text_of(client.post(address("grant", "add"), {"role": "pii_viewer", **fields}))

    assert advice in page
    assert Grant.objects.count() == before


def test_terms_are_changed_and_a_grant_is_taken_on_its_page(client: Client, workspace: Workspace, bob: User) -> None:
    given = add_grant(membership_of(bob), Role.PII_VIEWER, Terms(labels={"env": "prod"}))
    where = address("grant", "change", given.pk)
    shown = text_of(client.get(where))

    post(client, where, entities=["PERSON"], labels="env:prod team:a")
    given.refresh_from_db()
    changed = (given.entities, given.labels)
    post(client, address("grant", "delete", given.pk), post="yes")

    assert "env:prod" in shown
    assert changed == (["PERSON"], {"env": "prod", "team": "a"})
    assert not Grant.objects.filter(role=Role.PII_VIEWER).exists()


def test_a_change_is_shown_first_and_made_only_when_it_is_confirmed(
    client: Client, workspace: Workspace, bob: User, carol: User
) -> None:
    group = make_group(workspace, "support", bob, carol)
    typed = {"group": group.pk, "role": "pii_viewer", "entities": ["PERSON"]}
    journal = AccessChange.objects.count()

    page = client.post(address("grant", "add"), typed)
    text = text_of(page)
    unchanged = (Grant.objects.filter(group=group).count(), AccessChange.objects.count())
    done = client.post(address("grant", "add"), {**dict(page.context["typed"]), "_confirmed": "yes"})

    assert [(one.person, one.before, one.after) for one in page.context["differences"]] == [
        ("bob@example.com in acme", "masked data", "only PERSON")
    ]  # What carol sees stays everything.
    assert "Nothing is saved yet." in text
    assert "was added successfully" not in text
    assert unchanged == (0, journal)
    assert done.status_code == 302
    assert Grant.objects.get(group=group).entities == ["PERSON"]


def test_a_change_of_roles_is_shown_first_on_the_page_of_a_membership(
    client: Client, workspace: Workspace, carol: User
) -> None:
    page = client.post(address("membership", "change", membership_of(carol).pk), {"kind": "member"})

    [shown] = page.context["differences"]
    assert (shown.before, shown.after) == ("everything", "masked data")
    assert Grant.objects.filter(membership__user=carol, role=Role.PII_VIEWER).exists()


def test_somebody_who_joins_is_shown_first(client: Client, workspace: Workspace, mallory: User) -> None:
    typed = {"workspace": workspace.pk, "user": mallory.pk, "kind": "owner"}

    [shown] = client.post(address("membership", "add"), typed).context["differences"]

    assert (shown.before, shown.after) == ("no member", "everything")
    assert not Membership.objects.filter(user=mallory).exists()


def test_what_changes_nobodys_sight_is_saved_at_once(client: Client, workspace: Workspace, bob: User) -> None:
    where = address("membership", "change", membership_of(bob).pk)

    response = client.post(where, {"kind": "member", "roles": ["source_admin"]})

    assert response.status_code == 302
    assert Grant.objects.filter(membership__user=bob, role=Role.SOURCE_ADMIN).exists()


def test_a_role_that_shows_no_personal_data_is_listed_as_that(client: Client, workspace: Workspace, bob: User) -> None:
    grant(membership_of(bob), Role.SOURCE_ADMIN)

    page = client.get(address("grant", "changelist"), {"role": "source_admin"}).content.decode()

    assert "no personal data by itself" in page
    assert "everything" not in page


def test_a_group_is_made_filled_emptied_and_ended(client: Client, workspace: Workspace, bob: User) -> None:
    post(client, address("workspacegroup", "add"), workspace=workspace.pk, name="Support")
    group = WorkspaceGroup.objects.get()
    where = address("workspacegroup", "change", group.pk)
    post(client, where, name="Helpers", **rows("group_memberships", {"membership": membership_of(bob).pk}))
    inside = [str(member.user) for member in group.members.all()]
    place = group.group_memberships.get()
    leaving = {"id": place.pk, "membership": membership_of(bob).pk, "DELETE": "on"}
    post(client, where, name="Helpers", **rows("group_memberships", leaving, initial=1))
    empty = group.members.count()
    post(client, address("workspacegroup", "delete", group.pk), post="yes")

    assert (inside, empty) == (["bob@example.com"], 0)
    assert not WorkspaceGroup.objects.exists()
    assert not Group.objects.exists()


def test_a_group_takes_nobody_of_another_workspace(client: Client, workspace: Workspace) -> None:
    theirs = make_member(make_workspace("other"), "dave")
    where = address("workspacegroup", "change", make_group(workspace, "support").pk)

    page = text_of(client.post(where, {"name": "support", **rows("group_memberships", {"membership": theirs.pk})}))

    assert "members of its own workspace only" in page


def test_groups_of_workspaces_are_not_offered_among_administrators_and_survive_saving_a_person(
    client: Client, workspace: Workspace, bob: User
) -> None:
    group = make_group(workspace, "support", bob)
    where = address("user", "change", bob.pk)
    page = text_of(client.get(where))

    post(client, where, email="bob@example.com", external_id="id-bob", name="Bob", is_active="on")

    assert group.auth_group.name not in page
    assert list(bob.groups.all()) == [group.auth_group]


def test_a_source_is_added_labelled_and_removed(client: Client, workspace: Workspace) -> None:
    post(client, address("source", "add"), workspace=workspace.pk, slug="web", name="Web", labels="env:prod")
    source = Source.objects.get()
    post(client, address("source", "change", source.pk), name="Website", labels="env:lab, team:a")
    source.refresh_from_db()
    post(client, address("source", "delete", source.pk), post="yes")

    assert (source.slug, source.name, source.labels) == ("web", "Website", {"env": "lab", "team": "a"})
    assert not Source.objects.exists()


def test_the_last_owner_is_neither_removed_nor_made_a_member(client: Client, workspace: Workspace, alice: User) -> None:
    membership = membership_of(alice)
    inline = {"id": membership.pk, "kind": "member"}
    settings = {"slug": "acme", "name": "Acme", "break_glass": "off", "break_glass_minutes": 5}
    on_workspace = settings | rows("memberships", inline, initial=1) | rows("memberships-2")
    removed = settings | rows("memberships", inline | {"DELETE": "on"}, initial=1) | rows("memberships-2")

    pages = [
        client.post(address("membership", "change", membership.pk), {"kind": "member"}),
        client.post(address("membership", "delete", membership.pk), {"post": "yes"}),
        client.post(address("workspace", "change", workspace.pk), on_workspace),
        client.post(address("workspace", "change", workspace.pk), removed),
    ]

    assert ["make somebody else an owner first." in page.content.decode() for page in pages] == [True] * 4
    assert Membership.objects.get(user=alice).kind == "owner"


def test_owners_change_places_in_one_step(client: Client, workspace: Workspace, alice: User, bob: User) -> None:
    inlines = rows(
        "memberships",
        {"id": membership_of(alice).pk, "kind": "member"},
        {"id": membership_of(bob).pk, "kind": "owner"},
        initial=2,
    ) | rows("memberships-2")
    settings = {"slug": "acme", "name": "Acme", "break_glass": "off", "break_glass_minutes": 5}

    post(client, address("workspace", "change", workspace.pk), **settings, **inlines)

    assert [membership_of(user).kind for user in (alice, bob)] == ["member", "owner"]


def test_a_persons_page_says_what_they_see_everywhere(
    client: Client, workspace: Workspace, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_grant(make_group(workspace, "support", bob), Role.PII_VIEWER, Terms(entities=("PERSON",), reason="Case 7"))
    where = address("user", "rights", bob.pk)
    with django_assert_num_queries(12):
        client.get(where)
    for number in range(12):
        other = make_workspace(f"other-{number:02}")
        membership = Membership.objects.create(workspace=other, user=bob)
        grant(membership, Role.PII_VIEWER)

    with django_assert_num_queries(12):
        page = client.get(where)

    said = [(str(one.membership.workspace), one.sees) for one in page.context["rights"]]
    assert said == [("acme", "only PERSON"), *((f"other-{number:02}", "everything") for number in range(12))]
    assert "PII viewer of the group support: only PERSON, given by the system on" in text_of(page)
    assert "(Case 7)" in text_of(page)


def test_the_page_of_somebody_who_belongs_nowhere_says_what_that_means(client: Client, mallory: User) -> None:
    assert "belongs to no workspace" in text_of(client.get(address("user", "rights", mallory.pk)))


def test_emergency_access_is_asked_for_answered_and_ended_in_the_admin(
    client: Client, released_workspace: Workspace, root: User
) -> None:
    owner = make_member(released_workspace, "olga", kind="owner").user
    asker = make_member(released_workspace, "erin", kind="owner").user
    for user in (owner, asker):
        user.is_staff = user.is_superuser = True
        user.save()
    answering = Client()
    answering.force_login(owner)
    client.force_login(asker)
    fields = {"workspace": released_workspace.pk, "minutes": 5, "reason": "Ticket 4711, customer waits"}

    post(client, address("emergency", "add"), **fields)
    emergency = Emergency.objects.get()
    refused = client.post(f"/admin/workspaces/emergency/{emergency.pk}/approve/", follow=True)
    question = answering.get(f"/admin/workspaces/emergency/{emergency.pk}/approve/")
    answering.post(f"/admin/workspaces/emergency/{emergency.pk}/approve/")
    emergency.refresh_from_db()
    approved = emergency.state
    client.post(f"/admin/workspaces/emergency/{emergency.pk}/end/")

    emergency.refresh_from_db()
    assert "A second person answers" in text_of(refused)
    assert "sees all personal data" in text_of(question)
    assert (approved, emergency.state) == ("approved", "ended")


def test_an_administrator_who_is_no_member_cannot_break_the_glass(
    client: Client, released_workspace: Workspace
) -> None:
    fields = {"workspace": released_workspace.pk, "minutes": 5, "reason": "Ticket 4711, customer waits"}

    page = text_of(client.post(address("emergency", "add"), fields))

    assert "for members with the role Emergency reader" in page
    assert not Emergency.objects.exists()


def test_the_list_of_grants_costs_the_same_for_few_and_for_many(
    client: Client, workspace: Workspace, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_grant(make_member(workspace, "first"), Role.PII_VIEWER, Terms(expires_at=timezone.now() + timedelta(days=1)))
    with django_assert_num_queries(9):
        client.get(address("grant", "changelist"))
    for number in range(20):
        grant(make_member(workspace, f"reader-{number}"), Role.PII_VIEWER)

    with django_assert_num_queries(9):
        page = text_of(client.get(address("grant", "changelist")))

    assert "reader-19@example.com in acme" in page


def test_no_page_of_rights_loads_every_user(client: Client, workspace: Workspace) -> None:
    make_user("stranger-to-acme")
    group = make_group(workspace, "support")

    pages = [
        text_of(client.get(address("grant", "add"))),
        text_of(client.get(address("workspacegroup", "change", group.pk))),
        text_of(client.get(address("emergency", "add"))),
    ]

    assert not any("stranger-to-acme" in page for page in pages)
