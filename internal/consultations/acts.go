package consultations

import (
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// The acts of consultations in the public record. A statement's text, a moderator's reason and
// the name in an answer stand there only as commitments, numbers of participants not at all;
// votes appear as closing totals. The acts of a consultation itself say each time all that its
// page shows, so that the last of them is what the page is held against.
const (
	actPublished = "consultations.consultation.published"
	actOpened    = "consultations.consultation.opened"
	actWithdrawn = "consultations.consultation.withdrawn"
	actExtended  = "consultations.consultation.extended"
	actCutShort  = "consultations.consultation.cut_short"
	actImported  = "consultations.consultation.imported"
	actClosed    = "consultations.results.closed"
	actAnswered  = "consultations.answer.published"

	actStatementPublished = "consultations.statement.published"
	actStatementRemoved   = "consultations.statement.removed"
	actStatementRestored  = "consultations.statement.restored"
	// actStatementTranslated: its language was named anew, or the host translated it.
	actStatementTranslated = "consultations.statement.translated"

	actLeftOut      = "consultations.exclusion.left_out" // votes out of the opinion map
	actCountedAgain = "consultations.exclusion.counted_again"
)

// acts are those of consultations as the record must know them.
func acts() []part.Act {
	shown := func(name string, now part.Current, members ...string) part.Act {
		return part.Act{Name: name, Page: proof.Shown, Current: now, Members: members}
	}
	announced := func(name string) part.Act {
		a := shown(name, announcedNow, "question", "context", "decision", "host", "body", "district", "theme", "point", "audience", "moderation", "statement_max", "answer_days",
			"stage", "published_at", "opens_at", "closes_at", "changes")
		a.Things = map[string]string{"host": organisations.Kind, "body": organisations.Kind, "district": city.KindDistrict, "theme": city.KindTheme}
		a.Optional = []string{"source", "participants", "votes", "counts", "days", "closed_at"} // of one that was imported
		return a
	}
	ruleThing := map[string]string{"rule": moderation.KindRule}
	removed := shown(actStatementRemoved, removalsNow, "official", "rule", "reason")
	removed.Moderation, removed.Things = part.Removal, ruleThing
	said := func(name string) part.Act {
		a := shown(name, statementsNow, "official", "lang", "text")
		a.Optional = []string{"translation_kk", "translation_ru", "translation_en"}
		return a
	}
	restored := said(actStatementRestored)
	restored.Moderation = part.Restoration
	leftOut := shown(actLeftOut, leftOutNow, "rule", "made_at", "accounts", "votes", "reason")
	leftOut.Moderation, leftOut.Things = part.Removal, ruleThing
	countedAgain := shown(actCountedAgain, countedAgainNow, "made_at", "accounts", "votes", "reason", "reversed_at", "reversal")
	countedAgain.Unlike = "the page says why the votes were taken in again, and no longer by which rule they were left out"
	countedAgain.Moderation = part.Restoration
	answered := shown(actAnswered, answersNow, "answered_at", "text", "verdicts", "person")
	answered.Rows = map[string][]string{"verdicts": {"statement", "verdict", "whose", "promised_by"}}
	answered.Things = map[string]string{"whose": ""}
	answered.Codes = map[string]string{"verdict": "answers.outcome_"}
	return []part.Act{
		announced(actPublished),
		announced(actImported),
		announced(actOpened),
		announced(actExtended),
		announced(actCutShort),
		{Name: actWithdrawn, Page: proof.Withdrawn},
		shown(actClosed, resultsNow, "closed_at", "participants", "votes", "counts", "days"),
		answered,
		said(actStatementPublished),
		said(actStatementTranslated),
		removed,
		restored,
		leftOut,
		countedAgain,
	}
}

// statementRef is a statement outside its consultation: "<consultation>.<number>".
func statementRef(c Consultation, no int64) civic.Ref { return StatementRef(c.ID, no) }

// StatementRef points at a statement of a consultation.
func StatementRef(consultation civic.ID, no int64) civic.Ref {
	return civic.Ref{Kind: kindStatement, ID: consultation + civic.ID("."+strconv.FormatInt(no, 10))}
}

// exclusionRef is a set of votes that a moderator left out of the opinion map.
func exclusionRef(c Consultation, no int64) civic.Ref {
	return civic.Ref{Kind: kindExclusion, ID: statementRef(c, no).ID}
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
	// personal says that the texts are a participant's own words, whose commitment ends with the
	// account; otherwise they are official.
	personal bool
}

// note writes an act into the record; every text becomes a commitment.
func (s *Service) note(tx *storage.Tx, kind string, about civic.Ref, role civic.Role, f facts, from ...civic.Ref) error {
	if f.payload == nil {
		f.payload = map[string]any{}
	}
	commit := s.city.Record.CommitOfficial
	if f.personal {
		commit = s.city.Record.Commit
	}
	for member, text := range f.texts {
		c, err := commit(tx, text)
		if err != nil {
			return err
		}
		f.payload[member] = c
	}
	return s.city.Record.Record(tx, record.Entry{Kind: kind, Subject: about, FollowsFrom: from, Actor: role, Payload: f.payload})
}

// maxListed bounds how many bytes of an entry a list may take; a longer one is recorded as its
// digest.
const maxListed = 48_000

func listed(list any) (any, error) {
	b, err := proof.Canonical(list)
	if err != nil || len(b) <= maxListed {
		return list, err
	}
	return proof.Digest(string(b)), nil
}

// announcedFacts is what a consultation says of itself for as long as it is public, with every
// change of its end and the reason; of one that was imported its totals too.
func announcedFacts(tx *storage.Tx, c Consultation) (f facts, err error) {
	t, err := findContext(tx, c)
	if err != nil {
		return f, err
	}
	all, err := reschedulings(tx, c)
	if err != nil {
		return f, err
	}
	changes := []map[string]any{}
	for _, ch := range all {
		changes = append(changes, map[string]any{"at": proof.Instant(ch.At), "by": ch.By, "was": proof.Instant(ch.Was), "becomes": proof.Instant(ch.Becomes), "reason": ch.Reason})
	}
	moved, err := proof.DigestOf(changes)
	if err != nil {
		return f, err
	}
	stage := Planned
	if c.Phase != Planned {
		stage = Open // whether it is over, and answered, is said by acts of their own
	}
	f.payload = map[string]any{"question": c.Question, "context": proof.Digests(t), "decision": c.Decision, "host": c.Host, "body": c.Body, "district": c.District, "theme": c.Theme, "point": c.Point,
		"audience": c.Audience, "moderation": c.Moderation, "statement_max": c.StatementMax, "answer_days": c.AnswerDays, "stage": stage,
		"published_at": proof.Instant(c.PublishedAt), "opens_at": proof.Instant(c.OpensAt), "closes_at": proof.Instant(c.ClosesAt), "changes": moved}
	if c.Source != "" {
		f.payload["source"] = c.Source
	}
	_, imported, err := importedLayout(tx, c.no)
	if err != nil || !imported {
		return f, err
	}
	f.payload["closed_at"] = proof.Instant(c.ClosedAt) // it came with its results, so they have no act of their own
	return f, addTotals(tx, c, f.payload)
}

// addTotals puts the final totals into a payload: of every statement on which anybody voted
// its number and how many agreed, disagreed and passed; and of every day how many votes and
// new participants it brought.
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
	if err != nil {
		return err
	}
	all, err := days(tx, c)
	if err != nil {
		return err
	}
	byDay := [][]any{}
	for _, d := range all {
		byDay = append(byDay, []any{d.Day, d.Votes, d.Participants})
	}
	payload["participants"], payload["votes"], payload["counts"] = c.Totals.Participants, c.Totals.Votes, list
	payload["days"], err = proof.DigestOf(byDay)
	return err
}

