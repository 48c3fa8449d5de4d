package consultations

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/opinion/polis"
)

func stageImport(tx *storage.Tx, no int64, l importLayout) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO consultations_import (consultation, staged_at, layout) VALUES ($1, $2, $3)", no, storage.Millis(tx.Now()), string(b))
	return err
}

func signOfLife(tx *storage.Tx, no int64) error {
	_, err := tx.Exec("UPDATE consultations_import SET staged_at = $2 WHERE consultation = $1", no, storage.Millis(tx.Now()))
	return err
}

func importedLayout(tx *storage.Tx, no int64) (l importLayout, ok bool, err error) {
	text, ok, err := storage.Found(storage.One(tx, storage.Scalar[string], "SELECT layout FROM consultations_import WHERE consultation = $1", no))
	if err != nil || !ok {
		return l, ok, err
	}
	return l, ok, json.Unmarshal([]byte(text), &l)
}

func importParticipants(tx *storage.Tx, no int64, all []importParticipant) error {
	rows := make([][]any, len(all))
	for i, p := range all {
		rows[i] = []any{no, p.no, p.voted, p.position, p.group, p.extra}
	}
	return tx.Insert("consultations_participant (consultation, no, voted, position, opinion_group, extra)", rows)
}

func importStatements(tx *storage.Tx, no int64, all []importStatement) error {
	rows := make([][]any, len(all))
	for i, s := range all {
		rows[i] = []any{no, s.No, s.author, false, s.Text, lexis.Analyse(s.Text), s.Lang, s.Translations, s.State, s.Rule, storage.Millis(s.CreatedAt),
			storage.Millis(s.DecidedAt), s.Count.Agree, s.Count.Disagree, s.Count.Pass, s.Count.Total(), ppm(s.Count.Agreement()),
			ppm(s.Count.Dispute()), s.position, s.source.String()}
	}
	return tx.Insert(`consultations_statement (consultation, no, author, official, text, terms, lang, translations, state, rule, created_at, decided_at,
		agree, disagree, pass, votes, agreement_ppm, dispute_ppm, position, source)`, rows)
}

func importVotes(tx *storage.Tx, table string, no int64, all []importVote) error {
	rows := make([][]any, len(all))
	for i, v := range all {
		source := any(nil)
		if v.source != "" {
			source = v.source
		}
		rows[i] = []any{no, v.participant, v.statement, v.choice, v.zone, v.at, v.seq, source}
	}
	return tx.Insert(table+" (consultation, participant, statement, choice, zone, at, seq, source)", rows)
}

func deadImports(tx *storage.Tx, before time.Time) ([]Consultation, error) {
	return storage.All(tx, scanConsultation, "SELECT "+consultationColumns+` FROM consultations_consultation c LEFT JOIN consultations_import i ON i.consultation = c.no
		WHERE c.phase = 'importing' AND COALESCE(i.staged_at, 0) < $1`, storage.Millis(before))
}

// importTables are what an import fills, with the key that tells its rows apart.
var importTables = []struct{ name, key string }{
	{"consultations_vote", "participant, statement"},
	{"consultations_vote_former", "seq"},
	{"consultations_participant", "no"},
	{"consultations_day", "day"},
}

// dropStatements deletes at most a chunk of statements, and tells which.
func dropStatements(tx *storage.Tx, no int64) ([]int64, error) {
	nos, err := storage.All(tx, storage.Scalar[int64], fmt.Sprintf("SELECT no FROM consultations_statement WHERE consultation = $1 ORDER BY no LIMIT %d", chunk), no)
	if err != nil || len(nos) == 0 {
		return nil, err
	}
	_, err = tx.Exec("DELETE FROM consultations_statement WHERE consultation = $1 AND no <= $2", no, nos[len(nos)-1])
	return nos, err
}

// dropSome deletes at most limit rows of a consultation and tells whether there may be more.
func dropSome(tx *storage.Tx, table struct{ name, key string }, no int64, limit int) (bool, error) {
	n, err := tx.Exec(fmt.Sprintf("DELETE FROM %[1]s WHERE consultation = $1 AND (%[2]s) IN (SELECT %[2]s FROM %[1]s WHERE consultation = $1 LIMIT %[3]d)",
		table.name, table.key, limit), no)
	return n == int64(limit), err
}

