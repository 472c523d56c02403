"""Access: who sees what and why, and the writes that change it, by the rules of the management API."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from privacy_service.console.explaining import _QUESTIONS
from privacy_service.console.letting_in import way_in
from privacy_service.console.templatetags.console import REASONS
from privacy_service.decisions.engine import decide
from privacy_service.decisions.questions import Name
from privacy_service.decisions.types import AccessRequest, Effect, Reason
from privacy_service.rollout import release
from privacy_service.rollout.stages import Position, Stage
from tests.console.conftest import Opened
from tests.factories import make_group, make_member, make_source, make_user, make_workspace
from tests.inventory.conftest import see
from tests.managing.rights import give
from workspaces.grants import add_grant, grant
from workspaces.models import Grant, Membership, User, Workspace
from workspaces.roles import Role
from workspaces.terms import Terms

ISSUER = "https://id.acme.example"
SURE = {"sure": "yes"}
LIST = "/console/w/acme/access"


def page_of(user: User, then: str = "") -> str:
    """Return where somebody's page, or a write on it, is."""
    return f"{LIST}/{Membership.objects.get(user=user, workspace__slug='acme').pk}{then}"


def form(**fields: object) -> dict[str, object]:
    """Return what the form of access sends."""
    return {"role": "pii_viewer", "extent": "all", "span": "good", "reason": "Ticket 4711", **fields}


def adding(name: str, **fields: str) -> dict[str, object]:
    """Return what the form sends that lets somebody in."""
    return {"user": name, "kind": "member", **fields}


def without_tokens(page: str) -> str:
    """Return a page without what differs each time."""
    return re.sub(r'CSRFToken": "[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", page)


def said(client: Client, path: str, fields: dict[str, object]) -> str:
    """Send a form and return the page that follows."""
    return client.post(path, fields, follow=True).content.decode()


def test_everybody_is_listed_with_what_they_see_and_through_what(
    opened: Opened, alice: User, bob: User, carol: User, workspace: Workspace
) -> None:
    terms = Terms(entities=("EMAIL_ADDRESS",), reason="Support")
    add_grant(make_group(workspace, "Support", make_member(workspace, "dora").user), Role.PII_VIEWER, terms)
    page = opened(alice).get(LIST).content.decode()

    assert page.count('">masked data</span>') == 1
    assert page.count("everything</span>") == 2
    assert "PII viewer of the group Support: only Email address" in page


def test_while_access_control_is_off_nobody_is_said_to_get_masked_data(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User
) -> None:
    client, gone = opened(alice), make_user("gone", is_active=False)
    Membership.objects.create(workspace=released_workspace, user=gone)
    before = [client.get(path).content.decode() for path in (LIST, page_of(bob))]
    release.turn_off()
    after = [client.get(path).content.decode() for path in (LIST, page_of(bob))]

    assert [page.count(">all unmasked</span>") for page in before] == [0, 0]
    assert [page.count(">all unmasked</span>") for page in after] == [2, 1]  # Who is inactive gets nothing.
    assert "everybody gets data unmasked" in after[0]


@pytest.mark.parametrize("stage", [Stage.OFF, Stage.SHADOW])
def test_while_access_control_is_off_no_page_says_that_something_is_masked_or_hidden_now(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, stage: Stage
) -> None:
    client, there = opened(alice), "/console/w/acme"
    field = see(released_workspace, {"ssn": "536-22-8145"})["/ssn"]
    make_source(released_workspace, "orders")
    paths = [page_of(bob), LIST, *(f"{there}/{name}" for name in ("policy", "inventory", "inventory/sources"))]
    paths.append(f"{there}/inventory/fields/{field.pk}")
    before = [client.get(path).content.decode() for path in paths]
    release.override(released_workspace, setting=None)
    release.move_to(Position(stage))
    after = [client.get(path).content.decode() for path in paths]

    assert [page.count("everybody gets data unmasked") for page in before] == [0] * len(paths)
    assert [page.count("counts once it is on") for page in after] == [1] * len(paths)
    assert [page.count("In shadow, masks are computed") for page in after] == [int(stage is Stage.SHADOW)] * len(paths)
    assert "Nothing yet: they see masked data" in before[0]
    assert "Nothing yet: they see everything now, and masked data once" in after[0]
    assert "See masked data" not in after[1]
    assert "hidden by name once access control is on" in client.get(f"{there}/").content.decode()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "car"}, ["carol"]),
        ({"q": "BOB@EX"}, ["bob"]),
        ({"q": "nobody"}, []),
        ({"sees": "some"}, ["alice", "carol"]),
        ({"sees": "nothing"}, ["bob"]),
        ({"sees": "what"}, ["alice", "bob", "carol"]),
        ({"p": "99"}, ["alice", "bob", "carol"]),
    ],
)
def test_people_are_found(
    opened: Opened, alice: User, bob: User, carol: User, asked: dict[str, str], names: list[str]
) -> None:
    page = opened(alice).post(LIST, asked).content.decode().split('id="people"')[1]

    assert [name for name in ("alice", "bob", "carol") if f"{name}@example.com" in page] == names


