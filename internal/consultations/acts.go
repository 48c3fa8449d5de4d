package consultations

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Recorder keeps the city's public acts. internal/record provides it.
type Recorder interface {
	// Record writes an act in the transaction of the change.
	Record(tx *storage.Tx, e record.Entry) error
	// Commit makes what stands for a person's words in an act.
	Commit(tx *storage.Tx, text string) (proof.Commitment, error)
	// EraseSubject makes it impossible for ever to tell which words that was.
	EraseSubject(tx *storage.Tx, subject civic.Ref) error
	// Neighbours is what a thing follows from and what it led to.
	Neighbours(ctx context.Context, tx *storage.Tx, ref civic.Ref) (record.Neighbours, error)
}

// The acts of consultations in the public record. A statement's text and a moderator's
// reason stand there only as commitments, numbers of participants not at all; votes appear
// as closing totals.
const (
	actPublished = "consultation.published"
	actOpened    = "consultation.opened"
	actWithdrawn = "consultation.withdrawn"
	actExtended  = "consultation.extended"
	actImported  = "consultation.imported"
	actClosed    = "results.closed"
	actAnswered  = "answer.published"

	actStatementPublished = "statement.published"
	actStatementRemoved   = "statement.removed"
	actStatementRestored  = "statement.restored"

	actLeftOut      = "exclusion.left_out" // votes out of the opinion map
	actCountedAgain = "exclusion.counted_again"
)

// Kinds are the acts as the record must know them.
func (s *Service) Kinds() []record.Kind {
	shown := func(name, message string, now record.Current) record.Kind {
		return record.Kind{Name: name, Message: message, Page: proof.Shown, Current: now}
	}
	restored := shown(actStatementRestored, "consultations.record_statement_restored", s.statementsNow)
	restored.Moderation = record.Restoration
	return []record.Kind{
		shown(actPublished, "consultations.record_published", s.publishedNow),
		{Name: actOpened, Message: "consultations.record_opened"},
		{Name: actWithdrawn, Message: "consultations.record_withdrawn", Page: proof.Withdrawn},
		{Name: actExtended, Message: "consultations.record_extended"},
		shown(actImported, "consultations.record_imported", s.publishedNow),
		shown(actClosed, "consultations.record_closed", s.resultsNow),
		shown(actAnswered, "consultations.record_answered", s.answersNow),
		shown(actStatementPublished, "consultations.record_statement_published", s.statementsNow),
		{Name: actStatementRemoved, Message: "consultations.record_statement_removed", Page: proof.Withdrawn, Moderation: record.Removal, Current: s.removalsNow},
		restored,
		{Name: actLeftOut, Message: "consultations.audit_leave_out", Moderation: record.Removal},
		{Name: actCountedAgain, Message: "consultations.audit_count_again", Moderation: record.Restoration},
	}
}

func resultsRef(c Consultation) civic.Ref { return civic.Ref{Kind: "results", ID: c.ID} }
func answerRef(c Consultation) civic.Ref  { return civic.Ref{Kind: "answer", ID: c.ID} }

// statementRef is a statement outside its consultation: "<consultation>.<number>".
func statementRef(c Consultation, no int64) civic.Ref {
	return civic.Ref{Kind: "statement", ID: c.ID + civic.ID("."+strconv.FormatInt(no, 10))}
}

// exclusionRef is a set of votes that a moderator left out of the opinion map.
func exclusionRef(c Consultation, no int64) civic.Ref {
	return civic.Ref{Kind: "exclusion", ID: statementRef(c, no).ID}
}

func parseStatementID(id civic.ID) (consultation civic.ID, no int64, ok bool) {
	of, n, found := strings.Cut(string(id), ".")
	no, err := strconv.ParseInt(n, 10, 64)
	return civic.ID(of), no, found && err == nil
}

// facts is what an act says: a payload, and the texts behind its commitments.
type facts struct {
	payload map[string]any
	texts   map[string]string
}

