#!/usr/bin/env bash
# Runs every fuzz test for a while each.
set -euo pipefail
cd "$(dirname "$0")/.."
for pkg in $(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do
  for f in $(grep -h '^func Fuzz' "$pkg"/*_test.go | sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/'); do
    echo "── $pkg $f"; go test "$pkg" -run '^$' -fuzz "^$f\$" -fuzztime "${1:-10s}"
  done
done
