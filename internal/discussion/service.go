package discussion

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/search"
)

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db         *storage.DB
	log        *slog.Logger
	city       *city.Service
	declared   *part.Declared
	record     *record.Log
	search     *search.Service
	moderation *moderation.Service
	notices    *notifications.Service
	trail      *audit.Trail
	often      *web.Limiter // how often one account says what it finds useful
}

// New makes the service.
func New(db *storage.DB, log *slog.Logger, city *city.Service, declared *part.Declared, record *record.Log, search *search.Service,
	moderation *moderation.Service, notices *notifications.Service, trail *audit.Trail) *Service {
	s := &Service{db: db, log: log, city: city, declared: declared, record: record, search: search, moderation: moderation, notices: notices, trail: trail}
	s.often = &web.Limiter{Burst: func(string) int { return s.value("useful_per_hour") }, Per: time.Hour, Clock: db.Now}
	return s
}

func (s *Service) value(key string) int { return int(s.city.Value("discussion." + key)) }

// Topic is the topic of kept pages that list threads; topicOf of those that show what is said under a thing.
const Topic = "discussion"

func topicOf(thing civic.Ref) string { return "discussion:" + thing.String() }

// touch makes pages anew that show what is said under a thing, those of its owner too.
func (s *Service) touch(tx *storage.Tx, thing civic.Ref) {
	tx.Touch(Topic, topicOf(thing))
	if kind, _ := s.declared.Kind(thing.Kind); kind.Discussed.Topics != nil {
		tx.Touch(kind.Discussed.Topics(thing.ID)...)
	}
}

func notFound() error { return civic.Fail(civic.NotFound, "web.not_found") }

// under is a thing under which people comment, as the actor sees it.
type under struct {
	part.Discussion
	Title part.Resolved
}

// at finds a thing under which people comment. Errors: civic.NotFound when there is none, it is not for the actor,
// or nobody comments under it.
func (s *Service) at(tx *storage.Tx, a civic.Actor, thing civic.Ref) (u under, err error) {
	kind, known := s.declared.Kind(thing.Kind)
	if !known || kind.Discussed.Rules == nil {
		return u, notFound()
	}
	titles, err := s.declared.Titles(tx, a, []civic.Ref{thing})
	if err != nil {
		return u, err
	}
	title, seen := titles[thing]
	if !seen {
		return u, notFound()
	}
	u.Title = title
	if u.Discussion, err = kind.Discussed.Rules(tx, thing.ID); err == nil && !u.On {
		err = notFound()
	}
	return u, err
}

// one finds a comment as the actor may see it, and what it stands under. Errors: civic.NotFound.
func (s *Service) one(tx *storage.Tx, a civic.Actor, id civic.ID) (c Comment, u under, err error) {
	if c, err = find(tx, id); err != nil {
		return c, u, err
	}
	if u, err = s.at(tx, a, c.Thing); err != nil {
		return c, u, err
	}
	seen, there := c.seenBy(a)
	if !there {
		return c, u, notFound()
	}
	return seen, u, nil
}

// lockOf is the lock of whoever changes a comment.
func lockOf(id civic.ID) string { return "discussion_comment:" + string(id) }

// own finds a comment that the actor wrote, and keeps others from it until the end of the transaction. Errors:
// civic.NotFound, civic.Forbidden.
func (s *Service) own(tx *storage.Tx, a civic.Actor, id civic.ID) (Comment, under, error) {
	if err := tx.Lock(lockOf(id)); err != nil {
		return Comment{}, under{}, err
	}
	c, u, err := s.one(tx, a, id)
	if err == nil && !c.By(a.Account) {
		err = civic.Fail(civic.Forbidden, "discussion.not_yours")
	}
	return c, u, err
}

// watch counts anew what has changed, and shows what was held over the night, until ctx ends; failures are
// logged, and it goes on. Every node of a city runs it; they do not get in each other's way.
func (s *Service) watch(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		if err := s.settle(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("discussion: counts and what was held are late", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// settle does what watch would have done by now.
func (s *Service) settle(ctx context.Context) error {
	if err := s.ShowHeld(ctx); err != nil {
		return err
	}
	return s.Fold(ctx)
}

// Fold counts anew what has changed in every thread.
func (s *Service) Fold(ctx context.Context) error {
	const some = 20
	for more := true; more; {
		waiting := false
		if err := s.db.Read(ctx, func(tx *storage.Tx) (err error) { waiting, err = anyChanged(tx); return err }); err != nil || !waiting {
			return err
		}
		err := s.db.Write(ctx, func(tx *storage.Tx) error {
			if err := tx.Lock("discussion_fold"); err != nil { // of two nodes, the later one has seen more
				return err
			}
			threads, err := takeChanged(tx, some)
			if err != nil {
				return err
			}
			more = len(threads) == some
			for _, no := range slices.Sorted(maps.Keys(threads)) {
				otherwise, err := foldThread(tx, no, threads[no])
				if err != nil {
					return err
				}
				if otherwise {
					thing, err := thingOf(tx, no)
					if err != nil {
						return err
					}
					s.touch(tx, thing)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
