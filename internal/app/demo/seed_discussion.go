package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/moderation"
)

// Comment is what somebody says under a consultation before it opens.
type Comment struct {
	Ago          int    // days before now; 0: just now
	At           string // "10:12", in the city's time
	Who          string // tells made-up people apart; "resident" is the account of that name
	ReplyTo      int    `toml:"reply_to"` // the place of a comment in the list, from 1
	Stance       discussion.Stance
	Lang         civic.Lang
	Text         string
	Was          string     // what stood there first
	Official     civic.Text // by the body
	Post         string
	For, Against int    // how many of each side find it useful
	Removed      string // the rule it broke
	Reason       string
	Unseen       bool // no moderator has looked at it yet
}

// when is the instant of a comment, by day, so that no quiet hours hold it; the last is written just now.
func (c Comment) when(now time.Time) time.Time {
	at, err := time.Parse("15:04", c.At)
	if err != nil || c.Ago == 0 {
		return now.Add(-2 * time.Minute)
	}
	day := now.AddDate(0, 0, -c.Ago)
	return time.Date(day.Year(), day.Month(), day.Day(), at.Hour(), at.Minute(), 0, 0, now.Location())
}

// madeUp are people without an account that anybody can sign in to.
func madeUp(n int, now time.Time) []civic.Actor {
	out := make([]civic.Actor, n)
	for i := range out {
		out[i] = civic.Actor{Account: civic.NewID(now), Assurance: civic.Verified}
	}
	return out
}

// discuss lets people comment on a consultation that is announced; id is its, once it is there.
func (s *seeder) discuss(q Consultation, id *civic.ID) (all []event) {
	who := map[string]civic.Actor{"resident": s.accounts["resident"]}
	forIt, against := madeUp(20, s.now), madeUp(20, s.now)
	said := make([]civic.ID, len(q.Comments))
	for i, c := range q.Comments {
		if _, known := who[c.Who]; !known {
			who[c.Who] = madeUp(1, s.now)[0]
		}
		all = append(all, event{at: c.when(s.now), do: func(ctx context.Context) error {
			d := discussion.Draft{Thing: civic.Ref{Kind: consultations.Kind, ID: *id}, Stance: c.Stance, Text: c.Text, Lang: c.Lang, Words: c.Official, Post: c.Post}
			if c.ReplyTo > 0 {
				d.Parent = said[c.ReplyTo-1]
			}
			if c.Was != "" {
				d.Text = c.Was
			}
			by := who[c.Who]
			if !c.Official.Empty() {
				by = s.accounts["officer"]
			}
			done, err := s.Discussion.Say(ctx, by, d)
			if err != nil {
				return fmt.Errorf("%s: comment %d: %w", q.Key, i+1, err)
			}
			said[i] = done.ID
			if c.Was != "" {
				d.Text = c.Text
				s.Clock.set(c.when(s.now).Add(4 * time.Minute))
				err = s.Discussion.Edit(ctx, by, done.ID, d)
			}
			return err
		}})
		if c.Ago > 0 {
			all = append(all, event{at: c.when(s.now).Add(3 * time.Hour), do: func(ctx context.Context) error { return s.receive(ctx, c, said[i], forIt[:c.For], against[:c.Against]) }})
		}
	}
	return all
}

// receive is what others do with a comment in the hours after.
func (s *seeder) receive(ctx context.Context, c Comment, id civic.ID, forIt, against []civic.Actor) error {
	for side, people := range map[discussion.Side][]civic.Actor{discussion.OnFor: forIt, discussion.OnAgainst: against} {
		for _, a := range people {
			if err := s.Discussion.Useful(ctx, a, id, true, side); err != nil {
				return err
			}
		}
	}
	if c.Unseen || !c.Official.Empty() {
		return nil
	}
	return s.Discussion.Decide(ctx, s.administrator(), id, moderation.Choice{Approve: c.Removed == "", Rule: s.Moderation.Book().Newest(c.Removed).ID(), Reason: c.Reason})
}
