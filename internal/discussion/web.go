package discussion

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// The addresses, without the language.
const (
	root = "/discussion"
	desk = "/desk/discussion"
)

// ThreadPath is where one reads what is said under a thing.
func ThreadPath(thing civic.Ref) string {
	return root + "/" + thing.Kind + "/" + url.PathEscape(string(thing.ID))
}

// Path is the page of one comment.
func Path(id civic.ID) string { return root + "/comment/" + string(id) }

func deskPath(id civic.ID) string { return desk + "/" + string(id) }

func (s *Service) routes() []web.Route {
	const thread, one = root + "/{kind}/{id}", root + "/comment/{id}"
	return append(append([]web.Route{
		{Method: "GET", Pattern: root, Query: threadNarrowing, Access: web.Everyone, Handler: s.showList, Topics: s.listTopics},
		{Method: "GET", Pattern: thread, Query: []string{"sort", "stance", "after"}, Access: web.Everyone, Handler: s.showThread, Topics: s.threadTopics},
		{Method: "GET", Pattern: one, Query: []string{"after"}, Access: web.Everyone, Handler: s.showOne},
		{Method: "GET", Pattern: thread + "/feed", Access: web.Everyone, Handler: s.showFeed, Topics: s.threadTopics},
	}, s.machineRoutes()...), web.Forms(
		web.Form{Pattern: thread + "/say", Access: web.SignedIn, Show: s.sayPage, Do: s.say, Field: "text"},
		web.Form{Pattern: one + "/reply", Access: web.SignedIn, Show: s.replyPage, Do: s.reply, Field: "text"},
		web.Form{Pattern: one + "/edit", Access: web.SignedIn, Show: s.editPage, Do: s.edit, Field: "text"},
		web.Form{Pattern: one + "/useful", Access: web.SignedIn, Show: s.sidePage, Do: s.useful, Field: "side"},
		web.Form{Pattern: one + "/take-back", Access: web.SignedIn, Show: s.takeBackPage, Do: s.takeBack},
		web.Form{Pattern: desk + "/{id}", Query: []string{moderation.BackName}, Access: web.Moderators, Show: s.judgePage, Do: s.judge},
	)...)
}

