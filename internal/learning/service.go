// Package learning teaches in short courses, asks what was understood, and certifies it. A course says by which redaction of which law it
// was written (package course); attempts are marked by the version in which they were begun. See README.md.
package learning

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/capability"
	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/credentials"
	"github.com/birge-kz/birge/internal/laws"
	"github.com/birge-kz/birge/internal/learning/course"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/platform/markdown"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/search"
)

// topic of kept pages that show courses.
const topic = "learning"

const (
	mostAttempts = 50   // of one person at one course that are looked at
	mostSheets   = 5000 // of a version, for its statistics
	mostDesk     = 60
	maxNote      = 1000
	maxTitle     = 120 // letters
	maxSummary   = 500
)

// Service is what can be done. It is safe for concurrent use.
type Service struct{ city capability.City }

// New makes the service.
func New(c capability.City) *Service {
	s := &Service{city: c}
	c.Laws.Serve(Kind, func(tx *storage.Tx, a civic.Actor, id civic.ID) (bool, error) {
		of, found, err := storage.Found(find(tx, id))
		return found && MayWrite(a, of.Organisation), err
	})
	return s
}

func (s *Service) value(name string) int64 { return s.city.Settings.Value("learning." + name) }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

// SaveDraft keeps a draft of a course: of a new one of the organisation when id is "". Faults in the source do not keep anybody from keeping it.
// over is the Mark of what its writer began with. Errors: NotFound, Forbidden, Invalid; Conflict when a colleague has saved meanwhile.
func (s *Service) SaveDraft(ctx context.Context, a civic.Actor, id, organisation civic.ID, src Source, over string) (kept civic.ID, err error) {
	src = tidy(src)
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("learning"); err != nil {
			return err
		}
		c := Course{ID: id, Organisation: organisation}
		if id != "" {
			var err error
			if c, err = find(tx, id); err != nil {
				return err
			}
		}
		if !MayWrite(a, c.Organisation) {
			return civic.Wrong("organisation", "learning.choose_organisation")
		}
		if named, err := s.city.Organisations.Named(tx, []civic.ID{c.Organisation}); err != nil || len(named) == 0 {
			return civic.Wrong("organisation", "learning.choose_organisation")
		}
		compiled, _ := Compile(src)
		if err := checkSource(src, compiled); err != nil {
			return err
		}
		if !toSave.may(c.DraftState) {
			return civic.Fail(civic.Closed, "learning.not_now")
		}
		if id != "" && c.DraftState == Written && Mark(src) == Mark(c.underWay()) { // pressed twice
			kept = c.ID
			return nil
		}
		if id != "" && over != Mark(c.underWay()) {
			return civic.Fail(civic.Conflict, "learning.saved_meanwhile")
		}
		if id == "" {
			c.ID = civic.NewID(tx.Now())
			c.Title, c.Summary = namesOf(compiled)
			if err := insert(tx, &c); err != nil {
				return err
			}
		}
		if c.Draft == nil {
			c.Draft = &Draft{}
		}
		c.Draft.Source, c.Draft.Note, c.DraftState = src, "", toSave.to
		c.Draft.writtenBy(a.Account)
		kept = c.ID
		tx.Touch(topic)
		return saveDraft(tx, c)
	})
	return kept, err
}

// tidy leaves out languages in which there is nothing.
func tidy(src Source) Source {
	keep := func(all map[civic.Lang]string) map[civic.Lang]string {
		out := map[civic.Lang]string{}
		for lang, text := range all {
			if strings.TrimSpace(text) != "" {
				out[lang] = strings.ReplaceAll(text, "\r\n", "\n")
			}
		}
		return out
	}
	return Source{keep(src.Pages), keep(src.Questions)}
}

// checkSource says why a source cannot even be a draft: it has no title by which one could find it again, or is too long.
func checkSource(src Source, c course.Course) error {
	var p civic.Problems
	title, _ := namesOf(c)
	if len(title) == 0 {
		p.Add("page.kk", "learning.no_title")
	}
	for _, lang := range civic.Languages() {
		if text := title[lang]; text != "" {
			if key := civic.Junk(text, nil); key != "" {
				p.Add("page."+string(lang), key)
			}
		}
		p.AtMost("page."+string(lang), title[lang], maxTitle)
		p.AtMost("page."+string(lang), c.Pages[lang].Summary, maxSummary)
		if len(src.Pages[lang]) > maxPage {
			p.Add("page."+string(lang), "learning.too_long", "Kilobytes", maxPage>>10)
		}
		if len(src.Questions[lang]) > maxPage {
			p.Add("questions."+string(lang), "learning.too_long", "Kilobytes", maxPage>>10)
		}
	}
	return p.Err()
}

