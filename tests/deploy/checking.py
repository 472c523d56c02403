"""The programs that check what is deployed, and what they look at."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = [
    "docker-compose",
    "--file",
    str(DEPLOY / "compose.yaml"),
    "--profile",
    "streams",
    "config",
    "--format",
    "json",
]


def checked(*command: str, **environment: str) -> str:
    """Run a program that `make install` has put there, and return what it prints; it must end well."""
    places = os.pathsep.join([str(Path(sys.executable).parent), str(Path(sys.prefix) / "tools" / "programs")])
    program = shutil.which(command[0], path=places) or shutil.which(command[0])
    assert program, f"{command[0]} is missing: `make install` brings it, or says what to do."
    finished = subprocess.run(
        [program, *command[1:]], cwd=ROOT, env=os.environ | environment, check=False, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def composed() -> dict[str, Any]:
    """Return the services of the compose file, as compose itself understands it."""
    services: dict[str, Any] = json.loads(checked(*COMPOSE, PRIVACY_ALLOWED_HOSTS="privacy.example.com"))
    return services


def rendered(overlay: str = "production") -> list[dict[str, Any]]:
    """Return the manifests, as kubectl would apply them."""
    return list(yaml.safe_load_all(checked("kubectl", "kustomize", str(DEPLOY / "kubernetes" / overlay))))


def pods(manifests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the specification of each kind of pod, by the name of what makes it."""
    made = [one for one in manifests if one["kind"] in {"StatefulSet", "Deployment", "Job"}]
    return {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in made}


def rules() -> list[dict[str, Any]]:
    """Return the alerts and recorded ratios."""
    groups = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]
