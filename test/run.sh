#!/usr/bin/env bash
# `make test`: everything. On a fresh Debian machine it installs PostgreSQL, Chromium and, for
# axe-core, Node.js; as root or with sudo. Ends with a plain verdict.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()
step() { # name, command…
  local name=$1 start=$SECONDS; shift
  printf '\n── %s\n' "$name"
  if "$@"; then printf '   %s: passed (%d s)\n' "$name" $((SECONDS - start)); else
    printf '   %s: FAILED (%d s)\n' "$name" $((SECONDS - start)); failed+=("$name"); fi
}

install_missing() {
  local want=() root=()
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || want+=(postgresql)
  command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    want+=(chromium-headless-shell)
  fc-list 2>/dev/null | grep -qi dejavu || want+=(fonts-dejavu-core fontconfig)
  command -v npm >/dev/null || want+=(npm)
  if [ ${#want[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || root=(sudo -n)
    command -v apt-get >/dev/null || { echo "missing: ${want[*]} (no apt-get here: install them yourself)"; return 1; }
    "${root[@]}" apt-get update -qq >/dev/null 2>&1
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${want[@]}" >/dev/null 2>&1 ||
      { echo "missing: ${want[*]} (apt-get could not install them: run as root or with sudo)"; return 1; }
  fi
  (cd test/browser && { { [ -d node_modules/axe-core ] && [ -d node_modules/openapi-fetch ]; } || npm ci --silent --no-audit --no-fund >/dev/null 2>&1; }) ||
    { echo "missing: the packages of test/browser (npm ci there failed)"; return 1; }
}

# Vet has looked already, and nobody debugs these programs: without its tables they link in half the time.
run_tests() { # flag of budget or '', flags and packages of go test…
  local flag=$1; shift
  go test -json -exec "$scratch/budget run" -timeout 40m -vet=off -ldflags='-s -w' "$@" | "$scratch/budget" -again "$scratch/failed" $flag
}
# Under the race detector runs again what does two things at once: test/budget finds it, and leaves out SQLite where the
# test has run on PostgreSQL. SQLite is C that was translated: to watch its memory is most of the detector's work. Only its
# own package may go unwatched: libraries hold instances of generic types of the standard library (sync.Map), which the
# linker shares with everybody, and unwatched they look like races.
run_raced() { # group
  # shellcheck disable=SC2046 # the list is of words
  run_tests -race -race '-gcflags=modernc.org/...=-d=checkptr=0' '-gcflags=modernc.org/sqlite/lib=-race=false' $("$scratch/budget" "$1")
}

step 'tools' install_missing
if [ ${#failed[@]} = 0 ]; then
  scratch=$(mktemp -d)
  chmod 755 "$scratch" # PostgreSQL runs as a user of its own
  export BIRGE_TEST_POSTGRES_DIR=$scratch/pg
  if BIRGE_TEST_POSTGRES=$(test/postgres.sh start); then
    export BIRGE_TEST_POSTGRES BIRGE_TEST_BROWSER=1
    trap 'test/postgres.sh stop; rm -rf "$scratch"' EXIT
    step 'formatting, generated code, vet, staticcheck' test/check.sh
    go build -o "$scratch/budget" ./test/budget || failed+=('budget')
    step 'tests' run_tests '' ./...
    step 'both engines under the race detector' run_raced engines
    step 'what others stand on, or starts goroutines itself, under the race detector' run_raced whole
    step 'tests that do two things at once, under the race detector' run_raced together
    step 'memory' test/memory.sh
  else
    failed+=('PostgreSQL')
  fi
fi
echo
[ -z "${scratch:-}" ] || [ ! -s "$scratch/failed" ] || { echo 'What failed, once more:'; head -c 8000 "$scratch/failed"; echo; }
if [ ${#failed[@]} -gt 0 ]; then printf 'FAILED: %s\n' "$(IFS=,; echo "${failed[*]}")"; exit 1; fi
echo 'Everything passed.'
