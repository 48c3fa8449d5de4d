#!/usr/bin/env bash
# The promises about speed, measured: ratios within one run, figures of one answer in
# processor time. Nothing here passes or fails; docs/scale.md says what was promised.
# Takes about ten minutes for the generated city: BENCH_SCALE=0.1 makes it smaller.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
say() { printf '\n── %s\n' "$1"; }

say 'a cached page against a bare handler with the same bytes (promised: at least 0.6 of its rate)'
go test -run '^$' -bench CachedPage -benchtime 2s -count 3 ./internal/platform/web | grep ^Bench
say 'durable votes: 64 clients against one commit for each (promised: at least 5 times)'
go test -run '^$' -bench DurableVotes -benchtime 6000x ./internal/consultations | grep -E '^Bench|times'
say 'import of 50,000 organisations (promised: under 30 s and 300 MiB)'
go test -run '^$' -bench Import50k -benchtime 1x ./internal/organisations | grep ^Bench
say 'opinion map: vTaiwan, and an increment of 1,000 votes on 5 million (promised: 50 ms; a fifth)'
go test -run '^$' -bench 'Conversation/vt|Increment' -cpu 1 ./opinion | grep -E '^Bench' || true
say 'tally of real elections'
go test -run '^$' -bench . -benchtime 1x ./tally 2>/dev/null | grep -E '^Bench|slowest:' || true
say 'list pages: the full city against one hundredth (promised: at most 1.5 times; 0.6 ms of CPU signed in)'
go build -o "$dir/bench" ./test/bench
"$dir/bench" generate "$dir/small.db" -scale "$(awk "BEGIN{print ${BENCH_SCALE:-1}/100}")"
"$dir/bench" generate "$dir/large.db" -scale "${BENCH_SCALE:-1}"
"$dir/bench" pages "$dir/small.db" "$dir/large.db"
say 'an idle city: time to start, resident memory (promised: under a second, at most 60 MiB)'
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$dir/birge" ./cmd/birge
"$dir/bench" idle "$dir/birge"
