package moderation

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
}

// New makes the service.
func New(db *storage.DB, city *city.Service, declared *part.Declared) *Service {
	return &Service{db: db, city: city, declared: declared}
}

// shown is how many things a page of a queue shows.
const shown = 12

// lock is taken by whoever takes things or decides on one, so that none is two moderators'.
const lock = "claims of moderators"

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

// taken lists what the actor has taken and still waits.
func (s *Service) taken(tx *storage.Tx, a civic.Actor) (items []Item, err error) {
	claims, err := claimsOf(tx, a.Account, tx.Now())
	if err != nil {
		return nil, err
	}
	ids := map[string][]civic.ID{}
	for _, c := range claims {
		ids[c.Thing.Kind] = append(ids[c.Thing.Kind], c.Thing.ID)
	}
	for _, kind := range s.declared.Moderated() {
		found, err := kind.Moderated.Find(tx, a, ids[kind.Name])
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			if w.Waits {
				items = append(items, Item{ToModerate: w, Ref: civic.Ref{Kind: kind.Name, ID: w.ID}})
			}
		}
	}
	slices.SortStableFunc(items, before)
	return items, nil
}

// waiting lists what waits behind a place in the queue, and the place where the next page begins; ""
// at the end.
func (s *Service) waiting(tx *storage.Tx, a civic.Actor, of civic.Ref, after string, most int) (items []Item, next string, err error) {
	place := parsePlace(after)
	var queues [][]Item
	all := 0
	for _, kind := range s.declared.Moderated() {
		found, err := kind.Moderated.Queue(tx, a, part.QueuePage{Of: of, After: place.Get(kind.Name), Most: most + 1})
		if err != nil {
			return nil, "", err
		}
		q := make([]Item, len(found))
		for i, w := range found {
			q[i] = Item{ToModerate: w, Ref: civic.Ref{Kind: kind.Name, ID: w.ID}}
		}
		queues, all = append(queues, q), all+len(q)
	}
	items = merged(queues, most)
	for _, i := range items {
		place.Set(i.Ref.Kind, i.At)
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

// Deciding is asked by the owner of a thing in the transaction that decides on it, after its own
// locks: it ends the actor's claim. Errors: civic.Conflict while another moderator has the thing.
func (s *Service) Deciding(tx *storage.Tx, a civic.Actor, thing civic.Ref) error {
	if err := tx.Lock(lock); err != nil {
		return err
	}
	if err := s.Free(tx, a, thing); err != nil {
		return err
	}
	return dropClaim(tx, thing)
}

// Free is Deciding for a page that asks before anything is decided.
func (s *Service) Free(tx *storage.Tx, a civic.Actor, thing civic.Ref) error {
	c, taken, err := claimOn(tx, thing, tx.Now())
	if err == nil && taken && c.Account != a.Account {
		err = civic.Fail(civic.Conflict, "moderation.held")
	}
	return err
}

func (s *Service) value(key string) int { return int(s.city.Value("moderation." + key)) }
