package booking

import (
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// mostSeen bounds what doors saw of some accounts in a time.
const mostSeen = 2000

// Seen is the first reading of a ticket of an account at the door of a thing. Whoever came along may have held it.
type Seen struct {
	Account civic.ID
	Thing   civic.Ref
	At      time.Time
	Whose
}

// SeenAtDoors tells what doors saw of some accounts in a time, in its order, for parts for which that is evidence. Whoever shows it shows it to those who run the thing, or to whom it is about.
func (s *Service) SeenAtDoors(tx *storage.Tx, accounts []civic.ID, from, to time.Time) (out []Seen, err error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	all, err := seenAt(tx, accounts, from, to)
	ids := map[string][]civic.ID{}
	for _, v := range all {
		ids[v.Thing.Kind] = append(ids[v.Thing.Kind], v.Thing.ID)
	}
	whose := map[string]map[civic.ID]Whose{}
	for kind := range ids {
		if ask := s.owners[kind].Whose; ask != nil && err == nil {
			whose[kind], err = ask(tx, ids[kind])
		}
	}
	for _, v := range all {
		if w, told := whose[v.Thing.Kind][v.Thing.ID]; told {
			v.Whose = w
			out = append(out, v)
		}
	}
	return out, err
}