// thingOfPath is the thing that an address names.
func thingOfPath(r *http.Request) civic.Ref {
	return civic.Ref{Kind: r.PathValue("kind"), ID: civic.ID(r.PathValue("id"))}
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

// listTopics are what the list shows: threads, and titles of things of whatever part.
func (s *Service) listTopics(*http.Request) []string {
	out := []string{Topic, city.Topic}
	for _, p := range s.declared.Parts() {
		out = append(out, p.Name)
	}
	return out
}

func (s *Service) threadTopics(r *http.Request) []string {
	thing := thingOfPath(r)
	out := append(s.listTopics(r), topicOf(thing))
	if kind, known := s.declared.Kind(thing.Kind); known && kind.Discussed.Topics != nil {
		out = append(out, kind.Discussed.Topics(thing.ID)...)
	}
	return out
}

// threadNarrowing are the parameters of the list of threads.
var threadNarrowing = []string{"district", "theme", "state", "after"}

// waits is the one state by which the list of threads is filtered.
const waits = "waits"

func (s *Service) threadQuery(r *http.Request) ThreadQuery {
	v := r.URL.Query()
	return ThreadQuery{Scope: s.city.Current().Known(city.Scope{District: v.Get("district"), Theme: v.Get("theme")}), Waits: v.Get("state") == waits, After: v.Get("after")}
}

type listPage struct {
	ui.Page
	Threads []Listed
	Query   ThreadQuery
	City    *city.Settings
	Form    ui.Form
	NextTo  string
}

// narrowed reports whether the list shows less than all.
func (p listPage) narrowed() bool { return p.Query.Waits || p.Query.Scope != (city.Scope{}) }

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	q := s.threadQuery(r)
	threads, next, err := s.Threads(r.Context(), q)
	if err != nil {
		return err
	}
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("discussion.list_title")), Threads: threads, Query: q, City: s.city.Current(), Form: ui.Form{Values: r.URL.Query()}}
	p.Lede = p.T("discussion.nav_lede")
	if next != "" {
		p.NextTo = p.With("after", next)
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type threadPage struct {
	ui.Page
	View
	Sort    Sort
	Narrows bool // there are enough to choose among
	Form    ui.Form
	NextTo  string
}

func queryOf(r *http.Request) Query {
	v := r.URL.Query()
	return Query{Thing: thingOfPath(r), Sort: ParseSort(v.Get("sort")), Stance: ParseStance(v.Get("stance")), After: v.Get("after")}
}

func (s *Service) showThread(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r)
	v, err := s.View(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	p := threadPage{Page: web.NewPage(w, r, ""), View: v, Sort: q.Sort, Form: ui.Form{Values: r.URL.Query()}}
	p.Narrows = q.Stance != "" || v.Comments > pageSize
	p.SetTitle("discussion.thread_title", "Title", v.Title.Title)
	p.Crumbs = []ui.Link{p.LinkTo(v.Title.Path, v.Title.Title)}
	p.Feed = ui.Link{Text: p.T("discussion.feed"), Path: p.URL(ThreadPath(v.Thing) + "/feed")}
	if v.Next != "" {
		p.NextTo = p.With("after", v.Next)
	}
	return web.Render(w, r, http.StatusOK, threadView(p))
}

// showFeed is what was said last, one entry for each comment.
func (s *Service) showFeed(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Latest(r.Context(), thingOfPath(r))
	if err != nil {
		return err
	}
	l := web.L(r)
	here := web.Origin(r) + ui.Localized(l.Lang(), "")
	feed := web.Feed{ID: here + ThreadPath(v.Thing), Title: l.T("discussion.thread_title", "Title", v.Title.Title), Author: l.T("discussion.title"), Self: here + ThreadPath(v.Thing) + "/feed", Page: here + ThreadPath(v.Thing)}
	for _, c := range v.Items {
		who := civic.Everywhere(l.T("discussion.voice", "No", strconv.FormatInt(c.Voice, 10)))
		if c.Official.ID != "" {
			who = c.Body.Title
		}
		feed.Entries = append(feed.Entries, web.FeedEntry{ID: web.Origin(r) + Path(c.ID), Title: who, Summary: l.Text(c.Words), Page: here + Path(c.ID), Updated: c.ShownAt})
	}
	return web.Atom(w, r, feed)
}

type onePage struct {
	ui.Page
	One
	Form   ui.Form
	NextTo string
}

// newOne makes a page about one comment; title is the key of its title.
func (s *Service) newOne(w http.ResponseWriter, r *http.Request, f ui.Form, title string) (p onePage, err error) {
	o, err := s.One(r.Context(), web.Actor(r), pathID(r), r.URL.Query().Get("after"))
	if err != nil {
		return p, err
	}
	p = onePage{Page: web.NewPage(w, r, web.L(r).T(title)), One: o, Form: f}
	p.Crumbs = []ui.Link{p.LinkTo(o.Title.Path, o.Title.Title), {Text: p.T("discussion.title"), Path: ThreadPath(o.Thing)}}
	if o.Next != "" {
		p.NextTo = p.With("after", o.Next)
	}
	return p, nil
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.newOne(w, r, ui.Form{Values: url.Values{}}, "discussion.one_title")
	if err != nil {
		return err
	}
	p.SetLedeName(p.One.Title.Title)
	p.NoIndex = p.One.Comment.State != Shown
	return web.Render(w, r, http.StatusOK, oneView(p))
}

type sayPage struct {
	ui.Page
	View    View
	To      *Line  // what is replied to, or changed
	Target  string // where the form is sent
	Send    string
	Stands  bool // a comment that stands by itself says how
	Max     int
	Minutes int
	Night   bool
	Morning time.Time
	Form    ui.Form
}

// rules says what will be public of it, and for how long it can be changed.
func (p sayPage) rules() string { return p.T("discussion.before_you_send", "Count", p.Minutes) }

// newSay makes the page of a form under a thing. Who cannot comment now is told why instead.
func (s *Service) newSay(w http.ResponseWriter, r *http.Request, f ui.Form, v View, title string) (sayPage, error) {
	p := sayPage{Page: web.NewPage(w, r, web.L(r).T(title)), View: v, Target: r.URL.Path, Max: s.value("max"), Minutes: s.value("edit_minutes"), Form: f}
	p.Send = p.T("discussion.send")
	p.NoIndex = true
	p.SetLedeName(v.Title.Title)
	p.Crumbs = []ui.Link{p.LinkTo(v.Title.Path, v.Title.Title), {Text: p.T("discussion.title"), Path: ThreadPath(v.Thing)}}
	p.Morning, p.Night = s.quiet().ends(p.Now.In(s.city.Zone()))
	return p, v.Blocked
}

func (s *Service) sayPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	v, err := s.View(r.Context(), web.Actor(r), Query{Thing: thingOfPath(r)})
	if err != nil {
		return nil, err
	}
	p, err := s.newSay(w, r, f, v, "discussion.say_title")
	p.Stands = true
	return sayView(p), err
}

