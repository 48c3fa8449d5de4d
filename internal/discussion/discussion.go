// Package discussion lets people comment under a thing of the city: for it, against it, with a question, and in
// reply to each other, while whoever is asked answers in the name of a body. The owner of the thing says in
// part.Discussed who may and how it is looked after; see README.md.
package discussion

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/part"
)

// Stance is how a comment stands to what is discussed. A reply has none.
type Stance string

const (
	For      Stance = "for"
	Against  Stance = "against"
	Question Stance = "question"
)

// Stances lists them in the order in which they are offered.
func Stances() []Stance { return []Stance{For, Against, Question} }

// Side is where somebody stands in a thread. By it is told what people find useful who do not agree.
type Side string

const (
	OnFor     Side = "for"
	OnAgainst Side = "against"
	OnNeither Side = "neither"
)

// Sides lists them in the order in which they are offered.
func Sides() []Side { return []Side{OnFor, OnAgainst, OnNeither} }

// State of a comment.
type State string

const (
	Held      State = "held"    // until the quiet hours end
	Waiting   State = "waiting" // for a moderator to let it in
	Shown     State = "shown"
	Removed   State = "removed"    // by a moderator: the rule and the reason stand in its place
	TakenBack State = "taken_back" // by its author: nothing is left but its place
)

// Step is what takes a comment from state to state.
type Step string

const (
	Appear   Step = "appear" // by time
	LetIn    Step = "let_in" // or left, or brought back
	Remove   Step = "remove"
	TakeBack Step = "take_back"
)

// transitions is the whole state machine.
var transitions = map[State]map[Step]State{
	Held:    {Appear: Shown, TakeBack: TakenBack},
	Waiting: {LetIn: Shown, Remove: Removed, TakeBack: TakenBack},
	Shown:   {LetIn: Shown, Remove: Removed, TakeBack: TakenBack},
	Removed: {LetIn: Shown},
}

// Next is the state after a step, or false when s has none of the name.
func Next(s State, step Step) (State, bool) {
	to, ok := transitions[s][step]
	return to, ok
}

// Comment is what somebody says under a thing, or in reply to a comment there.
type Comment struct {
	ID       civic.ID
	Thing    civic.Ref
	Parent   civic.ID   // "": it stands by itself
	Stance   Stance     // "" for a reply
	Voice    int64      // what the page calls whoever wrote it
	Official civic.Ref  // the body for which it speaks; zero: for nobody
	Post     string     // who speaks for the body
	Words    civic.Text // in the language in which they were written; those of a body in both official ones
	State    State
	Rule     civic.ID // the version of the rule by which it was removed
	Reason   string
	SaidAt   time.Time
	ShownAt  time.Time
	EditedAt time.Time // zero: never since it was shown
	Replies  int64     // as of the last fold
	Useful   int64     // how many find it useful, as of the last fold
	Both     bool      // some of both sides do

	DecidedAt time.Time

	role civic.Role // in which it was said

	no, thread, parent, bridge int64
	voice                      civic.ID
	account                    civic.ID // of whoever wrote it; "" when nobody knows any more
	decidedBy                  civic.ID
}

// Version is what stood in a comment before.
type Version struct {
	Until time.Time
	Words civic.Text
}

// By reports whether the account wrote it.
func (c Comment) By(account civic.ID) bool { return account != "" && c.account == account }

// Public is the comment as everybody may see it: without its words once it was removed or taken back, not at all
// (false) before it is shown. Every exit asks it.
func (c Comment) Public() (Comment, bool) {
	switch c.State {
	case Shown:
		c.Rule, c.Reason = "", ""
		return c, true
	case Removed:
		c.Words, c.EditedAt = nil, time.Time{}
		return c, true
	case TakenBack:
		return Comment{ID: c.ID, Thing: c.Thing, Parent: c.Parent, State: c.State, Replies: c.Replies, no: c.no, thread: c.thread, parent: c.parent, bridge: c.bridge}, true
	}
	return Comment{}, false
}

// seenBy is the comment as the actor may see it: its author sees it before others do.
func (c Comment) seenBy(a civic.Actor) (Comment, bool) {
	if (c.State == Held || c.State == Waiting) && (c.By(a.Account) || moderates(a)) {
		return c, true
	}
	return c.Public()
}

// moderates reports whether the actor decides on comments: moderators and administrators. Officers of the body
// that is asked do not: they would decide on what is said against it.
func moderates(a civic.Actor) bool { return a.HasAny(civic.Moderator, civic.Administrator) }

// decides reports whether the actor decides on that comment: nobody does on their own.
func (c Comment) decides(a civic.Actor) bool { return moderates(a) && !c.By(a.Account) }

// speaksFor is the body in whose name the actor comments in a discussion; the zero Ref: in their own. Who acts for
// a body that is asked always speaks for it there, so that nobody applauds themselves.
func speaksFor(a civic.Actor, d part.Discussion) civic.Ref {
	for _, body := range d.Voices {
		if a.ActsFor(civic.Officer, body) || a.ActsFor(civic.Representative, body) {
			return body
		}
	}
	return civic.Ref{}
}

