"""Systems in a file: made known all at once, refused by the line, with secrets that stand elsewhere."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from privacy_service.subjects.models import Destination
from tests.factories import make_source
from workspaces.models import Workspace

FILE = """\
workspace: acme
destinations:
  - slug: shop
    kind: sql
    identifiers: [user_id, email]
    layer: archive
    sources: [web]
    region: EU
    processor: Example Hosting
    options:
      tables:
        - name: people
          match: {email: email}
    secrets:
      url: {env: SHOP_URL}
  - slug: crm
    kind: http
    identifiers: [user_id]
    is_active: false
    options:
      url: https://crm.example.com/users/{user_id}
    secrets:
      authorization: {file: SECRET_FILE}
"""


@pytest.fixture
def file(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of two systems, whose secrets are there."""
    make_source(workspace, "web")
    monkeypatch.setenv("SHOP_URL", "postgresql://eraser:canary@db.example.com/shop")
    (tmp_path / "secret").write_text("Bearer canary\n")
    path = tmp_path / "destinations.yaml"
    path.write_text(FILE.replace("SECRET_FILE", str(tmp_path / "secret")))
    return path


def run(*words: object) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("destinations", *map(str, words), stdout=out)
    return out.getvalue()


def test_a_file_makes_systems_known_and_again_changes_nothing(workspace: Workspace, file: Path) -> None:
    checked = run("check", file)
    before = Destination.objects.count()
    applied, again = run("apply", file), run("apply", file)
    file.write_text(file.read_text().replace("region: EU", "region: US"))
    changed = run("apply", file)

    assert (checked, before) == ("shop: new\ncrm: new\n", 0)
    assert [told.splitlines()[-1] for told in (applied, again, changed)] == [
        "Kept 2 of 2.", "Kept 0 of 2.", "Kept 1 of 2.",
    ]  # fmt: skip
    assert changed.splitlines()[:2] == ["shop: changes region", "crm: as it is"]
    shop, crm = Destination.objects.get(slug="shop"), Destination.objects.get(slug="crm")
    assert (shop.region, shop.layer, shop.secrets["url"].startswith("postgresql"), crm.is_active) == (
        "US", "archive", True, False,
    )  # fmt: skip
    assert (crm.secrets, "canary" in checked + applied + changed) == ({"authorization": "Bearer canary"}, False)


def test_a_list_says_what_each_can(workspace: Workspace, file: Path) -> None:
    run("apply", file)

    rows = [line.split() for line in run("list", "acme").splitlines()]

    assert [(row[0], row[1], row[2], "delete" in " ".join(row), row[-1]) for row in rows[1:]] == [
        ("crm", "http", "connected", True, "paused"),
        ("shop", "sql", "archive", True, "Hosting"),
    ]
    with pytest.raises(CommandError, match="no workspace 'nowhere'"):
        run("list", "nowhere")


REFUSED: list[tuple[str, str, int, str]] = [
    ("workspace: acme", "workspace: nowhere", 1, "There is no such workspace"),
    ("slug: crm", "slug: shop", 16, "shop is there twice"),
    ("kind: http", "kind: fax", 17, "kind: "),
    ("layer: archive", "layer: cellar", 6, "layer: "),
    ("sources: [web]", "sources: [app]", 7, "The workspace has no source app"),
    ("region: EU", "reigon: EU", 8, "reigon: There is no such field"),
    ("identifiers: [user_id, email]", "identifiers: [name]", 5, "identifiers"),
    ("match: {email: email}", "match: {}", 13, "options.tables[0].match"),
    ("url: {env: SHOP_URL}", "url: {env: NOWHERE}", 15, "NOWHERE is not set"),
    ("url: {env: SHOP_URL}", "url: postgresql://canary@x/y", 15, "none stands here"),
    ("url: {env: SHOP_URL}", "password: {env: SHOP_URL}", 15, "secrets.password: There is no such secret"),
    ("{file: SECRET", "{file: /nowhere/SECRET", 23, "is not there, or empty"),
    ("https://crm", "ftp://crm", 21, "options.url"),
    ("is_active: false", "is_active: [", 0, "line"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "told"), REFUSED)
def test_what_cannot_be_is_told_with_its_line_and_nothing_is_kept(
    workspace: Workspace, file: Path, tmp_path: Path, right: str, wrong: str, line: int, told: str
) -> None:
    file.write_text(FILE.replace(right, wrong).replace("SECRET_FILE", str(tmp_path / "secret")))

    with pytest.raises(CommandError) as refused:
        run("apply", file)

    assert (told in str(refused.value), "canary" in str(refused.value)) == (True, False)
    assert not line or f"destinations.yaml:{line}: " in str(refused.value)
    assert Destination.objects.count() == 0


def test_a_system_keeps_its_kind(workspace: Workspace, file: Path) -> None:
    run("apply", file)
    file.write_text(file.read_text().replace("kind: http", "kind: webhook"))

    with pytest.raises(CommandError, match="It is of kind http, which stays"):
        run("apply", file)
