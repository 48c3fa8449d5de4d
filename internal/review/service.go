package review

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/birge-kz/birge/allocation"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/identity"
	"github.com/birge-kz/birge/internal/notifications"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/audit"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Topic of cached pages that show anything of panels.
const Topic = "review"

// Service is the use cases. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	city     *city.Service
	declared *part.Declared
	identity *identity.Service
	record   *record.Log
	notices  *notifications.Service
	trail    *audit.Trail
	owners   map[string]Owner // by the kind of what is read for
}

// New makes the service.
func New(db *storage.DB, city *city.Service, declared *part.Declared, identity *identity.Service, record *record.Log, notices *notifications.Service, trail *audit.Trail) *Service {
	return &Service{db: db, city: city, declared: declared, identity: identity, record: record, notices: notices, trail: trail, owners: map[string]Owner{}}
}

// Serve lets things of a kind be read for. A part calls it when it is made, before anything else is asked.
func (s *Service) Serve(kind string, o Owner) { s.owners[kind] = o }

func (s *Service) value(key string) int { return int(s.city.Value("review." + key)) }

func notNow() error   { return civic.Fail(civic.Closed, "review.not_in_this_stage") }
func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// Of is what a panel reads for, as its owner tells it.
type Of struct {
	Ref   civic.Ref
	Title civic.Text
	Path  string    // its page
	Desk  string    // where it is worked on
	Whose civic.Ref // the organisation that gives the money, whose officers and representatives run the panel
}

// Runs reports whether the actor does the work of the panel. Whoever does cannot read in it.
func (o Of) Runs(a civic.Actor) bool {
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, o.Whose) || a.ActsFor(civic.Representative, o.Whose)
}

func (o Of) as(a civic.Actor) civic.Role {
	return a.ActsAs([]civic.Ref{o.Whose}, civic.Officer, civic.Representative, civic.Administrator)
}

func (s *Service) of(tx *storage.Tx, p Panel) (Of, error) {
	owner, served := s.owners[p.Of.Kind]
	if !served {
		return Of{}, notThere()
	}
	return owner.Of(tx, p.Of.ID)
}

// Open opens a panel for a thing of a part that serves, with what is to be read. It runs in the act of that part, which has asked whether the actor may.
func (s *Service) Open(tx *storage.Tx, t Terms, all []Entry) (civic.ID, error) {
	p := Panel{Terms: t, ID: civic.NewID(tx.Now()), Stage: Declaring, OpenedAt: tx.Now()}
	if err := insertPanel(tx, &p); err != nil {
		return "", err
	}
	for _, e := range all { // of one instant, so that nothing but chance orders their ids
		e.ID, e.Panel, e.Tick = civic.NewID(p.OpenedAt), p.ID, rand.Text()
		if err := insertEntry(tx, &e); err != nil {
			return "", err
		}
	}
	tx.Touch(Topic)
	return p.ID, nil
}

// Drop takes out what was withdrawn before the decision, with all that was said of it. Without a panel it changes nothing. Errors: civic.Closed once it was decided on.
func (s *Service) Drop(tx *storage.Tx, thing civic.Ref) error {
	e, found, err := storage.Found(entryAbout(tx, thing))
	if err != nil || !found {
		return err
	}
	if p, err := s.lock(tx, e.Panel); err != nil || p.Stage == Decided {
		return errors.Join(err, notNow())
	}
	tx.Touch(Topic)
	return deleteEntry(tx, e)
}

// End ends a panel without a decision, because what it reads for was called off, and tells its readers. Without a panel, or once it has decided, it changes nothing.
func (s *Service) End(tx *storage.Tx, of civic.Ref) error {
	p, found, err := storage.Found(panelOf(tx, of))
	if err != nil || !found {
		return err
	}
	if p, err = s.lock(tx, p.ID); err != nil || p.Stage == Decided {
		return err
	}
	p.Stage = Ended
	if err := updatePanel(tx, p); err != nil {
		return err
	}
	tx.Touch(Topic)
	who, err := readers(tx, p.ID)
	if err != nil {
		return err
	}
	what, err := s.of(tx, p)
	for _, r := range who {
		err = errors.Join(err, s.tell(tx, r, what, "ended", civic.Say("review.told_ended"), what.Path))
	}
	return err
}