def test_an_owner_gives_carol_access_and_bob_stays_masked(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User
) -> None:
    dora = make_member(released_workspace, "dora").user
    page = said(opened(alice), page_of(dora, "/give"), form(reason="Ticket 4711"))

    assert "Given. Every server process follows" in page
    assert "Ticket 4711" in page
    assert decide(AccessRequest(dora, released_workspace)).effect is Effect.PASS
    assert decide(AccessRequest(bob, released_workspace)).effect is Effect.MASK


def test_access_is_given_in_part_in_some_sources_and_for_a_while(
    opened: Opened, alice: User, bob: User, workspace: Workspace
) -> None:
    orders = make_source(workspace, "orders")
    fields = form(extent="some", entities=["EMAIL_ADDRESS"], colours=["green"], sources=[str(orders.pk)], span="7d")
    opened(alice).post(page_of(bob, "/give"), fields)

    given = Grant.objects.get(membership__user=bob, role=Role.PII_VIEWER)
    assert (given.entities, given.colours, given.sources) == (["EMAIL_ADDRESS"], ["green"], [str(orders.pk)])
    assert given.expires_at is not None
    assert abs(given.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
    assert given.granted_by == alice


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"extent": "some"}, "Choose at least one kind, or everything."),
        ({"extent": ""}, "Choose everything, or only some kinds."),
        ({"colours": ["yellow"]}, "You ticked kinds: choose “Only some kinds”, or untick them."),
        ({"entities": ["EMAIL_ADDRESS"]}, "You ticked kinds"),
        ({"role": "source_admin", "extent": "", "colours": ["red"]}, "You ticked kinds"),
        ({"until": "2999-01-01T00:00"}, "You gave a moment: choose “until a moment”, or empty it."),
        ({"span": ""}, "Choose for how long"),
        ({"span": "8h", "until": "2999-01-01T00:00"}, "You gave a moment"),
        ({"span": "at"}, "Say until when."),
        ({"span": "at", "until": "soon"}, "Write the moment as 2026-12-01 09:00."),
        ({"span": "at", "until": "2020-01-01T00:00"}, "give a time to come"),
        ({"role": "owner"}, "Select a valid choice"),
        ({"role": "privacy_admin", "extent": "some", "colours": ["red"]}, "count for a PII viewer only"),
        ({"sources": ["00000000-0000-0000-0000-000000000000"]}, "is not one of the available choices"),
        ({"reason": ""}, "Say why, such as a ticket"),
        ({"reason": "  "}, "Say why, such as a ticket"),
        ({"role": "source_admin", "extent": "", "reason": ""}, "Say why, such as a ticket"),
        ({"reason": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_cannot_be_given_is_said(
    opened: Opened, alice: User, bob: User, fields: dict[str, object], words: str
) -> None:
    assert words in said(opened(alice), page_of(bob, "/give"), form(**fields))
    assert not Grant.objects.filter(membership__user=bob).exclude(role=Role.MEMBER).exists()


def test_access_for_good_is_chosen_never_left_over(opened: Opened, alice: User, bob: User) -> None:
    client = opened(alice)
    spans = re.findall(r'<option value="([^"]*)"', client.get(page_of(bob)).content.decode().split('id="id_span"')[1])
    client.post(page_of(bob, "/give"), form())

    assert spans[: spans.index("good") + 1] == ["", "1h", "8h", "7d", "30d", "90d", "at", "good"]
    assert Grant.objects.get(membership__user=bob, role=Role.PII_VIEWER).expires_at is None


def test_an_untouched_form_gives_nothing(opened: Opened, alice: User, bob: User) -> None:
    client = opened(alice)
    page = client.get(page_of(bob)).content.decode()

    assert re.findall(r'<input type="radio"[^>]*>', page)
    assert not re.findall(r'<input type="radio"[^>]*checked', page)
    assert client.post(page_of(bob, "/give"), {"role": "pii_viewer", "span": ""}).status_code == 400
    assert not Grant.objects.filter(membership__user=bob, role=Role.PII_VIEWER).exists()


@pytest.mark.parametrize(
    "refused",
    [{"span": "at", "until": "2020-01-01T00:00"}, {"role": "privacy_admin", "span": "at", "until": "2999-01-01T00:00"}],
    ids=["by the form", "by the rules of grants"],
)
def test_a_refused_form_comes_back_as_it_was_sent(
    opened: Opened, alice: User, bob: User, workspace: Workspace, refused: dict[str, object]
) -> None:
    orders = make_source(workspace, "orders")
    narrow = form(extent="some", entities=["EMAIL_ADDRESS"], sources=[str(orders.pk)], reason="Ticket 4711")
    response = opened(alice).post(page_of(bob, "/give"), {**narrow, **refused})
    page = response.content.decode()

    assert response.status_code == 400
    assert "Nothing was given; the form below keeps what you chose." in page
    assert set(re.findall(r'value="([^"]+)"[^>]* checked', page)) == {"some", "EMAIL_ADDRESS", str(orders.pk)}
    assert set(re.findall(r'<option value="([^"]+)" selected', page)) >= {"at", refused.get("role", "pii_viewer")}
    assert f'value="{refused["until"]}"' in page
    assert 'value="Ticket 4711"' in page


def test_what_is_held_already_is_not_given_twice(opened: Opened, alice: User, carol: User) -> None:
    assert "They hold this role already" in said(opened(alice), page_of(carol, "/give"), form())


def test_access_is_taken(opened: Opened, released_workspace: Workspace, alice: User, carol: User) -> None:
    given = Grant.objects.get(membership__user=carol, role=Role.PII_VIEWER)

    assert "Taken. Every server process follows" in said(opened(alice), page_of(carol, f"/take/{given.pk}"), {})
    assert decide(AccessRequest(carol, released_workspace)).effect is Effect.MASK


def test_somebody_is_added_becomes_an_owner_and_is_removed(opened: Opened, alice: User) -> None:
    client = opened(alice)
    assert "belongs to the workspace now" in said(client, f"{LIST}/add", adding("new@example.com", sure="yes"))
    new = User.objects.get(email="new@example.com")
    client.post(page_of(new, "/kind"), {"kind": "owner"})
    assert Membership.objects.get(user=new).kind == Membership.Kind.OWNER
    assert "belongs to the workspace no more" in said(client, page_of(new, "/remove"), {})
    assert not Membership.objects.filter(user=new).exists()


@pytest.mark.parametrize("kind", ["member", "owner"])
def test_nobody_is_let_in_before_their_name_was_looked_at(opened: Opened, alice: User, kind: str) -> None:
    people, client = User.objects.count(), opened(alice)
    page = said(client, f"{LIST}/add", adding("new@exampel.com", kind=kind))

    assert f"Let them in as {'an owner' if kind == 'owner' else 'a member'}?" in page
    assert '<strong class="mono cut">new@exampel.com</strong>' in page
    assert User.objects.count() == people

    client.post(f"{LIST}/add", dict(re.findall(r'type="hidden" name="(user|kind)" value="([^"]+)"', page)) | SURE)
    assert Membership.objects.get(user__email="new@exampel.com").kind == kind


def test_what_is_asked_first_tells_nobody_who_is_known_in_other_workspaces(opened: Opened, alice: User) -> None:
    make_member(make_workspace("other"), "oscar")
    client = opened(alice)
    pages = [said(client, f"{LIST}/add", adding(f"{name}@example.com")) for name in ("oscar", "orrin")]

    assert "Let them in" in pages[0]
    assert without_tokens(pages[0]).replace("oscar", "orrin") == without_tokens(pages[1])


@pytest.mark.parametrize("name", ["new@example.com", "erp-4711"])
def test_a_new_account_is_told_of_plainly(opened: Opened, alice: User, name: str) -> None:
    make_member(make_workspace("other"), "oscar")
    client = opened(alice)

    assert "a new account was made" in said(client, f"{LIST}/add", adding(name, sure="yes"))
    assert "a new account was made" not in said(client, f"{LIST}/add", adding("oscar@example.com", sure="yes"))


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("new@example.com", {}, "once an administrator of this installation has set a password"),
        ("new@example.com", {"OIDC_ISSUER": ISSUER}, "with Acme, or with a password"),
        ("new@example.com", {"OIDC_ISSUER": ISSUER, "OIDC_DOMAINS": ["acme.example"]}, "has set a password for them"),
        ("new@acme.example", {"OIDC_ISSUER": ISSUER, "OIDC_DOMAINS": ["acme.example"]}, "They sign in with Acme, or"),
        ("new@example.com", {"OIDC_ISSUER": ISSUER, "PASSWORD_SIGN_IN": False}, "They sign in with Acme."),
        (
            "new@example.com",
            {"OIDC_ISSUER": ISSUER, "PASSWORD_SIGN_IN": False, "OIDC_DOMAINS": ["acme.example"]},
            "Nobody signs in",
        ),
        ("erp-4711", {"OIDC_ISSUER": ISSUER}, "Nobody signs in by this name"),
        ("erp-4711", {"OIDC_ISSUER": ISSUER, "OIDC_ID_CLAIM": "sub"}, "They sign in with Acme."),
    ],
)
def test_how_somebody_new_gets_in_is_told_as_the_installation_is_set_up(
    settings: Any, name: str, changed: dict[str, Any], words: str
) -> None:
    settings.PRIVACY_OIDC_NAME = "Acme"
    for setting, value in changed.items():
        setattr(settings, f"PRIVACY_{setting}", value)

    assert words in way_in(name)


