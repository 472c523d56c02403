"""Many members from a file: as if each had been added by hand, whatever is wrong with the line beside."""

import csv
import io
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model

from tests.factories import make_member, make_user, make_workspace
from workspaces.grants import add_member, grant
from workspaces.models import (
    AccessChange,
    AccessStamp,
    Grant,
    Membership,
    User,
    Workspace,
    WorkspaceUserPermission,
)
from workspaces.permissions import Permission
from workspaces.roles import PERMISSIONS, Role

HEADER = "workspace,email,external_id,name,kind,roles\n"


@pytest.fixture
def members(tmp_path: Path) -> Callable[..., tuple[int, str, str]]:
    """Return a function that imports lines and returns the exit code and what was printed and told."""

    def run(lines: str, *options: str, header: str = HEADER) -> tuple[int, str, str]:
        path = tmp_path / "members.csv"
        path.write_bytes((header + lines).encode())
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_members", str(path), *options, stdout=out, stderr=err)
        except SystemExit as ended:
            return int(ended.code or 0), out.getvalue(), err.getvalue()
        except CommandError as error:
            return error.returncode, out.getvalue(), str(error)
        return 0, out.getvalue(), err.getvalue()

    return run


Import = Callable[..., tuple[int, str, str]]


def held(workspace: Workspace) -> dict[str, tuple[str, list[str], list[str]]]:
    """Return for each member the kind, the roles, and what guardian says."""
    found = {}
    for membership in Membership.objects.filter(workspace=workspace).select_related("user"):
        roles = sorted(membership.grants.values_list("role", flat=True))
        rows = WorkspaceUserPermission.objects.filter(user=membership.user, content_object=workspace)
        found[str(membership.user)] = (
            membership.kind,
            roles,
            sorted(rows.values_list("permission__codename", flat=True)),
        )
    return found


def journal(user: User) -> list[tuple[str, object]]:
    """Return what the journal of rights says of somebody, without the ids of rows."""
    changes = AccessChange.objects.filter(user_id=user.pk).order_by("kind")
    return [(change.kind, change.state) for change in changes]


def test_lines_become_members_with_kinds_and_roles(workspace: Workspace, members: Import) -> None:
    other = make_workspace("other")

    code, told, _ = members(
        "acme,dave@example.com,id-dave,Dave,owner,\n"
        "acme,erin@example.com,,Erin,member,pii_viewer;source_read_only\n"
        "acme,,id-frank,Frank,,\n"
        "other,ERIN@example.com,,,,PII_viewer\n"
    )

    everything = sorted(permission.codename for permission in Permission)
    assert code == 0
    assert told.startswith("4 lines read. Done: 4 new memberships, 3 new people, 3 roles given, 0 kinds changed, 0 ")
    assert held(workspace) == {
        "dave@example.com": ("owner", ["owner"], everything),
        "erin@example.com": ("member", ["member", "pii_viewer", "source_read_only"], ["view_pii", "view_sources"]),
        "id-frank": ("member", ["member"], []),
    }
    assert held(other) == {"erin@example.com": ("member", ["member", "pii_viewer"], ["view_pii"])}


@pytest.mark.parametrize(
    ("kind", "roles"),
    [("owner", []), ("member", []), ("member", ["pii_viewer", "privacy_admin"]), ("owner", ["source_admin"])],
)
def test_an_imported_member_is_what_one_added_by_hand_is(
    workspace: Workspace, members: Import, kind: str, roles: list[str]
) -> None:
    by_hand = add_member(workspace, make_user("hand"), kind=kind)
    for role in roles:
        grant(by_hand, Role(role))

    members(f"acme,file@example.com,id-file,File,{kind},{' '.join(roles)}\n")

    imported = User.objects.get(email="file@example.com")
    both = held(workspace)
    assert both["file@example.com"] == both["hand@example.com"]
    assert sorted(map(repr, journal(imported))) == sorted(map(repr, journal(by_hand.user)))
    assert imported.is_active
    assert not imported.has_usable_password()
    assert imported.has_perm(Permission.VIEW_PII, workspace) == any(
        Permission.VIEW_PII in PERMISSIONS[Role(role)] for role in [kind, *roles]
    )