func namesOf(c course.Course) (title, summary civic.Text) {
	title, summary = civic.Text{}, civic.Text{}
	for lang, p := range c.Pages {
		if p.Title != "" {
			title[lang] = p.Title
		}
		if p.Summary != "" {
			summary[lang] = p.Summary
		}
	}
	return title, summary
}

// ready says what keeps a draft from being read by others: faults, or a language that lacks something. A body's course is whole in both
// official languages, another's in one.
func (s *Service) ready(tx *storage.Tx, c Course) error {
	compiled, faults := Compile(c.Draft.Source)
	if len(faults) > 0 {
		return civic.Fail(civic.Invalid, "learning.has_faults", "Count", len(faults))
	}
	bodies, err := s.city.Organisations.Bodies(tx)
	if err != nil {
		return err
	}
	whole := 0
	for _, lang := range civic.OfficialLanguages() {
		if modules, questions := compiled.Missing(lang); modules == 0 && questions == 0 && len(compiled.Questions[lang]) > 0 {
			whole++
		}
	}
	body := organisations.Among(bodies, c.Organisation)
	switch {
	case whole == 0:
		return civic.Fail(civic.Invalid, "learning.not_whole")
	case body && whole < len(civic.OfficialLanguages()):
		return civic.Fail(civic.Invalid, "learning.body_both")
	}
	for lang, p := range compiled.Pages {
		if p.Of > len(compiled.Questions[lang]) && len(compiled.Questions[lang]) > 0 {
			return civic.Fail(civic.Invalid, "learning.asks_more", "Of", p.Of, "Count", len(compiled.Questions[lang]))
		}
	}
	return nil
}

// move takes a step with a draft.
func (s *Service) move(ctx context.Context, id civic.ID, to step, allowed func(Course) bool, change func(tx *storage.Tx, c *Course) error) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("learning"); err != nil {
			return err
		}
		c, err := find(tx, id)
		switch {
		case err != nil:
			return err
		case !allowed(c):
			return civic.Fail(civic.Forbidden, "web.forbidden")
		case c.Draft == nil || !to.may(c.DraftState):
			return civic.Fail(civic.Closed, "learning.not_now")
		}
		c.DraftState = to.to
		tx.Touch(topic)
		return change(tx, &c)
	})
}

// Ask asks others to read a draft. Errors: NotFound, Forbidden, Closed, Invalid with what is missing.
func (s *Service) Ask(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.move(ctx, id, toAsk, func(c Course) bool { return MayWrite(a, c.Organisation) }, func(tx *storage.Tx, c *Course) error {
		if err := s.ready(tx, *c); err != nil {
			return err
		}
		c.Draft.Note = ""
		return saveDraft(tx, *c)
	})
}

// GiveBack gives a draft back to its author, with what is to be mended. Errors: NotFound, Forbidden, Closed, Invalid.
func (s *Service) GiveBack(ctx context.Context, a civic.Actor, id civic.ID, note string) error {
	return s.move(ctx, id, toGiveBack, func(c Course) bool { return c.Draft == nil || MayReview(a, *c.Draft) }, func(tx *storage.Tx, c *Course) error {
		var p civic.Problems
		if strings.TrimSpace(note) == "" {
			p.Add("note", "learning.say_why")
		}
		p.AtMost("note", note, maxNote)
		if err := p.Err(); err != nil {
			return err
		}
		c.Draft.Note = note
		return saveDraft(tx, *c)
	})
}

