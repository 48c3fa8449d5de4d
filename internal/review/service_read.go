package review

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Mark hands a reader's marks of an entry in, or changes them with the reason: what they were before stays. Errors: civic.NotFound, civic.Closed, civic.Invalid with
// "mark.KEY", "reason.KEY" of the criteria, "comment", "changed".
func (s *Service) Mark(ctx context.Context, a civic.Actor, id, entry civic.ID, said Mark, why string) error {
	return s.reads(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of, r Reader) error {
		e, err := readable(tx, p, r, entry)
		if err != nil {
			return err
		}
		now, given, err := storage.Found(markOf(tx, entry, r.ID))
		switch {
		case err != nil:
			return err
		case !given:
			return notThere()
		case !p.sees(r).Mark:
			return notNow()
		}
		problems := said.check(p.Rubric)
		before := now
		if before.In() && !slices.Equal(before.Marks, said.Marks) {
			if why == "" {
				problems.Add("changed", "review.changed_missing")
			}
			problems.AtMost("changed", why, maxReason)
		}
		if err := problems.Err(); err != nil {
			return err
		}
		now.Marks, now.Reasons, now.Comment, now.Version = said.Marks, said.Reasons, said.Comment, e.Version
		if !now.In() {
			now.InAt = tx.Now()
		}
		tx.Touch(Topic)
		if err := updateMark(tx, now); err != nil {
			return err
		}
		if before.In() && !slices.Equal(before.Marks, said.Marks) {
			return insertChange(tx, now, Change{At: tx.Now(), Before: before.Marks, After: said.Marks, Why: why})
		}
		return nil
	})
}

// Given is something that a reader is to read.
type Given struct {
	Entry
	Mark
	To bool // it was given to them
}

// View is a panel as a reader sees it: without anything of what they are recused from.
type View struct {
	Panel
	Of
	Reader
	Sight
	List    []Entry             // of Names: the checklist, by names
	Ticked  map[civic.ID][]Why  // what the register found, by entry
	Given   []Given             // of Texts
	Ranking Ranking             // of Ranking: over All
	All     []Entry             // in the order of the indices of Ranking
	Name    map[civic.Ref]Named // of those that reasons name
}

// Named is the name of somebody whom a reason names.
type Named struct{ Name civic.Text }

// ShowReading is a panel to one of its readers; to others it is NotFound.
func (s *Service) ShowReading(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { v, err = s.reading(tx, a, id); return err })
	return v, err
}

func (s *Service) reading(tx *storage.Tx, a civic.Actor, id civic.ID) (v View, err error) {
	if v.Panel, v.Of, v.Reader, err = s.reader(tx, a, id); err != nil {
		return v, err
	}
	v.Sight = v.Panel.sees(v.Reader)
	all, err := entries(tx, id)
	if err != nil {
		return v, err
	}
	held, err := conflicts(tx, id)
	if err != nil {
		return v, err
	}
	if v.Sight.Names {
		slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Tick, b.Tick) })
		v.List, v.Ticked = all, map[civic.ID][]Why{}
		for _, c := range held {
			if c.Reader == v.Reader.ID && len(c.Why) > 0 {
				v.Ticked[c.Entry] = c.Why
			}
		}
		return v, nil
	}
	v.All = without(all, held, v.Reader.ID)
	mine, err := marksBy(tx, v.Reader.ID)
	if err != nil {
		return v, err
	}
	by := map[civic.ID]Mark{}
	for _, m := range mine {
		by[m.Entry] = m
	}
	for _, e := range v.All {
		m, given := by[e.ID]
		if v.Sight.Texts && (given || v.Panel.Stage != Marking) {
			v.Given = append(v.Given, Given{e, m, given})
		}
	}
	if v.Sight.Ranking {
		v.Ranking, err = s.rank(tx, v.Panel, v.All)
	}
	return v, err
}

