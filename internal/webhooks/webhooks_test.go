package webhooks_test

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/webhooks"
)

// server is an organisation's: it notes the numbers of the acts that it took, and answers with status.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	took   []int64
	ids    []string
	last   *http.Request
	body   []byte
}

func serve(t *testing.T) *server {
	s := &server{status: 200}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			Type string
			Data struct{ Number int64 }
		}
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &m)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last, s.body = r, body
		if s.status < 300 {
			s.took, s.ids = append(s.took, m.Data.Number), append(s.ids, r.Header.Get("webhook-id"))
		}
		w.WriteHeader(s.status)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) answer(status int) { s.mu.Lock(); defer s.mu.Unlock(); s.status = status }

func (s *server) taken() []int64 { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.took) }

// address is a public one, for which the client of reach goes to the server.
const address = "https://hooks.example.kz/birge"

// reach makes the city send to the server whatever the address is.
func reach(c *citytest.City, url string, answered ...func()) {
	host := strings.TrimPrefix(url, "https://")
	service(c).SendWith(&http.Client{Timeout: 10 * time.Second, Transport: redirected{host, answered, &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}})
}

type redirected struct {
	host     string
	answered []func()
	http.RoundTripper
}

func (d redirected) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Host = d.host
	res, err := d.RoundTripper.RoundTrip(r)
	for _, tell := range d.answered {
		tell()
	}
	return res, err
}

// minute lets a minute pass in which the jobs run.
func minute(c *citytest.City) { c.Pass(time.Minute + time.Second); c.Jobs() }

// acts makes n acts of the register, and returns the number of the last.
func acts(c *citytest.City, n int) int64 {
	for i := range n {
		c.Organisation(fmt.Sprintf("Қор %d-%d", i, c.Now().UnixMilli()))
	}
	all := c.Acts()
	return all[len(all)-1].Index
}

