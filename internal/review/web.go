package review

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

// Owner is the part whose things are read. Its functions run in the transaction of the act.
type Owner struct {
	// Of tells what is read for. Errors: civic.NotFound.
	Of func(tx *storage.Tx, id civic.ID) (Of, error)
	// Ties are what the register knows between a reader and those who ask, or between those.
	Ties func(tx *storage.Tx, r Reader, all []Entry) ([]Tie, error)
	// Text shows the actor, who may see it, what was handed in as the version; anonymous: without whose it is.
	Text func(tx *storage.Tx, a civic.Actor, thing civic.Ref, version int64, anonymous bool) (func(ui.Page) templ.Component, error)
	// Decided takes the decision on all that was read.
	Decided func(tx *storage.Tx, a civic.Actor, id civic.ID, all []Outcomes) error
	// Remedies are what can follow now when a complaint about a thing is upheld, beside nothing, and how much money is free for it.
	Remedies func(tx *storage.Tx, thing civic.Ref) ([]Remedy, civic.Money, error)
	// Answered does what follows from the answer to a complaint. Errors: civic.Closed for a remedy that is none of Remedies.
	Answered func(tx *storage.Tx, a civic.Actor, thing civic.Ref, by Answer) error
	// Later shows what changed after the decision; nil: the owner has nothing of the kind.
	Later func(tx *storage.Tx, id civic.ID) (func(ui.Page) templ.Component, error)
}

const (
	onePattern   = root + "/{id}"
	entryPattern = onePattern + "/{entry}"
	runPattern   = desk + "/{id}"
)

func (s *Service) routes() []web.Route {
	topics := func(r *http.Request) []string { return []string{Topic, record.TopicOf(ref(pathID(r)))} }
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: root, Access: web.SignedIn, Handler: s.showTasks},
		{Method: "GET", Pattern: onePattern, Access: web.SignedIn, Handler: s.showReading},
		{Method: "GET", Pattern: onePattern + "/results", Access: web.Everyone, Handler: s.showResults, Topics: topics, Query: []string{"after"}},
		{Method: "GET", Pattern: onePattern + "/results.json", Access: web.Everyone, Handler: s.getResults, Topics: topics, Plain: true},
		{Method: "GET", Pattern: runPattern, Access: web.Hosts, Handler: s.showRunning},
	}, web.Tables(web.Route{Pattern: onePattern + "/results", Access: web.Everyone, Topics: topics}, s.getTable),
		web.Tables(web.Route{Pattern: onePattern + "/agenda", Access: web.SignedIn}, s.getAgenda), web.Forms(
			web.Form{Pattern: onePattern + "/declare", Page: onePattern, Access: web.SignedIn, Show: s.readingForm, Do: s.declare},
			web.Form{Pattern: entryPattern, Access: web.SignedIn, Show: s.entryPage, Do: s.mark},
			web.Form{Pattern: entryPattern + "/recuse", Page: entryPattern, Access: web.SignedIn, Check: s.recuseCheck, Do: s.recuse, Button: true},

			web.Form{Pattern: runPattern + "/readers", Access: web.Hosts, Show: s.readersPage, Do: s.addReader},
			web.Form{Pattern: runPattern + "/readers/drop", Page: runPattern + "/readers", Access: web.Hosts, Do: s.dropReader, Button: true},
			web.Form{Pattern: runPattern + "/readers/{reader}/lift/{entry}", Access: web.Hosts, Show: s.liftPage, Do: s.lift},
			web.Form{Pattern: runPattern + "/begin", Access: web.Hosts, Show: s.beginPage, Do: s.begin},
			web.Form{Pattern: runPattern + "/again", Access: web.Hosts, Show: s.againPage, Do: s.giveAgain},
			web.Form{Pattern: runPattern + "/meet", Access: web.Hosts, Show: s.meetPage, Do: s.meet},
			web.Form{Pattern: runPattern + "/sit", Access: web.Hosts, Show: s.sitPage, Do: s.sit},
			web.Form{Pattern: runPattern + "/entries/{entry}", Access: web.Hosts, Show: s.decidePage, Do: s.decide},
			web.Form{Pattern: runPattern + "/publish", Page: runPattern, Access: web.Hosts, Check: s.publishCheck, Do: s.publish, Button: true},
			web.Form{Pattern: runPattern + "/complaints/{complaint}", Access: web.Hosts, Show: s.complaintPage, Do: s.answer},
		))
}

