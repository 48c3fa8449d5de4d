package answers

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// The filters of the list beside the states of the same name.
const (
	FilterOwed        = "owed"
	FilterOverdue     = "overdue"
	FilterVeryOverdue = "very_overdue"
	FilterAnswered    = "answered"
)

// Filters lists what the list can be narrowed to, in the order in which it is offered.
func Filters() []string {
	return []string{FilterOwed, FilterOverdue, FilterVeryOverdue, string(Paused), FilterAnswered, string(Confirmed), string(Contested), string(PassedOn)}
}

// bodiesKnown are the bodies that may owe something: those for which somebody can be an officer.
type bodiesKnown struct {
	list   []civic.Ref
	titles map[civic.Ref]civic.Text
}

func (s *Service) bodies(tx *storage.Tx) (b bodiesKnown, err error) {
	b.titles = map[civic.Ref]civic.Text{}
	role, _ := s.declared.Roles().Get(civic.Officer)
	kind, known := s.declared.Kind(role.Scope)
	if !known || kind.Choices == nil {
		return b, nil
	}
	choices, err := kind.Choices(tx)
	for _, c := range choices {
		ref := civic.Ref{Kind: kind.Name, ID: c.ID}
		b.list = append(b.list, ref)
		b.titles[ref] = c.Title
	}
	return b, err
}

// Listed is an obligation in a list, with the names of what it is about.
type Listed struct {
	Obligation
	Title    civic.Text // in its phrase; empty when the subject is not public any more
	BodyName part.Resolved
	Outcome  Outcome // of the last verdict; "" while there is none
}

// List is a page of obligations.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 20

// lateness are the instants before which what is due is overdue and very overdue.
func (s *Service) lateness(now time.Time) Lateness {
	cal := s.city.Calendar()
	very := now
	for n := s.value("very_overdue_days"); n > 0; {
		if very = very.AddDate(0, 0, -1); cal.Working(very) {
			n--
		}
	}
	return Lateness{Overdue: now, VeryOverdue: very}
}

// List returns a page of what bodies owe and owed. Anybody may ask. Errors: civic.Invalid for a
// cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (List, error) { return s.page(ctx, q, pageSize) }

func (s *Service) page(ctx context.Context, q Query, most int) (l List, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		q.Lateness = s.lateness(tx.Now())
		items, next, err := list(tx, q, most)
		if err != nil {
			return err
		}
		l.Next = next
		l.Items, err = s.named(tx, items)
		return err
	})
	return l, err
}

// Each visits all that a query finds, in its order, in pages of its own, so that a reader who is
// slow holds no long transaction.
func (s *Service) Each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) ([]Listed, string, error) {
		q.After = after
		l, err := s.page(ctx, q, 500)
		return l.Items, l.Next, err
	}, visit)
}

// named adds the names that lists show, all looked up at once.
func (s *Service) named(tx *storage.Tx, all []Obligation) ([]Listed, error) {
	var refs []civic.Ref
	var numbers []int64
	for _, o := range all {
		refs = append(refs, Ref(o.ID), o.Body)
		numbers = append(numbers, o.no)
	}
	names, err := s.declared.Titles(tx, civic.Actor{}, refs)
	if err != nil {
		return nil, err
	}
	outcomes, err := lastOutcomes(tx, numbers)
	out := make([]Listed, len(all))
	for i, o := range all {
		out[i] = Listed{Obligation: o, Title: names[Ref(o.ID)].Title, BodyName: names[o.Body], Outcome: outcomes[o.no]}
	}
	return out, err
}

// Latest returns what changed last: the feed.
func (s *Service) Latest(ctx context.Context) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := latest(tx, 50)
		if err != nil {
			return err
		}
		items, err = s.named(tx, all)
		return err
	})
	return items, err
}

// Record is how a body keeps its dates.
type Record struct {
	Body             part.Resolved
	Ref              civic.Ref
	Answered, InTime int64 // answers given
	Median           int   // working days that an answer took
	Promised, Kept   int64 // deeds delivered, and those that were done whole and in time
	Overdue          int64 // of both, owed though the date has passed
}

// Records are those of all bodies that owed something, the one with the most overdue first. Anybody
// may ask.
func (s *Service) Records(ctx context.Context) (out []Record, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := tallies(tx)
		if err != nil {
			return err
		}
		overdue, err := countOverdue(tx, tx.Now())
		if err != nil {
			return err
		}
		out = recordsOf(all, overdue)
		var refs []civic.Ref
		for _, r := range out {
			refs = append(refs, r.Ref)
		}
		names, err := s.declared.Titles(tx, civic.Actor{}, refs)
		for i := range out {
			out[i].Body = names[out[i].Ref]
		}
		return err
	})
	return out, err
}

// recordsOf sums up tallies, which stand by body and days.
func recordsOf(all []tallied, overdue map[string]int64) (out []Record) {
	byBody := map[string]*Record{}
	took := map[string][]tallied{}
	of := func(body string) *Record {
		if byBody[body] == nil {
			ref, _ := civic.ParseRef(body)
			byBody[body] = &Record{Ref: ref}
		}
		return byBody[body]
	}
	for _, t := range all {
		r := of(t.Body)
		switch {
		case t.Owed == Answer:
			r.Answered += t.N
			took[t.Body] = append(took[t.Body], t)
			if !t.Late {
				r.InTime += t.N
			}
		default:
			r.Promised += t.N
			if !t.Late && t.Outcome.Kept() {
				r.Kept += t.N
			}
		}
	}
	for body, n := range overdue {
		of(body).Overdue = n
	}
	for body, r := range byBody {
		r.Median = median(took[body], r.Answered)
		out = append(out, *r)
	}
	slices.SortFunc(out, func(x, y Record) int {
		return cmp.Or(cmp.Compare(y.Overdue, x.Overdue), cmp.Compare(y.Answered, x.Answered), cmp.Compare(x.Ref.ID, y.Ref.ID))
	})
	return out
}

// median is the days that the middle one of n took; of two in the middle the fewer.
func median(all []tallied, n int64) int {
	slices.SortStableFunc(all, func(x, y tallied) int { return cmp.Compare(x.Days, y.Days) })
	seen := int64(0)
	for _, t := range all {
		if seen += t.N; seen*2 >= n {
			return t.Days
		}
	}
	return 0
}
