package webhooks_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/webhooks"
)

// The secret, message and signature are the example of the Standard Webhooks specification's libraries.
func TestSignatureIsThatOfTheStandard(t *testing.T) {
	got := webhooks.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signature %s", got)
	}
}

func TestAddressesOfServers(t *testing.T) {
	for typed, want := range map[string]string{
		" https://Hooks.Example.KZ/birge?for=us#x ": "https://hooks.example.kz/birge?for=us",
		"https://example.kz":                        "https://example.kz",
		"https://example.kz:8443/a":                 "https://example.kz:8443/a",
		"https://93.184.215.14/hook":                "https://93.184.215.14/hook",
		"https://[2606:4700::1111]/":                "https://[2606:4700::1111]/",

		"":                                               "webhooks.address_needed",
		"example.kz/hook":                                "webhooks.address_https",
		"http://example.kz/":                             "webhooks.address_https",
		"ftp://example.kz/":                              "webhooks.address_https",
		"https:///hook":                                  "webhooks.address_https",
		"https:example.kz":                               "webhooks.address_https",
		"https://user:secret@example.kz/":                "webhooks.address_password",
		"https://example.kz:22/":                         "webhooks.address_port",
		"https://example.kz:80/":                         "webhooks.address_port",
		"https://localhost/":                             "webhooks.address_inside",
		"https://localhost./":                            "webhooks.address_inside",
		"https://printer/":                               "webhooks.address_inside",
		"https://db.internal/":                           "webhooks.address_inside",
		"https://printer.local/":                         "webhooks.address_inside",
		"https://127.0.0.1/":                             "webhooks.address_inside",
		"https://10.1.2.3/":                              "webhooks.address_inside",
		"https://172.16.0.1/":                            "webhooks.address_inside",
		"https://192.168.1.1:8443/":                      "webhooks.address_inside",
		"https://169.254.169.254/latest":                 "webhooks.address_inside",
		"https://[::1]/":                                 "webhooks.address_inside",
		"https://[fe80::1]/":                             "webhooks.address_inside",
		"https://[fd00:ec2::254]/":                       "webhooks.address_inside",
		"https://[::ffff:10.0.0.1]/":                     "webhooks.address_inside",
		"https://[64:ff9b::a9fe:a9fe]/":                  "webhooks.address_inside",
		"https://0.0.0.0/":                               "webhooks.address_inside",
		"https://2130706433/":                            "webhooks.address_inside", // 127.0.0.1 as one number
		"https://example.kz/" + strings.Repeat("x", 500): "webhooks.address_long",
		"https://example.kz/" + strings.Repeat("ә", 300): "https://example.kz/" + strings.Repeat("%D3%99", 300), // letters are counted, not bytes
	} {
		got, problem := webhooks.CleanAddress(typed)
		if problem != nil {
			got = problem.Key
		}
		if got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
}

// Whatever an address was found to be when it was typed, the connection is refused. Names that lead inside, in every way:
// TestNoNameLeadsInside of package web, whose client this is.
func TestNothingIsSentInside(t *testing.T) {
	inside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64 // connections: TLS would refuse the certificate, and hide that one was made
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := inside.Accept()
			if err != nil {
				return
			}
			asked.Add(1)
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(inside.Addr().String())
	for _, host := range []string{"127.0.0.1", "[::ffff:127.0.0.1]", "localhost"} {
		if problem, status := webhooks.PostAsEver(t.Context(), "https://"+host+":"+port); problem != webhooks.Unreachable || status != 0 {
			t.Errorf("%s: %s, %d", host, problem, status)
		}
	}
	// Whatever was connected before stands in the queue before this one, which closes the count.
	last, err := net.Dial("tcp", inside.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = last.Read(make([]byte, 1))
	_ = errors.Join(last.Close(), inside.Close())
	if <-done; asked.Load() != 1 {
		t.Errorf("%d connections, beside the test's own", asked.Load()-1)
	}
}

// A redirect is no way around what was checked, and no answer is longer than what is read of it.
func TestHowAnswersAreTaken(t *testing.T) {
	asked := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, "/taken", http.StatusTemporaryRedirect)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/silent":
			<-r.Context().Done()
		}
	}))
	defer srv.Close()
	client := webhooks.NewClient()
	client.Transport = srv.Client().Transport // trusts the server of the test, and goes to this host
	for path, want := range map[string]struct {
		problem webhooks.Problem
		status  int64
	}{"/taken": {"", 200}, "/elsewhere": {webhooks.Refused, 307}, "/broken": {webhooks.Refused, 500}} {
		asked = 0
		if problem, status := webhooks.PostWith(t.Context(), client, srv.URL+path); problem != want.problem || status != want.status || asked != 1 {
			t.Errorf("%s: %s %d, asked %d times", path, problem, status, asked)
		}
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if problem, _ := webhooks.PostWith(ctx, client, srv.URL+"/silent"); problem != webhooks.Slow {
		t.Errorf("a server that does not answer in time is %s", problem)
	}
}