// tell tells a reader, unless they are gone.
func (s *Service) tell(tx *storage.Tx, r Reader, of Of, event string, body civic.Message, path string) error {
	if r.gone() {
		return nil
	}
	return s.notices.Notify(tx, r.Account, notifications.Notice{Subject: civic.Say("review.told", "Title", of.Title), Body: body, Path: path, Event: "review/" + string(r.ID) + "/" + event})
}

// PanelOf is the panel of a thing; false: none was opened.
func (s *Service) PanelOf(tx *storage.Tx, of civic.Ref) (Panel, bool, error) {
	return storage.Found(panelOf(tx, of))
}

// run runs an act of whoever does the work of a panel, in one of the stages, while nobody else acts on it. Errors: civic.NotFound, also to others; civic.Closed in another stage.
func (s *Service) run(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Panel, Of) error, stages ...Stage) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		p, err := s.lock(tx, id)
		if err != nil {
			return err
		}
		of, err := s.of(tx, p)
		switch {
		case err != nil:
			return err
		case !of.Runs(a):
			return notThere()
		case !slices.Contains(stages, p.Stage):
			return notNow()
		}
		tx.Touch(Topic)
		return act(tx, p, of)
	})
}

// lock keeps everybody else from a panel, and its owner from what it reads for, in the order in which the owner takes them: whoever withdraws holds the owner's lock before the panel's.
func (s *Service) lock(tx *storage.Tx, id civic.ID) (Panel, error) {
	p, err := find(tx, id)
	if err != nil {
		return p, err
	}
	if err := tx.Lock(p.Of.String()); err != nil {
		return p, err
	}
	if err := tx.Lock("review:" + string(id)); err != nil {
		return p, err
	}
	return find(tx, id) // as the last who held the lock left it
}

// NewReader is somebody whom the organiser asks to read.
type NewReader struct {
	Email   string
	Belongs []civic.ID
	Langs   []civic.Lang
}

// AddReader names a reader, by the address of their account; one who was taken out reads again, and declares anew. Permission: Of.Runs. Errors as run; civic.Invalid with "email", "belongs", "langs".
func (s *Service) AddReader(ctx context.Context, a civic.Actor, id civic.ID, n NewReader) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, of Of) error {
		account, found, err := s.identity.AccountAt(tx, n.Email)
		if err != nil {
			return err
		}
		all, err := readers(tx, id)
		if err != nil {
			return err
		}
		var problems civic.Problems
		switch {
		case !found:
			problems.Add("email", "review.no_account")
		case slices.ContainsFunc(all, func(r Reader) bool { return r.Account == account.ID && r.OutAt.IsZero() }):
			problems.Add("email", "review.reads_already")
		case len(all) >= maxReaders:
			problems.Add("email", "review.readers_many", "Most", maxReaders)
		}
		runs, err := s.runsIt(tx, of, account.ID)
		if err != nil {
			return err
		}
		if runs {
			problems.Add("email", "review.runs_it")
		}
		if len(n.Langs) == 0 {
			problems.Add("langs", "review.choose")
		}
		if err := problems.Err(); err != nil {
			return err
		}
		r := Reader{ID: civic.NewID(tx.Now()), Panel: id, Account: account.ID, Name: account.Name, Belongs: n.Belongs, Langs: n.Langs}
		if i := slices.IndexFunc(all, func(o Reader) bool { return o.Account == account.ID }); i >= 0 { // taken out before: the same reader, with the marks that stayed, who declares anew
			r.ID, r.no = all[i].ID, all[i].no
			err = comeBack(tx, r)
		} else {
			err = insertReader(tx, &r)
		}
		if err != nil {
			return err
		}
		if err := s.tie(tx, p, r); err != nil {
			return err
		}
		return errors.Join(s.trail.Note(tx, a, "review.reader.add", ref(id), nil),
			s.notices.Notify(tx, r.Account, notifications.Notice{Subject: civic.Say("review.told_asked", "Title", of.Title), Body: civic.Say("review.told_declare"), Path: Path(id), Event: fmt.Sprint("review/", r.ID, "/asked/", tx.Now().UnixMilli())}))
	}, Declaring, Marking)
}

// runsIt reports whether an account does the work of a panel.
func (s *Service) runsIt(tx *storage.Tx, of Of, account civic.ID) (bool, error) {
	var holders []civic.ID
	for _, g := range []civic.Grant{{Role: civic.Administrator}, {Role: civic.Officer, Scope: of.Whose}, {Role: civic.Representative, Scope: of.Whose}} {
		some, err := identity.HoldersOf(tx, g.Role, g.Scope)
		if err != nil {
			return false, err
		}
		holders = append(holders, some...)
	}
	return slices.Contains(holders, account), nil
}

