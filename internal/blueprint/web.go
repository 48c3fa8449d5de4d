package blueprint

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: "/blueprint", Access: web.Everyone, Handler: s.serveArchive, Plain: true, Heavy: true, Shared: true,
			Topics: func(*http.Request) []string { return []string{topicContent, record.TopicKeys, city.TopicDay} }},
		{Method: "GET", Pattern: citiesPath, Access: web.Everyone, Handler: s.showCities, Topics: func(*http.Request) []string { return []string{topic} }},
		web.Page(openPath, web.Administrators, s.openPage),
	}, web.Forms(
		web.Form{Pattern: deskPath, Access: web.Administrators, Fresh: true, Show: s.deskPage, Do: s.doFollow},
		web.Form{Pattern: deskPath + "/undo", Page: deskPath, Access: web.Administrators, Fresh: true, Do: s.doUndo, Button: true},
		web.Form{Pattern: deskPath + "/{id}", Access: web.Administrators, Fresh: true, Show: s.offersPage, Do: s.doTake},
		web.Form{Pattern: deskPath + "/{id}/unfollow", Page: deskPath, Access: web.Administrators, Do: s.doUnfollow, Button: true},
		web.Form{Pattern: openPath, Page: openPath, Access: web.Administrators, Do: s.doClose, Button: true},
	)...)
}

// serveArchive hands out the newest blueprint.
func (s *Service) serveArchive(w http.ResponseWriter, r *http.Request) error {
	b, v, err := s.Archive(r.Context())
	if errors.Is(err, record.ErrNotOpen) {
		return civic.Fail(civic.NotFound, "blueprint.not_open").Because(err)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="blueprint-`+strconv.FormatInt(v.No, 10)+`.zip"`)
	return web.Write(w, r, "application/zip", b)
}