func upTo(from, to int64) (out []int64) {
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

func service(c *citytest.City) *webhooks.Service { return citytest.Service[*webhooks.Service](c) }

func TestAnOrganisationIsToldOfAllActsInOrder(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		srv := serve(t)
		reach(c, srv.URL)
		fund := c.Organisation("Қор")
		rep := c.Representative(fund)
		before := acts(c, 1)
		b := c.Browser(rep)
		b.Get("/en/webhooks").Want(200, "Set up a webhook")
		b.Get("/en/webhooks/new").Want(200, "organisations.organisation.")
		b.Post("/en/webhooks/new", "organisation", string(fund), "address", "https://10.0.0.1/", "kinds", "").Want(422, "inner network", "https://10.0.0.1/")
		b.Post("/en/webhooks/new", "organisation", string(fund), "address", address, "kinds", "nonsense").Want(422, "no acts of the kind nonsense", address)
		b.Post("/en/webhooks/new", "organisation", string(fund), "address", address, "kinds", "").Want(200, address, "all acts from now on")
		page := b.Post("/en/webhooks/new", "organisation", string(fund), "address", address, "kinds", "", ui.SureName, "yes").Want(200, "whsec_")
		secret := "whsec_" + strings.Fields(strings.Split(page.Text(), "whsec_")[1])[0]
		b.Post("/en/webhooks/new", "organisation", string(fund), "address", address, "kinds", "", ui.SureName, "yes").Want(422, "already").Lacks("whsec_") // the page was loaded again
		all, _, err := service(c).List(c.Ctx(), rep.Actor, 0)
		c.Must(err)
		if len(all) != 1 {
			t.Errorf("%d webhooks", len(all))
		}
		one := "/en" + webhooks.Path(all[0].ID)
		b.Get(one).Want(200, "Nothing was sent yet", address).Lacks("whsec_")

		last := acts(c, 250) // more than a run sends at once
		minute(c)
		if got := srv.taken(); !slices.Equal(got, upTo(before+1, last)) {
			t.Fatalf("told of %d acts, want %d to %d: %v", len(got), before+1, last, got)
		}
		at, err := strconv.ParseInt(srv.last.Header.Get("webhook-timestamp"), 10, 64)
		c.Must(err)
		id := srv.last.Header.Get("webhook-id")
		if want := webhooks.Sign(secret, id, time.Unix(at, 0), srv.body); srv.last.Header.Get("webhook-signature") != want || srv.last.Header.Get("Cookie") != "" {
			t.Errorf("signed %s, want %s", srv.last.Header.Get("webhook-signature"), want)
		}
		if !strings.Contains(string(srv.body), `"url":"`+citytest.Origin+`/kk/organisations/`) || !strings.Contains(string(srv.body), `"title":{"kk":"Қор`) {
			t.Errorf("sent %s", srv.body)
		}
		b.Get(one).Want(200, fmt.Sprintf("Act %d", last), "taken, 200")

		// Once more from one of them, with the same identifiers.
		had := slices.Clone(srv.ids)
		b.Post(one+"/again", "number", "x").Want(422, fmt.Sprintf("from 0 to %d", last))
		b.Post(one+"/again", "number", fmt.Sprint(last+1)).Want(422)
		b.Post(one+"/again", "number", fmt.Sprint(last-2)).Want(303)
		c.Jobs()
		if got := srv.taken(); !slices.Equal(got[len(got)-3:], upTo(last-2, last)) || !slices.Equal(srv.ids[len(srv.ids)-3:], had[len(had)-3:]) {
			t.Errorf("sent again: %v", got[len(got)-3:])
		}

		// Another secret: for a day both sign.
		b.Post(one+"/rotate").Want(200, "signed with both").Lacks("whsec_")
		page = b.Post(one+"/rotate", ui.SureName, "yes").Want(200, "whsec_")
		fresh := "whsec_" + strings.Fields(strings.Split(page.Text(), "whsec_")[1])[0]
		b.Post(one+"/rotate", ui.SureName, "yes").Want(409, "the one before signs until").Lacks("whsec_") // the page was loaded again
		for _, both := range []bool{true, false} {
			acts(c, 1)
			minute(c)
			at, _ := strconv.ParseInt(srv.last.Header.Get("webhook-timestamp"), 10, 64)
			id := srv.last.Header.Get("webhook-id")
			want := webhooks.Sign(fresh, id, time.Unix(at, 0), srv.body)
			if both {
				want += " " + webhooks.Sign(secret, id, time.Unix(at, 0), srv.body)
			}
			if srv.last.Header.Get("webhook-signature") != want {
				t.Errorf("both %v: signed %q, want %q", both, srv.last.Header.Get("webhook-signature"), want)
			}
			c.Pass(24 * time.Hour)
		}

		// Off: nothing is sent. On: what happened meanwhile.
		b.Post(one + "/off").Want(303)
		b.Post(one+"/again", "number", fmt.Sprint(last)).Want(409, "Switch it on first")
		b.Get(one).Want(200, "Switch on")
		n := len(srv.taken())
		last = acts(c, 2)
		minute(c)
		if len(srv.taken()) != n {
			t.Error("sent though it is off")
		}
		b.Post(one + "/on").Want(303)
		minute(c)
		if got := srv.taken(); got[len(got)-2] != last-1 || got[len(got)-1] != last {
			t.Errorf("what happened while it was off: %v", got[n:])
		}
		b.Post(one+"/remove", ui.SureName, "yes").Want(303)
		b.Get(one).Want(404)
		acts(c, 1)
		minute(c)
		if got := srv.taken(); got[len(got)-1] != last {
			t.Error("sent though it is removed")
		}
		if noted := c.Audited(); !slices.ContainsFunc(noted, func(e audit.Entry) bool { return e.Act == "webhooks.hook.remove" }) || strings.Contains(fmt.Sprint(noted), "example.kz") || strings.Contains(fmt.Sprint(noted), "whsec_") {
			t.Errorf("audited %+v", noted)
		}
	}, webhooks.Capability())
}

func TestOnlyWhatIsWantedIsSent(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		srv := serve(t)
		reach(c, srv.URL)
		fund := c.Organisation("Қор")
		rep := c.Representative(fund)
		acts(c, 1)
		_, _, err := service(c).Make(c.Ctx(), rep.Actor, webhooks.Wanted{Organisation: fund, Address: address, Kinds: "record\norganisations.organisation.posts_changed"})
		c.Must(err)
		acts(c, 120)
		minute(c)
		if got := srv.taken(); len(got) != 0 {
			t.Errorf("told of %v", got)
		}
		all, _, err := service(c).List(c.Ctx(), rep.Actor, 0)
		c.Must(err)
		if v, err := service(c).Show(c.Ctx(), rep.Actor, all[0].ID); err != nil || v.Sent != v.Last {
			t.Errorf("%d of %d, %v: those that are not wanted are not dealt with", v.Sent, v.Last, err)
		}
	}, webhooks.Capability())
}

