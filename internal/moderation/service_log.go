package moderation

import (
	"context"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// logPage is how many decisions a page of the log shows.
const logPage = 11

// Line is a decision as the log shows it.
type Line struct {
	Decision
	Title   part.Resolved // of the thing; empty when it is not for everybody
	Rule    Rule
	Contest *Contest // of a removal
}

// LogPage is a page of what was decided, the newest first.
type LogPage struct {
	Lines []Line
	Next  int64 // behind which the next page begins; 0 on the last
}

// Log lists a page of what was decided. Anybody may read it.
func (s *Service) Log(ctx context.Context, f Filter) (out LogPage, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		out, err = s.logOf(tx, f, logPage)
		return err
	})
	return out, err
}

func (s *Service) logOf(tx *storage.Tx, f Filter, most int) (out LogPage, err error) {
	found, err := listDecisions(tx, f, most+1)
	if err != nil {
		return out, err
	}
	found, last := storage.Page(found, most)
	if last != nil {
		out.Next = last.No
	}
	var things []civic.Ref
	var nos []int64
	for _, d := range found {
		things, nos = append(things, d.Thing), append(nos, d.No)
	}
	titles, err := s.declared.Titles(tx, civic.Actor{}, things)
	if err != nil {
		return out, err
	}
	contests, err := contestsOfDecisions(tx, nos)
	for _, d := range found {
		line := Line{Decision: d, Title: titles[d.Thing]}
		line.Rule, _ = s.Book().Rule(d.Rule)
		if c, there := contests[d.No]; there {
			line.Contest = &c
		}
		out.Lines = append(out.Lines, line)
	}
	return out, err
}

// Each visits every line that a filter lets through, the newest first.
func (s *Service) Each(ctx context.Context, f Filter, visit func(Line) error) error {
	return s.db.Read(ctx, func(tx *storage.Tx) error {
		for more := true; more; more = f.Before != 0 {
			page, err := s.logOf(tx, f, 500)
			if err != nil {
				return err
			}
			for _, line := range page.Lines {
				if err := visit(line); err != nil {
					return err
				}
			}
			f.Before = page.Next
		}
		return nil
	})
}

// Tallies are the totals of every month and rule, the newest month first. Anybody may read them.
func (s *Service) Tallies(ctx context.Context) (out []Tally, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		out, err = tallies(tx)
		return err
	})
	return out, err
}
