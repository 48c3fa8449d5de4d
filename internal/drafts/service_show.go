package drafts

import (
	"context"
	"strings"

	"github.com/birge-kz/birge/internal/answers"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
	"github.com/birge-kz/birge/internal/moderation"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/record"
)

// Listed is a draft in a list.
type Listed struct {
	Draft
	BodyName organisations.Named
}

// listed looks up what lists show of drafts, all at once.
func (s *Service) listed(tx *storage.Tx, all []Draft) ([]Listed, error) {
	var bodies []civic.ID
	for _, d := range all {
		bodies = append(bodies, d.Body)
	}
	names, err := s.city.Organisations.Named(tx, bodies)
	out := make([]Listed, len(all))
	for i, d := range all {
		out[i] = Listed{d, names[d.Body]}
	}
	return out, err
}

// List is a page of drafts.
type List struct {
	Items []Listed
	Next  string // cursor of the next page; "" on the last
}

const pageSize = 20

// List returns a page of drafts that everybody reads, the latest first. Errors: civic.Invalid for a cursor that is none.
func (s *Service) List(ctx context.Context, q Query) (List, error) { return s.page(ctx, q, pageSize) }

func (s *Service) page(ctx context.Context, q Query, most int) (l List, err error) {
	l.Items, l.Next, err = storage.ReadPage(ctx, s.db, func(tx *storage.Tx) ([]Draft, string, error) { return list(tx, q, most) }, s.listed)
	return l, err
}

// Latest returns what changed last: the feed.
func (s *Service) Latest(ctx context.Context) (out []Listed, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := latest(tx, 50)
		if err == nil {
			out, err = s.listed(tx, all)
		}
		return err
	})
	return out, err
}

// ForDesk lists the drafts on which the actor works, the latest first.
func (s *Service) ForDesk(ctx context.Context, a civic.Actor) (out []Listed, err error) {
	const most = 100
	bodies := a.Scopes(civic.Officer)
	if a.Has(civic.Administrator) {
		bodies = nil
	} else if len(bodies) == 0 {
		return nil, nil
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		all, err := ofBodies(tx, bodies, most)
		if err == nil {
			out, err = s.listed(tx, all)
		}
		return err
	})
	return out, err
}

// View is a draft as its page shows it.
type View struct {
	Listed
	Text     []Paragraph // some of it: from a place on, or what was found
	Whole    int         // how many paragraphs there are
	Next     int         // the place where the next page begins; 0: none
	Contents []Paragraph // the headings
	Hottest  []Paragraph // with the most remarks
	Counts   map[Outcome]int64
	Owed     *answers.Obligation // the report
	Trace    record.Neighbours
}

// Remarks counts what is said.
func (v View) Remarks() (n int64) {
	for _, c := range v.Counts {
		n += c
	}
	return n
}

// Bounds of a page.
const (
	textSize     = 30
	headingsMost = 200
	hottestMost  = 5
)

// Show returns a draft for its page: its text from a place on, or the paragraphs that hold some words. Errors: civic.NotFound.
func (s *Service) Show(ctx context.Context, id civic.ID, from int, words string) (v View, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Listed, err = s.shown(tx, id); err != nil {
			return err
		}
		d := v.Draft
		if err := v.read(tx, from, words); err != nil {
			return err
		}
		if v.Hottest, err = hottest(tx, d, hottestMost); err != nil {
			return err
		}
		if v.Counts, err = countBy(tx, d); err != nil {
			return err
		}
		if v.Owed, err = s.reportOwed(tx, id); err != nil {
			return err
		}
		v.Trace, err = s.city.Record.Neighbours(tx, Ref(id))
		return err
	})
	return v, err
}

// shown is a draft that everybody reads, with the name of its body. Errors: civic.NotFound.
func (s *Service) shown(tx *storage.Tx, id civic.ID) (Listed, error) {
	d, err := public(tx, id)
	if err != nil {
		return Listed{}, err
	}
	return s.named(tx, d)
}

func (s *Service) named(tx *storage.Tx, d Draft) (Listed, error) {
	all, err := s.listed(tx, []Draft{d})
	if err != nil {
		return Listed{}, err
	}
	return all[0], nil
}

func public(tx *storage.Tx, id civic.ID) (Draft, error) {
	d, err := find(tx, id)
	if err == nil && !d.Public() {
		err = notThere()
	}
	return d, err
}

// reportOwed is the report that the body owes about a draft; nil before it is closed.
func (s *Service) reportOwed(tx *storage.Tx, id civic.ID) (*answers.Obligation, error) {
	owed, err := s.city.Answers.About(tx, []civic.Ref{Ref(id)})
	if o, there := owed[Ref(id)]; there {
		return &o, err
	}
	return nil, err
}

