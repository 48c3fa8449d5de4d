package review

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Running is a panel as those see it who run it.
type Running struct {
	Panel
	Of
	Readers    []Reader
	Entries    []Entry
	Conflicts  []Conflict
	Lifted     []Lifted
	Marks      []Mark
	Ranking    Ranking
	Alpha      string // of the agreement; "": nothing to compare
	Complaints []Complaint
	Left       civic.Money // of the money, after what the meeting has given so far
	Quorum     int         // per cent of those who may vote

	apart map[[2]civic.ID]bool // entry and reader: the reader must not read it
	at    map[civic.ID]int     // where an entry stands in the ranking
	said  map[civic.ID][]Mark  // by entry
}

// ShowRunning is a panel to those who run it; to others it is NotFound.
func (s *Service) ShowRunning(ctx context.Context, a civic.Actor, id civic.ID) (v Running, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v, err = s.running(tx, id); err == nil && !v.Of.Runs(a) {
			err = notThere()
		}
		return err
	})
	return v, err
}

func (s *Service) running(tx *storage.Tx, id civic.ID) (v Running, err error) {
	p, err := find(tx, id)
	if err != nil {
		return v, err
	}
	if v, err = gather(tx, p); err != nil {
		return v, err
	}
	if v.Of, err = s.of(tx, p); err != nil {
		return v, err
	}
	v.Quorum = p.Rubric.Quorum
	if v.Lifted, err = liftedIn(tx, id); err != nil {
		return v, err
	}
	v.Complaints, err = complaints(tx, id)
	return v, err
}

// gather is all of a panel that its decision is made of.
func gather(tx *storage.Tx, p Panel) (v Running, err error) {
	v = Running{Panel: p, Left: p.Money, apart: map[[2]civic.ID]bool{}, at: map[civic.ID]int{}, said: map[civic.ID][]Mark{}}
	if v.Readers, err = readers(tx, p.ID); err != nil {
		return v, err
	}
	if p.Stage == Meeting || p.Stage == Decided { // who has not said what they must not read is not of the panel
		v.Readers = slices.DeleteFunc(v.Readers, func(r Reader) bool { return r.DeclaredAt.IsZero() })
	}
	if v.Entries, err = entries(tx, p.ID); err != nil {
		return v, err
	}
	if v.Conflicts, err = conflicts(tx, p.ID); err != nil {
		return v, err
	}
	if v.Marks, err = marks(tx, p.ID); err != nil {
		return v, err
	}
	v.Ranking = ranked(p, v.Entries, v.Readers, v.Marks)
	v.Alpha, _ = agreement(p, v.Entries, v.Readers, v.Marks)
	for _, c := range v.Conflicts {
		v.apart[[2]civic.ID{c.Entry, c.Reader}] = true
	}
	for i, r := range v.Ranking.List {
		v.at[v.Entries[r.Application].ID] = i
	}
	for _, m := range v.Marks {
		v.said[m.Entry] = append(v.said[m.Entry], m)
	}
	for _, e := range v.Entries {
		v.Left -= e.Award
	}
	return v, nil
}

// Handed is how many marks a reader has handed in, of how many; "" is all.
func (v Running) Handed(reader civic.ID) (in, all int) {
	for _, m := range v.Marks {
		if reader == "" || m.Reader == reader {
			all++
			if m.In() {
				in++
			}
		}
	}
	return in, all
}

func (v Running) recused(entry, reader civic.ID) bool { return v.apart[[2]civic.ID{entry, reader}] }

// Tally is how the votes on an entry stand.
func (v Running) Tally(e Entry) Tally {
	return e.tally(v.Readers, v.Present, func(reader civic.ID) bool { return v.recused(e.ID, reader) })
}

// voters are those who came and may vote on an entry: their votes count.
func (v Running) voters(entry civic.ID) (out []Reader) {
	for _, r := range v.Readers {
		if r.OutAt.IsZero() && slices.Contains(v.Present, r.ID) && !v.recused(entry, r.ID) {
			out = append(out, r)
		}
	}
	return out
}

