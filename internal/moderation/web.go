package moderation

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Path is the address of the queue over all kinds, without the language.
const Path = "/desk/moderation"

func (s *Service) routes() []web.Route {
	queue := web.Page(Path, web.Hosts, s.queuePage)
	queue.Query = []string{ofName, afterName}
	return slices.Concat([]web.Route{queue}, s.ruleRoutes(), s.logRoutes(), s.contestRoutes(), web.Forms(
		web.Form{Pattern: Path + "/take", Page: Path, Access: web.Hosts, Do: s.take, Button: true},
		web.Form{Pattern: Path + "/give-back", Page: Path, Access: web.Hosts, Do: s.giveBack, Button: true},
	))
}

// The fields of the form that an owner takes at ToModerate.Decide: what is done, where it leads, and
// when the page was made on which it was decided.
const (
	ActName  = "act"
	Approve  = "approve"
	RemoveIt = "remove"
	UpholdIt = "uphold" // what its author contested
	BackName = "back"
	SeenName = "seen"
)

// ChoiceOf is what such a form says.
func ChoiceOf(f ui.Form) Choice {
	c := Choice{Approve: f.Value(ActName) == Approve, Rule: civic.ID(f.Value("rule")), Reason: f.Value("reason")}
	if ms, err := strconv.ParseInt(f.Value(SeenName), 10, 64); err == nil {
		c.Seen = time.UnixMilli(ms)
	}
	return c
}

// Decided are the notices of an owner whose words a moderator let in or removed.
type Decided struct{ Shown, Removed string }

// CarryOut does what a form with those fields chooses, and leads back to the queue from which it was sent, else to the page of
// the words. Errors: those of decide and uphold; civic.Invalid when the form says nothing of this.
func CarryOut(f ui.Form, page string, said Decided, decide, uphold func(Choice) error) (web.Next, error) {
	choice := ChoiceOf(f)
	to, fromQueue := BackTo(f.Value(BackName))
	if !fromQueue {
		to = page
	}
	switch f.Value(ActName) {
	case UpholdIt:
		return web.Done(to, "moderation.upheld"), uphold(choice)
	case Approve:
		return web.Done(to, said.Shown), decide(choice)
	case RemoveIt:
		return web.Next{Path: to, Tone: ui.Info, Notice: said.Removed}, decide(choice)
	}
	return web.Next{}, civic.Fail(civic.Invalid, "web.malformed")
}

// What of the queue a page shows.
const (
	ofName    = "of"
	afterName = "after"
)

// queueBack says in a form that it was sent from the queue; behind it stands which page of it.
const queueBack = "moderation"

// QueueOf is the address of the queue of what stands at a thing, without the language.
func QueueOf(thing civic.Ref) string { return queueAt(thing, "") }

func queueAt(of civic.Ref, after string) string {
	q := url.Values{}
	if of.ID != "" {
		q.Set(ofName, of.String())
	}
	if after != "" {
		q.Set(afterName, after)
	}
	if len(q) == 0 {
		return Path
	}
	return Path + "?" + q.Encode()
}

// BackTo is where a form with the field BackName leads that was sent from a queue; false for any
// other.
func BackTo(back string) (path string, fromQueue bool) {
	at, query, _ := strings.Cut(back, "?")
	q, err := url.ParseQuery(query)
	if at != queueBack || err != nil {
		return "", false
	}
	of, _ := civic.ParseRef(q.Get(ofName))
	return queueAt(of, q.Get(afterName)), true
}

type queuePage struct {
	Minutes int64

	ui.Page
	Queue
	Form   ui.Form
	Only   string // the thing whose queue it is; "": everything
	Back   string // what a form says that leads back to this page
	NextTo string
}

func (s *Service) queuePage(w http.ResponseWriter, r *http.Request, f ui.Form) (templ.Component, error) {
	query := r.URL.Query()
	of, _ := civic.ParseRef(query.Get(ofName))
	after := query.Get(afterName)
	q, err := s.Queue(r.Context(), web.Actor(r), of, after)
	p := queuePage{Page: web.NewPage(w, r, web.L(r).T("moderation.title")), Queue: q, Form: f, Minutes: int64(s.value("claim_minutes"))}
	p.NoIndex = true
	p.Back = queueBack + strings.TrimPrefix(queueAt(of, after), Path)
	if of.ID != "" {
		p.Only = of.String()
	}
	if q.Next != "" {
		p.NextTo = p.With(afterName, q.Next)
	}
	return queueView(p), err
}

// of is the thing whose queue the form stands on.
func of(f ui.Form) civic.Ref {
	ref, _ := civic.ParseRef(f.Value(ofName))
	return ref
}

func (s *Service) take(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	mine, err := s.Take(r.Context(), web.Actor(r), of(f))
	if mine == 0 {
		return web.Next{Path: QueueOf(of(f)), Tone: ui.Info, Notice: "moderation.none_free"}, err
	}
	return web.Done(QueueOf(of(f)), "moderation.taken"), err
}

func (s *Service) giveBack(_ http.ResponseWriter, r *http.Request, f ui.Form) (web.Next, error) {
	return web.Done(QueueOf(of(f)), "moderation.given_back"), s.GiveBack(r.Context(), web.Actor(r))
}
