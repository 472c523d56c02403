"""Policies as code: exported, compared, applied, and tried with cases in a pipeline."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from privacy_service.decisions.models import PendingAct, Policy
from privacy_service.decisions.versions import differences, newest_version, says_the_same, store_version
from tests.factories import make_policy
from workspaces.models import Workspace
from workspaces.yaml_files import parsed_yaml, written_yaml


def _matcher(name: str, colour: str) -> dict[str, str]:
    return {"name": name, "term": "zebra", "colour": colour}


def run(*arguments: object) -> tuple[int, str]:
    """Run the command and return its exit code and what it printed."""
    out = io.StringIO()
    try:
        call_command("policy", *map(str, arguments), stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


@pytest.fixture
def exported(workspace: Workspace, tmp_path: Path) -> Path:
    """Return the file of acme's policy: its first version, balanced but for one kind."""
    make_policy(workspace, {"US_SSN": "shape"})
    path = tmp_path / "acme.yaml"
    run("export", "acme", "--output", path)
    return path


def changed(path: Path, **members: Any) -> Path:
    """Change what a file says."""
    content = parsed_yaml(path.read_text(), name="it")
    content["policy"]["operators"] |= members.pop("operators", {})
    path.write_text(written_yaml({**content, **members}))
    return path


def test_a_policy_that_is_exported_and_applied_again_changes_nothing(exported: Path) -> None:
    said = parsed_yaml(exported.read_text(), name="it")

    assert (said["workspace"], said["replaces"]) == ("acme", 1)
    assert run("diff", exported) == (0, "acme: no difference from version 1.\n")
    assert run("apply", exported) == (0, "acme: no difference from version 1.\nNothing to apply.\n")
    assert Policy.objects.count() == 1


def test_the_default_is_applied_to_a_workspace_without_a_policy_once(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(run("export", "acme")[1])
    first, second = run("apply", path, "--force"), run("apply", path, "--force")

    assert first[1].endswith("Stored version 1 in place of version 0; it counts within two seconds.\n")
    assert second == (0, "acme: no difference from version 1.\nNothing to apply.\n")
    assert Policy.objects.count() == 1


def test_a_workspace_without_a_policy_exports_the_installations_default(workspace: Workspace) -> None:
    code, text = run("export", "acme")

    assert code == 0
    assert text.startswith("# The masking policy of acme:")
    assert parsed_yaml(text, name="it")["replaces"] == 0


def test_a_change_is_shown_line_by_line_and_then_applied(exported: Path, workspace: Workspace) -> None:
    keep_two = {"name": "last4", "params": {"masking_char": "#"}}
    changed(exported, operators={"US_SSN": "redact", "PHONE_NUMBER": keep_two}, note="Agreed with support.")
    shown = (
        "acme: 2 differences from version 1:\n"
        "  operators.PHONE_NUMBER: shape -> last4(masking_char=#)\n"
        "  operators.US_SSN: shape -> redact\n"
    )

    compared, rehearsed, applied = run("diff", exported), run("apply", exported, "--dry-run"), run("apply", exported)

    assert compared == (1, shown)
    assert rehearsed == (0, f"{shown}Dry run: nothing was stored. Version 2 would replace version 1.\n")
    assert applied == (0, f"{shown}Stored version 2 in place of version 1; it counts within two seconds.\n")
    newest = Policy.objects.get(version=2)
    assert (newest.rules["operators"]["US_SSN"], newest.note) == ("redact", "Agreed with support.")
    told = [act.line for act in PendingAct.objects.all() if "policy-changed" in act.line]
    assert len(told) == 1


def test_a_file_made_from_an_older_version_is_not_applied(exported: Path, workspace: Workspace) -> None:
    make_policy(workspace, {"US_SSN": "hash"})
    changed(exported, operators={"US_SSN": "redact"})

    refused = run("apply", exported)
    forced = run("apply", exported, "--force")

    assert refused[0] == 2
    assert "The policy is at version 2, and the change was made from version 1. Export it again" in refused[1]
    assert forced[0] == 0
    assert newest_version(workspace)[0] == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("workspace: acme", "has no 'policy'"),
        ("workspace: nowhere\npolicy: {}", "There is no workspace 'nowhere'"),
        ("workspace: acme\npolicy: {operators: {EMAIL: shape}}", "Unknown entity 'EMAIL'"),
        ("workspace: acme\npolicy: {operators: {EMAIL_ADDRESS: shap}}", "shap"),
        ("workspace: acme\nreplaces: yes\npolicy: {}", "`replaces` must be the number"),
        ("workspace: acme\npolicy: {operators: {EMAIL_ADDRESS: keep, EMAIL_ADDRESS: shape}}", "a key is given twice"),
        ("workspace: acme\npolicies: {}", "has no 'policy'"),
        ("- a", "must be an object"),
    ],
)
@pytest.mark.parametrize("action", ["diff", "apply"])
def test_a_file_that_cannot_be_used_is_explained(
    workspace: Workspace, tmp_path: Path, action: str, text: str, says: str
) -> None:
    path = tmp_path / "acme.yaml"
    path.write_text(text)

    code, told = run(action, path)

    assert code == 2
    assert says in told
    assert not Policy.objects.exists()


