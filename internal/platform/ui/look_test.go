package ui

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

// TestLook takes pictures for a person to look at; it runs only when asked:
//
//	BIRGE_LOOK=/some/dir go test -run TestLook ./internal/platform/ui
func TestLook(t *testing.T) {
	dir := os.Getenv("BIRGE_LOOK")
	if dir == "" {
		t.Skip("BIRGE_LOOK is not set")
	}
	mux := http.NewServeMux()
	for _, a := range Assets() {
		mux.HandleFunc(a.Path, func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, a.Path, testPage(t, "kk").Now, strings.NewReader(string(a.Body)))
		})
	}
	for _, lang := range civic.Languages() {
		p := testPage(t, lang)
		in := p
		in.Actor, in.Demo, in.Unread, in.SignOut = civic.Actor{Account: "a", Name: say(p, "Үлгі Тұрғынқызы", "Житель Примеров", "Sample Resident")}, false, 12, "/sign-out"
		mux.HandleFunc("/"+string(lang)+"/signed", func(w http.ResponseWriter, r *http.Request) {
			_ = Layout(in).Render(r.Context(), w)
		})
		mux.HandleFunc("/"+string(lang)+"/_styleguide", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:")
			_ = Styleguide(p).Render(r.Context(), w)
		})
	}
	// Chromium has no window as narrow as a phone's, so the page stands in a frame.
	mux.HandleFunc("/frame", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `<!doctype html><meta name="color-scheme" content="light dark"><style>*{margin:0;border:0;padding:0}</style><iframe src="%s" width="%s" height="%s"></iframe>`, r.FormValue("src"), r.FormValue("w"), r.FormValue("h"))
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	for _, shot := range strings.Fields(os.Getenv("BIRGE_SHOTS")) { // such as kk-360-14500-light, or …-signed
		part := strings.Split(shot, "-")
		scheme := map[string]string{"light": "1", "dark": "0"}[part[3]]
		page := "_styleguide"
		if len(part) > 4 {
			page = part[4]
		}
		cmd := exec.Command("/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--user-data-dir="+t.TempDir(),
			"--blink-settings=preferredColorScheme="+scheme, "--screenshot="+dir+"/"+shot+".png", "--window-size="+part[1]+","+part[2], srv.URL+"/frame?src=/"+part[0]+"/"+page+"&w="+part[1]+"&h="+part[2])
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}