// Publish publishes a draft that somebody else wrote, as the next version of its course. Who has begun to answer the version before goes on
// with it. read is the Mark of what whoever publishes has read. Errors: NotFound, Forbidden, Closed, Invalid; Conflict when it is another
// text by now.
func (s *Service) Publish(ctx context.Context, a civic.Actor, id civic.ID, read string) error {
	return s.move(ctx, id, toPublish, func(c Course) bool { return c.Draft == nil || MayReview(a, *c.Draft) }, func(tx *storage.Tx, c *Course) error {
		if read != Mark(c.Draft.Source) {
			return civic.Fail(civic.Conflict, "learning.read_again_first")
		}
		return s.publish(tx, a, c)
	})
}

// publish makes a course's draft its next version.
func (s *Service) publish(tx *storage.Tx, a civic.Actor, c *Course) error {
	if err := s.ready(tx, *c); err != nil {
		return err
	}
	compiled, _ := Compile(c.Draft.Source)
	c.Source, c.Version, c.PublishedAt, c.Withdrawn = c.Draft.Source, c.Version+1, tx.Now(), false
	c.Title, c.Summary = namesOf(compiled)
	page := compiled.Pages[compiled.Shown(civic.Kazakh)]
	c.Theme, c.Minutes = page.Theme, page.Minutes
	if _, known := city.ThemeOf(c.Theme); !known {
		c.Theme = "other"
	}
	if err := savePublished(tx, *c); err != nil {
		return err
	}
	if err := s.index(tx, *c, compiled); err != nil {
		return err
	}
	named, cites := lawsOf(compiled)
	if err := s.city.Laws.Cite(tx, ref(c.ID), named, cites, true); err != nil {
		return err
	}
	return s.recordCourse(tx, a, actPublished, *c)
}

func (s *Service) index(tx *storage.Tx, c Course, compiled course.Course) error {
	var words []string
	for _, lang := range civic.Languages() {
		words = append(words, c.Summary[lang])
		for _, m := range compiled.Pages[lang].Modules {
			words = append(words, m.Heading, markdown.Plain(m.Text))
		}
	}
	return s.city.Search.Put(tx, search.Document{Ref: ref(c.ID), Number: c.no, Public: c.Open(), About: []city.Scope{{Theme: c.Theme}},
		Words: search.Analyse(search.Text{Title: search.Join(c.Title), Rest: strings.Join(words, "\n")})})
}

// Withdraw takes a course out of the list. Certificates stay, and who has begun may finish. Errors: NotFound, Forbidden, Closed.
func (s *Service) Withdraw(ctx context.Context, a civic.Actor, id civic.ID) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("learning"); err != nil {
			return err
		}
		c, err := find(tx, id)
		switch {
		case err != nil:
			return err
		case !MayWrite(a, c.Organisation):
			return civic.Fail(civic.Forbidden, "web.forbidden")
		case !c.Open():
			return civic.Fail(civic.Closed, "learning.not_now")
		}
		return s.withdraw(tx, a, c)
	})
}

// withdraw takes a course that is open out of the list.
func (s *Service) withdraw(tx *storage.Tx, a civic.Actor, c Course) error {
	if err := setWithdrawn(tx, c); err != nil {
		return err
	}
	c.Withdrawn = true
	compiled, _ := Compile(c.Source)
	if err := s.index(tx, c, compiled); err != nil {
		return err
	}
	tx.Touch(topic)
	return s.recordCourse(tx, a, actWithdrawn, c)
}

// Sheet is what somebody answered: of each question that was asked, by its place.
type Sheet struct {
	Attempt string // its name; sent twice, it counts once
	Version int64  // in which it was begun
	Lang    civic.Lang
	Answers map[int][]string
}

// mark marks a sheet. Errors: NotFound; Invalid with a field "q" and the place for a question that was not answered.
func (s *Service) mark(tx *storage.Tx, c Course, sheet Sheet) (a Attempt, compiled course.Course, err error) {
	src, err := sourceOf(tx, c, sheet.Version)
	if err != nil {
		return a, compiled, err
	}
	compiled, _ = Compile(src)
	lang := compiled.Shown(sheet.Lang)
	if len(compiled.Questions[lang]) == 0 || !validAttempt(sheet.Attempt) {
		return a, compiled, notThere()
	}
	a = Attempt{ID: sheet.Attempt, course: c.no, Version: sheet.Version, Lang: lang, At: tx.Now(), Asked: s.drawn(compiled, lang, sheet.Attempt)}
	var p civic.Problems
	for _, q := range a.Asked {
		answer := sheet.Answers[q]
		if len(answer) == 0 || slices.Contains(answer, "") {
			p.Add(fieldOf(q), "learning.answer_this")
		}
		a.Answers = append(a.Answers, answer)
	}
	a.Mark(compiled)
	return a, compiled, p.Err()
}

