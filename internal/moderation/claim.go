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
	Ref    civic.Ref
	Within part.Resolved // where it stands
	Until  time.Time     // while somebody has it; zero: nobody
}

// Queue is what waits, in the order in which it is to be decided. The same things stand in every
// moderator's queue, each in one of the lists.
type Queue struct {
	Mine, Free, Held []Item
}

// sorted puts what waits into its lists: each thing is the actor's, another's, or free.
func sorted(items []Item, claims map[civic.Ref]Claim, account civic.ID) (q Queue) {
	for _, i := range items {
		c, taken := claims[i.Ref]
		i.Until = c.Until
		switch {
		case !taken:
			q.Free = append(q.Free, i)
		case c.Account == account:
			q.Mine = append(q.Mine, i)
		default:
			q.Held = append(q.Held, i)
		}
	}
	return q
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
