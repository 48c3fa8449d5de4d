package grants

import (
	"context"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/contracts"
	"github.com/birge-kz/birge/internal/discussion"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/review"
)

// Listed is a call in a list.
type Listed struct {
	Call
	Funder organisations.Named
}

// listMost is how many calls a page of the list has.
const listMost = 20

// Narrow says which calls a list has; what is empty narrows nothing.
type Narrow struct {
	Funder   civic.ID
	State    CallState
	District string // code of the district that a call is for
}

// List is the calls that everybody sees, below a number; next is where the following page begins.
func (s *Service) List(ctx context.Context, of Narrow, below int64) (out []Listed, next int64, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := listPublic(tx, of, below, listMost+1)
		if err != nil {
			return err
		}
		if len(all) > listMost {
			all = all[:listMost]
			next = all[listMost-1].no
		}
		out, err = s.named(tx, all)
		return err
	})
	return out, next, err
}

func (s *Service) named(tx *storage.Tx, all []Call) (out []Listed, err error) {
	var ids []civic.ID
	for _, c := range all {
		ids = append(ids, c.Funder)
	}
	names, err := s.city.Organisations.Named(tx, ids)
	for _, c := range all {
		out = append(out, Listed{c, names[c.Funder]})
	}
	return out, err
}

// View is a call as its page shows it.
type View struct {
	Listed
	Phase     Phase
	Asks      questions.Form
	Ask       discussion.Summary
	Trace     record.Neighbours
	Mine      []Application        // of the organisations for which the actor speaks
	CheckBy   time.Time            // by when all are checked for form
	Panel     review.Panel         // of its readers; zero: there is none yet
	Contracts []contracts.Contract // that the actor sees
	Later     []Later              // what changed after the decision
	Free      civic.Money          // of the money of a decided call: what can still be given
}

// Later is what became of an application after the decision on its call.
type Later struct {
	Application
	Applicant organisations.Named
}

func (s *Service) later(tx *storage.Tx, call civic.ID) (out []Later, err error) {
	all, err := changedIn(tx, []civic.ID{call})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []civic.ID
	for _, d := range all[call] {
		ids = append(ids, d.Applicant)
	}
	names, err := s.city.Organisations.Named(tx, ids)
	for _, d := range all[call] {
		out = append(out, Later{d, names[d.Applicant]})
	}
	return out, err
}

// Show is a call. One that the actor may not see is NotFound.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error { v, err = s.view(tx, a, id); return err })
	return v, err
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, id civic.ID) (v View, err error) {
	c, err := find(tx, id)
	if err == nil && !c.Public() && !MayRun(a, c.Funder) {
		err = notThere()
	}
	if err != nil {
		return v, err
	}
	all, err := s.named(tx, []Call{c})
	if err != nil {
		return v, err
	}
	v = View{Listed: all[0], Phase: c.Phase(tx.Now()), CheckBy: s.checkBy(c)}
	k, err := questions.Last(tx, ref(id), formName)
	if err != nil {
		return v, err
	}
	v.Asks = k.Form
	if v.Ask, err = s.city.Discussion.Summary(tx, ref(id)); err != nil {
		return v, err
	}
	if v.Trace, err = s.city.Record.Neighbours(tx, ref(id)); err != nil {
		return v, err
	}
	signed, err := contracts.Of(tx, ref(id))
	for _, k := range signed {
		if k.Public() || k.Gives(a) || k.Takes(a) {
			v.Contracts = append(v.Contracts, k)
		}
	}
	if err != nil {
		return v, err
	}
	if v.Panel, _, err = s.city.Review.PanelOf(tx, ref(id)); err != nil {
		return v, err
	}
	if c.State == Decided {
		if v.Free, err = free(tx, c); err != nil {
			return v, err
		}
		if v.Later, err = s.later(tx, id); err != nil {
			return v, err
		}
	}
	for _, of := range a.Scopes(civic.Representative) {
		d, found, err := storage.Found(applicationOf(tx, id, of))
		if err != nil {
			return v, err
		}
		if found {
			v.Mine = append(v.Mine, d)
		}
	}
	return v, nil
}

// checkBy is when the check for form ends.
func (s *Service) checkBy(c Call) time.Time {
	return s.city.Settings.Calendar().Add(c.Until(), s.value("check_days"))
}

// Could says whether an organisation of the actor may apply.
type Could struct {
	organisations.Named
	Unmet, Unknown []Rule
}

