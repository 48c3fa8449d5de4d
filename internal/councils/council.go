// Package councils is the public councils of a city, and what becomes of what they recommend. See
// README.md for the words and states.
package councils

import (
	"slices"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/city"
	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// Form is the code of what kind of council it is. Kinds are data: the city adds its own, and all have the same rules.
type Form string

// FormName is a kind of council with its name.
type FormName struct {
	Code Form
	Name civic.Text

	no int64
}

// maxForms bounds how many kinds there are: they are a list to choose from.
const maxForms = 50

// check finds out whether a kind can be added to those that are there, or can be called so from now on.
func (f FormName) check(known []FormName) error {
	var p civic.Problems
	p.OfficialAtMost("name", f.Name, maxName)
	for lang, word := range f.Name {
		if key := civic.Junk(word, civic.Seen{}); key != "" {
			p.Add("name."+string(lang), key)
		}
	}
	known = slices.DeleteFunc(slices.Clone(known), func(o FormName) bool { return o.Code == f.Code }) // one that gets another name
	if slices.ContainsFunc(known, func(o FormName) bool {
		return strings.EqualFold(o.Name[civic.Kazakh], f.Name[civic.Kazakh]) || strings.EqualFold(o.Name[civic.Russian], f.Name[civic.Russian])
	}) {
		p.Add("name", "councils.form_same")
	}
	if len(known) >= maxForms {
		p.Add("name", "councils.forms_many", "Count", maxForms)
	}
	return p.Err()
}

// Council is a body of people who advise the city.
type Council struct {
	ID         civic.ID
	Form       Form
	Name       civic.Text
	About      civic.Text
	Body       civic.ID // the state body at which it works
	Law        string   // what it rests on, as cited
	Regulation string   // the address of its own regulation; "": not known
	Size       int      // how many seats it has
	Since      time.Time
	Until      time.Time // the last day of its term
	Parent     civic.ID  // the council of which it is a part, such as a commission; "": of none
	Reports    int       // of state bodies that it heard; counted whenever a meeting is closed
	city.Scope           // what it is about

	no int64
}

// State is where a council stands. It follows from the term and the day alone.
type State string

const (
	Forming State = "forming"
	Active  State = "active"
	Ending  State = "ending" // the next one is to be formed now
	Over    State = "over"
)

// States lists them as lists filter by them.
func States() []State { return []State{Forming, Active, Ending, Over} }

// At is the state at an instant; ending is how many days before its end a term is ending.
func (c Council) At(now time.Time, ending int) State {
	switch {
	case now.Before(c.Since):
		return Forming
	case past(c.Until, now):
		return Over
	case !now.Before(c.Until.AddDate(0, 0, -ending)):
		return Ending
	}
	return Active
}

// past reports whether a last day has passed. Who leaves at the end of the year sits until then.
func past(last, now time.Time) bool { return !last.IsZero() && !now.Before(last.AddDate(0, 0, 1)) }

// Bounds of what forms take. They keep pages readable and are no policy.
const (
	maxName  = 200 // characters
	maxWords = 2_000
	maxSize  = 500
)

func (c Council) check() error {
	var p civic.Problems
	p.OfficialAtMost("name", c.Name, maxName)
	p.OfficialAtMost("about", c.About, maxWords)
	if c.Body == "" {
		p.Add("body", "councils.choose")
	}
	if c.Law == "" {
		p.Add("law", "councils.law_missing")
	}
	p.AtMost("law", c.Law, maxName)
	if c.Regulation != "" && !isAddress(c.Regulation) {
		p.Add("regulation", "councils.address_wrong")
	}
	if c.Size < 3 || c.Size > maxSize {
		p.Add("size", "councils.size_wrong", "Count", maxSize)
	}
	if c.Since.IsZero() {
		p.Add("since", "councils.day_missing")
	}
	if !c.Until.After(c.Since) {
		p.Add("until", "councils.term_wrong")
	}
	return p.Err()
}

// isAddress reports whether something is the address of a page, and nothing that runs.
func isAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	return ok && rest != "" && len(s) <= 500 && !strings.ContainsAny(s, " \"<>")
}

