package record

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
	"github.com/birge-kz/birge/internal/record/proof"
	"github.com/birge-kz/birge/internal/search"
)

const (
	perPage  = 16 // acts on a page of the stream: a phone shows them on a few screens
	feedSize = 50 // and in the feed
)

func (l *Log) routes() []web.Route {
	cached := func(*http.Request) []string { return []string{topic} }
	return slices.Concat([]web.Route{
		{Method: "GET", Pattern: "/record", Query: []string{"kind", "from", "to", "before", "after", "subject"}, Heavy: true, Access: web.Everyone, Handler: l.showStream, Topics: cached},
		{Method: "GET", Pattern: "/record/{index}", Query: []string{"h"}, Heavy: true, Access: web.Everyone, Handler: l.showEntry},
		{Method: "GET", Pattern: "/record/act/{id}", Heavy: true, Access: web.Everyone, Handler: l.showAct},
		{Method: "GET", Pattern: "/record/key", Access: web.Everyone, Handler: l.showKey, Topics: cached},
		{Method: "GET", Pattern: "/trace/{kind}/{id}", Heavy: true, Access: web.Everyone, Handler: l.showTrace, Topics: cached},
		{Method: "GET", Pattern: "/record/feed.atom", Query: []string{"kind", "subject"}, Access: web.Everyone, Handler: l.feed, Topics: cached},
	}, l.machineRoutes(), web.Forms(
		web.Form{Pattern: "/record/key", Page: "/record/key", Access: web.Administrators, Fresh: true, Check: l.rotateCheck, Do: l.rotate, Button: true},
		web.Form{Pattern: "/record/link", Query: []string{"subject", "q"}, Access: web.Holders("officers and moderators", linkers()...), Show: l.linkPage, Do: l.link, Button: true},
	), l.fileRoutes())
}

// act is an entry as a list shows it.
type act struct {
	Recorded
	What  string // the kind's name
	Who   string // the name of the role of who acted
	About part.Resolved
	Rule  part.Resolved // of a removal
}

// acts names entries in the reader's language.
func (l *Log) acts(r *http.Request, entries []Recorded) ([]act, error) {
	var refs []civic.Ref
	for _, e := range entries {
		refs = append(refs, e.Subject)
		if l.removes(e.Kind) {
			refs = append(refs, l.ruleOf(e))
		}
	}
	titles, err := l.titles(r.Context(), refs)
	if err != nil {
		return nil, err
	}
	return l.named(r, entries, titles), nil
}

func (l *Log) named(r *http.Request, entries []Recorded, titles map[civic.Ref]part.Resolved) []act {
	out := make([]act, len(entries))
	for i, e := range entries {
		out[i] = act{Recorded: e, What: l.kindName(r, e.Kind), Who: l.roleName(r, e.Actor), About: titles[e.Subject]}
		if l.removes(e.Kind) {
			out[i].Rule = titles[l.ruleOf(e)]
		}
	}
	return out
}

func (l *Log) kindName(r *http.Request, kind string) string {
	if _, ok := l.declared.Act(kind); ok {
		return web.L(r).T(part.ActKey(kind))
	}
	return kind // of a capability that this program no longer has
}

func (l *Log) removes(kind string) bool {
	act, _ := l.declared.Act(kind)
	return act.Moderation == part.Removal
}

// roleName is the role of who acted in words, or as it is written when no part declares it any
// more.
func (l *Log) roleName(r *http.Request, acted string) string {
	if acted == role("") {
		return web.L(r).T("record.role_system")
	}
	if key := l.declared.Roles().NameKey(civic.Role(acted)); key != "" {
		return web.L(r).T(key)
	}
	return acted
}

// say is the message with a key, or the text itself when it is none.
func say(r *http.Request, key string) string {
	if web.L(r).Has(key) {
		return web.L(r).T(key)
	}
	return key
}

