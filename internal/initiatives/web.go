package initiatives

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

const (
	onePattern  = "/initiatives/{id}"
	linkPattern = onePattern + "/link/{key}"
	ownPattern  = onePattern + "/own/{token}"
)

// narrowing names the filters that files know too.
var narrowing = slices.Clip([]string{"q", "state", "district", "theme"})

func (s *Service) routes() []web.Route {
	topics := func(r *http.Request) []string {
		out := []string{topic, answers.Topic, organisations.Topic, moderation.Topic, city.Topic, city.TopicDay}
		if id := pathID(r); id != "" {
			out = append(out[1:], topicOf(id), record.TopicOf(Ref(id)))
		}
		return out
	}
	return append(append([]web.Route{
		{Method: "GET", Pattern: "/initiatives", Query: append(narrowing, "after"), Access: web.Everyone, Handler: s.showList, Topics: topics},
		{Method: "GET", Pattern: "/initiatives.atom", Access: web.Everyone, Handler: s.showFeed, Topics: topics},
		web.List(web.Reading{Pattern: "/initiatives", Summary: "Initiatives that people sign", Topics: topics, Query: []web.Param{web.ByWords, {Name: "state", Means: "Only those that stand so", OneOf: web.Values(shownStates...)}, web.ByDistrict, web.ByTheme}}, s.apiList),
		web.One(web.Reading{Pattern: "/initiatives/{id}", Summary: "One initiative with how many have signed", Topics: topics}, s.apiOne),
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne, Topics: topics},
		{Method: "GET", Pattern: onePattern + "/days.csv", Access: web.Everyone, Handler: s.getDays, Topics: topics, Plain: true},
		{Method: "GET", Pattern: linkPattern, Access: web.Everyone, Handler: s.showOne},
		{Method: "GET", Pattern: "/desk/initiatives", Access: web.Moderators, Handler: s.showDesk},
	}, web.Tables(web.Route{Pattern: "/initiatives", Query: narrowing, Access: web.Everyone}, s.getTable)...), web.Forms(
		web.Form{Pattern: "/initiatives/new", Access: web.Residents, Show: s.newPage, Check: s.newCheck, Do: s.write},
		web.Form{Pattern: onePattern + "/rewrite", Access: web.Residents, Show: s.rewritePage, Do: s.rewrite},
		web.Form{Pattern: onePattern + "/agree/{invite}", Access: web.Residents, Show: s.agreePage, Do: s.agree, Button: true},
		web.Form{Pattern: onePattern + "/gather", Page: onePattern, Access: web.Residents, Check: s.gatherCheck, Do: s.gather, Button: true},
		web.Form{Pattern: onePattern + "/withdraw", Page: onePattern, Access: web.Residents, Check: s.withdrawCheck, Do: s.withdraw, Button: true},
		web.Form{Pattern: onePattern + "/sign", Query: []string{"key"}, Access: web.Everyone, Show: s.signPage, Do: s.sendSign},
		web.Form{Pattern: onePattern + "/code/{signature}", Access: web.Everyone, Show: s.codePage, Do: s.sendCode, Field: "code"},
		web.Form{Pattern: ownPattern, Access: web.Everyone, Show: s.ownPage, Do: s.confirmOwn, Button: true},
		web.Form{Pattern: ownPattern + "/back", Page: ownPattern, Access: web.Everyone, Do: s.backByMail, Button: true},
		web.Form{Pattern: onePattern + "/back", Page: onePattern, Access: web.Residents, Do: s.back, Button: true},

		web.Form{Pattern: "/desk/initiatives/words/{id}", Query: []string{moderation.BackName}, Access: web.Moderators, Show: s.wordsPage, Do: s.decide, Field: "rule"},
		web.Form{Pattern: "/desk/initiatives/check/{id}", Query: conditionNames, Access: web.Moderators, Heavy: true, Show: s.panelPage, Check: s.panelCheck, Do: s.takeOut},
		web.Form{Pattern: "/desk/initiatives/reverse/{invalidation}", Access: web.Moderators, Show: s.reversePage, Do: s.reverse},
	)...)
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal   civic.Calendar
	City  *city.Settings
	Rules *moderation.Book
	Form  ui.Form
}

func (s *Service) pageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current(), Rules: s.city.Moderation.Book(), Form: f}
	if p.Form.Values == nil {
		p.Form.Values = map[string][]string{}
	}
	p.Crumbs = []ui.Link{{Text: p.T("initiatives.title"), Path: "/initiatives"}}
	return p
}

