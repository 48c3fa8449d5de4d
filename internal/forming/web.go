package forming

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/sortition"
)

const (
	onePattern  = root + "/{id}"
	drawPattern = onePattern + "/draws/{draw}"
	ownPattern  = onePattern + "/candidacies/{candidacy}"
	workPattern = desk + "/{id}"
	lotPattern  = workPattern + "/draws/{draw}"
)

func (s *Service) routes() []web.Route {
	topics := func(about ...func(*http.Request) civic.Ref) func(*http.Request) []string {
		return func(r *http.Request) []string {
			out := append([]string{Topic, city.Topic, city.TopicDay}, s.topics()...)
			for _, of := range about {
				out = append(out, record.TopicOf(of(r)))
			}
			return out
		}
	}
	ofDraw := func(r *http.Request) civic.Ref { return drawRef(drawID(r)) }
	of := func(r *http.Request) civic.Ref { return Ref(pathID(r)) }
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Topics: topics(), Query: append([]string{"after"}, listed...)},
		{Method: "GET", Pattern: root + ".atom", Access: web.Everyone, Handler: s.showFeed, Topics: topics()},
		web.List(web.Reading{Pattern: "/forming", Summary: "Competitions and draws by which councils are formed", Topics: topics(), Query: []web.Param{{Name: "state", Means: "Only those that stand so", OneOf: web.Values(shownStates()...)}, {Name: "method", Means: "Only those that choose so", OneOf: web.Values(ByVote, ByLot)},
			{Name: "of", Means: "Only those for seats of this body: kind:id, as its field body says it", Shape: web.AThing}}}, s.apiList),
		web.One(web.Reading{Pattern: "/forming/{id}", Summary: "One competition with its candidates and draws", Topics: topics()}, s.apiOne),
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: topics(of)},
		{Method: "GET", Pattern: drawPattern, Access: web.Everyone, Handler: s.showDraw, Topics: topics(ofDraw), Query: []string{"who"}},
		{Method: "GET", Pattern: drawPattern + "/{file}", Access: web.Everyone, Handler: s.getFile, Topics: topics(), Heavy: true, Plain: true},
		{Method: "GET", Pattern: ownPattern, Access: web.SignedIn, Handler: s.showOwn},
		{Method: "GET", Pattern: desk, Access: part.Secretaries(), Handler: s.showDesk},
		{Method: "GET", Pattern: workPattern, Access: part.Secretaries(), Handler: s.showWork},
		{Method: "GET", Pattern: lotPattern, Access: part.Secretaries(), Handler: s.showLot},
	}, web.Tables(web.Route{Pattern: root, Query: listed, Access: web.Everyone, Topics: topics()}, s.getTable), web.Forms(
		web.Form{Pattern: onePattern + "/stand", Access: web.Residents, Show: s.standPage, Check: s.standCheck, Do: s.stand},
		web.Form{Pattern: ownPattern + "/withdraw", Page: ownPattern, Access: web.SignedIn, Check: s.withdrawCheck, Do: s.withdraw, Button: true},

		web.Form{Pattern: desk + "/of/{kind}/{body}/new", Access: part.Secretaries(), Show: s.newPage, Do: s.drawUp},
		web.Form{Pattern: workPattern + "/edit", Access: part.Secretaries(), Show: s.editPage, Do: s.edit},
		web.Form{Pattern: workPattern + "/quotas", Access: part.Secretaries(), Show: s.quotasPage, Do: s.quotas},
		web.Form{Pattern: workPattern + "/announce", Page: workPattern, Access: part.Secretaries(), Check: s.announceCheck, Do: s.announce, Button: true},
		web.Form{Pattern: workPattern + "/candidacies/{candidacy}", Access: part.Secretaries(), Show: s.checkPage, Do: s.check},
		web.Form{Pattern: workPattern + "/votes", Access: part.Secretaries(), Show: s.votesPage, Check: s.votesCheck, Do: s.enterVotes},
		web.Form{Pattern: workPattern + "/prepare", Page: workPattern, Access: part.Secretaries(), Do: s.prepare, Button: true},
		web.Form{Pattern: workPattern + "/publish", Access: part.Secretaries(), Show: s.publishPage, Check: s.publishCheck, Do: s.publish},
		web.Form{Pattern: workPattern + "/fail", Access: part.Secretaries(), Show: s.failPage, Check: s.failCheck, Do: s.fail},
		web.Form{Pattern: lotPattern + "/announce", Access: part.Secretaries(), Show: s.sourcePage, Check: s.sourceCheck, Do: s.list},
		web.Form{Pattern: lotPattern + "/number", Access: part.Secretaries(), Show: s.numberPage, Check: s.numberCheck, Do: s.number},
		web.Form{Pattern: lotPattern + "/annul", Access: part.Secretaries(), Show: s.annulPage, Check: s.annulCheck, Do: s.annul},
	))
}

