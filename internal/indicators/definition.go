package indicators

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/indicators/formula"
)

//go:embed definitions/*.toml
var definitions embed.FS

// Definition is what an indicator is: everything that one needs to compute it anew and to know what it says. It changes only with the
// program, by a revision that gives its reason.
type Definition struct {
	ID       string // "answers_in_time"; for ever, because addresses and citations keep it
	Group    Group
	Formula  *formula.Formula
	Unit     Unit
	Interval bool   // a share that is taken as a sample of what the body does: a Wilson interval goes with it
	Better   Better // which way is good, where that is beyond dispute
	// Least is of how many rows a share must be; below it, it is "too few to say".
	Least     int64
	Source    string // what it follows from: a law or a method, as it is cited
	Name      civic.Text
	About     civic.Text // what it says, and what it does not
	Owner     civic.Text // who answers for its definition
	Revisions []Revision // the first one first
}

// Group is what indicators are about, in the order of the page.
type Group string

// The groups.
const (
	Taking    Group = "taking_part"
	Answering Group = "answers"
	Deciding  Group = "budget"
	Societies Group = "societies"
	Doing     Group = "doing"
	Tongues   Group = "languages"
)

// Groups lists them.
func Groups() []Group { return []Group{Taking, Answering, Deciding, Societies, Doing, Tongues} }

// Unit is what a number is of.
type Unit string

// The units.
const (
	Share   Unit = "share"
	Count   Unit = "count"
	Tiyn    Unit = "tiyn"
	Days    Unit = "days"
	Minutes Unit = "minutes"
	Index   Unit = "index" // 0 to 1
)

// Better says which way is good.
type Better string

// The ways.
const (
	More    Better = "more"
	Less    Better = "less"
	Neither Better = ""
)

// Revision is a change of a definition.
type Revision struct {
	On     string // day
	Reason Reason
	Words  civic.Text
}

// Reason is the sort of a change of a definition.
type Reason string

// The reasons.
const (
	First     Reason = "new"
	Corrected Reason = "corrected" // it did not say what its words say
	Data      Reason = "data"      // the tables it reads have changed
	Method    Reason = "method"    // it says something else from here on
)

var reasons = []Reason{First, Corrected, Data, Method}

// Main is the granularity by which values are shown, "" where time does not tell them apart.
func (d *Definition) Main() formula.Granularity {
	if len(d.Formula.By) == 0 {
		return ""
	}
	return d.Formula.By[0]
}

// Revision is the number of the one in force, from 1.
func (d *Definition) Revision() int { return len(d.Revisions) }

// written is a definition as it stands in a file.
type written struct {
	ID, Formula, Source string
	Group               Group
	Unit                Unit
	Interval            bool
	Better              Better
	Least               int64
	Name, About, Owner  civic.Text
	Revision            []Revision
}

var idWritten = regexp.MustCompile(`^[a-z][a-z_]{2,59}$`)

// read reads the definitions of one file.
func read(name, text string) (out []*Definition, err error) {
	var file struct {
		Owner     civic.Text // of those that name none
		First     Revision   // of those that have not changed
		Indicator []written
	}
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, fmt.Errorf("indicators: %s: %w", name, err)
	}
	if rest := meta.Undecoded(); len(rest) > 0 {
		return nil, fmt.Errorf("indicators: %s: %v is no field of a definition", name, rest[0])
	}
	for _, w := range file.Indicator {
		if w.Owner == nil {
			w.Owner = file.Owner
		}
		d, err := w.compile(file.First)
		if err != nil {
			return nil, fmt.Errorf("indicators: %s: %q: %w", name, w.ID, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// compile makes the definition, whose first revision is first.
func (w written) compile(first Revision) (*Definition, error) {
	f, err := formula.Parse(w.Formula)
	if err != nil {
		return nil, err
	}
	d := &Definition{ID: w.ID, Group: w.Group, Formula: f, Unit: w.Unit, Interval: w.Interval, Better: w.Better, Least: w.Least, Source: w.Source,
		Name: w.Name, About: w.About, Owner: w.Owner, Revisions: append([]Revision{first}, w.Revision...)}
	switch {
	case !idWritten.MatchString(d.ID):
		return nil, fmt.Errorf("the id has other letters than a to z and _")
	case !slices.Contains(Groups(), d.Group):
		return nil, fmt.Errorf("there is no group %q", d.Group)
	case !slices.Contains([]Unit{Share, Count, Tiyn, Days, Minutes, Index}, d.Unit):
		return nil, fmt.Errorf("there is no unit %q", d.Unit)
	case !slices.Contains([]Better{More, Less, Neither}, d.Better):
		return nil, fmt.Errorf("better is %q", d.Better)
	case d.Interval && !f.Estimates():
		return nil, fmt.Errorf("an interval is told of a share only")
	}
	for _, t := range append([]civic.Text{d.Name, d.About, d.Owner}, wordsOf(d.Revisions)...) {
		if len(t) != len(civic.Languages()) {
			return nil, fmt.Errorf("a text is not in all languages")
		}
	}
	last := ""
	for _, r := range d.Revisions {
		if _, err := time.Parse(time.DateOnly, r.On); err != nil || r.On < last || !slices.Contains(reasons, r.Reason) {
			return nil, fmt.Errorf("a revision has no day, no reason or is out of order")
		}
		last = r.On
	}
	return d, nil
}

func wordsOf(all []Revision) (out []civic.Text) {
	for _, r := range all {
		out = append(out, r.Words)
	}
	return out
}

// set is the definitions that come with the program, read once, in the order of groups and files.
var set = sync.OnceValues(func() ([]*Definition, error) {
	names, err := fs.Glob(definitions, "definitions/*.toml")
	if err != nil {
		return nil, err
	}
	var out []*Definition
	for _, name := range names {
		text, err := definitions.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all, err := read(name, string(text))
		if err != nil {
			return nil, err
		}
		for _, d := range all {
			if slices.ContainsFunc(out, func(o *Definition) bool { return o.ID == d.ID }) {
				return nil, fmt.Errorf("indicators: %s: %q is defined twice", name, d.ID)
			}
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *Definition) int { return slices.Index(Groups(), a.Group) - slices.Index(Groups(), b.Group) })
	return out, nil
})

// All lists the definitions in the order of the page. Nobody changes what it gives.
func All() ([]*Definition, error) { return set() }

// Find finds one by its id.
func Find(id string) (*Definition, bool) {
	all, _ := set()
	i := slices.IndexFunc(all, func(d *Definition) bool { return d.ID == id })
	if i < 0 {
		return nil, false
	}
	return all[i], true
}
