#!/usr/bin/env bash
# Make the secrets of deploy/compose.yaml, once: random ones, and a certificate of its own for trying it out.
# Usage: secrets.sh [FOLDER] [HOST]. What is there already stays as it is.
set -euo pipefail
folder=${1:-$(dirname "$0")/secrets}
host=${2:-localhost}
umask 077
mkdir -p "$folder"
cd "$folder"

keep() { # keep NAME: from standard input, unless it is there
    if [ -e "$1" ]; then cat >/dev/null; else cat >"$1"; fi
}
random() { openssl rand -hex 24; }

random | keep database_password
random | keep redis_password
openssl rand -base64 48 | keep secret_key
openssl rand -base64 48 | keep token_key
random | keep grafana_password
echo "postgresql://privacy:$(cat database_password)@database/privacy" | keep database_url
echo "redis://:$(cat redis_password)@redis:6379/0" | keep redis_url
echo "requirepass $(cat redis_password)" | keep redis.conf
[ -e tls.key ] || openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$host" -addext "subjectAltName=DNS:$host" \
    -keyout tls.key -out tls.crt 2>/dev/null
# The processes of the containers are other users than whoever made these files; the folder keeps everybody else out.
chmod 0644 ./*
chmod 0700 .
echo "Secrets are in $folder. Keep token_key for good: what is masked with it can be compared and opened with it alone."
