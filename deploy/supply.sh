#!/usr/bin/env bash
# What the service is made of, from the lock file: `sbom` writes it down as CycloneDX, `audit` asks for known holes in it.
# The tools have an environment of their own: nothing that they need comes near what runs.
# Usage: supply.sh sbom|audit PYTHON [OUTPUT]
set -euo pipefail
task=$1 python=$2 output=${3:-build/sbom.cdx.json}
lock=deploy/locks/run.txt
venv=.venv-supply

say() { printf '%s\n' "$*" >&2; }

[ -x "$venv/bin/cyclonedx-py" ] && [ -x "$venv/bin/pip-audit" ] || {
    say "Installing cyclonedx-bom and pip-audit into $venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "cyclonedx-bom>=7,<8" "pip-audit>=2.9,<3"
}

case $task in
sbom)
    mkdir -p "$(dirname "$output")"
    "$venv/bin/cyclonedx-py" requirements --pyproject pyproject.toml --output-reproducible --sv 1.6 \
        -o "$output" "$lock"
    say "$output names $(grep -c '"purl"' "$output") packages, each with the hashes of the lock."
    ;;
audit)
    # Its exit status is 1 both for a hole and for data that it cannot reach, and 0 for packages that it skips.
    is_well=yes
    answer=$("$venv/bin/pip-audit" --require-hashes --disable-pip --progress-spinner off -r "$lock" 2>&1) || is_well=no
    skipped=$(grep -c 'could not be audited' <<<"$answer" || true)
    if [ "$is_well" = yes ] && [ "$skipped" = 0 ]; then
        say "No package of $lock has a hole that is known to the advisories of pypi.org."
    elif [ "$is_well" = yes ]; then
        say "$skipped packages of $lock were not audited: the advisories that can be reached from here do not know them."
        say "Run this where pypi.org itself answers. Of the others none has a known hole."
        exit 2
    elif grep -qE 'Connection|ServiceError|timed? ?out|resolve|HTTPError|JSONDecodeError' <<<"$answer"; then
        say "Nothing was audited: the advisories (at pypi.org) cannot be reached from here. Run this where they can."
        exit 2
    else
        say "$answer"
        exit 1
    fi
    ;;
*)
    say "Usage: supply.sh sbom|audit PYTHON [OUTPUT]"
    exit 64
    ;;
esac