@pytest.mark.parametrize(("then", "fields"), [("/remove", {}), ("/kind", {"kind": "member"})])
def test_the_last_owner_stays(opened: Opened, alice: User, then: str, fields: dict[str, object]) -> None:
    assert "Make somebody else an owner first" in said(opened(alice), page_of(alice, then), fields)
    assert Membership.objects.get(user=alice).kind == Membership.Kind.OWNER


@pytest.mark.parametrize("name", ["not an address", "alice@example.com"])
def test_who_cannot_be_added_is_said(opened: Opened, alice: User, name: str) -> None:
    page = said(opened(alice), f"{LIST}/add", adding(name))

    assert "notice-error" in page
    assert "Let them in" not in page


def test_nobody_gives_more_than_they_hold(opened: Opened, alice: User, bob: User, carol: User) -> None:
    give(Membership.objects.get(user=bob), "manage_members")
    client = opened(bob)

    assert "may give it" in said(client, page_of(carol, "/give"), form(role="privacy_admin"))
    assert "Only an owner may make somebody an owner" in said(client, page_of(carol, "/kind"), {"kind": "owner"})
    assert "Only an owner may change or remove an owner" in said(client, page_of(alice, "/remove"), {})


@pytest.mark.parametrize("then", ["/give", "/kind", "/remove", "/take/00000000-0000-0000-0000-000000000000"])
def test_a_member_changes_nothing(opened: Opened, alice: User, carol: User, then: str) -> None:
    assert opened(carol).post(page_of(alice, then), form(kind="member")).status_code == 403