// Recused are those who read and must not read an entry.
func (v Running) Recused(entry civic.ID) (out []Reader) {
	for _, r := range v.Readers {
		if r.OutAt.IsZero() && v.recused(entry, r.ID) {
			out = append(out, r)
		}
	}
	return out
}

// ranked is how an entry is ranked.
func (v Running) ranked(entry civic.ID) Ranked {
	if i, there := v.at[entry]; there {
		return v.Ranking.List[i]
	}
	return Ranked{}
}

// entryOf is an entry of the panel.
func (v Running) entryOf(id civic.ID) Entry {
	if i, there := v.at[id]; there {
		return v.Entries[v.Ranking.List[i].Application]
	}
	return Entry{}
}

// Meet ends the marking, when each reader has handed in what was theirs, and says when and where the meeting is; before the decision it can be said again. Permission: Of.Runs. Errors as run; civic.Invalid with "day", "place".
func (s *Service) Meet(ctx context.Context, a civic.Actor, id civic.ID, at time.Time, where civic.Text) error {
	where = where.Trimmed()
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of) error {
		var problems civic.Problems
		if at.IsZero() {
			problems.Add("day", "review.when_missing")
		}
		problems.OfficialAtMost("place", where, maxReason)
		if err := problems.Err(); err != nil {
			return err
		}
		v, err := s.running(tx, id)
		if err != nil {
			return err
		}
		if in, all := v.Handed(""); in < all {
			return civic.Fail(civic.Conflict, "review.not_all_in", "Count", all-in)
		}
		p.Stage, p.MeetsAt, p.Place = Meeting, at, where
		return errors.Join(updatePanel(tx, p), s.trail.Note(tx, a, "review.panel.meet", ref(id), nil))
	}, Marking, Meeting)
}

// unvote takes the votes of some readers back: what was decided with them is to be decided again.
func unvote(tx *storage.Tx, e Entry, of func(reader civic.ID) bool) error {
	had := len(e.Votes)
	maps.DeleteFunc(e.Votes, func(reader civic.ID, _ Vote) bool { return of(reader) })
	if len(e.Votes) == had {
		return nil
	}
	e.Checked = false
	return updateEntry(tx, e)
}

// Sit notes who came, and the minutes. The vote of somebody who did not come after all is gone. Permission: Of.Runs. Errors as run; civic.Invalid with "minutes".
func (s *Service) Sit(ctx context.Context, a civic.Actor, id civic.ID, present []civic.ID, minutes civic.Text) error {
	minutes = minutes.Trimmed()
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of) error {
		var problems civic.Problems
		if p.MeetsAt.After(tx.Now()) {
			return notNow()
		}
		if problems.OfficialAtMost("minutes", minutes, maxWords); len(problems) > 0 {
			return problems.Err()
		}
		who, err := readers(tx, id)
		if err != nil {
			return err
		}
		p.Present = slices.DeleteFunc(present, func(r civic.ID) bool {
			return !slices.ContainsFunc(who, func(o Reader) bool { return o.ID == r && !o.gone() })
		})
		p.Minutes = minutes
		all, err := entries(tx, id)
		if err != nil {
			return err
		}
		for _, e := range all {
			err = errors.Join(err, unvote(tx, e, func(reader civic.ID) bool { return !slices.Contains(p.Present, reader) }))
		}
		return errors.Join(err, updatePanel(tx, p))
	}, Meeting)
}

// Verdict is what the meeting decides of an entry, as it is typed.
type Deciding struct {
	Votes    map[civic.ID]Vote
	Verdict  Verdict
	Award    civic.Money
	Why      civic.Text
	Talk     string
	Feedback string
}

