package places

import (
	"io"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const outlinesPath = "/settings/outlines"

func (s *Service) routes() []web.Route {
	return append(web.Forms(
		web.Form{Pattern: outlinesPath, Access: web.Administrators, Show: s.outlinesPage, Do: s.saveOutlines, Field: "file", MaxBody: MaxBytes + 4<<10},
	), web.Route{Method: "GET", Pattern: "/places/picture.svg", Query: []string{"district", "at"}, Access: web.Everyone, Handler: s.showPicture, Plain: true,
		Topics: func(*http.Request) []string { return []string{Topic} }})
}

type outlinesPage struct {
	ui.Page
	Form ui.Form
}

func (s *Service) outlinesPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	l := web.L(r)
	p := outlinesPage{Page: web.NewPage(w, r, l.T("places.outlines_title")), Form: f}
	p.Lede, p.NoIndex = l.T("places.outlines_lede"), true
	p.Crumbs = []ui.Link{{Text: l.T("city.settings_title"), Path: "/settings"}}
	return s.outlinesView(p), nil
}

func (s *Service) saveOutlines(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	file, _, err := r.FormFile("file")
	if err != nil {
		return web.Next{}, civic.Wrong("file", "places.file_needed")
	}
	content, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return web.Next{}, err
	}
	return web.Done(outlinesPath, "places.outlines_saved"), s.SetOutlines(r.Context(), web.Actor(r), content)
}

// showPicture draws the image of a picker: the city, or a district and what is around it.
func (s *Service) showPicture(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	f, drawn := s.frame(v.Get("district"), pickerSize, pickerSize)
	if !drawn {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	at, _ := ParsePoint(v.Get("at"))
	w.Header().Set("Content-Type", "image/svg+xml")
	return pictureOf(f, s.Outlines(), v.Get("district"), at).Render(r.Context(), w)
}
