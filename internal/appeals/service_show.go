package appeals

import (
	"context"
	"slices"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Listed is an appeal in a list, as everybody sees it.
type Listed struct {
	Appeal
	Cases    []Case
	Joins    int64                            // how many say that it is theirs too
	BodyName organisations.Named              // of the case that stands for it
	Owed     answers.Obligation               // its clock; zero while no body has it
	Names    map[civic.ID]organisations.Named // of all bodies of its cases
	owed     map[civic.ID]answers.Obligation
	promises map[civic.ID][]answers.Obligation // by case
}

// Readable reports whether everybody reads what it says.
func (l Listed) Readable() bool { return l.Text == Shown }

// Word is that by which it was closed: of the case that stands for it.
func (l Listed) Word() Word {
	_, of := StateOf(l.Cases)
	if l.State == Closed && of.ID == "" {
		return NotNeeded
	}
	return of.Word
}

// listed looks up what lists show of appeals, all at once.
func (s *Service) listed(tx *storage.Tx, all []Appeal) ([]Listed, error) {
	var ids, bodies []civic.ID
	var refs []civic.Ref
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	cases, err := casesOf(tx, ids)
	if err != nil {
		return nil, err
	}
	for _, of := range cases {
		for _, c := range of {
			bodies, refs = append(bodies, c.Body), append(refs, caseRef(c.ID))
		}
	}
	names, err := s.city.Organisations.Named(tx, bodies)
	if err != nil {
		return nil, err
	}
	joins, err := countJoins(tx, all)
	if err != nil {
		return nil, err
	}
	owed, err := s.city.Answers.Further(tx, refs)
	out := make([]Listed, len(all))
	for i, a := range all {
		out[i] = Listed{Appeal: a, Joins: joins[a.no], Cases: cases[a.ID], Names: names, owed: map[civic.ID]answers.Obligation{}, promises: map[civic.ID][]answers.Obligation{}}
		for _, c := range cases[a.ID] {
			for _, o := range owed[caseRef(c.ID)] {
				if o.Owed == answers.Deed {
					out[i].promises[c.ID] = append(out[i].promises[c.ID], o)
				}
				out[i].owed[o.ID] = o
			}
		}
		_, of := StateOf(cases[a.ID])
		out[i].BodyName, out[i].Owed = names[of.Body], out[i].owed[of.Obligation]
	}
	return out, err
}

// List is a page of appeals.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 20

// List returns a page of filed appeals. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (List, error) { return s.page(ctx, q, pageSize) }

func (s *Service) page(ctx context.Context, q Query, most int) (l List, err error) {
	l.Items, l.Next, err = storage.ReadPage(ctx, s.db, func(tx *storage.Tx) ([]Appeal, string, error) { return list(tx, q, most) }, s.listed)
	return l, err
}

// Latest returns what changed last: the feed.
func (s *Service) Latest(ctx context.Context) (items []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := latest(tx, 50)
		if err != nil {
			return err
		}
		items, err = s.listed(tx, all)
		return err
	})
	return items, err
}

// CaseView is a case as a page shows it.
type CaseView struct {
	Case
	Name     organisations.Named // of the body
	Owed     answers.Obligation
	Promises []answers.Obligation
	Replies  []answers.Verdict
	Talk     []Talk // for the body and the applicant
	Same     Same   // how it stands to others about the same
	Works    bool   // the reader answers for the body
}

// View is an appeal as its page shows it.
type View struct {
	Listed
	Reads bool            // the reader reads what it says, and what was answered
	Own   bool            // the reader filed it
	Fate  moderation.Fate // of removed words, when the reader filed it
	Cases []CaseView
	Trace record.Neighbours

	Pictures []files.File
	MayAdd   bool // pictures

	MayJoin error    // why the reader cannot say that it is theirs too; nil when they can
	Joined  *Joined  // what the reader said who did
	Notes   []Joined // of those who did, for the body
}

// Show returns an appeal for its page. Errors: civic.NotFound, also for a draft of somebody else.
func (s *Service) Show(ctx context.Context, who Who, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		a, err := find(tx, id)
		if err != nil {
			return err
		}
		if who.Token != "" {
			if err := s.applicant(tx, a, who); err != nil {
				return err
			}
		}
		v.Own = who.Token != "" || a.own(who.Actor)
		if !a.Filed() && !v.Own {
			return notThere()
		}
		return s.fill(tx, &v, who, a)
	})
	return v, err
}

func (s *Service) fill(tx *storage.Tx, v *View, who Who, a Appeal) error {
	actor := who.Actor
	listed, err := s.listed(tx, []Appeal{a})
	if err != nil {
		return err
	}
	v.Listed = listed[0]
	v.Reads = v.Own || a.reads(actor, bodiesOf(v.Listed.Cases))
	if v.Own {
		if v.Fate, err = s.city.Moderation.Fate(tx, Ref(a.ID)); err != nil {
			return err
		}
	}
	said, err := repliesTo(tx, v.Listed.Cases)
	if err != nil {
		return err
	}
	same, err := s.sames(tx, v.Listed.Cases)
	if err != nil {
		return err
	}
	for _, c := range v.Listed.Cases {
		view := CaseView{Case: c, Same: same[c.ID], Name: v.Names[c.Body], Owed: v.owed[c.Obligation], Promises: v.promises[c.ID], Replies: said[c.ID], Works: MayWork(actor, c.Body)}
		if v.Own || view.Works {
			if view.Talk, err = talkOf(tx, c); err != nil {
				return err
			}
		}
		v.Cases = append(v.Cases, view)
	}
	if v.MayJoin = a.mayJoin(actor); actor.SignedIn() {
		j, there, err := joinOf(tx, a, actor.Account)
		if err != nil {
			return err
		}
		if there {
			v.Joined = &j
		}
	}
	if slices.ContainsFunc(v.Cases, func(c CaseView) bool { return c.Works }) {
		if v.Notes, err = notesOn(tx, a, 50); err != nil {
			return err
		}
	}
	if err := s.picturesFor(tx, v, who.Actor, who.Token); err != nil {
		return err
	}
	v.Trace, err = s.city.Record.Neighbours(tx, Ref(a.ID))
	return err
}

// ReadsReplies reports whether the reader reads what bodies said: everybody that to an open appeal.
func (v View) ReadsReplies() bool { return v.Open || v.Reads }

// WorkView is a case as the body works on it.
type WorkView struct {
	View
	Case   CaseView
	Inner  []Note     // of the body on the case, the latest first
	People []string   // of the body, who can be given the case
	Alike  []WorkItem // about which the applicant may be asked whether it is the same
}

// Work returns a case for the body's page. Permission: MayWork. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Work(ctx context.Context, actor civic.Actor, id civic.ID) (w WorkView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		c, err := findCase(tx, id)
		if err != nil {
			return err
		}
		if !MayWork(actor, c.Body) {
			return notYours()
		}
		a, err := find(tx, c.Appeal)
		if err != nil {
			return err
		}
		if err := s.fill(tx, &w.View, Who{Actor: actor}, a); err != nil {
			return err
		}
		for _, of := range w.View.Cases {
			if of.ID == id {
				w.Case = of
			}
		}
		if w.People, err = s.peopleFor(tx, c); err != nil {
			return err
		}
		if w.Inner, err = notesOfCase(tx, c); err != nil || len(w.Case.Same.Those) > 0 {
			return err
		}
		w.Alike, err = s.alikeCases(tx, a, c)
		return err
	})
	return w, err
}
