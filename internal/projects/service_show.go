package projects

import (
	"context"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/voices"
)

// Listed is a project as lists show it.
type Listed struct {
	Project
	Names          map[civic.ID]organisations.Named // of its partners
	Steps, Reached int                              // milestones
	Contested      int                              // of them disputed or contested
	Coming         Milestone                        // the next that is not reached
	milestones     []Milestone
}

// listed looks up what lists show of projects, all at once.
func (s *Service) listed(tx *storage.Tx, all []Project) ([]Listed, error) {
	var ids []civic.ID
	for _, p := range all {
		for _, of := range p.Partners {
			ids = append(ids, of.Organisation)
		}
	}
	names, err := s.city.Organisations.Named(tx, ids)
	if err != nil {
		return nil, err
	}
	steps, err := milestonesOf(tx, all...)
	out := make([]Listed, len(all))
	for i, p := range all {
		l := Listed{Project: p, Names: names, milestones: steps[p.no], Steps: len(steps[p.no])}
		for _, m := range steps[p.no] {
			switch at := m.Standing(); {
			case at.Reached():
				l.Reached++
			case at == Disputed || at == Contested:
				l.Contested++
				fallthrough
			default:
				if l.Coming.ID == "" {
					l.Coming = m
				}
			}
		}
		out[i] = l
	}
	return out, err
}

// List is a page of projects.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 15

// List returns a page of the projects that everybody sees. Anybody may ask. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (List, error) { return s.page(ctx, q, pageSize) }

func (s *Service) page(ctx context.Context, q Query, most int) (l List, err error) {
	l.Items, l.Next, err = storage.ReadPage(ctx, s.city.DB, func(tx *storage.Tx) ([]Project, string, error) { return list(tx, q, most) }, s.listed)
	return l, err
}

// each visits all that a query finds, in pages of its own, so that a reader who is slow holds no long transaction.
func (s *Service) each(ctx context.Context, q Query, visit func(Listed) error) error {
	return storage.Walk(func(after string) ([]Listed, string, error) {
		q.After = after
		l, err := s.page(ctx, q, 200)
		return l.Items, l.Next, err
	}, visit)
}

// Latest returns what changed last: the feed.
func (s *Service) Latest(ctx context.Context) (items []Listed, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := latest(tx, 50)
		if err != nil {
			return err
		}
		items, err = s.listed(tx, all)
		return err
	})
	return items, err
}

// View is a project as its page shows it.
type View struct {
	Listed
	Milestones []Milestone
	Lines      []Line
	Given      []Given
	Sums       []Sums
	All        Sums
	Evidence   map[civic.Ref]part.Resolved
	Sides      []Partner // for which the reader speaks
	Today      string
	Now        time.Time
	LookBy     time.Time
	Trace      record.Neighbours
}

// Show returns a project for its page. Errors: civic.NotFound, also for who does not see it.
func (s *Service) Show(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := find(tx, id)
		if err == nil && !p.Reads(a) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		v, err = s.view(tx, a, p)
		return err
	})
	return v, err
}

func (s *Service) view(tx *storage.Tx, a civic.Actor, p Project) (v View, err error) {
	listed, err := s.listed(tx, []Project{p})
	if err != nil {
		return v, err
	}
	v = View{Listed: listed[0], Milestones: listed[0].milestones, Sides: p.SidesOf(a), Today: s.today(tx), Now: tx.Now(), LookBy: s.LookBy(p)}
	if v.Lines, err = linesOf(tx, p); err != nil {
		return v, err
	}
	if v.Given, err = givenOf(tx, p); err != nil {
		return v, err
	}
	v.Sums, v.All = sumsOf(p, v.Lines, v.Given)
	var of []civic.Ref
	for _, e := range p.Evidence {
		of = append(of, e.Of)
	}
	if v.Evidence, err = s.city.Declared.Titles(tx, a, of); err != nil {
		return v, err
	}
	v.Trace, err = s.city.Record.Neighbours(tx, Ref(p.ID))
	return v, err
}

// came is how much of a line came, confirmed by another side.
func (v View) came(l Line) (n int64) {
	for _, g := range v.Given {
		if g.Line == l.ID && g.Review == Approved {
			n += g.Amount
		}
	}
	return n
}

// WordView is a word with its pictures.
type WordView struct {
	Word
	Pictures []files.File
}

// MilestoneView is a milestone as its page shows it.
type MilestoneView struct {
	View
	Milestone Milestone
	Pictures  []files.File
	Voices    voices.Tally // of the round that goes on
	Wrong     map[string]int64
	Words     []WordView
	Mine      voices.Voice // what the reader said in this round; "": nothing
	Own       *WordView    // what the reader wrote in this round
	Fate      moderation.Fate
	MaySay    error // why the reader cannot say what they see; nil when they can
	Until     time.Time
}

