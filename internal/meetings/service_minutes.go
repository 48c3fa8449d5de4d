package meetings

import (
	"context"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record/proof"
)

// atMinutes is at for an act on the minutes of a meeting, in one of the states; begun or not.
func (s *Service) atMinutes(ctx context.Context, a civic.Actor, meeting civic.ID, states []MinutesState, act func(*storage.Tx, Meeting, Minutes) error) error {
	return s.at(ctx, a, meeting, func(tx *storage.Tx, _ Body, m Meeting) error {
		n, begun, err := minutesOf(tx, m.ID)
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

// WriteMinutes keeps what was said on the points of a meeting: from its beginning until the minutes are approved. What is handed out already stays
// in both languages. Permission and errors as at; civic.Closed; civic.Invalid with "heard.POINT".
func (s *Service) WriteMinutes(ctx context.Context, a civic.Actor, meeting civic.ID, heard map[civic.ID]civic.Text) error {
	return s.atMinutes(ctx, a, meeting, []MinutesState{Draft, Remarks}, func(tx *storage.Tx, m Meeting, n Minutes) error {
		if !m.Running() && m.State != Closed {
			return notNow()
		}
		points, err := agenda(tx, m.ID)
		if err != nil {
			return err
		}
		var p civic.Problems
		n.Heard = nil
		for _, i := range points {
			h := Heard{i.ID, heard[i.ID].Trimmed()}
			for lang, words := range h.Text {
				checkLength(&p, h.Field()+"."+string(lang), words, maxHeard)
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
		return putMinutes(tx, &n)
	})
}

// CirculateMinutes ends the draft: those who were present may remark on it for as many working days as the city gives. Permission and errors as at;
// civic.Closed before the meeting is; civic.Invalid where something is said in one language alone.
func (s *Service) CirculateMinutes(ctx context.Context, a civic.Actor, meeting civic.ID) error {
	return s.atMinutes(ctx, a, meeting, []MinutesState{Draft}, func(tx *storage.Tx, m Meeting, n Minutes) error {
		if m.State != Closed {
			return notNow()
		}
		if err := n.checkOfficial(); err != nil {
			return err
		}
		n.State, _ = n.State.After(Circulate)
		n.Until = s.city.Calendar().Add(tx.Now(), s.value("remark_days"))
		if err := putMinutes(tx, &n); err != nil {
			return err
		}
		return s.trail.Note(tx, a, "meetings.minutes.circulate", RefOf(m.ID), nil)
	})
}

// RemarkOn notes what somebody who was present says is wrong. Permission and errors as at; civic.Closed when the time for remarks is over; civic.Invalid
// with "seat" and "words".
func (s *Service) RemarkOn(ctx context.Context, a civic.Actor, meeting civic.ID, r Remark) error {
	return s.atMinutes(ctx, a, meeting, []MinutesState{Remarks}, func(tx *storage.Tx, m Meeting, n Minutes) error {
		if !tx.Now().Before(n.Until) {
			return civic.Fail(civic.Closed, "meetings.remarks_over")
		}
		votes, err := votesOf(tx, m.ID)
		if err != nil {
			return err
		}
		var p civic.Problems
		if !slices.Contains(attended(m, votes), r.Seat) {
			p.Add("seat", "meetings.choose")
		}
		r.Words = strings.TrimSpace(r.Words)
		if key := civic.Junk(r.Words, civic.Seen{}); key != "" {
			p.Add("words", key)
		}
		checkLength(&p, "words", r.Words, maxWords)
		if p.Err() != nil {
			return p.Err()
		}
		r.ID, r.Minutes, r.At, r.Ruling = civic.NewID(tx.Now()), n.ID, tx.Now(), Undecided
		return insertRemark(tx, &r)
	})
}

// DecideRemark says what was done about a remark. Permission and errors as at; civic.Closed once it was decided; civic.Invalid with "decided" and "reason", which
// is asked for when nothing was done.
func (s *Service) DecideRemark(ctx context.Context, a civic.Actor, meeting, remark civic.ID, decided Ruling, reason civic.Text) error {
	return s.atMinutes(ctx, a, meeting, []MinutesState{Remarks}, func(tx *storage.Tx, _ Meeting, n Minutes) error {
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
			checkText(&p, "reason", r.Reason, maxWords)
		}
		if p.Err() != nil {
			return p.Err()
		}
		return updateRemark(tx, r)
	})
}

// ApproveMinutes lets a later meeting of the body, which goes on with a quorum, approve the minutes: from now on everybody reads them and nobody changes
// them. Permission and errors as at; civic.Closed while remarks can be made or wait; civic.Invalid with "in".
func (s *Service) ApproveMinutes(ctx context.Context, a civic.Actor, meeting, in civic.ID) error {
	return s.atMinutes(ctx, a, meeting, []MinutesState{Remarks}, func(tx *storage.Tx, m Meeting, n Minutes) error {
		if err := ready(tx, n); err != nil {
			return err
		}
		approving, there, err := storage.Found(find(tx, in))
		if err != nil {
			return err
		}
		if !there || approving.Body != m.Body || approving.State != Quorate || !approving.StartsAt.After(m.StartsAt) {
			return civic.Wrong("in", "meetings.approving_wrong")
		}
		n.State, _ = n.State.After(Approve)
		n.ApprovedAt, n.ApprovedIn = tx.Now(), in
		if err := putMinutes(tx, &n); err != nil {
			return err
		}
		facts, err := minutesFacts(tx, n)
		if err != nil {
			return err
		}
		if err := s.note(tx, a, m.Body, actApproved, minutesRef(n.ID), facts, RefOf(m.ID)); err != nil {
			return err
		}
		return s.trail.Note(tx, a, "meetings.minutes.approve", RefOf(m.ID), nil)
	})
}

// ready is nil for minutes whose remarks are over and decided.
func ready(tx *storage.Tx, n Minutes) error {
	if tx.Now().Before(n.Until) {
		return civic.Fail(civic.Closed, "meetings.remarks_go_on")
	}
	all, err := remarksOn(tx, n.ID)
	if err == nil && slices.ContainsFunc(all, func(r Remark) bool { return r.Ruling == Undecided }) {
		err = civic.Fail(civic.Closed, "meetings.remarks_wait")
	}
	return err
}

// CorrectMinutes adds a correction to approved minutes, which stay as they are. Permission and errors as at; civic.Closed before the approval; civic.Invalid
// with "text".
func (s *Service) CorrectMinutes(ctx context.Context, a civic.Actor, meeting civic.ID, text civic.Text) error {
	return s.atMinutes(ctx, a, meeting, []MinutesState{Approved}, func(tx *storage.Tx, m Meeting, n Minutes) error {
		c := Correction{ID: civic.NewID(tx.Now()), Minutes: n.ID, At: tx.Now(), Text: text.Trimmed()}
		var p civic.Problems
		if checkText(&p, "text", c.Text, maxHeard); p.Err() != nil {
			return p.Err()
		}
		if err := insertCorrection(tx, &c); err != nil {
			return err
		}
		if err := s.note(tx, a, m.Body, actCorrected, correctionRef(c.ID), correctionFacts(c), minutesRef(n.ID)); err != nil {
			return err
		}
		return s.trail.Note(tx, a, "meetings.minutes.correct", RefOf(m.ID), nil)
	})
}

// minutesFacts is what the record says of approved minutes: commitments to what was said and to the remarks.
func minutesFacts(tx *storage.Tx, n Minutes) (map[string]any, error) {
	heard := []map[string]any{}
	for _, h := range n.Heard {
		heard = append(heard, map[string]any{"item": h.Item, "text": proof.Digests(h.Text)})
	}
	all, err := remarksOn(tx, n.ID)
	remarks := []map[string]any{}
	for _, r := range all {
		remarks = append(remarks, map[string]any{"seat": r.Seat, "at": proof.Instant(r.At), "lang": r.Lang, "words": proof.Digest(r.Words), "decided": r.Ruling, "reason": proof.Digests(r.Reason)})
	}
	return map[string]any{"meeting": n.Meeting, "heard": heard, "remarks": remarks, "approved_at": proof.Instant(n.ApprovedAt), "in": n.ApprovedIn}, err
}

func correctionFacts(c Correction) map[string]any {
	return map[string]any{"minutes": c.Minutes, "at": proof.Instant(c.At), "text": proof.Digests(c.Text)}
}

// MinutesView is a meeting with its minutes.
type MinutesView struct {
	View
	Minutes     Minutes
	Attended    []civic.ID
	Remarks     []Remark
	Corrections []Correction
	Approving   []Meeting // in which they can be approved now
	In          Meeting   // that approved them
}

// ShowMinutes returns the minutes of a meeting: approved ones to everybody, others to those who do the work. Errors: civic.NotFound.
func (s *Service) ShowMinutes(ctx context.Context, a civic.Actor, id civic.ID) (v MinutesView, err error) {
	if v.View, err = s.Show(ctx, a, id); err != nil {
		return v, err
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		n, begun, err := minutesOf(tx, id)
		if err != nil {
			return err
		}
		if !begun {
			n = Minutes{Meeting: id, State: Draft}
		}
		if v.Minutes = n; n.State != Approved && !v.Work {
			return notThere()
		}
		votes, err := votesOf(tx, id)
		if err != nil {
			return err
		}
		v.Attended = attended(v.Meeting, votes)
		if v.Remarks, err = remarksOn(tx, n.ID); err != nil {
			return err
		}
		if v.Corrections, err = correctionsOf(tx, n.ID); err != nil {
			return err
		}
		if n.ApprovedIn != "" {
			v.In, err = find(tx, n.ApprovedIn)
			return err
		}
		all, err := of(tx, v.Body, most)
		v.Approving = slices.DeleteFunc(all, func(m Meeting) bool { return m.State != Quorate || !m.StartsAt.After(v.StartsAt) })
		return err
	})
	return v, err
}
