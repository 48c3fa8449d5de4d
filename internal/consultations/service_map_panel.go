package consultations

import (
	"context"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Panel is what a moderator sees of suspicious votes.
type Panel struct {
	MapView
	Bursts     []Burst // without accounts
	MayExclude bool
}

// MapPanel returns the bursts of identical votes in a consultation and what was decided
// about earlier ones. Permission: ModeratedBy; deciding takes mayExclude.
func (s *Service) MapPanel(ctx context.Context, a civic.Actor, id civic.ID) (p Panel, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := moderated(tx, a, id)
		if err != nil {
			return err
		}
		if p.MapView, err = s.mapOf(tx, c); err != nil {
			return err
		}
		p.MayExclude = mayExclude(a)
		if _, err := mapColumn(tx, c.no, "bursts", &p.Bursts); err != nil {
			return err
		}
		p.Bursts, err = pending(tx, c, p.Bursts)
		for i := range p.Bursts {
			p.Bursts[i].Accounts = make([]int64, len(p.Bursts[i].Accounts)) // how many, not who
		}
		return err
	})
	return p, err
}

// pending are the bursts that are still on the map: one may have been left out since it was made.
func pending(tx *storage.Tx, c Consultation, all []Burst) ([]Burst, error) {
	out, err := excluded(tx, c.no)
	return slices.DeleteFunc(all, func(b Burst) bool {
		_, gone := slices.BinarySearch(out, b.Accounts[0])
		return gone
	}), err
}

// LeaveOut leaves the accounts of a burst out of the map, with a reason that everybody
// reads. Their votes stay, and stay in the totals of the results. Permission: moderators
// and administrators. Errors: civic.Forbidden; civic.Conflict when the burst is another by
// now; civic.Invalid with the field "reason".
func (s *Service) LeaveOut(ctx context.Context, a civic.Actor, id civic.ID, key string, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.decideOnMap(ctx, a, id, reason, func(tx *storage.Tx, c Consultation) error {
		var bursts []Burst
		if _, err := mapColumn(tx, c.no, "bursts", &bursts); err != nil {
			return err
		}
		bursts, err := pending(tx, c, bursts)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(bursts, func(b Burst) bool { return b.Key == key && b.Without != nil })
		if i < 0 {
			return civic.Fail(civic.Conflict, "consultations.map_burst_changed")
		}
		rule := s.city.Moderation.Book().Newest(moderation.RuleCoordinated).ID()
		no, err := insertExclusion(tx, c, a.Account, rule, reason, bursts[i])
		if err != nil {
			return err
		}
		if _, err := s.city.Moderation.Deciding(tx, a, moderation.Verdict{Thing: exclusionRef(c, no), Outcome: moderation.Removed, Rule: rule}); err != nil {
			return err
		}
		if err := s.recordExclusion(tx, actLeftOut, c, no, c.actsAs(a), leftOutFacts, ref(c)); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.exclusion.leave_out", ref(c), map[string]string{"exclusion": strconv.FormatInt(no, 10),
			"accounts": strconv.Itoa(len(bursts[i].Accounts)), "votes": strconv.Itoa(bursts[i].Votes)})
	})
}

// CountAgain reverses an earlier LeaveOut, with a reason that everybody reads. Permission
// and errors as there; civic.NotFound when there is nothing to reverse.
func (s *Service) CountAgain(ctx context.Context, a civic.Actor, id civic.ID, no int64, reason civic.Text) error {
	reason = reason.Trimmed()
	return s.decideOnMap(ctx, a, id, reason, func(tx *storage.Tx, c Consultation) error {
		ok, err := reverseExclusion(tx, c, no, a.Account, reason)
		if err != nil {
			return err
		}
		if !ok {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		if _, err := s.city.Moderation.Deciding(tx, a, moderation.Verdict{Thing: exclusionRef(c, no), Outcome: moderation.Restored}); err != nil {
			return err
		}
		if err := s.recordExclusion(tx, actCountedAgain, c, no, c.actsAs(a), countedAgainFacts); err != nil {
			return err
		}
		return s.city.Trail.Note(tx, a, "consultations.exclusion.count_again", ref(c), map[string]string{"exclusion": strconv.FormatInt(no, 10)})
	})
}

func (s *Service) decideOnMap(ctx context.Context, a civic.Actor, id civic.ID, reason civic.Text, act func(*storage.Tx, Consultation) error) error {
	return s.alone(ctx, a, id, moderated, func(tx *storage.Tx, c Consultation) error {
		if !mayExclude(a) {
			return civic.Fail(civic.Forbidden, "consultations.map_moderators_decide")
		}
		var p civic.Problems
		checkReason("reason", reason, &p)
		if err := p.Err(); err != nil {
			return err
		}
		if err := act(tx, c); err != nil {
			return err
		}
		tx.Touch(topic(c.ID))
		return wantMap(tx, c.no, c.ID)
	})
}
