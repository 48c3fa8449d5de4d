// Package surveys asks many people the same plain questions, on a phone, by a code from a letter or on paper, and publishes what they said with
// how sure one can be of it. What was answered is tied to nobody; a sample is never added to what whoever wanted has answered. See README.md for
// the words and states.
package surveys

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/questions"
)

// Survey is questions that a body asks.
type Survey struct {
	ID       civic.ID
	Title    civic.Text
	Purpose  civic.Text // what it asks for, and what becomes of it
	Drawn    civic.Text // how those were drawn who got letters; empty: there are no letters
	Body     civic.ID
	Audience Audience
	city.Scope
	Days       int      // for how many days it is open
	Background []string // keys of the questions about the person: no data file has them beside other answers, and tables by them hide small cells
	Margins    Margins
	Before     civic.ID // the survey that it repeats; "": none
	State      State
	MadeAt     time.Time
	OpenedAt   time.Time
	ClosesAt   time.Time
	ClosedAt   time.Time
	CountedAt  time.Time
	Hash       string // of the frozen questions
	Reason     civic.Text
	ChangedAt  time.Time
	Invited    int64  // codes that were given out
	Results    string // digest of all figures
	Totals     Totals // once it is counted

	no int64
}

// Margins are what is known of the population, as given by the body.
type Margins struct {
	Source civic.Text            `json:"source"`
	Of     map[string][]Category `json:"of"` // by the key of a background question
}

// Category is how many of the population one answer is true of.
type Category struct {
	Choice string `json:"choice"`
	People int64  `json:"people"`
}

// Given reports whether there is anything to weight by.
func (m Margins) Given() bool { return len(m.Of) > 0 }

// Audience is who may answer without a code.
type Audience string

const (
	Nobody     Audience = "nobody"     // whoever got a letter alone
	Anyone     Audience = "anyone"     // one browser, one answer
	Registered Audience = "registered" // an account with a confirmed address
	Verified   Audience = "verified"   // one verified resident, one answer
)

// Audiences lists them in rising order of assurance.
func Audiences() []Audience { return []Audience{Anyone, Registered, Verified, Nobody} }

// may is nil when the actor may answer without a code.
func (s Survey) may(a civic.Actor) error {
	switch {
	case s.Audience == Anyone:
		return nil
	case s.Audience == Nobody:
		return civic.Wrong("code", "surveys.code_needed")
	case !a.SignedIn():
		return civic.Fail(civic.Unauthenticated, "surveys.sign_in")
	case s.Audience == Registered && !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "surveys.confirm_address")
	case s.Audience == Verified && a.Assurance < civic.Verified:
		return civic.Fail(civic.Forbidden, "surveys.verify")
	}
	return nil
}

// State is where a survey stands. README.md draws how they follow one another.
type State string

const (
	Preparing State = "preparing" // its body alone sees it
	Open      State = "open"
	Closed    State = "closed" // nothing is answered any more but on paper that is still entered
	Counted   State = "counted"
	Withdrawn State = "withdrawn"
)

// Step is what moves it from state to state.
type Step string

const (
	Begin    Step = "begin"
	Close    Step = "close"
	Count    Step = "count"
	Withdraw Step = "withdraw"
)