// topics are those of the owners, whose bodies' names and members pages show.
func (s *Service) topics() (out []string) {
	for kind := range s.owners {
		out = append(out, part.Owner(kind))
	}
	return out
}

func pathID(r *http.Request) civic.ID      { return civic.ID(r.PathValue("id")) }
func drawID(r *http.Request) civic.ID      { return civic.ID(r.PathValue("draw")) }
func candidacyID(r *http.Request) civic.ID { return civic.ID(r.PathValue("candidacy")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal  civic.Calendar
	City *city.Settings
	Form ui.Form
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Calendar(), City: s.city.Current()}
	p.Form.Values = map[string][]string{}
	return p
}

func (p page) listLink() ui.Link { return ui.Link{Text: p.T("forming.title"), Path: root} }

type listPage struct {
	page
	Listing
	Query  Query
	Bodies []ui.Option
	Kept   string // the parameters by which the list is narrowed, with the question mark
	Next   string
}

// shownStates are those by which the list can be narrowed down.
func shownStates() []State { return []State{Announced, Chosen, Published, Failed} }

// listed are the parameters by which the list is narrowed.
var listed = []string{"state", "method", "of"}

// queryOf reads which competitions are looked for. Nonsense narrows nothing.
func queryOf(r *http.Request) (q Query) {
	v := r.URL.Query()
	if state := State(v.Get("state")); slices.Contains(shownStates(), state) {
		q.State = state
	}
	if method := Method(v.Get("method")); method == ByVote || method == ByLot {
		q.Method = method
	}
	q.Body, _ = civic.ParseRef(v.Get("of"))
	return q
}

func (s *Service) listing(r *http.Request) (Query, Listing, error) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // nonsense is the beginning
	q := queryOf(r)
	l, err := s.Competitions(r.Context(), q, after)
	return q, l, err
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.page(w, r, web.L(r).T("forming.title"))}
	p.Lede, p.Feed = p.T("forming.lede"), ui.Link{Text: p.T("forming.feed_title"), Path: p.URL(root + ".atom")}
	if p.Query, p.Listing, err = s.listing(r); err != nil {
		return err
	}
	p.Form.Values = r.URL.Query()
	err = s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Bodies, err = s.declared.Options(tx, p.Page, "forming.of_any", slices.Collect(maps.Keys(s.owners))...)
		return err
	})
	if p.Listing.Next > 0 {
		p.Next = p.With("after", strconv.FormatInt(p.Listing.Next, 10))
	}
	p.Kept = web.Narrowed(r, listed...)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	page
	View
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request) (p onePage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return p, err
	}
	p = onePage{page: s.page(w, r, ""), View: v}
	p.Crumbs = []ui.Link{p.listLink()}
	p.SetTitle("forming.of", "Title", v.Of.Name)
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.onePage(w, r)
	if err == nil && !p.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// below makes a page below that of a competition.
func (p *onePage) below(title string, args ...any) {
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("forming.of", "Title", p.Of.Name), Path: Path(p.ID)})
	p.SetTitle(title, args...)
}

type drawPage struct {
	onePage
	Lot     Draw
	Who     string // whose chance was asked for
	Chances map[string]int
}

func (s *Service) drawPage(w http.ResponseWriter, r *http.Request) (p drawPage, err error) {
	v, d, err := s.ShowDraw(r.Context(), web.Actor(r), pathID(r), drawID(r))
	if err != nil {
		return p, err
	}
	p = drawPage{onePage: onePage{s.page(w, r, ""), v}, Lot: d, Chances: d.Chances(), Who: strings.ToUpper(strings.TrimSpace(r.URL.Query().Get("who")))}
	p.Form.Values.Set("who", p.Who)
	p.Crumbs = []ui.Link{p.listLink(), {Text: p.T("forming.of", "Title", v.Of.Name), Path: Path(v.ID)}}
	p.SetTitle("forming.purpose_" + string(d.Purpose))
	return p, nil
}

func (s *Service) showDraw(w http.ResponseWriter, r *http.Request) error {
	p, err := s.drawPage(w, r)
	if err == nil && !p.Lot.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, drawView(p))
}