// Side is for whom a member sits there.
type Side string

const (
	StateSide Side = "state" // in public service
	Civil     Side = "civil" // civil society: nominated by an organisation, or by themselves
)

// Post is what a member does in the council.
type Post string

const (
	Chair     Post = "chair"
	Deputy    Post = "deputy"
	Secretary Post = "secretary"
	Member    Post = "member"
)

// Posts lists them in the order in which members stand on the page.
func Posts() []Post { return []Post{Chair, Deputy, Secretary, Member} }

// Seat is one member for one term.
type Seat struct {
	ID           civic.ID
	Council      civic.ID
	Name         string
	Post         Post
	Side         Side
	Organisation civic.ID // that nominated the member, or whose official they are; "": by themselves
	Commission   civic.Text
	Since        time.Time
	Until        time.Time // the last day; zero: until the council's term ends

	// What members say of themselves, for numbers of the whole alone.
	Sex      Sex
	Born     int    // year; 0: not said
	District string // code; "": not said

	no int64
}

// same reports whether both are one person's seat from one day on for one organisation.
func (s Seat) same(o Seat) bool {
	return s.Name == o.Name && s.Organisation == o.Organisation && s.Since.Equal(o.Since)
}

// Sex is as a member states it.
type Sex string

const (
	Woman Sex = "woman"
	Man   Sex = "man"
)

// Sits reports whether the member sits in the council at an instant. A future end hides nobody today.
func (s Seat) Sits(now time.Time) bool { return !now.Before(s.Since) && !past(s.Until, now) }

// sitting are the members at an instant, by post and then by when they came.
func sitting(all []Seat, now time.Time) (out []Seat) {
	for _, post := range Posts() {
		for _, s := range all {
			if s.Post == post && s.Sits(now) {
				out = append(out, s)
			}
		}
	}
	return out
}

// Rules are what a city, or the law, wants of who sits in a council. They are settings.
type Rules struct {
	StateOneIn  int    // at most one member in so many is of the state; all others are of civil society
	OneEach     bool   // an organisation has one member at most
	ChairIsFree bool   // the chair is not in public service
	ShownFrom   int    // fewer members than this are not counted out in public
	Ages        [2]int // in years: where the second and the third age begin by which members are counted
}

// MayBeState is how many members of a council of that size may be of the state.
func (r Rules) MayBeState(size int) int { return size / r.StateOneIn }

// check finds out whether a member may join those who sit there on their first day.
func (s Seat) check(c Council, all []Seat, r Rules) error {
	var p civic.Problems
	if s.Name == "" {
		p.Add("name", "councils.name_missing")
	}
	p.AtMost("name", s.Name, maxName)
	if !s.Commission.Empty() {
		p.OfficialAtMost("commission", s.Commission, maxName)
	}
	if !slices.Contains(Posts(), s.Post) {
		p.Add("post", "councils.choose")
	}
	switch {
	case s.Since.IsZero():
		p.Add("since", "councils.day_missing")
	case past(c.Until, s.Since):
		p.Add("since", "councils.after_the_term")
	}
	if !s.Until.IsZero() && s.Until.Before(s.Since) {
		p.Add("until", "councils.term_wrong")
	}
	if s.Born != 0 && (s.Born < 1900 || s.Born > s.Since.Year()) {
		p.Add("born", "councils.year_wrong")
	}
	s.checkAmong(&p, c, sitting(all, s.Since), r)
	return p.Err()
}