type listPage struct {
	page
	List      List
	Districts []ui.Option
	Filtered  bool
	Export    string // the query of the filters, for the files
	NextTo    string
}

// shownStates are those by which the list can be narrowed.
var shownStates = []State{Open, Closed, WithBody, Answered, Delivered, Unsupported, Refused, Withdrawn}

func (s *Service) queryOf(r *http.Request) Query {
	v := r.URL.Query()
	q := Query{State: State(v.Get("state")), Scope: s.city.Settings.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")}), Words: v.Get("q"), After: v.Get("after")}
	if !slices.Contains(shownStates, q.State) {
		q.State = ""
	}
	return q
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) (err error) {
	p := listPage{page: s.pageOf(w, r, web.L(r).T("initiatives.title"), ui.Form{Values: r.URL.Query()})}
	p.Crumbs, p.Lede = nil, p.T("initiatives.lede")
	q := s.queryOf(r)
	p.Filtered = q.State != "" || q.Scope != (city.Scope{}) || q.Words != ""
	if p.List, err = s.List(r.Context(), q); err != nil {
		return err
	}
	if p.List.Next != "" {
		p.NextTo = p.With("after", p.List.Next)
	}
	p.Export = web.Narrowed(r, narrowing...)
	p.Districts = p.City.DistrictOptions(p.Page, "initiatives.any_district")
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	page
	View
	Key, Link, Invite string
	Least, Joining    int
	For, Against      []discussion.Line
	Chart             ui.Chart
}

// signAt is where one signs it.
func (p onePage) signAt() string {
	if p.Key != "" {
		return Path(p.ID) + "/sign?key=" + p.Key
	}
	return Path(p.ID) + "/sign"
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), Who{Actor: web.Actor(r)}, pathID(r), Key(r.PathValue("key")))
	if err != nil {
		return err
	}
	p := onePage{page: s.pageOf(w, r, "", ui.Form{}), View: v, Least: s.value("authors_min"), Joining: s.value("joinder_people")}
	p.NoIndex = !v.Public()
	switch {
	case v.Known() && !v.Public() && !v.Author, v.Title == "":
		p.Page.Title = p.T("initiatives.numbered", "Title", v.Number())
	default:
		p.SetName(civic.Text{v.Lang: v.Title})
	}
	if v.ByLink() {
		p.Key, p.Link, p.Invite = v.secret, web.Origin(r)+p.URL(linkPath(v.Initiative)), web.Origin(r)+p.URL(Path(v.ID)+"/agree/"+v.invite)
	}
	p.Chart = ui.Chart{Title: p.T("initiatives.by_day"), Unit: p.T("initiatives.count_col"), Axis: p.T("initiatives.day")}
	values := []float64{}
	for _, d := range v.Days[max(0, len(v.Days)-60):] {
		p.Chart.X, values = append(p.Chart.X, d.Date[5:]), append(values, float64(d.Signed))
	}
	p.Chart.Series = []ui.Series{{Name: p.T("initiatives.count_col"), Values: values}}
	if v.Discussion.On && v.Discussion.Comments > 0 {
		if p.For, err = s.side(r, v.ID, discussion.For); err != nil {
			return err
		}
		if p.Against, err = s.side(r, v.ID, discussion.Against); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// sideMost is how many comments of each side stand beside each other.
const sideMost = 3

// side is what most people of both sides find useful of what is said for or against.
func (s *Service) side(r *http.Request, id civic.ID, stance discussion.Stance) ([]discussion.Line, error) {
	v, err := s.city.Discussion.View(r.Context(), civic.Actor{}, discussion.Query{Thing: Ref(id), Sort: discussion.MostUseful, Stance: stance})
	return v.Items[:min(sideMost, len(v.Items))], err
}

type newPage struct {
	page
	Initiative
	Action            string
	Bodies, Districts []ui.Option
	BodyName          string
	MaxWords          int
}

func (s *Service) newPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p newPage, err error) {
	p = newPage{page: s.pageOf(w, r, web.L(r).T(title), f), MaxWords: s.value("words_max"), Action: "/initiatives/new"}
	p.NoIndex = f.Sent
	p.Districts = p.City.DistrictOptions(p.Page, "initiatives.no_district")
	p.Bodies = []ui.Option{{Label: p.T("initiatives.choose_body")}}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := s.bodies(tx)
		for _, b := range all {
			words, lang := p.Page.Words(b.Name)
			p.Bodies = append(p.Bodies, ui.Option{Value: string(b.ID), Label: words, Lang: lang})
		}
		return err
	})
	return p, err
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newPageOf(w, r, "initiatives.new_title", f)
	p.Lede = p.T("initiatives.new_lede")
	return writeView(p), err
}

