"""What is deployed is what its own tools call right: image, compose file, manifests, units, alerts."""

import re
import shutil
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from deploy.nginx.render import nginx
from tests.deploy.checking import DEPLOY, checked, composed, pods, rendered, rules


def test_hadolint_has_no_complaint_about_the_image() -> None:
    assert checked("hadolint", "--format", "tty", str(DEPLOY / "Dockerfile")) == ""


@pytest.mark.parametrize("overlay", ["base", "production"])
def test_each_manifest_is_one_that_kubernetes_knows(overlay: str) -> None:
    manifests = rendered(overlay)

    assert len(manifests) > 15
    for manifest in manifests:
        kubernetes_validate.validate(manifest, "1.34", strict=True)


def test_no_process_may_do_more_than_it_needs() -> None:
    made = pods(rendered())
    compose = composed()["services"]
    ours = {name: one for name, one in compose.items() if one.get("image", "").startswith("privacy-service")}

    assert len(made) == 6
    for name, pod in made.items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert not pod["automountServiceAccountToken"], name
        for container in (*pod["containers"], *pod.get("initContainers", [])):
            assert container["securityContext"]["readOnlyRootFilesystem"], name
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name
    assert len(ours) == 6
    for name, service in ours.items():
        assert (service["read_only"], service["cap_drop"], service["user"]) == (True, ["ALL"], "10001:10001"), name


def test_systemd_has_no_complaint_about_the_units(tmp_path: Path) -> None:
    # It looks whether the program is there; here it lies elsewhere than on a server.
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/opt/privacy-service/venv/bin/python", sys.executable)
        (tmp_path / unit.name.replace("@.", "@8000.")).write_text(text)

    checked("systemd-analyze", "verify", "--recursive-errors=no", "--man=no", *map(str, sorted(tmp_path.iterdir())))


def test_promtool_has_no_complaint_and_each_alert_is_tried(tmp_path: Path) -> None:
    folder = DEPLOY / "prometheus"
    checked("promtool", "check", "config", str(folder / "prometheus.yaml"))
    # Debian's promtool was built without knowledge of Kubernetes: what finds the pods is not looked at.
    found = re.sub(
        r"kubernetes_sd_configs: .*", "static_configs: [{targets: [pod]}]", (folder / "kubernetes.yaml").read_text()
    )
    (tmp_path / "kubernetes.yaml").write_text(found.replace("[alerts.yaml]", f"[{folder / 'alerts.yaml'}]"))
    checked("promtool", "check", "config", str(tmp_path / "kubernetes.yaml"))
    files = [folder / "tests.yaml", folder / "tests-long.yaml"]
    checked("promtool", "test", "rules", *map(str, files))

    tests = [test for file in files for test in yaml.safe_load(file.read_text())["tests"]]
    tried = [one for test in tests for one in test["alert_rule_test"]]
    alerts = {rule["alert"] for rule in rules() if "alert" in rule}
    # Each alert is seen firing, and seen silent where it must not fire.
    assert {one["alertname"] for one in tried if one["exp_alerts"]} == alerts
    assert {one["alertname"] for one in tried if not one["exp_alerts"]} >= alerts - {"PrivacyErrorBudgetBurnsSlowly"}


def test_nginx_has_no_complaint_about_what_stands_in_front(tmp_path: Path) -> None:
    checked(str(DEPLOY / "secrets.sh"), str(tmp_path), "privacy.example.com")
    text = (DEPLOY / "front" / "nginx.conf").read_text()
    # Debian's nginx is older than looking names up anew, and here nobody has these names, nor the containers' paths.
    text = re.sub(r"(server )\w+(:\d+) resolve;", r"\g<1>127.0.0.1\2;", text)
    text = text.replace("/run/secrets/tls_certificate", str(tmp_path / "tls.crt"))
    text = text.replace("/run/secrets/tls_key", str(tmp_path / "tls.key")).replace(
        "/run/nginx.pid", str(tmp_path / "pid")
    )
    # A machine on which nginx was unpacked, not installed, has none of its own folders.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {tmp_path}/inner;" for kind in kinds)
    text = re.sub(r"^http \{", f"http {{ {folders}", text, flags=re.MULTILINE)
    (tmp_path / "nginx.conf").write_text(text)

    checked(nginx({})["PROXY_NGINX"], "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))


def test_secrets_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    checked(str(DEPLOY / "secrets.sh"), str(folder), "privacy.example.com")
    first = {path.name: path.read_text() for path in folder.iterdir()}
    checked(str(DEPLOY / "secrets.sh"), str(folder))

    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    assert folder.stat().st_mode & 0o077 == 0
    wanted = {Path(one["file"]).name for one in composed()["secrets"].values()}
    assert wanted <= set(first)
    assert len(first["secret_key"].strip()) >= 32
    assert first["database_password"].strip() in first["database_url"]
    assert shutil.which("openssl")