// Could says of each organisation for which the actor speaks whether it may apply to a call.
func (s *Service) Could(ctx context.Context, a civic.Actor, id civic.ID) (out []Could, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil {
			return err
		}
		ids := a.Scopes(civic.Representative)
		names, err := s.city.Organisations.Named(tx, ids)
		if err != nil {
			return err
		}
		for _, of := range ids {
			name, public := names[of]
			if !public || of == c.Funder {
				continue
			}
			_, facts, err := s.facts(tx, a, of)
			if err != nil {
				return err
			}
			one := Could{Named: name}
			one.Unmet, one.Unknown = Keep(c.Rules, facts, s.today(tx.Now()))
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

// Own is an application with all that is shown of it to those who may read it.
type Own struct {
	Application
	Of        View
	Applicant organisations.Named
	Partners  []organisations.Named
	Sheet     questions.Sheet
	Files     []files.File
	Lacking   civic.Problems // what keeps it from being handed in
	Writable  error          // why it cannot be written on; nil: it can
	Read      review.Own     // what readers said, once it is decided; only for its own people
	Decided   bool
	Objected  *Objection // to its refusal by the check for form
	ObjectBy  time.Time  // until when that can be complained of
}

// ShowOwn is an application to those who write it; to others it is NotFound.
func (s *Service) ShowOwn(ctx context.Context, a civic.Actor, id civic.ID) (Own, error) {
	return s.read(ctx, a, id, func(_ Call, d Application) bool { return Speaks(a, d.Applicant) })
}

// ShowRun is an application that was handed in to those who run its call; to others it is NotFound.
func (s *Service) ShowRun(ctx context.Context, a civic.Actor, id civic.ID) (Own, error) {
	return s.read(ctx, a, id, func(c Call, d Application) bool { return d.HandedIn() && MayRun(a, c.Funder) })
}

func (s *Service) read(ctx context.Context, a civic.Actor, id civic.ID, may func(Call, Application) bool) (o Own, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		d, err := findApplication(tx, id)
		if err != nil {
			return err
		}
		v, err := s.view(tx, a, d.Call)
		if err == nil && !may(v.Call, d) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		o = Own{Application: d, Of: v, Writable: writable(v.Call, d, tx.Now())}
		names, err := s.city.Organisations.Named(tx, append([]civic.ID{d.Applicant}, d.Partners...))
		if err != nil {
			return err
		}
		o.Applicant = names[d.Applicant]
		for _, p := range d.Partners {
			o.Partners = append(o.Partners, names[p])
		}
		if o.Sheet, err = questions.Of(tx, applicationRef(id)); err != nil {
			return err
		}
		o.Lacking = lacks(v.Call, d, o.Sheet)
		said, complained, err := storage.Found(objection(tx, id))
		if err != nil {
			return err
		}
		if o.ObjectBy = s.objectBy(d); complained {
			o.Objected = &said
		}
		if Speaks(a, d.Applicant) {
			if o.Read, o.Decided, err = s.city.Review.OwnOf(tx, applicationRef(id)); err != nil {
				return err
			}
		}
		attached, err := s.city.Files.Of(tx, a, applicationRef(id))
		o.Files = attached[documents]
		return err
	})
	return o, err
}

// Worked is a call on the desk of those who run it.
type Worked struct {
	Listed
	Phase   Phase
	In      map[State]int
	CheckBy time.Time
}

// Desk is the calls that go on of the funders for whom the actor works.
func (s *Service) Desk(ctx context.Context, a civic.Actor) (out []Worked, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error { out, err = s.work(tx, funders(a), 100); return err })
	return out, err
}

func (s *Service) work(tx *storage.Tx, funders []civic.ID, most int) (out []Worked, err error) {
	if funders != nil && len(funders) == 0 {
		return nil, nil
	}
	all, err := running(tx, funders, most)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []civic.ID
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	in, err := countStates(tx, ids)
	if err != nil {
		return nil, err
	}
	listed, err := s.named(tx, all)
	for _, c := range listed {
		out = append(out, Worked{c, c.Phase(tx.Now()), in[c.ID], s.checkBy(c.Call)})
	}
	return out, err
}

// Running is a call as those see it who run it.
type Running struct {
	View
	Applications []Application
	Names        map[civic.ID]organisations.Named
}

// ShowRunning is a call to those who run it; to others it is Forbidden.
func (s *Service) ShowRunning(ctx context.Context, a civic.Actor, id civic.ID) (r Running, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		if r.View, err = s.view(tx, a, id); err != nil {
			return err
		}
		if !MayRun(a, r.Call.Funder) {
			return notYours()
		}
		if r.Applications, err = applications(tx, id); err != nil {
			return err
		}
		var ids []civic.ID
		for _, d := range r.Applications {
			ids = append(ids, d.Applicant)
		}
		r.Names, err = s.city.Organisations.Named(tx, ids)
		return err
	})
	return r, err
}
