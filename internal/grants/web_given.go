package grants

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/platform/sheet"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// amount is money as a file of the standard writes it.
func amount(m civic.Money) json.Number { return json.Number(m.String()) }

type givenPage struct {
	page
	Sums
}

func (s *Service) showGiven(w http.ResponseWriter, r *http.Request) (err error) {
	p := givenPage{page: s.page(w, r, web.L(r).T("grants.given"))}
	if p.Sums, err = s.Given(r.Context(), civic.ID(r.URL.Query().Get("organisation"))); err != nil {
		return err
	}
	p.Crumbs = []ui.Link{{Text: p.T("grants.title"), Path: root}}
	if p.Of.ID != "" {
		p.SetTitle("grants.given_of", "Name", p.Of.Name)
	}
	return web.Render(w, r, http.StatusOK, givenView(p))
}

// givenHeadings are the columns of the table, in the standard's words.
var givenHeadings = []string{"Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date", "Recipient Org:Identifier", "Recipient Org:Name", "Funding Org:Identifier", "Funding Org:Name", "Grant Programme:Code", "Grant Programme:Title"}

// getGiven streams what was given as a file of the 360Giving Data Standard; without a grant there is no such file.
func (s *Service) getGiven(w http.ResponseWriter, r *http.Request) error {
	return s.giveFile(w, r, "application/json; charset=utf-8", func(tx *storage.Tx, std *threesixty.Standard) error {
		return std.WriteJSON(w, threesixty.Row{"version": "1.4", "title": "Grants"}, s.rows(tx))
	})
}

func (s *Service) getGivenCSV(w http.ResponseWriter, r *http.Request) error {
	return s.giveFile(w, r, "text/csv; charset=utf-8", func(tx *storage.Tx, std *threesixty.Standard) error {
		out, err := sheet.NewCSV(w, sheet.CSVOptions{})
		if err != nil {
			return err
		}
		return std.WriteTable(out, givenHeadings, s.rows(tx))
	})
}

func (s *Service) giveFile(w http.ResponseWriter, r *http.Request, mime string, write func(*storage.Tx, *threesixty.Standard) error) error {
	std, err := threesixty.New()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", mime)
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error { return write(tx, std) })
	if errors.Is(err, threesixty.ErrNoGrants) {
		return civic.Fail(civic.NotFound, "grants.given_none")
	}
	return err
}
