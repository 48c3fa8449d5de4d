package browser_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// correspondent fills in the city's forms without a browser, for what a test needs but is not
// about: TestSetUpAndSignUp looks at these pages, the other journeys begin behind them.
type correspondent struct {
	t      *testing.T
	c      *city
	client *http.Client
}

func (c *city) correspondent(t *testing.T) *correspondent {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &correspondent{t: t, c: c, client: &http.Client{Jar: jar}}
}

// post sends a form to a path of the city, or a whole address.
func (k *correspondent) post(address string, form url.Values) {
	k.t.Helper()
	if address[0] == '/' {
		address = k.c.base + address
	}
	r, err := k.client.PostForm(address, form)
	if err != nil {
		k.t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		k.t.Fatalf("POST %s: %s", address, r.Status)
	}
}

// status is how the city answers for a page.
func (k *correspondent) status(path string) int {
	k.t.Helper()
	r, err := k.client.Get(k.c.base + path)
	if err != nil {
		k.t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

// comes opens a window in which the correspondent is signed in.
func (k *correspondent) comes(width, height int64) *browser {
	k.t.Helper()
	b := k.c.open(k.t, width, height)
	k.signsIn(b)
	return b
}

// signsIn gives a window the cookies of the correspondent.
func (k *correspondent) signsIn(b *browser) {
	k.t.Helper()
	at, err := url.Parse(k.c.base)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, cookie := range k.client.Jar.Cookies(at) {
		do(b, func(ctx context.Context, _ *chromedp.Target) (chromedp.Void, error) {
			_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: k.c.base})
			return chromedp.Void{}, err
		})
	}
}

// ready sets the city up as setUp does on the pages, and returns its administrator.
func (c *city) ready(t *testing.T) *correspondent {
	t.Helper()
	link, err := c.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	k := c.correspondent(t)
	k.post(link, url.Values{"email": {"admin@city.test"}, "name": {"Демо-әкімші"}, "password": {password}})
	k.post("/kk/settings/city", url.Values{"name.kk": {"Шымкент қаласы"}, "name.ru": {"город Шымкент"}, "name.en": {"city of Shymkent"}, "languages": {"kk", "ru", "en"}})
	k.post("/kk/settings/districts", url.Values{"districts": {"Абай; Абайский; Abai\nТұран; Туранский; Turan\n"}})
	k.post("/kk/settings/bodies", url.Values{"name.kk": {"Тұрғын үй басқармасы"}, "name.ru": {"Управление жилищного хозяйства"}})
	k.post("/kk/settings/finish", nil)
	return k
}

// body is the state body of the city that ready set up.
func (c *city) body(t *testing.T) civic.Ref {
	t.Helper()
	found, err := c.Organisations.List(t.Context(), civic.Actor{}, organisations.Query{Kind: organisations.StateBody})
	if err != nil || len(found.Items) == 0 {
		t.Fatal(len(found.Items), err)
	}
	return organisations.RefOf(found.Items[0].ID)
}

// member is somebody with an account, made by the link in a real mail as signUp does on the pages.
func (c *city) member(t *testing.T, email, name string) *correspondent {
	t.Helper()
	k := c.correspondent(t)
	k.post("/kk/sign-up", url.Values{"email": {email}})
	k.post(c.post.waitFor(t, email).link(t), url.Values{"name": {name}, "password": {password}})
	return k
}