// title is what a thing is called; where it is not for everybody, that in the page's language.
func title(p ui.Page, t part.Resolved, ref civic.Ref) civic.Text {
	switch {
	case !t.Title.Empty():
		return t.Title
	case ref.Kind == RefKind:
		return civic.Text{p.L.Lang(): p.T("record.title")}
	}
	return civic.Text{p.L.Lang(): p.T("record.not_public")}
}

type streamPage struct {
	ui.Page
	Unproven   []string // keys of what pages show and no act says
	Form       ui.Form
	Kinds      []ui.Option
	Acts       []act
	Subject    civic.Text
	Prev, Next string
}

func (l *Log) showStream(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := Filter{Kind: q.Get("kind"), From: day(q.Get("from")), To: day(q.Get("to")), Limit: perPage + 1}
	f.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // nonsense means the newest
	f.After, _ = strconv.ParseInt(q.Get("after"), 10, 64)
	p := streamPage{Unproven: l.declared.Unproven(), Page: web.NewPage(w, r, web.L(r).T("record.title")), Form: ui.Form{Values: q}, Kinds: l.kindOptions(r)}
	p.Lede = web.L(r).T("record.lede")
	p.Feed = ui.Link{Text: p.Title, Path: p.URL("/record/feed.atom")}
	if ref, ok := civic.ParseRef(q.Get("subject")); ok {
		f.Subject = ref
		titles, err := l.titles(r.Context(), []civic.Ref{ref})
		if err != nil {
			return err
		}
		p.Subject = title(p.Page, titles[ref], ref)
	}
	entries, err := l.List(r.Context(), f)
	if err != nil {
		return err
	}
	more := len(entries) > perPage
	if more && f.After > 0 {
		entries = entries[1:]
	} else if more {
		entries = entries[:perPage]
	}
	if n := len(entries); n > 0 {
		if more || f.After > 0 {
			p.Next = p.With("before", strconv.FormatInt(entries[n-1].Index, 10), "after", "")
		}
		if f.Before > 0 || f.After > 0 && more {
			p.Prev = p.With("after", strconv.FormatInt(entries[0].Index, 10), "before", "")
		}
	}
	if p.Acts, err = l.acts(r, entries); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, streamView(p))
}

// day accepts a date as a filter; anything else is none.
func day(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}

func (l *Log) kindOptions(r *http.Request) []ui.Option {
	out := []ui.Option{{Value: "", Label: web.L(r).T("record.every_kind")}}
	for _, name := range l.declared.ActNames() {
		out = append(out, ui.Option{Value: name, Label: l.kindName(r, name)})
	}
	return out
}

type entryPage struct {
	ui.Page
	act
	Facts    []fact
	Named    []named // things that the payload holds
	Lists    []rows
	Follows  []ui.Link
	Status   Status
	Pending  bool
	Leaf     string
	Receipt  string // "" when the page was opened without one, "right" or "wrong"
	QR       templ.SafeURL
	Restored int64 // index of the act that restored what this one removed; −1 for none
}