def test_spelling_and_order_are_no_differences() -> None:
    one = {"name": "p", "operators": {"US_SSN": "shape", "PERSON": {"name": "keep"}}, "default": "replace"}
    other = {"name": "p", "default": {"name": "replace"}, "operators": {"PERSON": "keep", "US_SSN": "shape"}}

    assert differences(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (
            {"block": {"values": ["zebra, quagga"]}},
            {"block": {"values": ["zebra", "quagga"]}},
            'block.values: ["zebra, quagga"] -> [zebra, quagga]',
        ),
        (
            {"default": {"name": "replace", "params": {"new_value": "1"}}},
            {"default": {"name": "replace", "params": {"new_value": "2"}}},
            'default: replace(new_value="1") -> replace(new_value="2")',
        ),
        (
            {"matchers": [_matcher("A", "red"), _matcher("B", "yellow")]},
            {"matchers": [_matcher("B", "yellow"), _matcher("A", "red")]},
            "order: as it was -> another",
        ),
    ],
)
def test_whatever_changes_what_is_hidden_is_a_difference(one: Any, other: Any, told: str) -> None:
    assert [str(each) for each in differences(one, other)] == [told]
    assert not says_the_same(one, other)


def test_a_stored_policy_that_cannot_be_read_any_more_can_be_replaced(workspace: Workspace) -> None:
    make_policy(workspace, {"US_SSN": "shape"})
    Policy.objects.update(rules={"a member of another version": 1})

    assert store_version(workspace, {"operators": {"US_SSN": "redact"}}).version == 2


CASES = """
policy:
  rules:
    operators: {US_SSN: shape, PERSON: keep, EMAIL_ADDRESS: redact}
cases:
  - name: support sees no number
    role: member
    payload: {"name": "alice", "ssn": "123-45-6789"}
    expect:
      effect: mask
      reason: role-lacks-pii
      output: {"name": "alice", "ssn": "***-**-****"}
      entities: {US_SSN: 1}
  - name: an owner sees everything
    role: owner
    payload: {"ssn": "123-45-6789"}
    expect: {effect: pass, output: {"ssn": "123-45-6789"}}
  - name: some kinds
    role: pii_viewer
    entities: [US_SSN]
    payload: {"ssn": "123-45-6789", "email": "a@example.com"}
    expect: {reason: grant-covers-part, output: {"ssn": "123-45-6789", "email": ""}}
  - name: a stranger gets nothing
    role: stranger
    payload: {"ssn": "123-45-6789"}
    expect: {effect: deny, reason: not-a-member, output: null}
  - name: before the release
    role: stranger
    released: false
    expect: {effect: pass, reason: not-released}
  - name: running text
    kind: text
    payload: "Her number is 123-45-6789."
    expect: {output: "Her number is ***-**-****.", never: ["123-45-6789"]}
  - name: two roles
    roles: [source_admin, privacy_admin]
    payload: '{"ssn":  "123-45-6789"}'
    expect: {output: '{"ssn":  "***-**-****"}'}
"""


