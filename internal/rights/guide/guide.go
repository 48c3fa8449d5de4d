// Package guide compiles guides to people's rights: a TOML file of questions, rules and outcomes, and a file of texts for each language, become a
// graph that is known to end on every path, in every language, or an Error that says in which line what is wrong. What has been compiled is walked
// with somebody's answers, as of any date. It is pure: no clock, no storage.
package guide

import (
	"fmt"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Bounds of a guide. They keep checking one within a second, and are no policy.
const (
	MaxBytes   = 256 << 10 // of each of its files
	MaxThings  = 200       // nodes, outcomes, letters and all else that has an id, each sort by itself
	MaxOptions = 20        // of a question
	MaxPaths   = 20_000    // on one date
	maxText    = 2_000     // characters of one text
	maxList    = 20        // items of a list of texts
)

// Fault says what is wrong with a guide. Faults are stable: texts are looked up by them.
type Fault string

// The faults.
const (
	NotTOML       Fault = "not_toml"       // Value: what the parser says
	TooLarge      Fault = "too_large"      // Value: the bound in bytes
	TooMany       Fault = "too_many"       // Value: of what, and the bound
	UnknownKey    Fault = "unknown_key"    // Value: the key
	BadID         Fault = "bad_id"         // Value: the id
	Twice         Fault = "twice"          // Value: the id
	UnknownID     Fault = "unknown_id"     // Value: the id that nothing has
	WrongKind     Fault = "wrong_kind"     // Value: what was found where something else must be
	NoOptions     Fault = "no_options"     // a choice between fewer than two; Value: the question
	BadDate       Fault = "bad_date"       // Value: what is no date like 2026-03-01
	BadTerm       Fault = "bad_term"       // a term must be 1 to 3,660 days or the months or years of as many; Value: the term
	NoSource      Fault = "no_source"      // a term without a law; Value: the term
	NoRedaction   Fault = "no_redaction"   // a law or term that does not say in which redaction; Value: its id
	NoVersion     Fault = "no_version"     // no version of the term holds on a date; Value: term and date
	BadFormula    Fault = "bad_formula"    // Value: what is wrong with it
	Order         Fault = "order"          // a formula or a deadline asks for an answer that was not given on the way; Value: which
	NoEnd         Fault = "no_end"         // none of a question's rules holds for some answers; Value: the question
	Cycle         Fault = "cycle"          // the questions lead back to one; Value: the way
	Unreachable   Fault = "unreachable"    // no answers lead there; Value: the question, outcome or rule
	Unused        Fault = "unused"         // a law, term, letter … that nothing refers to; Value: its id
	TooManyPaths  Fault = "too_many_paths" // Value: the bound
	MissingText   Fault = "missing_text"   // Value: language and key
	ExtraText     Fault = "extra_text"     // Value: language and key
	TextTooLong   Fault = "text_too_long"  // Value: language and key
	UnequalFilled Fault = "unequal_filled" // a text has other placeholders in two languages; Value: language and key
)

// Error says what is wrong with a guide, and where.
type Error struct {
	File  string // "guide.toml", "kk.toml", …
	Line  int    // from 1; 0: the file as a whole
	Fault Fault
	Value string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Fault, e.Value)
}

// Kind is what sort of answer a question takes.
type Kind string

// The kinds. The answer to a choice is an option; to several any number of options; the others take a date like 2026-03-01, tiyn, a whole number,
// the code of a district, and words.
const (
	Choice  Kind = "choice"
	Several Kind = "several"
	Date    Kind = "date"
	Money   Kind = "money"
	Number  Kind = "number"
	Place   Kind = "place"
	Text    Kind = "text"
)

// Law is an article that a guide rests on.
type Law struct {
	ID        string
	Act       string // number in the state's base of legal acts (adilet.zan.kz), such as K1500000414; "": it is not known
	Article   string
	Redaction string // the date of the redaction that the author had before them
	Sure      Sure
	line      int
}

// Address is where the act is read, in Kazakh or in Russian, which is for readers of English too; "" when its number is not known.
func (l Law) Address(lang civic.Lang) string {
	if l.Act == "" {
		return ""
	}
	return "https://adilet.zan.kz/" + map[bool]string{true: "kaz", false: "rus"}[lang == civic.Kazakh] + "/docs/" + l.Act
}

// Sure is how sure the author is of a fact.
type Sure string

// How sure: read in the source itself; second-hand or partial; common knowledge that nobody has checked.
const (
	Found      Sure = "found"
	SecondHand Sure = "second_hand"
	Unverified Sure = "unverified"
)

// Unit is what a term is counted in.
type Unit string

// The units.
const (
	Days        Unit = "days"
	WorkingDays Unit = "working_days"
	Months      Unit = "months"
	Years       Unit = "years"
)