// showEntry shows one entry. A receipt's address carries the entry's hash (h), so that the
// page can say whether this is the entry on the receipt.
func (l *Log) showEntry(w http.ResponseWriter, r *http.Request) error {
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	if err != nil || strconv.FormatInt(index, 10) != r.PathValue("index") {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	e, err := l.ByIndex(r.Context(), index)
	if err != nil {
		return err
	}
	return l.renderEntry(w, r, e)
}

// showAct shows an entry by its id: the address that a person gets right after an act, when
// it has no place yet.
func (l *Log) showAct(w http.ResponseWriter, r *http.Request) error {
	id, ok := civic.ParseID(r.PathValue("id"))
	if !ok {
		return civic.Fail(civic.NotFound, "web.not_found")
	}
	e, err := l.ByID(r.Context(), id)
	if err != nil {
		return err
	}
	if e.Index >= 0 {
		return web.See(w, r, "/record/"+strconv.FormatInt(e.Index, 10), "", "")
	}
	return l.renderEntry(w, r, e)
}

func (l *Log) renderEntry(w http.ResponseWriter, r *http.Request, e Recorded) error {
	titles, err := l.titles(r.Context(), slices.Concat([]civic.Ref{e.Subject}, e.Follows, l.things(e)))
	if err != nil {
		return err
	}
	p := entryPage{act: l.named(r, []Recorded{e}, titles)[0], Restored: -1, Pending: e.Index < 0}
	p.Page = web.NewPage(w, r, p.What)
	p.Crumbs = []ui.Link{{Text: web.L(r).T("record.title"), Path: "/record"}}
	for _, ref := range e.Follows {
		p.Follows = append(p.Follows, p.LinkTo(titles[ref].Path, title(p.Page, titles[ref], ref)))
	}
	receipt := proof.Receipt{}
	if !p.Pending {
		receipt, p.Status, err = l.Proof(r.Context(), e.Index)
		if civic.CodeOf(err) == civic.Unavailable {
			p.Pending, err = true, nil
		}
		if err != nil {
			return err
		}
	}
	leaf := proof.LeafHash(e.Raw)
	p.Leaf = hex.EncodeToString(leaf[:])
	if h := r.URL.Query().Get("h"); h != "" && !p.Pending {
		p.Receipt = "wrong"
		if subtle.ConstantTimeCompare([]byte(h), []byte(shortHash(e.Raw))) == 1 {
			p.Receipt = "right"
		}
	}
	if p.Status.Proven {
		if p.QR, err = ui.QR(receiptAddress(web.Origin(r), e)); err != nil {
			return err
		}
	}
	p.Facts = facts(r, e, receipt.Openings, p.Status.Others)
	l.nameThings(r, &p, e, titles)
	if l.removes(e.Kind) && e.Index >= 0 {
		if p.Restored, err = l.restored(r.Context(), e); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, entryView(p))
}

// shortHash is the hash of an entry as it stands in a receipt's address.
func shortHash(raw []byte) string {
	h := proof.LeafHash(raw)
	return base64.RawURLEncoding.EncodeToString(h[:])
}

// receiptAddress is what a receipt's QR code holds: birge verify takes it too.
func receiptAddress(origin string, e Recorded) string {
	return fmt.Sprintf("%s/record/%d?h=%s", origin, e.Index, shortHash(e.Raw))
}

type keyPage struct {
	ui.Page
	Address string // of the city
	Current string
	Former  []string
	QR      templ.SafeURL
	Head    string
	Size    int64
	Admin   bool
}

func (l *Log) showKey(w http.ResponseWriter, r *http.Request) error {
	keys, err := l.Keys(r.Context())
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return civic.Fail(civic.Unavailable, "record.not_open_yet").After(5 * time.Second)
	}
	note, c, err := l.Head(r.Context())
	if err != nil {
		return err
	}
	last := len(keys) - 1
	p := keyPage{Page: web.NewPage(w, r, web.L(r).T("record.key_title")), Address: web.Origin(r), Current: keys[last], Former: keys[:last],
		Head: string(note), Size: c.N, Admin: web.Actor(r).Has(civic.Administrator)}
	p.Lede = web.L(r).T("record.key_lede")
	p.Crumbs = []ui.Link{{Text: web.L(r).T("record.title"), Path: "/record"}}
	if p.QR, err = ui.QR(p.Current); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, keyView(p))
}

// rotateCheck asks before the key is changed: whoever has noted the former one must learn of it.
func (l *Log) rotateCheck(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	p := web.NewPage(w, r, web.L(r).T("record.key_sure_title"))
	p.Lede, p.NoIndex = p.T("record.key_change_text"), true
	return rotateCheckView(p, f), nil
}

func (l *Log) rotate(_ http.ResponseWriter, r *http.Request, _ ui.Form) (web.Next, error) {
	return web.Done("/record/key", "record.key_changed"), l.Rotate(r.Context(), web.Actor(r))
}

type tracePage struct {
	ui.Page
	Chain Chain
	Acts  []act
	Link  bool // the reader may link
}