// tie notes of what the register says that the reader must not read it. What was lifted stays lifted, unless the register knows another reason now.
func (s *Service) tie(tx *storage.Tx, p Panel, r Reader) error {
	all, err := entries(tx, p.ID)
	if err != nil {
		return err
	}
	found, err := s.owners[p.Of.Kind].Ties(tx, r, all)
	if err != nil {
		return err
	}
	parties := make([]Parties, len(all))
	for i, e := range all {
		parties[i] = e.Who.Refs
	}
	lifted, err := liftedIn(tx, p.ID)
	if err != nil {
		return err
	}
	none := map[civic.ID][]Why{}
	for _, l := range lifted {
		if l.Reader == r.ID {
			none[l.Entry] = l.Why
		}
	}
	ties := TiesAt(found, tx.Now(), time.Duration(s.value("look_back"))*24*time.Hour)
	for i, why := range Conflicts(ties, []civic.Ref{r.Ref()}, parties)[0] {
		why = slices.DeleteFunc(why, func(w Why) bool { return slices.Contains(none[all[i].ID], w) })
		if len(why) == 0 {
			continue
		}
		if err := putConflict(tx, p.ID, Conflict{Entry: all[i].ID, Reader: r.ID, Why: why, At: tx.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// Ref is what ties call a reader: people are the same when their names are.
func (r Reader) Ref() civic.Ref { return PersonRef(r.Name) }

// DropReader takes a reader out. Marks that they have handed in stay; they read nothing else, and do not vote. Permission: Of.Runs. Errors as run.
func (s *Service) DropReader(ctx context.Context, a civic.Actor, id, reader civic.ID) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of) error {
		all, err := readers(tx, id)
		i := slices.IndexFunc(all, func(r Reader) bool { return r.ID == reader })
		if err != nil || i < 0 {
			return err
		}
		if err := deleteOpenMarks(tx, reader); err != nil {
			return err
		}
		said, err := marksBy(tx, reader)
		if err != nil {
			return err
		}
		if len(said) == 0 {
			err = deleteReader(tx, all[i])
		} else {
			err = leave(tx, all[i])
		}
		return errors.Join(err, standUp(tx, p, reader), s.trail.Note(tx, a, "review.reader.drop", ref(id), nil))
	}, Declaring, Marking, Meeting)
}

// leave notes that a reader reads and votes no more.
func leave(tx *storage.Tx, r Reader) error {
	if r.OutAt.IsZero() {
		r.OutAt = tx.Now()
	}
	return updateReader(tx, r)
}

// standUp takes a reader from the meeting, with their votes: what was decided with them is to be decided again.
func standUp(tx *storage.Tx, p Panel, reader civic.ID) error {
	is := func(one civic.ID) bool { return one == reader }
	if !slices.ContainsFunc(p.Present, is) {
		return nil
	}
	p.Present = slices.DeleteFunc(p.Present, is)
	all, err := entries(tx, p.ID)
	for _, e := range all {
		err = errors.Join(err, unvote(tx, e, is))
	}
	return errors.Join(err, updatePanel(tx, p))
}

// Lift takes out a conflict that the register found and that is none, as of two people of one name, keeps the reason, and tells the reader. What the reader says themselves stays. Permission: Of.Runs. Errors as
// run; civic.Invalid with "reason"; civic.NotFound when the register found nothing.
func (s *Service) Lift(ctx context.Context, a civic.Actor, id, entry, reader civic.ID, reason string) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, of Of) error {
		v, err := gather(tx, p)
		if err != nil {
			return err
		}
		r, found := v.found(entry, reader)
		if !found {
			return notThere()
		}
		var problems civic.Problems
		if reason == "" {
			problems.Add("reason", "review.lift_reason_missing")
		}
		if problems.AtMost("reason", reason, maxReason); len(problems) > 0 {
			return problems.Err()
		}
		return errors.Join(liftConflict(tx, entry, reader, reason), s.trail.Note(tx, a, "review.conflict.lift", ref(id), map[string]string{"entry": string(entry), "reader": string(reader)}),
			s.tell(tx, r, of, "lifted/"+string(entry), civic.Say("review.told_lifted", "Reason", reason), Path(id)))
	}, Declaring)
}

