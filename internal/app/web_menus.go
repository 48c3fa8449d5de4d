package app

import (
	"fmt"
	"net/http"

	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/platform/web"
)

// door is an entry of a menu as a card: what one finds behind it, and how much of it.
type door struct {
	Kind              ui.Kind
	Title, Lede, Path string
	Counts            []string
}

// doors are the entries of a menu with their live counts.
func (a *App) doors(tx *storage.Tx, r *http.Request, p ui.Page, menu part.Menu) (out []door, err error) {
	for _, n := range a.menu(r, menu) {
		d := door{Kind: ui.Kind(menu), Title: p.T(n.Text), Path: n.Path}
		if n.Lede != "" {
			d.Lede = p.T(n.Lede)
		}
		if n.Count != nil {
			count, err := n.Count(tx)
			if err != nil {
				return nil, fmt.Errorf("counting %s: %w", n.Path, err)
			}
			if count > 0 { // an empty city is told of in better words than zeros
				d.Counts = []string{p.T(n.Counted, "Count", count)}
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// verbCounts is how many counts stand under a verb: the first, so that the home page stays short on a phone. The verb's own page has all.
const verbCounts = 2

// verbDoors are the verbs that the city has something under, each with what can be counted
// there.
func (a *App) verbDoors(tx *storage.Tx, r *http.Request, p ui.Page) (out []door, err error) {
	for _, verb := range part.Verbs() {
		below, err := a.doors(tx, r, p, verb)
		if err != nil {
			return nil, err
		}
		if len(below) == 0 {
			continue
		}
		d := door{Kind: ui.Kind(verb), Title: p.T(verbKey(verb)), Lede: p.T("app.menu_lede_" + string(verb)), Path: "/" + string(verb)}
		for _, b := range below {
			d.Counts = append(d.Counts, b.Counts...)
		}
		d.Counts = d.Counts[:min(len(d.Counts), verbCounts)]
		out = append(out, d)
	}
	return out, nil
}

type menuPage struct {
	ui.Page
	Doors []door
}

// showMenu is the page of a menu, headed by the text title: a card for each of its entries.
func (a *App) showMenu(menu part.Menu, title string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := menuPage{Page: web.NewPage(w, r, web.L(r).T(title))}
		p.Lede = web.L(r).T("app.menu_lede_" + string(menu))
		err := a.DB.Read(r.Context(), func(tx *storage.Tx) (err error) { p.Doors, err = a.doors(tx, r, p.Page, menu); return err })
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, menuView(p))
	}
}
