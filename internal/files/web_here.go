package files

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Here is the page on which somebody without an account adds pictures to what they wrote. The owner of the thing says who they are: an
// actor whose account is their reader of internal/notifications, whom its rule of rights and titles knows.
type Here struct {
	ui.Page
	Desk
	Form ui.Form
	At   string // the path of the page
	MiB  int64  // that one picture may have
}

const (
	// HereBody bounds what such a page is sent: the largest picture that a city may allow, and its words.
	HereBody = 31 << 20
	// HereTimeout is for a phone that sends it on a slow line.
	HereTimeout time.Duration = slow
)

// HereView returns the page, from which back leads back. Errors: NotFound, Forbidden.
func (s *Service) HereView(w http.ResponseWriter, r *http.Request, a civic.Actor, where Place, at string, back ui.Link, f ui.Form) (templ.Component, error) {
	desk, err := s.Desk(r.Context(), a, where)
	if err != nil {
		return nil, err
	}
	v := Here{Desk: desk, Form: f, At: at, MiB: s.value("picture_mib")}
	v.Page, v.NoIndex = web.NewPage(w, r, web.L(r).T(v.nameKey())), true
	v.SetLedeName(desk.Title.Title)
	v.Crumbs = []ui.Link{back}
	v.There = Under(at, v.There)
	return hereView(v), nil
}

// AddHere adds the picture of that page, whose words are in the language in which they seem to be. Errors: as Add.
func (s *Service) AddHere(r *http.Request, a civic.Actor, where Place, f ui.Form) error {
	sent, closeAll, err := uploads(r, f)
	defer closeAll()
	if err != nil {
		return err
	}
	words := f.Value("words")
	_, err = s.Add(r.Context(), a, where, civic.Text{civic.GuessLang(words, web.L(r).Lang()): words}, sent...)
	return err
}
