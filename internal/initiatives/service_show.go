package initiatives

import (
	"context"
	"maps"
	"slices"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Listed is an initiative in a list, as everybody sees it.
type Listed struct {
	Initiative
	BodyName   organisations.Named
	Thresholds []Threshold // the least first
}

// NextThreshold is the one that is to be reached next; false when there is none any more.
func (l Listed) NextThreshold() (Threshold, bool) {
	for _, t := range l.Thresholds {
		if l.Signed < t.Needed {
			return t, true
		}
	}
	return Threshold{}, false
}

// listed looks up what lists show of initiatives, all at once.
func (s *Service) listed(tx *storage.Tx, all []Initiative) ([]Listed, error) {
	var bodies []civic.ID
	for _, i := range all {
		bodies = append(bodies, i.Body)
	}
	names, err := s.city.Organisations.Named(tx, bodies)
	if err != nil {
		return nil, err
	}
	of, err := thresholds(tx, all...)
	out := make([]Listed, len(all))
	for n, i := range all {
		out[n] = Listed{Initiative: i, BodyName: names[i.Body], Thresholds: of[i.no]}
	}
	return out, err
}

// List is a page of initiatives.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 20

// List returns a page of those of which everybody knows. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (List, error) { return s.page(ctx, q, pageSize) }

func (s *Service) page(ctx context.Context, q Query, most int) (l List, err error) {
	l.Items, l.Next, err = storage.ReadPage(ctx, s.db, func(tx *storage.Tx) ([]Initiative, string, error) { return list(tx, q, most) }, s.listed)
	return l, err
}

// Latest returns what changed last: the feed.
func (s *Service) Latest(ctx context.Context) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := latest(tx, 50)
		if err != nil {
			return err
		}
		items, err = s.listed(tx, all)
		return err
	})
	return items, err
}

// Day is how many signed on one.
type Day struct {
	Date   string // "2026-03-17"
	Signed int64
}

// View is an initiative as its page shows it.
type View struct {
	Listed
	Authors       int
	Author, First bool // the reader is one of the authors, or began it
	Mine          *Signature
	Fate          moderation.Fate // of a refused one, for its authors
	Places        []Place         // signatures by district, as of the last fold, the most first
	Days          []Day           // and by day
	Sheets        Sheets          // what came of those on paper
	PaperOut      bool            // sheets are out that are not counted yet
	Names         []string        // of the latest who want theirs to be read
	Owed          []answers.Obligation
	Invalidations []Invalidation
	Discussion    discussion.Summary
	Trace         record.Neighbours
	MaySign       error // why the reader cannot sign; nil when they can
}

// namesShown is how many names stand on the page.
const namesShown = 12

// Show returns an initiative for its page; with its key for those who have the link. Errors: civic.NotFound, also for who has no link where one
// is needed.
func (s *Service) Show(ctx context.Context, who Who, id civic.ID, key Key) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		i, err := find(tx, id)
		if err != nil {
			return err
		}
		return s.fill(tx, &v, who, i, key)
	})
	return v, err
}

func (s *Service) fill(tx *storage.Tx, v *View, who Who, i Initiative, key Key) error {
	authors, err := authorsOf(tx, i)
	if err != nil {
		return err
	}
	v.Authors, v.Author, v.First = len(authors), isAuthor(authors, who.Actor), begins(authors, who.Actor)
	if who.Actor.SignedIn() || who.Token != "" {
		sig, there, err := s.own(tx, i, who)
		if err != nil {
			return err
		}
		if there {
			v.Mine = &sig
		}
	}
	// Whoever has asked to sign had the link.
	if err := key.opens(i); err != nil && !v.Author && v.Mine == nil {
		return err
	}
	all, err := s.listed(tx, []Initiative{i})
	if err != nil {
		return err
	}
	v.Listed = all[0]
	if v.MaySign = s.maySign(i, tx.Now()); v.MaySign == nil {
		v.MaySign = s.MaySign(who.Actor)
	}
	if v.Author {
		if v.Fate, err = s.city.Moderation.Fate(tx, Ref(i.ID)); err != nil {
			return err
		}
	}
	return s.fillPublic(tx, v, i)
}

// fillPublic adds what everybody sees.
func (s *Service) fillPublic(tx *storage.Tx, v *View, i Initiative) (err error) {
	places, err := countsBy(tx, i, "district")
	if err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(places)) {
		v.Places = append(v.Places, Place{d, places[d]})
	}
	slices.SortStableFunc(v.Places, func(a, b Place) int { return int(b.Count - a.Count) })
	days, err := countsBy(tx, i, "day")
	if err != nil {
		return err
	}
	for _, d := range slices.Sorted(maps.Keys(days)) {
		v.Days = append(v.Days, Day{d, days[d]})
	}
	latest, err := names(tx, i, "", namesShown)
	if err != nil {
		return err
	}
	for _, sig := range latest {
		v.Names = append(v.Names, ShortName(sig.Name))
	}
	if v.Sheets, err = sheetsOf(tx, i); err != nil {
		return err
	}
	out, err := s.city.Paper.Out(tx, Ref(i.ID))
	if err != nil {
		return err
	}
	v.PaperOut = out > 0
	toAnswer, deeds, err := s.owed(tx, i)
	if err != nil {
		return err
	}
	v.Owed = append(toAnswer, deeds...)
	if v.Invalidations, err = invalidationsOf(tx, i); err != nil {
		return err
	}
	if v.Discussion, err = s.city.Discussion.Summary(tx, Ref(i.ID)); err != nil {
		return err
	}
	v.Trace, err = s.city.Record.Neighbours(tx, Ref(i.ID))
	return err
}
