package paper

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/files"
	"github.com/birge-kz/birge/internal/part"
	"github.com/birge-kz/birge/internal/platform/i18n"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/platform/ui"
	"github.com/birge-kz/birge/internal/record"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Layout is what stands on a sheet, in one language.
type Layout struct {
	Issuer, Title string
	Intro         []string // paragraphs
	Choices       []string // each behind a box to be marked
	Columns       []string // of a table to be filled in by hand
	Rows          int      // of it
	Sections      []Section
}

// Section is a question of a booklet: how it is answered, what can be marked, and lines to write on.
type Section struct {
	Text, Hint string
	Choices    []string
	Lines      int
}

// Owner is how whoever owns a kind of things uses paper for them.
type Owner struct {
	// May reports whether the actor prints, gives out, enters and settles sheets of a thing.
	May func(tx *storage.Tx, actor civic.Actor, of civic.Ref) (bool, error)
	// Sorts are those that a thing may have.
	Sorts []Sort
	// Layout is what stands on the sheets of a thing.
	Layout func(tx *storage.Tx, of civic.Ref, sort Sort, lang civic.Lang) (Layout, error)
	// Hint tells who enters a sheet how to write down what stands on it.
	Hint civic.Message
	// Check reads what was written down of a sheet: its one form, or an error of code Invalid at the field "content".
	Check func(tx *storage.Tx, of civic.Ref, sort Sort, content string) (string, error)
	// ToPerson notes that a sheet is given to somebody who shows their individual number, in a transaction of its own: who may get one, and that
	// they got it, but not which. district is where they live by their document, "" for not said. nil: whoever asks gets a sheet. Errors at the fields "iin", "district".
	ToPerson func(ctx context.Context, actor civic.Actor, of civic.Ref, iin, district string) error
	// Places are those among which who gives a sheet to somebody chooses: districts, or what else the owner tells people apart by. nil: none is asked.
	Places func(tx *storage.Tx, p ui.Page, of civic.Ref) ([]ui.Option, error)
	// Agreed is called once for each sheet that two people read alike, or a third decided on, in that transaction; what the sheet says is then kept by the owner
	// alone. false: the sheet does not count, and is accounted for as such. nil: all wait for Handed.
	Agreed func(tx *storage.Tx, of civic.Ref, sort Sort, content string) (bool, error)
	// Gap is how many more people are noted than all sheets of a thing account for, below zero how many fewer, when the last run says p: what is not zero needs a
	// note. nil: nobody is noted.
	Gap func(tx *storage.Tx, of civic.Ref, p Protocol) (int64, error)
	// Off is called in the transaction that calls off the last run that was out for a thing. nil: nothing waits for sheets.
	Off func(tx *storage.Tx, of civic.Ref, sort Sort) error
	// Handed is called once, in the transaction that reconciles a run, with what its sheets say. nil: nothing is left to do.
	Handed func(tx *storage.Tx, of civic.Ref, sort Sort, contents []string, p Protocol) error
}

// Service is what can be done with paper. It is safe for concurrent use.
type Service struct {
	db       *storage.DB
	catalog  *i18n.Catalog
	declared *part.Declared
	record   *record.Log
	files    *files.Service
	origin   string           // of the city
	owners   map[string]Owner // by kind; filled before anything runs
}

// New makes the service. origin is the city's public address, which the codes on sheets lead to.
func New(db *storage.DB, catalog *i18n.Catalog, declared *part.Declared, record *record.Log, files *files.Service, origin string) *Service {
	return &Service{db: db, catalog: catalog, declared: declared, record: record, files: files, origin: strings.TrimSuffix(origin, "/"), owners: map[string]Owner{}}
}

// Own says how things of a kind use paper. A capability calls it when it is made.
func (s *Service) Own(kind string, o Owner) { s.owners[kind] = o }

// may finds the owner of a thing whose sheets the actor works with. Code: Forbidden.
func (s *Service) may(tx *storage.Tx, a civic.Actor, of civic.Ref) (Owner, error) {
	o, known := s.owners[of.Kind]
	if !known || !a.SignedIn() {
		return o, civic.Fail(civic.NotFound, "web.not_found")
	}
	ok, err := o.May(tx, a, of)
	if err == nil && !ok {
		err = civic.Fail(civic.Forbidden, "web.forbidden")
	}
	return o, err
}

// change finds a run that is out, alone with it, for somebody who works with it.
func (s *Service) change(tx *storage.Tx, a civic.Actor, id civic.ID) (Run, Owner, error) {
	if err := tx.Lock("paper:" + string(id)); err != nil {
		return Run{}, Owner{}, err
	}
	r, err := byID(tx, id)
	if err != nil {
		return r, Owner{}, err
	}
	o, err := s.may(tx, a, r.Of)
	if err == nil && r.State != Out {
		err = civic.Fail(civic.Closed, "paper.settled")
	}
	return r, o, err
}

