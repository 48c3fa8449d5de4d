package forming

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/sortition"
	"github.com/birge-kz/birge/sortition/draw"
)

// Quota is how many of those drawn have one feature.
type Quota struct {
	Category string `json:"category"`
	Feature  string `json:"feature"`
	Min      int    `json:"min"`
	Max      int    `json:"max"`
}

// The categories by which a draw can be balanced: all that people state of themselves, and who nominated them.
const (
	catSex      = "sex"
	catAge      = "age"
	catDistrict = "district"
	catBy       = "by"
	// notSaid is the feature of whoever does not state another.
	notSaid = "not_said"
)

// Choices are a category with the features that a quota may name.
type Choices struct {
	Category string
	Features []string
}

// categories are those of a city with the districts.
func categories(districts []string) []Choices {
	all := []Choices{{catSex, []string{Woman, Man}}, {catAge, []string{"young", "middle", "older"}}, {catBy, []string{"organisation", "self"}}}
	if len(districts) > 0 {
		all = append(all, Choices{catDistrict, districts})
	}
	return all
}

// checkQuotas finds quotas that contradict themselves; which of them contradict one another, the draw finds.
func checkQuotas(all []Quota, seats int) error {
	var p civic.Problems
	for _, q := range all {
		if q.Min < 0 || q.Max < q.Min || q.Max > seats {
			p.Add(q.Category+"."+q.Feature, "forming.quota_wrong", "Count", seats)
		}
	}
	return p.Err()
}

// features are what somebody counts for, by category. ages are the first years of the second and the third age.
func (c Candidacy) features(year int, ages [2]int) map[string]string {
	out := map[string]string{catSex: c.Sex, catDistrict: c.District, catBy: "self"}
	if c.By.ID != "" {
		out[catBy] = "organisation"
	}
	if c.Born > 0 {
		switch age := year - c.Born; {
		case age < ages[0]:
			out[catAge] = "young"
		case age < ages[1]:
			out[catAge] = "middle"
		default:
			out[catAge] = "older"
		}
	}
	return out
}

// called is what somebody is called in a draw.
func (c Candidacy) called() string { return fmt.Sprintf("K%03d", c.Number) }

// problem is what is to be drawn: the quotas, and those who were admitted under what they are called.
func problem(c Competition, among []Candidacy, choices []Choices, ages [2]int) *sortition.Problem {
	p := &sortition.Problem{Size: c.Seats}
	for _, of := range choices {
		if !slices.ContainsFunc(c.Quotas, func(q Quota) bool { return q.Category == of.Category }) {
			continue
		}
		category := sortition.Category{Name: of.Category}
		for _, name := range append(slices.Clone(of.Features), notSaid) {
			f := sortition.Feature{Name: name, Max: c.Seats, FlexMax: c.Seats}
			for _, q := range c.Quotas {
				if q.Category == of.Category && q.Feature == name {
					f.Min, f.Max = q.Min, q.Max
				}
			}
			category.Features = append(category.Features, f)
		}
		p.Categories = append(p.Categories, category)
	}
	for _, candidate := range among {
		person := sortition.Person{ID: candidate.called()}
		has := candidate.features(c.Until.Year(), ages)
		for _, category := range p.Categories {
			feature := has[category.Name]
			if !slices.ContainsFunc(category.Features, func(f sortition.Feature) bool { return f.Name == feature }) {
				feature = notSaid
			}
			person.Features = append(person.Features, feature)
		}
		p.People = append(p.People, person)
	}
	return p
}

// Purpose is what a draw is for.
type Purpose string

const (
	ForSeats   Purpose = "seats"
	ForReserve Purpose = "reserve"     // those who come in when somebody leaves
	ForLeft    Purpose = "replacement" // of members who left
)

// DrawState is where a draw stands.
type DrawState string

const (
	Computing  DrawState = "computing"
	Infeasible DrawState = "infeasible" // no panel obeys the quotas
	Ready      DrawState = "ready"      // the working group looks at it; nobody else
	Listed     DrawState = "listed"     // list and source are published and in the record; the number is awaited
	Drawn      DrawState = "drawn"
	Void       DrawState = "void" // it does not count
)

// Draw is one draw by lot.
type Draw struct {
	ID          civic.ID
	Competition civic.ID
	Purpose     Purpose
	State       DrawState
	Problem     *sortition.Problem // as it was when the list was computed
	Stayed      []string           // of a replacement, and of a reserve: who sits
	Gone        []string           // who cannot be drawn
	List        [][]string
	Never       []string          // who is in no panel
	Conflict    []Relaxation      // of infeasible quotas
	Deviation   float64           // the largest of a chance from the ideal one
	Announced   draw.Announcement // from Listed on
	Evidence    Evidence
	Why         civic.Text // of one that is void
	MadeAt, At  time.Time  // computed; drawn or void

	no int64
}

