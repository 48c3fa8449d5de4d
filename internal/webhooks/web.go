package webhooks

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

const onePattern = root + "/{id}"

func (s *Service) routes() []web.Route {
	return append([]web.Route{
		{Method: "GET", Pattern: root, Access: setters, Handler: s.showList, Query: []string{"after"}},
		{Method: "GET", Pattern: onePattern, Access: setters, Handler: s.showOne},
	}, web.Forms(
		web.Form{Pattern: root + "/new", Access: setters, Show: s.newPage, Check: s.newCheck, Do: s.make},
		web.Form{Pattern: onePattern + "/rotate", Page: onePattern, Access: setters, Check: s.check("webhooks.rotate", "webhooks.rotate_check"), Do: s.rotate, Button: true},
		web.Form{Pattern: onePattern + "/remove", Page: onePattern, Access: setters, Check: s.check("webhooks.remove", "webhooks.remove_check"), Do: s.remove, Button: true},
		web.Form{Pattern: onePattern + "/again", Page: onePattern, Access: setters, Show: s.onePage, Do: s.again, Field: "number"},
		web.Form{Pattern: onePattern + "/on", Page: onePattern, Access: setters, Do: s.on(true), Button: true},
		web.Form{Pattern: onePattern + "/off", Page: onePattern, Access: setters, Do: s.on(false), Button: true},
	)...)
}

func newClient() *http.Client { return web.ClientUpTo(longestWait, false, maxAnswer) }

// newPoster sends over TLS to servers of the public Internet alone, and follows no redirect.
func newPoster() poster {
	client := newClient()
	return func(ctx context.Context, address string, headers map[string]string, body []byte) outcome {
		return postWith(ctx, client, address, headers, body)
	}
}

func postWith(ctx context.Context, client *http.Client, address string, headers map[string]string, body []byte) (o outcome) {
	begun := time.Now()
	defer func() { o.took = time.Since(begun) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return outcome{problem: Unreachable}
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		var slow net.Error
		if errors.As(err, &slow) && slow.Timeout() {
			return outcome{problem: Slow}
		}
		return outcome{problem: Unreachable}
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body) // so that the connection serves again; what the server says is shown to nobody
	o.status = int64(resp.StatusCode)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		o.problem = Refused
	}
	return o
}

func pathID(r *http.Request) civic.ID { return civic.ID(r.PathValue("id")) }

type listPage struct {
	ui.Page
	All  []View
	Next string
	Own  bool // the actor speaks for an organisation
}

func (s *Service) showList(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Page: web.NewPage(w, r, web.L(r).T("webhooks.nav"))}
	p.Lede, p.NoIndex = p.T("webhooks.lede"), true
	p.Own = len(p.Actor.Scopes(civic.Representative)) > 0
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // nonsense is the beginning
	all, next, err := s.List(r.Context(), p.Actor, after)
	if err != nil {
		return err
	}
	if p.All = all; next > 0 {
		p.Next = p.With("after", strconv.FormatInt(next, 10))
	}
	return web.Render(w, r, http.StatusOK, listView(p))
}

type newPage struct {
	ui.Page
	Form  ui.Form
	Own   []organisations.Named
	Acts  []actGroup
	Hook  Hook // on the check page
	Named civic.Text
}

// actGroup are the acts of one part, with their names for readers.
type actGroup struct {
	Part string
	Acts []ui.Option
}

func (s *Service) newForm(w http.ResponseWriter, r *http.Request, f ui.Form) (newPage, error) {
	p := newPage{Page: web.NewPage(w, r, web.L(r).T("webhooks.new")), Form: f}
	p.NoIndex, p.Crumbs = true, []ui.Link{{Text: p.T("webhooks.nav"), Path: root}}
	p.Lede = p.T("webhooks.new_lede")
	for _, name := range s.city.Declared.ActNames() {
		of := part.Owner(name)
		if n := len(p.Acts); n == 0 || p.Acts[n-1].Part != of {
			p.Acts = append(p.Acts, actGroup{Part: of})
		}
		g := &p.Acts[len(p.Acts)-1]
		g.Acts = append(g.Acts, ui.Option{Value: name, Label: p.T(part.ActKey(name))})
	}
	var err error
	p.Own, err = s.Own(r.Context(), p.Actor)
	return p, err
}

