package meetings

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Hold enters a vote of those who are in the room now; what it accepts and addresses to somebody is adopted by the body's owner. A vote on
// paper counts once two people have entered the same: until then the returned vote has no id. Permission and errors as at; civic.Closed
// when the point was settled, or two others enter it; civic.Invalid with the fields of Ask.
func (s *Service) Hold(ctx context.Context, a civic.Actor, item civic.ID, ask Ask) (v Vote, err error) {
	ask.Text = ask.Text.Trimmed()
	err = s.atPoint(ctx, a, item, Decide, func(tx *storage.Tx, b Body, m Meeting, i Item) error {
		entries, err := entriesOf(tx, i.ID)
		if err != nil {
			return err
		}
		if ask.OnPaper() || len(entries) > 0 {
			v, err = s.enter(tx, a, b, m, i, ask, entries)
			return err
		}
		members := b.Sitting()
		if v, err = Hold(ask, members, presentAmong(members, m.Present), b.Quorum); err != nil {
			return err
		}
		v.Entries = 1
		return s.count(tx, a, m, i, ask, &v)
	})
	return v, err
}

// enter notes what one person read off the papers, and counts the vote when another read the same.
func (s *Service) enter(tx *storage.Tx, a civic.Actor, b Body, m Meeting, i Item, ask Ask, entries []Entry) (Vote, error) {
	members := b.Sitting()
	mine := Entry{Item: i.ID, Account: a.Account, At: tx.Now(), Present: presentAmong(members, m.Present)}
	var theirs *Entry
	for n := range entries {
		if entries[n].Account == a.Account {
			mine.no = entries[n].no
		} else {
			theirs = &entries[n]
		}
	}
	if len(entries) == 2 && mine.no == 0 {
		return Vote{}, civic.Fail(civic.Closed, "meetings.two_enter")
	}
	of := ask
	if theirs != nil {
		of, mine.Present = theirs.Ask, presentAmong(members, theirs.Present)
	}
	ask = ask.about(of) // also the first: what was typed of a secret vote, and then folded away, is of none
	v, err := Hold(ask, members, mine.Present, b.Quorum)
	if err != nil {
		return v, err
	}
	mine.Ask = ask
	if err := putEntry(tx, &mine); err != nil {
		return v, err
	}
	if err := s.trail.Note(tx, a, "meetings.vote.enter", itemRef(i.ID), nil); err != nil {
		return v, err
	}
	if theirs == nil || len(ask.differences(theirs.Ask, members)) > 0 {
		return v, nil
	}
	if err := dropEntries(tx, i.ID); err != nil {
		return v, err
	}
	v.Entries = 2
	return v, s.count(tx, a, m, i, ask, &v)
}

// count makes a vote the decision on its point.
func (s *Service) count(tx *storage.Tx, a civic.Actor, m Meeting, i Item, ask Ask, v *Vote) error {
	v.ID, v.At, v.Item, v.Meeting = civic.NewID(tx.Now()), tx.Now(), i.ID, m.ID
	if err := insertVote(tx, v); err != nil {
		return err
	}
	if err := s.note(tx, a, m.Body, actVoted, VoteRef(v.ID), voteFacts(*v), itemRef(i.ID)); err != nil {
		return err
	}
	if err := s.trail.Note(tx, a, "meetings.vote.hold", VoteRef(v.ID), nil); err != nil {
		return err
	}
	if err := s.settle(tx, a, m, i, Decide); err != nil || !v.Accepted || ask.To == "" {
		return err
	}
	adopt := s.owners[m.Body.Kind].Adopt
	if adopt == nil {
		return civic.Wrong("to", "meetings.choose")
	}
	return adopt(tx, a, *v, m.Body.ID, ask.To, ask.Opinion)
}