// read fills in a page of the text.
func (v *View) read(tx *storage.Tx, from int, words string) (err error) {
	if v.Whole, err = countParagraphs(tx, v.Draft, v.Version); err != nil {
		return err
	}
	if v.Contents, err = headings(tx, v.Draft, v.Version, headingsMost); err != nil {
		return err
	}
	if words != "" {
		all, err := wholeText(tx, v.Draft, v.Version)
		v.Text = found(all, words)
		return err
	}
	if v.Text, err = text(tx, v.Draft, v.Version, from, textSize+1); err != nil {
		return err
	}
	if len(v.Text) > textSize {
		v.Next, v.Text = v.Text[textSize].Place, v.Text[:textSize]
	}
	return nil
}

// found are the paragraphs that hold all of some words, or have the number, in either language; at most a page of them.
func found(all []Paragraph, words string) (out []Paragraph) {
	wanted := strings.Fields(strings.ToLower(words))
	for _, p := range all {
		text := strings.ToLower(p.Words[civic.Kazakh] + "\n" + p.Words[civic.Russian])
		holds := true
		for _, w := range wanted {
			holds = holds && strings.Contains(text, w)
		}
		if (holds || len(wanted) == 1 && p.Number == wanted[0]) && len(out) < textSize {
			out = append(out, p)
		}
	}
	return out
}

// Line is a remark as its reader sees it.
type Line struct {
	Remark
	Name      organisations.Named // of the organisation
	Rule      civic.Text          // by which it was removed
	Supported bool                // by the reader
	Mine      bool
	May       bool // the reader may support it
	Landed    *Paragraph
}

// lines completes remarks with what a page shows beside them.
func (s *Service) lines(tx *storage.Tx, a civic.Actor, d Draft, all []Remark) ([]Line, error) {
	var ids []civic.ID
	for _, r := range all {
		if r.Organisation != "" {
			ids = append(ids, r.Organisation)
		}
	}
	names, err := s.city.Organisations.Named(tx, ids)
	if err != nil {
		return nil, err
	}
	mine, err := supported(tx, a.Account, all)
	if err != nil {
		return nil, err
	}
	out, places := make([]Line, len(all)), []int{}
	for _, r := range all {
		if lands := r.Public(d).Verdict.Lands; lands > 0 {
			places = append(places, lands)
		}
	}
	landed, err := paragraphsAt(tx, d, 2, places)
	if err != nil {
		return nil, err
	}
	for i, r := range all {
		l := Line{Remark: r.Public(d), Supported: mine[r.no], Mine: r.By(a.Account)}
		l.Name = names[l.Organisation]
		if rule, there := s.city.Moderation.Book().Rule(l.Remark.Rule); there {
			l.Rule = rule.Title
		}
		l.May = !l.Mine && r.State == Shown && s.maySupport(a, d, tx.Now()) == nil
		if p, there := landed[l.Verdict.Lands]; there {
			l.Landed = &p
		}
		out[i] = l
	}
	return out, nil
}

// Spot is a paragraph with what is said about it.
type Spot struct {
	Listed
	Paragraph     Paragraph
	Whole         int
	Lines         []Line
	Next          string
	Blocked       error                 // why the reader cannot remark; nil when they can
	Organisations []organisations.Named // for which the reader may speak
}

// Spot returns a page of what is said about a paragraph of the text that was discussed, what most support first. Errors: civic.NotFound.
func (s *Service) Spot(ctx context.Context, a civic.Actor, id civic.ID, place int, after string) (v Spot, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Listed, err = s.shown(tx, id); err != nil {
			return err
		}
		d := v.Draft
		v.Blocked = s.mayRemark(a, d, tx.Now())
		if v.Paragraph, err = paragraphAt(tx, d, 1, place); err != nil {
			return err
		}
		if v.Whole, err = countParagraphs(tx, d, 1); err != nil {
			return err
		}
		from, _ := storage.ParsePlace(after) // nonsense means the beginning
		remarks, err := remarksOn(tx, d, place, from, pageSize+1)
		if err != nil {
			return err
		}
		remarks, last := storage.Page(remarks, pageSize)
		if last != nil {
			v.Next = storage.PlaceAt(last.Support, last.no).String()
		}
		if v.Lines, err = s.lines(tx, a, d, remarks); err != nil {
			return err
		}
		return s.speaksFor(tx, a, &v)
	})
	return v, err
}

// speaksFor adds the organisations for which the reader may speak.
func (s *Service) speaksFor(tx *storage.Tx, a civic.Actor, v *Spot) error {
	ids := a.Scopes(civic.Representative)
	if len(ids) == 0 {
		return nil
	}
	names, err := s.city.Organisations.Named(tx, ids)
	for _, id := range ids {
		if n, there := names[id]; there {
			v.Organisations = append(v.Organisations, n)
		}
	}
	return err
}

