package moderation

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

var scanClaim = storage.Into(func(c *Claim) []any { return []any{storage.Ref(&c.Thing), &c.Account, storage.Instant(&c.Until)} })

// claimsNow are those that are still in force, by their things.
func claimsNow(tx *storage.Tx, now time.Time) (map[civic.Ref]Claim, error) {
	all, err := storage.All(tx, scanClaim, "SELECT thing, account, until FROM moderation_claim WHERE until > $1", storage.Millis(now))
	out := map[civic.Ref]Claim{}
	for _, c := range all {
		out[c.Thing] = c
	}
	return out, err
}

// claimOn is who has one thing now.
func claimOn(tx *storage.Tx, thing civic.Ref, now time.Time) (Claim, bool, error) {
	return storage.Found(storage.One(tx, scanClaim, "SELECT thing, account, until FROM moderation_claim WHERE thing = $1 AND until > $2", thing.String(), storage.Millis(now)))
}

func insertClaim(tx *storage.Tx, c Claim) error {
	_, err := tx.Exec("INSERT INTO moderation_claim (thing, account, until) VALUES ($1, $2, $3) ON CONFLICT (thing) DO UPDATE SET account = $2, until = $3",
		c.Thing.String(), c.Account, storage.Millis(c.Until))
	return err
}

func dropClaim(tx *storage.Tx, thing civic.Ref) error {
	_, err := tx.Exec("DELETE FROM moderation_claim WHERE thing = $1", thing.String())
	return err
}

func dropClaimsOf(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("DELETE FROM moderation_claim WHERE account = $1", account)
	return err
}

func dropPast(tx *storage.Tx, now time.Time) error {
	_, err := tx.Exec("DELETE FROM moderation_claim WHERE until <= $1", storage.Millis(now))
	return err
}

// claimsOf are an account's that are still in force then.
func claimsOf(tx *storage.Tx, account civic.ID, then time.Time) ([]Claim, error) {
	return storage.All(tx, scanClaim, "SELECT thing, account, until FROM moderation_claim WHERE account = $1 AND until > $2 ORDER BY until, thing", account, storage.Millis(then))
}

// rulesForOthers are the rules as another city may take them over: without who wrote them.
func rulesForOthers(tx *storage.Tx) ([]Rule, error) {
	return storage.All(tx, storage.Into(func(r *Rule) []any {
		return []any{&r.Name, &r.Version, &r.About, storage.JSON(&r.Title), storage.JSON(&r.Text), &r.InForce}
	}), "SELECT name, version, about, title, text, in_force FROM moderation_rule ORDER BY name, version")
}

// The rule book.

func rules(tx *storage.Tx) ([]Rule, error) {
	return storage.All(tx, storage.Into(func(r *Rule) []any {
		return []any{&r.Name, &r.Version, &r.About, &r.Title, &r.Text, &r.InForce, storage.Instant(&r.MadeAt), &r.madeBy}
	}), "SELECT name, version, about, title, text, in_force, made_at, made_by FROM moderation_rule ORDER BY name, version")
}

func insertRule(tx *storage.Tx, r Rule) (added bool, err error) {
	n, err := tx.Exec(`INSERT INTO moderation_rule (name, version, about, title, text, in_force, made_at, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`, r.Name, r.Version, r.About, r.Title, r.Text, r.InForce, storage.Millis(r.MadeAt), r.madeBy)
	return n > 0, err
}

// The log.

const decisionColumns = "d.no, d.at, d.thing, d.outcome, d.rule, d.decided_by"

var scanDecision = storage.Into(func(d *Decision) []any {
	return []any{&d.No, storage.Instant(&d.At), storage.Ref(&d.Thing), &d.Outcome, &d.Rule, &d.by}
})

