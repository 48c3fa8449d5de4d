package forming

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/sortition/draw"
)

// fieldsOf are the fields that an error names.
func fieldsOf(err error) civic.Problems {
	var e *civic.Error
	if errors.As(err, &e) {
		return e.Fields
	}
	return nil
}

type deskPage struct {
	page
	Work
}

func (s *Service) showDesk(w http.ResponseWriter, r *http.Request) (err error) {
	p := deskPage{page: s.page(w, r, web.L(r).T("forming.nav_desk"))}
	p.NoIndex = true
	if p.Work, err = s.Desk(r.Context(), p.Actor); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p))
}

// bodyPage is the page of a form about a body for which nothing was drawn up yet.
type bodyPage struct {
	page
	Of     Body
	Action string
	ID     civic.ID // of the draft that is changed; "": a new one
	Rules
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := bodyPage{page: s.page(w, r, ""), Rules: s.rules()}
	ref := bodyOf(r)
	if !part.MayWork(p.Actor, ref) {
		return nil, notYours()
	}
	err := s.db.Read(r.Context(), func(tx *storage.Tx) (err error) {
		p.Of, err = s.body(tx, ref)
		return err
	})
	if err != nil {
		return nil, err
	}
	p.Form, p.NoIndex, p.Action = f, true, NewPath(ref)
	p.Crumbs = []ui.Link{{Text: p.T("forming.nav_desk"), Path: desk}}
	p.SetTitle("forming.of", "Title", p.Of.Name)
	if !f.Sent {
		f.Values.Set("method", string(ByVote))
		f.Values.Set("seats", strconv.Itoa(max(1, p.Of.Size-len(p.Of.Sitting)-p.stateSeats())))
	}
	return draftView(p), nil
}

// stateSeats are those kept for public service in a body that is formed as a whole.
func (p bodyPage) stateSeats() int {
	if len(p.Of.Sitting) > 0 {
		return 0
	}
	return p.Of.MayBeState
}

func bodyOf(r *http.Request) civic.Ref {
	return civic.Ref{Kind: r.PathValue("kind"), ID: civic.ID(r.PathValue("body"))}
}

// draftOf reads a competition as it was typed.
func (s *Service) draftOf(f ui.Form) Competition {
	c := Competition{Method: Method(f.Value("method")), Seats: f.Whole("seats"), Group: lines(f.Value("group")), Terms: f.Text("terms"), Until: f.Day("until", s.city.Zone())}
	if f.Value("reserve") != "" {
		c.Reserve = f.Whole("reserve")
	}
	return c
}

func (s *Service) drawUp(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	c := s.draftOf(f)
	c.Body = bodyOf(r)
	id, err := s.DrawUp(r.Context(), web.Actor(r), c)
	return web.Done(deskPath(id), "forming.drawn_up"), err
}

func (s *Service) editPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.edit", f)
	if err == nil && p.State != Draft {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("method", string(p.Method))
		f.Values.Set("seats", strconv.Itoa(p.Seats))
		f.Values.Set("reserve", strconv.Itoa(p.Reserve))
		f.Values.Set("group", strings.Join(p.Group, "\n"))
		f.Values.Set("until", p.Until.In(s.city.Zone()).Format(time.DateOnly))
		f.SetText("terms", p.Terms)
	}
	return draftView(bodyPage{page: p.page, Of: p.Of, Action: deskPath(p.ID) + "/edit", ID: p.ID, Rules: s.rules()}), nil
}

func (s *Service) edit(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "forming.changed"), s.Change(r.Context(), web.Actor(r), pathID(r), s.draftOf(f))
}

// workPage is what the pages of the work on one competition share. Permission: part.MayWork.
func (s *Service) workPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form) (p onePage, err error) {
	if p, err = s.onePage(w, r); err != nil {
		return p, err
	}
	if !p.Work {
		return p, notYours()
	}
	p.NoIndex, p.Form = true, f
	p.Crumbs = []ui.Link{{Text: p.T("forming.nav_desk"), Path: desk}}
	if title != "" {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("forming.of", "Title", p.Of.Name), Path: deskPath(p.ID)})
		p.SetTitle(title)
	}
	return p, nil
}

func (s *Service) showWork(w http.ResponseWriter, r *http.Request) error {
	p, err := s.workPage(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, workView(p))
}

type quotasPage struct {
	onePage
	Choices []Choices
}

func (s *Service) quotasPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.quotas", f)
	if err == nil && p.Method != ByLot {
		err = notNow()
	}
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		for _, q := range p.Quotas {
			f.Values.Set(q.Category+"."+q.Feature+".min", strconv.Itoa(q.Min))
			f.Values.Set(q.Category+"."+q.Feature+".max", strconv.Itoa(q.Max))
		}
	}
	return quotasView(quotasPage{p, s.choices()}), nil
}