// drawn are the questions of an attempt: as many as the course counts, or a few more where it has hardly more.
func (s *Service) drawn(c course.Course, lang civic.Lang, attempt string) []int {
	return Drawn(len(c.Questions[lang]), max(c.Pages[lang].Of, int(s.value("asked"))), seed(attempt))
}

// Try marks what a visitor answered, and keeps nothing. Errors as of Answer.
func (s *Service) Try(ctx context.Context, id civic.ID, sheet Sheet) (a Attempt, c course.Course, err error) {
	err = s.city.DB.Read(ctx, func(tx *storage.Tx) error {
		of, err := find(tx, id)
		if err != nil || of.Version == 0 {
			return notThere()
		}
		a, c, err = s.mark(tx, of, sheet)
		return err
	})
	return a, c, err
}

// Answer marks and keeps what somebody answered. Sent a second time, the first counts. Errors: NotFound; Invalid, with a field of each
// question that was not answered.
func (s *Service) Answer(ctx context.Context, who civic.Actor, id civic.ID, sheet Sheet) error {
	return s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		c, err := find(tx, id)
		if err != nil || c.Version == 0 {
			return notThere()
		}
		a, _, err := s.mark(tx, c, sheet)
		if err != nil {
			return err
		}
		a.Account = who.Account
		_, err = insertAttempt(tx, a)
		return err
	})
}

// Standing is where somebody stands in a course.
type Standing struct {
	Right, Last int // right of the last answers that count
	Mastered    bool
	Attempts    int
	Version     int64 // of the last attempt
	passed
	Certified bool // their certificate is in force
}

// held finds the certificate that somebody took for a course, as it stands now: corrected, it is the one in its place. Answers count towards
// another only from since on: what was answered before the end of one, or before it was revoked, has had its certificate.
func held(tx *storage.Tx, c Course, account civic.ID) (p passed, inForce bool, since time.Time, err error) {
	p, found, err := passedBy(tx, c, account)
	if err != nil || !found {
		return p, false, since, err
	}
	last, err := credentials.Last(tx, p.credential)
	if err != nil {
		return p, false, since, err
	}
	p.credential = last.ID
	switch last.At(tx.Now()) {
	case credentials.Valid:
		return p, true, since, nil
	case credentials.Revoked:
		return p, false, last.Revoked, nil
	}
	return p, false, p.until, nil
}

// standingOf looks at the last answers, in whichever versions they were begun; after a certificate that is not in force any more, only at
// those that came since.
func (s *Service) standingOf(tx *storage.Tx, c Course, compiled course.Course, account civic.ID) (st Standing, err error) {
	all, err := attemptsOf(tx, c, account, mostAttempts)
	if err != nil {
		return st, err
	}
	var since time.Time
	if st.passed, st.Certified, since, err = held(tx, c, account); err != nil {
		return st, err
	}
	all = slices.DeleteFunc(all, func(a Attempt) bool { return !a.At.After(since) })
	page := compiled.Pages[compiled.Shown(civic.Kazakh)]
	var answers []bool
	for _, a := range all {
		answers = append(answers, a.Right...)
		st.Version = a.Version
	}
	st.Attempts = len(all)
	last := answers[max(0, len(answers)-page.Of):]
	for _, r := range last {
		if r {
			st.Right++
		}
	}
	st.Last, st.Mastered = len(last), course.Mastered(answers, page.Right, page.Of)
	return st, nil
}