func dropConsultation(tx *storage.Tx, no int64) error {
	return tx.ExecEach([]string{
		"DELETE FROM consultations_import WHERE consultation = $1",
		"DELETE FROM consultations_consultation WHERE no = $1 AND phase = 'importing'",
	}, no)
}

// The way back.

const day = 24 * time.Hour

// timeOf is a row's time as the format writes it.
func timeOf(milli int64, zone int, words string, l importLayout, imported bool) polis.Time {
	if !imported {
		return polis.Time{Milli: milli - milli%day.Milliseconds(), Zone: polis.UTC}
	}
	t := polis.Time{Milli: milli, Words: words}
	if zone > 0 && zone <= len(l.Zones) {
		t.Zone = l.Zones[zone-1]
	}
	return t
}

func readStatements(tx *storage.Tx, c Consultation, l importLayout, imported bool, x *outgoing) error {
	type row struct {
		Statement
		source string
	}
	for r, err := range storage.Each(tx, storage.Into(func(r *row) []any { return append(r.places(), &r.source) }),
		"SELECT "+statementColumns+", s.source FROM consultations_statement s WHERE s.consultation = $1 ORDER BY s.position, s.no", c.no) {
		if err != nil {
			return err
		}
		src, err := parseSource(r.source)
		if err != nil {
			return err
		}
		st := polis.Statement{Time: timeOf(storage.Millis(r.CreatedAt), src.Zone, src.Words, l, imported), ID: r.No, Author: r.author, Body: r.Text, Extra: src.Extra}
		if !imported {
			st.Extra = []string{strconv.FormatBool(r.Official)}
		}
		switch {
		case r.State == Removed:
			st.Moderated = polis.Out
		case r.State == Shown && !r.DecidedAt.IsZero():
			st.Moderated = polis.In
		}
		x.Statements = append(x.Statements, st)
		if len(r.Translations) > 0 {
			x.words = append(x.words, r.Statement)
		}
	}
	return nil
}

func readParticipants(tx *storage.Tx, c Consultation, x *polis.Export) error {
	type row struct {
		no           int64
		group, extra string
	}
	for r, err := range storage.Each(tx, storage.Into(func(p *row) []any { return []any{&p.no, &p.group, &p.extra} }),
		"SELECT no, opinion_group, extra FROM consultations_participant WHERE consultation = $1 ORDER BY position, no", c.no) {
		if err != nil {
			return err
		}
		src, err := parseSource(r.extra)
		if err != nil {
			return err
		}
		x.Participants = append(x.Participants, polis.Participant{ID: r.no, Group: r.group, Extra: src.Extra})
	}
	return nil
}

func readVotes(tx *storage.Tx, c Consultation, l importLayout, imported bool, x *polis.Export, progress ProgressFunc) error {
	order := "participant, seq"
	if imported {
		order = "seq"
	}
	total := int(c.Totals.Votes)
	type row struct {
		importVote
		source string
	}
	for r, err := range storage.Each(tx, storage.Into(func(v *row) []any {
		return []any{&v.participant, &v.statement, &v.choice, &v.zone, &v.at, &v.seq, storage.Optional(&v.source)}
	}), `SELECT participant, statement, choice, zone, at, seq, source FROM consultations_vote WHERE consultation = $1
		UNION ALL SELECT participant, statement, choice, zone, at, seq, source FROM consultations_vote_former WHERE consultation = $1 ORDER BY `+order, c.no) {
		if err != nil {
			return err
		}
		src, err := parseSource(r.source)
		if err != nil {
			return err
		}
		x.Votes.Add(polis.Vote{Time: timeOf(r.at, r.zone, src.Words, l, imported), Statement: r.statement, Voter: r.participant, Value: int8(r.choice), Extra: src.Extra})
		if n := x.Votes.Len(); n%chunk == 0 {
			progress(int64(n), int64(max(total, n)))
		}
	}
	return nil
}
