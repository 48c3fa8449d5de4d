// Package questions keeps forms as data: what a call for grants, a survey or an event asks, in three languages, with conditions; and
// what was answered, version by version. A form is frozen before anybody answers it, so that all answer the same; answers that were
// handed in are kept as they were.
package questions

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"

	"github.com/birge-kz/birge/internal/civic"
	"github.com/birge-kz/birge/internal/record/proof"
)

// Sort is what a question is answered with.
type Sort string

// The sorts.
const (
	Line    Sort = "line"    // a text on one line
	Words   Sort = "words"   // a text
	Whole   Sort = "whole"   // a whole number, from zero
	Money   Sort = "money"   // an amount in tenge
	Day     Sort = "day"     // a date
	YesNo   Sort = "yes_no"  // Yes or No
	One     Sort = "one"     // one of the options
	Several Sort = "several" // any of the options
	Scale   Sort = "scale"   // a whole number from Least to Most; two options say what its ends mean
	Rank    Sort = "rank"    // some of the options, the first place in front
	Grid    Sort = "grid"    // one of the options for each of the rows
)

// The answers to a YesNo.
const (
	Yes = "yes"
	No  = "no"
)

// The bounds of a form.
const (
	MostQuestions = 200
	MostOptions   = 200
	mostLabel     = 500
	mostHint      = 2_000
	mostWords     = 20_000
	mostRows      = 20
	mostRanked    = 12
	mostPoints    = 11
	mostNumber    = 999_999_999_999_999 // what civic.ParseMoney reads at most
	usualLine     = 300
	usualWords    = 5_000
)

// Question is one question.
type Question struct {
	Key      string      `json:"key"`
	Sort     Sort        `json:"sort"`
	Label    civic.Text  `json:"label"`
	Hint     civic.Text  `json:"hint,omitempty"`
	Required bool        `json:"required,omitempty"`
	Max      int         `json:"max,omitempty"`     // characters of a text, options of Several, places of Rank; 0: the usual
	Least    civic.Money `json:"least,omitempty"`   // of Whole and Scale the number, of Money its tiyn
	Most     civic.Money `json:"most,omitempty"`    // 0: no bound, but of Scale
	Options  []Option    `json:"options,omitempty"` // of One, Several, Rank and Grid; of Scale none, or its two ends
	Rows     []Option    `json:"rows,omitempty"`    // of Grid
	When     []Condition `json:"when,omitempty"`    // it is asked only when all of them hold
	Known    string      `json:"known,omitempty"`   // by which name the answer may be known already: "register.bin", "pool.mission"
}

// Option is what may be chosen.
type Option struct {
	Key   string     `json:"key"`
	Label civic.Text `json:"label"`
}

// Condition holds when an earlier question has one of some answers. A question that is not asked has none.
type Condition struct {
	Question string   `json:"question"`
	Is       []string `json:"is"` // options, points of a scale, or Yes or No
}

// Form is what is asked, in order.
type Form []Question

var key = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Check says what keeps a form from being frozen, beside the fields "KEY.label.kk", "KEY.options", "KEY.when" and the like of each question.
func (f Form) Check() (problems civic.Problems) {
	if len(f) == 0 || len(f) > MostQuestions {
		problems.Add("questions", "questions.how_many", "Most", MostQuestions)
		return problems
	}
	for i, q := range f {
		field := q.Key
		if !key.MatchString(q.Key) || f[:i].has(q.Key) {
			field = "question." + strconv.Itoa(i+1)
			problems.Add(field, "questions.bad_key")
		}
		problems.OfficialAtMost(field+".label", q.Label, mostLabel)
		if !q.Hint.Empty() {
			problems.OfficialAtMost(field+".hint", q.Hint, mostHint)
		}
		q.checkSort(field, &problems)
		for _, c := range q.When {
			if at, there := f[:i].find(c.Question); !there || at.Sort == Rank || at.Sort == Grid || len(c.Is) == 0 || slices.ContainsFunc(c.Is, func(s string) bool { return !slices.Contains(at.choices(), s) }) {
				problems.Add(field+".when", "questions.bad_condition")
			}
		}
	}
	return problems
}

func (q Question) checkSort(field string, problems *civic.Problems) {
	switch q.Sort {
	case Line, Words:
		if q.Max < 0 || q.Max > mostWords {
			problems.Add(field+".max", "questions.bad_bound")
		}
	case Whole, Money:
		if q.Least < 0 || q.Least > mostNumber || q.Most < 0 || q.Most > mostNumber || q.Most > 0 && q.Most < q.Least {
			problems.Add(field+".most", "questions.bad_bound")
		}
	case One, Several, Rank, Grid:
		most := MostOptions
		if q.Sort == Rank || q.Sort == Grid {
			most = mostRanked
		}
		if len(q.Options) < 2 || len(q.Options) > most || q.Max < 0 || q.Max > len(q.Options) {
			problems.Add(field+".options", "questions.how_many_options", "Most", most)
		}
		checkOptions(field+".options", q.Options, problems)
		if q.Sort == Grid && (len(q.Rows) == 0 || len(q.Rows) > mostRows) {
			problems.Add(field+".rows", "questions.how_many_rows", "Most", mostRows)
		}
		checkOptions(field+".rows", q.Rows, problems)
	case Scale:
		if q.Least < 0 || q.Most <= q.Least || q.Most-q.Least >= mostPoints {
			problems.Add(field+".most", "questions.bad_scale", "Most", mostPoints)
		}
		if len(q.Options) != 0 && len(q.Options) != 2 {
			problems.Add(field+".options", "questions.bad_ends")
		}
		checkOptions(field+".options", q.Options, problems)
	case Day, YesNo:
	default:
		problems.Add(field+".sort", "questions.bad_sort")
	}
}

func checkOptions(field string, all []Option, problems *civic.Problems) {
	for i, o := range all {
		if !key.MatchString(o.Key) || slices.ContainsFunc(all[:i], func(other Option) bool { return other.Key == o.Key }) {
			problems.Add(field, "questions.bad_key")
		}
		problems.OfficialAtMost(field+"."+o.Key, o.Label, mostLabel)
	}
}

// Choices are the answers that are offered, one of which a condition can name; of Rank and Grid their options, which stand in answers with more.
func (q Question) Choices() []string { return q.choices() }

func (q Question) choices() (out []string) {
	switch q.Sort {
	case YesNo:
		return []string{Yes, No}
	case Scale:
		for n := q.Least; n <= q.Most && n-q.Least < mostPoints; n++ {
			out = append(out, strconv.FormatInt(int64(n), 10))
		}
		return out
	}
	for _, o := range q.Options {
		out = append(out, o.Key)
	}
	return out
}

// Find is the question of a key.
func (f Form) Find(key string) (Question, bool) { return f.find(key) }

func (f Form) has(key string) bool { _, there := f.find(key); return there }

func (f Form) find(key string) (Question, bool) {
	i := slices.IndexFunc(f, func(q Question) bool { return q.Key == key })
	if i < 0 {
		return Question{}, false
	}
	return f[i], true
}

// depending are the questions that are named, and those that are asked or not by what is answered to them.
func (f Form) depending(named []string) (out []string) {
	for _, q := range f {
		if slices.Contains(named, q.Key) || slices.ContainsFunc(q.When, func(c Condition) bool { return slices.Contains(out, c.Question) }) {
			out = append(out, q.Key)
		}
	}
	return out
}

// Hash is what everybody can compute of a form: the SHA-256 of its canonical JSON.
func (f Form) Hash() (string, error) { return hashOf(f) }

func hashOf(v any) (string, error) {
	text, err := proof.Canonical(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
