#!/usr/bin/env bash
# Starts a throw-away PostgreSQL for the tests and prints its address; `stop` ends it.
# It speaks over a socket in its own folder, so it meets no other server, and it does not
# wait for the disk: its data is worth nothing.
set -euo pipefail
dir=${BIRGE_TEST_POSTGRES_DIR:-${TMPDIR:-/tmp}/birge-test-postgres-$(id -u)}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
as=()
[ "$(id -u)" != 0 ] || as=(runuser -u postgres --)

case ${1:-start} in
start)
  [ -x "$bin/initdb" ] || { echo "PostgreSQL's server programs are missing: install the package postgresql" >&2; exit 1; }
  if ! [ -s "$dir/data/PG_VERSION" ]; then
    rm -rf "$dir"; mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    "${as[@]}" "$bin/initdb" -D "$dir/data" -A trust -U birge -E UTF8 --locale=C.UTF-8 >"$dir.log" 2>&1 || { cat "$dir.log" >&2; exit 1; }
  fi
  if ! "${as[@]}" "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
    "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" \
      -o "-c listen_addresses='' -c unix_socket_directories='$dir' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" \
      start >/dev/null || { cat "$dir/server.log" >&2; exit 1; }
  fi
  echo "postgres://birge@/postgres?host=$dir"
  ;;
stop)
  "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
  ;;
esac
