package learning

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/learning/course"
	"github.com/birge-kz/birge/internal/learning/gift"
	"github.com/birge-kz/birge/internal/organisations"
)

// Source is a course as it is written: of each language a page of Markdown (package course) and questions in GIFT.
type Source struct {
	Pages     map[civic.Lang]string `json:"pages"`
	Questions map[civic.Lang]string `json:"questions"`
}

// Fault is what is wrong with a line of a source. Of a fault of a question that is not the same in all languages Line is the question,
// counted from 1.
type Fault struct {
	Lang      civic.Lang
	Questions bool // in the questions, else in the page
	Line      int
	Code      string // of package course or gift, or one of those below
}

// What else can be wrong with questions.
const (
	faultKind  = "kind_unmarked" // no program can mark it
	faultApart = "apart"         // another kind or another right answer than in the other languages; of a page, other minutes, need, theme or laws
	faultMany  = "many"          // more than maxQuestions
)

const (
	maxQuestions = 60
	maxPage      = 64 << 10 // bytes of a page, or of the questions of a language
)

// Compile reads a source. Everything that is wrong is named; the course is then as far as it could be read.
func Compile(src Source) (c course.Course, faults []Fault) {
	c.Pages, c.Questions = map[civic.Lang]course.Page{}, map[civic.Lang][]gift.Question{}
	for _, lang := range civic.Languages() {
		if text := src.Pages[lang]; strings.TrimSpace(text) != "" {
			page, problems := course.Read([]byte(text))
			c.Pages[lang] = page
			for _, p := range problems {
				faults = append(faults, Fault{lang, false, p.Line, string(p.Code)})
			}
		}
		if text := src.Questions[lang]; strings.TrimSpace(text) != "" {
			questions, wrong := questionsOf(text, lang)
			c.Questions[lang] = questions
			faults = append(faults, wrong...)
		}
	}
	for _, lang := range c.PagesApart() {
		faults = append(faults, Fault{lang, false, 1, faultApart})
	}
	for _, q := range c.Apart() {
		faults = append(faults, Fault{"", true, q + 1, faultApart})
	}
	return c, faults
}

func questionsOf(text string, lang civic.Lang) (out []gift.Question, faults []Fault) {
	all, problems, err := gift.Read([]byte(text))
	for _, p := range problems {
		faults = append(faults, Fault{lang, true, p.Line, string(p.Code)})
	}
	for i, q := range all {
		switch {
		case q.Kind == gift.Category || q.Kind == gift.Description:
		case course.FormOf(q) == course.None:
			faults = append(faults, Fault{lang, true, i + 1, faultKind})
		default:
			out = append(out, q)
		}
	}
	if err != nil || len(out) > maxQuestions {
		faults = append(faults, Fault{lang, true, 1, faultMany})
	}
	return out[:min(len(out), maxQuestions)], faults
}

// Course is a course of the city.
type Course struct {
	no           int64
	ID           civic.ID
	Organisation civic.ID
	Version      int64 // the last that was published; 0: none
	Title        civic.Text
	Summary      civic.Text
	Theme        string
	Minutes      int
	PublishedAt  time.Time
	Withdrawn    bool
	Source       Source // of the version
	Draft        *Draft // that is not published yet
	DraftState   State
}

// Open reports whether people find and take the course.
func (c Course) Open() bool { return c.Version > 0 && !c.Withdrawn }

// State is how a draft stands.
type State string

// The states: a draft is written, then somebody else reads it, and publishes it or gives it back.
const (
	NoDraft State = ""
	Written State = "written"
	Asked   State = "asked"
)

// step is what people do with a draft.
type step struct {
	from []State
	to   State
}

// The steps: all that can become of a draft. What nobody was asked to read, nobody publishes or gives back.
var (
	toSave     = step{[]State{NoDraft, Written, Asked}, Written}
	toAsk      = step{[]State{Written}, Asked}
	toGiveBack = step{[]State{Asked}, Written}
	toPublish  = step{[]State{Asked}, NoDraft}
)

func (s step) may(from State) bool { return slices.Contains(s.from, from) }

// Draft is what is to be published.
type Draft struct {
	Source  Source     `json:"source"`
	Authors []civic.ID `json:"authors"` // all accounts that saved it since the last version
	Note    string     `json:"note"`    // of whoever gave it back
}