func resultsFacts(tx *storage.Tx, c Consultation) (f facts, err error) {
	f.payload = map[string]any{"closed_at": proof.Instant(c.ClosedAt)}
	return f, addTotals(tx, c, f.payload)
}

func statementFacts(st Statement) facts {
	texts := map[string]string{"text": st.Text}
	for lang, text := range st.Translations {
		texts["translation_"+string(lang)] = text
	}
	return facts{map[string]any{"official": st.Official, "lang": st.Lang}, texts, !st.Official}
}

func removalFacts(st Statement) facts {
	return facts{map[string]any{"official": st.Official, "rule": st.Rule}, map[string]string{"reason": st.Reason}, false}
}

// answerFacts is the answer with what it says to each statement. The reasons are public and
// long, so their digests stand in the record.
func answerFacts(c Consultation, a Answer) (f facts, err error) {
	verdicts := []map[string]any{}
	for _, i := range a.Items {
		said := map[string]any{"statement": i.Statement.No, "verdict": i.Outcome, "reason": proof.Digests(i.Reason)}
		if i.Whose.ID != "" {
			said["whose"] = i.Whose.String()
		}
		if !i.Promised.IsZero() {
			said["promised_by"] = proof.Instant(i.Promised)
		}
		if len(i.Evidence) > 0 {
			said["evidence"] = i.Evidence
		}
		if i.Version != "" {
			said["version"] = i.Version
		}
		verdicts = append(verdicts, said)
	}
	slices.SortFunc(verdicts, func(x, y map[string]any) int { return int(x["statement"].(int64) - y["statement"].(int64)) })
	list, err := listed(verdicts)
	return facts{map[string]any{"answered_at": proof.Instant(c.AnsweredAt), "text": proof.Digests(a.Text), "verdicts": list}, map[string]string{"person": a.Person}, false}, err
}