func TestWaitsGrow(t *testing.T) {
	for i := int64(2); i <= int64(len(webhooks.Waits)); i++ {
		if webhooks.WaitAfter(i) <= webhooks.WaitAfter(i-1) {
			t.Errorf("after %d failures no longer than before", i)
		}
	}
	if webhooks.WaitAfter(1000) != 10*time.Hour {
		t.Error("the last wait does not hold for ever")
	}
}

func TestWhatBecomesOfAWebhook(t *testing.T) {
	at, giveUp := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), 5*24*time.Hour
	h := webhooks.Hook{State: webhooks.On, Sent: 6}
	failed := webhooks.After(h, webhooks.Outcome(webhooks.Slow, 0), 7, at, giveUp)
	if failed.Sent != 6 || failed.State != webhooks.On || !failed.FailingSince.Equal(at) || !failed.NextAt.Equal(at.Add(time.Minute)) {
		t.Errorf("after one failure: %+v", failed)
	}
	late := webhooks.After(failed, webhooks.Outcome(webhooks.Refused, 500), 7, at.Add(giveUp-time.Second), giveUp)
	if late.State != webhooks.On {
		t.Error("it stops too early")
	}
	if end := webhooks.After(late, webhooks.Outcome(webhooks.Refused, 500), 7, at.Add(giveUp), giveUp); end.State != webhooks.Stopped || end.Sent != 6 {
		t.Errorf("it does not stop: %+v", end)
	}
	if well := webhooks.After(late, webhooks.Outcome("", 204), 7, at.Add(giveUp), giveUp); well.State != webhooks.On || well.Sent != 7 || !well.FailingSince.IsZero() || !well.NextAt.IsZero() {
		t.Errorf("after it was mended: %+v", well)
	}
	if gone := webhooks.After(h, webhooks.Outcome(webhooks.Refused, 410), 7, at, giveUp); gone.State != webhooks.Stopped {
		t.Error("410 does not stop it at once")
	}
}

func TestAMessageIsBounded(t *testing.T) {
	c := record.Change{Number: 1, Kind: "a.b.c", Title: civic.Text{civic.Kazakh: strings.Repeat("ә", 20_000)}}
	body, err := webhooks.BodyOf(c)
	if err != nil || len(body) > webhooks.MaxBody || !json.Valid(body) || !strings.Contains(string(body), `"number":1`) {
		t.Errorf("%d bytes: %.100s, %v", len(body), body, err)
	}
	c.Title = civic.Text{civic.Kazakh: "Сенбілік"}
	if body, _ = webhooks.BodyOf(c); !strings.Contains(string(body), "Сенбілік") {
		t.Errorf("the title is left out: %s", body)
	}
}

func TestWhichActsAreSent(t *testing.T) {
	h := webhooks.Hook{Kinds: []string{"consultations", "appeals.appeal.filed"}}
	for kind, want := range map[string]bool{"consultations.consultation.opened": true, "consultationsx.a.b": false, "appeals.appeal.filed": true, "appeals.appeal.filedx": false, "appeals.appeal": false, "laws.law.entered": false} {
		if h.Wants(kind) != want {
			t.Errorf("%s: %v", kind, !want)
		}
	}
	if !(webhooks.Hook{}).Wants("laws.law.entered") {
		t.Error("without kinds not all acts are sent")
	}
}
