package appeals

import (
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

const (
	onePattern  = "/appeals/{id}"
	ownPattern  = onePattern + "/own/{token}"
	workPattern = "/desk/appeals/cases/{case}"
)

func (s *Service) routes() []web.Route {
	topics := func(r *http.Request) []string {
		out := []string{topic, answers.Topic, organisations.Topic, moderation.Topic, city.Topic, city.TopicDay}
		if id := pathID(r); id != "" {
			out = append(out, record.TopicOf(Ref(id)))
		}
		return out
	}
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/appeals", Query: append(narrowing, "after"), Access: web.Everyone, Handler: s.showList, Topics: topics},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: topics},
		{Method: "GET", Pattern: "/appeals.atom", Access: web.Everyone, Handler: s.showFeed, Topics: topics},
		web.List(web.Reading{Pattern: "/appeals", Summary: "Appeals to bodies, the newest first", Topics: topics, Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(shownStates...)},
			{Name: "sort", Means: "Only those of this sort", OneOf: web.Values(Sorts()...)}, web.ByDistrict, web.ByTheme, {Name: "body", Means: "Only those to this body: its id", Shape: web.AnID}}}, s.apiList),
		web.One(web.Reading{Pattern: "/appeals/{id}", Summary: "One appeal with its cases and replies", Topics: topics}, s.apiOne),
		{Method: "GET", Pattern: "/desk/appeals", Query: []string{"q", "person", "after"}, Access: staff, Handler: s.showDesk},
		{Method: "GET", Pattern: workPattern, Access: web.Officers, Handler: s.showWork},
	}, web.Tables(web.Route{Pattern: "/appeals", Query: narrowing, Access: web.Everyone}, s.getTable), web.Tables(web.Route{Pattern: "/desk/appeals", Access: web.Officers}, s.getWork),
		s.letterRoutes(), s.statsRoutes(topics), s.open311Routes(), s.pictureRoutes(), web.Forms(s.askedForms()...), web.Forms(s.templateForms()...), web.Forms(
			web.Form{Pattern: "/appeals/new", Heavy: true, Access: web.Everyone, Show: s.newPage, Check: s.newCheck, Do: s.send},
			web.Form{Pattern: onePattern + "/word", Page: onePattern, Access: web.SignedIn, Show: s.onePage, Do: s.say, Field: "word"},
			web.Form{Pattern: ownPattern, Access: web.Everyone, Show: s.ownPage, Do: s.sayByMail, Field: "word"},
			web.Form{Pattern: ownPattern + "/confirm", Page: ownPattern, Access: web.Everyone, Do: s.confirm, Button: true},

			web.Form{Pattern: onePattern + "/withdraw", Page: onePattern, Access: web.SignedIn, Check: s.withdrawCheck, Do: s.withdrawOwn, Button: true},
			web.Form{Pattern: ownPattern + "/withdraw", Page: ownPattern, Access: web.Everyone, Check: s.withdrawCheck, Do: s.withdrawByMail, Button: true},
			web.Form{Pattern: onePattern + "/tell", Page: onePattern, Access: web.SignedIn, Show: s.onePage, Do: s.tell, Field: "words"},
			web.Form{Pattern: ownPattern + "/tell", Page: ownPattern, Access: web.Everyone, Show: s.ownPage, Do: s.tellByMail, Field: "words"},

			web.Form{Pattern: onePattern + "/same", Page: onePattern, Access: web.SignedIn, Show: s.onePage, Do: s.saySame, Field: "agree"},
			web.Form{Pattern: ownPattern + "/same", Page: ownPattern, Access: web.Everyone, Show: s.ownPage, Do: s.saySame, Field: "agree"},

			web.Form{Pattern: onePattern + "/join", Access: web.Everyone, Show: s.joinPage, Do: s.join, Field: "note"},
			web.Form{Pattern: onePattern + "/leave", Page: onePattern, Access: web.Residents, Do: s.leave, Button: true},
			web.Form{Pattern: onePattern + "/contest", Access: web.SignedIn, Show: s.contestPage, Do: s.contestOwn, Field: moderation.WordsName},
			web.Form{Pattern: ownPattern + "/contest", Access: web.Everyone, Show: s.contestPage, Do: s.contestByMail, Field: moderation.WordsName},

			web.Form{Pattern: channelsPath, Access: web.Administrators, Show: s.channelsPage, Do: s.saveChannels},
			web.Form{Pattern: "/desk/appeals/register/{id}", Access: registrars, Show: s.registerPage, Do: s.register},
			web.Form{Pattern: "/desk/appeals/words/{id}", Query: []string{moderation.BackName}, Access: web.Moderators, Show: s.wordsPage, Do: s.decide, Field: "rule"},
			web.Form{Pattern: workPattern + "/take", Page: workPattern, Access: web.Officers, Show: s.workPage, Do: s.take},
			web.Form{Pattern: workPattern + "/note", Page: workPattern, Access: web.Officers, Show: s.workPage, Do: s.keepNote, Field: "note"},
			web.Form{Pattern: workPattern + "/same", Page: workPattern, Access: web.Officers, Show: s.workPage, Do: s.askSame, Field: "with"},
			web.Form{Pattern: workPattern + "/forward", Access: web.Officers, Show: s.forwardPage, Do: s.forward},
			web.Form{Pattern: workPattern + "/ask", Access: web.Officers, Show: s.askPage, Do: s.ask},
			web.Form{Pattern: workPattern + "/answer", Access: web.Officers, Show: s.answerPage, Check: s.answerCheck, Do: s.answer},
		))
}

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"q", "state", "sort", "district", "theme", "body"})

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal    civic.Calendar
	City   *city.Settings
	Places *places.Service
	Rules  *moderation.Book
	Form   ui.Form

	Channels []Channel // in which an appeal has legal force
	Agreed   string    // the decision by which bodies answer here; "": there is none
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current(), Places: s.city.Places, Rules: s.city.Moderation.Book()}
	p.Form.Values = map[string][]string{}
	p.Channels, p.Agreed = s.channels(r.Context()), s.agreed()
	return p
}