// record writes an act; every text becomes a commitment.
func (s *Service) record(tx *storage.Tx, kind string, about civic.Ref, role civic.Role, f facts, from ...civic.Ref) error {
	if s.deps.Record == nil {
		return nil
	}
	if f.payload == nil {
		f.payload = map[string]any{}
	}
	for member, text := range f.texts {
		c, err := s.deps.Record.Commit(tx, text)
		if err != nil {
			return err
		}
		f.payload[member] = c
	}
	return s.deps.Record.Record(tx, record.Entry{Kind: kind, Subject: about, FollowsFrom: from, Actor: role, Payload: f.payload})
}

// instant writes a time as the record does.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func digests(t civic.Text) map[string]string {
	out := map[string]string{}
	for lang, text := range t {
		out[string(lang)] = proof.Digest(text)
	}
	return out
}

// most of an entry's bytes that a list may take; one that is longer is recorded as its digest.
const maxListed = 48_000

func listed(list any) (any, error) {
	b, err := proof.Canonical(list)
	if err != nil || len(b) <= maxListed {
		return list, err
	}
	return proof.Digest(string(b)), nil
}

// announced is the end that a consultation had when it was published: before extensions and an
// early closing.
func announced(c Consultation, all []Change) time.Time {
	end := c.ClosesAt
	for _, ch := range slices.Backward(all) {
		if storage.Millis(ch.Becomes) != storage.Millis(end) {
			break
		}
		end = ch.Was
	}
	return end
}

// publishedFacts is what a consultation says of itself for as long as it is public; of one
// that was imported its totals too.
func publishedFacts(tx *storage.Tx, c Consultation) (f facts, err error) {
	t, err := findTexts(tx, c)
	if err != nil {
		return f, err
	}
	all, err := changes(tx, c)
	if err != nil {
		return f, err
	}
	f.payload = map[string]any{"question": c.Question, "context": digests(t.context), "decision": c.Decision, "host": c.Host, "body": c.Body,
		"audience": c.Audience, "moderation": c.Moderation, "answer_days": c.AnswerDays,
		"opens_at": instant(c.OpensAt), "closes_at": instant(announced(c, all))}
	_, imported, err := importedLayout(tx, c.no)
	if err != nil || !imported {
		return f, err
	}
	f.payload["source"] = c.Source
	return f, addTotals(tx, c, f.payload)
}

// addTotals puts the final totals into a payload: of every statement on which anybody voted
// its number and how many agreed, disagreed and passed.
func addTotals(tx *storage.Tx, c Consultation, payload map[string]any) error {
	var counts [][4]int64
	for st, err := range statements(tx, c) {
		if err != nil {
			return err
		}
		if st.Count.Total() > 0 {
			counts = append(counts, [4]int64{st.No, st.Count.Agree, st.Count.Disagree, st.Count.Pass})
		}
	}
	list, err := listed(counts)
	payload["participants"], payload["votes"], payload["counts"] = c.Totals.Participants, c.Totals.Votes, list
	return err
}

func resultsFacts(tx *storage.Tx, c Consultation) (f facts, err error) {
	f.payload = map[string]any{"closed_at": instant(c.ClosedAt)}
	return f, addTotals(tx, c, f.payload)
}

func statementFacts(st Statement) facts {
	return facts{map[string]any{"official": st.Official, "lang": st.Lang}, map[string]string{"text": st.Text}}
}

func removalFacts(st Statement) facts {
	return facts{map[string]any{"rule": "consultations.rule_" + string(st.Rule)}, map[string]string{"reason": st.Reason}}
}

// answerFacts is the answer with what it says to each statement. The reasons are public and
// long, so their digests stand in the record.
func answerFacts(a Answer) (f facts, err error) {
	verdicts := []map[string]any{}
	for _, i := range a.Items {
		verdicts = append(verdicts, map[string]any{"statement": i.Statement.No, "verdict": i.Verdict, "reason": digests(i.Reason)})
	}
	slices.SortFunc(verdicts, func(x, y map[string]any) int { return int(x["statement"].(int64) - y["statement"].(int64)) })
	list, err := listed(verdicts)
	return facts{map[string]any{"text": digests(a.Text), "verdicts": list}, map[string]string{"person": a.Person}}, err
}

