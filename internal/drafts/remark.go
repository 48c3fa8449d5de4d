package drafts

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/organisations"
)

// Remark is what somebody says about a paragraph, or the words that they propose for it.
type Remark struct {
	ID           civic.ID
	Draft        civic.ID
	Serial       int // its number in the draft
	Place        int // of the paragraph
	Sort         RemarkSort
	Lang         civic.Lang // of the words
	Quote        string     // the passage that is meant; "": all of the paragraph
	Words        string     // the remark, or why the words are proposed
	Wording      string     // the words that are proposed; "" for a remark
	Organisation civic.ID   // for which it was said; "": for oneself
	State        RemarkState
	Rule         civic.ID // by which it was removed
	Reason       string
	SaidAt       time.Time
	DecidedAt    time.Time // when a moderator looked at it
	Support      int64
	Verdict      Verdict

	no, draft int64
	body      civic.ID // whose draft it is about
	account   civic.ID
	decidedBy civic.ID
}

// RemarkSort is how somebody takes part.
type RemarkSort string

const (
	Comment RemarkSort = "comment"
	Wording RemarkSort = "wording"
)

// RemarkState is where a remark stands.
type RemarkState string

const (
	Shown     RemarkState = "shown"
	Removed   RemarkState = "removed"
	TakenBack RemarkState = "taken_back"
)

// Outcome is what became of a remark.
type Outcome string

const (
	Taken    Outcome = "taken"
	Partly   Outcome = "partly"
	NotTaken Outcome = "not_taken"
)

// Outcomes lists them.
func Outcomes() []Outcome { return []Outcome{Taken, Partly, NotTaken} }

// Verdict is what the body says of a remark; the zero value: nothing yet. Until the report everybody but the body sees none.
type Verdict struct {
	Outcome Outcome
	Reason  civic.Text
	Lands   int // the paragraph of the next version in which it stands; 0: in none
}

// Given reports whether the body has said something.
func (v Verdict) Given() bool { return v.Outcome != "" }

// By reports whether the account said it.
func (r Remark) By(account civic.ID) bool { return account != "" && r.account == account }

// Public is the remark as everybody may see it: without its words, and what was answered to them, once it was removed or taken back.
func (r Remark) Public(d Draft) Remark {
	if r.State != Shown {
		r.Quote, r.Words, r.Wording, r.Organisation, r.Verdict = "", "", "", "", Verdict{}
	}
	if r.State != Removed {
		r.Rule, r.Reason = "", ""
	}
	if d.ReportedAt.IsZero() {
		r.Verdict = Verdict{}
	}
	return r
}

// looksAfter reports whether the actor decides on remarks: moderators and administrators.
func looksAfter(a civic.Actor) bool { return a.HasAny(civic.Moderator, civic.Administrator) }

// decides reports whether the actor decides on that remark on a draft: nobody does on their own, and officers of the body do not on what is said against
// their text, whatever else they are.
func (r Remark) decides(a civic.Actor) bool {
	return looksAfter(a) && !r.By(a.Account) && !a.ActsFor(civic.Officer, organisations.RefOf(r.body))
}

// Bounds of a remark.
const maxQuote = 500 // characters

// check finds what is wrong with a remark on a paragraph. Fields: "sort", "quote", "words", "wording".
func (r Remark) check(p Paragraph, most int) (out civic.Problems) {
	for _, f := range []struct {
		name, text string
		most       int
		needed     bool
	}{{"quote", r.Quote, maxQuote, false}, {"words", r.Words, most, r.Sort == Comment}, {"wording", r.Wording, most, r.Sort == Wording}} {
		switch {
		case f.text == "" && f.needed:
			out.Add(f.name, "drafts.write_it")
		case f.text != "" && !strings.ContainsFunc(f.text, unicode.IsLetter):
			out.Add(f.name, "drafts.not_words")
		case f.text != "":
			if key := civic.Junk(f.text, nil); key != "" {
				out.Add(f.name, key)
			}
		}
		out.AtMost(f.name, f.text, f.most)
	}
	if r.Sort != Comment && r.Sort != Wording {
		out.Add("sort", "drafts.choose")
	}
	for _, text := range p.Words {
		if r.Sort == Wording && oneLine(text) == oneLine(r.Wording) {
			out.Add("wording", "drafts.same_words")
		}
	}
	if r.Quote != "" && !stands(p, r.Quote) {
		out.Add("quote", "drafts.quote_not_there")
	}
	return out
}

// oneLine is a text with one space between words, in which tabs between cells are spaces too.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stands reports whether a passage is one of the paragraph, in one of its languages.
func stands(p Paragraph, quote string) bool {
	for _, text := range p.Words {
		if strings.Contains(strings.ToLower(oneLine(text)), strings.ToLower(oneLine(quote))) {
			return true
		}
	}
	return false
}

// placeOf finds the paragraph of a text that an officer means: "3.2" by its number as it is printed, "#14" by its place. Error: civic.Invalid with "lands".
func placeOf(all []Paragraph, typed string) (int, error) {
	if len(all) == 0 {
		return 0, civic.Wrong("lands", "drafts.text_first")
	}
	if place, found := strings.CutPrefix(typed, "#"); found {
		n, err := strconv.Atoi(strings.TrimSpace(place))
		if err != nil || n < 1 || n > len(all) {
			return 0, civic.Wrong("lands", "drafts.lands_where", "Count", len(all))
		}
		return n, nil
	}
	var places []string
	at := 0
	for _, p := range all {
		if p.Number != "" && strings.TrimRight(p.Number, ".)") == strings.TrimRight(typed, ".)") {
			at = p.Place
			places = append(places, "#"+strconv.Itoa(p.Place))
		}
	}
	const shown = 10
	switch {
	case len(places) == 0:
		return 0, civic.Wrong("lands", "drafts.lands_unknown", "Text", typed)
	case len(places) > 1:
		return 0, civic.Wrong("lands", "drafts.lands_many", "Text", strings.Join(places[:min(len(places), shown)], ", "))
	}
	return at, nil
}

// check finds what is wrong with a verdict. Fields: "outcome", "reason", "lands".
func (v Verdict) check(paragraphs int) (p civic.Problems) {
	if !slices.Contains(Outcomes(), v.Outcome) {
		p.Add("outcome", "drafts.choose")
	}
	p.OfficialAtMost("reason", v.Reason, maxWords)
	switch {
	case v.Outcome == NotTaken && v.Lands != 0:
		p.Add("lands", "drafts.lands_nowhere")
	case (v.Outcome == Taken || v.Outcome == Partly) && paragraphs == 0:
		p.Add("lands", "drafts.text_first")
	case (v.Outcome == Taken || v.Outcome == Partly) && (v.Lands < 1 || v.Lands > paragraphs):
		p.Add("lands", "drafts.lands_where", "Count", paragraphs)
	}
	return p
}
