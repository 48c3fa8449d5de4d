package forming

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Summary is a competition in a list.
type Summary struct {
	Competition
	Phase Phase
	Of    Body
	Stand int // who stands, withdrawn ones left out
	To    int // of them, unchecked
}

// summaries give competitions their bodies and how many stand.
func (s *Service) summaries(tx *storage.Tx, all []Competition) (out []Summary, err error) {
	var ids []civic.ID
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	counts, err := countCandidacies(tx, ids)
	for _, c := range all {
		if err != nil {
			return nil, err
		}
		sum := Summary{Competition: c, Phase: c.Phase(tx.Now()), To: counts[c.ID][Filed]}
		for state, n := range counts[c.ID] {
			if state != Withdrawn {
				sum.Stand += n
			}
		}
		sum.Of, err = s.body(tx, c.Body)
		out = append(out, sum)
	}
	return out, err
}

// Listing is a page of the list of competitions.
type Listing struct {
	Competitions []Summary
	Next         int64 // the number behind which the next page begins; 0: there is none
}

// listMost is how many competitions stand on one page of the list.
const listMost = 20

// Competitions lists the competitions that everybody sees, the latest first, behind the one with the number before (0: from the beginning), as the query
// narrows them.
func (s *Service) Competitions(ctx context.Context, q Query, before int64) (out Listing, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := listPublic(tx, q, before, listMost+1)
		if err != nil {
			return err
		}
		all, last := storage.Page(all, listMost)
		if last != nil {
			out.Next = last.no
		}
		out.Competitions, err = s.summaries(tx, all)
		return err
	})
	return out, err
}

// Of lists the competitions for seats of a body that everybody sees, the latest first. For its owner, within its transaction.
func (s *Service) Of(tx *storage.Tx, body civic.Ref) ([]Competition, error) {
	all, err := ofBody(tx, body)
	return slices.DeleteFunc(all, func(c Competition) bool { return !c.Public() }), err
}

// View is a competition as its page shows it.
type View struct {
	Competition
	Phase       Phase
	Now         time.Time
	Of          Body
	Begin       time.Time // the day on which it was to be announced at the latest
	StartDays   int       // how many days before the first day of the term that is
	StartSource string    // of that: in words, or the key of a text
	Stand       []Candidacy
	Mine        []Candidacy // that the reader filed
	Draws       []Draw      // that the reader sees
	Names       map[civic.Ref]part.Resolved
	Work        bool // the reader does the work
	Free        bool // somebody who was chosen does not sit any more, or declined
	Majority    int
	Trace       record.Neighbours
}

// Show returns a competition for its page. Errors: civic.NotFound, also of a draft of which the actor may know nothing.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		v, err = s.view(tx, a, id)
		return err
	})
	return v, err
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, id civic.ID) (v View, err error) {
	c, err := find(tx, id)
	if err != nil {
		return v, err
	}
	v = View{Competition: c, Now: tx.Now(), Phase: c.Phase(tx.Now()), Work: part.MayWork(a, c.Body), Majority: c.majority()}
	if !v.Work && !c.Public() {
		return v, notThere()
	}
	if v.Of, err = s.body(tx, c.Body); err != nil {
		return v, err
	}
	begin := s.city.InForce("forming.start_days")
	if !c.AnnouncedAt.IsZero() {
		begin = s.city.Held("forming.start_days", c.AnnouncedAt)
	}
	v.StartDays, v.StartSource = int(begin.Value), begin.Source
	v.Begin = v.Of.Since.AddDate(0, 0, -v.StartDays)
	all, err := candidacies(tx, c.ID)
	if err != nil {
		return v, err
	}
	var refs []civic.Ref
	for _, d := range all {
		refs = append(refs, d.By)
		if a.SignedIn() && d.Account == a.Account {
			v.Mine = append(v.Mine, d)
		}
		v.Free = v.Free || d.State == Declined || d.State == Elected && !d.stays(v.Of)
	}
	v.Stand = all
	if v.Names, err = s.declared.Titles(tx, a, refs); err != nil {
		return v, err
	}
	made, err := draws(tx, c.ID)
	if err != nil {
		return v, err
	}
	v.Draws = slices.DeleteFunc(made, func(d Draw) bool { return !v.Work && !d.Public() })
	v.Trace, err = s.record.Neighbours(tx, Ref(c.ID))
	return v, err
}

