#!/usr/bin/env bash
# `make modules`: names the modules that are built into the program, also through others, and are not at the newest patch of their minor version, where
# mends of vulnerabilities appear; without a database of these offline, that is what can be known.
# Skips where no module proxy answers. Not part of `make test`: a patch that somebody releases
# today must not stop a change that has nothing to do with it.
set -euo pipefail
cd "$(dirname "$0")/.."

# A patch that cannot be taken yet, and why: module, version, reason. It is named, and does not fail;
# a later one does. Delete the line when the reason has gone.
waits='
github.com/wneessen/go-mail v0.8.2 it needs Go 1.26.10, and CONTRIBUTING.md promises that any Go 1.26 builds the program
'

bad=0
while read -r path have; do
  case $have in *-*) echo "modules: $path has no versions, only commits: $have"; continue ;; esac
  newest=$(go list -m -versions "$path" 2>/dev/null | tr ' ' '\n' | grep -E "^${have%.*}\.[0-9]+$" | sort -V | tail -n 1) || true
  [ -n "$newest" ] || { echo "modules: no proxy tells the versions of $path; skipped"; continue; }
  [ "$newest" = "$have" ] && continue
  echo "modules: $path is at $have, its newest patch is $newest"
  if reason=$(grep -F "$path $newest " <<<"$waits"); then
    echo "         which waits: ${reason#"$path $newest "}"
  else
    bad=1
  fi
done < <(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}' ./cmd/birge | sort -u)
[ $bad = 1 ] || echo 'modules: every module is at the newest patch that can be taken'
exit $bad