func (l *Log) showTrace(w http.ResponseWriter, r *http.Request) error {
	ref := civic.Ref{Kind: r.PathValue("kind"), ID: civic.ID(r.PathValue("id"))}
	chain, err := l.Trace(r.Context(), ref)
	if err != nil {
		return err
	}
	p := tracePage{Page: web.NewPage(w, r, ""), Chain: chain, Acts: l.named(r, chain.Acts, chain.Titles), Link: web.Actor(r).HasAny(linkers()...)}
	p.SetTitle("record.trace_title", "Thing", title(p.Page, chain.Titles[ref], ref))
	p.Lede = web.L(r).T("record.trace_lede")
	return web.Render(w, r, http.StatusOK, traceView(p))
}

type linkPage struct {
	ui.Page
	Form    ui.Form
	Subject civic.Ref
	About   part.Resolved
	There   []search.Hit // what it already follows from
	Hits    []search.Hit
	Asked   bool
}

// linkPath is the page that links a thing, given as "kind:id".
func linkPath(subject string) string {
	return "/record/link?" + url.Values{"subject": {subject}}.Encode()
}

func (l *Log) linkPage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	if !f.Sent {
		f.Values = r.URL.Query()
	}
	subject, ok := civic.ParseRef(f.Value("subject"))
	if !ok && f.Value("subject") == "" { // a reload of what a button was sent to
		return linkNothingView(web.NewPage(w, r, web.L(r).T("record.link_title"))), nil
	}
	if !ok {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	titles, err := l.titles(r.Context(), []civic.Ref{subject})
	if err != nil {
		return nil, err
	}
	if _, ok := titles[subject]; !ok {
		return nil, civic.Fail(civic.NotFound, "web.not_found")
	}
	p := linkPage{Page: web.NewPage(w, r, web.L(r).T("record.link_title")), Form: f, Subject: subject, About: titles[subject]}
	p.NoIndex = true
	p.SetLede("record.link_lede", "Thing", p.About.Title)
	if f.Sent {
		p.Path = linkPath(f.Value("subject"))
	}
	if p.There, err = l.Linked(r.Context(), subject); err != nil {
		return nil, err
	}
	if query := strings.TrimSpace(f.Value("q")); query != "" {
		p.Asked = true
		if p.Hits, err = l.Search(r.Context(), query); err != nil {
			return nil, err
		}
	}
	return linkView(p), nil
}

func (l *Log) link(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	subject, _ := civic.ParseRef(f.Value("subject"))
	from, _ := civic.ParseRef(f.Value("from"))
	notice, takeBack := "record.link_done", f.Value("take_back") != ""
	if takeBack {
		notice = "record.link_taken_back"
	}
	_, err := l.Link(r.Context(), web.Actor(r), subject, from, takeBack)
	return web.Done(linkPath(f.Value("subject")), notice), err
}

// feed is the newest acts as an Atom feed; ?kind= and ?subject= narrow it.
func (l *Log) feed(w http.ResponseWriter, r *http.Request) error {
	lang := web.L(r).Lang()
	f := Filter{Kind: r.URL.Query().Get("kind"), Limit: feedSize}
	f.Subject, _ = civic.ParseRef(r.URL.Query().Get("subject"))
	entries, err := l.List(r.Context(), f)
	if err != nil {
		return err
	}
	acts, err := l.acts(r, entries)
	if err != nil {
		return err
	}
	origin := web.Origin(r)
	self := origin + ui.Localized(lang, r.URL.RequestURI())
	feed := web.Feed{Title: web.L(r).T("record.title"), Author: "Birge", Self: self, Page: origin + ui.Localized(lang, "/record")}
	for _, a := range acts {
		path := "/record/" + strconv.FormatInt(a.Index, 10)
		entry := web.FeedEntry{ID: origin + path, Title: civic.Text{lang: a.What}, Updated: a.Time, Page: origin + ui.Localized(lang, path)}
		if about := web.L(r).Text(a.About.Title); about != "" {
			entry.Title[lang] += ": " + about
		}
		feed.Entries = append(feed.Entries, entry)
	}
	return web.Atom(w, r, feed)
}
