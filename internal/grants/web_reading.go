package grants

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
)

// text is an application as its readers see it: what was handed in as that version.
func (s *Service) text(tx *storage.Tx, a civic.Actor, thing civic.Ref, version int64, anonymous bool) (func(ui.Page) templ.Component, error) {
	d, err := findApplication(tx, thing.ID)
	if err != nil {
		return nil, err
	}
	o := Own{Application: d}
	if o.Sheet, err = questions.Of(tx, thing); err != nil {
		return nil, err
	}
	filing, err := questions.FilingOf(tx, thing, version)
	if err != nil {
		return nil, err
	}
	o.Sheet.Answers = map[string]questions.Answer{}
	for key, said := range filing.Answers {
		o.Sheet.Answers[key] = questions.Answer{Said: said}
	}
	if anonymous {
		o.People = nil
		return func(p ui.Page) templ.Component { return read(ownPage{page: page{Page: p}, Own: o}) }, nil
	}
	names, err := s.city.Organisations.Named(tx, append([]civic.ID{d.Applicant}, d.Partners...))
	if err != nil {
		return nil, err
	}
	o.Applicant = names[d.Applicant]
	for _, id := range d.Partners {
		o.Partners = append(o.Partners, names[id])
	}
	attached, err := s.city.Files.Of(tx, a, thing)
	o.Files = attached[documents]
	return func(p ui.Page) templ.Component { return readNamed(ownPage{page: page{Page: p}, Own: o}) }, err
}

func (s *Service) complainPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.ownPage(w, r, "grants.complain")
	if err == nil && !f.Sent && !p.mayComplain() { // what was typed too late stays on the page
		err = notNow()
	}
	p.Form = f
	return complainView(p), err
}

func (s *Service) complain(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(OwnPath(pathID(r), applicationID(r)), "grants.complained"), s.Complain(r.Context(), web.Actor(r), applicationID(r), f.Value("words"))
}

func (s *Service) readCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.runPage(w, r, "grants.to_readers", f)
	if err == nil && (p.State != Announced || p.View.Phase != Checking) {
		err = notNow()
	}
	return toReadersView(p), err
}

func (s *Service) handToReaders(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(deskPath(pathID(r)), "grants.handed_to_readers"), s.Read(r.Context(), web.Actor(r), pathID(r))
}

// applicantOf is whose an application is, as a chip.
func applicantOf(p ui.Page, of organisations.Named) templ.Component {
	return ui.OrgChip(p, of.Name, of.Path)
}

// showLater is what became of applications after the results were published, as the page of results shows it.
func (s *Service) showLater(tx *storage.Tx, id civic.ID) (func(ui.Page) templ.Component, error) {
	all, err := s.later(tx, id)
	return func(p ui.Page) templ.Component { return later(p, all) }, err
}
