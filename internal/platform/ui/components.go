package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/birge-kz/birge/internal/civic"
)

// Kind is what a person can do with a thing. It gives the thing its shape and colour in
// tags, cards and the navigation; a word always stands beside it.
type Kind string

const (
	Speak  Kind = "speak"  // circle
	Decide Kind = "decide" // square
	Learn  Kind = "learn"  // diamond
	Join   Kind = "join"   // triangle
	Fund   Kind = "fund"   // ring
	Check  Kind = "check"  // bar
)

// verbPrefix begins the message keys of the navigation that the components bring along.
const verbPrefix = "ui.verb_"

// kind is the shape of a verb: its key without the prefix.
func (v Verb) kind() string { return strings.TrimPrefix(v.Key, verbPrefix) }

// href is the address of a link with its scheme checked: "javascript:" and the like become
// an address that leads nowhere.
func (p Page) href(path string) templ.SafeURL { return templ.URL(p.URL(path)) }

// class is the tone as a class; an unknown one is neutral.
func (t Tone) class() string {
	switch t {
	case Info, Good, Warn, Bad:
		return string(t)
	}
	return string(Neutral)
}

// icon that goes with a tone, so that the tone is a shape too.
func (t Tone) icon() string {
	switch t {
	case Info:
		return "info"
	case Good:
		return "check"
	case Warn:
		return "clock"
	case Bad:
		return "alert"
	}
	return "dot"
}

// CardProps describe a thing that can be opened.
type CardProps struct {
	Kind  Kind       // shape and colour of the tag
	Tag   string     // the word beside the shape; "" for no tag
	Title string     // the name of the thing
	Lang  civic.Lang // of the title, where it is not the page's
	URL   string     // made by Page.URL; "" when there is nothing to open
	Meta  []string   // short facts under the content: "3 minutes", "412 people"
	Level int        // of the heading, 2 to 4; 0 means 3
}

// Column is the head of a table's column.
type Column struct {
	Text    string
	Numeric bool // aligned at the end, tabular figures
	Hidden  bool // the head is for screen readers only, as over a column of buttons
}

// TableProps is a table that becomes a stack of rows on a phone. The first cell of a row
// names it.
type TableProps struct {
	Caption     string // always given: it names the table to a screen reader
	HideCaption bool   // where a heading above says the same
	Head        []Column
	Rows        [][]templ.Component // each as long as Head; make plain cells with Plain
}

// Option is one choice of a select, of radios or of checkboxes.
type Option struct {
	Value string
	Label string
	Hint  string     // one sentence under the label; not in a select
	Group string     // in a select: those of one group that follow each other stand under its name
	Lang  civic.Lang // of the label, where it is not the page's
}

// LabelOf is the label of the option with a value, "" when there is none.
func LabelOf(options []Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Label
		}
	}
	return ""
}

// FieldProps describe one field of a form. Its value and its error come from the Form.
type FieldProps struct {
	Name         string // of the input; its id is "f-" + Name
	Label        string
	Hint         string
	Type         string // of a TextField: "text" (when empty), "email", "password", "number", "url", "tel", "search", …
	Required     bool   // fields that are not say "optional"
	Autocomplete string // a token of the HTML standard: "email", "current-password", …
	Inputmode    string // "numeric", "decimal", …
	Max          int    // characters; more than 0 shows a counter. The server checks it, the browser never cuts.
	Rows         int    // of a TextArea; 0 means 5
	Accept       string // of a FileField: ".csv,.xlsx"
	Multiple     bool   // a FileField takes several files
	Value        string // of a Checkbox; "" means "yes"
	Short        bool   // as wide as a number or a code
	Lang         civic.Lang
	NoOptional   bool // do not say "optional": filters, where every field is
}

func (f FieldProps) id() string { return "f-" + f.Name }

func (f FieldProps) typ() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f FieldProps) rows() string {
	if f.Rows == 0 {
		return "5"
	}
	return strconv.Itoa(f.Rows)
}

func (f FieldProps) value() string {
	if f.Value == "" {
		return "yes"
	}
	return f.Value
}