// steps is the whole state machine.
var steps = map[State]map[Step]State{
	Preparing: {Begin: Open},
	Open:      {Close: Closed, Withdraw: Withdrawn},
	Closed:    {Count: Counted},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Public reports whether everybody sees it.
func (s Survey) Public() bool { return s.State != Preparing }

// Source is how somebody came to answer. Figures are of one source each.
type Source string

const (
	Sample Source = "sample" // by a code from a letter: drawn by chance
	Free   Source = "open"   // whoever wanted
)

// Sources lists them, the sample first.
func Sources() []Source { return []Source{Sample, Free} }

// Bounds that keep pages readable and are no policy.
const (
	maxTitle      = 200 // characters
	maxWords      = 2_000
	mostAsked     = 60 // questions
	mostChoices   = 20 // of a question that stands in tables
	mostPeople    = 100_000_000
	mostLetters   = 500    // made at once
	mostInvited   = 50_000 // of a survey
	mostThemes    = 30
	mostAnswers   = 1_000_000
	mostTrend     = 5
	pageQuestions = 6
)

// check finds what is wrong with what a body says of a survey.
func (s Survey) check(district, theme func(string) bool, body func(civic.ID) bool, days [2]int) (p civic.Problems) {
	for _, f := range []struct {
		name   string
		text   civic.Text
		most   int
		needed bool
	}{{"title", s.Title, maxTitle, true}, {"purpose", s.Purpose, maxWords, true}, {"drawn", s.Drawn, maxWords, s.Audience == Nobody}} {
		if f.needed || !f.text.Empty() {
			p.OfficialAtMost(f.name, f.text, f.most)
		}
		checkJunk(&p, f.name, f.text)
	}
	if !slices.Contains(Audiences(), s.Audience) {
		p.Add("audience", "surveys.choose")
	}
	if s.Days < days[0] || s.Days > days[1] {
		p.Add("days", "surveys.days_wrong", "Min", days[0], "Max", days[1])
	}
	if !body(s.Body) {
		p.Add("body", "surveys.choose")
	}
	if s.District != "" && !district(s.District) {
		p.Add("district", "surveys.choose")
	}
	if s.Theme != "" && !theme(s.Theme) {
		p.Add("theme", "surveys.choose")
	}
	return p
}

func checkJunk(p *civic.Problems, field string, t civic.Text) {
	for lang, text := range t {
		if key := civic.Junk(text, nil); key != "" && text != "" {
			p.Add(field+"."+string(lang), key)
		}
	}
}

// askable reports whether a question can be one about the person: its answers are few, and one each.
func askable(q questions.Question) bool {
	return (q.Sort == questions.One || q.Sort == questions.YesNo) && len(q.Choices()) <= mostChoices
}

// checkForm finds what surveys do not ask, beside what questions.Form.Check finds.
func checkForm(form questions.Form, background []string) (p civic.Problems) {
	p = form.Check()
	if len(form) > mostAsked {
		p.Add("questions", "surveys.questions_many", "Most", mostAsked)
	}
	for _, q := range form {
		if len(q.Choices()) > mostChoices {
			p.Add(q.Key+".options", "surveys.choices_many", "Most", mostChoices)
		}
		if slices.Contains(background, q.Key) && !askable(q) {
			p.Add(q.Key+".background", "surveys.background_one")
		}
		for _, t := range append([]questions.Option{{Label: q.Label}, {Label: q.Hint}}, append(q.Options, q.Rows...)...) {
			checkJunk(&p, q.Key+".label", t.Label)
		}
	}
	return p
}

// check finds margins that cannot be those of a form's background questions.
func (m Margins) check(form questions.Form, background []string) (p civic.Problems) {
	if m.Given() {
		p.OfficialAtMost("source", m.Source, maxWords)
	}
	for key, all := range m.Of {
		q, there := form.Find(key)
		if !there || !slices.Contains(background, key) {
			p.Add("source", "surveys.margin_of_nothing")
			continue
		}
		var sum int64
		for _, c := range all {
			if c.People < 0 || c.People > mostPeople {
				p.Add(marginField(key, c.Choice), "surveys.people_wrong", "Most", mostPeople)
			}
			sum += c.People
		}
		if len(all) != len(q.Choices()) || sum <= 0 {
			p.Add(marginField(key, q.Choices()[0]), "surveys.margin_whole")
		}
	}
	return p
}

func marginField(key, choice string) string { return "m." + key + "." + choice }

// codeLetters are none that is easily taken for another.
var codeLetters = base32.NewEncoding("23456789ABCDEFGHJKLMNPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// newCode is 80 bits by chance as people read them: "K7QX-3FHM-…".
func newCode() string {
	raw := make([]byte, 10)
	_, _ = rand.Read(raw) // never fails
	s := codeLetters.EncodeToString(raw)
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// hashOf is what is kept of a code of a survey, however it was typed; "" for no code.
func hashOf(survey civic.ID, code string) string {
	code = civic.CodeLetters(code)
	if code == "" {
		return ""
	}
	return digest("code", survey, code)
}

func digest(what string, survey civic.ID, of string) string {
	h := sha256.Sum256([]byte("birge survey " + what + "\x00" + string(survey) + "\x00" + of))
	return hex.EncodeToString(h[:16])
}

// The marks between the answers of a row, between a question and its values, and between values. No text that was cleaned has them.
const (
	betweenAnswers = "\x1e"
	betweenValues  = "\x1f"
)

// pack writes answers in one string, which is read ten times as fast as JSON.
func pack(form questions.Form, a questions.Answers) string {
	var b strings.Builder
	for _, q := range form {
		if said := a[q.Key]; len(said) > 0 {
			if b.Len() > 0 {
				b.WriteString(betweenAnswers)
			}
			b.WriteString(q.Key)
			for _, s := range said {
				b.WriteString(betweenValues)
				b.WriteString(s)
			}
		}
	}
	return b.String()
}

// unpack reads what pack wrote.
func unpack(row string) questions.Answers {
	out := questions.Answers{}
	if row == "" {
		return out
	}
	for answer := range strings.SplitSeq(row, betweenAnswers) {
		parts := strings.Split(answer, betweenValues)
		out[parts[0]] = parts[1:]
	}
	return out
}

func notNow() error { return civic.Fail(civic.Closed, "surveys.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "surveys.not_yours") }
