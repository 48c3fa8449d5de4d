package moderation

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	record   *record.Log
	notices  *notifications.Service
	trail    *audit.Trail

	book atomic.Pointer[Book]
}

// Topic is the topic of cached pages that show the rule book or the log.
const Topic = "moderation"

// New makes the service for a migrated database, and loads the rule book.
func New(ctx context.Context, db *storage.DB, city *city.Service, declared *part.Declared, record *record.Log, notices *notifications.Service, trail *audit.Trail) (*Service, error) {
	s := &Service{db: db, city: city, declared: declared, record: record, notices: notices, trail: trail}
	return s, db.Follow(ctx, topicBook, func(tx *storage.Tx) (func(), error) {
		all, err := rules(tx)
		return func() { s.book.Store(newBook(all)) }, err
	})
}

// topicBook is the topic of the copy of the rule book that is kept in memory.
const topicBook = "moderation-book"

// Book is the rule book as it is now.
func (s *Service) Book() *Book { return s.book.Load() }

// shown is how many things a page of a queue shows.
const shown = 8

// lock is taken by whoever takes things or decides on one, so that none is two moderators'.
const lock = "moderation_claims"

// Queue lists a page of what waits for the actor to decide on: all of it, or what stands at the thing
// of. Permission: each owner's rule, which the kind's Queue asks: nobody is shown what they may not
// decide on.
func (s *Service) Queue(ctx context.Context, a civic.Actor, of civic.Ref, after string) (q Queue, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		q, err = s.queue(tx, a, of, after)
		return err
	})
	return q, err
}

func (s *Service) queue(tx *storage.Tx, a civic.Actor, of civic.Ref, after string) (q Queue, err error) {
	free, next, err := s.waiting(tx, a, of, after, shown)
	if err != nil {
		return q, err
	}
	claims, err := claimsNow(tx, tx.Now())
	if err != nil {
		return q, err
	}
	var mine []Item
	if after == "" {
		if mine, err = s.taken(tx, a); err != nil {
			return q, err
		}
	}
	titles, err := s.declared.Titles(tx, a, slices.Concat([]civic.Ref{of}, where(free), where(mine)))
	for _, items := range [][]Item{free, mine} {
		for i := range items {
			items[i].Within, items[i].Until = titles[items[i].Of], claims[items[i].Ref].Until
		}
	}
	q.Of, q.Mine, q.Next = titles[of], mine, next
	q.divide(free, claims, a.Account)
	return q, err
}

// where are the things at which items stand.
func where(items []Item) (refs []civic.Ref) {
	for _, i := range items {
		refs = append(refs, i.Of)
	}
	return refs
}

// waiting lists what waits behind a place in the queue, and the place where the next page begins; ""
// at the end.
func (s *Service) waiting(tx *storage.Tx, a civic.Actor, of civic.Ref, after string, most int) (items []Item, next string, err error) {
	place := parsePlace(after)
	contested, err := s.contested(tx, a, part.QueuePage{Of: of, After: place.Get(contestQueue), Most: most + 1})
	if err != nil {
		return nil, "", err
	}
	queues, all := [][]Item{contested}, len(contested)
	for _, kind := range s.declared.Moderated() {
		found, err := kind.Moderated.Queue(tx, a, part.QueuePage{Of: of, After: place.Get(kind.Name), Most: most + 1})
		if err != nil {
			return nil, "", err
		}
		q := make([]Item, len(found))
		for i, w := range found {
			q[i] = Item{ToModerate: w, Ref: civic.Ref{Kind: kind.Name, ID: w.ID}, queue: kind.Name}
		}
		queues, all = append(queues, q), all+len(q)
	}
	items = merged(queues, most)
	for _, i := range items {
		place.Set(i.queue, i.At)
	}
	if all > most {
		next = place.Encode()
	}
	return items, next, nil
}

// parsePlace reads a place in the queue over all kinds: for each kind, behind which of its things.
func parsePlace(text string) url.Values {
	place, err := url.ParseQuery(text)
	if err != nil {
		return url.Values{}
	}
	return place
}

// Take makes the next free things the actor's for some minutes, until they have as many as the setting
// says, and returns how many are theirs now. What they had is theirs for as long again. Permission:
// Queue's.
func (s *Service) Take(ctx context.Context, a civic.Actor, of civic.Ref) (mine int, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		had, err := s.taken(tx, a)
		if err != nil {
			return err
		}
		if err := errors.Join(dropPast(tx, tx.Now()), dropClaimsOf(tx, a.Account)); err != nil {
			return err
		}
		take := had
		for after, more := "", true; more && len(take) < s.value("claim_most"); more = after != "" {
			q, err := s.queue(tx, a, of, after)
			if err != nil {
				return err
			}
			take, after = append(take, q.Free...), q.Next
		}
		take = take[:min(len(take), max(len(had), s.value("claim_most")))]
		mine = len(take)
		until := tx.Now().Add(time.Duration(s.value("claim_minutes")) * time.Minute)
		for _, i := range take {
			if err := insertClaim(tx, Claim{i.Ref, a.Account, until}); err != nil {
				return err
			}
		}
		return nil
	})
	return mine, err
}

// GiveBack lets others have what the actor took.
func (s *Service) GiveBack(ctx context.Context, a civic.Actor) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error { return dropClaimsOf(tx, a.Account) })
}

func (s *Service) value(key string) int { return int(s.city.Value("moderation." + key)) }
