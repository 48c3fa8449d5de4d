package appeals

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiAppeal is an appeal for machines, as everybody sees it. Names of fields do not change.
type apiAppeal struct {
	ID        civic.ID   `json:"id"`
	URL       string     `json:"url"`
	Number    string     `json:"number"`
	Sort      Sort       `json:"sort"`
	State     State      `json:"state"`
	Word      Word       `json:"word,omitempty"`
	Open      bool       `json:"open"`
	FiledAt   time.Time  `json:"filed_at"`
	District  string     `json:"district,omitempty"`
	Theme     string     `json:"theme,omitempty"`
	Body      civic.ID   `json:"body,omitempty"`
	BodyName  civic.Text `json:"body_name,omitempty"`
	Due       string     `json:"due,omitempty"` // a day; missing while the clock is paused
	Contested bool       `json:"contested"`

	// Only of an appeal whose words everybody reads.
	Lang    civic.Lang `json:"lang,omitempty"`
	Title   string     `json:"title,omitempty"`
	Words   string     `json:"words,omitempty"`
	Address string     `json:"address,omitempty"`
	Lat     float64    `json:"lat,omitempty"`
	Lon     float64    `json:"lon,omitempty"`

	Cases []apiCase `json:"cases,omitempty"`
}

type apiCase struct {
	ID         civic.ID   `json:"id"`
	Body       civic.ID   `json:"body"`
	BodyName   civic.Text `json:"body_name,omitempty"`
	State      State      `json:"state"`
	Word       Word       `json:"word,omitempty"`
	Obligation civic.ID   `json:"obligation"`
	What       civic.Text `json:"what,omitempty"`
	Replies    []apiReply `json:"replies"`
}

type apiReply struct {
	At       time.Time       `json:"at"`
	Outcome  answers.Outcome `json:"outcome"`
	Reason   civic.Text      `json:"reason,omitempty"`
	Evidence []string        `json:"evidence,omitempty"`
	Promised string          `json:"promised_by,omitempty"`
}

func (s *Service) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.city.Settings.Zone()).Format(time.DateOnly)
}

func (l Listed) contested() bool {
	for _, c := range l.Cases {
		if !c.ContestedAt.IsZero() {
			return true
		}
	}
	return false
}

func (s *Service) describe(origin string, l Listed) apiAppeal {
	out := apiAppeal{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), Number: l.Number(), Sort: l.Sort, State: l.State, Word: l.Word(), Open: l.Open, FiledAt: l.FiledAt,
		District: l.District, Theme: l.Theme, Body: l.Body, BodyName: l.BodyName.Name, Due: s.day(l.Owed.Due), Contested: l.contested()}
	if l.Readable() {
		out.Lang, out.Title, out.Words, out.Address, out.Lat, out.Lon = l.Lang, l.Title, l.Words, l.Address, l.Point.Lat, l.Point.Lon
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiAppeal, string, error) {
	l, err := s.List(r.Context(), s.queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiAppeal
	for _, of := range l.Items {
		items = append(items, s.describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiAppeal, error) {
	v, err := s.Show(r.Context(), Who{}, pathID(r))
	if err != nil {
		return apiAppeal{}, err
	}
	out := s.describe(web.Origin(r), v.Listed)
	for _, c := range v.Cases {
		of := apiCase{ID: c.ID, Body: c.Body, BodyName: c.Name.Name, State: c.State, Word: c.Word, Obligation: c.Obligation, Replies: []apiReply{}}
		if v.Open {
			of.What = c.What
		}
		for _, said := range c.Replies {
			reply := apiReply{At: said.At, Outcome: said.Outcome, Promised: s.day(said.Promised)}
			if v.Open {
				reply.Reason, reply.Evidence = said.Reason, said.Evidence
			}
			of.Replies = append(of.Replies, reply)
		}
		out.Cases = append(out.Cases, of)
	}
	return out, nil
}

// Each visits all that a query finds, in its order, in pages of its own, so that a reader who is slow holds no long transaction.
func (s *Service) Each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) ([]Listed, string, error) {
		q.After = after
		l, err := s.page(ctx, q, 500)
		return l.Items, l.Next, err
	}, visit)
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "appeals",
			Head: []string{"id", "number", "sort", "state", "word", "open", "filed", "district", "theme", "body_kk", "body_ru", "due", "contested", "lang", "title", "words", "address", "lat", "lon"},
			Rows: func(write func([]string) error) error {
				return s.Each(r.Context(), s.queryOf(r), func(l Listed) error { return write(s.tableRow(l)) })
			}})
	}
}

func (s *Service) tableRow(l Listed) []string {
	text := func(t civic.Text, lang civic.Lang) string { v, _ := t.In(lang); return v }
	a := s.describe("", l)
	degrees := func(d float64) string {
		if !l.Readable() || !l.Point.Known() {
			return ""
		}
		return strconv.FormatFloat(d, 'f', 6, 64)
	}
	return []string{string(a.ID), a.Number, string(a.Sort), string(a.State), string(a.Word), strconv.FormatBool(a.Open), s.day(a.FiledAt), a.District, a.Theme, text(a.BodyName, civic.Kazakh), text(a.BodyName, civic.Russian),
		a.Due, strconv.FormatBool(a.Contested), string(a.Lang), a.Title, a.Words, a.Address, degrees(a.Lat), degrees(a.Lon)}
}

// showFeed is what changed last, one entry for each state that something came into.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	items, err := s.Latest(r.Context())
	if err != nil {
		return err
	}
	l := web.L(r)
	self := web.Origin(r) + ui.Localized(l.Lang(), "/appeals")
	feed := web.Feed{ID: self, Title: l.T("appeals.title"), Author: l.T("appeals.title"), Self: self + ".atom", Page: self}
	for _, of := range items {
		address := self + "/" + string(of.ID)
		title := civic.Text{of.Lang: of.Title}
		if !of.Readable() || of.Title == "" {
			title = civic.Text{l.Lang(): l.T("appeals.numbered_"+string(of.Sort), "Title", of.Number())}
		}
		said, _ := standing(of.State, of.Word())
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: address + "#" + strconv.FormatInt(of.ChangedAt.UnixMilli(), 10), Title: title, Updated: of.ChangedAt, Page: address,
			Summary: l.Say(said) + " · " + l.Text(of.BodyName.Name)})
	}
	return web.Atom(w, r, feed)
}
