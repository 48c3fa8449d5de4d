#!/usr/bin/env bash
# `make memory`: every test that holds an import to its budget of memory, each in a process of its
# own. Without the race detector, whose memory is not the program's.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=$(git ls-files '*_test.go' | xargs grep -l 'memorytest\.Within' | xargs -n1 dirname | sort -u | sed 's|^|./|')
# shellcheck disable=SC2086 # the list is of words
BIRGE_TEST_MEMORY=1 go test -count=1 -timeout 20m -run Memory -v $packages | grep -E '^ *(---|ok|FAIL|panic)|MiB|held' | grep -v SKIP
