// Package rights leads people from what happened to them to their right, a deadline, a letter, and somebody who helps. What a guide says is data
// (package guide). What people answer stays with them: it travels in the page and is kept nowhere, unless they ask for a code. See README.md.
package rights

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/laws"
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

	mu   sync.Mutex
	kept *book // as it was compiled last

	indexed atomic.Bool // the search has the guides
}

// New makes the service.
func New(c capability.City) *Service {
	c.Laws.Serve(Kind, func(_ *storage.Tx, a civic.Actor, _ civic.ID) (bool, error) {
		return MayWrite(a), nil // who can mend what the change made untrue
	})
	return &Service{city: c}
}

// cite says which articles a guide rests on.
func (s *Service) cite(tx *storage.Tx, g *guide.Guide) error {
	var named []laws.Law
	var cites []laws.Cite
	for _, l := range g.Laws {
		if l.Act == "" {
			continue
		}
		title := civic.Text{}
		for lang, t := range g.Texts {
			title[lang] = t.Laws[l.ID]
		}
		named = append(named, laws.Law{Code: l.Act, Title: title})
		cites = append(cites, laws.Cite{Law: l.Act, Article: l.Article, Redaction: l.Redaction})
	}
	return s.city.Laws.Cite(tx, civic.Ref{Kind: Kind, ID: civic.ID(g.ID)}, named, cites, true)
}

// changes are the laws that a guide rests on and that have changed since it was written. A guide is read all the same when that is not known.
func (s *Service) changes(ctx context.Context, g *guide.Guide) (out []laws.Change) {
	err := s.city.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		out, err = s.city.Laws.Changes(tx, civic.Ref{Kind: Kind, ID: civic.ID(g.ID)})
		return err
	})
	if err != nil {
		s.city.Log.Warn("rights: whether a law has changed is not known", "guide", g.ID, "error", err)
	}
	return out
}

func (s *Service) value(name string) int64 { return s.city.Settings.Value("rights." + name) }

// maxGuides bounds how many guides of its own a city has.
const maxGuides = 200

// book is the city's guides: those that come with the program, and in their places and behind them those that lawyers published here. It is
// compiled anew when one of these changes.
func (s *Service) book(ctx context.Context) (*book, error) {
	version := s.city.DB.Version(topic) // before the look: a change in between makes the copy old, not wrong
	s.mu.Lock()
	kept := s.kept
	s.mu.Unlock()
	if kept != nil && kept.version == version {
		return kept, nil
	}
	base, err := comes()
	if err != nil {
		return nil, err
	}
	var own []Version
	if err := s.city.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		own, err = allPublished(tx, maxGuides)
		return err
	}); err != nil {
		return nil, err
	}
	out := &book{version: version, numbers: map[string]int64{}, guides: slices.Clone(base.guides)}
	for _, v := range own {
		g, err := guide.Compile(v.Guide, v.Source, guide.On{Day: v.Decided, Calendar: s.city.Settings.Calendar()})
		if err != nil {
			s.city.Log.Error("rights: a published guide does not compile", "guide", v.Guide, "error", err)
			continue
		}
		out.numbers[v.Guide] = v.Version
		if i := slices.IndexFunc(out.guides, func(g *guide.Guide) bool { return g.ID == v.Guide }); i >= 0 {
			out.guides[i] = g
		} else {
			out.guides = append(out.guides, g)
		}
	}
	s.mu.Lock()
	s.kept = out
	s.mu.Unlock()
	return out, nil
}

// Guide finds one by its address.
func (s *Service) Guide(ctx context.Context, id string) (*guide.Guide, error) {
	b, err := s.book(ctx)
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

// now is the day on which guides are walked, with the city's calendar.
func (s *Service) now() guide.On {
	return guide.On{Day: s.today(), Calendar: s.city.Settings.Calendar()}
}

func titles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	b, err := comes()
	if err != nil {
		return nil, err
	}
	own, err := publishedOf(tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[civic.ID]part.Resolved{}
	for _, id := range ids {
		if g, ok := b.find(string(id)); ok {
			out[id] = part.Resolved{Title: g.Title(), Path: Path(g.ID)}
		}
	}
	for _, v := range own {
		out[civic.ID(v.Guide)] = part.Resolved{Title: v.Title, Path: Path(v.Guide)}
	}
	return out, nil
}

// number is that of a guide in the search: of its address, so that it stays when guides come and go.
func number(id string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	return int64(h.Sum64() >> 33)
}

// documentOf is a guide as the search has it: found by the words in which people speak of it. Questions have words that could be in any guide.
func documentOf(g *guide.Guide) search.Document {
	var words []string
	for _, lang := range civic.Languages() {
		words = append(words, g.Texts[lang].Lede, strings.Join(g.Texts[lang].Words, " "))
	}
	return search.Document{Ref: ref(g.ID), Number: number(g.ID), Public: true, About: []city.Scope{{Theme: g.Theme}},
		Words: search.Analyse(search.Text{Title: search.Join(g.Title()), Rest: strings.Join(words, "\n")})}
}

// index puts the guides into the search, once after the start: they may have changed with the program.
func (s *Service) index(ctx context.Context) error {
	b, err := s.book(ctx)
	if err != nil || s.indexed.Load() {
		return err
	}
	var documents []search.Document
	for _, g := range b.guides {
		documents = append(documents, documentOf(g))
	}
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		for _, g := range b.guides {
			if err := s.cite(tx, g); err != nil {
				return err
			}
		}
		return s.city.Search.Put(tx, documents...)
	})
	s.indexed.Store(err == nil)
	return err
}

// maxWords bounds how many words of a search are looked for; each is a look into the index.
const maxWords = 12

// Find lists the guides that speak of what somebody wrote, the best first. Unlike the city-wide search it does not want every word: people tell
// what happened to them. A word counts for more the fewer guides have it, and nothing when all have it.
func (s *Service) Find(ctx context.Context, text string) (out []*guide.Guide, err error) {
	b, err := s.book(ctx)
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
	if err := s.index(ctx); err != nil {
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

// watch does so by the minute until ctx ends, and for the counts once more then.
func (s *Service) watch(ctx context.Context) error {
	if err := s.index(ctx); err != nil && ctx.Err() == nil {
		return err
	}
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.writeCounts(context.WithoutCancel(ctx))
		case <-tick.C:
			if err := s.settle(ctx); err != nil {
				s.city.Log.Warn("rights: counts were not written down", "error", err)
			}
		}
	}
}
