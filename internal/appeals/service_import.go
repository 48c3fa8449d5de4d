package appeals

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/appeals/older"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/places"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/tables"
)

// importBatch is how many rows are taken in one transaction: what other writers wait for.
const importBatch = 100

// Import takes the appeals of an older system in, each known by its number there: the same table a second time changes nothing. All are private, for
// whoever wrote them was not told that everybody would read them; nobody is named and nobody told. What was answered is closed with its answer; what was not
// its body owes from the day of filing on. A row that cannot be taken stops no other. The caller has permitted it. progress, if not nil, is told how many rows
// are done. Errors: those of older.Read.
func (s *Service) Import(ctx context.Context, f io.ReaderAt, size int64, o tables.Options, dryRun bool, progress func(done, whole int64)) (*older.Report, error) {
	if dryRun {
		ctx = storage.Rehearsal(ctx)
	}
	im := &importer{s: s, progress: progress}
	if err := im.lookUp(ctx); err != nil {
		return nil, err
	}
	report, err := older.Read(f, size, o, func(r *older.Report, row older.Row) error {
		if im.batch = append(im.batch, row); len(im.batch) < importBatch {
			return nil
		}
		return im.take(ctx, r)
	})
	if err != nil {
		return nil, err
	}
	report.DryRun = dryRun
	return report, im.take(ctx, report)
}

type importer struct {
	s         *Service
	progress  func(done, whole int64)
	done      int64
	bodies    map[string]civic.ID // those that work, by BIN and names; "" for what two have
	former    map[string]civic.ID // those that do not any more
	districts map[string]string   // codes, by code and names
	batch     []older.Row
}

// lookUp learns how bodies and districts are called.
func (im *importer) lookUp(ctx context.Context) error {
	im.bodies, im.former, im.districts = map[string]civic.ID{}, map[string]civic.ID{}, map[string]string{}
	for _, d := range im.s.city.Settings.Current().Districts {
		im.districts[tables.Plain(d.Code)] = d.Code
		for _, name := range d.Name {
			im.districts[tables.Plain(name)] = d.Code
		}
	}
	return im.s.city.Organisations.Each(ctx, organisations.Query{Kind: organisations.StateBody}, func(o organisations.Organisation) error {
		called := im.former
		if o.Status == organisations.Active {
			called = im.bodies
		}
		words := map[string]bool{tables.Plain(o.BIN()): true}
		for _, name := range o.Name {
			words[tables.Plain(name)] = true
		}
		delete(words, "")
		for word := range words {
			if _, met := called[word]; met {
				called[word] = ""
			} else {
				called[word] = o.ID
			}
		}
		return nil
	})
}

// body finds the body that a row names: of what was answered also one that does not work any more.
func (im *importer) body(row older.Row) civic.ID {
	word := tables.Plain(row.Body)
	if id := im.bodies[word]; id != "" || row.Answered.IsZero() {
		return id
	}
	return im.former[word]
}