// Decide notes what the meeting decided of an entry: who voted how, and why. Whoever is recused from it has no vote. Permission: Of.Runs. Errors as run; civic.Invalid with "verdict", "award", "why",
// "talk", "votes", "feedback".
func (s *Service) Decide(ctx context.Context, a civic.Actor, id, entry civic.ID, d Deciding) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, _ Panel, _ Of) error {
		v, err := s.running(tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(v.Entries, func(e Entry) bool { return e.ID == entry })
		if i < 0 {
			return notThere()
		}
		e := v.Entries[i]
		left := v.Left + e.Award
		e.Votes = map[civic.ID]Vote{}
		for _, r := range v.voters(entry) {
			if vote := d.Votes[r.ID]; slices.Contains(Votes(), vote) {
				e.Votes[r.ID] = vote
			}
		}
		e.Verdict, e.Award, e.Why, e.Talk, e.Feedback, e.Checked = d.Verdict, d.Award, d.Why.Trimmed(), d.Talk, d.Feedback, true
		problems := e.decide(v.ranked(entry), v.Tally(e), v.Quorum)
		if e.Award > left {
			problems.Add("award", "review.award_over", "Left", left.String())
		}
		if err := problems.Err(); err != nil {
			return err
		}
		return updateEntry(tx, e)
	}, Meeting)
}

// Draft is the feedback that readers wrote on an entry, for somebody to read and mend before the applicant does.
func (v Running) Draft(entry civic.ID) (out string) {
	for _, m := range v.said[entry] {
		if m.Comment != "" {
			if out != "" {
				out += "\n\n"
			}
			out += m.Comment
		}
	}
	return out
}

// standing says what of the decision on an entry does not hold any more, by the marks, the votes and the money of now.
func (v Running) standing(e Entry) civic.Problems {
	p := e.decide(v.ranked(e.ID), v.Tally(e), v.Quorum)
	if v.Left < 0 {
		p.Add("award", "review.award_over", "Left", max(0, v.Left+e.Award).String())
	}
	return p
}

// ready says what keeps the decision from being published. What was decided is asked again: since then somebody may have changed a mark, left the meeting, or declared a conflict.
func (v Running) ready() error {
	for _, e := range v.Entries {
		if e.Verdict == "" {
			return civic.Fail(civic.Conflict, "review.undecided", "Code", e.Code())
		}
		if !e.Checked || len(v.standing(e)) > 0 {
			return civic.Fail(civic.Conflict, "review.decide_again", "Code", e.Code())
		}
	}
	return nil
}

// Publish publishes the decision on all entries, for good, and hands it to the owner of what was read for. Permission: Of.Runs. Errors as run; civic.Conflict with what is not decided yet.
func (s *Service) Publish(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, of Of) error {
		v, err := s.running(tx, id)
		if err != nil {
			return err
		}
		if err := v.ready(); err != nil {
			return err
		}
		p.Stage, p.DecidedAt = Decided, tx.Now()
		if err := updatePanel(tx, p); err != nil {
			return err
		}
		if v, err = s.running(tx, id); err != nil {
			return err
		}
		var all []Outcomes
		for _, e := range v.Entries {
			r := v.ranked(e.ID)
			all = append(all, Outcomes{Thing: e.Thing, Verdict: e.Verdict, Award: e.Award, Mean: r.Mean.RatString(), Why: e.Why, Feedback: e.Feedback})
		}
		payload, err := facts(v)
		if err != nil {
			return err
		}
		return errors.Join(s.owners[p.Of.Kind].Decided(tx, a, p.Of.ID, all),
			s.record.Record(tx, record.Entry{Kind: actDecided, Subject: ref(id), Actor: of.as(a), FollowsFrom: []civic.Ref{p.Of}, Payload: payload}),
			s.trail.Note(tx, a, "review.panel.publish", ref(id), nil))
	}, Meeting)
}

// Outcomes is what was decided of a thing, for its owner.
type Outcomes struct {
	Thing    civic.Ref
	Verdict  Verdict
	Award    civic.Money
	Mean     string // exact: "13/3"
	Why      civic.Text
	Feedback string
}

// Complaint is what an applicant says against a decision, and what it is answered.
type Complaint struct {
	ID, Panel, Entry civic.ID
	Words            string
	MadeAt, Due      time.Time
	Upheld           bool
	Remedy           Remedy // of one that was upheld
	Answer           civic.Text
	AnsweredAt       time.Time

	no int64
}