// insertDecision numbers and keeps a decision; whoever decides holds the lock.
func insertDecision(tx *storage.Tx, d Decision, name, month string) error {
	_, err := tx.Exec(`INSERT INTO moderation_decision (no, at, thing, outcome, rule, name, month, decided_by)
		SELECT COALESCE(MAX(no), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM moderation_decision`,
		storage.Millis(d.At), d.Thing.String(), d.Outcome, d.Rule, name, month, d.by)
	return err
}

// lastDecision is what was decided last about a thing.
func lastDecision(tx *storage.Tx, thing civic.Ref) (Decision, bool, error) {
	return storage.Found(storage.One(tx, scanDecision, "SELECT "+decisionColumns+" FROM moderation_decision d WHERE d.thing = $1 ORDER BY d.no DESC LIMIT 1", thing.String()))
}

// lastDecisions are by the things about which they were the last.
func lastDecisions(tx *storage.Tx, things []civic.Ref) (map[civic.Ref]Decision, error) {
	in, args := storage.In(nil, inWords(things))
	all, err := storage.All(tx, scanDecision, "SELECT "+decisionColumns+" FROM moderation_decision d WHERE d.no IN (SELECT MAX(no) FROM moderation_decision WHERE thing IN "+in+" GROUP BY thing)", args...)
	out := map[civic.Ref]Decision{}
	for _, d := range all {
		out[d.Thing] = d
	}
	return out, err
}

// inWords are references as tables hold them.
func inWords(things []civic.Ref) []string {
	names := make([]string, len(things))
	for i, ref := range things {
		names[i] = ref.String()
	}
	return names
}

// listDecisions is a page of the log, the newest first.
func listDecisions(tx *storage.Tx, f Filter, limit int) ([]Decision, error) {
	where, args := storage.Before(nil, "d.no", f.Before)
	for _, only := range []struct{ column, value string }{{"name", f.Rule}, {"month", f.Month}, {"thing", f.thing()}} {
		if only.value != "" {
			args = append(args, only.value)
			where += fmt.Sprintf(" AND d.%s = $%d", only.column, len(args))
		}
	}
	return storage.All(tx, scanDecision, fmt.Sprintf("SELECT %s FROM moderation_decision d WHERE %s ORDER BY d.no DESC LIMIT %d", decisionColumns, where, limit), args...)
}

// count adds one to a number of a month and a rule; the column is a word of the program.
func count(tx *storage.Tx, month, name, column string) error {
	_, err := tx.Exec(fmt.Sprintf(`INSERT INTO moderation_tally (month, name, %s) VALUES ($1, $2, 1)
		ON CONFLICT (month, name) DO UPDATE SET %s = moderation_tally.%s + 1`, column, column, column), month, name)
	return err
}

// tallies are the totals of every month and rule, the newest month first.
func tallies(tx *storage.Tx) ([]Tally, error) {
	return storage.All(tx, storage.Into(func(t *Tally) []any {
		return []any{&t.Month, &t.Rule, &t.Removed, &t.Restored, &t.Contested, &t.Upheld}
	}), "SELECT month, name, removed, restored, contested, upheld FROM moderation_tally ORDER BY month DESC, name")
}

// Contests.

const contestColumns = "decision, thing, asked_at, words, account, path, due, first, state, answer, decided_at, decided_by"

func scanContest(r storage.Row) (Contest, error) {
	c, err := storage.Into(func(c *Contest) []any {
		return []any{&c.Decision, storage.Ref(&c.Thing), storage.Instant(&c.AskedAt), &c.Words, &c.account, &c.path, storage.Instant(&c.due), &c.first, &c.State, &c.Answer, storage.Instant(&c.DecidedAt), &c.decidedBy}
	})(r)
	if c.Waits() { // no act has said it yet
		c.Answer, c.DecidedAt = "", time.Time{}
	}
	return c, err
}

// insertContest is false when the decision was contested before.
func insertContest(tx *storage.Tx, c Contest) (added bool, err error) {
	n, err := tx.Exec(`INSERT INTO moderation_contest (decision, thing, asked_at, words, account, path, due, first, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT DO NOTHING`, c.Decision, c.Thing.String(), storage.Millis(c.AskedAt), c.Words, c.account, c.path, storage.Millis(c.due), c.first, c.State)
	return n > 0, err
}