def cases(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cases.yaml"
    path.write_text(text)
    return path


def test_cases_that_hold_pass(tmp_path: Path) -> None:
    code, told = run("test", cases(tmp_path, CASES))

    assert (code, told.splitlines()[-1]) == (0, "7 passed, 0 failed.")


def test_a_case_that_fails_shows_what_was_expected_and_what_came(tmp_path: Path) -> None:
    wrong = CASES.replace("***-**-****", "XXX-XX-XXXX", 1).replace("reason: not-released", "reason: role-grants-pii")

    code, told = run("test", cases(tmp_path, wrong))

    assert code == 1
    assert (
        "FAILED  support sees no number\n"
        "    output\n"
        '      expected  {"name":"alice","ssn":"XXX-XX-XXXX"}\n'
        '      got       {"name":"alice","ssn":"***-**-****"}\n'
    ) in told
    assert "    reason\n      expected  role-grants-pii\n      got       not-released\n" in told
    assert told.endswith("5 passed, 2 failed.\n")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("policy: {file: acme.yaml}", "0 failed"),
        ("policy: {workspace: acme}", "0 failed"),
        ("policy: {named: balanced}", "0 failed"),
        ("policy: {default: true}", "0 failed"),
        ("policy: {named: balnced}", "Unknown policy"),
        ("policy: {workspace: nowhere}", "no workspace 'nowhere'"),
        ("policy: balanced", "must be one of"),
        ("policy: {file: none.yaml}", "cannot be read"),
    ],
)
def test_cases_name_their_policy(exported: Path, tmp_path: Path, said: str, says: str) -> None:
    text = f'{said}\ncases: [{{payload: {{"ssn": "123-45-6789"}}, expect: {{never: ["123-45"]}}}}]'

    code, told = run("test", cases(tmp_path, text))

    assert says in told
    assert code == (0 if "failed" in says else 2)


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("{}", "has no 'expect'"),
        ("{expect: {}}", "at least one of"),
        ("{expect: {efect: mask}}", "unknown 'efect'"),
        ("{expect: {effect: masked}}", "must be one of pass, mask, deny"),
        ("{expect: {reason: because}}", "must be one of not-released"),
        ("{expect: {output: 1}}", "only of a `payload`"),
        ("{payload: 1, expect: {never: x}}", "`never` must be a list"),
        ("{role: boss, expect: {effect: mask}}", "There is no role 'boss'"),
        ("{roles: owner, expect: {effect: mask}}", "must be lists"),
        ("{roles: [stranger, owner], expect: {effect: mask}}", "A stranger holds no role"),
        ("{role: pii_viewer, entities: [EMAIL], expect: {effect: mask}}", "no kind of personal data 'EMAIL'"),
        ("{role: member, entities: [US_SSN], expect: {effect: mask}}", "name it too"),
        ("{role: pii_viewer, colours: [blue], expect: {effect: mask}}", "no colour 'blue'"),
        ("{kind: pdf, payload: x, expect: {effect: mask}}", "`kind` must be one of"),
        ("{kind: text, payload: [x], expect: {effect: mask}}", "must be a text"),
        ("{user: bob, expect: {effect: mask}}", "unknown 'user'"),
    ],
)
def test_a_case_that_cannot_be_tried_is_explained(tmp_path: Path, case: str, says: str) -> None:
    code, told = run("test", cases(tmp_path, f"policy: {{named: balanced}}\ncases: [{case}]"))

    assert code == 2
    assert says in told


def test_a_payload_that_cannot_be_read_is_a_failed_case(tmp_path: Path) -> None:
    text = "policy: {named: balanced}\ncases: [{payload: '{broken', expect: {effect: mask, never: [x]}}]"

    code, told = run("test", cases(tmp_path, text))

    assert code == 1
    assert "a payload that can be read" in told
