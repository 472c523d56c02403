#!/usr/bin/env bash
# Run a command with the development settings, for each variable that is not set already.
# Usage: DATA_DIR=var with-dev-env.sh COMMAND [ARGUMENT ...]
set -euo pipefail
here=$(dirname "$0")

keep() { # keep NAME VALUE
    [ -n "${!1-}" ] || export "$1=$2"
}

while IFS='=' read -r name value; do
    keep "$name" "$value"
done < <(grep -v '^#' "$here/dev.env")
keep PRIVACY_DATA_DIR "$DATA_DIR"
keep DATABASE_URL "sqlite:///$DATA_DIR/db.sqlite3"
keep REDIS_URL embedded  # The Valkey of `make run`; a command that needs it starts it, or finds it running.
exec "$@"
