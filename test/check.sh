#!/usr/bin/env bash
# Formatting, generated code, vet, staticcheck. Says what is wrong and how to mend it.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=$(gofmt -l $(git ls-files '*.go'))
[ -z "$bad" ] || { printf 'Not formatted (make generate mends it):\n%s\n' "$bad"; exit 1; }
# Generated pages must be what their templates say, and no template may lack its page.
before=$(git ls-files -z '*_templ.go' | xargs -0 sha256sum)
go tool templ generate >/dev/null 2>&1
after=$(git ls-files -z '*_templ.go' | xargs -0 sha256sum)
[ "$before" = "$after" ] || { echo 'Stale generated code: commit what make generate writes'; exit 1; }
new=$(git ls-files --others --exclude-standard '*_templ.go')
[ -z "$new" ] || { printf 'Generated code that is not committed:\n%s\n' "$new"; exit 1; }
go mod tidy -diff >/dev/null || { echo 'go.mod is not tidy (go mod tidy mends it)'; exit 1; }
go vet ./...
go tool staticcheck ./...
echo 'check: formatting, generated code, vet and staticcheck are fine'
