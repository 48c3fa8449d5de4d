package ballots

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// OfferPaper says that ballots of a vote under way are given out on paper too; a vote that has them already stays as it is. Codes: NotFound; Closed.
func (s *Service) OfferPaper(tx *storage.Tx, role civic.Role, of civic.Ref) error {
	v, err := changing(tx, of)
	if err != nil {
		return err
	}
	if v.State != Open || !tx.Now().Before(v.ClosesAt) {
		return civic.Fail(civic.Closed, "ballots.over")
	}
	if v.Paper {
		return nil
	}
	v.Paper = true
	if err := saveVote(tx, v); err != nil {
		return err
	}
	return s.note(tx, v, actPaper, role)
}

// GivePaper notes on the roll that somebody was given a ballot on paper, as whoever knows them has seen: they cannot vote in another way any
// more. Which sheet they got is noted nowhere. Codes: Closed; Conflict for somebody who voted, or when the vote has no paper.
func (s *Service) GivePaper(tx *storage.Tx, of civic.Ref, whom CodeFor) error {
	v, err := byRef(tx, of)
	if err != nil {
		return err
	}
	if err := tx.LockShared(lockOf(v)); err != nil {
		return err
	}
	if v, err = byID(tx, v.ID); err != nil {
		return err
	}
	if err := v.underWay(tx.Now()); err != nil {
		return err
	}
	if !v.Paper || whom.Person == nil {
		return civic.Fail(civic.Conflict, "ballots.no_paper")
	}
	r := rolled{who: rolledAs(v.ID, "person", whom.Person), channel: Paper, district: whom.District, age: whom.Age, hour: hour(tx.Now())}
	first, err := insertRolled(tx, v.no, r)
	if err == nil && !first {
		err = civic.Fail(civic.Conflict, "ballots.voted_already")
	}
	return err
}

// AddPaper puts ballots that came on paper into the box, after the end of the vote, and with the last of them lets it be counted. absent is how many
// that were given to voters did not come: spoilt or not returned. Ballots and absent together are as many as the roll has on paper, or the
// difference is public for ever. Codes: Conflict before the end, after the last, or when the vote has no paper; Invalid for a ballot that the rule does not take.
func (s *Service) AddPaper(tx *storage.Tx, of civic.Ref, all []Ballot, absent int64, last bool) error {
	v, err := changing(tx, of)
	if err != nil {
		return err
	}
	if !v.Paper || v.paperIn || v.State != Open || tx.Now().Before(v.End()) || absent < 0 {
		return civic.Fail(civic.Conflict, "ballots.paper_not_now")
	}
	key, err := publicKey(v.Key)
	if err != nil {
		return err
	}
	for _, b := range all {
		if err := v.Rule.Check(v.Options, b); err != nil {
			return err
		}
		k := randomKeys()
		text := b.String()
		sealed, err := seal(key, v.ID, k.box, content{k.code, text}, v.longest)
		if err != nil {
			return err
		}
		if _, err := insertBoxed(tx, v.no, boxed{id: k.box, owner: k.ownedBy(""), says: k.says(text), sealed: sealed}); err != nil {
			return err
		}
	}
	v.paperIn, v.Absent = last, v.Absent+absent
	if err := saveVote(tx, v); err != nil || !last {
		return err
	}
	return jobs.Enqueue(tx, countKind, v.ID, jobs.Options{})
}

// PaperGap is how many more people are on the roll of a vote than ballots and absent ones account for, below zero how many fewer, when so many are handed in beside
// what is in the box. Nobody votes but on paper any more: it is asked after the end.
func PaperGap(tx *storage.Tx, of civic.Ref, all, absent int64) (int64, error) {
	v, err := byRef(tx, of)
	if err != nil {
		return 0, err
	}
	return gapOf(tx, v, all, absent)
}

func gapOf(tx *storage.Tx, v Vote, all, absent int64) (int64, error) {
	rolled, err := countRolled(tx, v.no)
	if err != nil {
		return 0, err
	}
	boxed, err := countBoxed(tx, v.no)
	return rolled - boxed - v.Absent - all - absent, err
}

// NoPaper says that no more paper will come: before the end that the vote has none after all, after it that all there is was handed in. Code: Conflict while people are
// on the roll for whom no sheet accounts.
func (s *Service) NoPaper(tx *storage.Tx, of civic.Ref) error {
	v, err := changing(tx, of)
	if err != nil || !v.Paper || v.paperIn || v.State != Open {
		return err
	}
	if gap, err := gapOf(tx, v, 0, 0); err != nil {
		return err
	} else if gap > 0 {
		return civic.Fail(civic.Conflict, "ballots.paper_given", "Count", gap)
	} else if gap < 0 {
		return civic.Fail(civic.Conflict, "ballots.paper_more", "Count", -gap)
	}
	if tx.Now().Before(v.End()) {
		v.Paper = false
		if err := saveVote(tx, v); err != nil {
			return err
		}
		return s.note(tx, v, actNoPaper, "")
	}
	v.paperIn = true
	if err := saveVote(tx, v); err != nil {
		return err
	}
	return jobs.Enqueue(tx, countKind, v.ID, jobs.Options{})
}

// CheckBallot says what is wrong with a ballot of a vote, as somebody types it from paper.
func (s *Service) CheckBallot(ctx context.Context, of civic.Ref, b Ballot) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error { return CheckIn(tx, of, b) })
}

// CheckIn is CheckBallot within a transaction.
func CheckIn(tx *storage.Tx, of civic.Ref, b Ballot) error {
	v, err := byRef(tx, of)
	if err != nil {
		return err
	}
	return v.Rule.Check(v.Options, b)
}
