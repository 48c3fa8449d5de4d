package appeals

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/lexis"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// compared is an appeal with its words, found once.
type compared struct {
	Appeal
	title, all map[string]bool
}

func compare(a Appeal) compared {
	return compared{a, lexis.Terms(a.Title), lexis.Terms(a.Title + " " + lexis.Opening(a.Words))}
}

// likeness says how much an appeal is like another, from 0 to 1; the greater, the more. From alikeFrom on people are asked whether it
// is the same.
func likeness(a, b compared) float64 {
	l := max(lexis.Share(a.title, b.title), lexis.Share(a.all, b.all))
	switch {
	case a.Point.Near(b.Point):
		l += 0.3
	case a.District != "" && b.District != "" && a.District != b.District:
		l -= 0.2
	}
	return min(l, 1)
}

const (
	alikeFrom  = 0.5
	alikeMost  = 3
	alikeAmong = 300 // of the latest that everybody reads and that are not closed
)

// Alike finds what is already there like an appeal that somebody is about to file: among the latest that everybody reads, in like words
// or at the same place. Anybody may ask.
func (s *Service) Alike(ctx context.Context, a Appeal) (out []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := openNow(tx, alikeAmong)
		if err != nil {
			return err
		}
		mine, like := compare(a), map[civic.ID]float64{}
		all = slices.DeleteFunc(all, func(other Appeal) bool {
			like[other.ID] = likeness(mine, compare(other))
			return like[other.ID] < alikeFrom
		})
		slices.SortStableFunc(all, func(x, y Appeal) int { return cmp.Compare(like[y.ID], like[x.ID]) })
		out, err = s.listed(tx, all[:min(len(all), alikeMost)])
		return err
	})
	return out, err
}

// Suggest names bodies whose an appeal may be, the likeliest first: by what the register says that they do, and where. Anybody may ask.
func (s *Service) Suggest(ctx context.Context, a Appeal) (out []organisations.Named, err error) {
	const most = 2
	said := lexis.Terms(a.Title + " " + a.Words)
	type body struct {
		organisations.Named
		fits int
	}
	var all []body
	err = s.city.Organisations.Each(ctx, organisations.Query{Kind: organisations.StateBody, Status: organisations.Active}, func(o organisations.Organisation) error {
		fits := 0
		for t := range lexis.Terms(search.Join(o.Name, o.Mission)) {
			if said[t] {
				fits++
			}
		}
		elsewhere := a.District != "" && len(o.Districts) > 0 && !slices.Contains(o.Districts, a.District)
		if slices.Contains(o.Themes, a.Theme) {
			fits++
		}
		if fits > 0 && !elsewhere {
			all = append(all, body{organisations.Named{ID: o.ID, Name: o.Name, Path: organisations.PathOf(o.ID)}, fits})
		}
		return nil
	})
	slices.SortStableFunc(all, func(x, y body) int { return cmp.Compare(y.fits, x.fits) })
	for _, b := range all[:min(len(all), most)] {
		out = append(out, b.Named)
	}
	return out, err
}

// Join says that an appeal which everybody reads is somebody's too, with a note for the body alone; saying it again changes the note.
// Whoever joins follows it. Permission: whoever has an account with a confirmed address, but who filed it. Errors: civic.Forbidden,
// civic.NotFound, civic.Closed, civic.Invalid with "note".
func (s *Service) Join(ctx context.Context, actor civic.Actor, id civic.ID, note string) error {
	note = strings.TrimSpace(note)
	err := s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		if err := a.mayJoin(actor); err != nil {
			return err
		}
		if utf8.RuneCountInString(note) > maxReason {
			return civic.Wrong("note", "appeals.too_long", "Count", maxReason)
		}
		mark, err := s.markOf(tx, a, actor)
		if err != nil {
			return err
		}
		// Who joined by mail, and then with the account of that address, has joined once.
		before, there, err := joinMarked(tx, a, mark)
		if err == nil && there && before.Account != actor.Account {
			err = deleteJoin(tx, a, before.Account)
		}
		if err != nil {
			return err
		}
		tx.Touch(topic)
		return putJoin(tx, a, Joined{Account: actor.Account, Note: note, At: tx.Now(), mark: mark})
	})
	if err != nil {
		return err
	}
	return s.city.Notifications.Follow(ctx, actor.Account, Ref(id))
}

// Leave takes back that an appeal is somebody's too.
func (s *Service) Leave(ctx context.Context, actor civic.Actor, id civic.ID) error {
	return s.alone(ctx, id, func(tx *storage.Tx, a Appeal) error {
		tx.Touch(topic)
		return deleteJoin(tx, a, actor.Account)
	})
}

// mayJoin is nil when the actor can say that the appeal is theirs too.
func (a Appeal) mayJoin(actor civic.Actor) error {
	if a.Text == Shown && (!actor.Has(civic.Resident) || a.own(actor)) {
		return notYours()
	}
	return a.takesJoins()
}

// mayAskToJoin is mayJoin, of which who has no account with a confirmed address asks by mail.
func (a Appeal) mayAskToJoin(actor civic.Actor) error {
	if !actor.Has(civic.Resident) && !a.own(actor) {
		return a.takesJoins()
	}
	return a.mayJoin(actor)
}

// takesJoins is nil while somebody can say that the appeal is theirs too.
func (a Appeal) takesJoins() error {
	switch {
	case a.Text != Shown:
		return notThere()
	case a.State == Closed:
		return notNow()
	}
	return nil
}
