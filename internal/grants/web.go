package grants

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
)

// The patterns on which several routes stand.
const (
	onePattern = root + "/{id}"
	ownPattern = onePattern + "/applications/{application}"
	runPattern = desk + "/{id}"
)

func (s *Service) routes() []web.Route {
	kept := func(more ...func(*http.Request) string) func(*http.Request) []string {
		return func(r *http.Request) []string {
			out := []string{topic, organisations.Topic}
			for _, m := range more {
				out = append(out, m(r))
			}
			return out
		}
	}
	given := func(*http.Request) string { return contracts.Topic }
	return append(append(s.machineRoutes(), []web.Route{
		{Method: "GET", Pattern: root, Access: web.Everyone, Handler: s.showList, Query: []string{"state", "funder", "district", "after"}}, // not kept: whether a call is open changes by the minute
		{Method: "GET", Pattern: root + ".csv", Access: web.Everyone, Handler: s.getCSV, Topics: kept(), Plain: true},
		{Method: "GET", Pattern: root + "/given", Access: web.Everyone, Handler: s.showGiven, Topics: kept(given), Query: []string{"organisation"}},
		{Method: "GET", Pattern: root + "/360giving.json", Access: web.Everyone, Handler: s.getGiven, Topics: kept(given), Plain: true, Heavy: true},
		{Method: "GET", Pattern: root + "/360giving.csv", Access: web.Everyone, Handler: s.getGivenCSV, Topics: kept(given), Plain: true, Heavy: true},
		{Method: "GET", Pattern: onePattern, Access: web.Everyone, Handler: s.showOne},
		{Method: "GET", Pattern: onePattern + "/terms.json", Access: web.Everyone, Handler: s.getTerms, Topics: kept(func(r *http.Request) string { return record.TopicOf(ref(pathID(r))) }), Plain: true},
		{Method: "GET", Pattern: ownPattern, Access: web.SignedIn, Handler: s.showOwn},
		{Method: "GET", Pattern: ownPattern + "/receipt.json", Access: web.SignedIn, Handler: s.getReceipt, Plain: true},
		{Method: "GET", Pattern: desk, Access: web.Hosts, Handler: s.showDesk},
		{Method: "GET", Pattern: runPattern, Access: web.Hosts, Handler: s.showRunning},
	}...), web.Forms(
		web.Form{Pattern: onePattern + "/apply", Access: web.Residents, Show: s.applyPage, Do: s.apply},
		web.Form{Pattern: ownPattern + "/answers", Access: web.SignedIn, Show: s.answersPage, Do: s.answer},
		web.Form{Pattern: ownPattern + "/budget", Access: web.SignedIn, Show: s.planPage, Do: s.plan},
		web.Form{Pattern: ownPattern + "/submit", Page: ownPattern, Access: web.SignedIn, Check: s.submitCheck, Do: s.submit, Button: true},
		web.Form{Pattern: ownPattern + "/withdraw", Page: ownPattern, Access: web.SignedIn, Check: s.withdrawCheck, Do: s.withdraw, Button: true},
		web.Form{Pattern: ownPattern + "/decline", Page: ownPattern, Access: web.SignedIn, Check: s.declineCheck, Do: s.decline, Button: true},

		web.Form{Pattern: ownPattern + "/complain", Access: web.SignedIn, Show: s.complainPage, Do: s.complain},

		web.Form{Pattern: desk + "/new", Access: web.Hosts, Show: s.newPage, Do: s.keep},
		web.Form{Pattern: runPattern + "/edit", Access: web.Hosts, Show: s.editPage, Do: s.keep},
		web.Form{Pattern: runPattern + "/criteria", Access: web.Hosts, Show: s.criteriaPage, Do: s.addCriterion},
		web.Form{Pattern: runPattern + "/criteria/drop", Page: runPattern + "/criteria", Access: web.Hosts, Do: s.dropCriterion, Button: true},
		web.Form{Pattern: runPattern + "/questions", Access: web.Hosts, Show: s.questionsPage, Do: s.addQuestion},
		web.Form{Pattern: runPattern + "/questions/drop", Page: runPattern + "/questions", Access: web.Hosts, Do: s.dropQuestion, Button: true},
		web.Form{Pattern: runPattern + "/announce", Page: runPattern, Access: web.Hosts, Check: s.announceCheck, Do: s.announce, Button: true},
		web.Form{Pattern: runPattern + "/read", Page: runPattern, Access: web.Hosts, Check: s.readCheck, Do: s.handToReaders, Button: true},
		web.Form{Pattern: runPattern + "/cancel", Access: web.Hosts, Show: s.cancelPage, Check: s.cancelCheck, Do: s.cancel},
		web.Form{Pattern: runPattern + "/applications/{application}/complaint", Access: web.Hosts, Show: s.objectionPage, Do: s.answerObjection},
		web.Form{Pattern: runPattern + "/applications/{application}/fund", Access: web.Hosts, Show: s.fundPage, Do: s.fund},
		web.Form{Pattern: runPattern + "/applications/{application}", Access: web.Hosts, Show: s.checkPage, Do: s.check},
	)...)
}

