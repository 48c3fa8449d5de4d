package budgeting

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

func (s *Service) lettersPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.codePageOf(w, r, f)
	if err != nil {
		return nil, err
	}
	p.SetTitle("budgeting.letters_title")
	return lettersView(p), nil
}

// letters answers with the letters themselves: their codes and addresses are kept nowhere.
func (s *Service) letters(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	l, err := s.lettersOf(r, f)
	if err != nil {
		return web.Again(w, r, f, err, s.lettersPage)
	}
	file, err := s.writePDF(l, web.Origin(r))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="letters-%d.pdf"`, l.First))
	w.Header().Set("Cache-Control", "no-store")
	return web.Write(w, r, "application/pdf", file)
}

// lettersOf makes the letters that a form asks for: for the addresses of its file, else so many without.
func (s *Service) lettersOf(r *http.Request, f ui.Form) (l Letters, err error) {
	var to []Addressee
	file, header, err := r.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart):
		for range min(max(f.Whole("letters"), 0), mostLetters+1) {
			to = append(to, Addressee{District: f.Value("district")})
		}
	case err != nil:
		return l, civic.Wrong("file", "budgeting.file_needed")
	default:
		defer file.Close()
		c, err := s.Campaign(r.Context(), web.Actor(r), pathID(r))
		if err != nil {
			return l, err
		}
		if to, err = readAddresses(file, header.Size, c.Campaign, f.Value("district"), s.city.Settings.Current().DistrictsByName()); err != nil {
			return l, err
		}
	}
	return s.WriteLetters(r.Context(), web.Actor(r), pathID(r), to)
}

func (s *Service) replacePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.codePageOf(w, r, f)
	if err != nil {
		return nil, err
	}
	p.SetTitle("budgeting.replace_title")
	return replaceView(p), nil
}

// replace shows the new code once: it is kept nowhere.
func (s *Service) replace(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	p, err := s.codePageOf(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return web.Next{}, err
	}
	p.SetTitle("budgeting.replace_title")
	p.Code, err = s.ReplaceLetter(r.Context(), web.Actor(r), pathID(r), int64(f.Whole("letter")))
	return web.Instead(replaceView(p)), err
}
