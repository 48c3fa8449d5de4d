package consultations

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func translatePath(id civic.ID, no int64) string {
	return deskPath(id) + "/statements/" + strconv.FormatInt(no, 10) + "/translate"
}

type translatePage struct {
	page
	ToTranslate
}

func (s *Service) translateForm(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	no, err := pathNo(r)
	if err != nil {
		return nil, err
	}
	t, err := s.ToTranslate(r.Context(), web.Actor(r), pathID(r), no)
	if err != nil {
		return nil, err
	}
	if !f.Sent {
		f.Values.Set("lang", string(t.Statement.Lang))
		f.SetText("translation", t.Statement.Translations)
	}
	p := translatePage{page: s.deskPage(w, r, web.L(r).T("consultations.translate_title")), ToTranslate: t}
	p.underDesk(t.Consultation)
	p.Form = f
	return translateView(p), nil
}

func (s *Service) translate(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	no, err := pathNo(r)
	if err != nil {
		return web.Next{}, err
	}
	err = s.Translate(r.Context(), web.Actor(r), pathID(r), no, civic.Lang(f.Value("lang")), f.Text("translation"))
	return web.Done(Path(pathID(r))+"/results", "consultations.translated"), err
}