func pathID(r *http.Request) civic.ID        { return civic.ID(r.PathValue("id")) }
func applicationID(r *http.Request) civic.ID { return civic.ID(r.PathValue("application")) }

// page is what all pages here share.
type page struct {
	ui.Page
	Cal  civic.Calendar
	City *city.Settings
	Form ui.Form
}

func (s *Service) page(w http.ResponseWriter, r *http.Request, title string) page {
	p := page{Page: web.NewPage(w, r, title), Cal: s.city.Settings.Calendar(), City: s.city.Settings.Current()}
	p.Form.Values = map[string][]string{}
	return p
}

type listPage struct {
	page
	State    CallState
	Funder   civic.ID
	District string // code; "": all
	Calls    []Listed
	Next     string
}

// shownStates are those by which the list can be narrowed down.
func shownStates() []CallState { return []CallState{Announced, Reading, Decided, Cancelled} }

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	p := listPage{page: s.page(w, r, web.L(r).T("grants.title"))}
	p.Lede = p.T("grants.lede")
	q := r.URL.Query()
	p.State = stateOf(r)
	below, _ := strconv.ParseInt(q.Get("after"), 10, 64) // nonsense is the beginning
	p.Funder, p.District = civic.ID(q.Get("funder")), p.City.Known(city.Scope{District: q.Get("district")}).District
	p.Form.Values = map[string][]string{"district": {p.District}}
	calls, next, err := s.List(r.Context(), Narrow{p.Funder, p.State, p.District}, below)
	if err != nil {
		return err
	}
	if p.Calls = calls; next > 0 {
		p.Next = p.With("after", strconv.FormatInt(next, 10))
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type onePage struct {
	page
	View
}

func (s *Service) callPage(w http.ResponseWriter, r *http.Request) (p onePage, err error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	p = onePage{s.page(w, r, ""), v}
	p.Crumbs = []ui.Link{{Text: p.T("grants.title"), Path: root}}
	p.SetName(v.Title)
	return p, err
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	p, err := s.callPage(w, r)
	if err == nil && !p.Public() {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, oneView(p))
}

// getTerms gives what the hashes in the record are of, so that everybody can compute them.
func (s *Service) getTerms(w http.ResponseWriter, r *http.Request) error {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return err
	}
	return web.JSON(w, r, map[string]any{"terms": v.terms(), "questions": v.Asks})
}