// Evidence is what the source gave, and what it comes to.
type Evidence struct {
	Thrown  *int          `json:"thrown,omitempty"`
	Reveals []draw.Reveal `json:"reveals,omitempty"`
	Beacon  *draw.Beacon  `json:"beacon,omitempty"`
	Number  int           `json:"number"`
	Panel   []string      `json:"panel,omitempty"`
}

// Relaxation is a quota that would have to give way, and how far.
type Relaxation struct {
	Category string `json:"category"`
	Feature  string `json:"feature"`
	Min      int    `json:"min"`
	Max      int    `json:"max"`
	NewMin   int    `json:"needed_min"`
	NewMax   int    `json:"needed_max"`
}

// Public reports whether everybody sees it.
func (d Draw) Public() bool {
	return d.State == Listed || d.State == Drawn || d.State == Void && len(d.List) > 0
}

// Whole is the document that birge verify checks.
func (d Draw) Whole() draw.Draw {
	e := d.Evidence
	return draw.Draw{Announcement: d.Announced, List: d.List, Thrown: e.Thrown, Reveals: e.Reveals, Beacon: e.Beacon, Number: e.Number, Panel: e.Panel}
}

// lottery is the list as the algorithms know it.
func (d Draw) lottery() *sortition.Lottery { return &sortition.Lottery{Panels: d.List} }

// Chances tells on how many panels each person is.
func (d Draw) Chances() map[string]int {
	out := map[string]int{}
	for _, person := range d.Problem.People {
		out[person.ID] = 0
	}
	for _, panel := range d.List {
		for _, id := range panel {
			out[id]++
		}
	}
	return out
}

// Missing are those who committed themselves to a value and have not shown it.
func (d Draw) Missing() (out []string) {
	for _, m := range d.Announced.Source.Members {
		if !slices.ContainsFunc(d.Evidence.Reveals, func(r draw.Reveal) bool { return r.Name == m.Name }) {
			out = append(out, m.Name)
		}
	}
	return out
}

// lapsed reports whether a published draw lacks a value whose last moment has passed.
func (d Draw) lapsed(now time.Time) bool {
	until := d.Announced.Source.Until
	return d.State == Listed && until != nil && now.After(*until) && len(d.Missing()) > 0
}

// checkSource finds out whether the number may come from there. at is when the list is announced.
func checkSource(s draw.Source, at time.Time) error {
	var p civic.Problems
	switch s.Kind {
	case draw.Dice:
	case draw.Commitments:
		names := map[string]bool{}
		for _, m := range s.Members {
			names[m.Name] = true
			if text, err := hex.DecodeString(m.Commitment); err != nil || len(text) != sha256.Size {
				p.Add("members", "forming.commitment_wrong", "Name", m.Name)
			}
		}
		if len(s.Members) < draw.FewestMembers || len(names) != len(s.Members) {
			p.Add("members", "forming.members_wrong", "Count", draw.FewestMembers)
		}
		if s.Until == nil || !s.Until.After(at) {
			p.Add("reveal_day", "forming.not_ahead")
		}
	case draw.Drand:
		if earliest, known := draw.RoundAt(s.Chain, at); !known || s.Round < earliest {
			p.Add("round", "forming.round_known", "Round", strconv.FormatUint(earliest, 10))
		}
	default:
		p.Add("source", "forming.choose")
	}
	return p.Err()
}

// seal binds what somebody is called in a draw to their name before anything is drawn: nobody finds the name in it, and nobody finds
// another name for it. Who is drawn shows the salt.
func (c Candidacy) seal() string { return draw.Commit(c.called()+" "+c.Name, c.Salt) }

func newSalt() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// digest is the SHA-256 of a value as JSON.
func digest(v any) string {
	text, _ := json.Marshal(v) // what is given here can be written
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// categoriesCSV and respondentsCSV are the problem in the files of the field's tools, from which everybody can compute the list anew.
func categoriesCSV(p *sortition.Problem) []byte {
	rows := [][]string{{"category", "feature", "min", "max"}}
	for _, c := range p.Categories {
		for _, f := range c.Features {
			rows = append(rows, []string{c.Name, f.Name, strconv.Itoa(f.Min), strconv.Itoa(f.Max)})
		}
	}
	return written(rows)
}

func respondentsCSV(p *sortition.Problem) []byte {
	head := []string{"id"}
	for _, c := range p.Categories {
		head = append(head, c.Name)
	}
	rows := [][]string{head}
	for _, person := range p.People {
		rows = append(rows, append([]string{person.ID}, person.Features...))
	}
	return written(rows)
}

func written(rows [][]string) []byte {
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(rows) // into memory
	return b.Bytes()
}

// conflictOf names the quotas of a problem that no panel obeys; ok is false for any other error.
func conflictOf(err error) (out []Relaxation, ok bool) {
	var none *sortition.Infeasible
	if !errors.As(err, &none) {
		return nil, false
	}
	out = []Relaxation{}
	for _, r := range none.Relaxed {
		out = append(out, Relaxation{r.Category, r.Feature, r.Min, r.Max, r.NewMin, r.NewMax})
	}
	return out, true
}