// describedBy lists the ids of the hint, the error and the counter that there are.
func (f FieldProps) describedBy(problem string) string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if problem != "" {
		ids = append(ids, f.id()+"-error")
	}
	if f.Max > 0 {
		ids = append(ids, f.id()+"-count")
	}
	return strings.Join(ids, " ")
}

// Tab is a link in a row of links of which one is the page itself.
type Tab struct {
	Text    string
	Path    string // without the language
	Current bool
	Count   int // shown behind the text when more than 0
}

// TimelineItem is one thing that happened.
type TimelineItem struct {
	When  string    // as shown, from i18n
	At    time.Time // for machines; may be zero
	Title string
	Lang  civic.Lang // of the title, where it is not the page's
	URL   string     // made by Page.URL; "" for none
	Body  templ.Component
	Tone  Tone
}

// Number is a figure about the city that leads to its data.
type Number struct {
	Value string // written by i18n
	Label string
	Path  string // without the language
	Trend Trend  // where it is known
}

// Trend is how a number changed, in a shape and words.
type Trend struct {
	Shape Shape
	Text  string // "+12 in 30 days"; "" for no trend
}

// Shape is the way a number went. It says nothing about whether that is good.
type Shape string

const (
	Rising  Shape = "rising"
	Falling Shape = "falling"
	Level   Shape = "level"
)

// AnswerProps describe an official act: who gives it, who is in charge, when, and the
// deadline that it met or missed.
type AnswerProps struct {
	Title  string
	Body   civic.Text // the name of the state body or organisation
	URL    string     // of its page, made by Page.URL
	Person string     // in charge
	Given  time.Time
	Due    time.Time // zero for none
	Cal    civic.Calendar
}

// deadline is what a Deadline shows.
type deadline struct {
	tone Tone
	text string
	at   time.Time
	date string // "" when the text already says it
}

func (d deadline) icon() string {
	if d.tone == Neutral {
		return "calendar"
	}
	return d.tone.icon()
}

// deadlineOf tells how a deadline stands: how many working days are left before it, by how
// many it is overdue, or how the act done at the instant done (zero: not yet) kept it.
func deadlineOf(p Page, due time.Time, cal civic.Calendar, done time.Time) deadline {
	d := deadline{at: due, date: p.T("ui.deadline_date", "Date", p.L.ShortDate(due))}
	if !done.IsZero() {
		switch n := cal.Between(due, done); {
		case done.After(due) && n > 0:
			d.tone, d.text = Bad, p.T("ui.deadline_kept_late", "Count", n)
		case done.After(due):
			d.tone, d.text = Bad, p.T("ui.deadline_kept_after")
		case n < 0:
			d.tone, d.text = Good, p.T("ui.deadline_kept_early", "Count", -n)
		default:
			d.tone, d.text = Good, p.T("ui.deadline_kept")
		}
		return d
	}
	zone := p.L.Zone()
	today, day := p.Now.In(zone), due.In(zone)
	switch n := cal.Between(p.Now, due); {
	case due.Before(p.Now) && n < 0:
		d.tone, d.text = Bad, p.T("ui.deadline_overdue", "Count", -n)
	case due.Before(p.Now):
		d.tone, d.text = Bad, p.T("ui.deadline_passed")
	case sameDay(today, day):
		d.tone, d.text, d.date = Warn, p.T("ui.deadline_today", "Time", day.Format("15:04")), ""
	case sameDay(today.AddDate(0, 0, 1), day):
		d.tone, d.text, d.date = Warn, p.T("ui.deadline_tomorrow", "Time", day.Format("15:04")), ""
	case n == 0:
		d.tone, d.text = Warn, p.T("ui.deadline_last_day")
	case n <= 2: // only the look: when a deadline is near enough to stand out
		d.tone, d.text = Warn, p.T("ui.deadline_left", "Count", n)
	default:
		d.tone, d.text = Neutral, p.T("ui.deadline_left", "Count", n)
	}
	return d
}

