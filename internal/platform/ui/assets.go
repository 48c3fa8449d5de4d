package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/platform/embedded"
)

//go:embed assets
var assetFiles embed.FS

//go:embed texts/*.toml
var textFiles embed.FS

// Texts are the messages of the components.
func Texts() fs.FS { return embedded.Folder(textFiles, "texts") }

// Asset is one static file, named by its content, so that browsers keep it for ever.
type Asset struct {
	Path string // "/assets/birge.3f9c2a10.css"
	Body []byte
}

// assets maps the plain name ("birge.css") to the file. It is made once from the embedded
// files and never changes.
var assets = func() map[string]Asset {
	out := map[string]Asset{}
	entries, _ := fs.ReadDir(assetFiles, "assets")
	for _, e := range entries {
		body, _ := fs.ReadFile(assetFiles, "assets/"+e.Name())
		sum := sha256.Sum256(body)
		ext := path.Ext(e.Name())
		out[e.Name()] = Asset{"/assets/" + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:4]) + ext, body}
	}
	return out
}()

// Assets lists every static file by its plain name.
func Assets() map[string]Asset { return assets }

// favicon is the icon within the page itself: a request less in the first view.
var favicon = templ.SafeURL("data:image/svg+xml," + strings.NewReplacer("\"", "'", "<", "%3C", ">", "%3E", "#", "%23", "\n", "").
	Replace(string(assets["favicon.svg"].Body)))

// assetURL is the address of a static file in this build.
func assetURL(name string) string { return assets[name].Path }