// recordOpening records that a consultation is open, and its first statements.
func (s *Service) recordOpening(tx *storage.Tx, c Consultation) error {
	if s.deps.Record == nil {
		return nil
	}
	if err := s.record(tx, actOpened, ref(c), "", facts{}); err != nil {
		return err
	}
	all, err := officialStatements(tx, c)
	for _, st := range all {
		err := s.record(tx, actStatementPublished, statementRef(c, st.No), civic.Officer, statementFacts(st))
		if err != nil {
			return err
		}
	}
	return err
}

func (s *Service) recordPublished(tx *storage.Tx, kind string, c Consultation, role civic.Role) error {
	if s.deps.Record == nil {
		return nil
	}
	f, err := publishedFacts(tx, c)
	if err != nil {
		return err
	}
	return s.record(tx, kind, ref(c), role, f)
}

// recordClosing records the totals with which the voting ended.
func (s *Service) recordClosing(tx *storage.Tx, c Consultation, role civic.Role) error {
	if s.deps.Record == nil {
		return nil
	}
	f, err := resultsFacts(tx, c)
	if err != nil {
		return err
	}
	return s.record(tx, actClosed, resultsRef(c), role, f, ref(c))
}

// maxNamed bounds how many statements an answer's chain leads to; the payload names all.
const maxNamed = 50

func (s *Service) recordAnswer(tx *storage.Tx, c Consultation, role civic.Role) error {
	if s.deps.Record == nil {
		return nil
	}
	a, _, err := answer(tx, c)
	if err != nil {
		return err
	}
	f, err := answerFacts(a)
	if err != nil {
		return err
	}
	from := []civic.Ref{resultsRef(c)}
	if _, imported, err := importedLayout(tx, c.no); err != nil {
		return err
	} else if imported {
		from[0] = ref(c)
	}
	for _, i := range a.Items[:min(len(a.Items), maxNamed)] {
		from = append(from, statementRef(c, i.Statement.No))
	}
	return s.record(tx, actAnswered, answerRef(c), role, f, from...)
}

// recordDecision records what a moderator's decision changed for the public; nothing when it
// changed nothing.
func (s *Service) recordDecision(tx *storage.Tx, c Consultation, was, st Statement, role civic.Role) error {
	about := statementRef(c, st.No)
	switch {
	case st.State == Removed && (was.State != Removed || was.Rule != st.Rule || was.Reason != st.Reason):
		return s.record(tx, actStatementRemoved, about, role, removalFacts(st))
	case st.State == Shown && was.State == Removed:
		return s.record(tx, actStatementRestored, about, role, statementFacts(st))
	case st.State == Shown && was.State == Waiting:
		return s.record(tx, actStatementPublished, about, role, statementFacts(st))
	}
	return nil
}

// eraseTexts makes the record forget the words of an account's statements.
func (s *Service) eraseTexts(tx *storage.Tx, account civic.ID) error {
	if s.deps.Record == nil || account == "" {
		return nil
	}
	refs, err := statementsBy(tx, account)
	for _, r := range refs {
		if err := s.deps.Record.EraseSubject(tx, r); err != nil {
			return err
		}
	}
	return err
}

// What pages show now, for whoever holds them against the record.

// eachPublic gives the facts of consultations that everybody may see.
func eachPublic(tx *storage.Tx, ids []civic.ID, of func(Consultation) (facts, bool, error)) (map[civic.ID]record.PageData, error) {
	cs, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]record.PageData{}
	for _, c := range onlyVisible(cs) {
		f, there, err := of(c)
		if err != nil {
			return nil, err
		}
		if there {
			out[c.ID] = record.PageData{Payload: f.payload, Texts: f.texts}
		}
	}
	return out, nil
}

func (s *Service) publishedNow(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]record.PageData, error) {
	return eachPublic(tx, ids, func(c Consultation) (facts, bool, error) {
		f, err := publishedFacts(tx, c)
		return f, true, err
	})
}

func (s *Service) resultsNow(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]record.PageData, error) {
	return eachPublic(tx, ids, func(c Consultation) (facts, bool, error) {
		f, err := resultsFacts(tx, c)
		return f, c.Phase == Closed || c.Phase == Answered, err
	})
}

func (s *Service) answersNow(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]record.PageData, error) {
	return eachPublic(tx, ids, func(c Consultation) (facts, bool, error) {
		a, ok, err := answer(tx, c)
		if err != nil || !ok || a.PublishedAt.IsZero() {
			return facts{}, false, err
		}
		f, err := answerFacts(a)
		return f, true, err
	})
}

