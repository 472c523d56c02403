#!/usr/bin/env bash
# Pin every dependency, with hashes and for every Python and platform at once. Run from the repository root; needs uv.
set -euo pipefail

compile() { # compile OUTPUT MINIMUM_PYTHON DJANGO [OPTION ...]
    local output=deploy/locks/$1 python=$2 django=$3
    shift 3
    uv pip compile pyproject.toml --quiet --universal --python-version "$python" --generate-hashes --no-emit-index-url \
        --no-header --no-annotate --upgrade --constraint <(echo "$django") --extra embedded "$@" --output-file "$output"
}

compile run.txt 3.11 'django<5.3'
compile dev.txt 3.11 'django<5.3' --group dev
compile dev-newest-django.txt 3.12 'django>=6' --group dev
