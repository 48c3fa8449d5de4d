package events

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/questions"
)

func questionsDesk(id civic.ID) string { return deskOf(id) + "/questions" }

// askPage is where a host writes what whoever books is asked.
type askPage struct {
	actPage
	Asked questions.Form
}

func (s *Service) questionsPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := askPage{}
	var err error
	if p.actPage, err = s.actPage(w, r, "events.questions", f); err != nil {
		return nil, err
	}
	if !p.mayAsk() {
		return nil, notNow()
	}
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		k, err := lastForm(tx, p.ID)
		p.Asked = k.Form
		return err
	})
	if !f.Sent {
		f.Values.Set("sort", string(questions.One))
	}
	return questionsView(p), err
}

func (s *Service) addQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(questionsDesk(pathID(r)), "events.question_added"), questions.AtFields(s.AddQuestion(r.Context(), web.Actor(r), pathID(r), questions.Typed(f)))
}

func (s *Service) dropQuestion(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(questionsDesk(pathID(r)), "events.question_dropped"), s.DropQuestion(r.Context(), web.Actor(r), pathID(r), f.Value("key"))
}
