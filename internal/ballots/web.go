package ballots

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

func (s *Service) routes() []web.Route {
	const one = "/ballots/{id}"
	return append([]web.Route{
		{Method: "GET", Pattern: one, Query: []string{"after"}, Access: web.Everyone, Handler: s.showBox},
		{Method: "GET", Pattern: one + "/list.csv", Heavy: true, Access: web.Everyone, Handler: s.getList, Plain: true, Timeout: 5 * time.Minute},
	}, web.Forms(
		web.Form{Pattern: one + "/find", Page: one, Access: web.Everyone, Show: s.boxPage, Do: s.findWords, Field: "words", Heavy: true},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// listedAtOnce is how many ballots a page shows.
const listedAtOnce = 20

type boxPage struct {
	ui.Page
	Result
	Owner part.Resolved
	List  []Published
	Form  ui.Form
	Found Published // by the words that were sent
	Next  string
}

func (s *Service) showBox(w http.ResponseWriter, r *http.Request) error {
	page, err := s.boxPage(w, r, ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

func (s *Service) boxPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.box(w, r, f)
	return boxView(p), err
}

func (s *Service) box(w http.ResponseWriter, r *http.Request, f ui.Form) (boxPage, error) {
	p := boxPage{Page: web.NewPage(w, r, ""), Form: f}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		v, err := byID(tx, pathID(r))
		if err != nil {
			return err
		}
		named, err := s.declared.Titles(tx, p.Actor, []civic.Ref{v.Of})
		if err != nil {
			return err
		}
		seen := false
		if p.Owner, seen = named[v.Of]; !seen {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		if p.Result, err = s.Result(tx, v.Of); err != nil || v.State != Counted {
			return err
		}
		p.List, err = listPublished(tx, v.no, after, listedAtOnce+1)
		return err
	})
	if err != nil {
		return p, err
	}
	if p.Rolled == 0 { // while it goes on
		for _, n := range p.ByHour {
			p.Rolled += n
		}
	}
	var last *Published
	if p.List, last = storage.Page(p.List, listedAtOnce); last != nil {
		p.Next = p.With("after", strconv.FormatInt(last.Number, 10))
	}
	p.SetTitle("ballots.of", "Title", p.Owner.Title)
	p.Lede = p.T("ballots.lede_" + string(p.State))
	p.Crumbs = []ui.Link{p.LinkTo(p.Owner.Path, p.Owner.Title)}
	return p, nil
}

func (p boxPage) tracePath() string { return record.SubjectPath(ref(p.Vote)) }

// findWords shows the ballot that somebody's words find. They stand in no address.
func (s *Service) findWords(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	words, err := ParseWords(f.Value("words"))
	if err != nil {
		return web.Next{}, err
	}
	p, err := s.box(w, r, f)
	if err != nil {
		return web.Next{}, err
	}
	if p.Found, err = s.Find(r.Context(), p.Of, words); err != nil {
		return web.Next{}, err
	}
	return web.Instead(boxView(p)), nil
}

// getList is the published list as a table.
func (s *Service) getList(w http.ResponseWriter, r *http.Request) error {
	var v Vote
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) { v, err = byID(tx, pathID(r)); return err })
	if err != nil {
		return err
	}
	if v.State != Counted {
		return civic.Fail(civic.Closed, "ballots.not_counted")
	}
	return web.WriteTable(w, r, web.Table{Form: web.CSV, Name: "ballots", Head: []string{"number", "code", "ballot"}, Rows: func(write func([]string) error) error {
		return s.db.Read(r.Context(), func(tx *storage.Tx) error {
			for p, err := range eachPublished(tx, v.no) {
				if err != nil {
					return err
				}
				if err := write([]string{strconv.FormatInt(p.Number, 10), p.Code, p.Ballot}); err != nil {
					return err
				}
			}
			return nil
		})
	}})
}

// figures are the vote in numbers.
func (p boxPage) figures() []ui.Number {
	out := []ui.Number{{Value: p.L.Number(p.Rolled), Label: p.T("ballots.number_rolled", "Count", p.Rolled), Path: Path(p.ID)}}
	if p.State == Counted {
		out = append(out, ui.Number{Value: p.L.Number(p.Boxed), Label: p.T("ballots.number_boxed", "Count", p.Boxed), Path: Path(p.ID) + "#list"})
	}
	return out
}

// says is what is marked on a ballot, in words.
func (p boxPage) says(b Published) (out []string) {
	marks, ok := ParseBallot(b.Ballot)
	switch {
	case b.Code == "" || !ok:
		return []string{p.T("ballots.one_unreadable")}
	case len(marks) == 0:
		return []string{p.T("ballots.one_blank")}
	}
	for _, m := range marks {
		line := m.Option
		for _, o := range p.Options {
			if o.Code == m.Option && !o.Title.Empty() {
				line += " · " + p.L.Text(o.Title)
			}
		}
		if m.Points > 0 {
			line += ": " + p.L.Number(m.Points)
		}
		out = append(out, line)
	}
	return out
}

func (p boxPage) table() ui.TableProps {
	t := ui.TableProps{Caption: p.T("ballots.list_title"), HideCaption: true, Head: []ui.Column{{Text: p.T("ballots.column_number"), Numeric: true}, {Text: p.T("ballots.column_code")}, {Text: p.T("ballots.column_ballot")}}}
	for _, b := range p.List {
		t.Rows = append(t.Rows, []templ.Component{ui.Plain(p.L.Number(b.Number)), ui.Plain(b.Code), ui.Plain(b.Ballot)})
	}
	return t
}

// wordOptions are words to choose among; the value of each is the words themselves.
func wordOptions(p ui.Page, offered []Words) (out []ui.Option) {
	for _, w := range offered {
		words := w.String(p.L.Lang())
		out = append(out, ui.Option{Value: words, Label: words})
	}
	return out
}
