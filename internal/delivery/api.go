package delivery

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/grants/threesixty"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiWork is a work for machines, as everybody sees it. Names of fields do not change; money is in tenge.
type apiWork struct {
	ID         civic.ID      `json:"id"`
	URL        string        `json:"url"`
	Of         string        `json:"of"`
	Title      civic.Text    `json:"title"`
	State      State         `json:"state"`
	Year       int           `json:"year"`
	District   string        `json:"district,omitempty"`
	Lat        float64       `json:"lat,omitempty"`
	Lon        float64       `json:"lon,omitempty"`
	Promised   string        `json:"promised"`
	Contracted string        `json:"contracted"`
	Paid       string        `json:"paid"`
	FirstDue   string        `json:"first_due"`
	Due        string        `json:"due"`
	Built      string        `json:"built,omitempty"`
	Contracts  []apiContract `json:"contracts"`
}

type apiContract struct {
	Number string `json:"number"`
	With   string `json:"with"`
	BIN    string `json:"bin"`
	Sum    string `json:"sum"`
	Signed string `json:"signed"`
}

func (s *Service) describe(origin string, l Listed) apiWork {
	out := apiWork{ID: l.ID, URL: origin + ui.Localized(civic.Kazakh, Path(l.ID)), Of: l.Of.String(), Title: l.Title.Title, State: l.State, Year: l.Year, District: l.District, Lat: l.Point.Lat, Lon: l.Point.Lon,
		Promised: l.Cost.String(), Contracted: l.Sum().String(), Paid: l.Paid.String(), FirstDue: l.First, Due: l.Due, Contracts: []apiContract{}}
	if !l.BuiltAt.IsZero() {
		out.Built = l.BuiltAt.In(s.zone()).Format("2006-01-02")
	}
	for _, c := range l.Contracts {
		out.Contracts = append(out.Contracts, apiContract{c.Number, c.With, c.BIN, c.Sum.String(), c.Signed})
	}
	return out
}

func (s *Service) apiList(r *http.Request) ([]apiWork, string, error) {
	l, err := s.List(r.Context(), queryOf(r))
	if err != nil {
		return nil, "", err
	}
	var items []apiWork
	for _, of := range l.Items {
		items = append(items, s.describe(web.Origin(r), of))
	}
	return items, l.Next, nil
}

func (s *Service) apiOne(r *http.Request) (apiWork, error) {
	v, err := s.Show(r.Context(), civic.Actor{}, pathID(r))
	if err != nil {
		return apiWork{}, err
	}
	return s.describe(web.Origin(r), v.Listed), nil
}

func (s *Service) getTable(form web.TableForm) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteTable(w, r, web.Table{Form: form, Name: "built", Head: []string{"id", "of", "title_kk", "title_ru", "state", "year", "district", "lat", "lon", "promised", "contracted", "paid", "first_due", "due", "built"},
			Rows: func(write func([]string) error) error {
				return s.each(r.Context(), queryOf(r), func(l Listed) error {
					a := s.describe("", l)
					lat, lon := "", ""
					if l.Point.Known() {
						lat, lon = strconv.FormatFloat(a.Lat, 'f', 6, 64), strconv.FormatFloat(a.Lon, 'f', 6, 64)
					}
					return write([]string{string(a.ID), a.Of, a.Title[civic.Kazakh], a.Title[civic.Russian], string(a.State), strconv.Itoa(a.Year), a.District, lat, lon, a.Promised, a.Contracted, a.Paid, a.FirstDue, a.Due, a.Built})
				})
			}})
	}
}

// getContracts is every contract in the 360Giving Data Standard: who gets how much, for what and when. There is no file as long as there is no contract,
// for a file of the standard has at least one.
func (s *Service) getContracts(w http.ResponseWriter, r *http.Request) error {
	standard, err := threesixty.New()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	head := threesixty.Row{"version": "1.4.3", "title": web.L(r).T("delivery.contracts_title"), "publisher": threesixty.Row{"name": s.Settings.Current().Name.String()}}
	err = standard.WriteJSON(&b, head, s.contracts(r, web.Origin(r)))
	if errors.Is(err, threesixty.ErrNoGrants) {
		return notThere()
	}
	if err != nil {
		return err
	}
	return web.Write(w, r, "application/json", b.Bytes())
}

func (s *Service) contracts(r *http.Request, origin string) iter.Seq2[threesixty.Row, error] {
	stop := errors.New("enough")
	return func(yield func(threesixty.Row, error) bool) {
		bodies := map[civic.Ref]part.Resolved{}
		err := s.each(r.Context(), Query{}, func(l Listed) error {
			if len(l.Contracts) == 0 {
				return nil
			}
			if _, known := bodies[l.Body]; !known {
				err := s.DB.Read(r.Context(), func(tx *storage.Tx) error {
					names, err := s.Declared.Titles(tx, civic.Actor{}, []civic.Ref{l.Body})
					bodies[l.Body] = names[l.Body]
					return err
				})
				if err != nil {
					return err
				}
			}
			for _, c := range l.Contracts {
				if !yield(grant(origin, l, c, bodies[l.Body].Title.String()), nil) {
					return stop
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			yield(nil, err)
		}
	}
}

// grant is a contract as a grant of the standard. Organisations outside the standard's registers are named by their BIN.
func grant(origin string, l Listed, c Contract, body string) threesixty.Row {
	title := l.Title.Title.String()
	if title == "" {
		title = string(l.ID) // its words were taken off the pages
	}
	days := threesixty.Row{"startDate": c.Signed, "endDate": l.Due}
	return threesixty.Row{"id": "birge-" + string(l.ID) + "-" + strconv.Itoa(contractAt(l.Work, c)), "title": title, "description": title, "currency": "KZT", "amountAwarded": json.Number(c.Sum.String()), "awardDate": c.Signed,
		"plannedDates":          []any{days},
		"recipientOrganization": []any{threesixty.Row{"id": "KZ-BIN-" + c.BIN, "name": c.With}},
		"fundingOrganization":   []any{threesixty.Row{"id": "birge-" + string(l.Body.ID), "name": body}},
		"dataSource":            origin + ui.Localized(civic.Kazakh, Path(l.ID))}
}

// contractAt is the place of a contract among those of its work, from 1.
func contractAt(w Work, c Contract) int {
	for i, of := range w.Contracts {
		if of.Number == c.Number {
			return i + 1
		}
	}
	return 0
}