// Remedy is what follows for an application when a complaint about the decision on it is upheld.
type Remedy string

// The remedies.
const (
	NoRemedy     Remedy = "none"    // the mistake is admitted, and changes nothing
	OntoReserve  Remedy = "reserve" // it is put on the reserve list
	FundFromFree Remedy = "fund"    // it is given of what is free all that it asks, or all that there is
)

// Answer is what a complaint is answered.
type Answer struct {
	Upheld bool
	Remedy Remedy
	Words  civic.Text // for who complained; of one that was upheld for everybody
}

// Until is the end of the day by which an applicant may complain.
func (s *Service) Until(p Panel) time.Time {
	return s.city.Calendar().Add(p.DecidedAt, s.value("complain_days"))
}

// Complain notes what the applicant of a thing says against the decision. Its owner has asked whether the actor may. Errors: civic.NotFound, civic.Closed before the decision and after the term, civic.Conflict a second time, civic.Invalid with "words".
func (s *Service) Complain(tx *storage.Tx, thing civic.Ref, words string) error {
	e, err := entryAbout(tx, thing)
	if err != nil {
		return err
	}
	p, err := s.lock(tx, e.Panel)
	switch {
	case err != nil:
		return err
	case p.Stage != Decided || !tx.Now().Before(s.Until(p)):
		return civic.Fail(civic.Closed, "review.complain_over")
	}
	if _, found, err := storage.Found(complaintAbout(tx, e.ID)); err != nil || found {
		return errors.Join(err, civic.Fail(civic.Conflict, "review.complained"))
	}
	var problems civic.Problems
	if words == "" {
		problems.Add("words", "review.words_missing")
	}
	if problems.AtMost("words", words, maxWords); len(problems) > 0 {
		return problems.Err()
	}
	tx.Touch(Topic)
	return insertComplaint(tx, &Complaint{ID: civic.NewID(tx.Now()), Panel: p.ID, Entry: e.ID, Words: words, MadeAt: tx.Now(), Due: s.city.Calendar().Add(tx.Now(), s.value("answer_days"))})
}

// Own is what the applicant of a thing sees of its reading after the decision.
type Own struct {
	Panel
	Entry
	Said      []Said // without names
	Until     time.Time
	Complaint *Complaint
}

// OwnOf is the reading of a thing for its applicant; false before the decision.
func (s *Service) OwnOf(tx *storage.Tx, thing civic.Ref) (o Own, decided bool, err error) {
	e, found, err := storage.Found(entryAbout(tx, thing))
	if err != nil || !found {
		return o, false, err
	}
	if o.Panel, err = find(tx, e.Panel); err != nil || o.Panel.Stage != Decided {
		return o, false, err
	}
	o.Entry, o.Until = e, s.Until(o.Panel)
	if o.Said, err = s.said(tx, o.Panel, e.ID, ""); err != nil {
		return o, false, err
	}
	c, complained, err := storage.Found(complaintAbout(tx, e.ID))
	if complained {
		o.Complaint = &c
	}
	return o, true, err
}

// check says what is wrong with an answer, by the names of its form.
func (n Answer) check() (p civic.Problems) {
	if n.Upheld && !slices.Contains([]Remedy{NoRemedy, OntoReserve, FundFromFree}, n.Remedy) {
		p.Add("remedy", "review.choose")
	}
	p.OfficialAtMost("answer", n.Words, maxWords)
	return p
}

// Answer answers a complaint; when it is upheld, what follows is done, and is public. Permission: Of.Runs. Errors as run; civic.Invalid with "remedy", "answer"; civic.Conflict when it was answered;
// civic.Closed when the remedy is not possible any more.
func (s *Service) Answer(ctx context.Context, a civic.Actor, id, complaint civic.ID, by Answer) error {
	if by.Words = by.Words.Trimmed(); !by.Upheld {
		by.Remedy = ""
	}
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of) error {
		if err := by.check().Err(); err != nil {
			return err
		}
		all, err := complaints(tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(c Complaint) bool { return c.ID == complaint })
		if i < 0 {
			return notThere()
		}
		if !all[i].AnsweredAt.IsZero() {
			return civic.Fail(civic.Conflict, "review.answered_already")
		}
		all[i].Upheld, all[i].Remedy, all[i].Answer, all[i].AnsweredAt = by.Upheld, by.Remedy, by.Words, tx.Now()
		if err := updateComplaint(tx, all[i]); err != nil {
			return err
		}
		e, err := findEntry(tx, all[i].Entry)
		if err != nil {
			return err
		}
		return errors.Join(s.owners[p.Of.Kind].Answered(tx, a, e.Thing, by), s.trail.Note(tx, a, "review.complaint.answer", ref(id), nil))
	}, Decided)
}

