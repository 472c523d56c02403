"""`manage.py flow check|list|test|new|publish|register`, as somebody who writes flows and packages meets them."""

import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from privacy_service.streams.models import PublishedPackage, RegisteredTopic
from privacy_service.streams.reading import read_flow
from privacy_service.streams.registering import register_topics
from tests.factories import make_user
from tests.streams.making import make_package
from workspaces.models import User, Workspace

EXAMPLE = Path(__file__).parents[2] / "examples/mask-user-info"


def run(*arguments: object) -> str:
    """Run the command and return what it printed, with its error where it ended in one."""
    out = io.StringIO()
    try:
        call_command("flow", *map(str, arguments), stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}error: {error}"
    return out.getvalue()


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the example, and work in it."""
    folder = tmp_path / "work"
    shutil.copytree(EXAMPLE, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def root(db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    """Return an administrator of the installation, whose password stands at the standard input."""
    del db
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    user = make_user("root", is_superuser=True)
    user.set_password("correct horse")
    user.save()
    return user


@pytest.mark.django_db
def test_a_flow_is_checked_before_it_runs(here: Path) -> None:
    assert run("check") == (
        "mask-user-info 0.1.0 in example can run.\n"
        "  mask-ssn-service: user-info → mask-ssn → masked\n"
        "There is no workspace example: it runs, and its topics cannot be read over HTTP.\n"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("dataflow.yaml", "operator: map", "operator: filter", "mask-ssn-service: mask-ssn goes with `operator: map`."),
        ("dataflow.yaml", "name: mask-ssn\n", "name: mask-it\n        alias: mask-ssn\n",
         "has no function mask-it; it has mask-ssn."),
        ("dataflow.yaml", "mask-ssn-pkg@0.1.0", "mask-ssn-pkg@0.2.0",
         "holds example/mask-ssn-pkg@0.1.0, and the flow imports"),
        ("dataflow.yaml", "./packages/mask-ssn", "./packages/mask",
         "packages/mask/example/mask-ssn-pkg/0.1.0/sdf-package.yaml cannot be read"),
        ("dataflow.yaml", "id: masked", "id: mask",
         "dataflow.yaml:42: services.mask-ssn-service.sinks[0].id: 'mask' is not"),
        ("packages/mask-ssn/functions.py", "import re", "import r",
         "cannot be loaded: ModuleNotFoundError at functions.py:3."),
        ("packages/mask-ssn/sdf-package.yaml", "operator: map", "operator: mop",
         "sdf-package.yaml:12: functions.mask-ssn.operator: 'mop'"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_with_a_flow_is_told_with_its_place(
    here: Path, file: str, before: str, after: str, says: str
) -> None:
    path = here / file
    path.write_text(path.read_text().replace(before, after))

    assert says in run("check")


@pytest.mark.django_db
def test_flows_and_packages_are_listed(here: Path, workspace: Workspace, root: User) -> None:
    run("publish", "packages/mask-ssn", "--workspace", "acme", "--as", "root@example.com")
    (here / "other").mkdir()
    (here / "other/dataflow.yaml").write_text("apiVersion: 1")
    listed = run("list")

    assert listed.startswith("Flows below this folder:\n  example/mask-user-info@0.1.0  dataflow.yaml\n")
    assert "\n  other/dataflow.yaml  cannot be read: " in listed
    assert "Packages below this folder:\n  example/mask-ssn-pkg@0.1.0  packages/mask-ssn/sdf-package.yaml\n" in listed
    assert "Packages in the registry:\n  example/mask-ssn-pkg@0.1.0  acme  mask-ssn  by root@example.com, 20" in listed
    assert listed.endswith("Built in: mask, drop-suppressed, filter-consent, index-people, route, rename\n")


def test_a_packages_tests_are_told_as_a_table(here: Path) -> None:
    assert run("test", "packages/mask-ssn") == "mask-ssn: 4 of 4\nexample/mask-ssn-pkg@0.1.0: all is well.\n"
    code = here / "packages/mask-ssn/functions.py"
    code.write_text(code.read_text().replace('"***-**-****"', '"***"'))

    assert run("test", "packages/mask-ssn") == (
        '  mask-ssn, case 1: expected {"name":"alice","ssn":"***-**-****"}, got {"name":"alice","ssn":"***"}\n'
        '  mask-ssn, case 2: expected {"name":"bob","ssn":"***-**-****"}, got {"name":"bob","ssn":"***"}\n'
        "  mask-ssn, two in one text: expected ***-**-****, ***-**-****, got ***, ***\n"
        "mask-ssn: 1 of 4\n"
        "error: 3 of 4 failed."
    )


def test_a_new_package_passes_its_tests(tmp_path: Path) -> None:
    folder = tmp_path / "hide-names"

    assert f"Try it: manage.py flow test {folder}\n" in run("new", folder, "--namespace", "acme")
    assert run("test", folder) == "hide-names: 1 of 1\nacme/hide-names@0.1.0: all is well.\n"
    assert run("new", folder) == f"error: {folder} is there already; choose another name."
    assert "'Hide' is no name here; use lower-case letters" in run("new", tmp_path / "Hide")


def test_a_package_is_published_to_a_folder_and_imported_from_there(here: Path, tmp_path: Path) -> None:
    said = run("publish", "packages/mask-ssn", "--to", tmp_path / "shared")
    assert said == (
        f"mask-ssn: 4 of 4\nexample/mask-ssn-pkg@0.1.0 is in {tmp_path}/shared/example/mask-ssn-pkg/0.1.0.\n"
    )
    again = run("publish", "packages/mask-ssn", "--to", tmp_path / "shared")
    assert again.endswith(
        "error: example/mask-ssn-pkg@0.1.0 is published already, and never changes: raise its version."
    )


def test_what_fails_its_tests_is_not_published(here: Path, tmp_path: Path) -> None:
    (here / "packages/mask-ssn/tests.yaml").write_text("mask-ssn: [{input: a, output: b}]")

    assert run("publish", "packages/mask-ssn", "--to", tmp_path / "shared").endswith("error: 1 of 1 failed.")
    assert not (tmp_path / "shared").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--workspace", "acme"), "Say who you are with --as EMAIL"),
        (("--workspace", "acme", "--as", "alice@example.com"), "alice@example.com is no administrator of this"),
        (("--workspace", "gone", "--as", "root@example.com"), "There is no workspace gone."),
    ],
)  # fmt: skip
def test_only_administrators_publish_in_a_registry(
    here: Path, workspace: Workspace, root: User, alice: User, arguments: tuple[str, ...], says: str
) -> None:
    alice.set_password("correct horse")
    alice.save()

    assert says in run("publish", "packages/mask-ssn", *arguments)
    assert not PublishedPackage.objects.exists()


def test_topics_are_registered_and_restarting_a_flow_never_widens_who_reads_them(
    here: Path, workspace: Workspace
) -> None:
    file = here / "dataflow.yaml"
    assert run("register") == "error: There is no workspace example, which the flow's `namespace` names."
    file.write_text(file.read_text().replace("namespace: example", "namespace: acme", 1))

    assert register_topics(read_flow(file)) == [
        "user-info: registered as restricted",
        "masked: registered as open",
        "mask-ssn-service.dead-letters: registered as restricted",
    ]
    assert register_topics(read_flow(file)) == []
    file.write_text(file.read_text().replace("restricted", "decided").replace("open", "decided"))
    assert register_topics(read_flow(file)) == [
        "user-info: stays restricted; `manage.py flow register` makes it decided, as the flow says",
        "masked: open before, decided now",
    ]
    assert run("register") == "user-info: restricted before, decided now\n"
    assert run("register") == "Nothing has changed.\n"
    assert dict(RegisteredTopic.objects.values_list("name", "access")) == {
        "user-info": "decided",
        "masked": "decided",
        "mask-ssn-service.dead-letters": "restricted",
    }


@pytest.mark.django_db
def test_a_shared_folder_serves_a_flow(here: Path, tmp_path: Path) -> None:
    run("publish", "packages/mask-ssn", "--to", tmp_path / "shared")
    shutil.rmtree(here / "packages")
    file = here / "dataflow.yaml"
    file.write_text(file.read_text().replace("./packages/mask-ssn", str(tmp_path / "shared")))

    assert "can run." in run("check")


@pytest.mark.django_db
def test_what_is_for_development_can_be_left_out(here: Path) -> None:
    file = here / "dataflow.yaml"
    file.write_text(file.read_text().replace("    path: ./packages/mask-ssn\n    functions", "    functions"))

    assert "can run." in run("check")
    assert "The registry of example has no example/mask-ssn-pkg@0.1.0" in run("check", "--no-dev")


def test_without_a_flow_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_package(tmp_path / "p")

    assert run("check").startswith("error: There is no dataflow.yaml; name the file of a flow, or go to a folder")
    assert "has no tests: write them into p/tests.yaml" in run("test", "p")
