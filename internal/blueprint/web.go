package blueprint

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record"
)

func (s *Service) routes() []web.Route {
	return []web.Route{
		{Method: "GET", Pattern: "/blueprint", Access: web.Everyone, Handler: s.serveArchive, Plain: true, Heavy: true},
	}
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
