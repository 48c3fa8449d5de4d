#!/usr/bin/env bash
# `make attack`: the built program under attack over the loopback network, on SQLite and on a
# PostgreSQL of its own. Prints the rows of the table in docs/security.md; fails when something
# does not hold. Nothing else should run on the machine meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."
ulimit -n 8192
scratch=$(mktemp -d); chmod 755 "$scratch" # PostgreSQL runs as a user of its own
export BIRGE_TEST_POSTGRES_DIR=$scratch/pg BIRGE_TEST_ATTACK=1
trap 'test/postgres.sh stop; rm -rf "$scratch"' EXIT
BIRGE_TEST_POSTGRES=$(test/postgres.sh start); export BIRGE_TEST_POSTGRES
printf '| Attack | Engine | What held |\n|---|---|---|\n'
go test -v -count=1 -timeout 40m ./test/attack "$@" | grep --line-buffered -av "^=== "
