package learning

import (
	"net/http"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// apiCourse is a course for machines. Names of fields do not change.
type apiCourse struct {
	ID           civic.ID     `json:"id"`
	URL          string       `json:"url"`
	Version      int64        `json:"version"`
	Title        civic.Text   `json:"title"`
	Summary      civic.Text   `json:"summary"`
	Organisation civic.ID     `json:"organisation"`
	Name         civic.Text   `json:"organisation_name"`
	Theme        string       `json:"theme,omitempty"`
	Minutes      int          `json:"minutes" doc:"About how long it takes"`
	Languages    []civic.Lang `json:"languages"`
	PublishedAt  time.Time    `json:"published_at"`
}

func (s *Service) apiList(r *http.Request) (items []apiCourse, next string, err error) {
	all, next, err := s.courses(r)
	for _, c := range all {
		items = append(items, c.api(r))
	}
	return items, next, err
}

func (c listed) api(r *http.Request) apiCourse {
	return apiCourse{c.ID, web.Origin(r) + ui.Localized(civic.Kazakh, Path(c.ID)), c.Version, c.Title, c.Summary, c.Organisation, c.Of.Name, c.Theme, c.Minutes, c.Langs, c.PublishedAt}
}

// apiOne is a course that everybody may learn from, or one that was withdrawn.
func (s *Service) apiOne(r *http.Request) (one apiCourse, err error) {
	err = s.city.DB.Read(r.Context(), func(tx *storage.Tx) error {
		c, err := find(tx, civic.ID(r.PathValue("id")))
		if err == nil && c.PublishedAt.IsZero() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		all, err := s.listed(tx, []Course{c})
		for _, l := range all {
			one = l.api(r)
		}
		return err
	})
	return one, err
}