func leftOutFacts(e Exclusion) facts {
	return facts{payload: map[string]any{"rule": e.Rule, "made_at": proof.Instant(e.At), "accounts": e.Accounts, "votes": e.Votes, "reason": proof.Digests(e.Reason)}}
}

func countedAgainFacts(e Exclusion) facts {
	return facts{payload: map[string]any{"made_at": proof.Instant(e.At), "accounts": e.Accounts, "votes": e.Votes, "reason": proof.Digests(e.Reason),
		"reversed_at": proof.Instant(e.ReversedAt), "reversal": proof.Digests(e.Reversal)}}
}

// recordExclusion records what a moderator decided about votes on the map.
func (s *Service) recordExclusion(tx *storage.Tx, kind string, c Consultation, no int64, role civic.Role, of func(Exclusion) facts, from ...civic.Ref) error {
	e, err := exclusion(tx, c, no)
	if err != nil {
		return err
	}
	return s.note(tx, kind, exclusionRef(c, no), role, of(e), from...)
}

// recordOpening records that a consultation is open, and its first statements.
func (s *Service) recordOpening(tx *storage.Tx, c Consultation, first []Statement) error {
	if err := s.recordAnnounced(tx, actOpened, c, ""); err != nil {
		return err
	}
	for _, st := range first {
		if err := s.note(tx, actStatementPublished, statementRef(c, st.No), civic.Officer, statementFacts(st)); err != nil {
			return err
		}
	}
	return nil
}

// recordAnnounced records what a consultation's page says from now on.
func (s *Service) recordAnnounced(tx *storage.Tx, kind string, c Consultation, role civic.Role) error {
	f, err := announcedFacts(tx, c)
	if err != nil {
		return err
	}
	return s.note(tx, kind, ref(c), role, f)
}

// recordClosing records the totals with which the voting ended.
func (s *Service) recordClosing(tx *storage.Tx, c Consultation, role civic.Role) error {
	f, err := resultsFacts(tx, c)
	if err != nil {
		return err
	}
	return s.note(tx, actClosed, resultsRef(c), role, f, ref(c))
}

// maxNamed bounds how many statements an answer's chain leads to; the payload names all.
const maxNamed = 50

func (s *Service) recordAnswer(tx *storage.Tx, c Consultation, owed answers.Obligation, role civic.Role) error {
	a, _, err := answer(tx, c)
	if err != nil {
		return err
	}
	f, err := answerFacts(c, a)
	if err != nil {
		return err
	}
	from := []civic.Ref{resultsRef(c)}
	if _, imported, err := importedLayout(tx, c.no); err != nil {
		return err
	} else if imported {
		from[0] = ref(c)
	}
	if owed.ID != "" {
		from = append(from, answers.Ref(owed.ID))
	}
	for _, i := range a.Items[:min(len(a.Items), maxNamed)] {
		from = append(from, statementRef(c, i.Statement.No))
	}
	return s.note(tx, actAnswered, answerRef(c), role, f, from...)
}

// recordDecision records what a moderator's decision changed for the public; nothing when it
// changed nothing.
func (s *Service) recordDecision(tx *storage.Tx, c Consultation, was, st Statement, role civic.Role) error {
	about := statementRef(c, st.No)
	switch {
	case st.State == Removed && (was.State != Removed || was.Rule != st.Rule || was.Reason != st.Reason):
		return s.note(tx, actStatementRemoved, about, role, removalFacts(st))
	case st.State == Shown && was.State == Removed:
		return s.note(tx, actStatementRestored, about, role, statementFacts(st))
	case st.State == Shown && was.State == Waiting:
		return s.note(tx, actStatementPublished, about, role, statementFacts(st))
	}
	return nil
}