// In lists those in one of the states, in the order of their numbers; who was voted for, most votes first.
func (v View) In(states ...CandidacyState) (out []Candidacy) {
	for _, d := range v.Stand {
		if slices.Contains(states, d.State) {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(x, y Candidacy) int { return cmp.Compare(len(y.For), len(x.For)) })
	return out
}

// ShowDraw returns a draw for its page. Errors: civic.NotFound, also before its list is published, but for those who do the work.
func (s *Service) ShowDraw(ctx context.Context, a civic.Actor, competition, id civic.ID) (v View, d Draw, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v, err = s.view(tx, a, competition); err != nil {
			return err
		}
		i := slices.IndexFunc(v.Draws, func(d Draw) bool { return d.ID == id })
		if i < 0 {
			return notThere()
		}
		d = v.Draws[i]
		v.Trace, err = s.record.Neighbours(tx, drawRef(id))
		return err
	})
	return v, d, err
}

// Standing is a candidacy as whoever filed it, or checks it, sees it.
type Standing struct {
	Own          Candidacy
	Chances      []Chance
	Withdrawable bool
	Declinable   bool
}

// Chance is on how many panels of a draw somebody is.
type Chance struct {
	Draw
	On int
}

// ShowCandidacy returns a candidacy to whoever filed it, and to those who check it. Errors: civic.NotFound, also for others.
func (s *Service) ShowCandidacy(ctx context.Context, a civic.Actor, competition, id civic.ID) (v View, own Standing, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v, err = s.view(tx, a, competition); err != nil {
			return err
		}
		i := slices.IndexFunc(v.Stand, func(d Candidacy) bool { return d.ID == id })
		if i < 0 || !v.Work && (!a.SignedIn() || v.Stand[i].Account != a.Account) {
			return notThere()
		}
		own.Own = v.Stand[i]
		fixed, err := s.fixed(tx, v.Competition)
		mine := a.SignedIn() && own.Own.Account == a.Account
		own.Withdrawable, own.Declinable = mine && own.Own.withdrawable(v.Competition, fixed), mine && own.Own.declinable()
		for _, d := range v.Draws {
			if on, in := d.Chances()[own.Own.called()]; in && d.Public() {
				own.Chances = append(own.Chances, Chance{d, on})
			}
		}
		return err
	})
	return v, own, err
}

// Work is what the desk shows: bodies for which a competition is to begin, and competitions that go on.
type Work struct {
	Begin []Body
	Runs  []Summary
}

// Desk lists the work of the actor. Permission: whoever does the work of some body.
func (s *Service) Desk(ctx context.Context, a civic.Actor) (w Work, err error) {
	if !part.IsSecretary(a) {
		return w, notYours()
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		w, err = s.work(tx, a, 100)
		return err
	})
	return w, err
}

func (s *Service) work(tx *storage.Tx, a civic.Actor, most int) (w Work, err error) {
	all, err := running(tx, 1_000)
	if err != nil {
		return w, err
	}
	runs := map[civic.Ref]bool{}
	var mine []Competition
	for _, c := range all {
		runs[c.Body] = true
		if part.MayWork(a, c.Body) && len(mine) < most {
			mine = append(mine, c)
		}
	}
	if w.Runs, err = s.summaries(tx, mine); err != nil {
		return w, err
	}
	for _, owner := range s.owners {
		begin, err := owner.Begin(tx, a, most)
		if err != nil {
			return w, err
		}
		w.Begin = append(w.Begin, slices.DeleteFunc(begin, func(b Body) bool { return runs[b.Ref] })...)
	}
	slices.SortFunc(w.Begin, func(x, y Body) int { return x.Since.Compare(y.Since) })
	return w, nil
}
