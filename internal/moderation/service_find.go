package moderation

import (
	"slices"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// taken lists what the actor has taken and still waits.
func (s *Service) taken(tx *storage.Tx, a civic.Actor) ([]Item, error) {
	claims, err := claimsOf(tx, a.Account, tx.Now())
	if err != nil {
		return nil, err
	}
	var things []civic.Ref
	for _, c := range claims {
		things = append(things, c.Thing)
	}
	items, err := s.find(tx, a, things...)
	items = slices.DeleteFunc(items, func(i Item) bool { return !i.Waits && i.Contest == nil })
	slices.SortStableFunc(items, before)
	return items, err
}

// find gives things as moderators see them, with their contests that wait; those on which the actor
// may not decide are missing.
func (s *Service) find(tx *storage.Tx, a civic.Actor, things ...civic.Ref) (items []Item, err error) {
	if len(things) == 0 {
		return nil, nil
	}
	contests, err := contestsAbout(tx, things)
	if err != nil {
		return nil, err
	}
	ids := map[string][]civic.ID{}
	for _, thing := range things {
		ids[thing.Kind] = append(ids[thing.Kind], thing.ID)
	}
	for _, kind := range s.declared.Moderated() {
		found, err := kind.Moderated.Find(tx, a, ids[kind.Name])
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			item := Item{ToModerate: w, Ref: civic.Ref{Kind: kind.Name, ID: w.ID}}
			if c, there := contests[item.Ref]; there && c.Waits() {
				item.Contest, item.Since = &c, c.AskedAt
			}
			items = append(items, item)
		}
	}
	return items, nil
}

// contestQueue is the name of the queue of what is contested, among those of the kinds.
const contestQueue = "contests"

// contested lists what waits for another decision and the actor did not remove, what is near its time first.
func (s *Service) contested(tx *storage.Tx, a civic.Actor, page part.QueuePage) (items []Item, err error) {
	place, _ := storage.ParsePlace(page.After)
	for {
		contests, err := waitingContests(tx, a.Account, place, page.Most)
		if err != nil {
			return nil, err
		}
		for _, c := range contests {
			place = storage.PlaceAt(storage.Millis(c.due), c.Decision)
			found, err := s.find(tx, a, c.Thing)
			if err != nil {
				return nil, err
			}
			for _, i := range found {
				if i.Contest != nil && (page.Of == civic.Ref{} || page.Of == i.Of) {
					i.At, i.queue = place.String(), contestQueue
					items = append(items, i)
				}
			}
			if len(items) == page.Most {
				return items, nil
			}
		}
		if len(contests) < page.Most {
			return items, nil
		}
	}
}