// getReceipt gives the applicant what the receipt is the hash of, byte by byte.
func (s *Service) getReceipt(w http.ResponseWriter, r *http.Request) error {
	o, err := s.ShowOwn(r.Context(), web.Actor(r), applicationID(r))
	if err == nil && (o.Call != pathID(r) || !o.HandedIn()) {
		err = notThere()
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="receipt.json"`)
	_, err = w.Write([]byte(o.Handed))
	return err
}

// getCSV lists the calls, the last in front.
func (s *Service) getCSV(w http.ResponseWriter, r *http.Request) error {
	return web.WriteTable(w, r, web.Table{Form: web.CSV, Name: "grants", Head: []string{"id", "kind", "state", "title_kk", "title_ru", "funder", "money", "opens", "closes", "grace_minutes"}, Rows: func(write func([]string) error) error {
		for below := int64(0); ; {
			calls, next, err := s.List(r.Context(), Narrow{}, below)
			for _, c := range calls {
				if err == nil {
					err = write([]string{string(c.ID), string(c.Kind), string(c.State), c.Title[civic.Kazakh], c.Title[civic.Russian], string(c.Call.Funder), c.Money.String(),
						c.Opens.UTC().Format("2006-01-02T15:04Z"), c.Closes.UTC().Format("2006-01-02T15:04Z"), strconv.Itoa(int(c.Grace.Minutes()))})
				}
			}
			if err != nil || next == 0 {
				return err
			}
			below = next
		}
	}})
}

type applyPage struct {
	onePage
	Could []Could
}

func (s *Service) applyPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	one, err := s.callPage(w, r)
	if err != nil {
		return nil, err
	}
	p := applyPage{onePage: one}
	p.Form = f
	p.below("grants.apply")
	if p.Could, err = s.Could(r.Context(), p.Actor, p.ID); err != nil {
		return nil, err
	}
	if !f.Sent && len(p.Could) > 0 {
		f.Values.Set("applicant", string(p.Could[0].ID))
	}
	return applyView(p), nil
}

// below makes a page below that of a call.
func (p *onePage) below(title string, args ...any) {
	p.Crumbs = append(p.Crumbs, p.LinkTo(Path(p.ID), p.View.Title))
	p.SetTitle(title, args...)
}

func (s *Service) apply(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Begin(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("applicant")))
	return web.On(OwnPath(pathID(r), id)), err
}

type ownPage struct {
	page
	Own
}

func (s *Service) ownPage(w http.ResponseWriter, r *http.Request, title string) (p ownPage, err error) {
	o, err := s.ShowOwn(r.Context(), web.Actor(r), applicationID(r))
	p = ownPage{page: s.page(w, r, ""), Own: o}
	if err == nil && o.Call != pathID(r) {
		err = notThere()
	}
	if err != nil {
		return p, err
	}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("grants.title"), Path: root}, p.LinkTo(Path(o.Call), o.Of.Title)}
	if p.SetTitle("grants.own_title"); title != "" {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: p.Page.Title, Path: o.path()})
		p.SetTitle(title)
	}
	return p, nil
}

func (s *Service) showOwn(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ownPage(w, r, "")
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownView(p))
}

func (s *Service) answersPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r, "grants.answers")
	if err != nil {
		return nil, err
	}
	if p.Writable != nil && !f.Sent { // what was typed too late is not saved, and not lost either
		return nil, p.Writable
	}
	if p.Form = f; !f.Sent {
		questions.Fill(f, p.Sheet)
	}
	return answersView(p), nil
}

func (s *Service) answer(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(OwnPath(pathID(r), applicationID(r)), "grants.saved"), s.Answer(r.Context(), web.Actor(r), applicationID(r), f)
}

// freeLines is how many empty lines the budget's form has.
const freeLines = 3

// lines are the rows of the budget's form.
func (p ownPage) lines() (out []int) {
	n := min(max(len(p.Budget), lastLine(p.Form)+1)+freeLines, maxLines)
	for i := range n {
		out = append(out, i)
	}
	return out
}

// lastLine is the last row of a budget's form in which something was typed; -1: none.
func lastLine(f ui.Form) int {
	for i := maxLines - 1; i >= 0; i-- {
		if f.Value(field("what", i))+f.Value(field("amount", i))+f.Value(field("own", i)) != "" {
			return i
		}
	}
	return -1
}

func (s *Service) planPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r, "grants.budget")
	if err != nil {
		return nil, err
	}
	if p.Writable != nil && !f.Sent {
		return nil, p.Writable
	}
	if p.Form = f; !f.Sent {
		f.Values.Set("seen", strconv.FormatInt(p.Seen, 10))
		for i, l := range p.Budget {
			f.Values.Set(field("what", i), l.What)
			f.Values.Set(field("amount", i), l.Amount.String())
			f.Values.Set(field("own", i), l.Own.String())
		}
		f.Values.Set("people", strings.Join(p.People, "\n"))
		var ids []string
		for _, id := range p.Application.Partners {
			ids = append(ids, string(id))
		}
		f.Values.Set("partners", strings.Join(ids, "\n"))
	}
	return planView(p), nil
}

func (s *Service) plan(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var plan Plan
	var problems civic.Problems
	for i := 0; i <= lastLine(f); i++ {
		l := Line{What: strings.TrimSpace(f.Value(field("what", i)))}
		if f.Value(field("amount", i))+f.Value(field("own", i))+l.What == "" {
			l.What, l.Amount = "", 0
			continue
		}
		var ok bool
		if l.Amount, ok = civic.ParseMoney(f.Value(field("amount", i))); !ok {
			problems.Add(field("amount", i), "grants.line_amount")
		}
		if typed := f.Value(field("own", i)); typed != "" {
			if l.Own, ok = civic.ParseMoney(typed); !ok {
				problems.Add(field("own", i), "grants.line_own")
			}
		}
		plan.Budget, plan.Rows = append(plan.Budget, l), append(plan.Rows, i)
	}
	plan.People = typedLines(f.Value("people"))
	for _, line := range typedLines(f.Value("partners")) { // an id, or the address of its page
		id, ok := civic.ParseID(line[strings.LastIndexByte(line, '/')+1:])
		if !ok {
			problems.Add("partners", "grants.partner_unknown")
			continue
		}
		plan.Partners = append(plan.Partners, id)
	}
	if err := problems.Err(); err != nil {
		return web.Next{}, err
	}
	seen := f.Whole("seen")
	if f.Value("keep") != "" { // they have seen what others saved meanwhile, and keep their own
		seen = f.Whole("keep")
	}
	return web.Done(OwnPath(pathID(r), applicationID(r)), "grants.saved"), s.SetPlan(r.Context(), web.Actor(r), applicationID(r), int64(seen), plan)
}

// typedLines are what was typed one a line.
func typedLines(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (s *Service) submitCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r, "grants.submit")
	if err == nil {
		err = errors.Join(p.Writable, p.Lacking.Err())
	}
	p.Form = f
	return submitView(p), err
}

func (s *Service) submit(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	_, err := s.Submit(r.Context(), web.Actor(r), applicationID(r))
	return web.Done(OwnPath(pathID(r), applicationID(r)), "grants.submitted"), err
}

func (s *Service) withdrawCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r, "grants.withdraw")
	if err == nil && !p.Withdrawable() {
		err = notNow()
	}
	p.Form = f
	return withdrawView(p), err
}

func (s *Service) declineCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r, "grants.decline")
	if err == nil && p.State != Reserve {
		err = notNow()
	}
	p.Form = f
	return declineView(p), err
}

func (s *Service) decline(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(OwnPath(pathID(r), applicationID(r)), "grants.declined"), s.Decline(r.Context(), web.Actor(r), applicationID(r))
}

func (s *Service) withdraw(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(OwnPath(pathID(r), applicationID(r)), "grants.withdrawn"), s.Withdraw(r.Context(), web.Actor(r), applicationID(r))
}