@pytest.mark.parametrize("then", ["", "/give", "/kind", "/remove", "/take/00000000-0000-0000-0000-000000000000"])
def test_people_of_another_workspace_are_not_there(opened: Opened, alice: User, then: str) -> None:
    other = make_member(make_workspace("other"), "oscar")
    client, path = opened(alice), f"{LIST}/{other.pk}{then}"
    response = client.post(path, form(kind="member")) if then else client.get(path)

    assert response.status_code == 404


def test_a_grant_of_somebody_else_is_not_taken_here(opened: Opened, alice: User, bob: User, carol: User) -> None:
    given = Grant.objects.get(membership__user=carol, role=Role.PII_VIEWER)

    assert opened(alice).post(page_of(bob, f"/take/{given.pk}")).status_code == 404


def test_why_somebody_sees_what_they_see_is_told_for_each_source(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User
) -> None:
    orders = make_source(released_workspace, "orders")
    add_grant(Membership.objects.get(user=bob), Role.PII_VIEWER, Terms(sources=(orders,)))
    client = opened(alice)

    assert "role-lacks-pii" in client.get(page_of(bob)).content.decode()
    assert "role-grants-pii" in client.get(page_of(bob) + "?source=orders").content.decode()


def test_one_step_of_every_explanation_is_marked_as_the_one_that_decides(
    opened: Opened, released_workspace: Workspace, alice: User, bob: User, carol: User
) -> None:
    client = opened(alice)
    pages = {user: client.get(page_of(user)).content.decode() for user in (alice, bob, carol)}

    assert [page.count('<li class="decides">') for page in pages.values()] == [1, 1, 1]
    assert "None of these: what is personal is masked." in pages[bob]
    assert "None of these" not in pages[carol]