def test_importing_twice_changes_nothing(workspace: Workspace, members: Import) -> None:
    lines = "acme,dave@example.com,,,owner,\nacme,erin@example.com,,,,pii_viewer\n"
    members(lines)
    before = {model: sorted(map(str, model.objects.values_list("pk"))) for model in (User, Grant, AccessChange)}

    code, told, _ = members(lines)

    after = {model: sorted(map(str, model.objects.values_list("pk"))) for model in before}
    assert (code, after) == (0, before)
    assert "Done: 0 new memberships, 0 new people, 0 roles given, 0 kinds changed" in told


def test_what_is_there_is_added_to_and_nothing_is_taken(workspace: Workspace, members: Import) -> None:
    add_member(workspace, make_user("alice"), kind="owner")
    bob = make_member(workspace, "bob")
    grant(bob, Role.SOURCE_ADMIN)
    carol = make_member(workspace, "carol")
    narrow = grant(carol, Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    members("acme,bob@example.com,,,owner,pii_viewer\nacme,carol@example.com,,,,pii_viewer\n")

    bob.refresh_from_db()
    assert (bob.kind, sorted(bob.grants.values_list("role", flat=True))) == (
        "owner",
        ["owner", "pii_viewer", "source_admin"],
    )
    assert list(carol.grants.filter(role="pii_viewer")) == [narrow]
    assert Grant.objects.get(pk=narrow.pk).entities == ["EMAIL_ADDRESS"]


BAD_LINES = (
    "acme,good@example.com,,,,\n"
    ",a@example.com,,,,\n"
    "acme,,,,,\n"
    "acme,canary.at.example,,,,\n"
    "acme,,has space,,,\n"
    "acme,b@example.com,,,boss,\n"
    "acme,c@example.com,,,,admin\n"
    "acme,d@example.com,,,,owner\n"
    "nowhere,e@example.com,,,,\n"
    "acme,alice@example.com,,,member,\n"
    "acme,known@example.com,id-else,,,\n"
    "acme,alice@example.com,id-known,,,\n"
    "acme,f@example.com,,,,,,extra\n"
    "acme,better@example.com,,,,pii_viewer\n"
    "acme,better@example.com,,,owner,\n"
    "acme,better@example.com,,,member,\n"
)
NO_ROLE = f"a role is none of {', '.join(role for role in Role if role not in {Role.OWNER, Role.MEMBER})}"


def test_bad_lines_lose_no_good_ones_and_come_back_in_a_report(
    workspace: Workspace, members: Import, tmp_path: Path
) -> None:
    add_member(workspace, make_user("alice"), kind="owner")
    make_user("known")
    code, told, errors = members(BAD_LINES)

    assert code == 1
    assert (
        "16 lines read. Done: 2 new memberships, 2 new people, 1 role given, 0 kinds changed, 13 lines refused." in told
    )
    assert "canary" not in told + errors
    report = tmp_path / "members.csv.refused.csv"
    rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
    assert {int(row["line"]): row["error"] for row in rows} == {
        3: "the workspace is missing",
        4: "neither an e-mail nor an external id is given",
        5: "the e-mail is not one",
        6: "an external id has no @, no space, 200 characters",
        7: "the kind is none of owner, member",
        8: NO_ROLE,
        9: NO_ROLE,
        10: "there is no such workspace",
        11: "This is the last owner of acme: make somebody else an owner first.",
        12: "this person is known by another external id",
        13: "the e-mail and the external id are of two different people",
        14: "it has more fields than the first line has columns",
        17: "line 16 makes this person another kind of member of the same workspace",
    }
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert held(workspace)["better@example.com"][:2] == ("owner", ["owner", "pii_viewer"])


def test_a_mended_report_is_imported_as_it_is(workspace: Workspace, members: Import, tmp_path: Path) -> None:
    members("acme,dave@example.com,,Dave,,pii-viewer\n")
    report = tmp_path / "members.csv.refused.csv"
    header, line = report.read_text().splitlines()

    code, told, _ = members(line.replace("pii-viewer", "pii_viewer") + "\n", header=header + "\n")

    assert code == 0
    assert "1 new membership," in told


def test_a_dry_run_counts_and_writes_nothing(
    workspace: Workspace, members: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.management.commands.import_members.BATCH", 2)
    add_member(workspace, make_user("alice"), kind="owner")
    make_member(workspace, "bob")
    watched: tuple[type[Model], ...] = (User, Membership, Grant, WorkspaceUserPermission, AccessChange, AccessStamp)
    before = [list(model._default_manager.order_by("pk").values()) for model in watched]
    lines = (
        "acme,dave@example.com,,,,pii_viewer\nacme,bob@example.com,,,owner,\nacme,DAVE@example.com,,,,source_admin\n"
        "nowhere,x@example.com,,,,\nacme,alice@example.com,,,,pii_viewer\n"
    )

    code, told, _ = members(lines, "--dry-run")

    assert code == 1
    assert told.startswith(
        "5 lines read. Dry run, nothing was written. There would be 1 new membership, 1 new person, 3 roles given, "
        "1 kind changed, 1 line refused."
    )
    assert [list(model._default_manager.order_by("pk").values()) for model in watched] == before


@pytest.mark.parametrize(
    ("header", "lines", "says"),
    [
        ("", "", "found nothing"),
        ("workspace,name\n", "", "must name the columns"),
        ("email\n", "", "must name the columns"),
        ("workspace,email,phone\n", "", "must name the columns"),
        ("workspace,email,email\n", "", "must name the columns"),
        ("acme,a@example.com\n", "acme,b@example.com\n", "must name the columns"),
    ],
)
def test_a_file_without_its_columns_is_refused(
    workspace: Workspace, members: Import, header: str, lines: str, says: str
) -> None:
    code, _, error = members(lines, header=header)

    assert code == 2
    assert says in error


def test_a_file_that_is_not_there_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_members", str(tmp_path / "none.csv"))


def test_a_line_that_is_not_utf8_is_refused_and_reported_as_it_was(workspace: Workspace, tmp_path: Path) -> None:
    path, line = tmp_path / "latin.csv", b"acme,,id-cafe,Caf\xe9,,"
    path.write_bytes(HEADER.encode() + line + b"\nacme,dave@example.com,,,,\n")

    with pytest.raises(SystemExit):
        call_command("import_members", str(path), stdout=io.StringIO(), stderr=io.StringIO())

    assert list(held(workspace)) == ["dave@example.com"]
    assert line in (tmp_path / "latin.csv.refused.csv").read_bytes()


@pytest.mark.parametrize("header", ["\ufeffworkspace,email\n", "Workspace , E-mail\n".replace("E-mail", "EMAIL")])
def test_a_spreadsheets_spelling_of_the_columns_is_taken(workspace: Workspace, members: Import, header: str) -> None:
    code, _, _ = members("acme,dave@example.com\n\n", header=header)

    assert code == 0
    assert list(held(workspace)) == ["dave@example.com"]


def test_somebody_the_database_takes_for_another_loses_nobody_else(workspace: Workspace, members: Import) -> None:
    User.objects.create_user("Bea@m\u00fcnchen.example")

    code, _, errors = members("acme,bea@M\u00dcNCHEN.example,,,,\nacme,erin@example.com,,,,\n")

    assert code == 1
    assert "line 2: the database refuses it: somebody has this name in other letters" in errors
    assert list(held(workspace)) == ["erin@example.com"]


def test_the_stamp_changes_with_every_batch(workspace: Workspace, members: Import) -> None:
    before = AccessStamp.objects.get().token

    members("acme,dave@example.com,,,,\n")

    assert AccessStamp.objects.get().token != before


def test_a_right_that_guardian_has_already_is_no_obstacle(workspace: Workspace, members: Import) -> None:
    dave = make_user("dave")
    WorkspaceUserPermission.objects.assign_perm("view_pii", dave, workspace)

    code, _, _ = members("acme,dave@example.com,,,,pii_viewer\n")

    assert code == 0
    assert held(workspace)["dave@example.com"] == ("member", ["member", "pii_viewer"], ["view_pii"])
