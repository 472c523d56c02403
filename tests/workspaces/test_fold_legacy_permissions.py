"""Old rights to see personal data: folded into the role, stripped in a second step, and taken back."""

import io
import json
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as PermissionRow
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from guardian.shortcuts import assign_perm

from tests.factories import make_member, make_workspace
from workspaces.grants import grant, revoke
from workspaces.models import AccessStamp, Grant, Membership, User, Workspace
from workspaces.permissions import Permission
from workspaces.roles import Role

Fold = Callable[..., tuple[int, str, dict[str, Any]]]


@pytest.fixture
def old(db: None) -> PermissionRow:
    """Return a permission of an older program, on workspaces."""
    kind = ContentType.objects.get_for_model(Workspace)
    return PermissionRow.objects.create(content_type=kind, codename="view_customer", name="Can view customers")


@pytest.fixture
def legacy(tmp_path: Path) -> Fold:
    """Return a function that runs the command over a mapping: the exit code, what it said, and the report."""

    def run(mapping: str, *options: str, files: dict[str, str] | None = None) -> tuple[int, str, dict[str, Any]]:
        path = tmp_path / "mapping.yaml"
        path.write_text(mapping)
        for name, content in (files or {}).items():
            (tmp_path / name).write_text(content)
        report = tmp_path / f"report-{len(list(tmp_path.iterdir()))}.json"
        out = io.StringIO()
        try:
            call_command("fold_legacy_permissions", str(path), "--report", str(report), *options, stdout=out)
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}", {}
        said = json.loads(report.read_text()) | {"path": str(report)} if report.exists() else {}
        return 0, out.getvalue(), said

    return run


def undo(report: dict[str, Any], tmp_path: Path, *options: str) -> str:
    out = io.StringIO()
    target = tmp_path / f"undone-{len(list(tmp_path.iterdir()))}.json"
    call_command("fold_legacy_permissions", "--undo", report["path"], *options, "--report", str(target), stdout=out)
    return out.getvalue()


def outcomes(report: dict[str, Any]) -> Counter[str]:
    return Counter(entry["outcome"] for entry in report["entries"])


def viewers(workspace: Workspace) -> dict[str, list[str]]:
    """Return who holds the role, and for which kinds."""
    held = Grant.objects.filter(membership__workspace=workspace, role=Role.PII_VIEWER)
    return {str(given.membership and given.membership.user): given.entities for given in held}


RIGHTS = """workspace,user,right
acme,bob@example.com,view_pii
acme,id-dave,view_pii
acme,mallory@example.com,view_pii
acme,carol@example.com,view_pii
acme,erin@example.com,read_orders
acme,ghost@example.com,view_pii
nowhere,bob@example.com,view_pii
"""
MAPPING = "sources: [{csv: rights.csv, rights: [view_pii]}]"


@pytest.fixture
def acme(workspace: Workspace, bob: User, carol: User, mallory: User) -> Workspace:
    """Return acme, where dave and erin work too."""
    make_member(workspace, "dave")
    make_member(workspace, "erin")
    return workspace


def test_nothing_is_changed_unless_it_is_said(acme: Workspace, legacy: Fold) -> None:
    before = AccessStamp.objects.get().token

    code, told, report = legacy(MAPPING, files={"rights.csv": RIGHTS})

    assert (code, report) == (0, {})
    assert "     2 granted     got the role PII viewer\n" in told
    assert told.endswith("Dry run: nothing was changed. Say --apply to do it.\n")
    assert viewers(acme) == {"carol@example.com": []}
    assert AccessStamp.objects.get().token == before


def test_rights_in_a_file_become_the_role(acme: Workspace, legacy: Fold) -> None:
    _, told, report = legacy(MAPPING, "--apply", files={"rights.csv": RIGHTS})

    assert viewers(acme) == {"bob@example.com": [], "carol@example.com": [], "dave@example.com": []}
    assert outcomes(report) == {"granted": 2, "held": 1, "no-member": 1, "unknown": 2}
    assert "unknown: csv rights.csv: line 7, unknown user" in told
    assert "unknown: csv rights.csv: line 8, unknown workspace" in told
    assert "example.com" not in told + json.dumps(report)
    assert stat.S_IMODE(Path(report["path"]).stat().st_mode) == 0o600
    given = Grant.objects.get(membership__user__email="bob@example.com", role=Role.PII_VIEWER)
    assert given.reason == "Folded from csv rights.csv"