func pathID(r *http.Request) civic.ID  { return civic.ID(r.PathValue("id")) }
func entryID(r *http.Request) civic.ID { return civic.ID(r.PathValue("entry")) }

// number writes a mean with two digits; "—": there is none.
func decimals(p ui.Page, x float64) string {
	if math.IsNaN(x) {
		return "—"
	}
	return p.L.Decimal(x, 2)
}

type tasksPage struct {
	ui.Page
	Tasks []Task
}

func (s *Service) showTasks(w http.ResponseWriter, r *http.Request) (err error) {
	p := tasksPage{Page: web.NewPage(w, r, web.L(r).T("review.title"))}
	p.NoIndex = true
	if p.Tasks, err = s.Tasks(r.Context(), p.Actor); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, tasksView(p))
}

type readingPage struct {
	ui.Page
	View
	Form ui.Form
	Cal  civic.Calendar
}

func (s *Service) readingPage(w http.ResponseWriter, r *http.Request, f ui.Form) (p readingPage, err error) {
	v, err := s.ShowReading(r.Context(), web.Actor(r), pathID(r))
	p = readingPage{Page: web.NewPage(w, r, ""), View: v, Form: f, Cal: s.city.Calendar()}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("review.title"), Path: root}}
	p.SetName(v.Of.Title)
	return p, err
}

func (s *Service) showReading(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readingPage(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, readingView(p))
}

func (s *Service) readingForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.readingPage(w, r, f)
	return readingView(p), err
}

func (s *Service) declare(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	if f.Value("sure") == "" {
		return web.Next{}, civic.Wrong("sure", "review.sure_missing")
	}
	return web.Done(Path(pathID(r)), "review.declared"), s.Declare(r.Context(), web.Actor(r), pathID(r), f.Values["tick"])
}

type entryPage struct {
	ui.Page
	One
	Form ui.Form
	Text func(ui.Page) templ.Component
}

func (s *Service) entry(w http.ResponseWriter, r *http.Request, f ui.Form) (p entryPage, err error) {
	v, err := s.ShowEntry(r.Context(), web.Actor(r), pathID(r), entryID(r))
	p = entryPage{Page: web.NewPage(w, r, ""), One: v, Form: f}
	if err != nil {
		return p, err
	}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("review.title"), Path: root}, p.LinkTo(Path(v.View.Panel.ID), v.Of.Title)}
	p.SetTitle("review.entry_title", "Code", v.Entry.Code())
	version := v.Entry.Version
	if v.Mine.In() && v.View.Panel.Stage == Decided {
		version = v.Mine.Version
	}
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		p.Text, err = s.owners[v.View.Panel.Of.Kind].Text(tx, web.Actor(r), v.Entry.Thing, version, v.View.Panel.Anonymous && v.View.Panel.Stage != Decided)
		return err
	})
	return p, err
}

func (s *Service) entryPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.entry(w, r, f)
	if err == nil && !f.Sent && p.Mine.In() {
		for i := range p.Rubric.Criteria {
			f.Values.Set(markField(p.Rubric, i), strconv.FormatInt(p.Mine.Marks[i], 10))
			f.Values.Set(reasonField(p.Rubric, i), p.Mine.Reasons[i])
		}
		f.Values.Set("comment", p.Mine.Comment)
	}
	return entryView(p), err
}

func (s *Service) mark(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.ShowReading(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	m := Mark{Comment: strings.TrimSpace(f.Value("comment"))}
	for i := range v.Rubric.Criteria {
		m.Marks = append(m.Marks, int64(f.Whole(markField(v.Rubric, i))))
		m.Reasons = append(m.Reasons, strings.TrimSpace(f.Value(reasonField(v.Rubric, i))))
	}
	return web.Done(Path(pathID(r)), "review.marked"), s.Mark(r.Context(), web.Actor(r), pathID(r), entryID(r), m, strings.TrimSpace(f.Value("changed")))
}

func (s *Service) recuseCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.entry(w, r, f)
	if err == nil && !p.Sight.Mark {
		err = notNow()
	}
	return recuseView(p), err
}

