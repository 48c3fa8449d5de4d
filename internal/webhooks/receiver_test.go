package webhooks_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/app"
	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/citytest"
	"github.com/birge-kz/birge/internal/platform/storage/storagetest"
	"github.com/birge-kz/birge/internal/webhooks"
)

// The server on the page about the interface takes what a city sends, and nothing that was altered.
func TestTheExampleServerTakesMessages(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node to run the example with")
	}
	c := citytest.Open(t, storagetest.SQLite(t), app.Config{Capabilities: []capability.Capability{webhooks.Capability()}})
	c.At(time.Now()) // the example takes what was sent lately
	fund := c.Organisation("Қор")
	rep := c.Representative(fund)
	acts(c, 1)
	_, secret, err := service(c).Make(c.Ctx(), rep.Actor, webhooks.Wanted{Organisation: fund, Address: address})
	c.Must(err)
	cmd := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", app.APIReceiver)
	cmd.Env = append(cmd.Environ(), "SECRET="+secret, "PORT=0")
	out, err := cmd.StdoutPipe()
	c.Must(err)
	c.Must(cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	lines := bufio.NewScanner(out)
	lines.Scan()
	port, found := strings.CutPrefix(lines.Text(), "port ")
	if !found {
		t.Fatalf("it says %q", lines.Text())
	}
	strangersAsk(t, "http://127.0.0.1:"+port)
	alter := false
	service(c).SendWith(&http.Client{Transport: plain{"127.0.0.1:" + port, &alter}})
	c.Organisation("Жаңа қор")
	c.Acts()
	minute(c)
	if lines.Scan(); !strings.Contains(lines.Text(), "organisations.organisation.") || !strings.Contains(lines.Text(), "Жаңа қор http") {
		t.Errorf("it says %q", lines.Text())
	}
	alter = true
	c.Organisation("Тағы бір қор")
	c.Acts()
	minute(c)
	all, _, err := service(c).List(c.Ctx(), rep.Actor, 0)
	c.Must(err)
	v, err := service(c).Show(c.Ctx(), rep.Actor, all[0].ID)
	c.Must(err)
	if v.Deliveries[0].Status != 401 || v.Deliveries[1].Status != 204 {
		t.Errorf("answers %+v", v.Deliveries)
	}
}

// strangersAsk sends what no city sends: the server refuses it, and stands.
func strangersAsk(t *testing.T, url string) {
	stale := strconv.FormatInt(time.Now().Unix()-301, 10)
	now := strconv.FormatInt(time.Now().Unix(), 10)
	for name, headers := range map[string][]string{
		"nothing": nil, "no signature": {"webhook-id", "a", "webhook-timestamp", now}, "no time": {"webhook-id", "a", "webhook-signature", "v1,AAAA"},
		"stale": {"webhook-id", "a", "webhook-timestamp", stale, "webhook-signature", "v1,AAAA"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	// Of a body that is too long it reads no more: it answers, or closes the connection at which the rest still comes.
	res, err := http.Post(url, "application/json", strings.NewReader(strings.Repeat("x", 1<<20)))
	if err == nil {
		if res.Body.Close(); res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("a megabyte: %d", res.StatusCode)
		}
	}
	// One that breaks off does not end it either.
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
}

// plain goes to a server of this machine without TLS, and alters what was signed.
type plain struct {
	host  string
	alter *bool
}

func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", p.host
	if *p.alter {
		r.Header.Set("webhook-id", "msg_of_another")
	}
	return http.DefaultTransport.RoundTrip(r)
}
