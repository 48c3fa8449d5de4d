package surveys

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
	"github.com/birge-kz/birge/internal/paper"
	"github.com/birge-kz/birge/internal/platform/storage"
	"github.com/birge-kz/birge/internal/questions"
)

// Who is somebody who answers: by a code, by an account, or by a browser that is known by its token.
type Who struct {
	Actor civic.Actor
	Token string
	Code  string
	// Admit is asked before somebody without an account or code answers; its error refuses.
	Admit func() error
}

// mark is how somebody stands on the roll of a survey: otherwise in each, so that rolls of browsers cannot be laid side by side.
func (w Who) mark(s Survey) string {
	if w.Actor.SignedIn() {
		return digest("account", s.ID, string(w.Actor.Account))
	}
	if w.Token == "" {
		return ""
	}
	return digest("browser", s.ID, w.Token)
}

// mayAnswer is nil when somebody may answer now, and says of which source the answer is.
func (s *Service) mayAnswer(tx *storage.Tx, of Survey, w Who) (Source, error) {
	if of.State != Open || !tx.Now().Before(of.ClosesAt) {
		return "", civic.Fail(civic.Closed, "surveys.not_open")
	}
	if hash := hashOf(of.ID, w.Code); hash != "" {
		known, used, err := codeState(tx, of, hash)
		switch {
		case err != nil:
			return "", err
		case !known:
			return "", civic.Wrong("code", "surveys.code_unknown")
		case used:
			return "", civic.Fail(civic.Conflict, "surveys.code_used").At("code")
		}
		return Sample, nil
	}
	if err := of.may(w.Actor); err != nil {
		return "", err
	}
	if mark := w.mark(of); mark != "" {
		done, err := isOnRoll(tx, of, mark)
		if err != nil {
			return "", err
		}
		if done {
			return "", civic.Fail(civic.Conflict, "surveys.answered_already")
		}
	}
	return Free, nil
}

// Answer keeps what somebody answered, once: with nil it is on disk, and tied to nobody. Errors: civic.Closed; civic.Conflict for a second answer, or a code that was
// used; civic.Invalid with "code" or the fields of questions; civic.Unauthenticated, civic.Forbidden; civic.TooMany from Admit.
func (s *Service) Answer(ctx context.Context, id civic.ID, w Who, typed func(questions.Question) []string) error {
	return s.db.Write(ctx, func(tx *storage.Tx) error {
		of, form, err := s.withForm(tx, id)
		if err != nil {
			return err
		}
		if err := tx.LockShared(lockKey(of.no)); err != nil { // until the answer is in, nobody closes the survey
			return err
		}
		if of, err = find(tx, id); err != nil {
			return err
		}
		if !of.Public() {
			return notThere()
		}
		source, err := s.mayAnswer(tx, of, w)
		if err != nil {
			return err
		}
		said, problems := form.Answered(typed, form.Keys())
		if err := problems.Err(); err != nil {
			return err
		}
		if err := s.take(tx, of, w, source); err != nil {
			return err
		}
		return insertAnswer(tx, of, source, pack(form, said))
	})
}

// take uses a code up, or puts somebody on the roll. Of many at once one is let through: the row is there, or was changed, once.
func (s *Service) take(tx *storage.Tx, of Survey, w Who, source Source) error {
	if source == Sample {
		ok, err := useCode(tx, of, hashOf(of.ID, w.Code))
		if err == nil && !ok {
			err = civic.Fail(civic.Conflict, "surveys.code_used").At("code")
		}
		return err
	}
	mark := w.mark(of)
	if mark == "" {
		return fmt.Errorf("an answer without account and token")
	}
	if !w.Actor.SignedIn() && w.Admit != nil {
		if err := w.Admit(); err != nil {
			return err
		}
	}
	ok, err := putOnRoll(tx, of, mark, w.Actor.Account)
	if err == nil && !ok {
		err = civic.Fail(civic.Conflict, "surveys.answered_already")
	}
	return err
}

