package surveys

import (
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

func kinds() []part.Kind {
	return []part.Kind{{Name: Kind, Titles: titles, Searched: true, Followed: true, Asking: part.Asking{Asked: asked, Askers: askers}}}
}

// titles names a survey to everybody once it is open, and before to its body.
func titles(tx *storage.Tx, a civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := byIDs(tx, ids)
	out := map[civic.ID]part.Resolved{}
	for _, s := range all {
		switch {
		case s.Public():
			out[s.ID] = part.Resolved{Title: s.Title, Path: Path(s.ID)}
		case mayPrepare(a, s.Body):
			out[s.ID] = part.Resolved{Title: s.Title, Path: deskPath(s.ID)}
		}
	}
	return out, err
}

// Who answered with an account asked: they say whether the body's answer is one.

func asked(tx *storage.Tx, id, account civic.ID) (bool, error) {
	s, err := find(tx, id)
	if err != nil {
		return false, err
	}
	return tookPart(tx, s, account)
}

func askers(tx *storage.Tx, id, after civic.ID, most int) ([]civic.ID, error) {
	s, err := find(tx, id)
	if err != nil {
		return nil, err
	}
	return askersOf(tx, s, after, most)
}
