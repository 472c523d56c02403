"""Image, compose file, manifests, units and docs speak of the same processes, settings, ports, metrics and alerts."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest
import yaml

from privacy_service.observability import metrics
from privacy_service.processes import PROCESSES
from tests.deploy.checking import DEPLOY, ROOT, composed, pods, rendered, rules

RUNNER = "privacy_service.processes"
LASTING = {"web", "gateway", "worker", "stream", "beat"}
DOCS = ROOT / "docs"


def in_compose() -> set[str]:
    """Return the processes that compose starts."""
    return set(chain.from_iterable(one.get("command") or [] for one in composed()["services"].values())) & set(
        PROCESSES
    )


def in_kubernetes() -> set[str]:
    """Return the processes that Kubernetes starts."""
    made = pods(rendered()).values()
    return {container["args"][0] for pod in made for container in (*pod["containers"], *pod.get("initContainers", []))}


def in_systemd() -> set[str]:
    """Return the processes that systemd starts."""
    units = [unit.read_text() for unit in (DEPLOY / "systemd").glob("*.service")]
    return {line.split()[-1] for line in "\n".join(units).splitlines() if line.startswith("ExecStart=")}


@pytest.mark.parametrize("started", [in_compose, in_kubernetes, in_systemd])
def test_each_way_starts_every_process_and_knows_no_other(started: object) -> None:
    names = started()  # type: ignore[operator]

    assert names <= set(PROCESSES)
    assert names >= LASTING | {"migrate"}


def test_nothing_starts_a_process_but_by_its_name() -> None:
    texts = {path: path.read_text() for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".py"}
    strays = [path for path, text in texts.items() if re.search(r"granian |celery -A|manage\.py (?:migrate|run)", text)]

    assert strays == []
    assert f'ENTRYPOINT ["python", "-m", "{RUNNER}"]' in texts[DEPLOY / "Dockerfile"]
    units = [path for path in texts if path.suffix == ".service"]
    assert all(f"ExecStart=/opt/privacy-service/venv/bin/python -m {RUNNER} " in texts[path] for path in units)


def test_every_setting_that_is_deployed_is_documented() -> None:
    places = [DEPLOY / "Dockerfile", DEPLOY / "compose.yaml", *(DEPLOY / "kubernetes").rglob("*.yaml")]
    places += list((DEPLOY / "systemd").glob("*.service"))
    named = {
        name.removesuffix("_FILE")
        for place in places
        for name in re.findall(r"\b((?:PRIVACY|DATABASE|REDIS|PROMETHEUS)_[A-Z_]+)(?=[:=])", place.read_text())
    }
    documented = set(re.findall(r"`([A-Z_]+)`", (DOCS / "configuration.md").read_text()))

    assert sorted(named - documented) == [
        "PRIVACY_HTTPS_PORT",
        "PRIVACY_IMAGE",
        "PRIVACY_STREAM_FOLDER",
    ]  # Compose alone reads these.
    assert len(named) > 10


def test_the_lock_file_of_the_image_is_the_one_of_the_service() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()

    assert "COPY deploy/locks/run.txt" in dockerfile
    assert "--require-hashes" in dockerfile
    assert "--hash=sha256:" in (DEPLOY / "locks" / "run.txt").read_text()


def metrics_in(text: str) -> set[str]:
    """Return the names of metrics in queries, as they are counted: without what Prometheus adds to a histogram's."""
    names = set(re.findall(r"(?<![\w:/-])privacy_[a-z_]+", text)) - {"privacy_service"}
    return {re.sub(r"^(.*_seconds)_(?:bucket|count|sum)$", r"\1", name) for name in names}


def test_every_metric_of_dashboard_and_alerts_is_there() -> None:
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    queries += [one["expr"] for one in dashboard["annotations"]["list"]]
    asked = metrics_in("\n".join([*queries, *(rule["expr"] for rule in rules())]))
    recorded = {rule["record"] for rule in rules() if "record" in rule}

    assert sorted(asked - set(metrics.names())) == []
    assert set(re.findall(r"privacy:[a-z_0-9]+:[a-z_0-9]+", "\n".join(queries))) <= recorded
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])


def headings(page: str) -> set[str]:
    """Return the headings of a page as links name them."""
    text = (DOCS / page).read_text()
    return {
        re.sub(r"[^\w-]", "", one.lower().replace(" ", "-")) for one in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


def test_every_alert_has_its_section_in_the_runbook_and_no_other_alert_has() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]
    told = set(re.findall(r"^### (Privacy\w+)$", (DOCS / "runbook.md").read_text(), re.MULTILINE))

    assert told == {rule["alert"] for rule in alerts}
    for rule in alerts:
        page, _, section = rule["annotations"]["runbook"].partition("#")
        assert (page, section) == ("docs/runbook.md", rule["alert"].lower())
        assert section in headings("runbook.md")
        assert rule["labels"]["severity"] in {"page", "ticket", "notice"}


def test_every_row_of_the_failure_matrix_is_in_the_runbook() -> None:
    rows = re.findall(r"^\| ([^|]+?) \|", (DOCS / "failure-matrix.md").read_text(), re.MULTILINE)[2:]
    told = re.findall(r"^\| ([^|]+?) \|", (DOCS / "runbook.md").read_text(), re.MULTILINE)

    assert [row for row in rows if row not in told] == []
    assert len(rows) > 10


def test_prometheus_asks_each_process_where_it_answers() -> None:
    jobs = yaml.safe_load(Path(DEPLOY / "prometheus" / "prometheus.yaml").read_text())["scrape_configs"]
    asked = {job["dns_sd_configs"][0]["names"][0]: job["dns_sd_configs"][0]["port"] for job in jobs}

    assert asked == {"web": 8000, "gateway": 8001, "worker": 9100, "stream": 9100, "beat": 9100}
    assert all(job["job_name"] == f"privacy-{job['dns_sd_configs'][0]['names'][0]}" for job in jobs)
