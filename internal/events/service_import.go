package events

import (
	"context"
	"slices"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/events/calendar"
	"github.com/birge-kz/birge/internal/platform/storage"
)

// Imported is what became of a calendar that was taken in.
type Imported struct {
	DryRun bool   `json:"dry_run"`
	Read   int    `json:"read"`  // events in the file
	Taken  int    `json:"taken"` // are drafts now
	There  int    `json:"there"` // had been taken in before
	Left   []Left `json:"left"`
}

// Left is an event that was not taken in.
type Left struct {
	Line  int    `json:"line"`
	Title string `json:"title"`
	Words string `json:"words"` // why, for whoever runs the command
	Why   error  `json:"-"`
}

// Import takes the events of a calendar in as drafts of a host, which adds what a calendar does not say (the other language, how one gets in) and announces them. Each
// is known by its UID: the same file a second time changes nothing, whatever became of them since. An event that cannot be taken is left, and the others are taken. Errors: civic.Invalid with
// "hosts" when the register has no such host.
func (s *Service) Import(ctx context.Context, host civic.ID, f *calendar.File, dryRun bool) (out Imported, err error) {
	if dryRun {
		ctx = storage.Rehearsal(ctx)
	}
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		out = Imported{DryRun: dryRun, Read: len(f.Events), Left: []Left{}}
		if _, err := s.official(tx, Event{Hosts: []civic.ID{host}}); err != nil {
			return err
		}
		if err := tx.Lock("events"); err != nil {
			return err
		}
		for _, c := range f.Events {
			there, why, err := s.importOne(tx, host, c)
			switch {
			case err != nil:
				return err
			case why != nil:
				out.Left = append(out.Left, Left{Line: c.Line, Title: c.Title, Why: why})
			case there:
				out.There++
			default:
				out.Taken++
			}
		}
		return nil
	})
	return out, err
}

// importOne takes one event in. there: it was taken in before; why: it cannot be.
func (s *Service) importOne(tx *storage.Tx, host civic.ID, c calendar.Event) (there bool, why, err error) {
	uid := string(host) + " " + c.UID
	if _, there, err := knownUID(tx, uid); there || err != nil {
		return there, nil, err
	}
	if !c.Fit() {
		return false, civic.Fail(civic.Invalid, "events.import_wrong"), nil
	}
	if c.Cancelled {
		return false, civic.Fail(civic.Invalid, "events.import_off"), nil
	}
	var dates []Date
	for _, o := range c.Occurrences {
		if !o.End.After(o.Start) {
			return false, civic.Fail(civic.Invalid, "events.import_no_end"), nil
		}
		if o.End.Sub(o.Start) > mostLength {
			return false, civic.Fail(civic.Invalid, "events.lasts_too_long"), nil
		}
		d := Date{Of: o.Of, Starts: o.Start, Ends: o.End, Off: o.Cancelled}
		if o.Changed || o.Cancelled {
			d.Sequence = 1
		}
		dates = append(dates, d)
	}
	if !slices.ContainsFunc(dates, func(d Date) bool { return !d.Off && d.Ends.After(tx.Now()) }) {
		return false, civic.Fail(civic.Invalid, "events.in_the_future"), nil
	}
	for _, words := range []*string{&c.Title, &c.Text, &c.Place, &c.URL} {
		*words = strings.TrimSpace(civic.CleanText(*words))
		if key := civic.Junk(*words, nil); key != "" && *words != "" {
			return false, civic.Fail(civic.Invalid, key), nil
		}
	}
	lang := civic.GuessLang(c.Title+" "+c.Text, s.city.Settings.Current().Languages[0])
	e := Event{State: Draft, Hosts: []civic.ID{host}, Title: civic.Text{lang: c.Title}, About: civic.Text{lang: strings.TrimSpace(c.Text + "\n\n" + c.URL)}, Place: c.Place, For: ForAll, Repeats: c.Rule,
		SubmittedAt: tx.Now(), ChangedAt: tx.Now()}
	e.clean()
	// A draft may lack what its host adds before it is announced.
	whole := e
	if whole.About.Empty() {
		whole.About = e.Title
	}
	if whole.Place == "" {
		whole.Place = c.Title
	}
	if why := whole.check(false, s.city.Settings.Current()).Err(); why != nil {
		return false, why, nil
	}
	e.ID = civic.NewID(tx.Now())
	if err := insert(tx, &e, uid); err != nil {
		return false, nil, err
	}
	return false, nil, insertDates(tx, e, dates)
}
