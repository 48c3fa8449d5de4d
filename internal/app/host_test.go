package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/app/capabilities"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/consultations"
)

// Whoever sends a request chooses the host name in it. No answer repeats that name or differs
// because of it: not in a link, a feed, JSON-LD or the QR code of a receipt.
func TestNoAnswerDependsOnTheHostOfTheRequest(t *testing.T) {
	cfg := app.Config{Capabilities: capabilities.All(), CacheBytes: -1} // each answer is made anew
	citytest.EachWith(t, cfg, func(t *testing.T, c *citytest.City) {
		body := c.Body("Әкімдік")
		s := citytest.Service[*consultations.Service](c)
		set := s.Defaults()
		set.Question, set.Context = civic.Text{"kk": "Саябақта не керек?", "ru": "Что нужно парку?"}, civic.Text{"kk": "Саябақ ескі.", "ru": "Парк старый."}
		set.Host, set.Body, set.Audience = body, body, consultations.Anyone
		set.OpensAt, set.ClosesAt = c.Now(), c.Now().AddDate(0, 0, 30)
		set.Seeds = []civic.Text{{"kk": "Жарық шамдар керек", "ru": "Нужны фонари"}}
		officer := c.Officer(body)
		asked, err := s.Create(c.Ctx(), officer.Actor, set)
		c.Must(err)
		c.Must(s.Publish(c.Ctx(), officer.Actor, asked))
		c.Acts()

		answered, absolute := 0, 0
		for _, rt := range c.Routes() {
			for _, id := range []civic.ID{body, asked} {
				path := strings.NewReplacer("{$}", "", "{id}", string(id), "{index}", "1", "{path...}", "000", "{kind}", consultations.Kind, "{format}", "csv",
					"{no}", "1", "{year}", "2025", "{key}", "identity.name_max", "{name}", "birge.css", "{claim}", string(id), "{token}", "none").Replace(rt.Pattern)
				if !rt.Plain {
					path = "/en" + path
				}
				hostile := asHost(c, rt.Method, path, "hostile.example")
				if text := fmt.Sprint(hostile.Header()) + hostile.Body.String(); strings.Contains(text, "hostile") {
					t.Errorf("%s %s repeats the request's host", rt.Method, path)
				}
				if rt.Method != "GET" {
					continue
				}
				own := asHost(c, rt.Method, path, "city.test")
				if own.Code != hostile.Code || own.Body.String() != hostile.Body.String() && !slices.Contains(madeAnew, rt.Pattern) {
					t.Errorf("%s %s depends on the request's host", rt.Method, path)
				}
				if own.Code == http.StatusOK {
					answered++
				}
				if strings.Contains(own.Body.String(), citytest.Origin) {
					absolute++
				}
			}
		}
		if answered < 60 || absolute < 10 {
			t.Errorf("%d pages were seen, %d of them with absolute addresses: too few to say anything", answered, absolute)
		}
	})
}

// madeAnew are the pages that differ each time.
var madeAnew = []string{"/metrics"}

// asHost asks for a page under a name of the city.
func asHost(c *citytest.City, method, path, host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, citytest.Origin+path, strings.NewReader(""))
	r.Host = host
	r.Header.Set("X-Forwarded-Host", host)
	r.Header.Set("Forwarded", "host="+host)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, r)
	return w
}