// getFile gives the files from which everybody recomputes a draw.
func (s *Service) getFile(w http.ResponseWriter, r *http.Request) error {
	_, v, err := s.ShowDraw(r.Context(), civic.Actor{}, pathID(r), drawID(r))
	if err != nil {
		return err
	}
	switch file := r.PathValue("file"); {
	case file == "categories.csv":
		return web.Write(w, r, "text/csv; charset=utf-8", categoriesCSV(v.Problem))
	case file == "respondents.csv":
		return web.Write(w, r, "text/csv; charset=utf-8", respondentsCSV(v.Problem))
	case file == "list.jsonl":
		return web.Write(w, r, "application/jsonl; charset=utf-8", (&sortition.Lottery{Panels: v.List}).Text())
	case file == "announcement.json":
		return web.JSON(w, r, v.Announced)
	case file == "draw.json" && v.State == Drawn:
		return web.JSON(w, r, v.Whole())
	}
	return notThere()
}

type ownPage struct {
	onePage
	Standing
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request) (p ownPage, err error) {
	v, own, err := s.ShowCandidacy(r.Context(), web.Actor(r), pathID(r), candidacyID(r))
	if err != nil {
		return p, err
	}
	p = ownPage{onePage{s.page(w, r, ""), v}, own}
	p.NoIndex = true
	p.Crumbs = []ui.Link{p.listLink()}
	p.below("forming.candidacy_no", "Number", own.Own.called())
	return p, nil
}

func (s *Service) showOwn(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ownPage(w, r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownView(p))
}

type standPage struct {
	onePage
	Nominators []ui.Option // the organisations for which the actor speaks, and the actor
	AboutMax   int
	Told       Candidacy
}

func (s *Service) standPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.standing(w, r, f)
	return standView(p), err
}

func (s *Service) standing(w http.ResponseWriter, r *http.Request, f ui.Form) (p standPage, err error) {
	if p.onePage, err = s.onePage(w, r); err != nil {
		return p, err
	}
	if p.Phase != Open {
		return p, civic.Fail(civic.Closed, "forming.closed")
	}
	p.below("forming.stand")
	p.Form, p.AboutMax = f, s.value("about_max")
	p.Nominators = []ui.Option{{Value: "", Label: p.T("forming.by_self")}}
	var refs []civic.Ref
	for _, g := range p.Actor.Grants {
		if g.Role == civic.Representative && g.Scope.ID != "" {
			refs = append(refs, g.Scope)
		}
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		named, err := s.declared.Titles(tx, p.Actor, refs)
		for _, ref := range refs {
			if of, there := named[ref]; there {
				label, lang := p.Words(of.Title)
				p.Nominators = append(p.Nominators, ui.Option{Value: ref.String(), Label: label, Lang: lang})
			}
		}
		return err
	})
	if !f.Sent {
		p.Form.Values.Set("name", p.Actor.Name)
		p.Form.Values.Set("by", p.Nominators[len(p.Nominators)-1].Value)
	}
	return p, err
}

// candidacyOf reads a candidacy as it was typed.
func (s *Service) candidacyOf(r *http.Request, f ui.Form) (d Candidacy, err error) {
	d = Candidacy{Competition: pathID(r), Name: strings.TrimSpace(f.Value("name")), About: strings.TrimSpace(f.Value("about")), Sex: f.Value("sex")}
	if f.Value("born") != "" {
		d.Born = f.Whole("born")
	}
	if known, there := s.city.Current().District(f.Value("district")); there {
		d.District = known.Code
	}
	if f.Value("by") != "" {
		by, ok := civic.ParseRef(f.Value("by"))
		if !ok {
			return d, civic.Wrong("by", "forming.choose")
		}
		d.By = by
	}
	if f.Value("agrees") == "" {
		return d, civic.Wrong("agrees", "forming.agree_missing")
	}
	return d, nil
}

func (s *Service) standCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	d, agrees := s.candidacyOf(r, f)
	p, err := s.standing(w, r, f)
	if err != nil {
		return nil, err
	}
	problems := append(fieldsOf(d.check(s.rules(), p.Now)), fieldsOf(agrees)...)
	p.Told = d
	return standCheckView(p), problems.Err()
}

func (s *Service) stand(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	d, err := s.candidacyOf(r, f)
	if err != nil {
		return web.Next{}, err
	}
	d.ID, err = s.Stand(r.Context(), web.Actor(r), d, web.L(r).Lang())
	return web.Done(d.path(), "forming.stood"), err
}

func (s *Service) withdrawCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r)
	if err == nil && !p.Withdrawable && !p.Declinable {
		err = notNow()
	}
	p.Form = f
	return withdrawView(p), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	d := Candidacy{ID: candidacyID(r), Competition: pathID(r)}
	return web.Done(d.path(), "forming.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), d.ID)
}
