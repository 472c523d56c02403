"""Packages are published once, verified when they are imported, and unpacked without trusting what they hold."""

import io
import stat
import zipfile
from pathlib import Path

import orjson
import pytest
from django.conf import LazySettings
from django.db import connection

from privacy_service.decisions.models import PendingAct
from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Imported, Operator, Transform
from privacy_service.streams.functions.making import function_of, package_of
from privacy_service.streams.models import PublishedPackage
from privacy_service.streams.packages.archives import digest_of, packed, unpack
from privacy_service.streams.packages.manifest import Package, read_package
from privacy_service.streams.packages.registry import publish, publish_to_folder, unpacked
from tests.factories import make_user, make_workspace
from tests.streams.making import MANIFEST, make_flow, make_package, values
from workspaces.models import User, Workspace

TEXT = Imported("acme", "text", "0.1.0", None, {"shout": "shout"})


@pytest.fixture
def package(tmp_path: Path, settings: LazySettings) -> Package:
    """Return a package, and let what is unpacked lie beside it."""
    settings.PRIVACY_DATA_DIR = tmp_path / "data"
    folder = make_package(tmp_path / "text")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/functions.pyc").write_bytes(b"compiled")
    (folder / ".secret").write_text("hidden")
    return read_package(folder)


@pytest.fixture
def admin(db: None) -> User:
    """Return an administrator of the installation."""
    del db
    return make_user("root", is_superuser=True)


def test_a_flow_uses_what_was_published_in_its_workspace(workspace: Workspace, package: Package, admin: User) -> None:
    published = publish(package, workspace, by=admin)
    flow = make_flow(namespace=workspace.slug)
    object.__setattr__(flow, "imports", (TEXT,))

    function = function_of(Transform(Operator.MAP, "shout"), flow, flow.services[0])

    assert values(function, b"ab") == [b"AB"]
    assert (published.sha256, published.published_by) == (digest_of(packed(package.folder)), admin)
    assert sorted(path.name for path in unpacked(TEXT, "acme").folder.glob("[!_]*")) == [
        "functions.py",
        "sdf-package.yaml",
    ]
    act = orjson.loads(PendingAct.objects.latest("id").line)
    assert (act["kind"], act["actor_id"]) == ("package-published", str(admin.pk))
    assert act["detail"] == {"package": "acme/text@0.1.0", "sha256": published.sha256}


def test_a_version_never_changes(workspace: Workspace, package: Package, admin: User) -> None:
    published = publish(package, workspace, by=admin)

    with pytest.raises(
        FlowError, match=r"acme/text@0\.1\.0 is published already, and never changes: raise its version"
    ):
        publish(package, workspace, by=admin)
    with pytest.raises(TypeError, match="never changes"):
        published.save()
    with pytest.raises(TypeError, match="never changes"):
        published.delete()
    with pytest.raises(TypeError, match="never changes"):
        PublishedPackage.objects.update(sha256="0" * 64)
    assert publish(read_package(changed(package)), workspace, by=admin).version == "0.2.0"
    assert publish(package, make_workspace("other"), by=admin).sha256 == published.sha256


def changed(package: Package) -> Path:
    """Return the folder of the package's next version."""
    return make_package(package.folder.parent / "next", manifest=MANIFEST.replace("0.1.0", "0.2.0"))


def test_only_administrators_of_the_installation_publish(workspace: Workspace, package: Package, alice: User) -> None:
    with pytest.raises(FlowError, match="is no administrator of this installation"):
        publish(package, workspace, by=alice)

    assert not PublishedPackage.objects.exists()


def test_what_was_published_elsewhere_or_not_at_all_is_not_found(
    workspace: Workspace, package: Package, admin: User
) -> None:
    publish(package, make_workspace("other"), by=admin)

    with pytest.raises(FlowError, match=r"The registry of acme has no acme/text@0\.1\.0 \(versions there: none\)"):
        unpacked(TEXT, workspace.slug)


def test_an_archive_that_was_changed_is_not_unpacked(workspace: Workspace, package: Package, admin: User) -> None:
    publish(package, workspace, by=admin)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE streams_publishedpackage SET archive = %s", [packed(changed(package))])

    with pytest.raises(FlowError, match="is not what was published: its digest is another one"):
        unpacked(TEXT, workspace.slug)


def test_a_package_can_be_published_to_a_shared_folder(package: Package, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    target = publish_to_folder(package, shared)

    one = Imported("acme", "text", "0.1.0", shared, {"shout": "shout"})
    assert package_of(one, make_flow()).folder == target == shared / "acme/text/0.1.0"
    assert sorted(path.name for path in target.iterdir()) == ["functions.py", "sdf-package.yaml"]
    with pytest.raises(FlowError, match="is published already"):
        publish_to_folder(package, shared)


def test_a_folder_with_another_package_than_the_import_says_is_refused(package: Package) -> None:
    one = Imported("acme", "text", "0.3.0", package.folder)

    with pytest.raises(FlowError, match=r"holds acme/text@0\.1\.0, and the flow imports acme/text@0\.3\.0"):
        package_of(one, make_flow())


def test_the_same_files_make_the_same_archive(package: Package, tmp_path: Path) -> None:
    unpack(packed(package.folder), tmp_path / "again")

    assert packed(tmp_path / "again") == packed(package.folder)


def test_a_link_in_a_package_is_refused(package: Package) -> None:
    (package.folder / "link.py").symlink_to("/etc/hostname")

    with pytest.raises(FlowError, match="is a link"):
        packed(package.folder)


def archived(*entries: tuple[str, bytes, int]) -> bytes:
    """Return an archive with files of these names, contents and modes."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
    return into.getvalue()


FILE = stat.S_IFREG | 0o644


@pytest.mark.parametrize(
    ("archive", "says"),
    [
        (archived(("../x.py", b"", FILE)), "something else than files of its own folder"),
        (archived(("/x.py", b"", FILE)), "something else than files of its own folder"),
        (archived(("a/../../x.py", b"", FILE)), "something else than files of its own folder"),
        (archived(("a\\x.py", b"", FILE)), "something else than files of its own folder"),
        (archived(("x.py", b"/etc/passwd", stat.S_IFLNK | 0o777)), "something else than files of its own folder"),
        (archived(("x.py", b"", stat.S_IFIFO | 0o644)), "something else than files of its own folder"),
        (archived(("folder/", b"", stat.S_IFDIR | 0o755)), "something else than files of its own folder"),
        (archived(*((f"{number}.py", b"", FILE) for number in range(201))), "holds at most 200 files"),
        (archived(("x.py", bytes(5 * 1024 * 1024 + 1), FILE)), "holds at most 200 files of 5242880 bytes"),
        (b"no archive", "cannot be read"),
        (archived(("x.py", b"content", FILE))[:-30], "cannot be read"),
    ],
)
def test_an_archive_that_holds_what_it_may_not_is_refused_whole(tmp_path: Path, archive: bytes, says: str) -> None:
    with pytest.raises(FlowError, match=says):
        unpack(archive, tmp_path / "data/unpacked")

    assert not (tmp_path / "data/unpacked").exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