const shownWords = 20

// ShowMilestone returns a milestone for its page. Errors: civic.NotFound.
func (s *Service) ShowMilestone(ctx context.Context, a civic.Actor, id civic.ID) (v MilestoneView, err error) {
	of, err := s.projectOf(ctx, id)
	if err != nil {
		return v, err
	}
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := find(tx, of)
		if err == nil && !p.Reads(a) {
			err = notThere()
		}
		if err != nil {
			return err
		}
		if v.View, err = s.view(tx, a, p); err != nil {
			return err
		}
		v.Milestone = v.Milestones[slices.IndexFunc(v.Milestones, func(m Milestone) bool { return m.ID == id })]
		return s.viewVoices(tx, a, &v)
	})
	return v, err
}

func (s *Service) viewVoices(tx *storage.Tx, a civic.Actor, v *MilestoneView) error {
	m := v.Milestone
	v.MaySay, v.Until = s.maySay(tx, a, v.Project, m), m.Last().At.AddDate(0, 0, s.value("say_days"))
	all, err := s.city.Files.Of(tx, a, milestoneRef(m.ID))
	if err != nil {
		return err
	}
	v.Pictures = all[milestonePictures]
	if v.Voices, err = box.Tally(tx, m.no, len(m.Rounds)); err != nil {
		return err
	}
	if v.Wrong, err = box.Wrong(tx, m.no, len(m.Rounds)); err != nil {
		return err
	}
	words, err := wordsOf(tx, m, shownWords)
	if err != nil {
		return err
	}
	for _, w := range words {
		shown, err := s.city.Files.Of(tx, a, wordRef(w.ID))
		if err != nil {
			return err
		}
		v.Words = append(v.Words, WordView{w, shown[wordPictures]})
	}
	if !a.SignedIn() {
		return nil
	}
	if v.Mine, err = box.Said(tx, m.no, len(m.Rounds), a.Account); err != nil {
		return err
	}
	w, there, err := storage.Found(ownWord(tx, m, a.Account))
	if err != nil || !there {
		return err
	}
	shown, err := s.city.Files.Of(tx, a, wordRef(w.ID))
	if err != nil {
		return err
	}
	v.Own = &WordView{w, shown[wordPictures]}
	v.Fate, err = s.city.Moderation.Fate(tx, wordRef(w.ID))
	return err
}

// Desk lists the projects of those for whom the actor speaks, drafts too; administrators see all.
func (s *Service) Desk(ctx context.Context, a civic.Actor) (out []Listed, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := ofSides(tx, sidesOf(a), 60)
		if err != nil {
			return err
		}
		out, err = s.listed(tx, all)
		return err
	})
	return out, err
}

// sidesOf lists the organisations for which the actor speaks; nil, which is all, of administrators.
func sidesOf(a civic.Actor) []civic.ID {
	if a.Has(civic.Administrator) {
		return nil
	}
	return a.Scopes(civic.Representative, civic.Officer)
}

// waiting is what a project waits for from the side of one who speaks for it, and by when; false when nothing.
func (s *Service) waiting(l Listed, a civic.Actor, now time.Time, today string) (what string, path string, due time.Time, waits bool) {
	_, leads := l.side(a, Lead)
	_, accepts := l.side(a, Agency)
	signs := slices.ContainsFunc(l.SidesOf(a), func(of Partner) bool {
		return of.Role.Signs() && !hasSigned(l.Agreement().Signed, of.Organisation)
	})
	switch {
	case l.State == Draft && signs:
		return "sign", deskPath(l.ID), time.Time{}, true
	case l.State == Done && (leads || accepts) && !now.Before(s.LookBy(l.Project)):
		return "look", deskPath(l.ID), time.Time{}, true
	case l.State != Running:
		return "", "", time.Time{}, false
	}
	for _, c := range l.Changes {
		if c.Open() && slices.ContainsFunc(l.SidesOf(a), func(of Partner) bool { return of.Role.Signs() && !hasSigned(c.Agreed, of.Organisation) }) {
			return "change", deskPath(l.ID), time.Time{}, true
		}
	}
	for _, m := range l.milestones {
		switch {
		case accepts && m.mayJudge():
			return "judge", judgePath(m.ID), m.Last().Due, true
		case leads && m.Standing().again():
			return "again", MilestonePath(m.ID), time.Time{}, true
		case leads && m.Late(today):
			return "late", MilestonePath(m.ID), time.Time{}, true
		}
	}
	return "", "", time.Time{}, false
}
