#!/usr/bin/env bash
# Have an nginx with its njs module for tests and the demo: the machine's own, or Debian's unpacked into a folder, which
# touches nothing else and starts nothing. Usage: install.sh FOLDER
set -euo pipefail
folder=$1
module=usr/lib/nginx/modules/ngx_http_js_module.so

works() { # works ROOT
    [ -f "$1/$module" ] && "$1/usr/sbin/nginx" -v >/dev/null 2>&1
}
works "" && exit 0
works "$folder" && exit 0

say() { printf '%s\n' "$*" >&2; }
give_up() {
    say "nginx and its njs module are needed: on Debian or Ubuntu, apt-get install nginx libnginx-mod-http-js;"
    say "elsewhere, name them with PROXY_NGINX and PROXY_NJS_MODULE (docs/proxy.md)."
    exit 1
}
[ -n "${PROXY_NGINX-}" ] && [ -n "${PROXY_NJS_MODULE-}" ] && exit 0
command -v apt-get >/dev/null || give_up

say "Unpacking nginx and its njs module into $folder"
if ! apt-cache show libnginx-mod-http-js >/dev/null 2>&1; then
    [ "$(id -u)" = 0 ] || give_up
    apt-get update -qq
fi
packages=$(mktemp -d)
trap 'rm -rf "$packages"' EXIT
download() { (cd "$packages" && apt-get download -qq -o APT::Sandbox::User=root nginx libnginx-mod-http-js); }
download || { [ "$(id -u)" = 0 ] && apt-get update -qq && download; } || give_up
for package in "$packages"/*.deb; do
    dpkg-deb -x "$package" "$folder"
done
works "$folder" || give_up
