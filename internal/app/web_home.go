package app

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// homePage answers two questions: what can I take part in now, and what came of it. What it
// shows comes from the parts, as data.
type homePage struct {
	ui.Page
	Now      []part.Open
	All      int64 // how many there are to take part in
	Week     []part.Dated
	Came     []part.Result
	Promises part.Promises
	Verbs    []door
	Numbers  []ui.Number
}

// Empty reports whether nothing has happened in the city yet.
func (p homePage) Empty() bool {
	return len(p.Now)+len(p.Week)+len(p.Came)+len(p.Numbers) == 0 && p.owed() == 0
}

// owed is how many promises have met their date, kept or not.
func (p homePage) owed() int64 { return p.Promises.InTime + p.Promises.Late + p.Promises.Overdue }

// The home page shows so many of each; the lists behind it show all.
const (
	homeNow     = 3
	homeWeek    = 3
	homeCame    = 2
	homeNumbers = 4
)

// topics are those of everything that parts give to pages which belong to nobody: each part
// touches the topic of its own name when that changes.
func (a *App) topics() (names []string) {
	for _, p := range a.parts {
		names = append(names, p.Name)
	}
	return names
}

func (a *App) home(w http.ResponseWriter, r *http.Request) error {
	l := web.L(r)
	p := homePage{Page: web.NewPage(w, r, l.T("app.home_title"))}
	p.Lede, p.HideHead = l.T("app.home_lede"), true
	mine, err := a.gatherOwn(r, p)
	if err != nil {
		return err
	}
	content, err := web.Fragment(r, "home", a.topics(), func() (templ.Component, error) {
		err := a.DB.Read(r.Context(), func(tx *storage.Tx) error { return a.gatherHome(tx, r, &p) })
		return homeContent(p, a.Settings.Current()), err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homeView(p, mine, content))
}

// gatherHome fetches what every reader is shown.
func (a *App) gatherHome(tx *storage.Tx, r *http.Request, p *homePage) error {
	then := a.trendBegins(tx.Now())
	var numbers []part.Number
	for _, part := range slices.Backward(a.parts) { // what people do in front, the services below it last
		if part.Now != nil {
			open, total, err := part.Now(tx, homeNow)
			if err != nil {
				return err
			}
			p.Now, p.All = append(p.Now, open...), p.All+total
		}
		if part.Week != nil {
			dated, err := part.Week(tx, tx.Now(), tx.Now().AddDate(0, 0, 7), homeWeek)
			if err != nil {
				return err
			}
			p.Week = append(p.Week, dated...)
		}
		if part.Came != nil {
			results, err := part.Came(tx, homeCame)
			if err != nil {
				return err
			}
			p.Came = append(p.Came, results...)
		}
		if part.Promises != nil {
			kept, err := part.Promises(tx)
			if err != nil {
				return err
			}
			p.Promises = together(p.Promises, kept)
		}
		if part.Numbers != nil {
			some, err := part.Numbers(tx, then)
			if err != nil {
				return err
			}
			numbers = append(numbers, some...)
		}
	}
	p.Now = mixed(p.Now, homeNow)
	slices.SortStableFunc(p.Came, func(x, y part.Result) int { return y.At.Compare(x.At) })
	slices.SortStableFunc(p.Week, func(x, y part.Dated) int { return x.At.Compare(y.At) })
	// Nothing is said twice on a phone: what people are invited to is not a date of the week too.
	p.Week = slices.DeleteFunc(p.Week, func(d part.Dated) bool {
		return slices.ContainsFunc(p.Now, func(o part.Open) bool { return o.Path == d.Path })
	})
	p.Came, p.Week = p.Came[:min(len(p.Came), homeCame)], p.Week[:min(len(p.Week), homeWeek)]
	p.Numbers = a.telling(p.Page, numbers)
	var err error
	p.Verbs, err = a.verbDoors(tx, r, p.Page)
	return err
}

func together(x, y part.Promises) part.Promises {
	return part.Promises{InTime: x.InTime + y.InTime, Late: x.Late + y.Late, Overdue: x.Overdue + y.Overdue, Path: cmp.Or(x.Path, y.Path)}
}

// mixed chooses what people are invited to: first what needs no account, then what ends soon;
// and one of each kind of thing before a second of any.
func mixed(all []part.Open, most int) []part.Open {
	slices.SortStableFunc(all, func(x, y part.Open) int {
		if x.Anyone != y.Anyone {
			return cmp.Compare(rank(y.Anyone), rank(x.Anyone))
		}
		if x.Until.IsZero() != y.Until.IsZero() { // what has no end can wait
			return cmp.Compare(rank(x.Until.IsZero()), rank(y.Until.IsZero()))
		}
		return x.Until.Compare(y.Until)
	})
	all = oneOfEach(all, func(o part.Open) string { return o.Kind })
	return all[:min(most, len(all))]
}

// telling chooses the numbers to be shown: none that says nothing yet, and one of each part
// before a second of any.
func (a *App) telling(p ui.Page, all []part.Number) (out []ui.Number) {
	all = slices.DeleteFunc(all, func(n part.Number) bool { return n.Value == 0 })
	for _, n := range oneOfEach(all, func(n part.Number) string { return part.Owner(n.Label) }) {
		out = append(out, ui.Number{Value: p.L.Number(n.Value), Label: p.T(n.Label, "Count", n.Value), Path: n.Path, Trend: a.trend(p, n)})
	}
	return out[:min(homeNumbers, len(out))]
}

// trendBegins is the beginning of the city's day with which the numbers of today are compared.
func (a *App) trendBegins(now time.Time) time.Time {
	y, m, d := now.In(a.Settings.Zone()).Date()
	return time.Date(y, m, d-int(a.Settings.Value(trendDays)), 0, 0, 0, 0, a.Settings.Zone())
}

// trend says how a number changed. Where nothing was there before, the change would only
// repeat the number.
func (a *App) trend(p ui.Page, n part.Number) ui.Trend {
	if n.Then == nil || *n.Then == 0 {
		return ui.Trend{}
	}
	days, by := a.Settings.Value(trendDays), n.Value-*n.Then
	switch {
	case by > 0:
		return ui.Trend{Shape: ui.Rising, Text: p.T("app.trend", "Count", days, "By", "+"+p.L.Number(by))}
	case by < 0:
		return ui.Trend{Shape: ui.Falling, Text: p.T("app.trend", "Count", days, "By", "−"+p.L.Number(-by))}
	}
	return ui.Trend{Shape: ui.Level, Text: p.T("app.trend_none", "Count", days)}
}

// oneOfEach puts the first of every sort in front of the others, and keeps the order otherwise.
func oneOfEach[T any](all []T, sort func(T) string) []T {
	var first, rest []T
	seen := map[string]bool{}
	for _, v := range all {
		if seen[sort(v)] {
			rest = append(rest, v)
		} else {
			first = append(first, v)
		}
		seen[sort(v)] = true
	}
	return append(first, rest...)
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// ownNews is what the home page tells the one who is signed in.
type ownNews struct {
	Answers int            // official answers to what they took part in, not yet looked at
	Soon    int            // things to take part in that end within soonDays
	SoonTo  string         // where they are: the one itself, or the list that the first of them is in
	Waiting int            // work that waits for them
	Overdue int            // of it
	Steps   []part.Waiting // what an administrator sets up next
}

func (a *App) gatherOwn(r *http.Request, p homePage) (n ownNews, err error) {
	actor := p.Actor
	if !actor.SignedIn() {
		return n, nil
	}
	err = a.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if n.Answers, err = a.Notifications.UnreadAnswers(tx, actor.Account); err != nil {
			return err
		}
		soon, first := tx.Now().AddDate(0, 0, int(a.Settings.Value(soonDays))), ""
		for _, part := range a.parts {
			if part.Now == nil {
				continue
			}
			open, _, err := part.Now(tx, deskMost)
			if err != nil {
				return err
			}
			for _, o := range open {
				if !o.Until.IsZero() && o.Until.Before(soon) {
					n.Soon++
					first = cmp.Or(first, o.Path)
				}
			}
		}
		if n.SoonTo = first; n.Soon > 1 {
			n.SoonTo = listOf(p, first)
		}
		if !a.hasDesk(actor) {
			return nil
		}
		waiting, err := a.gatherDesk(tx, actor)
		if err != nil {
			return err
		}
		n.Waiting = len(waiting)
		for _, w := range waiting {
			n.Overdue += rank(w.Stage == part.Overdue)
		}
		n.Steps, err = a.firstSteps(tx, r, p, waiting)
		return err
	})
	return n, err
}

// listOf is the list in which a thing stands; the thing itself where there is none.
func listOf(p homePage, path string) string {
	for _, v := range p.Page.Verbs {
		for _, item := range v.Items {
			if (part.Nav{Path: item.Path}).Holds(path) {
				return item.Path
			}
		}
	}
	return path
}

// firstSteps are what an administrator prepares next, while the city is empty.
func (a *App) firstSteps(tx *storage.Tx, r *http.Request, p homePage, waiting []part.Waiting) ([]part.Waiting, error) {
	steps := slices.DeleteFunc(waiting, func(w part.Waiting) bool { return w.Stage != part.Prepare })
	if !p.Actor.Has(civic.Administrator) || len(steps) == 0 {
		return nil, nil
	}
	// Whether the city is empty takes all that the page shows, so it is asked last.
	if err := a.gatherHome(tx, r, &p); err != nil || !p.Empty() {
		return nil, err
	}
	return steps, nil
}
