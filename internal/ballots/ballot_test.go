package ballots

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/birge-kz/birge/internal/civic"
)

var yards = []Option{{Code: "1", Cost: 40}, {Code: "2", Cost: 70}, {Code: "3", Cost: 100}, {Code: "park", Cost: 30}}

func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		rule   Rule
		ballot string
		wrong  string // key; "" for a ballot that is taken
	}{
		"three of three":               {Rule{Kind: Approval, Most: 3}, "1 2 park", ""},
		"four of three":                {Rule{Kind: Approval, Most: 3}, "1 2 3 park", "ballots.too_many"},
		"blank where blank is allowed": {Rule{Kind: Approval, Most: 3}, "", ""},
		"blank where one is asked for": {Rule{Kind: Approval, Most: 3, Least: 1}, "", "ballots.too_few"},
		"one option twice":             {Rule{Kind: Approval, Most: 3}, "1 1", "ballots.twice"},
		"what is not there":            {Rule{Kind: Approval, Most: 3}, "4", "ballots.no_option"},
		"points where there are none":  {Rule{Kind: Approval, Most: 3}, "1:2", "ballots.points_wrong"},
		"an order":                     {Rule{Kind: Ranking, Most: 3}, "3 1 2", ""},
		"all points":                   {Rule{Kind: Points, Points: 10}, "1:7 2:3", ""},
		"a point too many":             {Rule{Kind: Points, Points: 10}, "1:7 2:4", "ballots.points_over"},
		"no points":                    {Rule{Kind: Points, Points: 10}, "1", "ballots.points_wrong"},
		"too many for one":             {Rule{Kind: Points, Points: 10, Each: 5}, "1:6", "ballots.points_each"},
		"all the money":                {Rule{Kind: Knapsack, Money: 110}, "1 2", ""},
		"a tiyn too much":              {Rule{Kind: Knapsack, Money: 109}, "1 2", "ballots.money_over"},
		"free":                         {Rule{}, "1:5 2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.rule.valid(yards) {
				t.Fatal("no vote may have the rule")
			}
			b, ok := ParseBallot(c.ballot)
			if !ok || b.String() != c.ballot {
				t.Fatalf("%q reads as %v, %v", c.ballot, b, ok)
			}
			got := ""
			if err := c.rule.Check(yards, b); err != nil {
				var e *civic.Error
				if errors.As(err, &e) && len(e.Fields) == 1 {
					got = e.Fields[0].Message.Key
				}
			}
			if got != c.wrong {
				t.Errorf("got %q, want %q", got, c.wrong)
			}
			if c.wrong == "" && len(c.ballot) > c.rule.longest(yards) {
				t.Errorf("%q is longer than the longest, %d", c.ballot, c.rule.longest(yards))
			}
		})
	}
}

func TestRulesThatNoVoteHas(t *testing.T) {
	for name, c := range map[string]struct {
		rule    Rule
		options []Option
	}{
		"points without points":  {Rule{Kind: Points}, yards},
		"a knapsack of nothing":  {Rule{Kind: Knapsack}, yards},
		"less than nothing":      {Rule{Kind: Approval, Most: -1}, yards},
		"more than all":          {Rule{Kind: Approval, Most: 1, Least: 2}, yards},
		"an unknown kind":        {Rule{Kind: "raffle"}, yards},
		"one code twice":         {Rule{Kind: Approval}, []Option{{Code: "1"}, {Code: "1"}}},
		"a code with a space":    {Rule{Kind: Approval}, []Option{{Code: "1 2"}}},
		"a code with a colon":    {Rule{Kind: Approval}, []Option{{Code: "1:2"}}},
		"too many options":       {Rule{Kind: Approval}, make([]Option, maxOptions+1)},
		"money below nothing":    {Rule{Kind: Approval}, []Option{{Code: "1", Cost: -1}}},
		"money of another kind":  {Rule{Kind: Approval, Money: 5}, yards},
		"points beyond counting": {Rule{Kind: Points, Points: maxPoints + 1}, yards},
	} {
		if c.rule.valid(c.options) {
			t.Errorf("%s: valid", name)
		}
	}
}

func TestBallotsReadInOneWay(t *testing.T) {
	for _, s := range []string{" ", "1 ", " 1", "1  2", "1:", "1:0", "1:-1", "1:01", "1:+1", "1:9999999999999999999", "é", "1\n2", strings.Repeat("1", 33), strings.Repeat("1 ", maxBallot)} {
		if b, ok := ParseBallot(s); ok {
			t.Errorf("%.20q reads as %v", s, b)
		}
	}
}