// Print makes sheets, at most 500 at once, and returns their codes in the order in which they are printed: they are kept nowhere. Codes:
// Invalid; Forbidden; NotFound.
func (s *Service) Print(ctx context.Context, a civic.Actor, of civic.Ref, sort Sort, sheets int, lang civic.Lang) (r Run, layout Layout, codes []string, err error) {
	var hashes [][]byte
	for range min(max(sheets, 0), maxSheets) {
		code := newCode()
		codes, hashes = append(codes, code), append(hashes, hashOf(code))
	}
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("paper"); err != nil {
			return err
		}
		o, err := s.may(tx, a, of)
		if err != nil {
			return err
		}
		if sheets < 1 || sheets > maxSheets {
			return civic.Wrong("sheets", "paper.sheets_wrong", "Max", maxSheets)
		}
		if !slices.Contains(o.Sorts, sort) {
			return civic.Wrong("sort", "paper.sort_wrong")
		}
		if layout, err = o.Layout(tx, of, sort, lang); err != nil {
			return err
		}
		r = Run{ID: civic.NewID(tx.Now()), Of: of, Sort: sort, Sheets: int64(sheets), State: Out, PrintedAt: tx.Now()}
		if err := insertRun(tx, &r, a.Account, hashes); err != nil {
			return err
		}
		return s.note(tx, a, r, actPrinted, Protocol{Printed: r.Sheets})
	})
	return r, layout, codes, err
}

// Give notes that sheets were given out to a place. Codes: Invalid, when there are not so many left; as Print.
func (s *Service) Give(ctx context.Context, a civic.Actor, id civic.ID, place string, sheets int) error {
	place = strings.TrimSpace(place)
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		r, _, err := s.change(tx, a, id)
		if err != nil {
			return err
		}
		packets, err := packetsOf(tx, r.no)
		if err != nil {
			return err
		}
		left := r.Sheets - protocolOf(r, packets, nil).Given
		var p civic.Problems
		if place == "" || utf8.RuneCountInString(place) > maxPlace {
			p.Add("place", "paper.place_wrong", "Max", maxPlace)
		}
		if sheets < 1 || int64(sheets) > left {
			p.Add("sheets", "paper.left", "Count", left)
		}
		if len(packets) >= maxPackets {
			p.Add("place", "paper.packets_most", "Max", maxPackets)
		}
		if err := p.Err(); err != nil {
			return err
		}
		return insertPacket(tx, r.no, Packet{No: int64(len(packets)) + 1, Place: place, Given: int64(sheets), GivenAt: tx.Now()}, a.Account)
	})
}

// GiveTo asks the owner whether somebody gets a sheet, and notes there that they did. Codes: as Print, and the owner's.
func (s *Service) GiveTo(ctx context.Context, a civic.Actor, id civic.ID, iin, district string) error {
	var of civic.Ref
	var o Owner
	err := s.db.Read(ctx, func(tx *storage.Tx) error {
		r, err := byID(tx, id)
		if err != nil {
			return err
		}
		of = r.Of
		if o, err = s.may(tx, a, of); err == nil && (o.ToPerson == nil || r.State != Out) {
			err = civic.Fail(civic.NotFound, "web.not_found")
		}
		return err
	})
	if err != nil {
		return err
	}
	return o.ToPerson(ctx, a, of, iin, district)
}

// TakeBack notes what became of the sheets of a packet. A sum that is not what was given is taken, and stays in the protocol. Codes: Invalid;
// Conflict when they were counted; NotFound.
func (s *Service) TakeBack(ctx context.Context, a civic.Actor, id civic.ID, packet int64, back Back) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		r, _, err := s.change(tx, a, id)
		if err != nil {
			return err
		}
		packets, err := packetsOf(tx, r.no)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(packets, func(p Packet) bool { return p.No == packet })
		if i < 0 {
			return civic.Fail(civic.NotFound, "web.not_found")
		}
		if !packets[i].Open() {
			return civic.Fail(civic.Conflict, "paper.counted_already")
		}
		for field, n := range map[string]int64{"returned": back.Returned, "spoilt": back.Spoilt, "unused": back.Unused} {
			if n < 0 || n > r.Sheets {
				return civic.Wrong(field, "paper.number_wrong")
			}
		}
		if back.Replaced < 0 || back.Replaced > back.Spoilt {
			return civic.Wrong("replaced", "paper.replaced_wrong")
		}
		p := packets[i]
		p.Back, p.ClosedAt = back, tx.Now()
		return closePacket(tx, r.no, p, a.Account)
	})
}

