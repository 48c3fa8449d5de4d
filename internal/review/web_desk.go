package review

import (
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
)

type runPage struct {
	ui.Page
	Running
	Form ui.Form
	Cal  civic.Calendar
}

func (s *Service) runPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p runPage, err error) {
	v, err := s.ShowRunning(r.Context(), web.Actor(r), pathID(r))
	p = runPage{Page: web.NewPage(w, r, ""), Running: v, Form: f, Cal: s.city.Calendar()}
	p.NoIndex = true
	p.Crumbs = []ui.Link{p.LinkTo(v.Of.Desk, v.Of.Title)}
	if p.SetTitle("review.title"); title != "" {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("review.title"), Path: DeskPath(pathID(r))})
		p.SetTitle(title)
	}
	return p, err
}

// in is a page of what can be done in a stage only.
func (s *Service) in(w http.ResponseWriter, r *http.Request, title string, f ui.Form, stages ...Stage) (runPage, error) {
	p, err := s.runPage(w, r, title, f)
	if err == nil && !slices.Contains(stages, p.Stage) {
		err = notNow()
	}
	return p, err
}

func (s *Service) showRunning(w http.ResponseWriter, r *http.Request) error {
	p, err := s.runPage(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, runView(p))
}

func (s *Service) readersPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.in(w, r, "review.readers", f, Declaring, Marking, Meeting)
	if err == nil && !f.Sent {
		f.Values["langs"] = []string{"kk", "ru"}
	}
	return readersView(p), err
}

func (s *Service) addReader(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	n := NewReader{Email: f.Value("email")}
	for _, lang := range []civic.Lang{civic.Kazakh, civic.Russian, civic.English} {
		if f.Chosen("langs", string(lang)) {
			n.Langs = append(n.Langs, lang)
		}
	}
	for line := range strings.Lines(f.Value("belongs")) { // an id, or the address of its page
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		id, ok := civic.ParseID(line[strings.LastIndexByte(line, '/')+1:])
		if !ok || len(n.Belongs) >= 20 {
			return web.Next{}, civic.Wrong("belongs", "review.belongs_wrong")
		}
		n.Belongs = append(n.Belongs, id)
	}
	return web.Done(DeskPath(pathID(r))+"/readers", "review.reader_added"), s.AddReader(r.Context(), web.Actor(r), pathID(r), n)
}

func (s *Service) dropReader(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r))+"/readers", "review.reader_dropped"), s.DropReader(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("reader")))
}

type liftPage struct {
	runPage
	Reader Reader
	Entry  Entry
}

func (s *Service) liftPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	run, err := s.in(w, r, "review.lift", f, Declaring)
	if err != nil {
		return nil, err
	}
	reader, found := run.found(entryID(r), civic.ID(r.PathValue("reader")))
	if !found {
		return nil, notThere()
	}
	return liftView(liftPage{run, reader, run.entryOf(entryID(r))}), nil
}

func (s *Service) lift(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r))+"/readers", "review.lifted"), s.Lift(r.Context(), web.Actor(r), pathID(r), entryID(r), civic.ID(r.PathValue("reader")), strings.TrimSpace(f.Value("reason")))
}

func (s *Service) beginPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.in(w, r, "review.begin", f, Declaring)
	if err == nil && !f.Sent && len(p.Readers) > 0 {
		f.Values.Set("load", strconv.Itoa((len(p.Entries)*p.Rubric.Readers+len(p.Readers)-1)/len(p.Readers)+1))
	}
	return beginView(p), err
}

func (s *Service) begin(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "review.begun"), s.Begin(r.Context(), web.Actor(r), pathID(r), f.Whole("load"), s.lastDay(f))
}

// lastDay is the end of the day by which all is read; zero: none was typed.
func (s *Service) lastDay(f ui.Form) time.Time {
	day := f.Day("read_by", s.city.Zone())
	if !day.IsZero() {
		day = civic.EndOf(day)
	}
	return day
}

func (s *Service) againPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.in(w, r, "review.again", f, Marking)
	if err == nil && !f.Sent {
		f.Values.Set("load", strconv.Itoa(len(p.Short())))
		f.Values.Set("read_by", p.ReadBy.In(s.city.Zone()).Format(time.DateOnly))
	}
	return againView(p), err
}

func (s *Service) giveAgain(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(DeskPath(pathID(r)), "review.given_again"), s.GiveAgain(r.Context(), web.Actor(r), pathID(r), f.Whole("load"), s.lastDay(f))
}

func (s *Service) meetPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.in(w, r, "review.meet", f, Marking, Meeting)
	if err == nil && !f.Sent {
		f.Values.Set("time", "10:00")
		if !p.MeetsAt.IsZero() {
			at := p.MeetsAt.In(s.city.Zone())
			f.Values.Set("day", at.Format(time.DateOnly))
			f.Values.Set("time", at.Format("15:04"))
			f.SetText("place", p.Place)
		}
	}
	return meetView(p), err
}

func (s *Service) meet(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	at, _ := time.ParseInLocation("2006-01-02 15:04", f.Value("day")+" "+strings.TrimSpace(f.Value("time")), s.city.Zone()) // zero is refused
	return web.Done(DeskPath(pathID(r)), "review.met"), s.Meet(r.Context(), web.Actor(r), pathID(r), at, f.Text("place"))
}

