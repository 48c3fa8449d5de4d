package volunteering

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const (
	offPattern  = deskOne + "/off"
	movePattern = deskOne + "/shifts/{shift}"
)

// changes are the forms by which an organiser changes what was announced.
func (s *Service) changes() []web.Form {
	return []web.Form{
		{Pattern: offPattern, Access: web.Hosts, Show: s.offPage, Check: s.offCheck, Do: s.callOff},
		{Pattern: movePattern, Access: web.Hosts, Show: s.movePage, Check: s.moveCheck, Do: s.move},
		{Pattern: deskOne + "/release", Page: deskOne, Access: web.Hosts, Do: s.release, Button: true},
	}
}

func shiftID(r *http.Request) civic.ID { return civic.ID(r.PathValue("shift")) }

func deskPathOf(action civic.ID) string { return deskPath + "/" + string(action) }

type changePage struct {
	ui.Page
	Form   ui.Form
	Action Action
	Shifts []Shift // that have not begun
	Shift  civic.ID
	Off    []Shift
	Moved  Moved
	To     Shift
}

// change is what the pages here share; key is what the reader is about to do.
func (s *Service) change(w http.ResponseWriter, r *http.Request, f ui.Form, key string) (changePage, error) {
	p := changePage{Page: web.NewPage(w, r, web.L(r).T(key)), Form: f, Shift: shiftID(r)}
	p.NoIndex = true
	err := s.city.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if p.Action, err = s.organised(tx, p.Actor, pathID(r)); err != nil {
			return err
		}
		all, err := shiftsOf(tx, p.Action)
		p.Shifts = slices.DeleteFunc(all, func(sh Shift) bool { return sh.Off || !sh.Starts.After(tx.Now()) })
		return err
	})
	words, _ := p.Words(p.Action.Title)
	p.Crumbs = []ui.Link{{Text: p.T("volunteering.nav_desk"), Path: deskPath}, {Text: words, Path: deskPathOf(p.Action.ID)}}
	return p, err
}

// which offers the whole action, or one of its shifts.
func (p changePage) which() []ui.Option {
	out := []ui.Option{{Value: "", Label: p.T("volunteering.off_all")}}
	for _, sh := range p.Shifts {
		out = append(out, ui.Option{Value: string(sh.ID), Label: timeOf(p.Page, sh)})
	}
	return out
}

func (s *Service) offPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.change(w, r, f, "volunteering.call_off")
	return offView(p), err
}

func (s *Service) offCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.change(w, r, f, "volunteering.call_off")
	if err != nil {
		return nil, err
	}
	p.Off, err = s.CheckCallOff(r.Context(), p.Actor, p.Action.ID, civic.ID(f.Value("which")), f.Text("reason"))
	return offCheckView(p), err
}

func (s *Service) callOff(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPathOf(pathID(r)), "volunteering.called_off"), s.CallOff(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("which")), f.Text("reason"))
}

func (s *Service) movePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.change(w, r, f, "volunteering.move")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Shifts, func(sh Shift) bool { return sh.ID == p.Shift })
	if i < 0 {
		return nil, notThere()
	}
	if sh, zone := p.Shifts[i], s.city.Settings.Zone(); !f.Sent {
		p.Form.Values.Set("day", sh.Starts.In(zone).Format(time.DateOnly))
		p.Form.Values.Set("from", sh.Starts.In(zone).Format("15:04"))
		p.Form.Values.Set("until", sh.Ends.In(zone).Format("15:04"))
		p.Form.Values.Set("needed", strconv.Itoa(sh.Needed))
	}
	return moveView(p), nil
}

// moveCheck shows the organiser whom a change loses, before it is made.
func (s *Service) moveCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.change(w, r, f, "volunteering.move")
	if err != nil {
		return nil, err
	}
	p.To = s.shiftOf(f)
	p.Moved, err = s.CheckMove(r.Context(), p.Actor, p.Action.ID, p.Shift, p.To)
	return moveCheckView(p), err
}

// lost are the names of whom the change loses, each with why.
func (p changePage) lost() (out []string) {
	for id, o := range p.Moved.Lost {
		out = append(out, p.Moved.Said[id]+": "+p.T("volunteering.lost_"+string(o)))
	}
	slices.Sort(out)
	return out
}

func (s *Service) move(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPathOf(pathID(r)), "volunteering.moved"), s.Move(r.Context(), web.Actor(r), pathID(r), shiftID(r), s.shiftOf(f))
}

func (s *Service) release(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(deskPathOf(pathID(r)), "volunteering.released"), s.Release(r.Context(), web.Actor(r), pathID(r), civic.ID(f.Value("shift")), civic.ID(f.Value("account")))
}

func (s *Service) comeStill(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	at, _ := strconv.ParseInt(f.Value("at"), 10, 64) // nonsense is another time
	return web.Done(Path(pathID(r)), "volunteering.you_come"), s.ComeStill(r.Context(), web.Actor(r), civic.ID(f.Value("shift")), time.UnixMilli(at))
}
