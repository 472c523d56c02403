"""A restricted source is read through its decision, by whatever name one comes to its data."""

from pathlib import Path

import pytest
from pytest_django import Settings

from privacy_service.decisions.types import AccessRequest
from privacy_service.exceptions import SourceRestricted
from privacy_service.inventory.models import SourceNote
from privacy_service.inventory.restricting import check_may_read, of_its_source, source_at
from privacy_service.jobs.models import Job
from privacy_service.jobs.starting import Asked, start_job
from privacy_service.streams.models import RegisteredTopic
from tests.asking import through_django
from tests.factories import make_source, make_workspace
from workspaces.models import Source, User, Workspace
from workspaces.sources import change_source
from workspaces.stamp import bump


@pytest.fixture
def payroll(released_workspace: Workspace) -> Source:
    """Return a restricted source with its places."""
    source = change_source(make_source(released_workspace, "payroll"), restricted=True)
    SourceNote.objects.create(source=source, places=["file:///data/payroll/", "topic:payroll", "s3://hr/2026"])
    return source


@pytest.mark.parametrize(
    ("address", "is_its"),
    [
        ("file:///data/payroll/", True),
        ("file:///data/payroll/may.csv", True),
        ("file:///data/payroll-old/may.csv", False),
        ("file:///data/", False),
        ("topic:payroll", True),
        ("topic:payroll-old", False),
        ("s3://hr/2026/may.parquet", True),
        ("s3://hr/20261/may.parquet", False),
    ],
)
def test_an_address_belongs_to_the_source_whose_place_it_lies_in(payroll: Source, address: str, is_its: bool) -> None:
    assert (source_at(payroll.workspace, address) == payroll) is is_its


def test_the_longest_place_counts_and_only_in_its_own_workspace(payroll: Source) -> None:
    inner = change_source(make_source(payroll.workspace, "bonus"), restricted=True)
    SourceNote.objects.create(source=inner, places=["file:///data/payroll/bonus"])

    assert source_at(payroll.workspace, "file:///data/payroll/bonus/x.csv") == inner
    assert source_at(make_workspace("other"), "topic:payroll") is None


def test_another_sources_place_within_takes_nothing_from_it(payroll: Source) -> None:
    SourceNote.objects.create(source=make_source(payroll.workspace, "bonus"), places=["file:///data/payroll/bonus"])

    assert source_at(payroll.workspace, "file:///data/payroll/bonus/x.csv") == payroll


def test_a_job_over_its_files_is_for_those_who_may_read_it(
    payroll: Source, bob: User, carol: User, settings: Settings, tmp_path: Path
) -> None:
    settings.PRIVACY_JOBS_PLACES = ["file:///data", f"file://{tmp_path}"]
    asked = Asked("file:///data/payroll/may.csv", f"file://{tmp_path}/out/")

    with pytest.raises(SourceRestricted):
        start_job(payroll.workspace, asked, by=bob)
    start_job(payroll.workspace, asked, by=carol)

    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "file:///data/",
        "file:///data",
        "file:///",
        "file:///data/**/*.csv",
        "file:///data/payrol?/may.csv",
        "file:///*/payroll/may.csv",
        "file:///data//payroll/may.csv",
        "file:///data/payroll/bonus/x.csv",  # Another source's place within does not open it.
        "topic:*",
        "topic:pay*",
        "s3://hr/",
        "s3://hr/20?6/may.parquet",
    ],
)
def test_a_way_around_leads_to_the_same_refusal(payroll: Source, bob: User, carol: User, address: str) -> None:
    SourceNote.objects.create(source=make_source(payroll.workspace, "bonus"), places=["file:///data/payroll/bonus"])

    with pytest.raises(SourceRestricted):
        check_may_read(payroll.workspace, address, bob)
    check_may_read(payroll.workspace, address, carol)


def test_a_link_leads_to_the_source_it_points_to(payroll: Source, bob: User, tmp_path: Path) -> None:
    (tmp_path / "hr").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "hr")
    SourceNote.objects.filter(source=payroll).update(places=[f"file://{tmp_path}/hr/"])
    bump()

    with pytest.raises(SourceRestricted):
        check_may_read(payroll.workspace, f"file://{tmp_path}/link/may.csv", bob)


@pytest.mark.parametrize(
    "address", ["file:///data/pay", "file:///data/web/*.csv", "topic:pay", "s3://hr/2025", "topic:w*"]
)
def test_what_only_begins_alike_is_no_way_in(payroll: Source, bob: User, address: str) -> None:
    check_may_read(payroll.workspace, address, bob)


def test_a_topic_of_it_is_closed_to_whoever_gets_nothing_whatever_source_they_name(
    payroll: Source, bob: User, key: str
) -> None:
    make_source(payroll.workspace, "web")
    RegisteredTopic.objects.create(workspace=payroll.workspace, name="payroll", access="open")
    sent = {"Authorization": f"Bearer {key}", "X-Actor": str(bob.email), "PII-Source": "web"}

    reply = through_django("GET", "/v1/workspaces/acme/topics/payroll", b"", sent)

    assert (reply.status, reply.reason) == (403, "source-restricted")


def test_what_lies_elsewhere_is_asked_about_as_before(payroll: Source, bob: User) -> None:
    access = AccessRequest(bob, payroll.workspace)

    check_may_read(payroll.workspace, "file:///data/web/", bob)

    assert of_its_source(access, "topic:web") == access
    assert of_its_source(access, "topic:payroll").source == payroll
