package app

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// homePage answers two questions: what can I take part in now, and what came of it. What it
// shows comes from the parts, as data.
type homePage struct {
	ui.Page
	Now     []part.Open
	All     int64 // how many there are to take part in
	Week    []part.Dated
	Came    []part.Result
	Numbers []ui.Number
	Doors   []door
}

// The home page shows so many of each; the lists behind it show all.
const (
	homeNow  = 3
	homeWeek = 3
	homeCame = 4
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
	content, err := web.Fragment(r, "home", a.topics(), func() (templ.Component, error) {
		err := a.DB.Read(r.Context(), func(tx *storage.Tx) error { return a.gatherHome(tx, r, &p) })
		return homeContent(p, a.Rules.Calendar()), err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homeView(p, content))
}

func (a *App) gatherHome(tx *storage.Tx, r *http.Request, p *homePage) error {
	for _, part := range a.parts {
		if part.Now != nil {
			open, total, err := part.Now(tx, homeNow)
			if err != nil {
				return err
			}
			p.Now, p.All = append(p.Now, open...), p.All+total
		}
		if part.Came != nil {
			results, err := part.Came(tx, homeCame)
			if err != nil {
				return err
			}
			p.Came = append(p.Came, results...)
		}
		if part.Week != nil {
			dated, err := part.Week(tx, tx.Now(), tx.Now().AddDate(0, 0, 7), homeWeek)
			if err != nil {
				return err
			}
			p.Week = append(p.Week, dated...)
		}
		if part.Numbers != nil {
			numbers, err := part.Numbers(tx)
			if err != nil {
				return err
			}
			for _, n := range numbers {
				p.Numbers = append(p.Numbers, ui.Number{Value: p.L.Number(n.Value), Label: p.T(n.Label), Path: n.Path})
			}
		}
	}
	p.Now = mixed(p.Now, homeNow)
	slices.SortStableFunc(p.Came, func(x, y part.Result) int { return y.At.Compare(x.At) })
	slices.SortStableFunc(p.Week, func(x, y part.Dated) int { return x.At.Compare(y.At) })
	p.Came, p.Week = p.Came[:min(len(p.Came), homeCame)], p.Week[:min(len(p.Week), homeWeek)]
	for _, verb := range part.Verbs() {
		doors, err := a.doors(tx, r, p.Page, verb)
		if err != nil {
			return err
		}
		p.Doors = append(p.Doors, doors...)
	}
	return nil
}

// mixed chooses what people are invited to: first what needs no account, then what ends soon;
// and one of each kind of thing before a second of any.
func mixed(all []part.Open, most int) []part.Open {
	slices.SortStableFunc(all, func(x, y part.Open) int {
		if x.Anyone != y.Anyone {
			return cmp.Compare(rank(y.Anyone), rank(x.Anyone))
		}
		return x.Until.Compare(y.Until)
	})
	var first, rest []part.Open
	for _, o := range all {
		if slices.ContainsFunc(first, func(f part.Open) bool { return f.Kind == o.Kind }) {
			rest = append(rest, o)
		} else {
			first = append(first, o)
		}
	}
	all = append(first, rest...)
	return all[:min(most, len(all))]
}

func rank(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
