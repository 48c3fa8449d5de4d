// Package rights leads people from what happened to them to their right, a deadline, a letter, and somebody who helps. What a guide says is data
// (package guide). What people answer stays with them: it travels in the page and is kept nowhere, unless they ask for a code. See README.md.
package rights

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/rights/guide"
	"github.com/birge-kz/birge/internal/search"
)

const (
	// Kind is a guide in a civic.Ref; its id is the guide's address.
	Kind  = "rights.guide"
	topic = "rights"
	root  = "/rights"
)

// Path is the page of a guide, without the language.
func Path(id string) string { return root + "/" + id }

// Service is what can be done. It is safe for concurrent use.
type Service struct {
	city   capability.City
	counts counts
}

// New makes the service.
func New(c capability.City) *Service { return &Service{city: c} }

func (s *Service) value(name string) int64 { return s.city.Settings.Value("rights." + name) }

// Book is the city's guides.
func (s *Service) book() (*book, error) { return comes() }

// Guide finds one by its address.
func (s *Service) Guide(id string) (*guide.Guide, error) {
	b, err := s.book()
	if err != nil {
		return nil, err
	}
	g, ok := b.find(id)
	if !ok {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	return g, nil
}

// today is the day in the city.
func (s *Service) today() time.Time { return s.city.DB.Now().In(s.city.Settings.Zone()) }

func titles(_ *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	b, err := comes()
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		if g, ok := b.find(string(id)); ok {
			out[id] = part.Resolved{Title: g.Title(), Path: Path(g.ID)}
		}
	}
	return out, nil
}

// number is that of a guide in the search: of its address, so that it stays when guides come and go.
func number(id string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return int64(h.Sum64() >> 33)
}

// put makes guides found by the words in which people speak of them.
func (s *Service) put(ctx context.Context) error {
	b, err := s.book()
	if err != nil {
		return err
	}
	var documents []search.Document
	for _, g := range b.guides {
		var words []string
		for _, lang := range civic.Languages() {
			t := g.Texts[lang]
			words = append(words, t.Lede, strings.Join(t.Words, " ")) // questions have words that could be in any guide
		}
		documents = append(documents, search.Document{Ref: civic.Ref{Kind: Kind, ID: civic.ID(g.ID)}, Number: number(g.ID), Public: true, About: []city.Scope{{Theme: g.Theme}},
			Words: search.Analyse(search.Text{Title: search.Join(g.Title()), Rest: strings.Join(words, "\n")})})
	}
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error { return s.city.Search.Put(tx, documents...) })
}

// maxWords bounds how many words of a search are looked for; each is a look into the index.
const maxWords = 12

// Find lists the guides that speak of what somebody wrote, the best first. Unlike the city-wide search it does not want every word: people tell
// what happened to them. A word counts for more the fewer guides have it, and nothing when all have it.
func (s *Service) Find(ctx context.Context, text string) (out []*guide.Guide, err error) {
	b, err := s.book()
	if err != nil {
		return nil, err
	}
	score := map[string]float64{}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		words := strings.Fields(text)
		for _, word := range words[:min(len(words), maxWords)] {
			groups, err := s.city.Search.Find(tx, civic.Actor{}, search.Query{Text: word + " ", Kind: Kind, Most: len(b.guides)})
			if err != nil {
				return err
			}
			for _, g := range groups {
				for _, hit := range g.Hits {
					if len(g.Hits)*2 <= max(len(b.guides), 2) {
						score[string(hit.Ref.ID)] += 1 / float64(len(g.Hits))
					}
				}
			}
		}
		return nil
	})
	for _, g := range b.guides {
		if score[g.ID] > 0 {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(x, y *guide.Guide) int {
		switch {
		case score[x.ID] > score[y.ID]:
			return -1
		case score[x.ID] < score[y.ID]:
			return 1
		}
		return 0
	})
	return out[:min(len(out), 5)], err
}

// Helper is an organisation of the register that may help free of charge.
type Helper struct {
	organisations.Organisation
	Looked time.Time // when its entry was last verified, or else changed
	Said   bool      // by somebody who verified it
}

const maxHelpers = 3

// Helpers lists working NGOs of the guide's theme, those of the district first, then those of the whole city.
func (s *Service) Helpers(ctx context.Context, theme, district string) (out []Helper, err error) {
	districts := []string{district}
	if district != "" {
		districts = append(districts, "")
	}
	seen := map[civic.ID]bool{}
	for _, d := range districts {
		page, err := s.city.Organisations.List(ctx, civic.Actor{}, organisations.Query{Kind: organisations.NGO, Status: organisations.Active, Theme: theme, District: d})
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if len(out) == maxHelpers || seen[item.ID] {
				continue
			}
			seen[item.ID] = true
			v, err := s.city.Organisations.Get(ctx, civic.Actor{}, item.ID)
			if err != nil {
				return nil, err
			}
			h := Helper{Organisation: v.Organisation, Looked: v.Changed}
			for _, from := range v.Provenance {
				if at := storage.Time(from.VerifiedAt); from.VerifiedAt > 0 && (!h.Said || at.After(h.Looked)) {
					h.Looked, h.Said = at, true
				}
			}
			out = append(out, h)
		}
	}
	return out, nil
}

// counts are how often something happened since they were last written down.
type counts struct {
	mu  sync.Mutex
	now map[counted]int64
}

type counted struct{ guide, place, what, day string }

// What is counted of a question, an end, or the search.
const (
	shown    = "shown"
	answered = "answered"
	right    = "right"
	wrong    = "wrong"
	nothing  = "nothing"
)

// maxCounted bounds what is held in memory: with all guides there are far fewer.
const maxCounted = 20_000

// count notes that something happened. It is written down by the minute and not at once, so that nobody who reads the database's log can follow one person.
func (s *Service) count(guideID, place, what string) {
	key := counted{guideID, place, what, s.today().Format(time.DateOnly)}
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	if s.counts.now == nil {
		s.counts.now = map[counted]int64{}
	}
	if _, known := s.counts.now[key]; known || len(s.counts.now) < maxCounted {
		s.counts.now[key]++
	}
}

// settle writes the counts down, and puts the guides into the search the first time.
func (s *Service) settle(ctx context.Context) error {
	if err := s.put(ctx); err != nil {
		return err
	}
	return s.writeCounts(ctx)
}

func (s *Service) writeCounts(ctx context.Context) error {
	s.counts.mu.Lock()
	now := s.counts.now
	s.counts.now = nil
	s.counts.mu.Unlock()
	if len(now) == 0 {
		return nil
	}
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		for _, key := range sortedCounts(now) {
			if err := addCount(tx, key, now[key]); err != nil {
				return err
			}
		}
		return nil
	})
}

func sortedCounts(now map[counted]int64) []counted {
	var keys []counted
	for k := range now {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y counted) int {
		return strings.Compare(x.guide+" "+x.place+" "+x.what+" "+x.day, y.guide+" "+y.place+" "+y.what+" "+y.day)
	})
	return keys
}

// watch does so by the minute until ctx ends, and once more then.
func (s *Service) watch(ctx context.Context) error {
	if err := s.put(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.writeCounts(context.WithoutCancel(ctx))
		case <-tick.C:
			if err := s.writeCounts(ctx); err != nil {
				s.city.Log.Warn("rights: counts were not written down", "error", err)
			}
		}
	}
}