func (s *Service) quotas(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	var all []Quota
	for _, of := range s.choices() {
		for _, feature := range of.Features {
			name := of.Category + "." + feature
			if f.Value(name+".min") == "" && f.Value(name+".max") == "" {
				continue
			}
			q := Quota{Category: of.Category, Feature: feature, Max: v.Seats}
			if f.Value(name+".min") != "" {
				q.Min = f.Whole(name + ".min")
			}
			if f.Value(name+".max") != "" {
				q.Max = f.Whole(name + ".max")
			}
			all = append(all, q)
		}
	}
	return web.Done(deskPath(v.ID), "forming.quotas_set"), s.SetQuotas(r.Context(), web.Actor(r), v.ID, all)
}

func (s *Service) announceCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.announce", f)
	if err == nil && p.State != Draft {
		err = notNow()
	}
	if err == nil {
		err = p.checkDay(s.today(p.Now), p.Of, s.rules())
	}
	return announceView(p), err
}

func (s *Service) announce(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "forming.announced"), s.Announce(r.Context(), web.Actor(r), pathID(r))
}

func (s *Service) checkPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r)
	if err == nil && !p.Work {
		err = notYours()
	}
	if err != nil {
		return nil, err
	}
	p.Form = f
	p.Crumbs = []ui.Link{{Text: p.T("forming.nav_desk"), Path: desk}, {Text: p.T("forming.of", "Title", p.Of.Name), Path: deskPath(p.ID)}}
	if !f.Sent {
		f.SetText("reason", p.Own.Reason)
	}
	return checkView(p), nil
}

func (s *Service) check(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	decision := f.Value("decision")
	if decision != "admit" && decision != "refuse" {
		return web.Next{}, civic.Wrong("decision", "forming.choose")
	}
	return web.Done(deskPath(pathID(r)), "forming.checked"), s.Check(r.Context(), web.Actor(r), pathID(r), candidacyID(r), decision == "admit", f.Text("reason"))
}

type votesPage struct {
	onePage
	Result []Candidacy // as the votes have it
}

func (s *Service) votesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.votes", f)
	if err == nil && (p.Method != ByVote || p.Phase != Checking) {
		err = notNow()
	}
	return votesView(p), err
}

// votesOf reads who of the working group was for whom.
func votesOf(f ui.Form) map[civic.ID][]int {
	out := map[civic.ID][]int{}
	for field, values := range f.Values {
		if id, ok := strings.CutPrefix(field, "for."); ok {
			for _, v := range values {
				member, err := strconv.Atoi(v)
				if err != nil {
					member = -1
				}
				out[civic.ID(id)] = append(out[civic.ID(id)], member)
			}
		}
	}
	return out
}

func (s *Service) votesCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.votes", f)
	if err != nil {
		return nil, err
	}
	result := p.In(Admitted)
	if err := elect(p.Competition, result, votesOf(f)); err != nil {
		return nil, err
	}
	slices.SortStableFunc(result, func(x, y Candidacy) int { return len(y.For) - len(x.For) })
	return votesCheckView(votesPage{p, result}), nil
}

func (s *Service) enterVotes(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "forming.votes_entered"), s.EnterVotes(r.Context(), web.Actor(r), pathID(r), votesOf(f))
}

func (s *Service) prepare(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	id, err := s.Prepare(r.Context(), web.Actor(r), pathID(r), Purpose(f.Value("purpose")))
	return web.Done(Draw{ID: id, Competition: pathID(r)}.desk(), "forming.computing"), err
}

func (s *Service) publishPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.publish", f)
	if err == nil && len(p.unseated()) == 0 {
		err = notNow()
	}
	return publishView(p), err
}

// unseated are those who were chosen and do not sit yet.
func (v View) unseated() []Candidacy {
	return slices.DeleteFunc(v.In(Elected), func(d Candidacy) bool { return d.Seat != "" || d.Name == "" })
}

func (s *Service) publishCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.publish", f)
	if err != nil {
		return nil, err
	}
	var problems civic.Problems
	if problems.OfficialAtMost("reasons", f.Text("reasons").Trimmed(), maxWords); problems.Err() != nil {
		return nil, problems.Err()
	}
	return publishCheckView(p), nil
}

func (s *Service) publish(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "forming.published"), s.Publish(r.Context(), web.Actor(r), pathID(r), f.Text("reasons"))
}

func (s *Service) failPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.fail", f)
	if err == nil && p.State != Announced {
		err = notNow()
	}
	return failView(p), err
}

func (s *Service) failCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.workPage(w, r, "forming.fail", f)
	if err != nil {
		return nil, err
	}
	var problems civic.Problems
	if problems.OfficialAtMost("reasons", f.Text("reasons").Trimmed(), maxWords); problems.Err() != nil {
		return nil, problems.Err()
	}
	return failCheckView(p), nil
}

func (s *Service) fail(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "forming.has_failed"), s.Fail(r.Context(), web.Actor(r), pathID(r), f.Text("reasons"))
}

