// Package review is how things that ask for money are read: who must not read what, what the marks of readers make of each, and where the
// money ends.
package review

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
)

// TieKind is what ties a person to an organisation, or to another person.
type TieKind string

// The kinds of ties, and of reasons for a conflict of interest.
const (
	Member   TieKind = "member"
	Employee TieKind = "employee"
	Board    TieKind = "board"
	Founder  TieKind = "founder"
	Relative TieKind = "relative"
	PaidBy   TieKind = "paid_by"
	CoAuthor TieKind = "co_author"
	Address  TieKind = "address" // the same
	Phone    TieKind = "phone"   // the same

	// Only reasons:
	Themself    TieKind = "themself"     // the reader is one of those who apply
	SharedBoard TieKind = "shared_board" // the reader sits on a board with somebody who is, or sits on the board of, one of those who apply
	Competitor  TieKind = "competitor"   // the reader belongs to somebody else who applies in the same call
)

// Tie ties two: which of them is named first makes no difference.
type Tie struct {
	A, B        civic.Ref
	Kind        TieKind
	From, Until time.Time // zero: always, still
}

// Parties are who apply together: the applicant, partners, and their people who are named.
type Parties []civic.Ref

// Why is a reason for a conflict of interest.
type Why struct {
	Kind TieKind
	With civic.Ref // whom of the application it is about; of Competitor, the other one who applies
	Over civic.Ref // of SharedBoard, the organisation
}

// Ties are those that count on a day.
type Ties struct {
	of map[civic.Ref][]tied
}

type tied struct {
	to   civic.Ref
	kind TieKind
}

// TiesAt keeps the ties that held on the day at, or within the time before it that a call looks back.
func TiesAt(all []Tie, at time.Time, back time.Duration) Ties {
	t := Ties{map[civic.Ref][]tied{}}
	since := at.Add(-back)
	for _, tie := range all {
		if tie.From.After(at) || !tie.Until.IsZero() && tie.Until.Before(since) {
			continue
		}
		t.of[tie.A] = append(t.of[tie.A], tied{tie.B, tie.Kind})
		t.of[tie.B] = append(t.of[tie.B], tied{tie.A, tie.Kind})
	}
	return t
}

// Conflicts says of every reader and every application of a call why the reader must not read it: for each reader, for each
// application, the reasons in a fixed order; none where there is no conflict.
func Conflicts(t Ties, readers []civic.Ref, call []Parties) [][][]Why {
	out := make([][][]Why, len(readers))
	for i, reader := range readers {
		out[i] = make([][]Why, len(call))
		var own []civic.Ref // those who apply and to whom the reader belongs
		for k, parties := range call {
			out[i][k] = t.between(reader, parties)
			for _, why := range out[i][k] {
				if belongs[why.Kind] {
					own = append(own, why.With)
				}
			}
		}
		for k, parties := range call {
			for _, with := range own {
				if !slices.Contains(parties, with) {
					out[i][k] = append(out[i][k], Why{Kind: Competitor, With: with})
				}
			}
			slices.SortFunc(out[i][k], func(a, b Why) int {
				return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.With.String(), b.With.String()), cmp.Compare(a.Over.String(), b.Over.String()))
			})
			out[i][k] = slices.Compact(out[i][k])
		}
	}
	return out
}

// belongs are the ties by which who applies is the reader's own side.
var belongs = map[TieKind]bool{Themself: true, Member: true, Employee: true, Board: true, Founder: true}

// between are the reasons that lie between a reader and those who apply together.
func (t Ties) between(reader civic.Ref, parties Parties) (out []Why) {
	if slices.Contains(parties, reader) {
		out = append(out, Why{Kind: Themself, With: reader})
	}
	for _, tie := range t.of[reader] {
		if slices.Contains(parties, tie.to) {
			out = append(out, Why{Kind: tie.kind, With: tie.to})
			continue
		}
		if tie.kind == Board {
			out = append(out, t.overBoard(reader, tie.to, parties)...)
		}
	}
	return out
}

// overBoard finds with whom of those who apply the reader sits on a board: themselves, or members of their own boards.
func (t Ties) overBoard(reader, board civic.Ref, parties Parties) (out []Why) {
	for _, other := range t.of[board] {
		if other.kind != Board || other.to == reader {
			continue
		}
		if slices.Contains(parties, other.to) {
			out = append(out, Why{SharedBoard, other.to, board})
		}
		for _, further := range t.of[other.to] {
			if further.kind == Board && slices.Contains(parties, further.to) {
				out = append(out, Why{SharedBoard, further.to, board})
			}
		}
	}
	return out
}

// key is a name as ties compare it: letters alone, in lower case, in the order of its words, so that "Әсел Қанатқызы" is "қанатқызы әсел".
func key(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })
	slices.Sort(words)
	return strings.Join(words, " ")
}