func (p newPage) organisations() (out []ui.Option) {
	for _, o := range p.Own {
		words, lang := p.Words(o.Name)
		out = append(out, ui.Option{Value: string(o.ID), Label: words, Lang: lang})
	}
	return out
}

func (s *Service) newPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.newForm(w, r, f)
	if !f.Sent && len(p.Own) > 0 {
		f.Values.Set("organisation", string(p.Own[0].ID))
	}
	return newView(p), err
}

func wanted(f ui.Form) Wanted {
	return Wanted{Organisation: civic.ID(f.Value("organisation")), Address: f.Value("address"), Kinds: f.Value("kinds")}
}

func (s *Service) newCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	h, err := s.Check(r.Context(), web.Actor(r), wanted(f))
	if err != nil {
		return nil, err
	}
	p, err := s.newForm(w, r, f)
	p.Hook = h
	p.Lede = ""
	for _, o := range p.Own {
		if o.ID == h.Organisation {
			p.Named = o.Name
		}
	}
	return newCheckView(p), err
}

// secretPage shows a secret, this once.
type secretPage struct {
	ui.Page
	Secret string
	To     string
}

func secretOf(w http.ResponseWriter, r *http.Request, id civic.ID, secret string) web.Next {
	p := secretPage{Page: web.NewPage(w, r, web.L(r).T("webhooks.secret_title")), Secret: secret, To: Path(id)}
	p.Lede, p.NoIndex, p.Crumbs = p.T("webhooks.secret_lede"), true, []ui.Link{{Text: p.T("webhooks.nav"), Path: root}}
	return web.Instead(secretView(p))
}

func (s *Service) make(w http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	h, secret, err := s.Make(r.Context(), web.Actor(r), wanted(f))
	if err != nil {
		return web.Next{}, err
	}
	return secretOf(w, r, h.ID, secret), nil
}

func (s *Service) rotate(w http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	secret, err := s.Rotate(r.Context(), web.Actor(r), pathID(r))
	if err != nil {
		return web.Next{}, err
	}
	return secretOf(w, r, pathID(r), secret), nil
}

type onePage struct {
	ui.Page
	View
	Form ui.Form
}

func (s *Service) one(w http.ResponseWriter, r *http.Request, f ui.Form, title string) (onePage, error) {
	v, err := s.Show(r.Context(), web.Actor(r), pathID(r))
	p := onePage{web.NewPage(w, r, web.L(r).T(title)), v, f}
	p.NoIndex, p.Crumbs = true, []ui.Link{{Text: p.T("webhooks.nav"), Path: root}}
	return p, err
}

// dealt says how far the webhook has come in the record.
func (p onePage) dealt() string {
	switch {
	case p.Last < 0:
		return p.T("webhooks.dealt_empty")
	case p.Sent < 0:
		return p.T("webhooks.dealt_none", "Last", number(p.Last))
	}
	return p.T("webhooks.dealt", "Number", number(p.Sent), "Last", number(p.Last))
}

func (s *Service) onePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p, err := s.one(w, r, f, "webhooks.one")
	return oneView(p), err
}

func (s *Service) showOne(w http.ResponseWriter, r *http.Request) error {
	page, err := s.onePage(w, r, ui.Form{Values: map[string][]string{}})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, page)
}

type checkPage struct {
	onePage
	Text, To string
}

// check asks before something is done to a webhook; the button has the words of the title.
func (s *Service) check(title, text string) web.Show {
	return func(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
		p, err := s.one(w, r, f, title)
		return checkView(checkPage{p, text, strings.TrimSuffix(r.URL.Path, "/")}), err
	}
}

func (s *Service) again(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(Path(pathID(r)), "webhooks.again_done"), s.Again(r.Context(), web.Actor(r), pathID(r), strings.TrimSpace(f.Value("number")))
}

func (s *Service) on(on bool) func(http.ResponseWriter, *http.Request, ui.Form) (web.Next, error) {
	said := "webhooks.is_off"
	if on {
		said = "webhooks.is_on"
	}
	return func(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
		return web.Done(Path(pathID(r)), said), s.Switch(r.Context(), web.Actor(r), pathID(r), on)
	}
}

func (s *Service) remove(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done(root, "webhooks.removed"), s.Remove(r.Context(), web.Actor(r), pathID(r))
}
