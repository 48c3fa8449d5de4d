package meetings

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

// Entry is what one person read off the papers of a vote. Two people enter each such vote, and neither sees what the other
// read before their own is in; the vote counts once both read the same.
type Entry struct {
	Item    civic.ID
	Account civic.ID
	At      time.Time
	Ask     Ask
	Present []civic.ID // who was in the room at the first entry: the second is of the same vote

	no int64
}

// OnPaper reports whether the vote was on paper: a secret one, or a roll call whose sheet is entered afterwards.
func (a Ask) OnPaper() bool { return a.Paper || a.Secret }

// about is what was read, of the vote that another entry is of: what was decided on does not stand on the papers.
func (a Ask) about(other Ask) Ask {
	a.Text, a.Rule, a.Paper, a.Secret, a.To, a.Opinion = other.Text, other.Rule, other.Paper, other.Secret, other.To, other.Opinion
	if !a.Secret {
		a.Tellers, a.For, a.Against, a.Abstain = nil, 0, 0, 0
	}
	return a
}

// Difference is one thing that two people read differently. Field is that of the form.
type Difference struct {
	Field        string
	Seat         civic.ID // whose choice it is; "": it is a number, or the tellers
	Mine, Theirs string
}

// differences are those between what two people read of one vote, in the order in which members are called.
func (a Ask) differences(b Ask, members []Member) (out []Difference) {
	add := func(field string, seat civic.ID, mine, theirs string) {
		if mine != theirs {
			out = append(out, Difference{field, seat, mine, theirs})
		}
	}
	for _, m := range members {
		add("choice."+string(m.ID), m.ID, string(a.Choices[m.ID]), string(b.Choices[m.ID]))
	}
	add("for", "", strconv.Itoa(a.For), strconv.Itoa(b.For))
	add("against", "", strconv.Itoa(a.Against), strconv.Itoa(b.Against))
	add("abstain", "", strconv.Itoa(a.Abstain), strconv.Itoa(b.Abstain))
	add("tellers", "", names(a.Tellers, members), names(b.Tellers, members))
	return out
}

// names are those of the members, in the order in which they are called.
func names(ids []civic.ID, members []Member) string {
	var out []string
	for _, m := range members {
		if slices.Contains(ids, m.ID) {
			out = append(out, m.Name)
		}
	}
	return strings.Join(out, ", ")
}

// Entered is how far the entry of a vote on paper is, as one of those who enter it sees it.
type Entered struct {
	First       *Entry // what is voted on; nil: nobody has entered anything
	Mine        *Entry // what the reader read
	Other       bool   // somebody else has entered it
	Differences []Difference
}

// enteredBy is that for an account. What the other read is told only where it differs from one's own.
func enteredBy(account civic.ID, all []Entry, members []Member) (e Entered) {
	var theirs *Entry
	for i := range all {
		if e.First == nil {
			e.First = &all[i]
		}
		if all[i].Account == account {
			e.Mine = &all[i]
		} else {
			theirs = &all[i]
		}
	}
	e.Other = theirs != nil
	if e.Mine != nil && theirs != nil {
		e.Differences = e.Mine.Ask.differences(theirs.Ask, members)
	}
	return e
}