// Asking is a survey as who answers it sees it.
type Asking struct {
	Listed
	Form    questions.Form
	Blocked error // why they may not answer
	Letters bool  // there are codes
}

// Asked shows a survey to who answers it, or tries it out. Errors: civic.NotFound, civic.Forbidden.
func (s *Service) Asked(ctx context.Context, id civic.ID, w Who, trial bool) (a Asking, err error) {
	err = s.db.Read(ctx, func(tx *storage.Tx) error {
		of, form, err := s.withForm(tx, id)
		switch {
		case err != nil:
			return err
		case trial && !mayPrepare(w.Actor, of.Body):
			return notYours()
		case !trial && !of.Public():
			return notThere()
		}
		if a.Listed, err = s.named(tx, of); err != nil {
			return err
		}
		a.Form, a.Letters = form, of.Invited > 0
		if !trial {
			_, a.Blocked = s.mayAnswer(tx, of, w)
		}
		return nil
	})
	return a, err
}

// PrintLetters makes codes for people who were drawn, at most 500 at once, and returns them: they are kept nowhere. Permission: mayPrepare. Errors: civic.Closed once
// nobody answers; civic.Invalid with "letters".
func (s *Service) PrintLetters(ctx context.Context, actor civic.Actor, id civic.ID, letters int) (l Listed, codes []string, err error) {
	var hashes []string
	for range min(max(letters, 0), mostLetters) {
		code := newCode()
		codes, hashes = append(codes, code), append(hashes, hashOf(id, code))
	}
	err = s.work(ctx, actor, id, "surveys.survey.letters", func(tx *storage.Tx, of Survey) error {
		switch {
		case of.State != Preparing && of.State != Open:
			return notNow()
		case of.Drawn.Empty():
			return civic.Wrong("letters", "surveys.drawn_missing")
		case letters < 1 || letters > mostLetters || of.Invited+int64(letters) > mostInvited:
			return civic.Wrong("letters", "surveys.letters_wrong", "Max", mostLetters, "All", mostInvited)
		}
		of.Invited += int64(letters)
		if l, err = s.named(tx, of); err != nil {
			return err
		}
		tx.Touch(topic)
		if err := insertCodes(tx, of, hashes); err != nil {
			return err
		}
		return update(tx, of)
	})
	return l, codes, err
}

// onPaper is how booklets of a survey are printed, entered by two people, and counted.
func (s *Service) onPaper() paper.Owner {
	return paper.Owner{
		Sorts: []paper.Sort{paper.Booklets},
		May: func(tx *storage.Tx, a civic.Actor, ref civic.Ref) (bool, error) {
			of, err := find(tx, ref.ID)
			return err == nil && of.Public() && mayPrepare(a, of.Body), err
		},
		Layout: s.booklet, Check: s.readBooklet, Agreed: s.bookletAgreed, Hint: civic.Say("surveys.paper_hint"),
	}
}

// booklet is a survey as it is printed: each question with its number, and each choice with its own.
func (s *Service) booklet(tx *storage.Tx, ref civic.Ref, _ paper.Sort, lang civic.Lang) (l paper.Layout, err error) {
	of, form, err := s.withForm(tx, ref.ID)
	if err != nil {
		return l, err
	}
	named, err := s.named(tx, of)
	if err != nil {
		return l, err
	}
	text := s.city.Catalog.For(lang)
	l = paper.Layout{Issuer: text.Text(named.BodyName.Name), Title: text.Text(of.Title), Intro: []string{text.Text(of.Purpose), text.T("surveys.paper_intro", "Date", of.ClosesAt)}}
	if of.Invited > 0 {
		l.Sections = append(l.Sections, paper.Section{Text: text.T("surveys.paper_code"), Lines: 1})
	}
	for i, q := range form {
		part := paper.Section{Text: fmt.Sprintf("%d. %s", i+1, text.Text(q.Label)), Hint: text.T(howOnPaper(q))}
		if len(q.When) > 0 {
			part.Hint = text.T("surveys.paper_when") + " " + part.Hint
		}
		for j, choice := range q.Choices() {
			part.Choices = append(part.Choices, fmt.Sprintf("%d. %s", j+1, choiceIn(text.Text, text.T, q, choice)))
		}
		for j, row := range q.Rows {
			part.Choices = append(part.Choices, fmt.Sprintf("%s) %s", string(rune('A'+j)), text.Text(row.Label)))
		}
		if len(part.Choices) == 0 {
			part.Lines = map[questions.Sort]int{questions.Words: 5}[q.Sort] + 1
		}
		l.Sections = append(l.Sections, part)
	}
	return l, nil
}

