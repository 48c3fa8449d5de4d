package browser_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
)

// tileServer is a server of map tiles that notes what it is asked and by whom.
type tileServer struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
	told  []string // cookies, and addresses of pages
}

func newTileServer(t *testing.T) *tileServer {
	s := &tileServer{}
	tile := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for y := range 256 {
		for x := range 256 {
			if x%64 < 2 || y%64 < 2 { // streets
				tile.Set(x, y, color.RGBA{160, 160, 160, 255})
			} else {
				tile.Set(x, y, color.RGBA{236, 240, 232, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, tile); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.asked = append(s.asked, r.URL.Path)
		s.told = append(s.told, r.Header.Get("Cookie")+r.Header.Get("Referer"))
		s.mu.Unlock()
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(b.Bytes())
	}))
	t.Cleanup(s.Close)
	return s
}

// taken is what was asked since it was called last.
func (s *tileServer) taken() (asked []string, told string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked, told = s.asked, strings.Join(s.told, "")
	s.asked, s.told = nil, nil
	return asked, told
}

// A city with a tile server of its own shows its streets under the map, with scripts and without. The policy of pages
// allows that server and no other, and it learns nothing of who looks at which page.
func TestStreetsLieUnderTheMap(t *testing.T) {
	needBrowser(t)
	tiles, stranger := newTileServer(t), newTileServer(t)
	c := newCity(t, storagetest.SQLite(t), func(cfg *app.Config) {
		cfg.MapTiles, cfg.MapCredit = tiles.URL+"/{z}/{x}/{y}.png", "© Қала картасы"
	})
	c.ready(t)
	c.outlined(t)
	moderator := civic.Actor{Account: "m", Grants: []civic.Grant{{Role: civic.Moderator}}}
	if _, err := c.Organisations.Create(t.Context(), moderator, map[organisations.Field]string{"kind": organisations.NGO, "status": organisations.Active, "name.kk": "Үміт", "point": "42.5, 70.5"}, organisations.Public); err != nil {
		t.Fatal(err)
	}
	r, err := http.Get(c.base + "/kk/organisations/map")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	images := regexp.MustCompile(`img-src [^;]*`).FindString(r.Header.Get("Content-Security-Policy"))
	if sources := strings.Fields(images); len(sources) == 0 || sources[len(sources)-1] != tiles.URL || strings.Count(images, "http") != 1 || strings.Contains(images, "*") {
		t.Errorf("the policy says %q", images)
	}
	for _, scripts := range []bool{true, false} {
		for _, lang := range []string{"kk", "ru"} {
			b := c.open(t, phoneWidth, phoneHeight)
			if !scripts {
				b.withoutScripts()
			}
			b.visit("/" + lang + "/organisations/map")
			asked, told := tiles.taken()
			if len(asked) == 0 || !regexp.MustCompile(`^/\d+/\d+/\d+\.png$`).MatchString(asked[0]) || told != "" {
				t.Errorf("with scripts %v the tile server was asked %q and told %q", scripts, asked, told)
			}
			b.sees("© Қала картасы")
			b.shot("tiles-" + lang)
			if scripts {
				if fill := do(b, chromedp.Evaluate[string](`getComputedStyle(document.querySelector(".city-map .district")).fill`)); fill != "none" {
					t.Errorf("the districts hide the streets: they are filled with %s", fill)
				}
				b.accessible()
				b.fits()
				if !do(b, chromedp.Evaluate[bool](`new Promise(done => { const i = new Image(); i.onload = () => done(false); i.onerror = () => done(true); i.src = "`+stranger.URL+`/1/1/1.png" })`, chromedp.EvalAwaitPromise)) {
					t.Error("a picture of another server was shown")
				}
			}
			tiles.taken()
		}
	}
	if asked, _ := stranger.taken(); len(asked) > 0 {
		t.Errorf("another server was asked %q", asked)
	}
}
