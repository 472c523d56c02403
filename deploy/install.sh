#!/usr/bin/env bash
# Install one lock file, hashes checked, into a virtual environment: with uv where it is present, else with venv and pip.
# Usage: install.sh VENV PYTHON LOCK
set -euo pipefail
venv=$1 python=$2 lock=$3

say() { printf '%s\n' "$*" >&2; }

"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || {
    say "$("$python" --version) found, but Python 3.11, 3.12 or 3.13 is needed: name one with make PYTHON=/path/to/python3.12"
    exit 1
}

say "Installing $lock into $venv"
if command -v uv >/dev/null; then
    # uv would otherwise pick whichever Python it likes best.
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$(command -v "$python")" "$venv"
    uv pip install --quiet --python "$venv/bin/python" --require-hashes -r "$lock"
else
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
fi