// found is a reader of whom the register found that they must not read an entry.
func (v Running) found(entry, reader civic.ID) (Reader, bool) {
	i := slices.IndexFunc(v.Readers, func(r Reader) bool { return r.ID == reader })
	if i < 0 || !slices.ContainsFunc(v.Conflicts, func(c Conflict) bool {
		return c.Entry == entry && c.Reader == reader && len(c.Why) > 0
	}) {
		return Reader{}, false
	}
	return v.Readers[i], true
}

// Declare notes of whom a reader says that they must not read it, by the ticks of the checklist. What the register found stays, ticked or not. Errors: civic.NotFound to others, civic.Closed when they have declared.
func (s *Service) Declare(ctx context.Context, a civic.Actor, id civic.ID, ticks []string) error {
	return s.reads(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of, r Reader) error {
		if !p.sees(r).Declare {
			return notNow()
		}
		all, err := entries(tx, id)
		if err != nil {
			return err
		}
		for _, e := range all {
			if slices.Contains(ticks, e.Tick) {
				if err := putConflict(tx, id, Conflict{Entry: e.ID, Reader: r.ID, Own: true, At: tx.Now()}); err != nil {
					return err
				}
			}
		}
		held, err := conflicts(tx, id)
		for _, c := range held { // whoever reads again may have marked it before
			if c.Reader == r.ID {
				err = errors.Join(err, deleteMark(tx, c.Entry, r.ID))
			}
		}
		r.DeclaredAt = tx.Now()
		return errors.Join(err, updateReader(tx, r))
	})
}

// reads runs an act of a reader, while nobody else acts on the panel. Errors: civic.NotFound to everybody else, and to whoever runs the panel.
func (s *Service) reads(ctx context.Context, a civic.Actor, id civic.ID, act func(*storage.Tx, Panel, Of, Reader) error) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if _, err := s.lock(tx, id); err != nil {
			return err
		}
		p, of, r, err := s.reader(tx, a, id)
		if err != nil {
			return err
		}
		return act(tx, p, of, r)
	})
}

func (s *Service) reader(tx *storage.Tx, a civic.Actor, id civic.ID) (p Panel, of Of, r Reader, err error) {
	if p, err = find(tx, id); err != nil {
		return p, of, r, err
	}
	if of, err = s.of(tx, p); err != nil {
		return p, of, r, err
	}
	if !a.SignedIn() || of.Runs(a) {
		return p, of, r, notThere()
	}
	r, err = readerOf(tx, id, a.Account)
	return p, of, r, err
}

// Recuse keeps a reader from something from now on, because they say so: what they said of it is gone. Errors: civic.NotFound, civic.Closed after the decision.
func (s *Service) Recuse(ctx context.Context, a civic.Actor, id, entry civic.ID) error {
	return s.reads(ctx, a, id, func(tx *storage.Tx, p Panel, _ Of, r Reader) error {
		e, err := readable(tx, p, r, entry)
		if err != nil {
			return err
		}
		if !p.sees(r).Mark {
			return notNow()
		}
		tx.Touch(Topic)
		return errors.Join(deleteMark(tx, e.ID, r.ID), unvote(tx, e, func(reader civic.ID) bool { return reader == r.ID }), putConflict(tx, id, Conflict{Entry: e.ID, Reader: r.ID, Own: true, At: tx.Now()}))
	})
}

// readable is an entry that the reader may see the text of. To whoever is recused it is not there.
func readable(tx *storage.Tx, p Panel, r Reader, entry civic.ID) (Entry, error) {
	e, err := findEntry(tx, entry)
	if err != nil || e.Panel != p.ID || !p.sees(r).Texts {
		return e, notThere()
	}
	all, err := conflicts(tx, p.ID)
	if err != nil {
		return e, err
	}
	if recused(all, e.ID, r.ID) {
		return e, notThere()
	}
	if p.Stage == Marking { // what one was not given to read is nobody's business yet
		_, found, err := storage.Found(markOf(tx, e.ID, r.ID))
		if err == nil && !found {
			err = notThere()
		}
		return e, err
	}
	return e, nil
}

func recused(all []Conflict, entry, reader civic.ID) bool {
	return slices.ContainsFunc(all, func(c Conflict) bool { return c.Entry == entry && c.Reader == reader })
}