func (s *Service) sitPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.in(w, r, "review.sit", f, Meeting)
	if err == nil && !f.Sent {
		for _, id := range p.Present {
			f.Values.Add("present", string(id))
		}
		f.SetText("minutes", p.Minutes)
	}
	return sitView(p), err
}

func (s *Service) sit(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	var present []civic.ID
	for _, id := range f.Values["present"] {
		present = append(present, civic.ID(id))
	}
	return web.Done(DeskPath(pathID(r)), "review.saved"), s.Sit(r.Context(), web.Actor(r), pathID(r), present, f.Text("minutes"))
}

type decidePage struct {
	runPage
	Entry  Entry
	Ranked Ranked
	Said   []Said
	Text   func(ui.Page) templ.Component
}

func (s *Service) decidePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	run, err := s.runPage(w, r, "", f)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(run.Entries, func(e Entry) bool { return e.ID == entryID(r) })
	if i < 0 {
		return nil, notThere()
	}
	p := decidePage{runPage: run, Entry: run.Entries[i], Ranked: run.ranked(entryID(r))}
	p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("review.title"), Path: DeskPath(pathID(r))})
	p.SetTitle("review.entry_title", "Code", p.Entry.Code())
	err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
		if p.Said, err = s.said(tx, run.Panel, p.Entry.ID, ""); err != nil {
			return err
		}
		p.Text, err = s.owners[run.Panel.Of.Kind].Text(tx, web.Actor(r), p.Entry.Thing, p.Entry.Version, false)
		return err
	})
	if e := p.Entry; err == nil && !f.Sent {
		if e.Verdict == "" {
			e.Verdict, e.Award, e.Feedback = map[Outcome]Verdict{Funded: InFull, Partial: InPart, Reserve: OnReserve, Failed: Nothing}[p.Ranked.Outcome], p.Ranked.Offered, run.Draft(e.ID)
		}
		f.Values.Set("verdict", string(e.Verdict))
		f.Values.Set("award", e.Award.String())
		f.Values.Set("talk", e.Talk)
		f.Values.Set("feedback", e.Feedback)
		f.SetText("why", e.Why)
		for id, vote := range e.Votes {
			f.Values.Set("vote."+string(id), string(vote))
		}
		if p.Entry.Verdict != "" && p.Stage == Meeting {
			p.Form.Problems = run.standing(p.Entry)
		}
	}
	return decideView(p), err
}

func (s *Service) decide(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	d := Deciding{Votes: map[civic.ID]Vote{}, Verdict: Verdict(f.Value("verdict")), Why: f.Text("why"), Talk: strings.TrimSpace(f.Value("talk")), Feedback: strings.TrimSpace(f.Value("feedback"))}
	var ok bool
	if d.Award, ok = civic.ParseMoney(f.Value("award")); !ok && f.Value("award") != "" {
		return web.Next{}, civic.Wrong("award", "review.award_wrong")
	}
	for name, values := range f.Values {
		if id, vote := strings.CutPrefix(name, "vote."); vote {
			d.Votes[civic.ID(id)] = Vote(values[0])
		}
	}
	return web.Done(DeskPath(pathID(r)), "review.saved"), s.Decide(r.Context(), web.Actor(r), pathID(r), entryID(r), d)
}

func (s *Service) publishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.in(w, r, "review.publish", f, Meeting)
	if err == nil {
		err = p.ready()
	}
	return publishView(p), err
}

func (s *Service) publish(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(ResultsPath(pathID(r)), "review.published"), s.Publish(r.Context(), web.Actor(r), pathID(r))
}

type complaintPage struct {
	runPage
	Complaint Complaint
	Entry     Entry
	Remedies  []Remedy
	Free      civic.Money
}

func (s *Service) complaintPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	run, err := s.in(w, r, "review.complaint", f, Decided)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(run.Complaints, func(c Complaint) bool { return c.ID == civic.ID(r.PathValue("complaint")) })
	if i < 0 {
		return nil, notThere()
	}
	p := complaintPage{runPage: run, Complaint: run.Complaints[i]}
	for _, e := range run.Entries {
		if e.ID == p.Complaint.Entry {
			p.Entry = e
		}
	}
	if p.Complaint.AnsweredAt.IsZero() {
		err = s.db.Read(r.Context(), func(tx *storage.Tx) error {
			p.Remedies, p.Free, err = s.owners[run.Panel.Of.Kind].Remedies(tx, p.Entry.Thing)
			return err
		})
	}
	return complaintView(p), err
}

func (s *Service) answer(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	upheld := f.Value("upheld")
	if upheld != "yes" && upheld != "no" {
		return web.Next{}, civic.Wrong("upheld", "review.choose")
	}
	return web.Done(DeskPath(pathID(r)), "review.answered"), s.Answer(r.Context(), web.Actor(r), pathID(r), civic.ID(r.PathValue("complaint")), Answer{Upheld: upheld == "yes", Remedy: Remedy(f.Value("remedy")), Words: f.Text("answer")})
}
