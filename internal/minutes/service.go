package minutes

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/meetings"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	record   *record.Log
	meetings *meetings.Service
	trail    *audit.Trail
	catalog  *i18n.Catalog
}

// New makes the service, and tells meetings where their minutes are.
func New(db *storage.DB, catalog *i18n.Catalog, city *city.Service, record *record.Log, held *meetings.Service, trail *audit.Trail) *Service {
	held.Minuted(meetings.Minutes{Page: publicPath, Desk: DeskPath})
	return &Service{db: db, catalog: catalog, city: city, record: record, meetings: held, trail: trail}
}

func notYours() error { return civic.Fail(civic.Forbidden, "meetings.not_yours") }

func notNow() error { return civic.Fail(civic.Closed, "meetings.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// on is meetings.Work for an act on the minutes of a meeting, in one of the states; begun or not.
func (s *Service) on(ctx context.Context, a civic.Actor, meeting civic.ID, states []State, act func(*storage.Tx, meetings.Meeting, Minutes) error) error {
	return s.meetings.Work(ctx, a, meeting, func(tx *storage.Tx, m meetings.Meeting) error {
		n, begun, err := find(tx, m.ID)
		if err != nil {
			return err
		}
		if !begun {
			n = Minutes{ID: civic.NewID(tx.Now()), Meeting: m.ID, State: Draft}
		}
		if !slices.Contains(states, n.State) {
			return notNow()
		}
		return act(tx, m, n)
	})
}

// Write keeps what was said on the points of a meeting: from its beginning until the minutes are approved. What is handed out already stays
// in both languages. Permission and errors as meetings.Work; civic.Closed; civic.Invalid with "heard.POINT".
func (s *Service) Write(ctx context.Context, a civic.Actor, meeting civic.ID, heard map[civic.ID]civic.Text) error {
	return s.on(ctx, a, meeting, []State{Draft, Remarks}, func(tx *storage.Tx, m meetings.Meeting, n Minutes) error {
		if !m.Running() && m.State != meetings.Closed {
			return notNow()
		}
		points, err := meetings.Agenda(tx, m.ID)
		if err != nil {
			return err
		}
		var p civic.Problems
		n.Heard = nil
		for _, i := range points {
			h := Heard{i.ID, heard[i.ID].Trimmed()}
			for lang, words := range h.Text {
				p.AtMost(h.Field()+"."+string(lang), words, maxHeard)
			}
			if !h.Text.Empty() {
				n.Heard = append(n.Heard, h)
			}
		}
		if p.Err() != nil {
			return p.Err()
		}
		if n.State == Remarks {
			if err := n.checkOfficial(); err != nil {
				return err
			}
		}
		return put(tx, &n)
	})
}

// Circulate ends the draft: those who were present may remark on it for as many working days as the city gives. Permission and errors as meetings.Work;
// civic.Closed before the meeting is; civic.Invalid where something is said in one language alone.
func (s *Service) Circulate(ctx context.Context, a civic.Actor, meeting civic.ID) error {
	return s.on(ctx, a, meeting, []State{Draft}, func(tx *storage.Tx, m meetings.Meeting, n Minutes) error {
		if m.State != meetings.Closed {
			return notNow()
		}
		if err := n.checkOfficial(); err != nil {
			return err
		}
		n.State, _ = n.State.After(Circulate)
		n.CirculatedAt, n.Days = tx.Now(), int(s.city.Value("minutes.remark_days"))
		n.Until = s.city.Calendar().Add(n.CirculatedAt, n.Days)
		if err := put(tx, &n); err != nil {
			return err
		}
		if err := s.meetings.TellMembers(tx, m, civic.Say("minutes.told_remarks", "Date", m.StartsAt), civic.Say("minutes.told_until", "Date", n.Until),
			ownPath(m.ID), "minutes.circulated/"+string(m.ID)); err != nil {
			return err
		}
		return s.trail.Note(tx, a, "minutes.minutes.circulate", meetings.RefOf(m.ID), nil)
	})
}

// RemarkOn notes what somebody who was present says is wrong. Permission and errors as meetings.Work; civic.Closed when the time for remarks is over; civic.Invalid
// with "seat" and "words".
func (s *Service) RemarkOn(ctx context.Context, a civic.Actor, meeting civic.ID, r Remark) error {
	return s.on(ctx, a, meeting, []State{Remarks}, func(tx *storage.Tx, m meetings.Meeting, n Minutes) error {
		return remark(tx, m, n, r)
	})
}

// RemarkMyself notes what a member who was present says is wrong, by their own account. Permission: meetings.Sitting. Errors as RemarkOn;
// civic.NotFound for who was not there and while there is nothing to remark on.
func (s *Service) RemarkMyself(ctx context.Context, a civic.Actor, meeting civic.ID, r Remark) error {
	return s.meetings.Sitting(ctx, a, meeting, func(tx *storage.Tx, m meetings.Meeting, seat civic.ID) error {
		n, begun, err := find(tx, m.ID)
		if err != nil {
			return err
		}
		if !begun || n.State != Remarks {
			return notThere()
		}
		r.Seat = seat
		return remark(tx, m, n, r)
	})
}

func remark(tx *storage.Tx, m meetings.Meeting, n Minutes, r Remark) error {
	if !tx.Now().Before(n.Until) {
		return civic.Fail(civic.Closed, "minutes.remarks_over")
	}
	votes, err := meetings.VotesOf(tx, m.ID)
	if err != nil {
		return err
	}
	var p civic.Problems
	if !slices.Contains(meetings.Attended(m, votes), r.Seat) {
		p.Add("seat", "meetings.choose")
	}
	r.Words = strings.TrimSpace(r.Words)
	if key := civic.Junk(r.Words, civic.Seen{}); key != "" {
		p.Add("words", key)
	}
	p.AtMost("words", r.Words, maxWords)
	if p.Err() != nil {
		return p.Err()
	}
	all, err := remarksOn(tx, n.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(o Remark) bool { return o.Seat == r.Seat && o.Words == r.Words }) { // a form that was sent twice
		return civic.Wrong("words", "minutes.remark_same")
	}
	if of := slices.DeleteFunc(all, func(o Remark) bool { return o.Seat != r.Seat }); len(of) >= maxRemarks {
		return civic.Wrong("words", "minutes.remarks_many", "Most", maxRemarks)
	}
	r.ID, r.Minutes, r.At, r.Ruling = civic.NewID(tx.Now()), n.ID, tx.Now(), Undecided
	return insertRemark(tx, &r)
}

// DecideRemark says what was done about a remark. Permission and errors as meetings.Work; civic.Closed once it was decided; civic.Invalid with "decided" and "reason", which
// is asked for when nothing was done.
func (s *Service) DecideRemark(ctx context.Context, a civic.Actor, meeting, remark civic.ID, decided Ruling, reason civic.Text) error {
	return s.on(ctx, a, meeting, []State{Remarks}, func(tx *storage.Tx, _ meetings.Meeting, n Minutes) error {
		all, err := remarksOn(tx, n.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r Remark) bool { return r.ID == remark })
		if i < 0 {
			return notThere()
		}
		r := all[i]
		if r.Ruling != Undecided {
			return notNow()
		}
		var p civic.Problems
		r.Ruling, r.Reason = decided, reason.Trimmed()
		if decided != RemarkIn && decided != RemarkLeft {
			p.Add("decided", "meetings.choose")
		}
		if decided == RemarkLeft || !r.Reason.Empty() {
			p.OfficialAtMost("reason", r.Reason, maxWords)
		}
		if p.Err() != nil {
			return p.Err()
		}
		return updateRemark(tx, r)
	})
}

// Approve lets a later meeting of the body, which goes on with a quorum, approve the minutes: from now on everybody reads them and nobody changes
// them. Permission and errors as meetings.Work; civic.Closed while remarks can be made or wait; civic.Invalid with "in".
func (s *Service) Approve(ctx context.Context, a civic.Actor, meeting, in civic.ID) error {
	return s.on(ctx, a, meeting, []State{Remarks}, func(tx *storage.Tx, m meetings.Meeting, n Minutes) error {
		if err := ready(tx, n); err != nil {
			return err
		}
		approving, there, err := storage.Found(meetings.Find(tx, in))
		if err != nil {
			return err
		}
		if !there || approving.Body != m.Body || approving.State != meetings.Quorate || !approving.StartsAt.After(m.StartsAt) {
			return civic.Wrong("in", "minutes.approving_wrong")
		}
		n.State, _ = n.State.After(Approve)
		n.ApprovedAt, n.ApprovedIn = tx.Now(), in
		if err := put(tx, &n); err != nil {
			return err
		}
		payload, err := facts(tx, n)
		if err != nil {
			return err
		}
		if err := s.note(tx, a, m.Body, actApproved, refOf(n.ID), payload, meetings.RefOf(m.ID)); err != nil {
			return err
		}
		return s.trail.Note(tx, a, "minutes.minutes.approve", meetings.RefOf(m.ID), nil)
	})
}

// ready is nil for minutes whose remarks are over and decided.
func ready(tx *storage.Tx, n Minutes) error {
	if tx.Now().Before(n.Until) {
		return civic.Fail(civic.Closed, "minutes.remarks_go_on")
	}
	all, err := remarksOn(tx, n.ID)
	if err == nil && slices.ContainsFunc(all, func(r Remark) bool { return r.Ruling == Undecided }) {
		err = civic.Fail(civic.Closed, "minutes.remarks_wait")
	}
	return err
}

// Correct adds a correction to approved minutes, which stay as they are. Permission and errors as meetings.Work; civic.Closed before the approval; civic.Invalid
// with "text".
func (s *Service) Correct(ctx context.Context, a civic.Actor, meeting civic.ID, text civic.Text) error {
	return s.on(ctx, a, meeting, []State{Approved}, func(tx *storage.Tx, m meetings.Meeting, n Minutes) error {
		c := Correction{ID: civic.NewID(tx.Now()), Minutes: n.ID, At: tx.Now(), Text: text.Trimmed()}
		var p civic.Problems
		if p.OfficialAtMost("text", c.Text, maxHeard); p.Err() != nil {
			return p.Err()
		}
		all, err := correctionsOf(tx, n.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(o Correction) bool { return maps.Equal(o.Text, c.Text) }) { // a form that was sent twice
			return civic.Wrong("text", "minutes.correction_same")
		}
		if err := insertCorrection(tx, &c); err != nil {
			return err
		}
		if err := s.note(tx, a, m.Body, actCorrected, correctionRef(c.ID), correctionFacts(c), refOf(n.ID)); err != nil {
			return err
		}
		return s.trail.Note(tx, a, "minutes.minutes.correct", meetings.RefOf(m.ID), nil)
	})
}

// View is a meeting with its minutes.
type View struct {
	meetings.View
	Minutes     Minutes
	Attended    []civic.ID
	Remarks     []Remark
	Corrections []Correction
	Counted     answers.Counted    // the last day for remarks
	Approving   []meetings.Meeting // in which they can be approved now
	In          meetings.Meeting   // that approved them
}

// ShowMine returns the minutes of a meeting to a member who was present, while remarks can be made, with their seat. Errors: civic.NotFound.
func (s *Service) ShowMine(ctx context.Context, a civic.Actor, id civic.ID) (v View, seat civic.ID, err error) {
	if v.View, err = s.meetings.Show(ctx, a, id); err != nil {
		return v, "", err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if seat, err = s.meetings.SeatIn(tx, a, v.Body); err != nil {
			return err
		}
		if err := s.fill(tx, &v); err != nil {
			return err
		}
		if v.Minutes.State != Remarks || !slices.Contains(v.Attended, seat) {
			return notThere()
		}
		return nil
	})
	return v, seat, err
}

