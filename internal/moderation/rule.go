package moderation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// About is what a rule may remove.
type About string

const (
	Words   About = "words"   // what people write
	Votes   About = "votes"   // from what is made of them
	Entries About = "entries" // of the register
	Topics  About = "topics"  // which initiatives are not about
)

// Abouts lists them.
func Abouts() []About { return []About{Words, Votes, Entries, Topics} }

// Rules that the program itself names; the others are a moderator's choice.
const (
	RuleCoordinated = "coordinated" // votes that are left out of the opinion map
	RuleRegister    = "register"    // entries of the register that are taken down
)

// Rule is one version of a rule, which never changes: what is decided by it points at it for ever.
type Rule struct {
	Name    string
	Version int64
	About   About
	Title   civic.Text
	Text    civic.Text
	InForce bool      // unless a later version takes its place
	MadeAt  time.Time // zero: the city began with it
	madeBy  civic.ID
}

// ID names this version: "insult.2".
func (r Rule) ID() civic.ID { return civic.ID(fmt.Sprintf("%s.%d", r.Name, r.Version)) }

// Book is all versions of all rules. It does not change once handed out.
type Book struct {
	versions map[string][]Rule // by name, the oldest first
	byID     map[civic.ID]Rule
}

func newBook(all []Rule) *Book {
	b := &Book{versions: map[string][]Rule{}, byID: map[civic.ID]Rule{}}
	for _, r := range all {
		b.versions[r.Name] = append(b.versions[r.Name], r)
		b.byID[r.ID()] = r
	}
	return b
}

// Rule finds a version, in force or not.
func (b *Book) Rule(id civic.ID) (Rule, bool) { r, ok := b.byID[id]; return r, ok }

// Versions lists those of a rule, the oldest first.
func (b *Book) Versions(name string) []Rule { return b.versions[name] }

// Newest is the newest version of a rule that the program itself names.
func (b *Book) Newest(name string) Rule {
	all := b.versions[name]
	if len(all) == 0 {
		return Rule{}
	}
	return all[len(all)-1]
}

// Rules lists the newest version of every rule, those in force first, as they were made.
func (b *Book) Rules() (out []Rule) {
	for _, name := range slices.Sorted(maps.Keys(b.versions)) {
		out = append(out, b.Newest(name))
	}
	slices.SortStableFunc(out, func(x, y Rule) int {
		if x.InForce != y.InForce {
			return map[bool]int{true: -1, false: 1}[x.InForce]
		}
		return cmp.Compare(slices.Index(Abouts(), x.About), slices.Index(Abouts(), y.About))
	})
	return out
}

// InForce lists the rules by which something of that sort may be removed.
func (b *Book) InForce(about About) []Rule {
	return slices.DeleteFunc(b.Rules(), func(r Rule) bool { return !r.InForce || r.About != about })
}

// MayCite reports whether something of that sort may be removed by that version now.
func (b *Book) MayCite(id civic.ID, about About) bool {
	return slices.ContainsFunc(b.InForce(about), func(r Rule) bool { return r.ID() == id })
}

// The longest title and text of a rule, in characters.
const (
	maxTitle = 120
	maxText  = 1000
)

// check finds what a new version lacks: the city's rules are in Kazakh and in Russian.
func (r Rule) check() error {
	var p civic.Problems
	for _, field := range []struct {
		name string
		text civic.Text
		most int
	}{{"title", r.Title, maxTitle}, {"text", r.Text, maxText}} {
		for _, lang := range civic.Languages() {
			at := field.name + "." + string(lang)
			switch n := utf8.RuneCountInString(field.text[lang]); {
			case n == 0 && lang != civic.English:
				p.Add(at, "moderation.rule_missing")
			case n > field.most:
				p.Add(at, "moderation.rule_long", "Count", field.most)
			}
		}
	}
	if !slices.Contains(Abouts(), r.About) {
		p.Add("about", "moderation.rule_about_missing")
	}
	return p.Err()
}