func typed(f ui.Form) Initiative {
	return Initiative{Title: f.Value("title"), Words: f.Value("words"), Body: civic.ID(f.Value("body")), Scope: city.Scope{District: f.Value("district"), Theme: f.Value("theme")}}
}

func (s *Service) newCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	i := typed(f)
	if err := s.BeforeWriting(r.Context(), i); err != nil {
		return nil, err
	}
	p, err := s.newPageOf(w, r, "initiatives.check_title", f)
	p.Initiative = i
	p.BodyName = ui.LabelOf(p.Bodies, string(i.Body))
	return checkView(p), err
}

func (s *Service) write(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	i, err := s.Write(r.Context(), web.Actor(r), typed(f), web.L(r).Lang())
	return web.Done(linkPath(i), "initiatives.written"), err
}

// byAuthor finds an initiative for a page of who began it.
func (s *Service) byAuthor(r *http.Request) (v View, err error) {
	v, err = s.Show(r.Context(), Who{Actor: web.Actor(r)}, pathID(r), "")
	if err == nil && !v.First {
		err = notYours()
	}
	return v, err
}

func (s *Service) rewritePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.byAuthor(r)
	if err != nil {
		return nil, err
	}
	if v.State != Draft {
		return nil, notNow()
	}
	p, err := s.newPageOf(w, r, "initiatives.rewrite_title", f)
	p.Lede, p.Action = p.T("initiatives.rewrite_says"), Path(v.ID)+"/rewrite"
	if !f.Sent {
		for name, value := range map[string]string{"title": v.Title, "words": v.Words, "body": string(v.Body), "district": v.District, "theme": v.Theme} {
			p.Form.Values.Set(name, value)
		}
	}
	return writeView(p), err
}

func (s *Service) rewrite(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.byAuthor(r)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(linkPath(v.Initiative), "initiatives.rewritten"), s.Rewrite(r.Context(), web.Actor(r), v.ID, typed(f), web.L(r).Lang())
}

func (s *Service) agreePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	var i Initiative
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if i, err = find(tx, pathID(r)); err == nil && i.invite != r.PathValue("invite") {
			err = notThere()
		}
		return err
	})
	p := onePage{page: s.pageOf(w, r, web.L(r).T("initiatives.agree_title"), f), View: View{Listed: Listed{Initiative: i}}, Invite: r.PathValue("invite")}
	p.NoIndex = true
	return agreeView(p), err
}

func (s *Service) agree(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	if err := s.Agree(r.Context(), web.Actor(r), pathID(r), r.PathValue("invite")); err != nil {
		return web.Next{}, err
	}
	v, err := s.Show(r.Context(), Who{Actor: web.Actor(r)}, pathID(r), "")
	next := web.Done(Path(v.ID), "initiatives.agreed")
	if v.ByLink() {
		next.Path = linkPath(v.Initiative)
	}
	return next, err
}

func (s *Service) gatherCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	by, err := s.BeforeGathering(r.Context(), web.Actor(r), pathID(r))
	p := s.pageOf(w, r, web.L(r).T("initiatives.gather_title"), f)
	p.NoIndex = true
	return askView(p, p.T("initiatives.gather_says", "Date", by, "Count", s.value("joinder_people")), Path(pathID(r))+"/gather", p.T("initiatives.gather")), err
}

func (s *Service) gather(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	v, err := s.byAuthor(r)
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(linkPath(v.Initiative), "initiatives.gathered"), s.Gather(r.Context(), web.Actor(r), v.ID)
}

func (s *Service) withdrawCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	_, err := s.byAuthor(r)
	p := s.pageOf(w, r, web.L(r).T("initiatives.withdraw_title"), f)
	p.NoIndex = true
	return askView(p, p.T("initiatives.withdraw_says"), Path(pathID(r))+"/withdraw", p.T("initiatives.withdraw")), err
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done("/me", "initiatives.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), pathID(r))
}