// fill adds the minutes of a meeting to what is known of it.
func (s *Service) fill(tx *storage.Tx, v *View) error {
	n, begun, err := find(tx, v.ID)
	if err != nil {
		return err
	}
	if !begun {
		n = Minutes{Meeting: v.ID, State: Draft}
	}
	v.Minutes = n
	v.Counted = answers.Counted{Start: n.CirculatedAt, Days: n.Days, End: n.Until, Source: s.city.Held("minutes.remark_days", n.CirculatedAt).Source}
	votes, err := meetings.VotesOf(tx, v.ID)
	if err != nil {
		return err
	}
	v.Attended = meetings.Attended(v.Meeting, votes)
	if v.Remarks, err = remarksOn(tx, n.ID); err != nil {
		return err
	}
	v.Corrections, err = correctionsOf(tx, n.ID)
	return err
}

// Show returns the minutes of a meeting: approved ones to everybody, others to those who do the work. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	if v.View, err = s.meetings.Show(ctx, a, id); err != nil {
		return v, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if err := s.fill(tx, &v); err != nil {
			return err
		}
		if v.Minutes.State != Approved && !v.Work {
			return notThere()
		}
		if v.Minutes.ApprovedIn != "" {
			v.In, err = meetings.Find(tx, v.Minutes.ApprovedIn)
			return err
		}
		all, err := s.meetings.Of(tx, a, v.Body, most)
		v.Approving = slices.DeleteFunc(all, func(m meetings.Meeting) bool { return m.State != meetings.Quorate || !m.StartsAt.After(v.StartsAt) })
		return err
	})
	return v, err
}
