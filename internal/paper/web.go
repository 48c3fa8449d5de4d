package paper

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/pdf"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) routes() []web.Route {
	const of, one = printRoot + "/{kind}/{id}", root + "/{id}"
	return append([]web.Route{
		web.Page(of, web.SignedIn, s.printPage),
		{Method: "POST", Pattern: of, Page: of, Access: web.SignedIn, Handler: s.print, Heavy: true},
		web.Page(one, web.SignedIn, s.runPage),
	}, web.Forms(
		web.Form{Pattern: one + "/give", Page: one, Access: web.SignedIn, Show: s.runPage, Do: s.give, Field: "place"},
		web.Form{Pattern: one + "/person", Access: web.SignedIn, Show: s.personPage, Do: s.giveTo, Field: "iin"},
		web.Form{Pattern: one + "/packets/{no}", Access: web.SignedIn, Show: s.packetPage, Do: s.takeBack, Field: "returned"},
		web.Form{Pattern: one + "/enter", Query: []string{"sheet"}, Access: web.SignedIn, Show: s.enterPage, Do: s.enter, Field: "content"},
		web.Form{Pattern: one + "/off", Access: web.SignedIn, Show: s.offPage, Do: s.callOff, Field: "run"},
		web.Form{Pattern: one + "/reconcile", Access: web.SignedIn, Show: s.reconcilePage, Do: s.reconcile, Field: "note"},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

func pathOf(r *http.Request) civic.Ref {
	return civic.Ref{Kind: r.PathValue("kind"), ID: civic.ID(r.PathValue("id"))}
}

type printPage struct {
	ui.Page
	Of    civic.Ref
	Owner Owner
	Runs  []Run
	Form  ui.Form
}

func (s *Service) printPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := printPage{Page: web.NewPage(w, r, ""), Of: pathOf(r), Form: f}
	owner, title, runs, err := s.Runs(r.Context(), p.Actor, p.Of)
	p.Owner, p.Runs = owner, runs
	p.SetTitle("paper.of", "Title", title)
	p.Lede = p.T("paper.lede")
	return printView(p), err
}

func (p printPage) sorts() (out []ui.Option) {
	for _, s := range p.Owner.Sorts {
		out = append(out, ui.Option{Value: string(s), Label: p.T("paper.sort_" + string(s))})
	}
	return out
}

func (p printPage) langs() (out []ui.Option) {
	for _, l := range civic.OfficialLanguages() {
		out = append(out, ui.Option{Value: string(l), Label: p.T("paper.lang_" + string(l))})
	}
	return out
}

// print answers with the sheets themselves: what they are printed with is kept nowhere.
func (s *Service) print(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	lang, ok := civic.ParseLang(f.Value("lang"))
	if !ok {
		lang = civic.Kazakh
	}
	run, layout, codes, err := s.Print(r.Context(), web.Actor(r), pathOf(r), Sort(f.Value("sort")), f.Whole("sheets"), lang)
	if err != nil {
		return web.Again(w, r, f, err, s.printPage)
	}
	var b bytes.Buffer
	if err := s.write(&b, s.catalog.For(lang), run, layout, codes); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="sheets-%s.pdf"`, run.ID))
	w.Header().Set("Cache-Control", "no-store")
	return web.Write(w, r, "application/pdf", b.Bytes())
}

// write makes the sheets, one after another.
func (s *Service) write(b *bytes.Buffer, l *i18n.Localizer, run Run, layout Layout, codes []string) error {
	var d *pdf.Document
	for i, code := range codes {
		if i == 0 {
			d = pdf.New(string(l.Lang()), layout.Issuer, layout.Title, run.PrintedAt)
		} else {
			d.Sheet(layout.Issuer, layout.Title)
		}
		for _, text := range layout.Intro {
			d.Paragraph(text)
		}
		for _, choice := range layout.Choices {
			d.Choice(choice)
		}
		for _, part := range layout.Sections {
			d.Heading(part.Text)
			d.Paragraph(part.Hint)
			for _, choice := range part.Choices {
				d.Choice(choice)
			}
			d.Lines(part.Lines)
		}
		if layout.Rows > 0 {
			d.Grid(layout.Columns, layout.Rows)
		}
		if err := d.QR(s.origin+Path(run.ID)+"/enter?sheet="+code, code+"\n"+l.T("paper.printed_"+string(run.Sort))); err != nil {
			return err
		}
	}
	return d.Write(b)
}

type runPage struct {
	ui.Page
	View
	Form   ui.Form
	Packet Packet // on its own page
}

func (s *Service) run(w http.ResponseWriter, r *http.Request, f ui.Form) (p runPage, err error) {
	p = runPage{Page: web.NewPage(w, r, ""), Form: f}
	p.View, err = s.View(r.Context(), p.Actor, pathID(r))
	p.SetTitle("paper.of", "Title", p.View.Title)
	return p, err
}

// below is a page of one step.
func (s *Service) below(w http.ResponseWriter, r *http.Request, f ui.Form, key string) (p runPage, err error) {
	p, err = s.run(w, r, f)
	p.Crumbs = []ui.Link{p.LinkTo(Path(p.ID), p.View.Title)}
	p.Page.Title = p.T(key)
	p.Heading = civic.Message{}
	return p, err
}

func (s *Service) runPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.run(w, r, f)
	p.Lede = p.T("paper.sort_"+string(p.Sort)) + " · " + p.T("paper.state_"+string(p.State))
	return runView(p), err
}

func (s *Service) give(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.Give(r.Context(), web.Actor(r), pathID(r), f.Value("place"), f.Whole("sheets"))
	return web.Done(Path(pathID(r)), "paper.given"), err
}

func (s *Service) packetPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.below(w, r, f, "paper.take_back")
	if err != nil {
		return nil, err
	}
	for _, k := range p.Packets {
		if k.No == packetNo(r) {
			p.Packet = k
		}
	}
	if p.Packet.No == 0 {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	p.Lede = p.Packet.Place + " · " + p.T("paper.sheets_given", "Count", p.Packet.Given)
	return packetView(p), nil
}

func (s *Service) personPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.below(w, r, f, "paper.to_person")
	if err != nil {
		return nil, err
	}
	p.Lede = p.T("paper.to_person_lede")
	var places []ui.Option
	if of := s.owners[p.Of.Kind].Places; of != nil {
		err = s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
			places, err = of(tx, p.Page, p.Of)
			return err
		})
	}
	return personView(p, places), err
}

func (s *Service) giveTo(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	err := s.GiveTo(r.Context(), web.Actor(r), pathID(r), f.Value("iin"), f.Value("district"))
	return web.Done(Path(pathID(r))+"/person", "paper.person_given"), err
}

func packetNo(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PathValue("no"), 10, 64)
	return n
}

func (s *Service) takeBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	back := Back{Returned: int64(f.Whole("returned")), Spoilt: int64(f.Whole("spoilt")), Unused: int64(f.Whole("unused"))}
	if _, sent := f.Values["replaced"]; sent { // only sheets of people who are noted have the field
		back.Replaced = int64(f.Whole("replaced"))
	}
	err := s.TakeBack(r.Context(), web.Actor(r), pathID(r), packetNo(r), back)
	return web.Done(Path(pathID(r)), "paper.counted"), err
}

func (s *Service) enterPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if code := r.URL.Query().Get("sheet"); code != "" && !f.Sent {
		f.Values.Set("code", code)
	}
	p, err := s.below(w, r, f, "paper.enter")
	p.Lede = p.T("paper.enter_lede")
	return enterView(p), err
}

func (s *Service) enter(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	state, err := s.Enter(r.Context(), web.Actor(r), pathID(r), f.Value("code"), f.Value("content"))
	next := web.Done(Path(pathID(r))+"/enter", "paper.entered_"+string(state))
	if state == Differs || state == Void {
		next.Tone = ui.Warn
	}
	return next, err
}

func (s *Service) offPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.below(w, r, f, "paper.call_off")
	if err == nil && (p.State != Out || !p.Protocol.untouched()) {
		err = civic.Fail(civic.Conflict, "paper.touched")
	}
	return offView(p), err
}

func (s *Service) callOff(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "paper.called_off"), s.CallOff(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) reconcilePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.below(w, r, f, "paper.reconcile")
	p.Lede = p.T("paper.reconcile_lede")
	return reconcileView(p), err
}

func (s *Service) reconcile(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	_, err := s.Reconcile(r.Context(), web.Actor(r), pathID(r), f.Value("note"), f.Value("lost") != "")
	return web.Done(Path(pathID(r)), "paper.reconciled"), err
}

// packets is the table of packets.
func (p runPage) packets() ui.TableProps {
	replaced := func(cells []templ.Component, c templ.Component) []templ.Component { // only where people are noted
		if !p.ToPerson {
			return cells
		}
		return slices.Insert(cells, 4, c)
	}
	t := ui.TableProps{Caption: p.T("paper.packets"), HideCaption: true, Head: []ui.Column{{Text: p.T("paper.place")}, {Text: p.T("paper.fact_given"), Numeric: true}, {Text: p.T("paper.fact_returned"), Numeric: true},
		{Text: p.T("paper.fact_spoilt"), Numeric: true}, {Text: p.T("paper.fact_unused"), Numeric: true}, {Text: p.T("paper.fact_missing"), Numeric: true}}}
	if p.ToPerson {
		t.Head = slices.Insert(t.Head, 4, ui.Column{Text: p.T("paper.fact_replaced"), Numeric: true})
	}
	for _, k := range p.Packets {
		n := func(n int64) templ.Component {
			if k.Open() {
				return ui.Plain("…")
			}
			return ui.Plain(p.L.Number(n))
		}
		place := ui.Plain(k.Place)
		if k.Open() && p.State == Out {
			place = ui.A(p.Page, Path(p.ID)+"/packets/"+strconv.FormatInt(k.No, 10), k.Place)
		}
		t.Rows = append(t.Rows, replaced([]templ.Component{place, ui.Plain(p.L.Number(k.Given)), n(k.Returned), n(k.Spoilt), n(k.Unused), n(k.Missing())}, n(k.Replaced)))
	}
	sum := p.Protocol
	t.Rows = append(t.Rows, replaced([]templ.Component{ui.Plain(p.T("paper.sum")), ui.Plain(p.L.Number(sum.Given)), ui.Plain(p.L.Number(sum.Returned)), ui.Plain(p.L.Number(sum.Spoilt)), ui.Plain(p.L.Number(sum.Unused)), ui.Plain(p.L.Number(sum.Missing))}, ui.Plain(p.L.Number(sum.Replaced))))
	return t
}

func (p runPage) entered() (out []string) {
	for _, state := range []SheetState{Agreed, Void, Once, Differs} {
		if n := p.Protocol.Entered[state]; n > 0 || state == Agreed {
			out = append(out, p.T("paper.sheets_"+string(state), "Count", n))
		}
	}
	return out
}