def test_folding_again_changes_nothing(acme: Workspace, legacy: Fold) -> None:
    legacy(MAPPING, "--apply", files={"rights.csv": RIGHTS})

    _, _, report = legacy(MAPPING, "--apply")

    assert outcomes(report) == {"held": 3, "no-member": 1, "unknown": 2}


def test_a_right_for_some_kinds_becomes_a_grant_for_them_and_two_add_up(acme: Workspace, legacy: Fold) -> None:
    mapping = """
sources:
  - {csv: rights.csv, rights: [see_mail], entities: [EMAIL_ADDRESS]}
  - {csv: rights.csv, rights: [see_phone], entities: [PHONE_NUMBER]}
"""
    lines = "workspace,user,role\nacme,bob@example.com,see_mail\nacme,bob@example.com,see_phone\n"

    legacy(mapping, "--apply", files={"rights.csv": lines})

    assert viewers(acme)["bob@example.com"] == ["EMAIL_ADDRESS", "PHONE_NUMBER"]


def test_a_role_that_an_owner_has_narrowed_stays_narrow(acme: Workspace, bob: User, legacy: Fold) -> None:
    grant(Membership.objects.get(user=bob), Role.PII_VIEWER, entities=["EMAIL_ADDRESS"])

    _, _, report = legacy(MAPPING, "--apply", files={"rights.csv": RIGHTS})

    assert viewers(acme)["bob@example.com"] == ["EMAIL_ADDRESS"]
    assert outcomes(report)["held"] == 2


def test_a_model_permission_counts_where_its_holder_belongs(
    acme: Workspace, bob: User, old: PermissionRow, legacy: Fold
) -> None:
    other = make_workspace("other")
    erin = User.objects.get(email="erin@example.com")
    support = Group.objects.create(name="Support")
    support.permissions.add(old)
    erin.groups.add(support)
    bob.user_permissions.add(old)

    legacy("sources: [{model_permission: workspaces.view_customer, workspaces: each}]", "--apply")

    assert viewers(acme) == {"bob@example.com": [], "carol@example.com": [], "erin@example.com": []}
    assert viewers(other) == {}


def test_object_permissions_count_in_their_workspace(
    acme: Workspace, bob: User, old: PermissionRow, legacy: Fold
) -> None:
    erin = User.objects.get(email="erin@example.com")
    team = Group.objects.create(name="Team")
    erin.groups.add(team)
    assign_perm(old, bob, acme)
    assign_perm(old, team, acme)

    legacy("sources: [{object_permission: workspaces.view_customer}]", "--apply")

    assert viewers(acme) == {"bob@example.com": [], "carol@example.com": [], "erin@example.com": []}


def test_a_role_that_saw_personal_data_before(acme: Workspace, bob: User, legacy: Fold) -> None:
    grant(Membership.objects.get(user=bob), Role.SOURCE_ADMIN)

    legacy("sources: [{role: source_admin}]", "--apply")

    assert viewers(acme)["bob@example.com"] == []


STRIPPED = """
sources:
  - {model_permission: workspaces.view_customer, workspaces: each}
  - {object_permission: workspaces.view_customer}
"""


@pytest.fixture
def holders(acme: Workspace, bob: User, old: PermissionRow) -> Workspace:
    """Return acme, where bob and erin hold the old permission in each of its four ways."""
    erin = User.objects.get(email="erin@example.com")
    support = Group.objects.create(name="Support")
    support.permissions.add(old)
    support.user_set.add(erin)
    bob.user_permissions.add(old)
    assign_perm(old, bob, acme)
    assign_perm(old, support, acme)
    return acme


def old_rights(old: PermissionRow) -> list[int]:
    return [
        old.user_set.count(),
        old.group_set.count(),
        old.workspaceuserpermission_set.count(),
        old.workspacegrouppermission_set.count(),
    ]


def test_old_rights_outlive_the_folding_and_any_change_of_roles(
    holders: Workspace, bob: User, old: PermissionRow, legacy: Fold
) -> None:
    legacy(STRIPPED, "--apply")
    grant(Membership.objects.get(user=bob), Role.SOURCE_ADMIN)
    revoke(Membership.objects.get(user=bob), Role.SOURCE_ADMIN)

    assert old_rights(old) == [1, 1, 1, 1]