// Begin gives everything to readers, as equally as it can, and lets them mark. Permission: Of.Runs. Errors as run; civic.Invalid with "load", "read_by"; civic.Conflict
// while somebody has not declared, or which entries lack readers.
func (s *Service) Begin(ctx context.Context, a civic.Actor, id civic.ID, load int, readBy time.Time) error {
	return s.run(ctx, a, id, func(tx *storage.Tx, p Panel, of Of) error {
		all, err := entries(tx, id)
		if err != nil {
			return err
		}
		who, err := readers(tx, id)
		if err != nil {
			return err
		}
		who = slices.DeleteFunc(who, Reader.gone)
		if err := checkGiving(1, load, readBy, tx.Now()); err != nil {
			return err
		}
		if len(all) == 0 {
			return civic.Fail(civic.Conflict, "review.nothing_to_read")
		}
		if slices.ContainsFunc(who, func(r Reader) bool { return r.DeclaredAt.IsZero() }) {
			return civic.Fail(civic.Conflict, "review.not_all_declared")
		}
		for _, r := range who { // the register may have changed since they were named
			if err := s.tie(tx, p, r); err != nil {
				return err
			}
		}
		held, err := conflicts(tx, id)
		if err != nil {
			return err
		}
		given, err := assign(p, all, who, held, load)
		if err != nil {
			return err
		}
		for i, of := range given {
			for _, j := range of {
				if err := insertMark(tx, id, Mark{Entry: all[i].ID, Reader: who[j].ID, Version: all[i].Version}); err != nil {
					return err
				}
			}
		}
		p.Stage, p.Load, p.ReadBy = Marking, load, readBy
		if err := updatePanel(tx, p); err != nil {
			return err
		}
		for _, r := range who {
			err = errors.Join(err, s.tellRead(tx, r, of, p))
		}
		return errors.Join(err, s.remindOf(tx, p), s.trail.Note(tx, a, "review.panel.begin", ref(id), nil))
	}, Declaring)
}

// checkGiving says what is wrong with how entries are given to readers, to each least at least.
func checkGiving(least, load int, readBy, now time.Time) error {
	var p civic.Problems
	if load < least || load > maxEntries {
		p.Add("load", "review.load_wrong", "Least", least)
	}
	if !readBy.After(now) {
		p.Add("read_by", "review.in_the_future")
	}
	return p.Err()
}

// gone reports whether a reader has left the city, or was taken out.
func (r Reader) gone() bool { return r.Account == "" || !r.OutAt.IsZero() }

// assign says who reads what: readers by entry. A text in a language that somebody reads suits them.
func assign(p Panel, all []Entry, who []Reader, held []Conflict, load int) ([][]int, error) {
	apart := map[[2]civic.ID]bool{}
	for _, c := range held {
		apart[[2]civic.ID{c.Entry, c.Reader}] = true
	}
	return pair(p, all, who, apart, p.Rubric.Readers, load)
}

// pair gives each entry to so many readers, of whom nobody gets more than most, and nobody what they are apart from.
func pair(p Panel, all []Entry, who []Reader, apart map[[2]civic.ID]bool, each, most int) ([][]int, error) {
	pairing := allocation.Pairing{Name: string(p.ID), Each: each, Most: most, Fit: func(i, j int) int {
		switch {
		case apart[[2]civic.ID{all[i].ID, who[j].ID}]:
			return -1
		case slices.Contains(who[j].Langs, all[i].Lang):
			return allocation.MostFit
		}
		return 0
	}}
	for _, e := range all {
		pairing.Applications = append(pairing.Applications, string(e.ID))
	}
	for _, r := range who {
		pairing.Readers = append(pairing.Readers, string(r.ID))
	}
	given, err := allocation.Assign(pairing)
	if short := (*allocation.Short)(nil); errors.As(err, &short) {
		var codes []string
		for _, id := range short.Applications[:min(10, len(short.Applications))] {
			codes = append(codes, Entry{ID: civic.ID(id)}.Code())
		}
		return nil, civic.Fail(civic.Conflict, "review.short", "Codes", codes, "Count", len(short.Applications), "Needed", short.Needed, "Readers", len(short.Readers), "Places", short.Places)
	}
	return given, err
}

// score is the exact mean of somebody's marks.
func (m Mark) score(r Rubric) *big.Rat {
	q, err := r.Score(m.Marks)
	if err != nil { // marks are checked before they are kept
		return new(big.Rat)
	}
	return q
}
