// Package drafts puts the text of a programme, a plan or a regulation on the table before it is decided: people read it paragraph by
// paragraph in both official languages, remark on a passage or propose other words, and the body says of every remark what became of it
// and in which sentence it stands. See README.md for the words and states.
package drafts

import (
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/drafts/document"
)

// Draft is a text that a body means to decide on.
type Draft struct {
	ID      civic.ID
	Sort    Sort
	Title   civic.Text
	Purpose civic.Text // what it is for
	Touched civic.Text // whom it concerns
	Cost    civic.Text // what it costs, and who pays; empty: not said
	Links   []string   // evidence: a consultation, appeals, indicators
	Body    civic.ID
	city.Scope
	State      State
	Version    int // of the text that everybody reads: 1 is discussed, 2 comes with the report
	MadeAt     time.Time
	OpenedAt   time.Time
	ClosesAt   time.Time
	ClosedAt   time.Time
	ReportedAt time.Time
	DecidedAt  time.Time  // when the act was adopted, or the draft withdrawn
	Act        string     // the address of what was adopted
	Reason     civic.Text // of a withdrawal
	ChangedAt  time.Time

	no int64
}

// Sort is what the text is.
type Sort string

const (
	Programme  Sort = "programme"
	Plan       Sort = "plan"
	Regulation Sort = "regulation"
	Project    Sort = "project"
)

// Sorts lists them in the order in which they are offered.
func Sorts() []Sort { return []Sort{Programme, Plan, Regulation, Project} }

// State is where a draft stands. README.md draws how they follow one another.
type State string

const (
	Preparing State = "preparing" // its body alone sees it
	Open      State = "open"      // for remarks
	Closed    State = "closed"    // the body weighs them
	Reported  State = "reported"  // and has said what became of each
	Adopted   State = "adopted"
	Withdrawn State = "withdrawn"
)

// Step is what moves it from state to state.
type Step string

const (
	Begin    Step = "begin"
	Close    Step = "close"
	Report   Step = "report"
	Adopt    Step = "adopt"
	Withdraw Step = "withdraw"
)

// steps is the whole state machine.
var steps = map[State]map[Step]State{
	Preparing: {Begin: Open},
	Open:      {Close: Closed, Withdraw: Withdrawn},
	Closed:    {Report: Reported, Withdraw: Withdrawn},
	Reported:  {Adopt: Adopted, Withdraw: Withdrawn},
}

// Next is the state after a step, or false when there is none.
func Next(s State, step Step) (State, bool) {
	to, ok := steps[s][step]
	return to, ok
}

// Public reports whether everybody reads it.
func (d Draft) Public() bool { return d.State != Preparing }

// writes is the version into which the body may put a text now; 0: none.
func (d Draft) writes() int {
	switch d.State {
	case Preparing:
		return 1
	case Closed:
		return 2
	}
	return 0
}

// Bounds that keep pages readable and are no policy.
const (
	maxTitle = 200 // characters
	maxWords = 2_000
	maxLinks = 10
	maxLink  = 500
)

// check finds what is wrong with what a body says of a draft. Fields: "title", "purpose", "touched", "cost", "sort", "links", "body", "district", "theme".
func (d Draft) check(district, theme func(string) bool, body func(civic.ID) bool) (p civic.Problems) {
	for _, f := range []struct {
		name   string
		text   civic.Text
		most   int
		needed bool
	}{{"title", d.Title, maxTitle, true}, {"purpose", d.Purpose, maxWords, true}, {"touched", d.Touched, maxWords, true}, {"cost", d.Cost, maxWords, false}} {
		if f.needed || !f.text.Empty() {
			p.OfficialAtMost(f.name, f.text, f.most)
		}
		for lang, text := range f.text {
			if key := civic.Junk(text, nil); key != "" && text != "" {
				p.Add(f.name+"."+string(lang), key)
			}
		}
	}
	if !slices.Contains(Sorts(), d.Sort) {
		p.Add("sort", "drafts.choose")
	}
	if !body(d.Body) {
		p.Add("body", "drafts.choose")
	}
	if d.District != "" && !district(d.District) {
		p.Add("district", "drafts.choose")
	}
	if d.Theme != "" && !theme(d.Theme) {
		p.Add("theme", "drafts.choose")
	}
	checkLinks(&p, "links", d.Links, maxLinks)
	return p
}

// checkLinks finds out whether all are addresses of pages.
func checkLinks(p *civic.Problems, field string, links []string, most int) {
	if len(links) > most {
		p.Add(field, "drafts.links_many", "Count", most)
	}
	for _, link := range links {
		if u, err := url.Parse(link); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || utf8.RuneCountInString(link) > maxLink {
			p.Add(field, "drafts.link_wrong", "Value", link)
			return
		}
	}
}

// Paragraph is the least that people remark on, in both official languages.
type Paragraph struct {
	Version int
	Place   int // from 1
	Kind    document.Kind
	Level   int
	Number  string
	Words   civic.Text
	Remarks int64 // on it that are shown

	draft int64
}

// paragraphs sets two languages of a text side by side. Errors: civic.Invalid with "text" when their structure differs.
func paragraphs(kk, ru document.Document, version int) (out []Paragraph, err error) {
	if d, same := document.SideBySide(kk.Paragraphs, ru.Paragraphs); !same {
		at := func(p *document.Paragraph) string {
			if p == nil {
				return "—"
			}
			return brief(p.Number+" "+p.Text, lineLetters)
		}
		return nil, civic.Wrong("text", "drafts.differ", "Index", d.At+1, "First", at(d.A), "Text", at(d.B))
	}
	for i, k := range kk.Paragraphs {
		for text := range strings.SplitSeq(k.Text+"\t"+ru.Paragraphs[i].Text, "\t") { // cells of a row, too
			if key := civic.Junk(text, nil); key != "" && text != "" {
				what := map[bool]string{true: "drafts.junk", false: "drafts.junk_hidden"}[civic.FailedFormula(text)]
				return nil, civic.Wrong("text", what, "Index", i+1, "Text", brief(text, lineLetters))
			}
		}
		out = append(out, Paragraph{Version: version, Place: i + 1, Kind: k.Kind, Level: k.Level, Number: k.Number, Words: civic.Text{civic.Kazakh: k.Text, civic.Russian: ru.Paragraphs[i].Text}})
	}
	return out, nil
}

// lineLetters is how much of a text stands in a line.
const lineLetters = 80

// brief is the beginning of a text.
func brief(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func notNow() error { return civic.Fail(civic.Closed, "drafts.not_in_this_state") }

func notThere() error { return civic.Fail(civic.NotFound, "web.not_found") }

func notYours() error { return civic.Fail(civic.Forbidden, "drafts.not_yours") }
