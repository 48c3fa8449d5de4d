package ballots

import (
	"slices"
	"strconv"
	"strings"

	"github.com/birge-kz/birge/internal/civic"
)

// Mark is what a ballot says of one option. Points is 0 where the rule has none.
type Mark struct {
	Option string
	Points int64
}

// Ballot is the marks in the order of the voter.
type Ballot []Mark

// Bounds of what is voted on, whatever the rule.
const (
	maxOptions = 1000
	maxCode    = 32 // of an option, in bytes
	maxBallot  = 8 << 10
	maxPoints  = 1_000_000
)

// String is the ballot in its one form, for the box and the published list: "17 3 9", with points "17:3 9:2".
func (b Ballot) String() string {
	var s strings.Builder
	for i, m := range b {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(m.Option)
		if m.Points != 0 {
			s.WriteByte(':')
			s.WriteString(strconv.FormatInt(m.Points, 10))
		}
	}
	return s.String()
}

// ParseBallot reads what String wrote; it reports false for anything else.
func ParseBallot(s string) (b Ballot, ok bool) {
	if len(s) > maxBallot {
		return nil, false
	}
	if s == "" {
		return nil, true
	}
	for part := range strings.SplitSeq(s, " ") {
		option, points, with := strings.Cut(part, ":")
		m := Mark{Option: option}
		if with {
			n, err := strconv.ParseInt(points, 10, 64)
			if err != nil || n <= 0 || n > maxPoints || strconv.FormatInt(n, 10) != points {
				return nil, false
			}
			m.Points = n
		}
		if !validCode(option) {
			return nil, false
		}
		b = append(b, m)
	}
	return b, true
}

// validCode reports whether an option can be called that: letters, digits and dashes alone, so that a ballot reads in one way, and a
// spreadsheet takes none for a formula.
func validCode(s string) bool {
	return s != "" && len(s) <= maxCode && s[0] != '-' && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
	})
}

// Option is what can be chosen.
type Option struct {
	Code   string // as the owner of the vote calls it, at most 32 of A-Z a-z 0-9 - _
	Title  civic.Text
	Cost   civic.Money
	Frozen bool // it may not be chosen now, because Why
	Why    civic.Text
}

// name is what people call it.
func (o Option) name() civic.Text {
	if o.Title.Empty() {
		return civic.Everywhere(o.Code)
	}
	return o.Title
}

// Kind says what a ballot is.
type Kind string

// The kinds of ballots. With Free only the owner of the vote checks them.
const (
	Free     Kind = ""
	Approval Kind = "approval" // up to Most options
	Ranking  Kind = "ranking"  // up to Most options, the most wanted first
	Points   Kind = "points"   // Points in all, shared out among up to Most options
	Knapsack Kind = "knapsack" // options that cost no more than Money together, up to Most
)

// Rule is how a ballot is filled in.
type Rule struct {
	Kind   Kind        `json:"kind"`
	Least  int         `json:"least"`  // options
	Most   int         `json:"most"`   // options; 0: as many as there are
	Points int64       `json:"points"` // that a ballot has, of the kind Points
	Each   int64       `json:"each"`   // most points for one option; 0: all
	Money  civic.Money `json:"money"`  // that a ballot may spend, of the kind Knapsack
}

// valid says whether a vote may have the rule.
func (r Rule) valid(options []Option) bool {
	seen := map[string]bool{}
	for _, o := range options {
		if !validCode(o.Code) || o.Cost < 0 || seen[o.Code] {
			return false
		}
		seen[o.Code] = true
	}
	if len(options) > maxOptions || r.Least < 0 || r.Most < 0 || r.Points < 0 || r.Points > maxPoints || r.Each < 0 || r.Money < 0 || r.Most > 0 && r.Least > r.Most {
		return false
	}
	switch r.Kind {
	case Free, Approval, Ranking:
		return r.Points == 0 && r.Each == 0 && r.Money == 0
	case Points:
		return r.Points > 0 && r.Money == 0
	case Knapsack:
		return r.Points == 0 && r.Each == 0 && r.Money > 0
	}
	return false
}

// Check says what is wrong with a ballot and how to mend it: an error of code Invalid at the field "ballot".
func (r Rule) Check(options []Option, b Ballot) error {
	wrong := func(key string, args ...any) error { return civic.Wrong("ballot", key, args...) }
	var spent civic.Money
	var points int64
	seen := map[string]bool{}
	for _, m := range b {
		at := slices.IndexFunc(options, func(o Option) bool { return o.Code == m.Option })
		if at < 0 && len(options) > 0 || !validCode(m.Option) {
			return wrong("ballots.no_option", "Option", civic.Shortened(m.Option, maxCode))
		}
		if seen[m.Option] {
			return wrong("ballots.twice", "Option", m.Option)
		}
		seen[m.Option] = true
		if at >= 0 {
			spent += options[at].Cost
		}
		if m.Points < 0 || m.Points > maxPoints || r.Kind == Points && m.Points == 0 || r.Kind != Points && r.Kind != Free && m.Points != 0 {
			return wrong("ballots.points_wrong", "Option", m.Option)
		}
		if r.Each > 0 && m.Points > r.Each {
			return wrong("ballots.points_each", "Option", m.Option, "Max", r.Each)
		}
		points += m.Points
	}
	switch {
	case len(b) < r.Least:
		return wrong("ballots.too_few", "Count", r.Least)
	case r.Most > 0 && len(b) > r.Most:
		return wrong("ballots.too_many", "Count", r.Most, "Over", len(b)-r.Most)
	case r.Kind == Points && points > r.Points:
		return wrong("ballots.points_over", "Max", r.Points, "Over", points-r.Points)
	case r.Kind == Knapsack && spent > r.Money:
		return wrong("ballots.money_over", "Max", r.Money.String(), "Over", (spent - r.Money).String())
	case len(b.String()) > maxBallot:
		return wrong("ballots.too_long", "Max", maxBallot)
	}
	return nil
}

// longest is how many bytes a ballot by the rule can have at most: all of a vote are sealed at one length, so that the length tells
// nothing of what is in them.
func (r Rule) longest(options []Option) int {
	if r.Kind == Free && len(options) == 0 {
		return maxBallot
	}
	lengths, most := make([]int, len(options)), len(options)
	for i, o := range options {
		lengths[i] = len(o.Code) + 1
		if r.Kind == Points || r.Kind == Free {
			lengths[i] += 1 + len(strconv.FormatInt(max(r.Points, maxPoints), 10))
		}
	}
	if r.Most > 0 {
		most = min(most, r.Most)
	}
	if r.Kind == Points {
		most = int(min(int64(most), r.Points))
	}
	if r.Kind == Knapsack {
		costs := make([]civic.Money, len(options))
		for i, o := range options {
			costs[i] = o.Cost
		}
		slices.Sort(costs)
		var sum civic.Money
		for i, c := range costs {
			if sum += c; sum > r.Money {
				most = min(most, i)
				break
			}
		}
	}
	slices.Sort(lengths)
	n := 0
	for _, l := range lengths[len(lengths)-most:] {
		n += l
	}
	return min(n, maxBallot)
}
