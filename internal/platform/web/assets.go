package web

import (
	"net/http"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
)

func assetRoute() Route {
	byPath := map[string]ui.Asset{}
	for _, a := range ui.Assets() {
		byPath[strings.TrimPrefix(a.Path, "/assets/")] = a
	}
	return Route{Method: "GET", Pattern: "/assets/{name}", Access: Everyone, Plain: true, Shared: true,
		Topics: func(*http.Request) []string { return nil },
		Handler: func(w http.ResponseWriter, r *http.Request) error {
			a, ok := byPath[r.PathValue("name")]
			if !ok {
				return civic.Fail(civic.NotFound, "web.not_found")
			}
			w.Header().Set("Cache-Control", Immutable)
			return Write(w, r, contentType(a.Path), a.Body)
		}}
}

func contentType(name string) string {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "css":
		return "text/css; charset=utf-8"
	case "js":
		return "text/javascript; charset=utf-8"
	case "svg":
		return "image/svg+xml"
	case "png":
		return "image/png"
	case "webmanifest":
		return "application/manifest+json"
	}
	return "application/octet-stream"
}