// lotPage is what the pages of the work on one draw share.
func (s *Service) lotPage(w http.ResponseWriter, r *http.Request, title string, f ui.Form, states ...DrawState) (p drawPage, err error) {
	if p, err = s.drawPage(w, r); err != nil {
		return p, err
	}
	if !p.Work {
		return p, notYours()
	}
	if len(states) > 0 && !slices.Contains(states, p.Lot.State) {
		return p, notNow()
	}
	p.NoIndex = true
	p.Crumbs = []ui.Link{{Text: p.T("forming.nav_desk"), Path: desk}, {Text: p.T("forming.of", "Title", p.Of.Name), Path: deskPath(p.ID)}}
	if title != "" {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: p.T("forming.purpose_" + string(p.Lot.Purpose)), Path: p.Lot.desk()})
		p.SetTitle(title)
		p.Form = f
	}
	return p, nil
}

func (s *Service) showLot(w http.ResponseWriter, r *http.Request) error {
	p, err := s.lotPage(w, r, "", ui.Form{})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, lotView(p))
}

func (s *Service) sourcePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.lotPage(w, r, "forming.publish_list", f, Ready)
	if err == nil && !f.Sent {
		f.Values.Set("source", draw.Dice)
	}
	return sourceView(p), err
}

// sourceOf reads where the number will come from. Members stand one a line: the name, and last their commitment.
func (s *Service) sourceOf(f ui.Form) (draw.Source, error) {
	source := draw.Source{Kind: f.Value("source")}
	switch source.Kind {
	case draw.Commitments:
		for _, line := range lines(f.Value("members")) {
			words := strings.Fields(line)
			source.Members = append(source.Members, draw.Member{Name: strings.Join(words[:len(words)-1], " "), Commitment: strings.ToLower(words[len(words)-1])})
		}
		until, err := s.moment(f, "reveal")
		if err != nil {
			return source, err
		}
		source.Until = &until
	case draw.Drand:
		at, err := s.moment(f, "round")
		if err != nil {
			return source, err
		}
		source.Chain = draw.Quicknet
		source.Round, _ = draw.RoundAt(source.Chain, at)
	}
	return source, nil
}

// moment reads a day and an hour.
func (s *Service) moment(f ui.Form, field string) (time.Time, error) {
	at, err := time.ParseInLocation("2006-01-02 15:04", f.Value(field+"_day")+" "+f.Value(field+"_time"), s.city.Zone())
	if err != nil {
		return at, civic.Wrong(field+"_day", "forming.moment_missing")
	}
	return at.UTC(), nil
}

func (s *Service) sourceCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.lotPage(w, r, "forming.publish_list", f, Ready)
	if err != nil {
		return nil, err
	}
	source, err := s.sourceOf(f)
	if err != nil {
		return nil, err
	}
	if err := checkSource(source, p.Now); err != nil {
		return nil, err
	}
	p.Lot.Announced.Source = source
	return sourceCheckView(p), nil
}

func (s *Service) list(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	source, err := s.sourceOf(f)
	if err != nil {
		return web.Next{}, err
	}
	d := Draw{ID: drawID(r), Competition: pathID(r)}
	return web.Done(d.path(), "forming.listed"), s.List(r.Context(), web.Actor(r), d.Competition, d.ID, source)
}

func (s *Service) numberPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.lotPage(w, r, "forming.enter_number", f, Listed)
	return numberView(p), err
}

func (s *Service) numberCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.lotPage(w, r, "forming.enter_number", f, Listed)
	if err != nil {
		return nil, err
	}
	if p.Lot.Announced.Source.Kind != draw.Dice {
		return nil, nil // a digest or a signature is right or wrong
	}
	number := f.Whole("number")
	if number < 0 || number >= len(p.Lot.List) {
		return nil, civic.Wrong("number", "forming.throw_wrong", "Last", len(p.Lot.List)-1)
	}
	p.Lot.Evidence.Number, p.Lot.Evidence.Panel = number, p.Lot.List[number]
	return numberCheckView(p), nil
}

func (s *Service) number(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	a := web.Actor(r)
	_, d, err := s.ShowDraw(r.Context(), a, pathID(r), drawID(r))
	if err != nil {
		return web.Next{}, err
	}
	switch d.Announced.Source.Kind {
	case draw.Dice:
		err = s.Throw(r.Context(), a, d.Competition, d.ID, f.Whole("number"))
	case draw.Drand:
		err = s.Receive(r.Context(), a, d.Competition, d.ID, f.Value("signature"))
	default:
		err = s.Reveal(r.Context(), a, d.Competition, d.ID, f.Value("member"), f.Value("value"))
	}
	return web.Done(d.desk(), "forming.number_entered"), err
}

func (s *Service) annulPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.lotPage(w, r, "forming.annul", f, Listed)
	return annulView(p), err
}

func (s *Service) annulCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.lotPage(w, r, "forming.annul", f, Listed)
	if err != nil {
		return nil, err
	}
	var problems civic.Problems
	if problems.OfficialAtMost("why", f.Text("why").Trimmed(), maxWords); problems.Err() != nil {
		return nil, problems.Err()
	}
	return annulCheckView(p), nil
}

func (s *Service) annul(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	d := Draw{ID: drawID(r), Competition: pathID(r)}
	return web.Done(d.desk(), "forming.annulled"), s.Annul(r.Context(), web.Actor(r), d.Competition, d.ID, f.Text("why"))
}
