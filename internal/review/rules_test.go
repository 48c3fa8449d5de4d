package review

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/birge-kz/birge/internal/civic"
)

func person(id string) civic.Ref { return civic.Ref{Kind: "person", ID: civic.ID(id)} }
func body(id string) civic.Ref   { return civic.Ref{Kind: "organisation", ID: civic.ID(id)} }

func on(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

// Every kind of conflict is found with its reason, in whichever direction its tie is written, and what is over for longer than the
// call looks back is not.
func TestConflicts(t *testing.T) {
	reader, z := person("reader"), person("z")
	call := []Parties{{body("a"), person("head")}, {body("b"), body("partner")}, {body("c")}}
	for name, c := range map[string]struct {
		ties []Tie
		want string // of the three applications
	}{
		"nobody":                {nil, "; ; "},
		"somebody else's":       {[]Tie{{A: z, B: body("a"), Kind: Employee}}, "; ; "},
		"paid by":               {[]Tie{{A: reader, B: body("a"), Kind: PaidBy}}, "paid_by a; ; "},
		"of a partner":          {[]Tie{{A: body("partner"), B: reader, Kind: PaidBy}}, "; paid_by partner; "},
		"a relative":            {[]Tie{{A: person("head"), B: reader, Kind: Relative}}, "relative head; ; "},
		"an address":            {[]Tie{{A: reader, B: body("c"), Kind: Address}, {A: reader, B: body("c"), Kind: Phone}}, "; ; address c, phone c"},
		"an employee competes":  {[]Tie{{A: reader, B: body("c"), Kind: Employee}}, "competitor c; competitor c; employee c"},
		"over for three years":  {[]Tie{{A: reader, B: body("a"), Kind: PaidBy, Until: on("2023-05-01")}}, "; ; "},
		"over since a year":     {[]Tie{{A: reader, B: body("a"), Kind: PaidBy, Until: on("2025-05-01")}}, "paid_by a; ; "},
		"over exactly since":    {[]Tie{{A: reader, B: body("a"), Kind: PaidBy, Until: on("2024-05-01")}}, "paid_by a; ; "},
		"not begun":             {[]Tie{{A: reader, B: body("a"), Kind: PaidBy, From: on("2026-05-02")}}, "; ; "},
		"a board with the head": {[]Tie{{A: reader, B: body("x"), Kind: Board}, {A: body("x"), B: person("head"), Kind: Board}}, "shared_board head x; ; "},
		"a board with a board":  {[]Tie{{A: reader, B: body("x"), Kind: Board}, {A: z, B: body("x"), Kind: Board}, {A: z, B: body("b"), Kind: Board}}, "; shared_board b x; "},
		"two hops":              {[]Tie{{A: reader, B: body("x"), Kind: Board}, {A: z, B: body("x"), Kind: Board}, {A: z, B: body("y"), Kind: Board}, {A: person("head"), B: body("y"), Kind: Board}}, "; ; "},
		"employed, not on it":   {[]Tie{{A: reader, B: body("x"), Kind: Board}, {A: person("head"), B: body("x"), Kind: Employee}}, "; ; "},
		"a member, not a board": {[]Tie{{A: reader, B: body("x"), Kind: Member}, {A: person("head"), B: body("x"), Kind: Board}}, "; ; "},
	} {
		found := Conflicts(TiesAt(c.ties, on("2026-05-01"), on("2026-05-01").Sub(on("2024-05-01"))), []civic.Ref{reader}, call)[0]
		var got []string
		for _, whys := range found {
			var words []string
			for _, w := range whys {
				words = append(words, strings.TrimSpace(string(w.Kind)+" "+string(w.With.ID)+" "+string(w.Over.ID)))
			}
			got = append(got, strings.Join(words, ", "))
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s: %q, want %q", name, strings.Join(got, "; "), c.want)
		}
	}
	themself := Conflicts(TiesAt(nil, on("2026-05-01"), 0), []civic.Ref{person("head")}, call)[0]
	if themself[0][0].Kind != Themself || themself[2][0].Kind != Competitor {
		t.Errorf("who is named in an application: %v", themself)
	}
}

var rubric = Rubric{Criteria: []Criterion{{Key: "need", Weight: 2}, {Key: "plan", Weight: 1}}, Scale: 5, Readers: 2, Pass: 250}

func TestAScore(t *testing.T) {
	if got, err := rubric.Score([]int64{5, 3}); err != nil || got.RatString() != "13/3" {
		t.Errorf("%v %v", got, err)
	}
	for _, marks := range [][]int64{nil, {1}, {6, 0}, {-1, 0}, {1, 2, 3}} {
		if _, err := rubric.Score(marks); err == nil {
			t.Errorf("%v was taken", marks)
		}
	}
}

// readings are written "application reader score".
func readings(all ...string) (out []Reading) {
	for _, one := range all {
		var r Reading
		var score string
		if _, err := fmt.Sscan(one, &r.Application, &r.Reader, &score); err != nil {
			panic(err)
		}
		r.Score, _ = new(big.Rat).SetString(score)
		out = append(out, r)
	}
	return out
}

func told(r Ranking) string {
	var out []string
	for _, a := range r.List {
		s := fmt.Sprintf("%d:%d %s %s %s", a.Place, a.Application, a.Mean.RatString(), a.Outcome, a.Offered)
		if a.Discuss {
			s += " discuss"
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ") + "; left " + r.Left.String()
}

// The money line, worked out by hand.
func TestTheMoneyLine(t *testing.T) {
	both := func(scores ...string) (all []Reading) {
		for i, s := range scores {
			all = append(all, readings(fmt.Sprint(i, " 0 ", s), fmt.Sprint(i, " 1 ", s))...)
		}
		return all
	}
	hundred := 100 * civic.Tenge
	for name, c := range map[string]struct {
		asks  []civic.Money
		all   []Reading
		money civic.Money
		want  string
	}{
		"enough":           {[]civic.Money{hundred, hundred}, both("3", "4"), 250 * civic.Tenge, "1:1 4 funded 100; 2:0 3 funded 100; left 50"},
		"a part":           {[]civic.Money{hundred, hundred, 10 * civic.Tenge}, both("3", "4", "5/2"), 150 * civic.Tenge, "1:1 4 funded 100; 2:0 3 partial 50; 3:2 5/2 reserve 0; left 0"},
		"exactly":          {[]civic.Money{hundred, hundred}, both("3", "4"), 100 * civic.Tenge, "1:1 4 funded 100; 2:0 3 reserve 0; left 0"},
		"a tie above":      {[]civic.Money{hundred, hundred, hundred}, both("4", "4", "3"), 200 * civic.Tenge, "1:0 4 funded 100; 1:1 4 funded 100; 3:2 3 reserve 0; left 0"},
		"a tie at it":      {[]civic.Money{hundred, hundred, hundred}, both("4", "4", "3"), 150 * civic.Tenge, "1:0 4 tied 0; 1:1 4 tied 0; 3:2 3 reserve 0; left 150"},
		"thirds are a tie": {[]civic.Money{hundred, hundred}, append(both("10/3"), readings("1 0 3", "1 1 11/3")...), 100 * civic.Tenge, "1:0 10/3 tied 0; 1:1 10/3 tied 0; left 100"},
		"failed":           {[]civic.Money{hundred, hundred}, both("2.49", "2.50"), 300 * civic.Tenge, "1:1 5/2 funded 100; 2:0 249/100 failed 0; left 200"},
		"unread":           {[]civic.Money{hundred, hundred, hundred}, append(both("3"), readings("1 0 5")...), 300 * civic.Tenge, "1:0 3 funded 100; 0:1 5 unread 0; 0:2 0 unread 0; left 200"},
	} {
		if got := told(Rank(rubric, c.asks, c.all, 2, c.money)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
}

// Application 1 was read by the strict readers, 0 by the mild ones; all read 2, 3 and 4. The mean decides for 0; that equally strict
// readers would have funded 1 is said, and changes nothing.
func TestAStrictReaderForcesADiscussion(t *testing.T) {
	all := readings("0 0 4", "0 1 4", "1 2 3.8", "1 3 3.8")
	for a, score := range map[int]float64{2: 3, 3: 3.2, 4: 2.8} {
		for reader := range 4 {
			all = append(all, readings(fmt.Sprint(a, " ", reader, " ", score-float64(reader/2)))...) // the strict give one less
		}
	}
	asks := []civic.Money{100, 100, 100, 100, 100}
	r := Rank(rubric, asks, all, 4, 100)
	if got := told(r); !strings.HasPrefix(got, "1:0 4 funded 1 discuss; 2:1 19/5 reserve 0 discuss; ") || strings.Count(got, "discuss") != 2 || r.List[0].Calibrated >= r.List[1].Calibrated {
		t.Errorf("%s %v", got, r.List)
	}
	r = Rank(rubric, asks[:2], readings("0 0 4", "0 1 4", "1 2 3", "1 3 3"), 4, 100) // no reader of both
	if got := told(r); !r.Incomparable || strings.Contains(got, "discuss") {
		t.Errorf("nothing can be said of strictness here: %s", got)
	}
}

// random is a call in which each application has three readers.
func random(r *rand.Rand, n, readers int) (asks []civic.Money, all []Reading) {
	for a := range n {
		asks = append(asks, civic.Money(r.Int64N(5_000_000)+1))
		for _, reader := range r.Perm(readers)[:3] {
			all = append(all, Reading{a, reader, big.NewRat(r.Int64N(16), 3)})
		}
	}
	return asks, all
}

// Whatever the scores: not a tiyn is lost or offered twice, nobody is funded below somebody who passes and is not, and the order in
// which readings come makes no difference.
func TestTheMoneyIsNeitherLostNorOverspent(t *testing.T) {
	r := rand.New(rand.NewPCG(18, 6))
	for range 200 {
		asks, all := random(r, 1+r.IntN(20), 6)
		money := civic.Money(r.Int64N(30_000_000))
		got := Rank(rubric, asks, all, 6, money)
		sum, reached := got.Left, false
		for i, a := range got.List {
			sum += a.Offered
			if a.Outcome == Funded && (reached || a.Offered != asks[a.Application]) || a.Offered > asks[a.Application] || i > 0 && a.Mean.Cmp(got.List[i-1].Mean) > 0 {
				t.Fatalf("%s of %s", told(got), money)
			}
			reached = reached || a.Outcome != Funded
		}
		if sum != money || got.Left < 0 {
			t.Fatalf("%s of %s", told(got), money)
		}
		slices.Reverse(all)
		if again := Rank(rubric, asks, all, 6, money); told(again) != told(got) {
			t.Fatalf("%s\n%s", told(got), told(again))
		}
	}
}

// BenchmarkRank ranks 2,000 applications with three readings each.
func BenchmarkRank(b *testing.B) {
	asks, all := random(rand.New(rand.NewPCG(1, 2)), 2_000, 60)
	for b.Loop() {
		Rank(rubric, asks, all, 60, 1_000_000_000)
	}
}

// Who reads what is given again: nobody more than was asked over all rounds, nobody twice, and what none may read holds up nothing.
func TestMoreIsGiven(t *testing.T) {
	reads := func(id string) Reader { return Reader{ID: civic.ID(id), Account: "a", DeclaredAt: on("2026-11-01")} }
	all := []Reader{reads("x"), reads("y"), reads("z")}
	for name, c := range map[string]struct {
		load  int
		each  int
		lacks string // an entry and who is apart from it or reads it already, "a:xy"
		who   []Reader
		want  string // how many each entry got, "a1 b2"; or the code of a refusal
	}{
		"one lacks two":             {1, 2, "a: b:x", all, "a2 b1"},
		"by one each":               {1, 3, "a:", all, "a3"},
		"too little":                {1, 2, "a: b:", all, string(civic.Conflict)},
		"five, at most":             {5, 2, "a: b: c: d: e:", all, "a2 b2 c2 d2 e2"},
		"nobody may read one":       {5, 2, "a:xyz b:x", all, "a0 b1"},
		"one may read it, of two":   {5, 2, "a:xy b:", all, "a1 b2"},
		"who may has no place left": {1, 1, "a:xy b:xy c:x", all, string(civic.Conflict)},
		"only the day":              {0, 2, "a: b:x", all, "a0 b0"},
		"who is out":                {5, 2, "a:", append(all[:2:2], Reader{ID: "z", Account: "a", DeclaredAt: on("2026-11-01"), OutAt: on("2026-11-02")}), "a2"},
		"nobody is there":           {5, 1, "a:", nil, string(civic.Conflict)},
	} {
		v := Running{Panel: Panel{ID: "p", Terms: Terms{Rubric: Rubric{Readers: c.each}}}, Readers: c.who, apart: map[[2]civic.ID]bool{}, said: map[civic.ID][]Mark{}}
		for one := range strings.FieldsSeq(c.lacks) {
			id, apart, _ := strings.Cut(one, ":")
			v.Entries = append(v.Entries, Entry{ID: civic.ID(id)})
			for _, r := range apart {
				v.apart[[2]civic.ID{civic.ID(id), civic.ID(string(r))}] = true
			}
			if apart == "x" { // x reads it already
				m := Mark{Entry: civic.ID(id), Reader: "x"}
				v.Marks, v.said[m.Entry] = append(v.Marks, m), append(v.said[m.Entry], m)
			}
		}
		given, err := v.more(c.load)
		got, load, pairs := map[civic.ID]int{}, map[civic.ID]int{}, map[[2]civic.ID]bool{}
		for _, m := range given {
			got[m.Entry]++
			load[m.Reader]++
			if pair := [2]civic.ID{m.Entry, m.Reader}; pairs[pair] || v.apart[pair] || load[m.Reader] > c.load || c.who[slices.IndexFunc(c.who, func(r Reader) bool { return r.ID == m.Reader })].gone() {
				t.Errorf("%s: %v", name, given)
			}
			pairs[[2]civic.ID{m.Entry, m.Reader}] = true
		}
		var said []string
		for _, e := range v.Entries {
			said = append(said, fmt.Sprint(e.ID, got[e.ID]))
		}
		if is := strings.Join(said, " "); err == nil && is != c.want || err != nil && string(civic.CodeOf(err)) != c.want {
			t.Errorf("%s: %s %v, want %s", name, is, err, c.want)
		}
	}
}
