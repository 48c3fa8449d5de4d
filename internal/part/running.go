package part

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/jobs"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// Running is what a part hands over once the services run.
type Running struct {
	// Service is the part's own, for the command line, the demonstration and tests, which know
	// its type.
	Service any

	Routes     []web.Route
	Jobs       []jobs.Kind
	Periodics  []jobs.Periodic
	Background []Background

	// Unlisted are addresses of pages that belong to no entry of the navigation: one gets there
	// by a link or a mail.
	Unlisted []string

	Takes   []Take    // what it takes over of other cities' blueprints
	Unknown []Unknown // what nobody but the city itself can say of it

	Nav      []Nav                                                                      // its entries in the navigation
	Now      func(tx *storage.Tx, most int) (open []Open, total int64, err error)       // what people can take part in, the soonest end first
	Week     func(tx *storage.Tx, from, to time.Time, most int) ([]Dated, error)        // what happens between two instants, the earliest first
	Came     func(tx *storage.Tx, most int) ([]Result, error)                           // what came of what people did, the latest first
	Promises func(tx *storage.Tx) (Promises, error)                                     // how those who owed something by a date kept it
	Numbers  func(tx *storage.Tx, then time.Time) ([]Number, error)                     // the part in a few numbers, now and then, the most telling first
	Desk     func(tx *storage.Tx, actor civic.Actor, most int) ([]Waiting, error)       // what waits for the actor's work, the most urgent first
	Me       func(tx *storage.Tx, actor civic.Actor, most int) (mine []Mine, err error) // what the person did here and what became of it, the latest first
	Here     Here                                                                       // nil: nobody takes part without an account
	Locate   Locate                                                                     // nil: nothing of it has an address and a point
}

// Background is work that goes on beside the answering of requests.
type Background struct {
	Name string // for the log
	// Run works until ctx ends. When it returns an error before, that is logged and it is not
	// started again.
	Run func(ctx context.Context) error
	// Settle does now whatever Run would have done by now, and returns: for tests, and for
	// commands that serve nobody. nil: there is nothing of the kind.
	Settle func(ctx context.Context) error
}

// Menu is a list of entries that lead somewhere: the five verbs of the navigation, and those
// of the person who is signed in.
type Menu string

const (
	Speak  Menu = "speak"
	Decide Menu = "decide"
	Learn  Menu = "learn"
	Join   Menu = "join"
	Check  Menu = "check"

	Own            Menu = "me"             // what belongs to the person
	Work           Menu = "desk"           // what staff do
	Administration Menu = "administration" // what administrators set up
	Foot           Menu = "foot"           // at the foot of every page
)

// Verbs are the menus of the navigation in their order.
func Verbs() []Menu { return []Menu{Speak, Decide, Learn, Join, Check} }

// Nav is one entry of a menu. Pages at its address, and below, belong to it.
type Nav struct {
	Menu  Menu
	Place int    // entries of a menu stand in the order of their places; see docs/add-a-capability.md
	Text  string // key of its name
	Lede  string // key of one sentence about it, for the page of the verb
	Path  string // without the language
	Also  []string
	// Access is who is shown the entry; the zero value is everyone.
	Access web.Access
	// Count is how many there are now and Counted the key of the message that says so, with the
	// value Count; nil where there is nothing to count.
	Count   func(tx *storage.Tx) (int64, error)
	Counted string
}

// Open is something that people can take part in now.
type Open struct {
	Kind     string // of the thing: its name is the card's tag
	Title    civic.Text
	Path     string
	Who      string // key of the message that says who may take part
	Anyone   bool   // no account is needed first
	Minutes  int    // that it takes; 0: not known
	Until    time.Time
	District string // code (city.District); "": the whole city
	Facts    []civic.Message
}

// Result is what came of what people did.
type Result struct {
	Kind  string
	Title civic.Text
	Path  string
	At    time.Time
	Body  civic.Text    // who answered or delivered
	Said  civic.Message // "Answered in time"
	Tone  ui.Tone
	Facts []civic.Message // "9 of 12 taken"
}

// Promises counts what was owed to the public by a date, such as an answer.
type Promises struct {
	InTime, Late int64  // given
	Overdue      int64  // not given, though the date has passed
	Path         string // where those that are owed are listed, without the language
}

// Dated is something that happens at a time.
type Dated struct {
	Kind     string
	Title    civic.Text
	Path     string
	At       time.Time
	Place    civic.Text
	District string // code; "": the whole city, or the place says it
}

// Number is a figure of the city, and where it can be looked into.
type Number struct {
	Value int64
	Then  *int64 // what it was at the beginning of the earlier day that was asked about; nil: not known
	Label string // key of what it counts, which agrees with the number (Count) and does not hold it
	Path  string
}

// Stage is what a person's work does to what waits for it. They are the columns of the desk.
type Stage string

const (
	Overdue  Stage = "overdue" // chosen by the desk itself: whatever has a Due that has passed
	Answer   Stage = "answer"
	Moderate Stage = "moderate"
	Verify   Stage = "verify"
	Decision Stage = "decide"
	Prepare  Stage = "prepare" // drafts, and what is to be set up
)

