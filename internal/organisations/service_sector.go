package organisations

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Milestone is a dated event in the history of the city's civil society.
type Milestone struct {
	ID     civic.ID
	Date   Date
	Title  civic.Text
	Source string // address of a page that tells of it, or ""
}

// maxYears bounds the chart; what was founded before is in the list all the same.
const maxYears = 60

// Sector is the history of the city's civil society in numbers.
type Sector struct {
	Years      []int                    // from the first founding on, without gaps
	Founded    map[int]int64            // per year
	Ended      map[int]int64            // per year
	ByTheme    map[string]map[int]int64 // code of the theme, year; one organisation counts under each of its themes
	Milestones []Milestone
}

// Sector counts foundings and ends of all public entries.
func (s *Service) Sector(ctx context.Context) (out Sector, err error) {
	out = Sector{Founded: map[int]int64{}, Ended: map[int]int64{}, ByTheme: map[string]map[int]int64{}}
	var n map[string]int64
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if n, err = yearCounts(tx); err != nil {
			return err
		}
		out.Milestones, err = milestones(tx)
		return err
	})
	first, last := 9999, 0
	for facet, count := range n {
		var year int
		var theme string
		if k, _ := fmt.Sscanf(facet, "ended:%4d", &year); k == 1 {
			out.Ended[year] = count
		} else if k, _ := fmt.Sscanf(facet, "year:%4d:%s", &year, &theme); k == 2 {
			if out.ByTheme[theme] == nil {
				out.ByTheme[theme] = map[int]int64{}
			}
			out.ByTheme[theme][year] = count
		} else {
			out.Founded[year] = count
		}
		first, last = min(first, year), max(last, year)
	}
	for y := max(first, last-maxYears+1); y <= last; y++ {
		out.Years = append(out.Years, y)
	}
	return out, err
}

// AddMilestone notes an event. Administrators only (Forbidden).
func (s *Service) AddMilestone(ctx context.Context, actor civic.Actor, m Milestone) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	var p civic.Problems
	m.Title = m.Title.Trimmed()
	if m.Title.Empty() {
		p.Add("title.kk", "organisations.title_needed")
	}
	for l, t := range m.Title {
		if len([]rune(t)) > maxShort {
			p.Add("title."+string(l), "organisations.too_long", "Count", maxShort)
		}
	}
	date, problem := cleanDate(string(m.Date), s.today(s.db.Now()))
	if problem != nil {
		p = append(p, civic.FieldError{Field: "date", Message: *problem})
	}
	source := ""
	if raw := strings.TrimSpace(m.Source); raw != "" {
		if source, problem = cleanLink(raw); problem != nil {
			p = append(p, civic.FieldError{Field: "source", Message: *problem})
		}
	}
	if err := p.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("organisation_milestone"); err != nil {
			return err
		}
		all, err := milestones(tx)
		if err != nil {
			return err
		}
		for _, there := range all { // a form that was sent twice makes one
			if there.Date == Date(date) && maps.Equal(there.Title, m.Title) {
				return nil
			}
		}
		id := civic.NewID(tx.Now())
		if err := insertMilestone(tx, Milestone{ID: id, Date: Date(date), Title: m.Title, Source: source}); err != nil {
			return err
		}
		tx.Touch(Topic)
		return s.trail.Note(tx, actor, "organisations.milestone.add", civic.Ref{Kind: MilestoneKind, ID: id}, nil)
	})
}

// RemoveMilestone takes one away. Administrators only (Forbidden).
func (s *Service) RemoveMilestone(ctx context.Context, actor civic.Actor, id civic.ID) error {
	if !actor.Has(civic.Administrator) {
		return civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		there, err := deleteMilestone(tx, id)
		if err != nil {
			return err
		}
		if !there {
			return notFound()
		}
		tx.Touch(Topic)
		return s.trail.Note(tx, actor, "organisations.milestone.remove", civic.Ref{Kind: MilestoneKind, ID: id}, nil)
	})
}

// milestoneTitles is the part.Resolver of milestones, which are all public.
func milestoneTitles(tx *storage.Tx, _ civic.Actor, ids []civic.ID) (map[civic.ID]part.Resolved, error) {
	all, err := milestones(tx)
	out := map[civic.ID]part.Resolved{}
	for _, m := range all {
		if slices.Contains(ids, m.ID) {
			out[m.ID] = part.Resolved{Title: m.Title, Path: "/organisations/sector"}
		}
	}
	return out, err
}
