package organisations

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// FilingOf returns the filing on a year, or, where there is none yet, a draft from the year
// before. Drafts are for those who speak for the organisation and for moderators; to others
// they are NotFound.
func (s *Service) FilingOf(ctx context.Context, actor civic.Actor, id civic.ID, year int) (o Organisation, f Filing, prefilled bool, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		found, err := load(tx, id)
		if err != nil {
			return err
		}
		own := Moderates(actor) || Speaks(actor, &found.Organisation)
		if !Visible(found.State, actor) {
			return notFound()
		}
		o = found.Organisation
		all, err := filings(tx, id)
		if err != nil {
			return err
		}
		for _, have := range all { // newest first
			if have.Year == year {
				f = have
				if f.FiledAt == 0 && !own {
					return notFound()
				}
				return nil
			}
			if have.Year < year && own {
				f, prefilled = have.Prefill(), true
				break
			}
		}
		if !own {
			return notFound()
		}
		f.Organisation, f.Name, f.Year = id, o.Name, year
		return nil
	})
	return o, f, prefilled, err
}

// SaveFiling keeps a draft, or files it (file): then every part must be there (Invalid), and
// it is public. What is filed may be corrected; when it was first filed stays. For those who
// speak for the organisation and for moderators (Forbidden). Closed for a year not over yet.
func (s *Service) SaveFiling(ctx context.Context, actor civic.Actor, id civic.ID, year int, f Filing, file bool) error {
	if file {
		if err := f.ReadyToFile(); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		o, err := load(tx, id)
		if err != nil {
			return err
		}
		if !Visible(o.State, actor) {
			return notFound()
		}
		if !Moderates(actor) && !Speaks(actor, &o.Organisation) {
			return civic.Fail(civic.Forbidden, "web.forbidden")
		}
		if due := ReportYear(s.today(tx.Now())); year > due || year < due-20 {
			return civic.Fail(civic.Closed, "organisations.filing_wrong_year", "Year", plainYear(due))
		}
		if err := tx.Lock("organisation_filing:" + string(id)); err != nil {
			return err
		}
		old, known, err := filingOn(tx, id, year)
		if err != nil {
			return err
		}
		filedAt, onTime := old.FiledAt, old.OnTime
		if known && filedAt != 0 && !file {
			if err := f.ReadyToFile(); err != nil { // a filed one stays complete
				return err
			}
		}
		if file && filedAt == 0 {
			filedAt, onTime = storage.Millis(tx.Now()), !tx.Now().After(s.due(year))
			c := counts{fmt.Sprintf("filed:%04d", year): 1}
			if onTime {
				c[fmt.Sprintf("ontime:%04d", year)] = 1
			}
			if err := c.flush(tx); err != nil {
				return err
			}
		}
		tx.Touch(Topic, topicOf(id))
		f.Organisation, f.Year, f.FiledAt, f.OnTime = id, year, filedAt, onTime
		return saveFiling(tx, f)
	})
}

// Filed lists who filed on a year, the earliest first, and how many that is of the active
// NGOs. after is a place to go on: the filing seen last, or nil.
func (s *Service) Filed(ctx context.Context, year int, after *Filing, limit int) (share FilingShare, out []Filing, err error) {
	share.Year = year
	at, from := int64(0), civic.ID("")
	if after != nil {
		at, from = after.FiledAt, after.Organisation
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		filed, onTime := fmt.Sprintf("filed:%04d", year), fmt.Sprintf("ontime:%04d", year)
		n, err := readCounts(tx, []string{"filers", filed, onTime})
		if err != nil {
			return err
		}
		share.Filers, share.Filed, share.OnTime = n["filers"], n[filed], n[onTime]
		out, err = filedOn(tx, year, at, from, limit)
		return err
	})
	return share, out, err
}

// ---- milestones and the sector over time ----

// Milestone is a dated event in the history of the city's civil society.
type Milestone struct {
	ID     civic.ID
	Date   Date
	Title  civic.Text
	Source string // address of a page that tells of it, or ""
}

// Sector is the history of the city's civil society in numbers.
type Sector struct {
	Years      []int                    // from the first founding on, without gaps
	Founded    map[int]int64            // per year
	Ended      map[int]int64            // per year
	ByTheme    map[string]map[int]int64 // code of the theme, year; one organisation counts under each of its themes
	Milestones []Milestone
}

// maxYears bounds the chart; what was founded before is in the list all the same.
const maxYears = 60

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
			p.Add("title."+string(l), "organisations.too_long", "Limit", maxShort)
		}
	}
	date, _, problem := Clean(fieldFounded, string(m.Date), nil, s.today(s.db.Now()))
	if problem == nil && date == "" {
		bad := civic.Say("organisations.bad_date")
		problem = &bad
	}
	if problem != nil {
		p = append(p, civic.FieldError{Field: "date", Message: *problem})
	}
	source, _, problem := Clean(fieldWebsite, m.Source, nil, s.db.Now())
	if problem != nil {
		p = append(p, civic.FieldError{Field: "source", Message: *problem})
	}
	if err := p.Err(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *storage.Tx) error {
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

// due is the last moment in which the filing on a year is on time, by the city's setting.
func (s *Service) due(year int) time.Time {
	return Due(year, int(s.city.Value(FilingDay)), s.city.Zone())
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