// choiceIn is what a choice is called.
func choiceIn(text func(civic.Text) string, say func(string, ...any) string, q questions.Question, choice string) string {
	switch q.Sort {
	case questions.YesNo:
		return say("questions." + choice)
	case questions.Scale:
		for i, end := range q.Options {
			if all := q.Choices(); choice == all[i*(len(all)-1)] {
				return choice + " — " + text(end.Label)
			}
		}
		return choice
	}
	for _, o := range q.Options {
		if o.Key == choice {
			return text(o.Label)
		}
	}
	return choice
}

// typedOn reads what was written down of a booklet: a line for each question, its number, a colon, and the numbers of what was marked; for a ranking in
// order, for a grid as "A2, B1"; a text as it is. The line "0" has the code of a letter.
func typedOn(form questions.Form, content string) (code string, typed map[string][]string, err error) {
	typed = map[string][]string{}
	wrong := func(line string) error { return civic.Wrong("content", "surveys.paper_line", "Text", line) }
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		number, said, ok := strings.Cut(line, ":")
		n, e := strconv.Atoi(strings.TrimSpace(number))
		if !ok || e != nil || n < 0 || n > len(form) {
			return "", nil, wrong(line)
		}
		said = strings.TrimSpace(said)
		if n == 0 {
			code = said
			continue
		}
		q := form[n-1]
		if _, twice := typed[q.Key]; twice {
			return "", nil, wrong(line)
		}
		if typed[q.Key], ok = marked(q, said); !ok {
			return "", nil, wrong(line)
		}
	}
	return code, typed, nil
}

// marked makes of the numbers of one line what Question.Read wants.
func marked(q questions.Question, said string) (out []string, ok bool) {
	choices := q.Choices()
	if len(choices) == 0 {
		return []string{strings.Join(strings.Fields(said), " ")}, true
	}
	for i, mark := range strings.Split(said, ",") {
		mark = civic.Latin(strings.TrimSpace(mark)) // a row of a grid is a letter, and a keyboard may be Kazakh
		row := ""
		if q.Sort == questions.Grid {
			if mark == "" || int(mark[0]-'A') >= len(q.Rows) || mark[0] < 'A' {
				return nil, false
			}
			row, mark = q.Rows[mark[0]-'A'].Key, mark[1:]
		}
		n, err := strconv.Atoi(mark)
		if err != nil || n < 1 || n > len(choices) {
			return nil, false
		}
		switch q.Sort {
		case questions.Grid:
			out = append(out, row+"="+choices[n-1])
		case questions.Rank:
			out = append(out, choices[n-1]+"="+strconv.Itoa(i+1))
		default:
			out = append(out, choices[n-1])
		}
	}
	return out, true
}

// bookletOf reads a booklet: the one form of what was written down, its code and its answers. What is missing on paper stays missing.
func bookletOf(of Survey, form questions.Form, content string) (canonical, code string, said questions.Answers, err error) {
	code, typed, err := typedOn(form, civic.CleanText(content))
	if err != nil {
		return "", "", nil, err
	}
	said, problems := form.Answered(func(q questions.Question) []string { return typed[q.Key] }, form.Keys())
	for _, p := range problems {
		if p.Message.Key != "questions.missing" {
			return "", "", nil, civic.Wrong("content", p.Message.Key, p.Message.Args...)
		}
	}
	if len(said) == 0 {
		return "", "", nil, civic.Wrong("content", "surveys.paper_empty")
	}
	if code == "" && of.Audience != Anyone {
		return "", "", nil, civic.Wrong("content", "surveys.paper_needs_code")
	}
	var lines []string
	if code != "" {
		lines = append(lines, "0: "+civic.CodeLetters(code))
	}
	for i, q := range form {
		if len(said[q.Key]) > 0 {
			lines = append(lines, fmt.Sprintf("%d: %s", i+1, strings.Join(numbersOf(q, said[q.Key]), ", ")))
		}
	}
	return strings.Join(lines, "\n"), code, said, nil
}

