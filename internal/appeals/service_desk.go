package appeals

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Bounds of what the desk shows at once.
const (
	deskMost   = 100 // appeals of which nobody has said whose they are, and people to choose from
	deskRows   = 25  // cases of a page
	sameNumber = 20  // cases found by a number
)

// DeskQuery narrows the cases on the desk.
type DeskQuery struct {
	Person string // who works on them
	Number string // of the appeal, "2026-000123" or "123"; whatever its state
	After  string // the cursor of a page
}

// Desk is what waits for the actor.
type Desk struct {
	Unregistered []Appeal // of which nobody has said whose they are; for those who say so
	Cases        []WorkItem
	Next         string   // cursor of the next page of cases; "" on the last
	People       []string // who work on cases of the actor's bodies
}

// WorkItem is a case on the desk.
type WorkItem struct {
	Case
	Appeal Appeal
	Owed   answers.Obligation
}

// Desk lists what waits for the actor, of cases what is due first in front, those whose clock stands at the end; of one person's the oldest in front.
// Errors: civic.Invalid for a cursor that is none.
func (s *Service) Desk(ctx context.Context, actor civic.Actor, q DeskQuery) (d Desk, err error) {
	bodies := actor.Scopes(civic.Officer)
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if MayRegister(actor) && q == (DeskQuery{}) {
			if d.Unregistered, err = unregistered(tx, deskMost); err != nil {
				return err
			}
		}
		if len(bodies) == 0 {
			return nil
		}
		if d.People, err = peopleOfAll(tx, bodies); err != nil {
			return err
		}
		cases, next, err := s.deskCases(tx, bodies, q)
		if err != nil {
			return err
		}
		d.Next = next
		d.Cases, err = s.workItems(tx, cases)
		return err
	})
	return d, err
}

// peopleOfAll lists who works on the cases of bodies now, each once, by name.
func peopleOfAll(tx *storage.Tx, bodies []civic.ID) (out []string, err error) {
	for _, body := range bodies {
		people, err := peopleOf(tx, body, deskMost)
		if err != nil {
			return nil, err
		}
		out = append(out, people...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), deskMost)], nil
}

// peopleFor lists who of a body can be given one of its cases, by name: those who work on some, as they are called there, and its officers. A name with
// which somebody's begins who works there already ("name, post") is not said twice.
func (s *Service) peopleFor(tx *storage.Tx, c Case) ([]string, error) {
	people, err := peopleOf(tx, c.Body, deskMost)
	if err != nil {
		return nil, err
	}
	officers, err := identity.HoldersOf(tx, civic.Officer, organisations.RefOf(c.Body))
	if err != nil {
		return nil, err
	}
	for _, account := range officers[:min(len(officers), deskMost)] {
		holder, found, err := s.city.Identity.Holder(tx, account)
		if err != nil {
			return nil, err
		}
		called := func(p string) bool { return p == holder.Name || strings.HasPrefix(p, holder.Name+",") }
		if found && strings.TrimSpace(holder.Name) != "" && !slices.ContainsFunc(people, called) {
			people = append(people, holder.Name)
		}
	}
	slices.Sort(people)
	return people, nil
}

// deskCases is a page of the cases that a query finds, and the cursor of the next.
func (s *Service) deskCases(tx *storage.Tx, bodies []civic.ID, q DeskQuery) (cases []Case, next string, err error) {
	switch {
	case strings.TrimSpace(q.Number) != "":
		year, serial, ok := parseNumber(q.Number)
		if !ok {
			return nil, "", nil
		}
		cases, err = workNumbered(tx, bodies, year, serial, sameNumber)
		return cases, "", err
	case q.Person != "":
		after, ok := storage.ParsePlace(q.After)
		if !ok {
			return nil, "", civic.Fail(civic.Invalid, "answers.bad_cursor")
		}
		cases, err = workOfPerson(tx, bodies, q.Person, after.No(), deskRows+1)
		cases, last := storage.Page(cases, deskRows)
		if last != nil {
			next = storage.PlaceAt(0, last.no).String()
		}
		return cases, next, err
	}
	var of []civic.Ref
	for _, id := range bodies {
		of = append(of, organisations.RefOf(id))
	}
	owed, next, err := s.city.Answers.Owes(tx, of, KindCase, q.After, deskRows)
	if err != nil || len(owed) == 0 {
		return nil, next, err
	}
	var ids []civic.ID
	for _, o := range owed {
		ids = append(ids, o.Subject.ID)
	}
	cases, err = casesByIDs(tx, ids)
	return cases, next, err
}

// parseNumber reads the number of an appeal as people write it, with its year or without: then the year is 0.
func parseNumber(s string) (year, serial int, ok bool) {
	before, after, with := strings.Cut(strings.Trim(strings.TrimSpace(s), "№ "), "-")
	if !with {
		before, after = "0", before
	}
	year, err1 := strconv.Atoi(before)
	serial, err2 := strconv.Atoi(after)
	return year, serial, err1 == nil && err2 == nil && year >= 0 && serial > 0
}

// EachCase visits all cases of the bodies for which the actor answers, closed or not, the oldest first, in pages of its own.
func (s *Service) EachCase(ctx context.Context, actor civic.Actor, visit func(WorkItem) error) error {
	const some = 500
	for after, more := int64(0), true; more; {
		var items []WorkItem
		err := s.db.Read(ctx, func(tx *storage.Tx) error {
			cases, err := casesOfBodies(tx, actor.Scopes(civic.Officer), after, some)
			if err != nil {
				return err
			}
			if more = len(cases) == some; len(cases) > 0 {
				after = cases[len(cases)-1].no
			}
			items, err = s.workItems(tx, cases)
			return err
		})
		if err != nil {
			return err
		}
		for _, item := range items {
			if err := visit(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// workItems adds appeals and clocks to cases, and puts what is due first in front, what is paused at the end.
func (s *Service) workItems(tx *storage.Tx, cases []Case) (out []WorkItem, err error) {
	of, err := appealsOf(tx, cases)
	if err != nil {
		return nil, err
	}
	var refs []civic.Ref
	for _, c := range cases {
		refs = append(refs, caseRef(c.ID))
	}
	owed, err := s.city.Answers.Further(tx, refs)
	for _, c := range cases {
		item := WorkItem{Case: c, Appeal: of[c.Appeal]}
		for _, o := range owed[caseRef(c.ID)] {
			if o.ID == c.Obligation {
				item.Owed = o
			}
		}
		out = append(out, item)
	}
	slices.SortStableFunc(out, func(x, y WorkItem) int {
		return cmp.Or(cmp.Compare(sooner(x), sooner(y)), cmp.Compare(x.no, y.no))
	})
	return out, err
}

// sooner orders the desk: by due date, and what has none behind.
func sooner(w WorkItem) int64 {
	if w.Owed.Due.IsZero() {
		return math.MaxInt64
	}
	return w.Owed.Due.UnixMilli()
}