func TestAServerThatFailsIsTriedAgainLaterAndGivenUp(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		srv := serve(t)
		reach(c, srv.URL)
		fund := c.Organisation("Қор")
		rep := c.Representative(fund)
		acts(c, 1)
		h, _, err := service(c).Make(c.Ctx(), rep.Actor, webhooks.Wanted{Organisation: fund, Address: address})
		c.Must(err)
		srv.answer(500)
		first := acts(c, 3) - 2
		minute(c)
		tries := func() (n int) {
			v, err := service(c).Show(c.Ctx(), rep.Actor, h.ID)
			c.Must(err)
			return len(v.Deliveries)
		}
		if tries() != 1 {
			t.Fatalf("%d tries after one minute", tries())
		}
		minute(c)
		for range 4 { // the third comes five minutes after the second
			minute(c)
		}
		if tries() != 2 {
			t.Errorf("%d tries after six minutes", tries())
		}
		c.Browser(rep).Get("/en"+webhooks.Path(h.ID)).Want(200, "failing", "the server answered 500")
		srv.answer(204)
		minute(c)
		minute(c)
		if got := srv.taken(); !slices.Equal(got, upTo(first, first+2)) {
			t.Errorf("mended, it is told of %v", got)
		}

		srv.answer(500)
		again := acts(c, 1)
		minute(c)
		srv.answer(200)
		c.Browser(rep).Get("/ru"+webhooks.Path(h.ID)).Want(200, "Попробовать сейчас")
		c.Browser(rep).Post("/ru" + webhooks.Path(h.ID) + "/on").Want(303)
		c.Jobs()
		if got := srv.taken(); got[len(got)-1] != again {
			t.Errorf("tried at once, it is told of %v", got)
		}

		srv.answer(503)
		last := acts(c, 1)
		for range 5*24 - 1 {
			c.Pass(time.Hour)
			c.Jobs()
		}
		if len(c.Told(rep)) != 0 {
			t.Error("given up too early")
		}
		for range 24 { // the next try after the days
			c.Pass(time.Hour)
			c.Jobs()
		}
		if told := c.Told(rep); len(told) != 1 || told[0].Subject.Key != "webhooks.told_stopped" || told[0].Path != webhooks.Path(h.ID) {
			t.Errorf("told %+v", told)
		}
		b := c.Browser(rep)
		b.Get("/en"+webhooks.Path(h.ID)).Want(200, "stopped", "nothing is skipped")
		srv.answer(200)
		minute(c)
		if got := srv.taken(); got[len(got)-1] == last {
			t.Error("sent though it has stopped")
		}
		b.Post("/en" + webhooks.Path(h.ID) + "/on").Want(303)
		minute(c)
		if got := srv.taken(); got[len(got)-1] != last {
			t.Errorf("switched on, it is told of %v", got)
		}
	}, webhooks.Capability())
}

