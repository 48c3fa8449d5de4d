package organisations

import (
	"context"
	"sync"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// List finds a page of entries. Everybody sees what is public; the lists of drafts and
// hidden entries are for moderators (Forbidden).
func (s *Service) List(ctx context.Context, actor civic.Actor, q Query) (p Page, err error) {
	if (q.State == Draft || q.State == Hidden) && !Moderates(actor) {
		return p, civic.Fail(civic.Forbidden, "web.forbidden")
	}
	version := s.db.Version(Topic) // before the look: a change in between makes the copy old, not wrong
	if p, ok := s.recent.get(q, version); ok {
		return p, nil
	}
	if err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if p, err = list(tx, q); err != nil {
			return err
		}
		return s.addLogos(tx, p.Items)
	}); err == nil && q.State == "" {
		s.recent.put(q, version, p)
	}
	return p, err
}

// addLogos puts the logos of those that have one beside their names.
func (s *Service) addLogos(tx *storage.Tx, items []Item) error {
	var ids []civic.ID
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	logos, err := s.files.First(tx, Kind, LogoFiles, ids)
	for i, it := range items {
		if logo, has := logos[it.ID]; has {
			items[i].Logo = &logo
		}
	}
	return err
}

// recentLists keeps pages of public lists for readers who are signed in: a page of theirs
// cannot be cached as a whole. It forgets all of them with every change of the register.
type recentLists struct {
	mu      sync.Mutex
	version uint64
	pages   map[Query]Page
}

const maxRecent = 500

func (l *recentLists) get(q Query, version uint64) (Page, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version != version {
		return Page{}, false
	}
	p, ok := l.pages[q]
	return p, ok
}

func (l *recentLists) put(q Query, version uint64, p Page) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.version != version || len(l.pages) >= maxRecent {
		l.version, l.pages = version, nil
	}
	if l.pages == nil {
		l.pages = map[Query]Page{}
	}
	l.pages[q] = p
}

// Each walks the public entries that q's filters select, in order of registration. q.Text
// and the cursors are not looked at.
func (s *Service) Each(ctx context.Context, q Query, visit func(Organisation) error) error {
	q.State = ""
	return each(func(fn func(*storage.Tx) error) error { return s.db.Read(ctx, fn) }, q, visit)
}