// eraseTexts makes the record forget the words of an account's statements.
func eraseTexts(tx *storage.Tx, account civic.ID) error {
	if account == "" {
		return nil
	}
	refs, err := statementsBy(tx, account)
	for _, r := range refs {
		if err := record.EraseSubject(tx, r); err != nil {
			return err
		}
	}
	return err
}

// What pages show now, for whoever holds them against the record.

// eachPublic gives the facts of consultations that everybody may see.
func eachPublic(tx *storage.Tx, ids []civic.ID, of func(Consultation) (facts, bool, error)) (map[civic.ID]part.PageData, error) {
	cs, err := byIDs(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]part.PageData{}
	for _, c := range onlyVisible(cs) {
		f, there, err := of(c)
		if err != nil {
			return nil, err
		}
		if there {
			out[c.ID] = part.PageData{Payload: f.payload, Texts: f.texts}
		}
	}
	return out, nil
}

func announcedNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachPublic(tx, ids, func(c Consultation) (facts, bool, error) {
		f, err := announcedFacts(tx, c)
		return f, true, err
	})
}

func resultsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachPublic(tx, ids, func(c Consultation) (facts, bool, error) {
		_, imported, err := importedLayout(tx, c.no)
		if over := c.Phase == Closed || c.Phase == Answered || !c.ClosedAt.IsZero(); err != nil || imported || !over {
			return facts{}, false, err
		}
		f, err := resultsFacts(tx, c)
		return f, true, err
	})
}

func answersNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachPublic(tx, ids, func(c Consultation) (facts, bool, error) {
		a, ok, err := answer(tx, c)
		if answered := ok && c.Phase == Answered || !c.AnsweredAt.IsZero(); err != nil || !answered {
			return facts{}, false, err
		}
		f, err := answerFacts(c, a)
		return f, true, err
	})
}

func statementsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachStatement(tx, ids, Shown, statementFacts)
}

func removalsNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachStatement(tx, ids, Removed, removalFacts)
}

func leftOutNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachExclusion(tx, ids, false, leftOutFacts)
}

func countedAgainNow(tx *storage.Tx, ids []civic.ID) (map[civic.ID]part.PageData, error) {
	return eachExclusion(tx, ids, true, countedAgainFacts)
}

func eachExclusion(tx *storage.Tx, ids []civic.ID, reversed bool, of func(Exclusion) facts) (map[civic.ID]part.PageData, error) {
	out := map[civic.ID]part.PageData{}
	err := withPublic(tx, ids, func(id civic.ID, c Consultation, no int64) error {
		e, ok, err := storage.Found(exclusion(tx, c, no))
		if ok && e.ReversedAt.IsZero() != reversed {
			out[id] = part.PageData{Payload: of(e).payload}
		}
		return err
	})
	return out, err
}

func eachStatement(tx *storage.Tx, ids []civic.ID, state State, of func(Statement) facts) (map[civic.ID]part.PageData, error) {
	out := map[civic.ID]part.PageData{}
	err := publicStatementsOf(tx, ids, func(id civic.ID, _ Consultation, st Statement) {
		if st.State == state {
			f := of(st)
			out[id] = part.PageData{Payload: f.payload, Texts: f.texts}
		}
	})
	return out, err
}

// publicStatementsOf visits those of the statements that everybody may see, as they may be seen.
func publicStatementsOf(tx *storage.Tx, ids []civic.ID, visit func(civic.ID, Consultation, Statement)) error {
	return withPublic(tx, ids, func(id civic.ID, c Consultation, no int64) error {
		st, ok, err := storage.Found(statement(tx, c, no))
		if err != nil {
			return err
		}
		if st, public := st.Public(); ok && public {
			visit(id, c, st)
		}
		return nil
	})
}

// withPublic visits those of the ids, "<consultation>.<number>", whose consultation has begun
// and is for everybody.
func withPublic(tx *storage.Tx, ids []civic.ID, visit func(id civic.ID, c Consultation, no int64) error) error {
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
		if c, ok := known[of]; ok {
			if err := visit(id, c, no); err != nil {
				return err
			}
		}
	}
	return nil
}