func (p page) listLink() ui.Link { return ui.Link{Text: p.T("appeals.title"), Path: "/appeals"} }

// bodyOptions lists the bodies for a form, behind the choice of none, whose name is the message none.
func (s *Service) bodyOptions(r *http.Request, p ui.Page, none string) ([]ui.Option, error) {
	out := []ui.Option{{Label: p.T(none)}}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.bodies(tx)
		for _, b := range all {
			words, lang := p.Words(b.Name)
			out = append(out, ui.Option{Value: string(b.ID), Label: words, Lang: lang})
		}
		return err
	})
	return out, err
}

type listPage struct {
	page
	List      List
	Bodies    []ui.Option
	Districts []ui.Option
	Filtered  bool
	Pins      []places.Pin
	Export    string // the query of the filters, for the files
	NextTo    string
}

// shownStates are those by which the list can be narrowed.
var shownStates = []State{Filed, Registered, WithBody, Paused, Answered, Contested, Closed}

func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{State: State(v.Get("state")), Sort: Sort(v.Get("sort")), Scope: s.city.Settings.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")}), Body: civic.ID(v.Get("body")), Words: v.Get("q"), After: v.Get("after")}
	if !slices.Contains(shownStates, q.State) {
		q.State = ""
	}
	if !slices.Contains(Sorts(), q.Sort) {
		q.Sort = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.pageOf(w, r, web.L(r).T("appeals.title"))}
	p.Lede = p.T("appeals.lede")
	q := s.queryOf(r)
	p.Form.Values = r.URL.Query()
	p.Filtered = q.State != "" || q.Sort != "" || q.Scope != (city.Scope{}) || q.Body != "" || q.Words != ""
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	for _, l := range p.List.Items {
		pin := places.Pin{} // nowhere: what is not read by everybody has no place on the map either
		if l.Readable() {
			pin = places.Pin{At: l.Point, Title: l.Title}
		}
		p.Pins = append(p.Pins, pin)
	}
	export := r.URL.Query()
	for name := range export {
		if !slices.Contains(narrowing, name) || export.Get(name) == "" {
			export.Del(name)
		}
	}
	p.Export = "?" + export.Encode()
	p.Feed = ui.Link{Text: p.T("appeals.feed"), Path: ui.Localized(p.L.Lang(), "/appeals.atom")}
	p.Districts = p.City.DistrictOptions(p.Page, "appeals.any_district")
	if p.Bodies, err = s.bodyOptions(r, p.Page, "appeals.any_body"); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type newPage struct {
	page
	Appeal
	Bodies, Districts []ui.Option
	BodyName          string // as the check page says it
	Alike             []Listed
	Suggested         []organisations.Named // whose it may be, when nobody is named
	MaxWords          int
	Days              int
}

func (s *Service) newPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p newPage, err error) {
	p = newPage{page: s.pageOf(w, r, web.L(r).T(title)), MaxWords: s.value("words_max"), Days: s.value("answer_days")}
	p.Form, p.NoIndex = f, f.Sent
	p.Crumbs = []ui.Link{p.listLink()}
	p.Districts = p.City.DistrictOptions(p.Page, "appeals.no_district")
	p.Bodies, err = s.bodyOptions(r, p.Page, "appeals.no_body")
	return p, err
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		f.Values.Set("open", "yes")
	}
	p, err := s.newPageOf(w, r, "appeals.new_title", f)
	p.Lede = p.T("appeals.new_lede")
	return newView(p), err
}