// mayComment is nil when the actor may comment, and say what they find useful, now.
func mayComment(a civic.Actor, d part.Discussion) error {
	switch {
	case !d.On:
		return civic.Fail(civic.NotFound, "web.not_found")
	case d.Over.Key != "":
		return civic.Fail(civic.Closed, d.Over.Key, d.Over.Args...)
	case !a.SignedIn():
		return civic.Fail(civic.Unauthenticated, "discussion.sign_in")
	case !a.Has(civic.Resident):
		return civic.Fail(civic.Forbidden, "discussion.confirm")
	case d.Verified && a.Assurance < civic.Verified && speaksFor(a, d) == (civic.Ref{}):
		return civic.Fail(civic.Forbidden, "discussion.verify")
	}
	return nil
}

// Draft is a comment as its author writes it.
type Draft struct {
	Thing  civic.Ref
	Parent civic.ID // "": it stands by itself
	Stance Stance
	Text   string     // of somebody who speaks for themselves
	Lang   civic.Lang // of Text; "": it is guessed
	Page   civic.Lang // of the page on which it was written, for a guess
	Words  civic.Text // of somebody who speaks for a body
	Post   string
}

// maxPost bounds who speaks for a body, in characters.
const maxPost = 200

// words are what the draft says, by language.
func (d Draft) words(official bool) civic.Text {
	if official {
		return d.Words.Trimmed()
	}
	text := tidy(d.Text)
	if text == "" {
		return civic.Text{}
	}
	lang := d.Lang
	if _, known := civic.ParseLang(string(lang)); !known {
		lang = civic.GuessLang(text, d.Page)
	}
	return civic.Text{lang: text}
}

// tidy leaves no more than one empty line between lines, and none around them.
func tidy(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// check finds what is wrong with what a comment says.
func (d Draft) check(official bool, most int) error {
	var p civic.Problems
	if d.Parent == "" && !slices.Contains(Stances(), d.Stance) && !official {
		p.Add("stance", "discussion.stance_missing")
	}
	words := d.words(official)
	if official {
		p.Official("words", words)
		if post := strings.TrimSpace(d.Post); civic.Junk(post, nil) != "" {
			p.Add("post", "discussion.post_missing")
		} else if utf8.RuneCountInString(post) > maxPost {
			p.Add("post", "discussion.too_long", "Count", maxPost)
		}
	} else if words.Empty() {
		p.Add("text", "discussion.text_missing")
	}
	for lang, text := range words {
		field := "text"
		if official {
			field = "words." + string(lang)
		}
		if key := civic.Junk(text, nil); key != "" {
			p.Add(field, key)
		} else if !strings.ContainsFunc(text, unicode.IsLetter) {
			p.Add(field, "discussion.not_words")
		} else if utf8.RuneCountInString(text) > most {
			p.Add(field, "discussion.too_long", "Count", most)
		}
	}
	return p.Err()
}

// Bridge is by what comments are ordered that f people who are for and a people who are against find useful. What
// counts is the product of the two sides' shares, with Laplace's added counts, so that the few are heard and a comment
// with one mark does not lead one with fifty:
//
//	(f + 1) / (F + 2) · (a + 1) / (A + 2)
//
// where F and A are all of each side who find anything useful in the thread. It is the rule by which Polis finds what opinion
// groups share (group-informed consensus): a larger side cannot lift a comment alone. F and A are the same for all
// comments of a thread, so the order is that of the numerators, and a mark changes the place of one comment only.
func Bridge(f, a int64) int64 { return (f + 1) * (a + 1) }

// quiet are the hours of the night in which nothing new is shown; From equal to Until means that there are none.
type quiet struct{ From, Until int }

// ends is when the quiet hours end in which an instant lies; false when it lies in none. Time is the city's.
func (q quiet) ends(at time.Time) (time.Time, bool) {
	h := at.Hour()
	if q.From <= q.Until && (h < q.From || h >= q.Until) || q.From > q.Until && h < q.From && h >= q.Until {
		return time.Time{}, false
	}
	day := at
	if q.From > q.Until && h >= q.From {
		day = at.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), q.Until, 0, 0, 0, at.Location()), true
}

// Sort is an order of comments.
type Sort string

const (
	Newest     Sort = "newest"
	MostUseful Sort = "useful"
)

// Sorts lists them in the order in which they are offered.
func Sorts() []Sort { return []Sort{MostUseful, Newest} }

// ParseSort accepts one of Sorts; anything else is the first.
func ParseSort(s string) Sort {
	if slices.Contains(Sorts(), Sort(s)) {
		return Sort(s)
	}
	return Sorts()[0]
}

// ParseStance accepts one of Stances; anything else is "", all of them.
func ParseStance(s string) Stance {
	if slices.Contains(Stances(), Stance(s)) {
		return Stance(s)
	}
	return ""
}
