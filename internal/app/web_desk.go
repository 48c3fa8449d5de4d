package app

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// deskMost is how much of what waits each part tells the desk at most.
const deskMost = 50

// deskShown is how much of what waits at one stage is seen at once. The rest is folded: it is less urgent, and a
// phone would show it on its eighth screen.
const deskShown = 1

// stage is one list of the desk.
type stage struct {
	Stage part.Stage
	Items []part.Waiting
}

type deskPage struct {
	ui.Page
	Stages []stage
	Tools  []door
}

// hasDesk reports whether somebody has work to do in the city beside their own affairs.
func (a *App) hasDesk(actor civic.Actor) bool { return len(a.entries(actor, part.Work)) > 0 }

// begin is where people go after they signed in: staff to their desk, others to the home page,
// which tells them what is new.
func (a *App) begin(actor civic.Actor) string {
	if a.hasDesk(actor) {
		return "/desk"
	}
	return "/"
}

// showDesk is where staff begin: what waits for them in all parts, the most urgent first.
func (a *App) showDesk(w http.ResponseWriter, r *http.Request) error {
	p := deskPage{Page: web.NewPage(w, r, web.L(r).T("app.desk_title"))}
	p.Lede, p.NoIndex = web.L(r).T("app.desk_lede"), true
	err := a.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		all, err := a.gatherDesk(tx, web.Actor(r))
		if err != nil {
			return err
		}
		p.Stages = byStage(all)
		p.Tools, err = a.doors(tx, r, p.Page, part.Work)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskView(p, a.Settings.Calendar()))
}

// gatherDesk is what waits for the actor in all parts; whatever is past its date is Overdue.
func (a *App) gatherDesk(tx *storage.Tx, actor civic.Actor) (all []part.Waiting, err error) {
	for _, p := range a.parts {
		if p.Desk == nil {
			continue
		}
		waiting, err := p.Desk(tx, actor, deskMost)
		if err != nil {
			return nil, err
		}
		for _, w := range waiting {
			if !w.Due.IsZero() && tx.Now().After(w.Due) {
				w.Stage = part.Overdue
			}
			all = append(all, w)
		}
	}
	return all, nil
}

// byStage sorts what waits into the lists of the desk: what is due first in front, then what
// has waited longest.
func byStage(all []part.Waiting) (out []stage) {
	for _, s := range part.Stages() {
		list := stage{Stage: s}
		for _, w := range all {
			if w.Stage == s {
				list.Items = append(list.Items, w)
			}
		}
		slices.SortStableFunc(list.Items, func(x, y part.Waiting) int {
			if x.Due.IsZero() != y.Due.IsZero() {
				return cmp.Compare(rank(x.Due.IsZero()), rank(y.Due.IsZero()))
			}
			if c := x.Due.Compare(y.Due); c != 0 {
				return c
			}
			return x.Since.Compare(y.Since)
		})
		if len(list.Items) > 0 {
			out = append(out, list)
		}
	}
	return out
}

// mineShown is how much of it stands unfolded.
const mineShown = 12

// mineMost is how much of what a person did each part tells their page at most.
const mineMost = 20

type mePage struct {
	ui.Page
	Mine []part.Mine
	Own  []door
	// Remembered: an address was confirmed in this browser, and what is done with it stands here.
	Remembered bool
}

// mineIn is what whoever asks did in a part: with their account, or in this browser without one.
func mineIn(tx *storage.Tx, p part.Running, r *http.Request) ([]part.Mine, error) {
	switch a := web.Actor(r); {
	case a.SignedIn() && p.Me != nil:
		return p.Me(tx, a, mineMost)
	case !a.SignedIn() && p.Here != nil:
		return p.Here(tx, r, mineMost)
	}
	return nil, nil
}

// showMe is a person's own page: what they did in the city and what became of it. Who is not signed in finds
// what this browser did, because nobody can write to them of what became of it.
func (a *App) showMe(w http.ResponseWriter, r *http.Request) error {
	p := mePage{Page: web.NewPage(w, r, web.L(r).T("app.me_title"))}
	p.Lede, p.NoIndex = web.L(r).T("app.me_lede"), true
	if !p.Actor.SignedIn() {
		p.Lede = p.T("app.me_here_lede")
	}
	err := a.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		if !p.Actor.SignedIn() {
			reader, _, err := notifications.Here(tx, r)
			if err != nil {
				return err
			}
			p.Remembered = reader != ""
		}
		for _, of := range a.parts {
			mine, err := mineIn(tx, of.Running, r)
			if err != nil {
				return err
			}
			p.Mine = append(p.Mine, mine...)
		}
		slices.SortStableFunc(p.Mine, func(x, y part.Mine) int { return y.At.Compare(x.At) })
		p.Own, err = a.doors(tx, r, p.Page, part.Own)
		return err
	})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, meView(p))
}
