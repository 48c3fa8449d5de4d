package initiatives

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func encode(v map[string][]string) string { return url.Values(v).Encode() }

// apiInitiative is an initiative for machines, as everybody sees it. Names of fields do not change.
type apiInitiative struct {
	ID         civic.ID       `json:"id"`
	URL        string         `json:"url"`
	Number     string         `json:"number"`
	State      State          `json:"state"`
	Lang       civic.Lang     `json:"lang,omitempty"`
	Title      string         `json:"title,omitempty"`
	Words      string         `json:"words,omitempty"`
	Body       civic.ID       `json:"body"`
	BodyName   civic.Text     `json:"body_name,omitempty"`
	District   string         `json:"district,omitempty"`
	Theme      string         `json:"theme,omitempty"`
	OpenedAt   string         `json:"opened,omitempty"`
	ClosesAt   string         `json:"closes,omitempty"`
	Signed     int64          `json:"signed"`
	Thresholds []apiThreshold `json:"thresholds"`
}

type apiThreshold struct {
	Effect  Effect `json:"effect"`
	Needed  int64  `json:"needed"`
	Reached string `json:"reached,omitempty"`
}

func (s *Service) describe(origin string, l Listed) apiInitiative {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return s.dayOf(t)
	}
	out := apiInitiative{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), Number: l.Number(), State: l.State, Body: l.Body, BodyName: l.BodyName.Name, District: l.District, Theme: l.Theme,
		OpenedAt: day(l.OpenedAt), ClosesAt: day(l.ClosesAt), Signed: l.Signed, Thresholds: []apiThreshold{}}
	if l.Public() {
		out.Lang, out.Title, out.Words = l.Lang, l.Title, l.Words
	}
	for _, t := range l.Thresholds {
		out.Thresholds = append(out.Thresholds, apiThreshold{t.Effect, t.Needed, day(t.ReachedAt)})
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiInitiative, string, error) {
	l, err := s.List(r.Context(), s.queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiInitiative
	for _, of := range l.Items {
		items = append(items, s.describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiInitiative, error) {
	v, err := s.Show(r.Context(), Who{}, pathID(r), "")
	if err != nil {
		return apiInitiative{}, err
	}
	if !v.Public() { // as in the list
		return apiInitiative{}, civic.Fail(civic.NotFound, "web.not_found")
	}
	return s.describe(web.Origin(r), v.Listed), nil
}

// each visits all that a query finds, in its order, in pages of its own, so that a reader who is slow holds no long transaction.
func (s *Service) each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) ([]Listed, string, error) {
		q.After = after
		l, err := s.page(ctx, q, 500)
		return l.Items, l.Next, err
	}, visit)
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "initiatives", Head: []string{"id", "number", "state", "lang", "title", "words", "body_kk", "body_ru", "district", "theme", "opened", "closes", "signed"},
			Rows: func(write func([]string) error) error {
				return s.each(r.Context(), s.queryOf(r), func(l Listed) error {
					a := s.describe("", l)
					return write([]string{string(a.ID), a.Number, string(a.State), string(a.Lang), a.Title, a.Words, a.BodyName[civic.Kazakh], a.BodyName[civic.Russian], a.District, a.Theme, a.OpenedAt, a.ClosesAt, strconv.FormatInt(a.Signed, 10)})
				})
			}})
	}
}

// getDays is how many signed by district and day, of an initiative that everybody reads.
func (s *Service) getDays(w http.ResponseWriter, r *http.Request) error {
	var all []change
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		i, err := find(tx, pathID(r))
		if err == nil && !i.Public() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		all, err = allCounts(tx, i)
		return err
	})
	if err != nil {
		return err
	}
	return web.WriteTable(w, r, web.Table{Form: web.CSV, Name: "signatures", Head: []string{"day", "district", "signed"}, Rows: func(write func([]string) error) error {
		for _, c := range all {
			if err := write([]string{c.day, c.district, count(c.delta)}); err != nil {
				return err
			}
		}
		return nil
	}})
}

// showFeed is what changed last, one entry for each state that something came into.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	items, err := s.Latest(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), "/initiatives")
	feed := web.Feed{ID: self, Title: l.T("initiatives.title"), Author: l.T("initiatives.title"), Self: self + ".atom", Page: self}
	for _, of := range items {
		address, title := self+"/"+string(of.ID), civic.Text{of.Lang: of.Title}
		if !of.Public() || of.Title == "" {
			title = civic.Text{l.Lang(): l.T("initiatives.numbered", "Title", of.Number())}
		}
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + strconv.FormatInt(of.ChangedAt.UnixMilli(), 10), Title: title, Updated: of.ChangedAt, Page: address,
			Summary: l.Say(standing(of.State)) + " · " + l.Text(of.BodyName.Name)})
	}
	return web.Atom(w, r, feed)
}