// untilOf tells how an end stands up to which people can take part.
func untilOf(p Page, until time.Time) deadline {
	zone := p.L.Zone()
	today, day := p.Now.In(zone), until.In(zone)
	d := deadline{tone: Warn, at: until}
	switch {
	case until.Before(p.Now):
		d.tone, d.text, d.date = Neutral, p.T("ui.until_over"), p.L.ShortDate(until)
	case sameDay(today, day):
		d.text = p.T("ui.deadline_today", "Time", day.Format("15:04"))
	case sameDay(today.AddDate(0, 0, 1), day):
		d.text = p.T("ui.deadline_tomorrow", "Time", day.Format("15:04"))
	default:
		days := 0
		for t := today; !sameDay(t, day); t = t.AddDate(0, 0, 1) {
			days++
		}
		if d.date = p.T("ui.until_date", "Date", p.L.ShortDate(until)); days > 3 { // only the look
			d.tone = Neutral
		}
		d.text = p.T("ui.until_left", "Count", days)
	}
	return d
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// summaryProblems are the problems as the error summary lists them.
func summaryProblems(p Page, f Form) []Link {
	var out []Link
	for _, problem := range f.Problems {
		l := Link{Text: p.L.Say(problem.Message)}
		if problem.Field != "" {
			l.Path = "#f-" + problem.Field
		}
		out = append(out, l)
	}
	return out
}

// onlyIn is the message that says in which languages a text exists; "" where the reader's is one of them, or
// nobody knows.
func onlyIn(reader civic.Lang, t civic.Text) string {
	var others []civic.Lang
	for _, lang := range civic.Languages() {
		if t[lang] != "" {
			others = append(others, lang)
		}
	}
	switch {
	case len(others) == 0 || slices.Contains(others, reader):
		return ""
	case len(others) > 1:
		return "ui.only_in_others"
	}
	return "ui.only_in_" + string(others[0])
}

func (p Page) languages() []civic.Lang {
	if len(p.Langs) == 0 {
		return civic.Languages()
	}
	return p.Langs
}

// LangName is a language's own name for itself.
func LangName(lang civic.Lang) string {
	switch lang {
	case civic.Kazakh:
		return "Қазақша"
	case civic.Russian:
		return "Русский"
	case civic.English:
		return "English"
	}
	return string(lang)
}

// langShort is its beginning, for the switch.
func langShort(lang civic.Lang) string {
	name := []rune(LangName(lang))
	return string(name[:min(3, len(name))])
}

// initial is the first letter of a name.
func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(name, "«\"“'( "))
	if r == utf8.RuneError {
		return "·"
	}
	return strings.ToUpper(string(r))
}

func heading(level int) string {
	switch level {
	case 2:
		return "h2"
	case 4:
		return "h4"
	}
	return "h3"
}

// Speaks says in which language an element's words are, where that is not the page's:
// <a href="…" { ui.Speaks(lang)... }>.
func Speaks(lang civic.Lang) templ.Attributes {
	if lang == "" {
		return nil
	}
	return templ.Attributes{"lang": string(lang)}
}

// piece is a run of words in one language; "" is the page's.
type piece struct {
	text string
	lang civic.Lang
}

// Two characters of the private use area, which no typed text holds, stand around the number of a
// text in another language while the message around it is put together.
const foreignFrom, foreignTo = "\ue000", "\ue001"

// pieces cuts a message at the texts among its arguments that are in another language than the page.
func (p Page) pieces(m civic.Message) (out []piece) {
	var foreign []piece
	args := slices.Clone(m.Args)
	for i, a := range args {
		if t, ok := a.(civic.Text); ok {
			if words, lang := p.Words(t); lang != "" {
				args[i] = foreignFrom + strconv.Itoa(len(foreign)) + foreignTo
				foreign = append(foreign, piece{words, lang})
			}
		}
	}
	rest := p.T(m.Key, args...)
	for len(foreign) > 0 {
		before, after, found := strings.Cut(rest, foreignFrom)
		number, after, closed := strings.Cut(after, foreignTo)
		n, err := strconv.Atoi(number)
		if !found || !closed || err != nil || n >= len(foreign) {
			break
		}
		out, rest = append(out, piece{text: before}, foreign[n]), after
	}
	return append(out, piece{text: rest})
}

// around cuts a sentence at the words that it quotes.
func (p Page) around(sentence string, quoted civic.Text) []piece {
	words, lang := p.Words(quoted)
	before, after, found := strings.Cut(sentence, words)
	if !found || lang == "" {
		return []piece{{text: sentence}}
	}
	return []piece{{text: before}, {words, lang}, {text: after}}
}
