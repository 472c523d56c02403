"""An administrator looks after users and their rights in the admin."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from privacy_service.console.entering.proving import PROVEN
from tests.workspaces.admin.pages import address, history_of, membership_of, post, text_of
from workspaces.models import SecondFactor, User


def new_person(**fields: str) -> dict[str, str]:
    return {"email": "", "external_id": "", "name": "", "usable_password": "false"} | fields


def test_a_person_without_a_password_is_named_by_backends_alone(client: Client) -> None:
    post(client, address("user", "add"), **new_person(email="eve@example.com", external_id="4711", name="Eve"))

    eve = User.objects.get(email="eve@example.com")
    assert (eve.kind, eve.external_id, eve.name, eve.has_usable_password()) == ("person", "4711", "Eve", False)


def test_a_person_with_a_password_can_sign_in(client: Client) -> None:
    secret = {"password1": "correct horse battery", "password2": "correct horse battery"}

    post(client, address("user", "add"), **new_person(email="eve@example.com", usable_password="true", **secret))

    assert User.objects.get(email="eve@example.com").check_password("correct horse battery")


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "Give an e-mail, an external id, or both"),
        ({"email": "BOB@example.com"}, "Another user has this e-mail."),
        ({"external_id": "bob@somewhere"}, "An external id has no @"),
    ],
)
def test_a_person_needs_a_name_of_their_own(client: Client, bob: User, fields: dict[str, str], complaint: str) -> None:
    page = text_of(client.post(address("user", "add"), new_person(**fields)))

    assert complaint in page
    assert "Constraint" not in page


def test_a_person_s_page_links_their_workspaces(client: Client, carol: User) -> None:
    page = text_of(client.get(address("user", "change", carol.pk)))

    assert (
        f'<li><a href="{address("membership", "change", membership_of(carol).pk)}">acme</a>: Member, PII viewer</li>'
        in page
    )


def test_a_person_is_changed(client: Client, bob: User) -> None:
    where = address("user", "change", bob.pk)

    post(client, where, email="robert@example.com", external_id="id-bob", name="Robert", is_active="on")

    bob.refresh_from_db()
    assert (bob.email, bob.name, bob.is_active) == ("robert@example.com", "Robert", True)


def test_users_are_deactivated_and_activated_but_never_oneself(client: Client, root: User, bob: User) -> None:
    where = address("user", "changelist")

    post(client, where, action="deactivate", _selected_action=[bob.pk, root.pk])

    assert set(User.objects.values_list("email", "is_active")) == {
        ("bob@example.com", False),
        ("root@example.com", True),
    }

    post(client, where, action="activate", _selected_action=[bob.pk, root.pk])

    assert User.objects.get(pk=bob.pk).is_active
    assert history_of(bob) == ["Deactivated.", "Activated."]


def test_the_second_factor_of_others_is_turned_off_but_never_one_s_own(client: Client, root: User, bob: User) -> None:
    for user in (root, bob):
        SecondFactor.objects.create(user=user, sealed_key="sealed", confirmed_at=timezone.now())
    session = client.session
    session[PROVEN] = str(SecondFactor.objects.get(user=root).pk)
    session.save()

    post(client, address("user", "changelist"), action="reset_second_factor", _selected_action=[bob.pk, root.pk])

    assert list(SecondFactor.objects.values_list("user", flat=True)) == [root.pk]
    root.refresh_from_db()
    assert root.signed_out_at is None


def test_one_s_own_password_takes_the_old_one(client: Client, root: User, bob: User) -> None:
    secret = {"password1": "correct horse battery", "password2": "correct horse battery"}
    own = client.post(reverse("admin:auth_user_password_change", args=[root.pk]), secret)
    client.post(own["Location"], {"new_password1": "correct horse battery", "new_password2": "correct horse battery"})
    post(client, reverse("admin:auth_user_password_change", args=[bob.pk]), **secret)

    assert own["Location"] == reverse("admin:password_change")
    assert User.objects.get(pk=root.pk).check_password("a long pass phrase")
    assert User.objects.get(pk=bob.pk).check_password("correct horse battery")


def test_a_user_is_never_deleted(client: Client, bob: User) -> None:
    assert client.post(address("user", "delete", bob.pk), {"post": "yes"}).status_code == 403


def test_a_service_user_is_shown_as_such_and_cannot_be_changed(client: Client, key: str) -> None:
    service = User.objects.get(kind="service")

    page = text_of(client.get(address("user", "change", service.pk)))

    assert address("serviceaccount", "change", service.service_account.pk) in page
    assert 'name="_save"' not in page


def test_rights_that_count_on_one_workspace_only_are_not_offered_for_the_admin(client: Client, bob: User) -> None:
    pages = [
        text_of(client.get(address("user", "change", bob.pk))),
        text_of(client.get(reverse("admin:auth_group_add"))),
    ]

    assert not any("Can see personal data unmasked" in page for page in pages)
    assert all("Can add membership" in page for page in pages)


def test_an_administrator_who_is_no_superuser_cannot_make_one(client: Client, root: User, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(PermissionRow.objects.filter(codename__in=["view_user", "change_user"]))
    client.force_login(bob)
    fields = {"email": "bob@example.com", "is_active": "on", "is_staff": "on", "is_superuser": "on"}

    client.post(address("user", "change", bob.pk), fields)
    forbidden = client.post(address("user", "change", root.pk), {"email": "bob2@example.com"})
    client.post(address("user", "changelist"), {"action": "deactivate", "_selected_action": [root.pk]})

    assert forbidden.status_code == 403
    assert list(User.objects.filter(is_superuser=True, is_active=True)) == [root]


def test_groups_still_hold_rights_in_the_admin(client: Client) -> None:
    right = PermissionRow.objects.get(codename="view_user")

    post(client, reverse("admin:auth_group_add"), name="Support", permissions=[right.pk])

    assert list(Group.objects.get().permissions.all()) == [right]