// writtenBy adds an author.
func (d *Draft) writtenBy(account civic.ID) {
	if !slices.Contains(d.Authors, account) {
		d.Authors = append(d.Authors, account)
	}
}

// Mark is a short name of a source by what stands in it: a form sends it, so that nobody publishes what they did not read, nor writes over
// what they did not see.
func Mark(src Source) string {
	b, _ := json.Marshal(tidy(src)) // maps of strings: encoding/json orders their keys, and cannot fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// underWay is the source that whoever writes goes on with: of the draft, or else of the version that people read.
func (c Course) underWay() Source {
	if c.Draft != nil {
		return c.Draft.Source
	}
	return c.Source
}

// MayWrite reports whether the actor writes courses of an organisation.
func MayWrite(a civic.Actor, organisation civic.ID) bool {
	ref := organisations.RefOf(organisation)
	return a.Has(civic.Administrator) || a.ActsFor(civic.Officer, ref) || a.ActsFor(civic.Representative, ref)
}

// MayReview reports whether the actor may publish a draft, or give it back: staff of any organisation, but nobody who wrote in it.
func MayReview(a civic.Actor, d Draft) bool {
	return a.SignedIn() && !slices.Contains(d.Authors, a.Account) && (a.HasAny(civic.Officer, civic.Representative, civic.Moderator) || a.Has(civic.Administrator))
}

// Drawn are the places of the questions that an attempt asks: of more than most so many, by lot of the attempt's name, so that phone and
// server know the same. They stand in their order.
func Drawn(all, most int, seed string) []int {
	var order []int
	for i := range all {
		order = append(order, i)
	}
	if all <= most {
		return order
	}
	slices.SortFunc(order, func(a, b int) int { return compareLots(seed, a, b) })
	order = order[:most]
	slices.Sort(order)
	return order
}

// Shuffled are the numbers below n in an order by lot of a name.
func Shuffled(n int, seed string) (order []int) {
	for i := range n {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b int) int { return compareLots(seed, a, b) })
	return order
}

func compareLots(seed string, a, b int) int {
	lot := func(i int) uint64 {
		sum := sha256.Sum256([]byte(seed + " " + strconv.Itoa(i)))
		return binary.BigEndian.Uint64(sum[:8])
	}
	switch x, y := lot(a), lot(b); {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return a - b
}

// Attempt is one time that somebody answered the questions of a course, in the version in which they had begun.
type Attempt struct {
	ID      string // made when it was begun; sent twice, it counts once
	course  int64
	Version int64
	Lang    civic.Lang
	Account civic.ID
	At      time.Time
	Asked   []int      // places of the questions
	Answers [][]string // to each of them, as course.Grade takes it
	Right   []bool
}

// Score is how many answers are right.
func (a Attempt) Score() (n int) {
	for _, r := range a.Right {
		if r {
			n++
		}
	}
	return n
}

// Mark marks an attempt by the course of its version.
func (a *Attempt) Mark(c course.Course) {
	a.Right = nil
	for i, q := range a.Asked {
		right, _ := course.Grade(c.Questions[a.Lang][q], a.Answers[i])
		a.Right = append(a.Right, right)
	}
}

// seed is what the questions of an attempt are drawn by: tries with one page ask the same.
func seed(attempt string) string {
	s, _, _ := strings.Cut(attempt, ".")
	return s
}

// validAttempt reports whether a name may be that of an attempt: of civic.Token, and "." and when it was sent for each try with a stored page.
func validAttempt(id string) bool {
	if len(id) < 16 || len(id) > 48 {
		return false
	}
	return !strings.ContainsFunc(id, func(c rune) bool {
		return c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
	})
}

// Cites are the articles on which a question stands: its tags "law CODE ARTICLE", of the laws that its page names.
func Cites(q gift.Question, p course.Page) (out []course.Cite) {
	for _, tag := range q.Tags {
		words := strings.SplitN(tag, " ", 3)
		if len(words) == 3 && words[0] == "law" && slices.ContainsFunc(p.Laws, func(l course.Law) bool { return l.Code == words[1] }) {
			out = append(out, course.Cite{Law: words[1], Article: words[2]})
		}
	}
	return out
}

// lawOf is a law as a page names it.
func lawOf(p course.Page, code string) course.Law {
	for _, l := range p.Laws {
		if l.Code == code {
			return l
		}
	}
	return course.Law{Code: code}
}
