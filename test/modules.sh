#!/usr/bin/env bash
# Names the modules of the program that are not at the newest patch of their minor version, where
# mends of vulnerabilities appear; without a database of these offline, that is what can be known.
# Skips where no module proxy answers. Not part of `make test`: a patch that somebody releases
# today must not stop a change that has nothing to do with it.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
while read -r path have; do
  newest=$(go list -m -versions "$path" 2>/dev/null | tr ' ' '\n' | grep -E "^${have%.*}\.[0-9]+$" | sort -V | tail -n 1) || true
  [ -n "$newest" ] || { echo "modules: no proxy tells the versions of $path; skipped"; continue; }
  [ "$newest" = "$have" ] || { echo "modules: $path is at $have, its newest patch is $newest"; bad=1; }
done < <(go list -m -f '{{if and (not .Main) (not .Indirect)}}{{.Path}} {{.Version}}{{end}}' all | grep .)
[ $bad = 1 ] || echo 'modules: every module is at its newest patch'
exit $bad