func (s *Service) statementsNow(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]record.PageData, error) {
	return eachStatement(tx, ids, Shown, statementFacts)
}

func (s *Service) removalsNow(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]record.PageData, error) {
	return eachStatement(tx, ids, Removed, removalFacts)
}

func eachStatement(tx *storage.Tx, ids []civic.ID, state State, of func(Statement) facts) (map[civic.ID]record.PageData, error) {
	out := map[civic.ID]record.PageData{}
	err := publicStatementsOf(tx, ids, func(id civic.ID, _ Consultation, st Statement) {
		if st.State == state {
			f := of(st)
			out[id] = record.PageData{Payload: f.payload, Texts: f.texts}
		}
	})
	return out, err
}

// publicStatementsOf visits those of the statements that everybody may see, as they may be seen.
func publicStatementsOf(tx *storage.Tx, ids []civic.ID, visit func(civic.ID, Consultation, Statement)) error {
	var of []civic.ID
	for _, id := range ids {
		if c, _, ok := parseStatementID(id); ok && !slices.Contains(of, c) {
			of = append(of, c)
		}
	}
	cs, err := byIDs(tx, of)
	if err != nil {
		return err
	}
	known := map[civic.ID]Consultation{}
	for _, c := range onlyVisible(cs) {
		if c.Phase != Planned {
			known[c.ID] = c
		}
	}
	for _, id := range ids {
		of, no, _ := parseStatementID(id)
		c, ok := known[of]
		if !ok {
			continue
		}
		st, ok, err := storage.Found(statement(tx, c, no))
		if err != nil {
			return err
		}
		if st, public := st.Public(); ok && public {
			visit(id, c, st)
		}
	}
	return nil
}

// Titles of what the record names besides consultations.

func (s *Service) say(key string, args ...any) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		if s.deps.Say != nil {
			out[lang] = s.deps.Say(lang, key, args...)
		}
	}
	return out
}

// titled names something of a consultation by the message with its question.
func (s *Service) titled(key string, q civic.Text) civic.Text {
	out := civic.Text{}
	for _, lang := range civic.Languages() {
		text, _ := q.In(lang)
		if s.deps.Say != nil {
			text = s.deps.Say(lang, key, "Question", text)
		}
		out[lang] = text
	}
	return out
}

func (s *Service) resolveResults(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	cs, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range onlyVisible(cs) {
		if c.Phase == Closed || c.Phase == Answered {
			out[c.ID] = part.Resolved{Title: s.titled("consultations.record_results_of", c.Question), Path: Path(c.ID) + "/results"}
		}
	}
	return out, err
}

func (s *Service) resolveAnswers(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	cs, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, c := range onlyVisible(cs) {
		if c.Phase == Answered {
			out[c.ID] = part.Resolved{Title: s.titled("consultations.record_answer_to", c.Question), Path: Path(c.ID)}
		}
	}
	return out, err
}

func (s *Service) resolveExclusions(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	of := map[civic.ID][]civic.ID{}
	var all []civic.ID
	for _, id := range ids {
		if c, _, ok := parseStatementID(id); ok {
			of[c], all = append(of[c], id), append(all, c)
		}
	}
	cs, err := byIDs(tx, all)
	out := map[civic.ID]part.Resolved{}
	for _, c := range onlyVisible(cs) {
		for _, id := range of[c.ID] {
			out[id] = part.Resolved{Title: c.Question, Path: MapPath(c.ID)}
		}
	}
	return out, err
}

func (s *Service) resolveStatements(_ context.Context, tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	out := map[civic.ID]part.Resolved{}
	err := publicStatementsOf(tx, ids, func(id civic.ID, c Consultation, st Statement) {
		title := s.say("consultations.record_statement_removed_no", "No", st.No)
		if st.State == Shown {
			title = civic.Text{}
			for _, lang := range civic.Languages() {
				title[lang] = "«" + st.Text + "»"
			}
		}
		out[id] = part.Resolved{Title: title, Path: Path(c.ID) + "/results"}
	})
	return out, err
}
