package questions

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/birge-kz/birge/internal/civic"
)

// Answers are what was answered, by the questions' keys. A text, a number or a date is one value, Several are the chosen options in
// the order of the form, Rank the options from the first place on, Grid "row=option" in the order of the rows. What is not answered is not there.
type Answers map[string][]string

// Read makes of what was typed what is kept, or says what is wrong with it. Nothing typed is nothing answered, which is never wrong:
// whether something is missing is asked when answers are handed in.
func (q Question) Read(typed []string) ([]string, *civic.Message) {
	var said []string
	for _, s := range typed {
		if s = strings.TrimSpace(civic.CleanText(s)); s != "" {
			said = append(said, s)
		}
	}
	if len(said) == 0 {
		return nil, nil
	}
	switch q.Sort {
	case Several:
		return q.chosen(said)
	case Rank:
		return q.ranked(said)
	case Grid:
		return q.ofGrid(said)
	}
	if len(said) > 1 {
		return nil, wrong("questions.one_only")
	}
	value := said[0]
	switch q.Sort {
	case Line, Words:
		return q.words(value)
	case Whole, Money:
		return q.number(value)
	case Day:
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return nil, wrong("questions.no_date")
		}
	default:
		if !slices.Contains(q.choices(), value) {
			return nil, wrong("questions.not_offered")
		}
	}
	return []string{value}, nil
}

func wrong(key string, args ...any) *civic.Message {
	m := civic.Say(key, args...)
	return &m
}

func (q Question) words(value string) ([]string, *civic.Message) {
	most := cmp.Or(q.Max, usualWords)
	if q.Sort == Line {
		most = cmp.Or(q.Max, usualLine)
		value = strings.Join(strings.Fields(value), " ")
	}
	if utf8.RuneCountInString(value) > most {
		return nil, wrong("web.too_long", "Count", most)
	}
	return []string{value}, nil
}

func (q Question) number(value string) ([]string, *civic.Message) {
	n, ok := civic.ParseMoney(value)
	if !ok || q.Sort == Whole && n%civic.Tenge != 0 {
		return nil, wrong("questions.no_number")
	}
	if q.Sort == Whole {
		n /= civic.Tenge
	}
	switch {
	case n < q.Least:
		return nil, wrong("questions.too_small", "Least", q.written(q.Least))
	case q.Most > 0 && n > q.Most:
		return nil, wrong("questions.too_large", "Most", q.written(q.Most))
	}
	return []string{q.written(n)}, nil
}

func (q Question) written(n civic.Money) string {
	if q.Sort == Whole {
		return strconv.FormatInt(int64(n), 10)
	}
	return n.String()
}

func (q Question) chosen(said []string) ([]string, *civic.Message) {
	var out []string
	for _, o := range q.choices() {
		if slices.Contains(said, o) {
			out = append(out, o)
		}
	}
	for _, s := range said {
		if !slices.Contains(out, s) {
			return nil, wrong("questions.not_offered")
		}
	}
	if q.Max > 0 && len(out) > q.Max {
		return nil, wrong("questions.too_many_chosen", "Most", q.Max)
	}
	return out, nil
}

// pairs reads "KEY=VALUE" of keys and values that are offered, each key once.
func pairs(said []string, keys []Option) (map[string]string, *civic.Message) {
	out := map[string]string{}
	for _, s := range said {
		key, value, ok := strings.Cut(s, "=")
		if _, twice := out[key]; !ok || twice || !slices.ContainsFunc(keys, func(o Option) bool { return o.Key == key }) {
			return nil, wrong("questions.not_offered")
		}
		out[key] = value
	}
	return out, nil
}

// ranked reads the places that options were given, "OPTION=PLACE" from 1 on, without gaps.
func (q Question) ranked(said []string) ([]string, *civic.Message) {
	places, problem := pairs(said, q.Options)
	if problem != nil {
		return nil, problem
	}
	most := cmp.Or(q.Max, len(q.Options))
	out := make([]string, len(places))
	for option, place := range places {
		n, err := strconv.Atoi(place)
		switch {
		case err != nil || n < 1 || n > most:
			return nil, wrong("questions.bad_place", "Most", most)
		case n > len(out):
			return nil, wrong("questions.place_missing", "Count", len(out))
		case out[n-1] != "":
			return nil, wrong("questions.place_twice", "Count", n)
		}
		out[n-1] = option
	}
	return out, nil
}

func (q Question) ofGrid(said []string) (out []string, _ *civic.Message) {
	rows, problem := pairs(said, q.Rows)
	if problem != nil {
		return nil, problem
	}
	for _, row := range q.Rows {
		option, there := rows[row.Key]
		if there && !slices.Contains(q.choices(), option) {
			return nil, wrong("questions.not_offered")
		}
		if there {
			out = append(out, row.Key+"="+option)
		}
	}
	return out, nil
}

// complete reports whether there is an answer, in a grid one for each row.
func (q Question) complete(said []string) bool {
	return len(said) > 0 && (q.Sort != Grid || len(said) == len(q.Rows))
}

// Asked are the questions whose conditions hold, with the answers there are.
func (f Form) Asked(a Answers) (out Form) {
	for _, q := range f {
		holds := func(c Condition) bool {
			return out.has(c.Question) && slices.ContainsFunc(a[c.Question], func(s string) bool { return slices.Contains(c.Is, s) })
		}
		if !slices.ContainsFunc(q.When, func(c Condition) bool { return !holds(c) }) {
			out = append(out, q)
		}
	}
	return out
}

// Missing are the questions that are asked, must be answered, and are not.
func (f Form) Missing(a Answers) (out Form) {
	for _, q := range f.Asked(a) {
		if q.Required && !q.complete(a[q.Key]) {
			out = append(out, q)
		}
	}
	return out
}

// Counted are the answers to what is asked. An answer to a question that is no longer asked is kept, for whoever changes their mind,
// and is not handed in.
func (f Form) Counted(a Answers) Answers {
	out := Answers{}
	for _, q := range f.Asked(a) {
		if said := a[q.Key]; len(said) > 0 {
			out[q.Key] = said
		}
	}
	return out
}