type signPage struct {
	page
	View
	Key  string
	Code civic.ID // the signature that waits for its digits
}

func (s *Service) signPageOf(w http.ResponseWriter, r *http.Request, title string, f ui.Form, key string) (p signPage, err error) {
	p = signPage{page: s.pageOf(w, r, web.L(r).T(title), f), Key: key}
	p.NoIndex = true
	p.View, err = s.Show(r.Context(), Who{Actor: web.Actor(r)}, pathID(r), Key(key))
	return p, err
}

func (s *Service) signPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	key := f.Value("key")
	if !f.Sent {
		key = r.URL.Query().Get("key")
	}
	p, err := s.signPageOf(w, r, "initiatives.sign_title", f, key)
	if err == nil {
		err = p.MaySign
	}
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		p.Form.Values.Set("name", p.Actor.Name)
		if p.Mine != nil {
			p.Form.Values.Set("district", p.Mine.District)
		}
	}
	return signView(p), nil
}

func (s *Service) sendSign(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	network := web.ClientNetwork(r)
	if err := s.often.Allow(network); err != nil {
		return web.Next{}, err
	}
	id, key := pathID(r), Key(f.Value("key"))
	asked, err := s.Sign(r.Context(), web.Actor(r), id, key, Signing{Name: f.Value("name"), Shown: f.Value("shown") == "yes", District: f.Value("district"), Email: f.Value("email"), Network: network, Lang: web.L(r).Lang()})
	if err != nil {
		return web.Next{}, err
	}
	if asked != "" {
		return web.On(Path(id) + "/code/" + string(asked)), nil
	}
	next := web.Done(Path(id), "initiatives.signed_now")
	if key != "" {
		next.Path += "/link/" + string(key)
	}
	return next, nil
}

// codePage asks for the six digits. It shows nothing of the signature: whoever has its address may be anybody.
func (s *Service) codePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	code, ok := civic.ParseID(r.PathValue("signature"))
	if _, known := civic.ParseID(r.PathValue("id")); !ok || !known { // whether there are such is told to nobody
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	p := signPage{page: s.pageOf(w, r, web.L(r).T("initiatives.code_title"), f), Code: code}
	p.NoIndex, p.ID = true, pathID(r)
	return codeView(p), nil
}

func (s *Service) sendCode(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	next := "/initiatives"
	if v, err := s.Show(r.Context(), Who{}, pathID(r), ""); err == nil && v.Public() {
		next = Path(v.ID)
	}
	if err := s.often.Allow(web.ClientNetwork(r)); err != nil {
		return web.Next{}, err
	}
	return web.Done(next, "initiatives.signed_now"), s.ConfirmByCode(r.Context(), pathID(r), civic.ID(r.PathValue("signature")), f.Value("code"))
}

type ownPage struct {
	page
	View
	Token string
}

// ownPage is where the link of a mail leads. Opening it signs nothing: programs that scan mails open links.
func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	token := r.PathValue("token")
	v, err := s.Show(r.Context(), Who{Token: token}, pathID(r), "")
	if err == nil && v.Mine == nil {
		err = notThere()
	}
	p := ownPage{page: s.pageOf(w, r, web.L(r).T("initiatives.own_title"), f), View: v, Token: token}
	p.NoIndex = true
	return ownView(p), err
}

func (s *Service) confirmOwn(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	if err := s.Confirm(r.Context(), id, token); err != nil {
		return web.Next{}, err
	}
	notifications.Remember(w, r, token)
	return web.Done(ownPath(id)+"/"+token, "initiatives.signed_now"), nil
}

// here is what was signed from the address that was confirmed in this browser.
func here(tx *storage.Tx, r *http.Request, most int) ([]part.Mine, error) {
	reader, token, err := notifications.Here(tx, r)
	if reader == "" {
		return nil, err
	}
	return signedOf(tx, reader, most, func(i Initiative) string { return ownPath(i.ID) + "/" + token })
}

func (s *Service) backByMail(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	id, token := pathID(r), r.PathValue("token")
	return web.Done(ownPath(id)+"/"+token, "initiatives.taken_back"), s.TakeBack(r.Context(), id, Who{Token: token})
}

func (s *Service) back(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done("/me", "initiatives.taken_back"), s.TakeBack(r.Context(), pathID(r), Who{Actor: web.Actor(r)})
}

func count(n int64) string { return strconv.FormatInt(n, 10) }