// take takes the rows that were gathered, and tells the report what became of each.
func (im *importer) take(ctx context.Context, report *older.Report) error {
	var taken, there int
	var refused [][]older.Problem
	var without []older.Problem
	err := im.s.db.Write(ctx, func(tx *storage.Tx) error {
		taken, there, refused, without = 0, 0, nil, nil // there may be another run
		if err := tx.Lock(numbers); err != nil {
			return err
		}
		for _, row := range im.batch {
			a, left := im.read(row)
			before, wrong, err := im.one(tx, a, row)
			switch {
			case err != nil:
				return err
			case len(wrong) > 0:
				refused = append(refused, wrong)
			case before:
				there++
			default:
				taken++
				without = append(without, left...)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	report.Taken, report.There = report.Taken+taken, report.There+there
	for _, wrong := range refused {
		report.Refuse(wrong...)
	}
	report.LeaveOut(without...)
	if im.done += int64(len(im.batch)); im.progress != nil {
		im.progress(im.done, 0)
	}
	im.batch = im.batch[:0]
	return nil
}

// read makes an appeal of a row. Of a title that is too long nothing is lost: it stands whole before the words. left: what means nothing here.
func (im *importer) read(row older.Row) (a Appeal, left []older.Problem) {
	clean := func(s string) string { return strings.TrimSpace(civic.CleanText(s)) }
	filed := im.s.dayOf(row.Filed)
	a = Appeal{Older: row.Number, Sort: Sort(row.Kind), Title: clean(row.Title), Words: clean(row.Text), Address: clean(row.Address), State: Filed, Text: Private, WrittenAt: filed, FiledAt: filed,
		Year: row.Filed.Year()}
	if a.Sort == "" {
		a.Sort = Complaint
	}
	switch {
	case a.Words == "":
		a.Words = a.Title
	case utf8.RuneCountInString(a.Title) > maxTitle:
		a.Words = a.Title + "\n\n" + a.Words
	case a.Title == "":
		a.Title, _, _ = strings.Cut(a.Words, "\n")
	}
	if letters := []rune(a.Title); len(letters) > maxTitle {
		a.Title = strings.TrimSpace(string(letters[:maxTitle-1])) + "…"
	}
	a.Lang = civic.GuessLang(a.Title+" "+a.Words, im.s.city.Settings.Current().Languages[0])
	var known bool
	if a.Point, known = places.ParsePoint(row.Point); !known && row.Point != "" {
		left = append(left, older.Problem{Row: row.Line, Column: "point", Code: "no_point", Value: row.Point})
	}
	if a.District = im.districts[tables.Plain(row.District)]; a.District == "" {
		if row.District != "" {
			left = append(left, older.Problem{Row: row.Line, Column: "district", Code: "no_district", Value: row.District})
		}
		a.District, _ = im.s.city.Places.Outlines().At(a.Point)
	}
	return a, left
}

// dayOf is the beginning of a day in the city.
func (s *Service) dayOf(day time.Time) time.Time {
	if day.IsZero() {
		return day
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, s.city.Settings.Zone())
}

// refuse finds what is wrong with a row that the table itself does not tell.
func (im *importer) refuse(a Appeal, row older.Row, body civic.ID, now time.Time) (wrong []older.Problem) {
	add := func(column, code, value string) {
		wrong = append(wrong, older.Problem{Row: row.Line, Column: column, Code: code, Value: value})
	}
	if a.FiledAt.After(now) {
		add("filed", "future", row.Filed.Format(time.DateOnly))
	}
	if im.s.dayOf(row.Answered).After(now) {
		add("answered", "future", row.Answered.Format(time.DateOnly))
	}
	if body == "" && (row.Body != "" || !row.Answered.IsZero()) {
		add("body", "no_body", row.Body)
	}
	for _, said := range []struct {
		column, words string
		most          int
	}{{"number", a.Older, maxPlace}, {"title", a.Title, maxTitle}, {"text", a.Words, im.s.value("words_max")}, {"address", a.Address, maxPlace}, {"answer", row.Answer, im.s.value("words_max")}} {
		switch {
		case utf8.RuneCountInString(said.words) > said.most:
			add(said.column, "too_long", "")
		case said.words != "" && civic.Junk(said.words, nil) != "":
			add(said.column, "junk", said.words)
		}
	}
	return wrong
}

// one takes one appeal. there: it was taken before; wrong: it cannot be.
func (im *importer) one(tx *storage.Tx, a Appeal, row older.Row) (there bool, wrong []older.Problem, err error) {
	before, there, err := storage.Found(byOlder(tx, a.Older))
	if err != nil {
		return false, nil, err
	}
	if there && !before.FiledAt.Equal(a.FiledAt) { // another appeal, of a second system
		return false, []older.Problem{{Row: row.Line, Column: "number", Code: "other_day", Value: row.Number}}, nil
	}
	if there {
		return true, nil, nil
	}
	body := im.body(row)
	if wrong := im.refuse(a, row, body, tx.Now()); len(wrong) > 0 {
		return false, wrong, nil
	}
	return false, nil, im.s.takeIn(tx, a, body, row)
}

// takeIn keeps an appeal of an older system with the case of its body, if that is known.
func (s *Service) takeIn(tx *storage.Tx, a Appeal, body civic.ID, row older.Row) error {
	a.ID, a.ChangedAt = civic.NewID(tx.Now()), a.FiledAt
	last, err := lastSerial(tx, a.Year)
	if err != nil {
		return err
	}
	a.Serial = last + 1
	if err := insert(tx, &a); err != nil {
		return err
	}
	tx.Touch(topic)
	answered := s.dayOf(row.Answered)
	if !answered.IsZero() {
		a.State, a.Body, a.ChangedAt = Closed, body, answered
	}
	if err := errors.Join(update(tx, a), s.note(tx, actImported, a, "")); err != nil || body == "" {
		return err
	}
	if answered.IsZero() {
		_, err := s.charge(tx, &a, Case{Body: body}, "")
		return err
	}
	c := Case{ID: civic.NewID(tx.Now()), Appeal: a.ID, Body: body, State: Closed, BegunAt: a.FiledAt, JudgeBy: storage.Time(0), PausedUntil: storage.Time(0), ContestedAt: storage.Time(0), ClosedAt: answered}
	if err := insertCase(tx, &c); err != nil {
		return err
	}
	v := answers.Verdict{At: answered, Outcome: answers.Answered, Promised: storage.Time(0)}
	if said := strings.TrimSpace(civic.CleanText(row.Answer)); said != "" {
		v.Reason = civic.Text{civic.GuessLang(said, a.Lang): said}
	}
	return errors.Join(updateCase(tx, c), insertReply(tx, c, v), s.noteCase(tx, actClosed, a, c, ""))
}
