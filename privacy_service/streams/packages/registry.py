"""Where packages are published, and where a flow's imports come from: a shared folder, or a workspace's registry."""

import os
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction

from privacy_service.streams.errors import FlowError
from privacy_service.streams.flow import Imported
from privacy_service.streams.models import PublishedPackage
from privacy_service.streams.packages.archives import digest_of, files_of, packed, unpack
from privacy_service.streams.packages.manifest import FILE_NAME, Package, read_package
from workspaces.acts import Act, note
from workspaces.models import User, Workspace


def publish_to_folder(package: Package, shared: Path) -> Path:
    """Copy a package into a shared folder, as NAMESPACE/NAME/VERSION; raise FlowError where that is there."""
    target = _place_in(shared, package.namespace, package.name, package.version)
    if target.exists():
        raise _published_already(package)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(dir=target.parent, prefix="."))
    try:
        for name, content in files_of(package.folder).items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        aside.chmod(0o755)
        os.rename(aside, target)  # noqa: PTH104 - a rename that replaces nothing but an empty folder.
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        if target.exists():
            raise _published_already(package) from None
        raise
    return target


@transaction.atomic
def publish(package: Package, workspace: Workspace, *, by: User) -> PublishedPackage:
    """Publish a package in a workspace's registry; raise FlowError where that version is there.

    Its code will run in the installation's workers: only an administrator of the installation may publish it.
    """
    if not (by.is_superuser and by.is_active):
        message = f"{by} is no administrator of this installation: a package is code that its workers run."
        raise FlowError(message)
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    named = {"namespace": package.namespace, "name": package.name, "version": package.version}
    if PublishedPackage.objects.filter(workspace=workspace, **named).exists():
        raise _published_already(package)
    archive = packed(package.folder)
    published = PublishedPackage.objects.create(
        workspace=workspace,
        functions=sorted(package.functions),
        archive=archive,
        sha256=digest_of(archive),
        published_by=by,
        **named,
    )
    note(Act.PACKAGE_PUBLISHED, workspace, by, published, package=str(package), sha256=published.sha256)
    return published


def unpacked(one: Imported, slug: str) -> Package:
    """Return a package of a workspace's registry, verified and laid out in the data folder; raise FlowError."""
    rows = PublishedPackage.objects.filter(workspace__slug=slug, namespace=one.namespace, name=one.name)
    row = rows.filter(version=one.version).first()
    if row is None:
        versions = ", ".join(rows.values_list("version", flat=True)) or "none"
        message = (
            f"The registry of {slug} has no {one.package} (versions there: {versions})."
            " Give its import a `path`, or publish it: `manage.py flow publish`."
        )
        raise FlowError(message)
    archive = bytes(row.archive)
    if digest_of(archive) != row.sha256:
        message = f"{one.package} in the registry of {slug} is not what was published: its digest is another one."
        raise FlowError(message)
    folder = settings.PRIVACY_DATA_DIR / "packages" / row.sha256
    if not folder.is_dir():
        unpack(archive, folder)
    return read_package(folder)


def found_in(path: Path, one: Imported) -> Package:
    """Return a package by the path of its import: its folder, or a shared one that it was published to."""
    return read_package(path if (path / FILE_NAME).is_file() else _place_in(path, one.namespace, one.name, one.version))


def _place_in(shared: Path, namespace: str, name: str, version: str) -> Path:
    return shared / namespace / name / version


def _published_already(package: Package) -> FlowError:
    return FlowError(f"{package} is published already, and never changes: raise its version.")