func TestWhoMaySetUpAWebhook(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		fund, other := c.Organisation("Қор"), c.Organisation("Басқа қор")
		rep, stranger, admin := c.Representative(fund), c.Representative(other), c.Administrator()
		at := func(a civic.Actor, address string) (webhooks.Hook, error) {
			h, _, err := service(c).Make(c.Ctx(), a, webhooks.Wanted{Organisation: fund, Address: address})
			return h, err
		}
		for _, a := range []civic.Actor{stranger.Actor, admin.Actor, c.Resident("").Actor, {}} {
			_, err := at(a, address)
			c.Refused(err, civic.Forbidden)
		}
		h, err := at(rep.Actor, address)
		c.Must(err)
		_, err = service(c).Rotate(c.Ctx(), stranger.Actor, h.ID)
		c.Refused(err, civic.NotFound)
		_, err = service(c).Rotate(c.Ctx(), admin.Actor, h.ID) // the secret is the organisation's
		c.Refused(err, civic.NotFound)
		c.Refused(service(c).Switch(c.Ctx(), stranger.Actor, h.ID, false), civic.NotFound)
		c.Refused(service(c).Again(c.Ctx(), stranger.Actor, h.ID, "0"), civic.NotFound)
		c.Refused(service(c).Remove(c.Ctx(), stranger.Actor, h.ID), civic.NotFound)
		_, err = service(c).Show(c.Ctx(), stranger.Actor, h.ID)
		c.Refused(err, civic.NotFound)
		if all, _, err := service(c).List(c.Ctx(), stranger.Actor, 0); err != nil || len(all) != 0 {
			t.Errorf("another organisation sees %v, %v", all, err)
		}
		c.Must(service(c).Switch(c.Ctx(), admin.Actor, h.ID, false))
		if all, _, err := service(c).List(c.Ctx(), admin.Actor, 0); err != nil || len(all) != 1 || all[0].State != webhooks.Off {
			t.Errorf("administrators see %v, %v", all, err)
		}

		// Not more than the city lets, also when several come at once.
		c.Set("webhooks.most", 3)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { _, _ = at(rep.Actor, fmt.Sprint(address, i)) })
		}
		wg.Wait()
		if all, _, err := service(c).List(c.Ctx(), rep.Actor, 0); err != nil || len(all) != 3 {
			t.Errorf("%d webhooks, %v", len(all), err)
		}
		_, err = at(rep.Actor, address+"/more")
		c.Refused(err, civic.Invalid)
	}, webhooks.Capability())
}

// Two jobs of one webhook never send at the same time, and one that was overtaken notes nothing.
func TestOneRunSendsForAWebhook(t *testing.T) {
	citytest.Each(t, func(t *testing.T, c *citytest.City) {
		srv := serve(t)
		reach(c, srv.URL)
		fund := c.Organisation("Қор")
		rep := c.Representative(fund)
		acts(c, 1)
		h, _, err := service(c).Make(c.Ctx(), rep.Actor, webhooks.Wanted{Organisation: fund, Address: address})
		c.Must(err)
		last := acts(c, 40)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { _ = service(c).Run(c.Ctx(), h.ID) })
		}
		wg.Wait()
		if got := srv.taken(); !slices.Equal(got, upTo(last-39, last)) {
			t.Errorf("told of %v", got)
		}
	}, webhooks.Capability())
}

// The program is killed while it sends, again and again: nothing is skipped.
func TestNothingIsSkippedWhenTheProgramIsKilled(t *testing.T) {
	const all = 60
	open := func(database string) *citytest.City {
		return citytest.Open(t, database, app.Config{Capabilities: []capability.Capability{webhooks.Capability()}})
	}
	srv := serve(t)
	if os.Getenv("BIRGE_TEST_KILLED") == "" {
		t.Setenv("BIRGE_TEST_HOOK", srv.URL)
	}
	database := citytest.Killed(t, 17, func(database string) {
		c := open(database)
		c.At(citytest.Start.Add(48 * time.Hour))
		reach(c, os.Getenv("BIRGE_TEST_HOOK"), func() { fmt.Println("sent") })
		fund := c.Organisation("Қор")
		rep := c.Representative(fund)
		acts(c, 1)
		_, _, err := service(c).Make(c.Ctx(), rep.Actor, webhooks.Wanted{Organisation: fund, Address: address})
		c.Must(err)
		acts(c, all)
		for {
			minute(c)
		}
	}, func(line string) bool { return strings.HasPrefix(line, "sent") })
	took := srv.taken()
	first := took[0]
	c := open(database)
	c.At(citytest.Start.Add(72 * time.Hour)) // a run that died holds the webhook for a minute
	reach(c, srv.URL)
	minute(c)
	minute(c)
	got := srv.taken()
	if len(took) < 17 || got[len(got)-1] < first+all-1 {
		t.Fatalf("killed after %d, told of %v", len(took), got)
	}
	at := first - 1
	for _, n := range got { // in order, and what was sent when the program died perhaps twice
		if n != at && n != at+1 {
			t.Fatalf("after %d comes %d: %v", at, n, got)
		}
		at = n
	}
}