// Enter notes what the actor read on a sheet, and says how far the sheet is then. The second person has to be another; when the two differ, a
// third decides. Codes: NotFound for a code that was not printed in the run; Conflict for a sheet that was entered (a copy, or the same person);
// Invalid for what the owner cannot read.
func (s *Service) Enter(ctx context.Context, a civic.Actor, id civic.ID, code, typed string) (state SheetState, err error) {
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		r, o, err := s.change(tx, a, id)
		if err != nil {
			return err
		}
		sh, found, err := findSheet(tx, hashOf(code))
		if err != nil {
			return err
		}
		if !found || sh.run != r.no {
			return civic.Wrong("code", "paper.no_sheet")
		}
		if len(typed) > maxContent {
			return civic.Wrong("content", "paper.too_long", "Max", maxContent)
		}
		content, err := o.Check(tx, r.Of, r.Sort, typed)
		if err != nil {
			return err
		}
		if sh.state == Agreed || sh.state == Void {
			return civic.Fail(civic.Conflict, "paper.entered_already").At("code")
		}
		before, err := entriesOf(tx, sh.hash)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(before, func(e entry) bool { return e.account == a.Account }) {
			return civic.Fail(civic.Conflict, "paper.same_person").At("code")
		}
		if err := insertEntry(tx, sh.hash, entry{int64(len(before)) + 1, a.Account, content}); err != nil {
			return err
		}
		switch {
		case len(before) == 0:
			sh.state = Once
		case len(before) == 1 && before[0].content != content:
			sh.state = Differs
		default:
			sh.state, sh.content = Agreed, content
		}
		if sh.state == Agreed && o.Agreed != nil {
			if sh, err = s.agreed(tx, r, o, sh); err != nil {
				return err
			}
		}
		state = sh.state
		return saveSheet(tx, sh)
	})
	return state, err
}

// agreed hands a sheet over that two people read alike, and forgets here what it says.
func (s *Service) agreed(tx *storage.Tx, r Run, o Owner, sh sheet) (sheet, error) {
	counts, err := o.Agreed(tx, r.Of, r.Sort, sh.content)
	if err != nil {
		return sh, err
	}
	if !counts {
		sh.state = Void
	}
	sh.content = ""
	return sh, emptyEntries(tx, sh.hash)
}

// Reconcile ends a run with its protocol, and hands its sheets over. What does not agree needs a note, which stays. Sheets that wait for a second or third
// person are read by nobody any more, and not counted, if lost says so. Codes: Conflict while packets are out, or sheets wait that are not lost; Invalid.
func (s *Service) Reconcile(ctx context.Context, a civic.Actor, id civic.ID, note string, lost bool) (p Protocol, err error) {
	note = strings.TrimSpace(note)
	err = s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("paper"); err != nil { // which runs are out is asked: none is printed or reconciled meanwhile
			return err
		}
		r, o, err := s.change(tx, a, id)
		if err != nil {
			return err
		}
		if p, _, err = protocol(tx, o, r); err != nil {
			return err
		}
		left := p.waiting()
		switch {
		case p.OpenPackets > 0 || left > 0 && !lost:
			return civic.Fail(civic.Conflict, "paper.waits")
		case p.Gap != 0 && note == "":
			gap := p.gap()
			return civic.Wrong("note", gap.Key, gap.Args...)
		case (left > 0 || !p.Agrees()) && note == "":
			return civic.Wrong("note", "paper.note_needed")
		case utf8.RuneCountInString(note) > maxNote:
			return civic.Wrong("note", "paper.too_long", "Max", maxNote)
		}
		if left > 0 {
			if err := voidWaiting(tx, r.no); err != nil {
				return err
			}
			if p, _, err = protocol(tx, o, r); err != nil {
				return err
			}
		}
		contents, err := contentsOf(tx, r.no)
		if err != nil {
			return err
		}
		if o.Handed != nil {
			if err := o.Handed(tx, r.Of, r.Sort, contents, p); err != nil {
				return err
			}
		}
		if r.Sort.forgotten() {
			if err := forgetContents(tx, r.no); err != nil {
				return err
			}
		}
		r.State, r.SettledAt, r.Note = Settled, tx.Now(), note
		if err := saveRun(tx, r); err != nil {
			return err
		}
		return s.note(tx, a, r, actReconciled, p)
	})
	return p, err
}

// GiveUp forgets what was read on the sheets of a thing that wait for a second or third person: they count no more. The runs are reconciled as they are.
func (s *Service) GiveUp(tx *storage.Tx, of civic.Ref) error {
	all, err := runsOf(tx, of, maxRuns)
	for _, r := range all {
		if err == nil && r.State == Out {
			if err = tx.Lock("paper:" + string(r.ID)); err == nil {
				err = voidWaiting(tx, r.no)
			}
		}
	}
	return err
}