func TestWords(t *testing.T) {
	seen := map[string]civic.Lang{}
	for _, lang := range civic.Languages() {
		if n := len(dictionaries().at[lang]); n != 256 {
			t.Errorf("%s: %d words that differ as they are typed, want 256", lang, n)
		}
		for word := range dictionaries().at[lang] {
			if other, twice := seen[word]; twice {
				t.Errorf("%q is a word of %s and of %s", word, lang, other)
			}
			seen[word] = lang
		}
	}
	for range 50 {
		w := NewWords()
		for _, lang := range civic.Languages() {
			if got, err := ParseWords(w.String(lang)); err != nil || got != w {
				t.Fatalf("%v in %s reads as %v, %v", w, lang, got, err)
			}
		}
	}
	var w Words
	for i := range w {
		w[i] = byte(i * 30)
	}
	for _, lang := range civic.Languages() { // as a phone without Kazakh letters, and a careful person, type it
		careful := "1. " + strings.ToUpper(strings.Join(w.In(lang), ",\n 2) "))
		plain := foldedLetters.Replace(w.String(lang))
		for _, s := range []string{careful, plain} {
			if got, err := ParseWords(s); err != nil || got != w {
				t.Errorf("%q reads as %v, %v", s, got, err)
			}
		}
	}
	for _, s := range []string{"", "acorn", strings.Repeat("acorn ", 9), strings.Repeat("acorn ", 7) + "xyzzy", strings.Repeat("acorn ", 1000)} {
		if _, err := ParseWords(s); civic.CodeOf(err) != civic.Invalid {
			t.Errorf("%.30q: %v", s, err)
		}
	}
}

func TestSealedBallots(t *testing.T) {
	const vote, longest = civic.ID("v1"), 20
	private, public, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := publicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	opener := keyStore{memory{}}
	if err := opener.put(t.Context(), vote, private); err != nil {
		t.Fatal(err)
	}
	open1, err := opener.get(t.Context(), vote)
	if err != nil {
		t.Fatal(err)
	}
	box, c := []byte("0123456789abcdef"), content{strings.Repeat("A", codeLength), "1 2 3"}
	one, err := seal(key, vote, box, c, longest)
	if err != nil {
		t.Fatal(err)
	}
	blank, err := seal(key, vote, box, content{c.code, ""}, longest)
	if err != nil || len(one) != len(blank) {
		t.Errorf("the length of a sealed ballot tells what is in it: %d and %d, %v", len(one), len(blank), err)
	}
	if again, _ := seal(key, vote, box, c, longest); slices.Equal(again, one) {
		t.Error("the same ballot is sealed the same twice")
	}
	if got, err := open(open1, vote, box, one); err != nil || got != c {
		t.Errorf("opened as %v, %v", got, err)
	}
	one[40] ^= 1
	if _, err := open(open1, vote, box, one); err == nil {
		t.Error("a changed ballot opens")
	}
	if _, err := open(open1, vote, []byte("0123456789abcdeX"), blank); err == nil {
		t.Error("a ballot opens at another place of the box")
	}
	if _, err := open(open1, "v2", box, blank); err == nil {
		t.Error("a ballot opens in another vote")
	}
	if _, err := seal(key, vote, box, content{c.code, strings.Repeat("x", longest+1)}, longest); err == nil {
		t.Error("a ballot is longer than the longest")
	}
}

func TestSmallGroupsAreNotTold(t *testing.T) {
	for name, c := range map[string]struct {
		of   map[string]int64
		want []Group
	}{
		"all are large":                  {map[string]int64{"a": 9, "b": 5}, []Group{{"a", 9}, {"b", 5}}},
		"two small ones together":        {map[string]int64{"a": 9, "b": 3, "c": 4}, []Group{{"a", 9}, {"", 7}}},
		"a small one takes another in":   {map[string]int64{"a": 9, "b": 6, "c": 1}, []Group{{"a", 9}, {"", 7}}}, // else 1 = all − 9 − 6
		"nobody but a few":               {map[string]int64{"a": 2, "b": 1}, nil},
		"those of whom nothing is known": {map[string]int64{"a": 9, "": 8}, []Group{{"a", 9}, {"", 8}}},
	} {
		if got := suppressed(c.of, 5); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
