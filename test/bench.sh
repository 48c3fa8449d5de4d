#!/usr/bin/env bash
# The promises about speed, measured: ratios within one run, figures of one answer in
# processor time. Nothing here passes or fails; docs/scale.md says what was promised.
# Takes about ten minutes for the generated city: BENCH_SCALE=0.1 makes it smaller.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
go build -o "$dir/budget" ./test/budget
# Every figure stands under how slow the machine was then, with what else ran on it.
say() { printf '\n── %s\n   (this machine now: %s)\n' "$1" "$("$dir/budget" slowness)"; }

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
say 'totals that follow: 5,000 votes on 2,000 statements, votes with folds beside them (promised: 7,500 a second on a quiet machine)'
go test -run '^$' -bench VotesWithTotals -benchtime 20000x ./internal/consultations | grep -E '^Bench' || true
go test -run '^$' -bench Fold -benchtime 20x ./internal/consultations | grep ^Bench
say 'a large consultation, 1,000 statements, for whoever holds a cookie (promised: map and results at most 1 ms of CPU and 60 kB)'
go test -run '^$' -bench PagesOfOne -benchtime 200x ./internal/consultations | grep ^Bench
say 'the map of 5 million votes (promised: at most 2 s of CPU)'
BIRGE_BENCH_VOTES=$(awk "BEGIN{print int(5000000*${BENCH_SCALE:-1})}") go test -run '^$' -bench MapJob -benchtime 1x -timeout 30m ./internal/consultations | grep ^Bench
say 'ten thousand consultations against a hundred'
go test -run '^$' -bench ManyConsultations -benchtime 50x ./internal/consultations | grep ^Bench
say 'a picture of 12 megapixels, from the file to three sizes on disk (promised: 2 s)'
go test -run '^$' -bench Picture -benchtime 3x ./internal/files | grep ^Bench
say 'lists of a hundred times as much: obligations, removals, comments, what waits for moderators, meetings, competitions, recommendations of councils, appeals with the desk of their bodies, initiatives, events (promised: at most 1.5 times, on both engines)'
for part in answers moderation discussion meetings forming councils appeals initiatives events; do
	go test -run '^$' -bench 'Many(Obligations|Removals|Comments|Waiting|Meetings|Competitions|Recommendations|Appeals|Initiatives|Events)|ALongDesk' -benchtime 200x "./internal/$part" | grep ratio
done
say '64 clients that sign up for one thing (promised: 100 places a second)'
go test -run '^$' -bench SignUps -benchtime 1000x ./internal/booking | grep ^Bench
say 'secret votes: a thousand people a minute, 300 projects, on both engines (promised: 99 of 100 within a second)'
go test -run '^$' -bench ThousandAMinute -benchtime 500x ./internal/ballots | grep ^Bench
say 'as many ballots as come, 32 at once (promised: 1,000 a minute)'
go test -run '^$' -bench 'Cast$' -benchtime 1000x ./internal/ballots | grep ^Bench
say '200,000 ballots: the box opened, shuffled and published, then counted and explained in three languages (promised: together under 30 s)'
go test -run '^$' -bench Count200000 -benchtime 1x -timeout 20m ./internal/ballots | grep ^Bench
go test -run '^$' -bench Result200000 -benchtime 1x ./internal/budgeting | grep ^Bench
say 'a minute of 25 signatures a second, with letters, counts and readers (promised: pages at most 1.5 times of their time before)'
go test -run '^$' -bench AMinuteOfSignatures -benchtime 1x ./internal/initiatives | grep ^Bench

go build -o "$dir/bench" ./test/bench
# compare SMALL LARGE: the full city against one hundredth, once with a backlog of acts that wait for the sequencer.
compare() {
	"$dir/bench" generate "$1" -scale "$(awk "BEGIN{print ${BENCH_SCALE:-1}/100}")"
	"$dir/bench" generate "$2" -scale "${BENCH_SCALE:-1}"
	"$dir/bench" sequence "$1"
	say 'the large city has not sequenced its record, nor made its maps'
	"$dir/bench" pages "$1" "$2"
	"$dir/bench" sequence "$2"
	say 'both have'
	"$dir/bench" pages "$1" "$2"
}
say 'pages on SQLite'
compare "$dir/small.db" "$dir/large.db"
if [ -n "${BIRGE_TEST_POSTGRES:-}" ]; then
	say 'pages on PostgreSQL'
	for s in bench_small bench_large; do psql -q "$BIRGE_TEST_POSTGRES" -c "DROP SCHEMA IF EXISTS $s CASCADE" -c "CREATE SCHEMA $s"; done
	compare "$BIRGE_TEST_POSTGRES&search_path=bench_small" "$BIRGE_TEST_POSTGRES&search_path=bench_large"
	for s in bench_small bench_large; do psql -q "$BIRGE_TEST_POSTGRES" -c "DROP SCHEMA $s CASCADE"; done
fi
say 'an idle city: time to start, resident memory (promised: under a second, at most 60 MiB)'
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$dir/birge" ./cmd/birge
"$dir/bench" idle "$dir/birge"
say 'two hundred small cities in one process (promised: start under 5 s, at most 500 MiB, a kept page as fast as alone)'
"$dir/bench" cities "$dir/birge"
