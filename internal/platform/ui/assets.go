package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

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

// assets maps the plain name ("birge.css") to the file. It is made once from the embedded files,
// when a page first needs one: commands that show none need not wait for it. It never changes.
var assets = sync.OnceValue(func() map[string]Asset {
	out := map[string]Asset{}
	entries, _ := fs.ReadDir(assetFiles, "assets")
	for _, e := range entries {
		body, _ := fs.ReadFile(assetFiles, "assets/"+e.Name())
		ext := path.Ext(e.Name())
		body = withoutRemarks(ext, body)
		sum := sha256.Sum256(body)
		out[e.Name()] = Asset{"/assets/" + strings.TrimSuffix(e.Name(), ext) + "." + hex.EncodeToString(sum[:4]) + ext, body}
	}
	return out
})

// remarks are, in each kind of file, what is there for us alone: a kilobyte of the first view, compressed. In a
// script only whole lines are taken, for "//" stands in addresses too.
var remarks = map[string]*regexp.Regexp{
	".css": regexp.MustCompile(`(?s)/\*.*?\*/\s*|(?m:^[ \t]+)`),
	".js":  regexp.MustCompile(`(?m)^[ \t]*//.*\n|^[ \t]+`),
}

// withoutRemarks is a file as browsers get it: without comments and the space before lines. No string of
// ours goes over a line or holds a comment, as a test checks.
func withoutRemarks(ext string, body []byte) []byte {
	if r := remarks[ext]; r != nil {
		return r.ReplaceAll(body, nil)
	}
	return body
}

// Assets lists every static file by its plain name.
func Assets() map[string]Asset { return assets() }

// favicon is the icon within the page itself: a request less in the first view.
var favicon = sync.OnceValue(func() templ.SafeURL {
	return templ.SafeURL("data:image/svg+xml," + strings.NewReplacer("\"", "'", "<", "%3C", ">", "%3E", "#", "%23", "\n", "").
		Replace(string(assets()["favicon.svg"].Body)))
})

// assetURL is the address of a static file in this build.
func assetURL(name string) string { return assets()[name].Path }