func typed(f ui.Form) Appeal {
	at, _ := places.ParsePoint(f.Value("point"))
	return Appeal{Sort: Sort(f.Value("sort")), Open: f.Value("open") != "no", Title: f.Value("title"), Words: f.Value("words"), Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}, Point: at, Address: f.Value("address"), Wished: civic.ID(f.Value("body"))}
}

// newCheck shows what everybody will read of it, and what the body alone.
func (s *Service) newCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if picked, err := s.city.Places.Picked(r, f, "point", "address"); err != nil {
		return nil, err
	} else if picked {
		web.Resend(r, "/appeals/new")
		return s.newPage(w, r, f)
	}
	a := typed(f)
	if err := s.BeforeFiling(r.Context(), web.Actor(r), a, f.Value("email")); err != nil {
		return nil, err
	}
	p, err := s.newPageOf(w, r, "appeals.check_title", f)
	p.Appeal = a
	p.BodyName = ui.LabelOf(p.Bodies, string(a.Wished))
	if err == nil {
		p.Alike, err = s.Alike(r.Context(), a)
	}
	if err == nil && a.Wished == "" {
		p.Suggested, err = s.Suggest(r.Context(), a)
	}
	return checkView(p), err
}

func (s *Service) send(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if !web.Actor(r).Has(civic.Resident) {
		if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
			return web.Next{}, err
		}
	}
	a, err := s.File(r.Context(), web.Actor(r), typed(f), f.Value("email"), web.L(r).Lang())
	if err != nil {
		return web.Next{}, err
	}
	if !a.ByMail {
		return web.Done(Path(a.ID), "appeals.filed"), nil
	}
	return s.asks(w, r, a.ID, a.Asked, f.Value("email"))
}

type onePage struct {
	page
	View
	Token string        // of who reads it by the link of a mail
	QR    templ.SafeURL // of the receipt, which leads to the page
}

// base is the applicant's page.
func (p onePage) base() string {
	if p.Token != "" {
		return ownPath(p.ID) + "/" + p.Token
	}
	return Path(p.ID)
}

// under is where the applicant sends a word.
func (p onePage) under() string {
	if p.Token != "" {
		return p.base()
	}
	return p.base() + "/word"
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	page, err := s.onePage(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.pageOfOne(w, r, Who{Actor: web.Actor(r)}, f)
}

// ownPage is where the link of a mail leads. Opening it files nothing: programs that scan mails open links.
func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	return s.pageOfOne(w, r, Who{Token: r.PathValue("token")}, f)
}

func (s *Service) pageOfOne(w http.ResponseWriter, r *http.Request, who Who, f ui.Form) (templ.Component, error) {
	v, err := s.Show(r.Context(), who, pathID(r))
	if err != nil {
		return nil, err
	}
	p := onePage{page: s.pageOf(w, r, ""), View: v, Token: who.Token}
	p.Form = f
	if p.Form.Values == nil {
		p.Form.Values = map[string][]string{}
	}
	p.Crumbs = []ui.Link{p.listLink()}
	p.NoIndex = !v.Readable()
	if v.Reads && v.Title != "" {
		p.SetName(civic.Text{v.Lang: v.Title})
	} else {
		p.Page.Title = p.T("appeals.numbered_"+string(v.Sort), "Title", v.Number())
	}
	if v.Own {
		if p.QR, err = ui.QR(web.Origin(r) + p.URL(p.base())); err != nil {
			return nil, err
		}
	}
	return oneView(p), nil
}

func (s *Service) confirm(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	if err := s.Confirm(r.Context(), id, token); err != nil {
		return web.Next{}, err
	}
	notifications.Remember(w, r, token)
	return web.Done(ownPath(id)+"/"+token, "appeals.filed"), nil
}

// here is what was filed from the address that was confirmed in this browser.
func here(tx *storage.Tx, r *http.Request, most int) ([]part.Mine, error) {
	reader, token, err := notifications.Here(tx, r)
	if reader == "" {
		return nil, err
	}
	with := func(path func(civic.ID) string) func(civic.ID) string {
		return func(id civic.ID) string { return path(id) + "/" + token }
	}
	return doneBy(tx, reader, most, with(ownPath), with(joinedPath))
}