// Certify gives somebody who has mastered a course the certificate, in a language of theirs. While it is in force the first is the answer;
// after its end there is a new one. Errors: NotFound, Closed before it is mastered.
func (s *Service) Certify(ctx context.Context, who civic.Actor, id civic.ID, want civic.Lang) (credential civic.ID, err error) {
	err = s.city.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.Lock("learning.person:" + string(who.Account)); err != nil {
			return err
		}
		c, err := find(tx, id)
		if err != nil || c.Version == 0 {
			return notThere()
		}
		compiled, _ := Compile(c.Source)
		st, err := s.standingOf(tx, c, compiled, who.Account)
		switch {
		case err != nil:
			return err
		case st.Certified:
			credential = st.credential
			return nil
		case !st.Mastered:
			return civic.Fail(civic.Closed, "learning.not_mastered")
		}
		src, err := sourceOf(tx, c, st.Version)
		if err != nil {
			return err
		}
		compiled, _ = Compile(src)
		p, err := s.issue(tx, who, c, compiled, st, compiled.Shown(want))
		credential = p.credential
		if err != nil {
			return err
		}
		tx.Touch(topic)
		return insertPassed(tx, c, who.Account, p)
	})
	return credential, err
}

func (s *Service) issue(tx *storage.Tx, who civic.Actor, c Course, compiled course.Course, st Standing, lang civic.Lang) (p passed, err error) {
	holder, found, err := s.city.Identity.Holder(tx, who.Account)
	if err != nil || !found {
		return p, notThere()
	}
	names, err := s.city.Organisations.Named(tx, []civic.ID{c.Organisation})
	if err != nil {
		return p, err
	}
	l, page := s.city.Catalog.For(lang), compiled.Pages[lang]
	p = passed{nth: st.nth + 1, at: tx.Now(), until: tx.Now().AddDate(0, int(s.value("certificate_months")), 0)}
	claims := credentials.Claims{Sort: credentials.OfCourse, Holder: holder.Name, Name: page.Title, Description: page.Summary, Criteria: l.T("learning.criteria", "Right", page.Right, "Of", page.Of),
		Path: Path(c.ID), By: l.Text(names[c.Organisation].Name), ByPath: organisations.PathOf(c.Organisation), From: p.at, To: p.at,
		Figures: []credentials.Figure{{Name: l.T("learning.figure_answers"), Value: fmt.Sprintf("%d / %d", st.Right, st.Last), Sort: "RawScore"}, {Name: l.T("learning.figure_version"), Value: fmt.Sprint(st.Version), Sort: "Result"}}}
	if claims.Description == "" {
		claims.Description = page.Title
	}
	for _, law := range page.Laws {
		claims.Cites = append(claims.Cites, credentials.Citation{Name: law.Title, URL: lawAddress(law.Code), Redaction: law.Redaction})
	}
	issued, err := s.city.Credentials.Issue(tx, credentials.Order{Account: who.Account, About: ref(c.ID), Once: fmt.Sprintf("learning %s %s %d", who.Account, c.ID, p.nth), Lang: lang, Until: p.until, Claims: claims})
	if err != nil {
		return p, err
	}
	p.credential = issued.ID
	var cites []laws.Cite
	for _, law := range page.Laws {
		cites = append(cites, laws.Cite{Law: law.Code, Redaction: law.Redaction})
	}
	return p, s.city.Laws.Cite(tx, civic.Ref{Kind: credentials.Kind, ID: issued.ID}, nil, cites, false)
}

// lawAddress is where a law is read: at the state, or else its page here, without the language.
func lawAddress(code string) string {
	law := laws.Law{Code: laws.CodeOf(code)}
	if address := law.Address(); address != "" {
		return address
	}
	return laws.Path(law.Code)
}

// lawsOf are the laws that a course names, and the articles on which its modules and questions stand. A law of which no article is named
// is cited as a whole.
func lawsOf(c course.Course) (named []laws.Law, cites []laws.Cite) {
	for _, lang := range civic.Languages() {
		page := c.Pages[lang]
		add := func(x course.Cite) {
			cites = append(cites, laws.Cite{Law: x.Law, Article: x.Article, Redaction: lawOf(page, x.Law).Redaction})
		}
		for _, l := range page.Laws {
			named = append(named, laws.Law{Code: l.Code, Title: civic.Text{lang: l.Title}})
			add(course.Cite{Law: l.Code})
		}
		for _, m := range page.Modules {
			for _, x := range m.Cites {
				add(x)
			}
		}
		for _, q := range c.Questions[lang] {
			for _, x := range Cites(q, page) {
				add(x)
			}
		}
	}
	return named, cites
}
