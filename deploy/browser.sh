#!/usr/bin/env bash
# Have a Chromium that tests can drive: the machine's own, else Debian's, else the one that Playwright publishes.
# Usage: browser.sh PYTHON
set -euo pipefail
python=$1

say() { printf '%s\n' "$*" >&2; }
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
[ -n "${PRIVACY_TEST_BROWSER-}" ] && [ -x "$PRIVACY_TEST_BROWSER" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Installing Chromium with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq chromium >/dev/null 2>&1 && exit 0
    apt-get update -qq && apt-get install -y -qq chromium >/dev/null && command -v chromium >/dev/null && exit 0
fi
"$python" -m playwright install chromium >&2 && exit 0
say "A Chromium is needed: on Debian, apt-get install chromium; elsewhere name one with PRIVACY_TEST_BROWSER=/path/to/chrome."
exit 1