func said(f ui.Form) Says {
	word := f.Value("word")
	return Says{Word: Word(word), Contest: word == string(Contested), Words: f.Value("words")}
}

// withdrawCheck asks before an appeal, or one of its cases, is closed as not needed any more.
func (s *Service) withdrawCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	who := Who{Actor: web.Actor(r), Token: r.PathValue("token")}
	v, err := s.Show(r.Context(), who, pathID(r))
	if err == nil && !v.Own {
		err = notYours()
	}
	p := onePage{page: s.pageOf(w, r, web.L(r).T("appeals.withdraw_title")), View: v, Token: who.Token}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.listLink()}
	return withdrawView(p), err
}

func (s *Service) withdrawOwn(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id := pathID(r)
	return web.Done(Path(id), "appeals.said"), s.Judge(r.Context(), Who{Actor: web.Actor(r)}, id, civic.ID(f.Value("case")), Says{Word: NotNeeded})
}

func (s *Service) withdrawByMail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	return web.Done(ownPath(id)+"/"+token, "appeals.said"), s.Judge(r.Context(), Who{Token: token}, id, civic.ID(f.Value("case")), Says{Word: NotNeeded})
}

func (s *Service) say(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id := pathID(r)
	return web.Done(Path(id), "appeals.said"), s.Judge(r.Context(), Who{Actor: web.Actor(r)}, id, civic.ID(f.Value("case")), said(f))
}

func (s *Service) sayByMail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	return web.Done(ownPath(id)+"/"+token, "appeals.said"), s.Judge(r.Context(), Who{Token: token}, id, civic.ID(f.Value("case")), said(f))
}

func (s *Service) tell(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id := pathID(r)
	return web.Done(Path(id), "appeals.told"), s.Tell(r.Context(), Who{Actor: web.Actor(r)}, id, civic.ID(f.Value("case")), f.Value("words"))
}

func (s *Service) tellByMail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	return web.Done(ownPath(id)+"/"+token, "appeals.told"), s.Tell(r.Context(), Who{Token: token}, id, civic.ID(f.Value("case")), f.Value("words"))
}

// contestPage asks for another decision on words that were removed.
func (s *Service) contestPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	who := Who{Actor: web.Actor(r), Token: r.PathValue("token")}
	v, err := s.Show(r.Context(), who, pathID(r))
	if err == nil && !v.Own {
		err = notYours()
	}
	if err == nil && !v.Fate.MayContest && !f.Sent {
		err = notThere()
	}
	p := onePage{page: s.pageOf(w, r, web.L(r).T("moderation.contest_ask")), View: v, Token: who.Token}
	p.Form, p.NoIndex, p.Crumbs = f, true, []ui.Link{p.listLink(), {Text: v.Number(), Path: p.base()}}
	return contestView(p), err
}

func (s *Service) contestOwn(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id := pathID(r)
	return web.Done(Path(id), "moderation.contest_sent"), s.ContestRemoval(r.Context(), Who{Actor: web.Actor(r)}, id, f.Value(moderation.WordsName))
}

func (s *Service) contestByMail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	return web.Done(ownPath(id)+"/"+token, "moderation.contest_sent"), s.ContestRemoval(r.Context(), Who{Token: token}, id, f.Value(moderation.WordsName))
}

func (s *Service) joinPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.Show(r.Context(), Who{Actor: web.Actor(r)}, pathID(r))
	if err == nil {
		err = v.mayAskToJoin(web.Actor(r))
	}
	if err != nil {
		return nil, err
	}
	p := onePage{page: s.pageOf(w, r, web.L(r).T("appeals.join_title")), View: v}
	if p.Form = f; !f.Sent && v.Joined != nil {
		f.Values.Set("note", v.Joined.Note)
	}
	p.NoIndex, p.Crumbs = true, []ui.Link{p.listLink(), p.LinkTo(Path(v.ID), civic.Text{v.Lang: v.Title})}
	return joinView(p), nil
}

func (s *Service) join(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if !web.Actor(r).Has(civic.Resident) {
		return s.joinByMail(w, r, f)
	}
	return web.Done(Path(pathID(r)), "appeals.joined"), s.Join(r.Context(), web.Actor(r), pathID(r), f.Value("note"))
}

func (s *Service) leave(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "appeals.left"), s.Leave(r.Context(), web.Actor(r), pathID(r))
}
