package moderation

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// Claim is a thing that a moderator has taken.
type Claim struct {
	Thing   civic.Ref
	Account civic.ID
	Until   time.Time
}

// Item is a thing that waits, as the moderator sees it who asks.
type Item struct {
	part.ToModerate
	Ref     civic.Ref
	Within  part.Resolved // where it stands
	Until   time.Time     // while somebody has it; zero: nobody
	Contest *Contest      // its author asks for another decision

	queue string // in which it waits
}

// Queue is a page of what waits, in the order in which it is to be decided, each thing in one of the
// lists. The actor's own stand on the first page, all of them.
type Queue struct {
	Mine, Free, Held []Item
	Of               part.Resolved // the thing whose queue it is; zero: everything
	Next             string        // where the next page begins; "" on the last
}

// divide puts what waits and is not the actor's into its lists: each thing is free, or another's.
func (q *Queue) divide(items []Item, claims map[civic.Ref]Claim, account civic.ID) {
	for _, i := range items {
		switch c, taken := claims[i.Ref]; {
		case !taken:
			q.Free = append(q.Free, i)
		case c.Account != account:
			q.Held = append(q.Held, i)
		}
	}
}

// merged are the first of several queues, each in its own order, taken together.
func merged(queues [][]Item, most int) (out []Item) {
	for len(out) < most {
		first := -1
		for i, q := range queues {
			if len(q) > 0 && (first < 0 || before(q[0], queues[first][0]) < 0) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		out = append(out, queues[first][0])
		queues[first] = queues[first][1:]
	}
	return out
}

// before orders things by what is near its time: those with a date first, the soonest of them
// foremost, then those that have waited longest.
func before(a, b Item) int {
	if a.Due.IsZero() != b.Due.IsZero() {
		if a.Due.IsZero() {
			return 1
		}
		return -1
	}
	if c := a.Due.Compare(b.Due); c != 0 {
		return c
	}
	return a.Since.Compare(b.Since)
}
