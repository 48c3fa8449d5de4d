package record

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// Bounds of a trace: a chain longer or broader than that is cut, and the page says so.
const (
	maxTraceThings = 100
	maxTraceActs   = 300
	maxTraceDepth  = 12
	maxNeighbours  = 20
)

// Neighbours are the things one step up and down from a thing, as the public sees them.
type Neighbours struct {
	Ref         civic.Ref
	FollowsFrom []part.Resolved
	LedTo       []part.Resolved
	Acts        int64 // entries about the thing itself
}

// Neighbours finds what a thing follows from and what it led to, for its public page.
func (l *Log) Neighbours(tx *storage.Tx, ref civic.Ref) (n Neighbours, err error) {
	n.Ref = ref
	up, err := followsFrom(tx, ref, maxNeighbours)
	if err != nil {
		return n, err
	}
	down, err := ledTo(tx, ref, maxNeighbours)
	if err != nil {
		return n, err
	}
	var refs []civic.Ref
	for _, e := range up {
		refs = append(refs, e.from)
	}
	for _, e := range down {
		refs = append(refs, e.subject)
	}
	titles, err := l.declared.Titles(tx, civic.Actor{}, refs)
	if err != nil {
		return n, err
	}
	for i, r := range refs {
		t, ok := titles[r]
		switch {
		case !ok:
		case i < len(up):
			n.FollowsFrom = append(n.FollowsFrom, t)
		default:
			n.LedTo = append(n.LedTo, t)
		}
	}
	n.Acts, err = countAbout(tx, ref)
	return n, err
}

// Chain is everything that a thing follows from and led to, with all acts on the way in the
// order of the record.
type Chain struct {
	Ref    civic.Ref
	Acts   []Recorded
	Titles map[civic.Ref]part.Resolved
	Cut    bool // there is more than is shown
}

// Trace follows the chain from a thing up to the first voices and down to the last results.
// NotFound when the record says nothing about it.
func (l *Log) Trace(ctx context.Context, ref civic.Ref) (c Chain, err error) {
	c.Ref = ref
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		things := []civic.Ref{ref}
		for _, way := range []struct {
			find  func(*storage.Tx, civic.Ref, int) ([]edge, error)
			other func(edge) civic.Ref
		}{
			{followsFrom, func(e edge) civic.Ref { return e.from }},
			{ledTo, func(e edge) civic.Ref { return e.subject }},
		} {
			front := []civic.Ref{ref}
			for depth := 0; len(front) > 0 && depth < maxTraceDepth; depth++ {
				var next []civic.Ref
				for _, r := range front {
					edges, err := way.find(tx, r, maxTraceThings)
					if err != nil {
						return err
					}
					for _, e := range edges {
						other := way.other(e)
						switch {
						case slices.Contains(things, other):
						case len(things) == maxTraceThings:
							c.Cut = true
						default:
							things, next = append(things, other), append(next, other)
						}
					}
				}
				front = next
			}
			c.Cut = c.Cut || len(front) > 0
		}
		for _, r := range things {
			acts, err := entriesAbout(tx, r, 0, maxTraceActs)
			if err != nil {
				return err
			}
			c.Acts = append(c.Acts, acts...)
		}
		slices.SortFunc(c.Acts, func(a, b Recorded) int { return int(a.Index - b.Index) })
		if len(c.Acts) > maxTraceActs {
			c.Acts, c.Cut = c.Acts[len(c.Acts)-maxTraceActs:], true
		}
		if len(c.Acts) == 0 {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		for _, a := range c.Acts {
			things = append(things, a.Follows...)
		}
		c.Titles, err = l.declared.Titles(tx, civic.Actor{}, things)
		return err
	})
	return c, err
}

// Search finds public things to link, the best few of each kind.
func (l *Log) Search(ctx context.Context, words string) (hits []search.Hit, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		groups, err := l.opts.Search.Find(tx, civic.Actor{}, search.Query{Text: words, Most: 5})
		for _, g := range groups {
			hits = append(hits, g.Hits...)
		}
		return err
	})
	return hits, err
}

// Linked lists what a thing follows from, as the public sees it.
func (l *Log) Linked(ctx context.Context, subject civic.Ref) (out []search.Hit, err error) {
	err = l.db.Read(ctx, func(tx *storage.Tx) error {
		edges, err := followsFrom(tx, subject, maxTraceThings)
		if err != nil {
			return err
		}
		var refs []civic.Ref
		for _, e := range edges {
			refs = append(refs, e.from)
		}
		titles, err := l.declared.Titles(tx, civic.Actor{}, refs)
		for _, ref := range refs {
			if t, ok := titles[ref]; ok {
				out = append(out, search.Hit{Ref: ref, Resolved: t})
			}
		}
		return err
	})
	return out, err
}
