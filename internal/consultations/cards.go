package consultations

import (
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
)

// What consultations give to the pages that belong to nobody: the home page, the desk of all
// that waits, and a person's own page.

// minutesToVote is about how long it takes to vote on a first dozen statements.
const minutesToVote = 3

// now is the open consultations, those that end first in front.
func (s *Service) now(tx *storage.Tx, most int) ([]part.Open, int64, error) {
	open, err := countOpen(tx)
	if err != nil {
		return nil, 0, err
	}
	cs, err := listPhase(tx, Open, city.Scope{}, storage.Place{}, most)
	var out []part.Open
	for _, c := range onlyVisible(cs) {
		out = append(out, part.Open{Kind: Kind, Title: c.Question, Path: Path(c.ID), Who: "consultations.who_" + string(c.Audience), Anyone: c.Audience == Anyone,
			Minutes: minutesToVote, Until: c.ClosesAt, District: c.District, Facts: []civic.Message{civic.Say("consultations.took_part", "Count", c.Totals.Participants)}})
	}
	return out, open, err
}

// came is the consultations that were answered, the latest first.
func (s *Service) came(tx *storage.Tx, most int) ([]part.Result, error) {
	cs, err := listPhase(tx, Answered, city.Scope{}, storage.Place{}, most)
	if err != nil {
		return nil, err
	}
	listed, err := s.named(tx, onlyVisible(cs))
	if err != nil {
		return nil, err
	}
	var out []part.Result
	for _, c := range listed {
		r := part.Result{Kind: Kind, Title: c.Question, Path: Path(c.ID), At: c.AnsweredAt, Body: c.BodyName.Name,
			Said: civic.Say("consultations.came_answered"), Tone: ui.Good}
		switch late := c.LateBy(s.city.Settings.Calendar(), tx.Now()); {
		case late > 0:
			r.Said, r.Tone = civic.Say("consultations.came_late", "Count", late), ui.Warn
		case c.AnswerDays > 0:
			r.Said = civic.Say("consultations.came_in_time")
		}
		v, err := countVerdicts(tx, c.Consultation)
		if err != nil {
			return nil, err
		}
		if v.All > 0 {
			r.Facts = []civic.Message{civic.Say("consultations.came_taken", "Taken", civic.OutOf(v.Taken), "Count", v.All)}
		}
		out = append(out, r)
	}
	return out, nil
}

// numbers is what the city's consultations come to, now and at the beginning of an earlier day.
func (s *Service) numbers(tx *storage.Tx, then time.Time) ([]part.Number, error) {
	n, err := totalNumbers(tx)
	if err != nil {
		return nil, err
	}
	since, err := numbersSince(tx, s.city.Settings.DayOf(then))
	return []part.Number{
		{Value: n.Participants, Then: new(n.Participants - since.Participants), Label: "consultations.number_participants", Path: "/consultations"},
		{Value: n.Votes, Then: new(n.Votes - since.Votes), Label: "consultations.number_votes", Path: "/consultations"},
		{Value: n.Answered, Then: new(n.Answered - since.Answered), Label: "consultations.number_answers", Path: "/consultations?phase=answered"},
	}, err
}

// waiting is what the actor has to do beside answering: statements to look at, and drafts;
// in a city without consultations, the first.
func (s *Service) waiting(tx *storage.Tx, a civic.Actor, most int) (out []part.Waiting, err error) {
	queued, err := queuedFor(tx, a, "", storage.Place{}, most)
	if err != nil {
		return nil, err
	}
	var cs []Consultation
	for _, c := range queued {
		cs = append(cs, c.Consultation)
	}
	lengths, err := queueLengths(tx, cs...)
	if err != nil {
		return nil, err
	}
	for _, c := range cs {
		if c.Visible(a) && c.ModeratedBy(a) {
			out = append(out, part.Waiting{Stage: part.Moderate, Kind: kindStatement, Title: c.Question, What: civic.Say("consultations.waits_statements", "Count", lengths[c.no]), Path: queuePath(c)})
		}
	}
	drafts, err := draftsOf(tx, a, most)
	for _, c := range drafts {
		if c.ManagedBy(a) {
			out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, Title: c.Question, What: civic.Say("consultations.waits_draft"), Path: deskPath(c.ID)})
		}
	}
	if err != nil || len(out) > 0 || !a.Has(civic.Administrator) {
		return out, err
	}
	first, err := mineOf(tx, a, 0, 1)
	if len(first) == 0 {
		out = append(out, part.Waiting{Stage: part.Prepare, Kind: Kind, What: civic.Say("consultations.waits_first"), Path: "/desk/consultations/new"})
	}
	return out, err
}

// mine is the consultations in which the person took part with their account, and what they wrote
// there, the newest first.
func mine(tx *storage.Tx, a civic.Actor, most int) ([]part.Mine, error) {
	return didThere(tx, a, ofAccount(a.Account), most)
}

// doneHere is the same of a browser without an account, as far as browserKnows reaches.
func doneHere(tx *storage.Tx, token string, most int) ([]part.Mine, error) {
	of, err := ofBrowser(tx, token)
	if err != nil {
		return nil, err
	}
	return didThere(tx, civic.Actor{}, of, most)
}

// didThere is what a person did, as somebody may see it.
func didThere(tx *storage.Tx, a civic.Actor, of whose, most int) (out []part.Mine, err error) {
	cs, err := tookPart(tx, of, most)
	for _, c := range cs {
		if !c.Visible(a) {
			continue
		}
		m := part.Mine{Kind: Kind, Title: c.Question, Path: Path(c.ID) + "/mine", At: c.OpensAt, State: civic.Say("consultations.mine_" + string(c.At(tx.Now()))), Tone: ui.Info}
		if c.Phase == Answered {
			m.Tone = ui.Good
		}
		out = append(out, m)
	}
	if err != nil {
		return nil, err
	}
	own, err := ownStatements(tx, of, storage.Place{}, most)
	for _, o := range own {
		st := o.Statement
		said, tone := o.fate()
		out = append(out, part.Mine{Kind: kindStatement, Title: quoted(st.Title()), Path: o.path(), At: st.CreatedAt, State: said, Tone: tone})
	}
	return out, err
}
