package moderation

import (
	"context"
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

// shown is how many things a queue shows. Whoever has decided on them gets the next.
const shown = 50

// lock is taken by whoever takes things or decides on one, so that none is two moderators'.
const lock = "claims of moderators"

// Queue lists what waits for the actor to decide on. Permission: each owner's rule, which the kind's
// Queue asks: nobody is shown what they may not decide on.
func (s *Service) Queue(ctx context.Context, a civic.Actor) (q Queue, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		q, err = s.queue(tx, a)
		return err
	})
	return q, err
}

func (s *Service) queue(tx *storage.Tx, a civic.Actor) (Queue, error) {
	var items []Item
	var where []civic.Ref
	for _, kind := range s.declared.Moderated() {
		waiting, err := kind.Moderated.Queue(tx, a, shown)
		if err != nil {
			return Queue{}, err
		}
		for _, w := range waiting {
			items = append(items, Item{ToModerate: w, Ref: civic.Ref{Kind: kind.Name, ID: w.ID}})
			where = append(where, w.Of)
		}
	}
	titles, err := s.declared.Titles(tx, a, where)
	if err != nil {
		return Queue{}, err
	}
	for i := range items {
		items[i].Within = titles[items[i].Of]
	}
	slices.SortStableFunc(items, before)
	claims, err := claimsNow(tx, tx.Now())
	return sorted(items[:min(shown, len(items))], claims, a.Account), err
}

// Take makes the next things the actor's for some minutes, as many as the setting says, and returns
// how many are theirs now. What they had is theirs for as long again. Permission: Queue's.
func (s *Service) Take(ctx context.Context, a civic.Actor) (mine int, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock(lock); err != nil {
			return err
		}
		if err := dropPast(tx, tx.Now()); err != nil {
			return err
		}
		q, err := s.queue(tx, a)
		if err != nil {
			return err
		}
		take := append(q.Mine, q.Free...)
		take = take[:min(len(take), max(len(q.Mine), s.value("claim_most")))]
		for _, i := range take {
			if err := insertClaim(tx, Claim{i.Ref, a.Account, tx.Now().Add(time.Duration(s.value("claim_minutes")) * time.Minute)}); err != nil {
				return err
			}
		}
		mine = len(take)
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