// One is a remark alone.
type One struct {
	Line
	Of        Listed
	Paragraph Paragraph
	Fate      moderation.Fate // of a removed one, for who wrote it
	Trace     record.Neighbours
}

// One returns a remark for its own page. Errors: civic.NotFound.
func (s *Service) One(ctx context.Context, a civic.Actor, id civic.ID) (o One, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		r, err := findRemark(tx, id)
		if err != nil {
			return err
		}
		if o.Of, err = s.shown(tx, r.Draft); err != nil {
			return err
		}
		d := o.Of.Draft
		lines, err := s.lines(tx, a, d, []Remark{r})
		if err != nil {
			return err
		}
		o.Line = lines[0]
		if o.Paragraph, err = paragraphAt(tx, d, 1, r.Place); err != nil {
			return err
		}
		if o.Mine {
			if o.Fate, err = s.city.Moderation.Fate(tx, remarkRef(id)); err != nil {
				return err
			}
		}
		o.Trace, err = s.city.Record.Neighbours(tx, remarkRef(id))
		return err
	})
	return o, err
}

// ReportView is a page of the report on the remarks.
type ReportView struct {
	Listed
	Counts map[Outcome]int64
	Lines  []ReportLine
	Next   string
}

// ReportLine is a remark with the paragraph to which it was made.
type ReportLine struct {
	Line
	Paragraph Paragraph
}

// ReportOf returns a page of the report on the remarks, in the order in which they were said. Errors: civic.NotFound while there is none.
func (s *Service) ReportOf(ctx context.Context, a civic.Actor, id civic.ID, after int64, most int) (v ReportView, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Listed, err = s.shown(tx, id); err == nil && v.ReportedAt.IsZero() {
			err = notThere()
		}
		if err != nil {
			return err
		}
		d := v.Draft
		if v.Counts, err = countBy(tx, d); err != nil {
			return err
		}
		remarks, next, err := s.pageOfRemarks(tx, d, after, false, most)
		if err != nil {
			return err
		}
		v.Next = next
		v.Lines, err = s.withParagraphs(tx, a, d, remarks)
		return err
	})
	return v, err
}

// pageOfRemarks is a page of a draft's remarks in their order, and the cursor of the next.
func (s *Service) pageOfRemarks(tx *storage.Tx, d Draft, after int64, open bool, most int) (all []Remark, next string, err error) {
	if all, err = remarksOf(tx, d, after, open, most+1); err != nil {
		return nil, "", err
	}
	all, last := storage.Page(all, most)
	if last != nil {
		next = count(last.no)
	}
	return all, next, nil
}

func (s *Service) withParagraphs(tx *storage.Tx, a civic.Actor, d Draft, remarks []Remark) (out []ReportLine, err error) {
	lines, err := s.lines(tx, a, d, remarks)
	if err != nil {
		return nil, err
	}
	places := []int{}
	for _, l := range lines {
		places = append(places, l.Place)
	}
	of, err := paragraphsAt(tx, d, 1, places)
	for _, l := range lines {
		out = append(out, ReportLine{l, of[l.Place]})
	}
	return out, err
}

// Change is a paragraph in two versions.
type Change struct {
	From, To *Paragraph // nil where it is in one only
	Pieces   []document.Piece
	Because  []Remark // whose words stand in it
}

// Changes are the paragraphs that differ between the text that was discussed and the one that came of it, in one language.
type Changes struct {
	Listed
	All  []Change
	Next int // where the next page begins; 0: none
}

// changesMost is how many changes a page shows.
const changesMost = 30

// Changes returns a page of the changes from a paragraph of the next version on. Errors: civic.NotFound while there is no next version.
func (s *Service) Changes(ctx context.Context, id civic.ID, lang civic.Lang, skip int) (v Changes, err error) {
	var from, to []Paragraph
	landed := map[int][]Remark{}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if v.Listed, err = s.shown(tx, id); err == nil && v.Version < 2 {
			err = notThere()
		}
		if err != nil {
			return err
		}
		d := v.Draft
		if from, err = wholeText(tx, d, 1); err != nil {
			return err
		}
		if to, err = wholeText(tx, d, 2); err != nil {
			return err
		}
		all, err := landing(tx, d)
		for _, r := range all {
			if r.State == Shown {
				landed[r.Verdict.Lands] = append(landed[r.Verdict.Lands], r)
			}
		}
		return err
	})
	if err != nil {
		return v, err
	}
	n := 0
	for _, pair := range document.Pairs(in(from, lang), in(to, lang)) {
		c := Change{}
		a, b := "", ""
		if pair.From >= 0 {
			c.From, a = &from[pair.From], from[pair.From].Words[lang]
		}
		if pair.To >= 0 {
			c.To, b = &to[pair.To], to[pair.To].Words[lang]
			c.Because = landed[c.To.Place]
		}
		if a == b && len(c.Because) == 0 {
			continue
		}
		if n++; n <= skip {
			continue
		}
		if len(v.All) == changesMost {
			v.Next = n - 1
			break
		}
		c.Pieces = document.Words(a, b)
		v.All = append(v.All, c)
	}
	return v, nil
}