// numbersOf is an answer as it is written down.
func numbersOf(q questions.Question, said []string) (out []string) {
	choices := q.Choices()
	for _, s := range said {
		if len(choices) == 0 {
			out = append(out, strings.Join(strings.Fields(s), " "))
			continue
		}
		row, option, isRow := strings.Cut(s, "=")
		if !isRow {
			row, option = "", s
		}
		if isRow {
			row = string(rune('A' + slices.IndexFunc(q.Rows, func(o questions.Option) bool { return o.Key == row })))
		}
		out = append(out, row+strconv.Itoa(slices.Index(choices, option)+1))
	}
	return out
}

func (s *Service) readBooklet(tx *storage.Tx, ref civic.Ref, _ paper.Sort, content string) (string, error) {
	of, form, err := s.withForm(tx, ref.ID)
	if err != nil {
		return "", err
	}
	if of.State == Withdrawn { // accounted for, and nothing of it is kept
		return "", nil
	}
	canonical, code, _, err := bookletOf(of, form, content)
	if err != nil || code == "" {
		return canonical, err
	}
	known, _, err := codeState(tx, of, hashOf(of.ID, code)) // one that was used is entered all the same: the sheet is accounted for, and does not count
	if err == nil && !known {
		err = civic.Wrong("content", "surveys.code_unknown")
	}
	return canonical, err
}

// bookletAgreed counts a booklet that two people read alike, until the survey is counted; with a code that was used, or of a survey that was withdrawn, it
// does not count.
func (s *Service) bookletAgreed(tx *storage.Tx, ref civic.Ref, _ paper.Sort, content string) (bool, error) {
	of, form, err := s.withForm(tx, ref.ID)
	if err != nil {
		return false, err
	}
	if err := tx.LockShared(lockKey(of.no)); err != nil {
		return false, err
	}
	if of, err = find(tx, ref.ID); err != nil {
		return false, err
	}
	switch of.State {
	case Open, Closed:
	case Withdrawn:
		return false, nil
	default:
		return false, notNow()
	}
	_, code, said, err := bookletOf(of, form, content)
	if err != nil {
		return false, err
	}
	source := Free
	if code != "" {
		if ok, err := useCode(tx, of, hashOf(of.ID, code)); err != nil || !ok {
			return false, err
		}
		source = Sample
	}
	return true, insertAnswer(tx, of, source, pack(form, said))
}

// Listed is a survey in a list.
type Listed struct {
	Survey
	BodyName organisations.Named
}

func (s *Service) listed(tx *storage.Tx, all []Survey) ([]Listed, error) {
	var bodies []civic.ID
	for _, of := range all {
		bodies = append(bodies, of.Body)
	}
	names, err := s.city.Organisations.Named(tx, bodies)
	out := make([]Listed, len(all))
	for i, of := range all {
		out[i] = Listed{of, names[of.Body]}
	}
	return out, err
}

func (s *Service) named(tx *storage.Tx, of Survey) (Listed, error) {
	all, err := s.listed(tx, []Survey{of})
	if err != nil {
		return Listed{}, err
	}
	return all[0], nil
}

// howOnPaper is the message that says how a question is answered on paper.
func howOnPaper(q questions.Question) string {
	if q.Sort == questions.Line {
		return "surveys.paper_line_hint"
	}
	return "surveys.paper_" + string(q.Sort)
}