func (s *Service) recuse(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "review.recused"), s.Recuse(r.Context(), web.Actor(r), pathID(r), entryID(r))
}

// getAgenda is what a reader takes to the meeting: all that they are not recused from, in the order in which they see it.
func (s *Service) getAgenda(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := s.ShowReading(r.Context(), web.Actor(r), pathID(r))
		if err == nil && !v.Sight.Ranking {
			err = notThere()
		}
		if err != nil {
			return err
		}
		l := web.L(r)
		return web.WriteTable(w, r, web.Table{Form: form, Name: "agenda", Head: []string{l.T("review.place"), l.T("review.code"), l.T("review.entry"), l.T("review.asks"), l.T("review.mean"), l.T("review.calibrated"), l.T("review.by_mean")}, Rows: func(write func([]string) error) error {
			for _, one := range v.Ranking.List {
				e := v.All[one.Application]
				calibrated := ""
				if !math.IsNaN(one.Calibrated) {
					calibrated = decimal(one.Calibrated)
				}
				if err := write([]string{place(one, v.Ranking.List), e.Code(), e.Title, e.Ask.String(), one.Mean.FloatString(4), calibrated, l.T("review.outcome_" + string(one.Outcome))}); err != nil {
					return err
				}
			}
			return nil
		}})
	}
}

type resultsPage struct {
	ui.Page
	Running
	Trace record.Neighbours
	List  []Ranked // on this page
	Next  string
	Later func(ui.Page) templ.Component // nil: nothing changed
}

// resultsMost is how many applications a page of a decision has.
const resultsMost = 50

func (s *Service) showResults(w http.ResponseWriter, r *http.Request) error {
	v, trace, err := s.Published(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	p := resultsPage{Page: web.NewPage(w, r, ""), Running: v, Trace: trace}
	p.Crumbs = []ui.Link{p.LinkTo(v.Of.Path, v.Of.Title)}
	p.SetTitle("review.results")
	if err := s.db.Read(r.Context(), func(tx *storage.Tx) error {
		p.Later, err = s.owners[v.Panel.Of.Kind].Later(tx, v.Panel.Of.ID)
		return err
	}); err != nil {
		return err
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("after")) // nonsense is the beginning
	after = min(max(after, 0), len(v.Ranking.List))
	if p.List = v.Ranking.List[after:]; len(p.List) > resultsMost {
		p.List, p.Next = p.List[:resultsMost], p.With("after", strconv.Itoa(after+resultsMost))
	}
	return web.Render(w, r, http.StatusOK, resultsView(p))
}

func (s *Service) getResults(w http.ResponseWriter, r *http.Request) error {
	v, _, err := s.Published(r.Context(), pathID(r))
	if err != nil {
		return err
	}
	return web.JSON(w, r, map[string]any{"of": v.Panel.Of.String(), "rubric": v.Rubric, "agreement": v.Alpha, "readers": len(v.Readers), "decided_at": v.DecidedAt.UTC().Format(time.RFC3339), "results": v.results()})
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, _, err := s.Published(r.Context(), pathID(r))
		if err != nil {
			return err
		}
		return web.WriteTable(w, r, web.Table{Form: form, Name: "decision", Head: []string{"code", "place", "application", "title", "asks", "mean", "calibrated", "by_mean", "verdict", "award", "why_kk", "why_ru"}, Rows: func(write func([]string) error) error {
			for _, one := range v.results() {
				if err := write([]string{one.Code, one.Place, string(one.Thing), one.Title, one.Asks, one.Mean, one.Beside, string(one.Outcome), string(one.Verdict), one.Award, one.Why["kk"], one.Why["ru"]}); err != nil {
					return err
				}
			}
			return nil
		}})
	}
}