// CallOff ends a run of which nothing was given out or entered: its sheets count nothing any more, and nothing waits for them. Codes: Conflict; as Print.
func (s *Service) CallOff(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("paper"); err != nil { // which runs are out is asked
			return err
		}
		r, o, err := s.change(tx, a, id)
		if err != nil {
			return err
		}
		p, _, err := protocol(tx, o, r)
		if err != nil {
			return err
		}
		if !p.untouched() {
			return civic.Fail(civic.Conflict, "paper.touched")
		}
		if p.Last && o.Off != nil {
			if err := o.Off(tx, r.Of, r.Sort); err != nil {
				return err
			}
		}
		r.State, r.SettledAt = Off, tx.Now()
		if err := errors.Join(deleteSheets(tx, r.no), saveRun(tx, r)); err != nil {
			return err
		}
		return s.note(tx, a, r, actCalledOff, Protocol{Printed: r.Sheets})
	})
}

// untouched reports whether no sheet was given out or entered.
func (p Protocol) untouched() bool {
	return p.Given == 0 && p.waiting()+p.Entered[Agreed]+p.Entered[Void] == 0
}

// Out counts the runs of a thing that are not reconciled yet.
func (s *Service) Out(tx *storage.Tx, of civic.Ref) (int64, error) { return outOf(tx, of) }

func protocol(tx *storage.Tx, o Owner, r Run) (Protocol, []Packet, error) {
	packets, err := packetsOf(tx, r.no)
	if err != nil {
		return Protocol{}, nil, err
	}
	entered, err := countSheets(tx, r.no)
	if err != nil {
		return Protocol{}, nil, err
	}
	others, err := othersOut(tx, r)
	p := protocolOf(r, packets, entered)
	if p.Last = others == 0; err == nil && p.Last && o.Gap != nil && r.State == Out && !p.Waits() {
		p.Gap, err = o.Gap(tx, r.Of, p)
	}
	return p, packets, err
}

// note writes an act about a run into the record.
func (s *Service) note(tx *storage.Tx, a civic.Actor, r Run, act string, p Protocol) error {
	return s.record.Record(tx, record.Entry{Kind: act, Subject: ref(r), FollowsFrom: []civic.Ref{r.Of}, Actor: role(a), Payload: map[string]any{
		"of": r.Of.String(), "sort": string(r.Sort), "printed": r.Sheets, "given": p.Given, "returned": p.Returned, "spoilt": p.Spoilt, "replaced": p.Replaced, "unused": p.Unused, "missing": p.Missing, "entered": p.Entered[Agreed], "void": p.Entered[Void],
		"note": proof.Digest(r.Note)}})
}

// View is a run as those see it who work with it.
type View struct {
	Run
	Title       civic.Text
	Protocol    Protocol
	Packets     []Packet
	Differences []Difference
	Hint        civic.Message
	ToPerson    bool // sheets are given to people whom the owner knows
	Scans       []files.File
}

// differencesShown is how many a page shows; the rest come when these are settled.
const differencesShown = 20

// View shows a run. Codes: NotFound; Forbidden.
func (s *Service) View(ctx context.Context, a civic.Actor, id civic.ID) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Run, err = byID(tx, id); err != nil {
			return err
		}
		o, err := s.may(tx, a, v.Of)
		if err != nil {
			return err
		}
		v.Hint, v.ToPerson = o.Hint, o.ToPerson != nil
		if v.Title, err = s.title(tx, a, v.Of); err != nil {
			return err
		}
		if v.Protocol, v.Packets, err = protocol(tx, o, v.Run); err != nil {
			return err
		}
		if v.Differences, err = differences(tx, v.no, differencesShown); err != nil {
			return err
		}
		kept, err := s.files.Of(tx, a, ref(v.Run))
		v.Scans = kept[scans]
		return err
	})
	return v, err
}

func (s *Service) title(tx *storage.Tx, a civic.Actor, of civic.Ref) (civic.Text, error) {
	named, err := s.declared.Titles(tx, a, []civic.Ref{of})
	return named[of].Title, err
}

// Runs are those of a thing, the latest first. Codes: NotFound; Forbidden.
func (s *Service) Runs(ctx context.Context, a civic.Actor, of civic.Ref) (o Owner, title civic.Text, all []Run, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if o, err = s.may(tx, a, of); err != nil {
			return err
		}
		if title, err = s.title(tx, a, of); err != nil {
			return err
		}
		all, err = runsOf(tx, of, maxRuns)
		return err
	})
	return o, title, all, err
}
