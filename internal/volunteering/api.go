package volunteering

import (
	"net/http"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiShift is a shift for machines, with the action that it is of. Names of fields do not change.
type apiShift struct {
	ID           civic.ID   `json:"id"`
	Action       civic.ID   `json:"action"`
	URL          string     `json:"url"`
	Title        civic.Text `json:"title"`
	About        civic.Text `json:"about"`
	Organisation civic.ID   `json:"organisation"`
	Name         civic.Text `json:"organisation_name"`
	Place        string     `json:"place"`
	District     string     `json:"district,omitempty"`
	Starts       time.Time  `json:"starts_at"`
	Ends         time.Time  `json:"ends_at"`
	Needed       int        `json:"needed"`
	Taken        int        `json:"taken"`
	MinAge       int        `json:"min_age,omitempty"`
	Event        civic.ID   `json:"event,omitempty"` // at which its people help
	Off          bool       `json:"called_off,omitempty"`
}

func (s *Service) apiList(r *http.Request) (items []apiShift, next string, err error) {
	place, ok := storage.ParsePlace(r.URL.Query().Get("after"))
	if !ok {
		return nil, "", civic.Fail(civic.Invalid, "web.malformed").At("after")
	}
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		all, err := comingUp(tx, wanted{}, tx.Now(), place, mostList+1)
		if err != nil {
			return err
		}
		page, last := storage.Page(all, mostList)
		if last != nil {
			next = storage.PlaceAt(storage.Millis(last.Shift.Ends), last.Shift.no).String()
		}
		var ids []civic.ID
		for _, c := range page {
			ids = append(ids, c.Action.Organisation)
		}
		names, err := s.city.Organisations.Named(tx, ids)
		for _, c := range page {
			items = append(items, s.api(r, c, names[c.Action.Organisation].Name))
		}
		return err
	})
	return items, next, err
}

func (s *Service) api(r *http.Request, c called, name civic.Text) apiShift {
	a, sh := c.Action, c.Shift
	return apiShift{sh.ID, a.ID, web.Origin(r) + ui.Localized(civic.Kazakh, Path(a.ID)), a.Title, a.About, a.Organisation, name, a.Place, a.District, sh.Starts, sh.Ends, sh.Needed, sh.Taken, sh.Role.MinAge, a.Helps, sh.Off}
}

// apiOne is a shift, also one that has ended.
func (s *Service) apiOne(r *http.Request) (one apiShift, err error) {
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		a, sh, err := findShift(tx, civic.ID(r.PathValue("id")))
		if err != nil {
			return err
		}
		names, err := s.city.Organisations.Named(tx, []civic.ID{a.Organisation})
		one = s.api(r, called{a, sh}, names[a.Organisation].Name)
		return err
	})
	return one, err
}
