// Package demo is the content of the demonstration city: what it holds, and how it gets into
// an empty city through the capabilities' own rules. All of it but the names of the districts
// and the dated laws is made up, and every organisation, answer and consultation says so.
package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/birge-kz/birge/internal/civic"
)

//go:embed content
var embeds embed.FS

// Content is the whole demonstration, as the files under content/ state it.
type Content struct {
	City          City
	Accounts      []Account
	Organisations []Organisation // state bodies first
	Milestones    []Milestone
	Consultations []Consultation
	Files         Files
	Claim         Claim
	Property      []string // of organisations, by their size less one
	Source        string   // provenance of every value of the register
}

// Claim is the resident's request to speak for an organisation.
type Claim struct{ Organisation, Why string }

// City is what the administrator would type into the set-up.
type City struct {
	Name      civic.Text
	Districts []District `toml:"district"`
}

// District has the code that the city makes of its Kazakh name.
type District struct {
	Code string
	Name civic.Text
}

// Account is one of those that a visitor of the demonstration may sign in to.
type Account struct {
	Key, Name, Email string
	Officer          string     // the key of the body for which it acts
	Speaks           string     // the key of the organisation that it represents
	Council          civic.Role // the role that it has in the council
	Administrator    bool
}

// Organisation is one entry of the register, marked as a sample.
type Organisation struct {
	Key, Kind, Form, Status string // codes of the register; ngo and active when left out
	Themes, Districts       []string
	Founded, Ended          string // "2014-05" or "2014"
	Size                    int    // 1 small to 3 large: the scale of its filings
	Filings                 []int  // years reported on: 1 is last year, 2 the year before
	Name, Mission           civic.Text
}

// Email is a made-up address.
func (o Organisation) Email() string { return o.Key + "@" + domain }

// domain is where all addresses of the demonstration are; nothing is ever sent there.
const domain = "demo.example"

// Milestone is a date in the history of civil society: a fact.
type Milestone struct {
	Date   string     // "2015-11-02"
	Title  civic.Text // with the number of the law or order behind it
	Source string     // address of its text; "" when not known
	Cite   string     // the number
}

// Consultation is one question to the city. Its dates are relative, so that the demonstration
// looks the same on whatever day it is made.
type Consultation struct {
	Key, Body            string
	Audience, Moderation string
	District, Point      string // the made-up place that it is about, if any
	Theme                string // its code (city.Themes), if any
	Closes               int    `toml:"closes"`         // working days from now, negative in the past
	OpenFor              int    `toml:"open_for"`       // days
	AnswerDays           int    `toml:"answer_days"`    // working days from closing
	AnsweredAfter        int    `toml:"answered_after"` // working days from closing; 0: not answered
	Participants         int
	Groups               []int // share of each opinion group in percent
	Question, Decision   civic.Text
	Context              civic.Text // Markdown
	Statements           []Statement
	Comments             []Comment `toml:"comment"`
	Answer               *Answer
}

// Statement is one opinion. Its number is its place in the list, from 1.
type Statement struct {
	Official bool // by the body itself
	Lang     civic.Lang
	Text     string
	// Translation is into the other official language, by the body; what a resident wrote need have none.
	Translation string
	Agree       []int  // percentage of each group that agrees; the rest disagrees or passes
	Removed     string // the rule it broke, when a moderator removed it
	Reason      string // what the author was told
	Waiting     bool   // no moderator has looked at it yet
	// Contested is why the author of a removed one asked for another decision, Again what another
	// moderator answered; "" while nobody has. Restored says that it came back.
	Contested, Again string
	Restored         bool
}

// Translations are a statement's words in the other official language, if there are any.
func (s Statement) Translations() civic.Text {
	if s.Lang == civic.Kazakh {
		return civic.Text{civic.Russian: s.Translation}.Trimmed()
	}
	return civic.Text{civic.Kazakh: s.Translation}.Trimmed()
}

// Words are the statement's in both languages.
func (s Statement) Words() civic.Text {
	words := s.Translations()
	words[s.Lang] = s.Text
	return words
}

// Answer is what the body said after closing.
type Answer struct {
	Person string // a post, not a name
	Text   civic.Text
	Items  []AnswerItem `toml:"item"`
}

// AnswerItem is the answer to one statement.
type AnswerItem struct {
	Statement int
	Verdict   string
	Whose     string // key of the body whose it is
	Reason    civic.Text
	Promised  int // calendar days after the answer by which it is done
	Then      *Then
}