func draftOf(r *http.Request, f ui.Form) Draft {
	return Draft{Stance: Stance(f.Value("stance")), Text: f.Value("text"), Lang: civic.Lang(f.Value("lang")), Page: web.L(r).Lang(), Words: f.Text("words"), Post: f.Value("post")}
}

func (s *Service) say(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	d := draftOf(r, f)
	d.Thing = thingOfPath(r)
	return s.send(r, d)
}

// send says something, and leads to where it stands with what became of it.
func (s *Service) send(r *http.Request, d Draft) (web.Next, error) {
	said, err := s.Say(r.Context(), web.Actor(r), d)
	return web.Done(Path(said.ID), "discussion.sent_"+string(said.State)), err
}

func (s *Service) replyPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	o, err := s.One(r.Context(), web.Actor(r), pathID(r), "")
	if err != nil {
		return nil, err
	}
	p, err := s.newSay(w, r, f, o.View, "discussion.reply_title")
	if err == nil && o.Comment.State != Shown {
		err = civic.Fail(civic.Closed, "discussion.no_reply")
	}
	p.To = &o.Comment
	return sayView(p), err
}

func (s *Service) reply(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	d := draftOf(r, f)
	d.Parent = pathID(r)
	return s.send(r, d)
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	o, err := s.One(r.Context(), web.Actor(r), pathID(r), "")
	if err != nil {
		return nil, err
	}
	c := o.Comment
	if !f.Sent && !c.MayEdit {
		return nil, civic.Fail(civic.Closed, "discussion.edit_over", "Count", s.value("edit_minutes"))
	}
	if !f.Sent {
		f.SetText("words", c.Words)
		text, lang := c.Words.In(web.L(r).Lang())
		f.Values.Set("text", text)
		f.Values.Set("lang", string(lang))
		f.Values.Set("post", c.Post)
	}
	p, _ := s.newSay(w, r, f, o.View, "discussion.edit_title") // one's own is changed in time also when the rest is over
	p.Send, p.Night = p.T("discussion.save"), false
	return sayView(p), nil
}

func (s *Service) edit(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "discussion.saved"), s.Edit(r.Context(), web.Actor(r), pathID(r), draftOf(r, f))
}

func (s *Service) sidePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newOne(w, r, f, "discussion.side_title")
	p.NoIndex = true
	return sideView(p), err
}

func (s *Service) useful(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	on := f.Value("useful") != "false"
	notice := "discussion.marked"
	if !on {
		notice = "discussion.unmarked"
	}
	return web.Done(Path(pathID(r)), notice), s.Useful(r.Context(), web.Actor(r), pathID(r), on, Side(f.Value("side")))
}

func (s *Service) takeBackPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newOne(w, r, f, "discussion.take_back_title")
	if err == nil && !p.One.Comment.MayTake {
		err = civic.Fail(civic.Forbidden, "discussion.not_yours")
	}
	p.NoIndex = true
	return takeBackView(p), err
}

func (s *Service) takeBack(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	o, err := s.One(r.Context(), web.Actor(r), pathID(r), "")
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(ThreadPath(o.Thing), "discussion.taken"), s.TakeBack(r.Context(), web.Actor(r), pathID(r))
}