// Work is a draft as its body works on it.
type Work struct {
	Listed
	Paragraphs [3]int         // of each version
	Text       []Paragraph    // the beginning of the version that is written
	Left       map[string]int // what could not be read of it
	Counts     map[Outcome]int64
	Owed       *answers.Obligation
}

// Work returns a draft for the desk of its body. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Work(ctx context.Context, a civic.Actor, id civic.ID) (v Work, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		d, err := find(tx, id)
		if err == nil && !mayPrepare(a, d.Body) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		if v.Listed, err = s.named(tx, d); err != nil {
			return err
		}
		for version := 1; version <= 2; version++ {
			if v.Paragraphs[version], err = countParagraphs(tx, d, version); err != nil {
				return err
			}
		}
		version := max(1, d.writes())
		if v.Text, err = text(tx, d, version, 0, 10); err != nil {
			return err
		}
		if v.Left, err = leftOut(tx, d, version); err != nil {
			return err
		}
		if v.Counts, err = countBy(tx, d); err != nil {
			return err
		}
		v.Owed, err = s.reportOwed(tx, id)
		return err
	})
	return v, err
}

// WorkText is the text that the body writes, or wrote last, as it was read.
type WorkText struct {
	Work
	Version int
	Shown   []Paragraph
	Next    int // the place where the next page begins; 0: none
}

// WorkText returns a page of it from a place on, or the paragraphs that hold some words. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) WorkText(ctx context.Context, a civic.Actor, id civic.ID, from int, words string) (v WorkText, err error) {
	if v.Work, err = s.Work(ctx, a, id); err != nil {
		return v, err
	}
	if v.Version = 1; v.Paragraphs[2] > 0 {
		v.Version = 2
	}
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		if strings.TrimSpace(words) != "" {
			all, err := wholeText(tx, v.Draft, v.Version)
			v.Shown = found(all, words)
			return err
		}
		v.Shown, err = text(tx, v.Draft, v.Version, from, textSize+1)
		if len(v.Shown) > textSize {
			v.Next, v.Shown = v.Shown[textSize].Place, v.Shown[:textSize]
		}
		return err
	})
	return v, err
}

// Lands finds the paragraph of the next text that is meant by its number, or by its place. Permission: mayPrepare. Errors: civic.NotFound, civic.Forbidden;
// civic.Invalid with "lands".
func (s *Service) Lands(ctx context.Context, a civic.Actor, id civic.ID, typed string) (place int, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		d, err := find(tx, id)
		if err == nil && !mayPrepare(a, d.Body) {
			err = notYours()
		}
		if err != nil {
			return err
		}
		all, err := wholeText(tx, d, 2)
		if err == nil {
			place, err = placeOf(all, typed)
		}
		return err
	})
	return place, err
}

// ToWeigh is a page of remarks for the body: those without a verdict, or all.
type ToWeigh struct {
	Work
	Lines []ReportLine
	Went  map[int]Paragraph // by the place of a remark's paragraph: what it is in the next text
	Next  string
}

// ToWeigh returns it, with the verdicts that nobody else sees yet. Permission: mayPrepare.
func (s *Service) ToWeigh(ctx context.Context, a civic.Actor, id civic.ID, all bool, after int64) (v ToWeigh, err error) {
	if v.Work, err = s.Work(ctx, a, id); err != nil {
		return v, err
	}
	var from, to []Paragraph
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		remarks, next, err := s.pageOfRemarks(tx, v.Draft, after, !all, pageSize)
		if err != nil {
			return err
		}
		v.Next = next
		if v.Lines, err = s.withParagraphs(tx, a, v.Draft, remarks); err != nil {
			return err
		}
		for i, r := range remarks {
			v.Lines[i].Verdict = r.Verdict
		}
		if v.Paragraphs[2] == 0 {
			return nil
		}
		if from, err = wholeText(tx, v.Draft, 1); err == nil {
			to, err = wholeText(tx, v.Draft, 2)
		}
		return err
	})
	if err == nil && len(to) > 0 { // not while the transaction is open: long texts take their time
		v.Went = went(from, to)
	}
	return v, err
}