def test_a_role_that_shows_nothing_is_listed_all_the_same(opened: Opened, alice: User, bob: User, erin: User) -> None:
    client = opened(alice)
    pages = {
        user: client.post(LIST, {"q": user.email}).content.decode().split('id="people"')[1] for user in (bob, erin)
    }

    assert "no role or grant" in pages[bob]
    assert "Emergency reader" in pages[erin]
    assert "no role or grant" not in pages[erin]


def test_no_grant_of_a_role_without_personal_data_is_said_to_show_everything(
    opened: Opened, workspace: Workspace, alice: User, erin: User
) -> None:
    member = Membership.objects.get(user=erin)
    add_grant(member, Role.SOURCE_ADMIN, Terms(sources=(make_source(workspace, "orders"),)))
    add_grant(member, Role.PRIVACY_ADMIN, Terms(expires_at=timezone.now() + timedelta(days=2)))
    given = opened(alice).get(page_of(erin)).content.decode().split('id="grants"')[1].split('id="give"')[0]

    assert "everything" not in given
    assert given.count("no personal data by itself (rights: ") == 3
    assert "rights: to change sources, to see sources), in orders" in given
    assert "rights: to ask for emergency access to personal data)" in given


def test_an_inactive_member_is_told_as_such(opened: Opened, workspace: Workspace, alice: User) -> None:
    gone = make_user("gone", is_active=False)
    grant(Membership.objects.create(workspace=workspace, user=gone), Role.PII_VIEWER)

    assert "signs in nowhere, sees nothing" not in opened(alice).post(LIST, {"q": "alice"}).content.decode()
    assert "masked data</span>" in opened(alice).post(LIST, {"q": "gone"}).content.decode()


def test_every_question_and_every_reason_has_words() -> None:
    assert set(_QUESTIONS) == set(Name)
    assert set(REASONS) == {reason.value for reason in Reason}