// Term is a time that the law gives, as it was and will be.
type Term struct {
	ID       string
	Versions []Version
	line     int
}

// Version is a term from a day on.
type Version struct {
	From      string // "": since ever
	Count     int
	Unit      Unit
	Law       string
	Redaction string
	line      int
}

// At is the version of the term that holds on a date.
func (t Term) At(day time.Time) (v Version, ok bool) {
	on := day.Format(time.DateOnly)
	for _, one := range t.Versions {
		if one.From <= on && (!ok || one.From >= v.From) {
			v, ok = one, true
		}
	}
	return v, ok
}

// Deadline is a date by which somebody must have done something.
type Deadline struct {
	ID, Term string
	From     string // the question with the date from which it is counted; "today"
	Before   bool   // counted back from it: the last day on which something may still be done
	line     int
}

// Node is one question.
type Node struct {
	ID       string
	Kind     Kind
	Options  []string
	Optional bool
	Ahead    bool  // a date that is still to come; otherwise one that has passed
	Least    int64 // of a number; of money in tiyn
	Most     int64 // 0: no bound but the program's own
	Laws     []string
	Next     []Rule
	line     int
}

// Rule leads on from a question: to a question or an outcome, when it holds.
type Rule struct {
	When formula // the zero one always holds
	To   string
	line int
}

// Condition is the rule's condition as it was written.
func (r Rule) Condition() string { return r.When.source }

// Figure is computed from answers.
type Figure struct {
	ID      string
	Formula formula
	line    int
}

// Outcome is an end: what somebody's right is, and what they do.
type Outcome struct {
	ID        string
	Laws      []string
	Deadlines []string
	Figures   []string
	Bodies    []string // to whom one goes, the first one first
	Letter    string   // "": there is nothing to write
	line      int
}

// Body is whom one turns to, as the law names it; which one of the city's register that is, the city says.
type Body struct {
	ID      string
	Langs   []civic.Lang // in which it takes letters
	Outside bool         // no body of the city's: a court, the police, an ombudsman
	Phone   string
	line    int
}

// Letter is one that the guide writes from the answers.
type Letter struct {
	ID   string
	To   string // a body, or one of Asks: the other side's name
	Sort string // which sort of appeal it is when it is filed here; "": it cannot be
	// Addressed says that its texts name the addressee, in the case and by the way that the language and the law want; otherwise it is the name of To.
	Addressed bool
	Paper     bool     // it is no letter but a paper of one's own, such as minutes: it has no addressee
	Asks      []string // what it needs to be told besides: names of the other side, numbers of papers
	Long      []string // those of them that take a story, not a line
	Parts     []Part
	line      int
}

// Part is a paragraph that stands in the letter when its condition holds.
type Part struct {
	ID   string
	When formula
	line int
}

// Guide is one that was compiled. It does not change.
type Guide struct {
	ID        string // its address
	Theme     string // code of city.Themes
	Sensitive bool   // no answer may stand in an address
	Leave     bool   // somebody may be watched: every page has a quick way out, and calendars say nothing
	Minutes   int
	Course    string // of the same theme, its address under /learning; "": there is none
	Checked   string // the date on which a lawyer of the city last checked it; "": nobody has
	First     string

	Laws      []Law
	Terms     []Term
	Deadlines []Deadline
	Nodes     []Node
	Figures   []Figure
	Outcomes  []Outcome
	Bodies    []Body
	Letters   []Letter
	Texts     map[civic.Lang]Texts
	Source    Source

	laws      map[string]*Law
	terms     map[string]*Term
	deadlines map[string]*Deadline
	nodes     map[string]*Node
	figures   map[string]*Figure
	outcomes  map[string]*Outcome
	bodies    map[string]*Body
	letters   map[string]*Letter
}

// Source is a guide as it is written: the content of its files.
type Source struct {
	Guide string                `json:"guide"`
	Texts map[civic.Lang]string `json:"texts"`
}

// The things of a guide by their ids. Each is nil when there is none.

func (g *Guide) Law(id string) *Law           { return g.laws[id] }
func (g *Guide) Term(id string) *Term         { return g.terms[id] }
func (g *Guide) Deadline(id string) *Deadline { return g.deadlines[id] }
func (g *Guide) Node(id string) *Node         { return g.nodes[id] }
func (g *Guide) Figure(id string) *Figure     { return g.figures[id] }
func (g *Guide) Outcome(id string) *Outcome   { return g.outcomes[id] }
func (g *Guide) Body(id string) *Body         { return g.bodies[id] }
func (g *Guide) Letter(id string) *Letter     { return g.letters[id] }

// Title is the guide's title in every language.
func (g *Guide) Title() civic.Text {
	out := civic.Text{}
	for lang, t := range g.Texts {
		out[lang] = t.Title
	}
	return out
}