// Then is what the body that owes something of a statement did with it later.
type Then struct {
	After    int    // working days after the answer
	Person   string // who is put in charge before that; "": nobody anew
	Step     string // "pause", "pass" or "give"
	Whose    string // of "pass": key of the body
	Outcome  string
	Reason   civic.Text
	Evidence []string
	Promised int // calendar days
}

// Load reads the content and marks it: the word "sample" behind the name of every
// organisation, a sentence at the end of every consultation and answer.
func Load() (Content, error) {
	var c Content
	var head struct {
		Mark, Note civic.Text
		Source     string
		Property   []string
		City       City
		Account    []Account
		Claim      Claim
	}
	if err := decode("content/city.toml", &head); err != nil {
		return c, err
	}
	c.City, c.Accounts = head.City, head.Account
	c.Claim, c.Property, c.Source = head.Claim, head.Property, head.Source

	for _, name := range []string{"bodies", "organisations"} {
		var list struct{ Organisation []Organisation }
		if err := decode("content/"+name+".toml", &list); err != nil {
			return c, err
		}
		for _, o := range list.Organisation {
			if o.Kind == "" {
				o.Kind = "ngo"
			}
			if o.Status == "" {
				o.Status = "active"
			}
			o.Name = behind(o.Name, " ", head.Mark)
			c.Organisations = append(c.Organisations, o)
		}
	}

	var history struct{ Milestone []Milestone }
	if err := decode("content/milestones.toml", &history); err != nil {
		return c, err
	}
	for _, m := range history.Milestone {
		m.Title = behind(m.Title, " ", civic.Text{civic.Kazakh: "(" + m.Cite + ")", civic.Russian: "(" + m.Cite + ")", civic.English: "(" + strings.ReplaceAll(m.Cite, "№", "No.") + ")"})
		c.Milestones = append(c.Milestones, m)
	}

	if err := decode("content/files.toml", &c.Files); err != nil {
		return c, err
	}
	var err error
	c.Consultations, err = loadConsultations(head.Note)
	return c, err
}

// loadConsultations reads them in the order of their files, each with the note at its end.
func loadConsultations(note civic.Text) (all []Consultation, err error) {
	entries, err := fs.ReadDir(embeds, "content/consultations")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		var q Consultation
		if err := decode("content/consultations/"+e.Name(), &q); err != nil {
			return nil, err
		}
		q.Context = behind(q.Context, "\n\n", note)
		if q.Answer != nil {
			q.Answer.Text = behind(q.Answer.Text, "\n\n", note)
		}
		all = append(all, q)
	}
	return all, nil
}

// decode reads one file; a key that nothing reads is an error, for it is misspelt.
func decode(name string, into any) error {
	meta, err := toml.DecodeFS(embeds, name, into)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("%s: unknown key %s", name, unknown[0])
	}
	return nil
}

// behind appends mark, in the same language, to each language of t.
func behind(t civic.Text, space string, mark civic.Text) civic.Text {
	out := make(civic.Text, len(t))
	for lang, s := range t {
		out[lang] = s + space + mark[lang]
	}
	return out
}

// Times places the consultation around now: when it opens, when it closes and, when it has
// been answered, when that was (else zero). It opens at 9:00 and closes at 18:00, and is
// answered at 16:30, in the calendar's zone.
func (q Consultation) Times(now time.Time, cal civic.Calendar) (opens, closes, answered time.Time) {
	closes = at(workingDay(now, q.Closes, cal), 18, 0, cal)
	opens = at(closes.AddDate(0, 0, -q.OpenFor), 9, 0, cal)
	if q.AnsweredAfter > 0 {
		answered = at(cal.Add(closes, q.AnsweredAfter), 16, 30, cal)
	}
	return opens, closes, answered
}

// workingDay is the n-th working day after the date of now; for a negative n, the working day
// from which now is −n working days away.
func workingDay(now time.Time, n int, cal civic.Calendar) time.Time {
	if n >= 0 {
		return cal.Add(now, n)
	}
	d := now
	for cal.Between(d, now) < -n || !cal.Working(d) {
		d = d.AddDate(0, 0, -1)
	}
	return d
}

func at(day time.Time, hour, minute int, cal civic.Calendar) time.Time {
	zone := cal.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := day.In(zone).Date()
	return time.Date(y, m, d, hour, minute, 0, 0, zone)
}