// without are the entries from which somebody is not recused.
func without(all []Entry, held []Conflict, reader civic.ID) []Entry {
	kept := map[civic.ID]bool{}
	for _, c := range held {
		if c.Reader == reader {
			kept[c.Entry] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(e Entry) bool { return kept[e.ID] })
}

// rank ranks entries by the marks that are in.
func (s *Service) rank(tx *storage.Tx, p Panel, all []Entry) (Ranking, error) {
	said, err := marks(tx, p.ID)
	if err != nil {
		return Ranking{}, err
	}
	who, err := readers(tx, p.ID)
	return ranked(p, all, who, said), err
}

func ranked(p Panel, all []Entry, who []Reader, said []Mark) Ranking {
	entry, reader := map[civic.ID]int{}, map[civic.ID]int{}
	asks := make([]civic.Money, len(all))
	for i, e := range all {
		entry[e.ID], asks[i] = i, e.Ask
	}
	for j, r := range who {
		reader[r.ID] = j
	}
	var readings []Reading
	for _, m := range said {
		i, known := entry[m.Entry]
		if known && m.In() {
			readings = append(readings, Reading{Application: i, Reader: reader[m.Reader], Score: m.score(p.Rubric)})
		}
	}
	return Rank(p.Rubric, asks, readings, len(who), p.Money)
}

// agreement is Krippendorff's α over the scores of all entries, and how many readings it is of; false: there is nothing to compare.
func agreement(p Panel, all []Entry, who []Reader, said []Mark) (string, bool) {
	at := map[[2]civic.ID]string{}
	for _, m := range said {
		if m.In() {
			at[[2]civic.ID{m.Entry, m.Reader}] = m.score(p.Rubric).FloatString(6)
		}
	}
	var table [][]string
	for _, e := range all {
		var row []string
		for _, r := range who {
			row = append(row, at[[2]civic.ID{e.ID, r.ID}])
		}
		table = append(table, row)
	}
	alpha, err := allocation.Agreement(table, allocation.Interval)
	if err != nil || alpha.Alpha == nil {
		return "", false
	}
	return alpha.Alpha.FloatString(3), true
}

// Said is what somebody said of an entry, as others see it.
type Said struct {
	Mark
	Score   string
	Name    string
	Own     bool
	Changes []Change
}

// One is an entry as a reader sees it.
type One struct {
	View
	Entry
	Mine   Mark
	To     bool   // it was given to them
	Others []Said // once their own is in, and the stage shows it
	Stale  bool   // it was changed after they read it
}

// ShowEntry is an entry to a reader who is not recused from it; to others it is NotFound.
func (s *Service) ShowEntry(ctx context.Context, a civic.Actor, id, entry civic.ID) (v One, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.View, err = s.reading(tx, a, id); err != nil {
			return err
		}
		if v.Entry, err = readable(tx, v.View.Panel, v.Reader, entry); err != nil {
			return err
		}
		if v.Mine, v.To, err = storage.Found(markOf(tx, entry, v.Reader.ID)); err != nil {
			return err
		}
		v.Stale = v.Mine.In() && v.Mine.Version != v.Entry.Version
		if !v.Sight.Others || v.To && !v.Mine.In() {
			return nil
		}
		v.Others, err = s.said(tx, v.View.Panel, entry, v.Reader.ID)
		return err
	})
	return v, err
}

// said is what all readers said of an entry, with all changes.
func (s *Service) said(tx *storage.Tx, p Panel, entry, reader civic.ID) (out []Said, err error) {
	all, err := marksOf(tx, entry)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(m Mark) bool { return !m.In() })
	was, err := changes(tx, all)
	if err != nil {
		return nil, err
	}
	who, err := readers(tx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		i := slices.IndexFunc(who, func(r Reader) bool { return r.ID == m.Reader })
		one := Said{Mark: m, Score: m.score(p.Rubric).FloatString(2), Changes: was[m.no], Own: m.Reader == reader}
		if i >= 0 {
			one.Name = who[i].Name
		}
		out = append(out, one)
	}
	return out, nil
}

// Task is a panel in which somebody reads, with what is still to do.
type Task struct {
	Panel
	Of
	Declare bool
	Left    int // to read
	Given   int
}

func (s *Service) tasks(tx *storage.Tx, a civic.Actor, most int) (out []Task, err error) {
	all, err := readingsOf(tx, a.Account, most)
	if err != nil || !a.SignedIn() {
		return nil, err
	}
	for _, r := range all {
		p, of, r, err := s.reader(tx, a, r.Panel)
		if err != nil || r.gone() {
			continue // they run it by now, or were taken out
		}
		t := Task{Panel: p, Of: of, Declare: p.sees(r).Declare}
		mine, err := marksBy(tx, r.ID)
		if err != nil {
			return nil, err
		}
		for _, m := range mine {
			t.Given++
			if !m.In() && p.sees(r).Mark {
				t.Left++
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// Tasks are the panels in which the actor reads, the latest first.
func (s *Service) Tasks(ctx context.Context, a civic.Actor) (out []Task, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error { out, err = s.tasks(tx, a, 50); return err })
	return out, err
}

// place says how a ranked entry stands: "3", or "3–5" of a tie.
func place(r Ranked, list []Ranked) string {
	n := 0
	for _, o := range list {
		if o.Place == r.Place {
			n++
		}
	}
	switch {
	case r.Place == 0:
		return "—"
	case n > 1:
		return fmt.Sprintf("%d–%d", r.Place, r.Place+n-1)
	}
	return fmt.Sprint(r.Place)
}

// Sees says where somebody reads a thing: they were given it, are not recused from it, and may know whose it is. Who may see the files of a thing asks it.
func Sees(tx *storage.Tx, a civic.Actor, thing civic.Ref) (path string, sees bool, err error) {
	e, found, err := storage.Found(entryAbout(tx, thing))
	if err != nil || !found || !a.SignedIn() {
		return "", false, err
	}
	p, err := find(tx, e.Panel)
	if err != nil || p.Anonymous {
		return "", false, err
	}
	r, reads, err := storage.Found(readerOf(tx, e.Panel, a.Account))
	if err != nil || !reads {
		return "", false, err
	}
	_, err = readable(tx, p, r, e.ID)
	return e.path(), err == nil, ignoreMissing(err)
}

func ignoreMissing(err error) error {
	if civic.CodeOf(err) == civic.NotFound {
		return nil
	}
	return err
}