// settleContest forgets the author's words: they were for whoever decides.
func settleContest(tx *storage.Tx, c Contest) error {
	_, err := tx.Exec("UPDATE moderation_contest SET state = $2, answer = $3, decided_at = $4, decided_by = $5, words = '' WHERE decision = $1",
		c.Decision, c.State, c.Answer, storage.Millis(c.DecidedAt), c.decidedBy)
	return err
}

// contestsAbout are the contests of things, of each the last.
func contestsAbout(tx *storage.Tx, things []civic.Ref) (map[civic.Ref]Contest, error) {
	in, args := storage.In(nil, inWords(things))
	all, err := storage.All(tx, scanContest, "SELECT "+contestColumns+" FROM moderation_contest WHERE thing IN "+in+" ORDER BY decision", args...)
	out := map[civic.Ref]Contest{}
	for _, c := range all {
		out[c.Thing] = c
	}
	return out, err
}

// contestsOfDecisions are by the numbers of the removals that they contest.
func contestsOfDecisions(tx *storage.Tx, nos []int64) (map[int64]Contest, error) {
	in, args := storage.In(nil, nos)
	all, err := storage.All(tx, scanContest, "SELECT "+contestColumns+" FROM moderation_contest WHERE decision IN "+in, args...)
	out := map[int64]Contest{}
	for _, c := range all {
		out[c.Decision] = c
	}
	return out, err
}

// firstDecided reports whether the account removed the thing and its author contested that, once.
func firstDecided(tx *storage.Tx, thing civic.Ref, account civic.ID) (bool, error) {
	n, err := storage.One(tx, storage.Scalar[int64], "SELECT COUNT(*) FROM moderation_contest WHERE thing = $1 AND first = $2", thing.String(), account)
	return n > 0, err
}

// waitingContests are those that an account may decide, behind a place, what is near its time first.
func waitingContests(tx *storage.Tx, account civic.ID, after storage.Place, limit int) ([]Contest, error) {
	behind, args := after.Behind([]any{account}, "due", "decision", false)
	return storage.All(tx, scanContest, fmt.Sprintf("SELECT %s FROM moderation_contest WHERE state = 'waiting' AND first <> $1 AND %s ORDER BY due, decision LIMIT %d",
		contestColumns, behind, limit), args...)
}

// What is kept about people.

func contestsBy(tx *storage.Tx, account civic.ID) ([]Contest, error) {
	return storage.All(tx, scanContest, "SELECT "+contestColumns+" FROM moderation_contest WHERE account = $1 AND account <> '' ORDER BY decision LIMIT 1000", account)
}

func forget(tx *storage.Tx, account civic.ID) error {
	if account == "" {
		return nil
	}
	return tx.ExecEach([]string{
		"DELETE FROM moderation_claim WHERE account = $1",
		"DELETE FROM moderation_told WHERE account = $1",
		"UPDATE moderation_contest SET account = '', words = '' WHERE account = $1",
		"UPDATE moderation_contest SET first = '' WHERE first = $1",
		"UPDATE moderation_contest SET decided_by = '' WHERE decided_by = $1",
		"UPDATE moderation_decision SET decided_by = '' WHERE decided_by = $1",
		"UPDATE moderation_rule SET made_by = '' WHERE made_by = $1",
	}, account)
}

// told is when an account was last told that something waits.
func told(tx *storage.Tx, account civic.ID) (time.Time, error) {
	ms, _, err := storage.Found(storage.One(tx, storage.Scalar[int64], "SELECT at FROM moderation_told WHERE account = $1", account))
	return storage.Time(ms), err
}

func setTold(tx *storage.Tx, account civic.ID) error {
	_, err := tx.Exec("INSERT INTO moderation_told (account, at) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET at = $2", account, storage.Millis(tx.Now()))
	return err
}
