#!/usr/bin/env bash
# Have the programs that check alerts and units, for tests: the machine's own, or Debian's unpacked into a folder, which
# touches nothing else and starts nothing. Usage: tools.sh FOLDER
set -euo pipefail
folder=$1
bin=$folder/programs

say() { printf '%s\n' "$*" >&2; }
give_up() {
    say "promtool and systemd-analyze are needed: on Debian or Ubuntu, apt-get install prometheus systemd;"
    say "elsewhere put both, or scripts of these names that run them, into $bin."
    exit 1
}
has() { command -v "$1" >/dev/null || [ -x "$bin/$1" ]; }

packages=()
has promtool || packages+=(prometheus)
has systemd-analyze || packages+=(systemd libsystemd-shared)
[ ${#packages[@]} -gt 0 ] || exit 0
command -v apt-get >/dev/null || give_up

say "Unpacking ${packages[*]} into $folder"
download=$(mktemp -d)
trap 'rm -rf "$download"' EXIT
fetch() { (cd "$download" && apt-get download -qq -o APT::Sandbox::User=root "${packages[@]}"); }
fetch 2>/dev/null || { [ "$(id -u)" = 0 ] && apt-get update -qq && fetch; } || give_up
mkdir -p "$bin"
for package in "$download"/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
libraries=$({ find "$folder/usr/lib" -maxdepth 2 -name systemd -type d 2>/dev/null || true; } | paste -sd:)
for program in promtool systemd-analyze; do
    [ -x "$folder/usr/bin/$program" ] || continue
    # systemd's programs look for their own library beside them.
    printf '#!/bin/sh\nexport LD_LIBRARY_PATH=%q\nexec %q "$@"\n' \
        "$libraries" "$folder/usr/bin/$program" >"$bin/$program"
    chmod +x "$bin/$program"
done
has promtool && has systemd-analyze || give_up