// checkAmong holds the rules of composition.
func (s Seat) checkAmong(p *civic.Problems, c Council, others []Seat, r Rules) {
	having := func(is func(Seat) bool) (n int) {
		for _, o := range others {
			if is(o) {
				n++
			}
		}
		return n
	}
	if len(others) >= c.Size {
		p.Add("since", "councils.full", "Count", c.Size)
	}
	if s.Post == Chair && having(func(o Seat) bool { return o.Post == Chair }) > 0 {
		p.Add("post", "councils.chair_there")
	}
	switch s.Side {
	case StateSide:
		if most := r.MayBeState(c.Size); having(func(o Seat) bool { return o.Side == StateSide }) >= most {
			p.Add("side", "councils.too_much_state", "Count", most)
		}
		if s.Post == Chair && r.ChairIsFree {
			p.Add("side", "councils.chair_in_service")
		}
	case Civil:
		if s.Organisation != "" && r.OneEach && having(func(o Seat) bool { return o.Side == Civil && o.Organisation == s.Organisation }) > 0 {
			p.Add("organisation", "councils.one_each")
		}
	default:
		p.Add("side", "councils.choose")
	}
}

// Composition is a council in numbers: how full it is, and how like the city, as far as its members say.
type Composition struct {
	Size, Seated, State, Civil int
	Counts                     []Count
}

// Count is how many members are of one group. Key is the text that names it; a district has its code, an age its first and its last year.
type Count struct {
	Key, District string
	From, To      int
	N             int
}

// band is the group of an age.
func (r Rules) band(age int) Count {
	switch {
	case age < r.Ages[0]:
		return Count{Key: "councils.age_young", To: r.Ages[0] - 1}
	case age < r.Ages[1]:
		return Count{Key: "councils.age_middle", From: r.Ages[0], To: r.Ages[1] - 1}
	}
	return Count{Key: "councils.age_older", From: max(r.Ages[0], r.Ages[1])}
}

// Compose counts those who sit. Where one group of a sort is smaller than the rule lets show, the sort is not
// counted out at all: nobody is to be found by subtraction.
func Compose(c Council, seats []Seat, now time.Time, r Rules) Composition {
	out := Composition{Size: c.Size}
	sexes, ages, places := map[Count]int{}, map[Count]int{}, map[Count]int{}
	for _, s := range sitting(seats, now) {
		out.Seated++
		if s.Side == StateSide {
			out.State++
		} else {
			out.Civil++
		}
		if s.Sex != "" {
			sexes[Count{Key: "councils.sex_" + string(s.Sex)}]++
		}
		if s.Born != 0 {
			ages[r.band(now.Year()-s.Born)]++
		}
		if s.District != "" {
			places[Count{District: s.District}]++
		}
	}
	for _, groups := range []map[Count]int{sexes, ages, places} {
		out.Counts = append(out.Counts, shown(groups, r.ShownFrom)...)
	}
	return out
}

// shown are the groups of one sort, the largest first, unless one of them is too small.
func shown(groups map[Count]int, from int) (out []Count) {
	for g, n := range groups {
		if g.N = n; n < from {
			return nil
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(x, y Count) int {
		if x.N != y.N {
			return y.N - x.N
		}
		return strings.Compare(x.Key+x.District, y.Key+y.District)
	})
	return out
}

const (
	secretary civic.Role = "councils.secretary" // who does a council's work here; administrators may too
	memberOf  civic.Role = "councils.member"    // the account of somebody who sits, held for the seat
)

func bodyRef(id civic.ID) civic.Ref { return organisations.RefOf(id) }

// Commission is those members of a council who sit in one of its commissions.
type Commission struct {
	Name    civic.Text
	Members []Seat
}

// commissions are those in which members sit, the larger ones first. One is told from another by its Kazakh name.
func commissions(members []Seat) (out []Commission) {
	for _, s := range members {
		if s.Commission.Empty() {
			continue
		}
		i := slices.IndexFunc(out, func(c Commission) bool { return c.Name[civic.Kazakh] == s.Commission[civic.Kazakh] })
		if i < 0 {
			i, out = len(out), append(out, Commission{Name: s.Commission})
		}
		out[i].Members = append(out[i].Members, s)
	}
	slices.SortStableFunc(out, func(x, y Commission) int { return len(y.Members) - len(x.Members) })
	return out
}