// Stages are those of the desk in their order.
func Stages() []Stage { return []Stage{Overdue, Answer, Moderate, Verify, Decision, Prepare} }

// Waiting is something that waits for somebody's work.
type Waiting struct {
	Stage Stage
	Kind  string
	Title civic.Text
	What  civic.Message // "4 statements wait"
	Path  string
	Due   time.Time // zero: no deadline
	Since time.Time
}

// Mine is something that a person did, and what became of it.
type Mine struct {
	Kind  string // "": none, as of what is followed
	Title civic.Text
	Path  string
	At    time.Time
	State civic.Message
	Tone  ui.Tone
}

// Check says what a running part lacks, with an error that names it. The program calls it
// before it serves.
func (p Part) Check(r Running, declared *Declared) error {
	var problems []string
	for _, point := range []struct {
		point Point
		there bool
	}{
		{PointNav, len(r.Nav) > 0}, {PointNow, r.Now != nil}, {PointWeek, r.Week != nil}, {PointCame, r.Came != nil},
		{PointPromises, r.Promises != nil}, {PointNumbers, r.Numbers != nil}, {PointDesk, r.Desk != nil}, {PointMe, r.Me != nil},
	} {
		problems = append(problems, p.has(point.point, point.there)...)
	}
	problems = append(problems, p.checkTakes(r, declared)...)
	for _, n := range r.Nav {
		problems = append(problems, p.checkNav(n, r.Routes, declared)...)
	}
	for _, path := range r.Unlisted {
		if !slices.ContainsFunc(r.Routes, func(rt web.Route) bool { return rt.Method == "GET" && within(rt.Pattern, path) }) {
			problems = append(problems, fmt.Sprintf("%s is Unlisted, and no page is there", path))
		}
	}
	for _, h := range p.Help {
		path, _, _ := strings.Cut(h.Path, "?")
		if _, there := pageAt(r.Routes, path); path != "" && !there {
			problems = append(problems, fmt.Sprintf("the topic of help %q leads to %s, and the part has no page there", h.Name, path))
		}
	}
	for _, rt := range r.Routes {
		listed := slices.ContainsFunc(r.Nav, func(n Nav) bool { return n.Holds(rt.Pattern) }) ||
			slices.ContainsFunc(r.Unlisted, func(path string) bool { return within(rt.Pattern, path) })
		if rt.Method == "GET" && !rt.Plain && !listed {
			problems = append(problems, fmt.Sprintf("the page %s belongs to no entry of the navigation and is not Unlisted", rt.Pattern))
		}
	}
	for _, k := range r.Jobs {
		problems = append(problems, p.owns("job", k.Name)...)
		if !declared.Has(JobKey(k.Name)) {
			problems = append(problems, fmt.Sprintf("the text %s is missing: the name of the background work %q", JobKey(k.Name), k.Name))
		}
	}
	return fault(p.Name, problems)
}

func (p Part) checkNav(n Nav, routes []web.Route, declared *Declared) (problems []string) {
	if !slices.Contains(append(Verbs(), Own, Work, Administration, Foot), n.Menu) {
		problems = append(problems, fmt.Sprintf("the entry %s of the navigation is in no menu: %q", n.Path, n.Menu))
	}
	for _, key := range []string{n.Text, n.Lede, n.Counted} {
		if key != "" && !declared.Has(key) || key == "" && (key == n.Text) {
			problems = append(problems, fmt.Sprintf("the entry %s of the navigation lacks its text %q", n.Path, key))
		}
	}
	if !strings.HasPrefix(n.Path, "/") || (n.Count == nil) != (n.Counted == "") {
		problems = append(problems, fmt.Sprintf("the entry %q of the navigation has no address, or a count without its words", n.Path))
	}
	for _, also := range n.Also {
		if !slices.ContainsFunc(routes, func(rt web.Route) bool { return within(rt.Pattern, also) }) {
			problems = append(problems, fmt.Sprintf("the entry %s of the navigation holds %s too, and no page is there", n.Path, also))
		}
	}
	page, there := pageAt(routes, n.Path)
	shownTo := cmp.Or(n.Access.Name, web.Everyone.Name)
	switch {
	case !there:
		problems = append(problems, fmt.Sprintf("the entry %s of the navigation leads to no page of the part", n.Path))
	case shownTo != page.Access.Name:
		problems = append(problems, fmt.Sprintf("the entry %s of the navigation is shown to %s, and its page to %s", n.Path, shownTo, page.Access.Name))
	}
	return problems
}

// pageAt is the page with exactly that address.
func pageAt(routes []web.Route, path string) (web.Route, bool) {
	i := slices.IndexFunc(routes, func(rt web.Route) bool { return rt.Method == "GET" && rt.Pattern == path })
	if i < 0 {
		return web.Route{}, false
	}
	return routes[i], true
}

// Holds reports whether a page belongs to the entry, by its address without the language.
func (n Nav) Holds(page string) bool {
	page, _, _ = strings.Cut(page, "?")
	return within(page, n.Path) || slices.ContainsFunc(n.Also, func(path string) bool { return within(page, path) })
}

// within reports whether a page is the one at path or below it.
func within(page, path string) bool {
	return page == path || path != "/" && strings.HasPrefix(page, strings.TrimSuffix(path, "/")+"/")
}