// Result is what everybody sees of a decided entry. Readers have numbers here, in an order of their own for each entry.
type Result struct {
	Lang    civic.Lang        `json:"lang,omitempty"` // of the title
	Code    string            `json:"code"`
	Place   string            `json:"place"`
	Thing   civic.ID          `json:"application"`
	Title   string            `json:"title"`
	Asks    string            `json:"asks"`
	Marks   [][]int64         `json:"marks"` // by reader, without names
	Mean    string            `json:"mean"`
	Beside  string            `json:"calibrated,omitempty"`
	Outcome Outcome           `json:"by_mean"`
	Verdict Verdict           `json:"verdict"`
	Award   string            `json:"award"`
	Why     map[string]string `json:"why"`
	Talk    string            `json:"discussed,omitempty"`
	Tally   map[string]int    `json:"votes"`
	Apart   int               `json:"recused"`
}

// results are what everybody sees of all entries, in the order of the list.
func (v Running) results() (out []Result) {
	for _, r := range v.Ranking.List {
		e := v.Entries[r.Application]
		t := v.Tally(e)
		one := Result{Code: e.Code(), Lang: e.Lang, Place: place(r, v.Ranking.List), Thing: e.Thing.ID, Title: e.Title, Asks: e.Ask.String(), Mean: r.Mean.FloatString(4), Outcome: r.Outcome, Verdict: e.Verdict, Award: e.Award.String(),
			Why: map[string]string{}, Talk: e.Talk, Tally: map[string]int{"yes": t.Yes, "no": t.No, "abstain": t.Abstain, "present": t.Present, "may": t.May}, Apart: len(v.Recused(e.ID))}
		if r.Calibrated == r.Calibrated { // a number
			one.Beside = decimal(r.Calibrated)
		}
		for lang, words := range e.Why {
			one.Why[string(lang)] = words
		}
		one.Marks = v.marksOf(e.ID)
		out = append(out, one)
	}
	return out
}

// marksOf are the marks of an entry without whose they are, in an order that does not tell it.
func (v Running) marksOf(entry civic.ID) (out [][]int64) {
	for _, m := range v.said[entry] {
		if m.In() {
			out = append(out, m.Marks)
		}
	}
	slices.SortFunc(out, func(a, b []int64) int { return slices.Compare(b, a) })
	return out
}

// facts is all that the public page of a decision shows, but for names of people.
func facts(v Running) (map[string]any, error) {
	results, err := proof.DigestOf(v.results())
	if err != nil {
		return nil, err
	}
	rubric, err := proof.DigestOf(v.Rubric)
	return map[string]any{"of": v.Panel.Of.String(), "rubric": rubric, "results": results, "readers": len(v.Readers), "met_at": proof.Instant(v.MeetsAt), "place": proof.Digests(v.Place), "minutes": proof.Digests(v.Minutes),
		"agreement": v.Alpha, "money": v.Money.String(), "left": v.Left.String(), "decided_at": proof.Instant(v.DecidedAt)}, err
}

// Published is a decided panel to everybody; before the decision it is NotFound.
func (s *Service) Published(ctx context.Context, id civic.ID) (v Running, trace record.Neighbours, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v, err = s.running(tx, id); err == nil && v.Stage != Decided {
			err = notThere()
		}
		if err != nil {
			return err
		}
		trace, err = s.record.Neighbours(tx, ref(id))
		return err
	})
	return v, trace, err
}