def test_stripping_comes_second_and_takes_only_what_was_folded(
    holders: Workspace, old: PermissionRow, legacy: Fold
) -> None:
    _, _, too_soon = legacy(STRIPPED, "--strip", "--apply")
    left = old_rights(old)
    legacy(STRIPPED, "--apply")
    _, dry, _ = legacy(STRIPPED, "--strip")
    still = old_rights(old)

    _, _, report = legacy(STRIPPED, "--strip", "--apply")

    assert (outcomes(too_soon), left) == ({"not-folded": 4}, [1, 1, 1, 1])
    assert "     4 stripped    old rights were taken away" in dry
    assert still == [1, 1, 1, 1]
    assert (outcomes(report), old_rights(old)) == ({"stripped": 4}, [0, 0, 0, 0])
    assert set(viewers(holders)) == {"bob@example.com", "carol@example.com", "erin@example.com"}


def test_a_group_keeps_its_old_right_while_one_of_it_was_not_folded(
    holders: Workspace, mallory: User, old: PermissionRow, legacy: Fold
) -> None:
    legacy(STRIPPED, "--apply")
    Group.objects.get(name="Support").user_set.add(mallory)

    _, told, report = legacy(STRIPPED, "--strip", "--apply")

    # The permission on the workspace serves mallory too; Django's, which counts where one belongs, serves her nowhere.
    assert outcomes(report) == {"stripped": 3, "not-folded": 1}
    assert old_rights(old) == [0, 0, 0, 1]
    assert "not-folded: object permission workspaces.view_customer: kind group, group Support" in told


def test_each_step_is_taken_back_by_its_report(
    holders: Workspace, old: PermissionRow, legacy: Fold, tmp_path: Path
) -> None:
    _, _, folded = legacy(STRIPPED, "--apply")
    _, _, stripped = legacy(STRIPPED, "--strip", "--apply")

    undo(stripped, tmp_path)
    after_dry = old_rights(old)
    undo(stripped, tmp_path, "--apply")
    undo(folded, tmp_path, "--apply")
    again = undo(folded, tmp_path, "--apply")

    assert (after_dry, old_rights(old)) == ([0, 0, 0, 0], [1, 1, 1, 1])
    assert viewers(holders) == {"carol@example.com": []}
    assert not User.objects.get(email="bob@example.com").has_perm(Permission.VIEW_PII, holders)
    assert "     2 gone        changes had been taken back already" in again


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("sources: []", "must be a list"),
        ("sources: [{}]", "source 1 must have one of csv, model_permission, object_permission, role"),
        ("sources: [{csv: a.csv, role: owner}]", "must have one of"),
        ("sources: [{csv: a.csv}]", "has no 'rights'"),
        ("sources: [{csv: none.csv, rights: [x]}]", "none.csv cannot be read"),
        ("sources: [{csv: mapping.yaml, rights: [x]}]", "must have the columns workspace, user and right"),
        ("sources: [{csv: a.csv, rights: x}]", "must be a list of names"),
        ("sources: [{model_permission: crm.view, workspaces: each}]", "There is no permission crm.view"),
        ("sources: [{model_permission: crm.view}]", "has no 'workspaces'"),
        ("sources: [{model_permission: view, workspaces: each}]", "must be a name such as crm.view_customer"),
        ("sources: [{object_permission: crm.view, workspaces: each}]", "unknown 'workspaces'"),
        ("sources: [{role: boss}]", "`role` must be one of"),
        ("sources: [{role: pii_viewer}]", "`role` must be one of"),
        ("sources: [{role: owner, entities: [X}]}", "line 1"),
        ("{}", "has no 'sources'"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_explained(acme: Workspace, legacy: Fold, mapping: str, says: str) -> None:
    code, told, _ = legacy(mapping, "--apply")

    assert code == 2
    assert says in told


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"entries": [{"outcome": "else"}]}'])
def test_what_is_no_report_is_refused(acme: Workspace, tmp_path: Path, content: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content)

    with pytest.raises(CommandError, match="is no report of this command"):
        call_command("fold_legacy_permissions", "--undo", str(path))


def test_a_report_never_overwrites_another(acme: Workspace, legacy: Fold, tmp_path: Path) -> None:
    taken = tmp_path / "taken.json"
    taken.write_text("{}")

    code, told, _ = legacy(MAPPING, "--apply", "--report", str(taken), files={"rights.csv": RIGHTS})

    assert (code, taken.read_text()) == (2, "{}")
    assert told.endswith("cannot be written: File exists. Nothing was changed.")
    assert viewers(acme) == {"carol@example.com": []}
