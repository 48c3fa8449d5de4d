package opinion_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/birge-kz/birge/opinion"
)

// sample is a conversation with clear structure, more people than base
// clusters, statements moderated out, and repeated votes.
func sample() []vote {
	votes := generate(400, 40, 8000, 3)
	return append(votes, votes[:100]...)
}

func TestOrderOfVotesChangesNothing(t *testing.T) {
	votes := generate(400, 40, 8000, 3)
	seen := map[[2]int64]bool{}
	votes = slices.DeleteFunc(votes, func(v vote) bool { // the order of repeated votes matters, so leave them out
		k := [2]int64{v.person, v.statement}
		defer func() { seen[k] = true }()
		return seen[k]
	})
	want := compute(t, fill(t, votes, 40, opinion.Defaults()), nil)
	r := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		r.Shuffle(len(votes), func(i, j int) { votes[i], votes[j] = votes[j], votes[i] })
		c := opinion.New(opinion.Defaults())
		for _, s := range r.Perm(40) {
			must(t, c.AddStatement(int64(s)))
		}
		for _, v := range votes {
			must(t, c.Vote(v.person, v.statement, v.value, v.at))
		}
		if got := compute(t, c, nil); !reflect.DeepEqual(got, want) {
			t.Fatal("the map differs")
		}
	}
}

// samePlaces checks that b is a with renamed ids and all points multiplied by sign, up to
// rounding.
func samePlaces(t *testing.T, a, b *opinion.Map, person func(int64) int64, sign float64) {
	t.Helper()
	at := map[int64]opinion.Participant{}
	for _, p := range b.Participants {
		at[p.ID] = p
	}
	size := math.Inf(-1)
	for _, p := range a.Participants {
		size = math.Max(size, math.Abs(p.X))
	}
	if a.K != b.K {
		t.Fatalf("%d groups, then %d", a.K, b.K)
	}
	letter := map[string]string{}
	for _, p := range a.Participants {
		q := at[person(p.ID)]
		if math.Abs(p.X-sign*q.X) > 1e-9*size || math.Abs(p.Y-sign*q.Y) > 1e-9*size {
			t.Fatalf("participant %d was at %v, %d is at %v", p.ID, p.Point, q.ID, q.Point)
		}
		if (p.Group < 0) != (q.Group < 0) {
			t.Fatalf("participant %d on the map: %v, then %v", p.ID, p.Group >= 0, q.Group >= 0)
		}
		if p.Group < 0 {
			continue
		}
		x, y := a.Groups[p.Group].Letter, b.Groups[q.Group].Letter
		if was, ok := letter[x]; ok && was != y {
			t.Fatalf("group %s was torn apart", x)
		}
		letter[x] = y
	}
}

func TestPermutingVotersAndStatementsChangesNothing(t *testing.T) {
	for name, votes := range eachConversation(t) {
		t.Run(name, func(t *testing.T) {
			a := compute(t, known(t, votes), nil)
			r := rand.New(rand.NewPCG(7, 8))
			people, statements := renaming(r, votes, func(v vote) int64 { return v.person }), renaming(r, votes, func(v vote) int64 { return v.statement })
			renamed := slices.Clone(votes)
			for i := range renamed {
				renamed[i].person, renamed[i].statement = people[renamed[i].person], statements[renamed[i].statement]
			}
			b := compute(t, known(t, renamed), nil)
			samePlaces(t, a, b, func(id int64) int64 { return people[id] }, 1)
			for _, s := range a.Statements {
				i := slices.IndexFunc(b.Statements, func(x opinion.Statement) bool { return x.ID == statements[s.ID] })
				q := b.Statements[i]
				if s.Counts != q.Counts || !near(s.Axes[0], q.Axes[0], 1e-9) || !near(s.Priority, q.Priority, 1e-9) || !near(s.Bridging, q.Bridging, 1e-12) || !near(s.GroupConsensus, q.GroupConsensus, 1e-12) {
					t.Errorf("statement %d: %+v, then %+v", s.ID, s, q)
				}
			}
		})
	}
}

func renaming(r *rand.Rand, votes []vote, of func(vote) int64) map[int64]int64 {
	var ids []int64
	for _, v := range votes {
		ids = append(ids, of(v))
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	to := map[int64]int64{}
	for i, j := range r.Perm(len(ids)) {
		to[ids[i]] = int64(j) * 3
	}
	return to
}

// known is fill with the statements of the votes.
func known(t testing.TB, votes []vote) *opinion.Conversation {
	c := opinion.New(opinion.Defaults())
	for _, v := range votes {
		must(t, c.AddStatement(v.statement))
		must(t, c.Vote(v.person, v.statement, v.value, v.at))
	}
	return c
}

// eachConversation gives the generated sample and, where they are there, the
// real conversations without what was moderated out.
func eachConversation(t *testing.T) map[string][]vote {
	all := map[string][]vote{"generated": sample()}
	t.Run("real", func(t *testing.T) {
		for _, name := range conversations {
			x := export(t, name)
			out := map[int64]bool{}
			for _, s := range x.Statements {
				out[s.ID] = s.Moderated < 0
			}
			for _, v := range x.Votes.All() {
				if !out[v.Statement] {
					all[name] = append(all[name], vote{v.Voter, v.Statement, opinion.Value(v.Value), v.Time.Milli})
				}
			}
		}
	})
	return all
}

func TestFlippingAllSignsMirrors(t *testing.T) {
	for name, votes := range eachConversation(t) {
		t.Run(name, func(t *testing.T) {
			a := compute(t, known(t, votes), nil)
			flipped := slices.Clone(votes)
			for i := range flipped {
				flipped[i].value = -flipped[i].value
			}
			b := compute(t, known(t, flipped), nil)
			samePlaces(t, a, b, func(id int64) int64 { return id }, -1)
			if !reflect.DeepEqual(a.Consensus.Agree, b.Consensus.Disagree) || !reflect.DeepEqual(a.Consensus.Disagree, b.Consensus.Agree) {
				t.Error("consensus does not change sides")
			}
		})
	}
}

func TestDuplicatedVotersKeepTheMap(t *testing.T) {
	for name, votes := range eachConversation(t) {
		t.Run(name, func(t *testing.T) {
			a := compute(t, known(t, votes), nil)
			twice := slices.Clone(votes)
			for _, v := range votes {
				v.person += 1_000_000
				twice = append(twice, v)
			}
			b := compute(t, known(t, twice), nil)
			samePlaces(t, a, b, func(id int64) int64 { return id }, 1)
			samePlaces(t, a, b, func(id int64) int64 { return id + 1_000_000 }, 1)
			for g := range a.Groups {
				if a.Groups[g].Size*2 != b.Groups[g].Size {
					t.Errorf("group %s: %d people, then %d", a.Groups[g].Letter, a.Groups[g].Size, b.Groups[g].Size)
				}
			}
		})
	}
}

// The map depends on the votes alone, bit for bit. Neither their order nor other calls between
// them matter.
func TestIncrementsGiveTheSameMap(t *testing.T) {
	votes := sample()
	opt := opinion.Defaults()
	want := compute(t, fill(t, votes, 40, opt), nil)
	c := opinion.New(opt)
	r := rand.New(rand.NewPCG(9, 10))
	added := map[int64]bool{}
	for i, v := range votes {
		if !added[v.statement] { // later ones with lower ids too
			added[v.statement] = true
			must(t, c.AddStatement(v.statement))
		}
		must(t, c.Vote(v.person, v.statement, v.value, v.at))
		if r.IntN(700) == 0 {
			compute(t, c, nil)
			must(t, c.Exclude(v.person, votes[0].person))
			must(t, c.Moderate(v.statement, true))
			if i%2 == 0 {
				compute(t, c, nil)
			}
			must(t, c.Include(votes[0].person))
			must(t, c.Include(v.person))
			must(t, c.Moderate(v.statement, false))
		}
	}
	for s := range int64(40) {
		must(t, c.AddStatement(s))
	}
	if got := compute(t, c, nil); !reflect.DeepEqual(got, want) {
		t.Error("the map differs")
	}
}

// There are two ways to compute the components: from sums over pairs of statements, and by
// passing over the votes. Both give the same map.
func TestBothWaysToComponents(t *testing.T) {
	for name, votes := range eachConversation(t) {
		t.Run(name, func(t *testing.T) {
			a := compute(t, known(t, votes), nil)
			opt := opinion.Defaults()
			opt.GramStatements = 3
			c := opinion.New(opt)
			for _, v := range votes {
				must(t, c.AddStatement(v.statement))
				must(t, c.Vote(v.person, v.statement, v.value, v.at))
			}
			samePlaces(t, a, compute(t, c, nil), func(id int64) int64 { return id }, 1)
		})
	}
}

func TestPlantedGroupsAreFound(t *testing.T) {
	for k := 2; k <= 4; k++ {
		m := compute(t, fill(t, generate(600, 60, 18000, k), 60, opinion.Defaults()), nil)
		planted := &opinion.Map{}
		for _, p := range m.Participants {
			planted.Participants = append(planted.Participants, opinion.Participant{ID: p.ID, Group: int(p.ID) % k})
		}
		// On two axes four persuasions cannot be told apart with certainty.
		least := 0.9
		if k == 4 {
			least = 0.8
		}
		if a := opinion.Agreement(m, planted); a < least {
			t.Errorf("%d groups planted, %d found, agreement %.3f", k, m.K, a)
		}
		for _, g := range m.Groups {
			if k < 4 && g.Stability < 0.9 {
				t.Errorf("%d planted: stability of %s is %.2f", k, g.Letter, g.Stability)
			}
			if len(g.Representative) == 0 {
				t.Errorf("group %s says nothing", g.Letter)
			}
		}
		for _, w := range m.Warnings {
			t.Errorf("%d planted: warning %+v", k, w)
		}
	}
}

// Letters, orientation and number of groups stay when more votes come in.
func TestGroupsKeepTheirNames(t *testing.T) {
	votes := generate(600, 60, 18000, 3)
	c := fill(t, votes[:9000], 60, opinion.Defaults())
	m := compute(t, c, nil)
	for from := 9000; from < len(votes); from += 1000 {
		for _, v := range votes[from : from+1000] {
			must(t, c.Vote(v.person, v.statement, v.value, v.at))
		}
		// The memory works the same after it was stored and loaded.
		b, err := json.Marshal(m.Memory)
		must(t, err)
		var memory opinion.Memory
		must(t, json.Unmarshal(b, &memory))
		next := compute(t, c, &memory)
		if again := compute(t, c, m.Memory); !reflect.DeepEqual(again, next) {
			t.Fatal("a stored memory gives another map")
		}
		was := map[int64]opinion.Participant{}
		for _, p := range m.Participants {
			was[p.ID] = p
		}
		kept, moved, along := 0, 0, 0.0
		for _, p := range next.Participants {
			q, ok := was[p.ID]
			if !ok || p.Group < 0 || q.Group < 0 {
				continue
			}
			if next.Groups[p.Group].Letter == m.Groups[q.Group].Letter {
				kept++
			} else {
				moved++
			}
			along += p.X*q.X + p.Y*q.Y
		}
		if kept < 20*moved || along < 0 {
			t.Fatalf("after %d votes %d kept their letter and %d did not; the picture turned: %v", from, kept, moved, along < 0)
		}
		m = next
	}
}

// A new number of groups is shown only after it was best four times in a row.
func TestNumberOfGroupsIsSmoothed(t *testing.T) {
	two, three := generate(300, 40, 9000, 2), generate(300, 40, 9000, 3)
	opt := opinion.Defaults()
	m := compute(t, fill(t, two, 40, opt), nil)
	if m.K != 2 {
		t.Fatalf("%d groups", m.K)
	}
	c := fill(t, three, 40, opt)
	for i := range 5 {
		m = compute(t, c, m.Memory)
		want := 2
		if i >= opt.KBuffer-1 {
			want = 3
		}
		if m.K != want || m.BestK != 3 || len(m.Groups) != want {
			t.Errorf("map %d shows %d groups of best %d, want %d", i, m.K, m.BestK, want)
		}
	}
}

func TestExclusionCanBePreviewedAndReversed(t *testing.T) {
	votes := sample()
	c := fill(t, votes, 40, opinion.Defaults())
	before := compute(t, c, nil)
	without := fill(t, slices.DeleteFunc(slices.Clone(votes), func(v vote) bool { return v.person < 20 }), 40, opinion.Defaults())
	var few []int64
	for id := range int64(20) {
		few = append(few, id)
	}
	preview, err := c.Preview(t.Context(), nil, few...)
	must(t, err)
	if !reflect.DeepEqual(preview, compute(t, without, nil)) {
		t.Error("the preview is not the map of the others' votes")
	}
	if !reflect.DeepEqual(compute(t, c, nil), before) {
		t.Error("the preview changed the conversation")
	}
	must(t, c.Exclude(few...))
	must(t, c.Exclude(few...))
	if !reflect.DeepEqual(compute(t, c, nil), preview) {
		t.Error("applying gives another map than the preview")
	}
	must(t, c.Include(few...))
	if !reflect.DeepEqual(compute(t, c, nil), before) {
		t.Error("reversing does not give the map of before")
	}
	if err := c.Exclude(1, 999999); !errors.Is(err, opinion.ErrUnknownPerson) {
		t.Errorf("unknown participant: %v", err)
	}
}

func TestCoordinatedAccounts(t *testing.T) {
	votes := generate(400, 40, 8000, 3)
	honest := compute(t, fill(t, votes, 40, opinion.Defaults()), nil)
	if len(honest.Bursts) != 0 {
		t.Fatalf("independent voters are called coordinated: %+v", honest.Bursts)
	}
	r := rand.New(rand.NewPCG(11, 12))
	script := map[int64]opinion.Value{}
	for s := range int64(12) {
		script[s*3] = opinion.Value(r.IntN(3) - 1)
	}
	var accounts []int64
	for a := range int64(9) {
		accounts = append(accounts, 5000+a)
		for s, v := range script {
			votes = append(votes, vote{5000 + a, s, v, 1_900_000_000_000 + a*30_000 + s})
		}
	}
	for a := range int64(9) { // the same answers, but months apart: different people, no burst
		for s, v := range script {
			votes = append(votes, vote{6000 + a, s, v, 1_910_000_000_000 + a*10_000_000_000 + s})
		}
	}
	m := compute(t, fill(t, votes, 40, opinion.Defaults()), nil)
	if len(m.Bursts) != 1 || !slices.Equal(m.Bursts[0].Accounts, accounts) || m.Bursts[0].Answers != 12 {
		t.Fatalf("bursts %+v", m.Bursts)
	}
	if !slices.ContainsFunc(m.Warnings, func(w opinion.Warning) bool { return w.Code == opinion.Coordinated && w.Value == 9 && w.Burst == 1 }) {
		t.Errorf("warnings %+v", m.Warnings)
	}
	if slices.ContainsFunc(m.Participants, func(p opinion.Participant) bool { return p.ID == 5000 && p.Group < 0 }) {
		t.Error("they were left out silently")
	}
	// A whole neighbourhood that thinks alike is no burst: where nearly all agree with
	// everything, equal answers are expected.
	var same []vote
	for p := range int64(60) {
		for s := range int64(8) {
			v := opinion.Agree
			if p%15 == 0 && s == 0 {
				v = opinion.Disagree
			}
			same = append(same, vote{p, s, v, 1_900_000_000_000 + p*1000})
		}
	}
	if m := compute(t, fill(t, same, 8, opinion.Defaults()), nil); len(m.Bursts) != 0 {
		t.Errorf("people of one mind are called coordinated: %+v", m.Bursts)
	}
}

func codes(m *opinion.Map) []opinion.WarningCode {
	var list []opinion.WarningCode
	for _, w := range m.Warnings {
		list = append(list, w.Code)
	}
	return list
}

func TestWarnings(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	var noise, alike []vote
	for p := range int64(300) {
		for s := range int64(50) {
			if r.IntN(2) == 0 {
				noise = append(noise, vote{p, s, opinion.Value(r.IntN(3) - 1), opinion.NoTime})
			}
			alike = append(alike, vote{p, s, opinion.Agree, opinion.NoTime})
		}
	}
	m := compute(t, fill(t, noise, 50, opinion.Defaults()), nil)
	if !slices.Contains(codes(m), opinion.NoiseOnly) {
		t.Errorf("votes without connection: %v, variance %v", m.Warnings, m.Variance)
	}
	for _, g := range m.Groups {
		if g.Stability > 0.75 {
			t.Errorf("votes without connection: stability of %s is %.2f", g.Letter, g.Stability)
		}
	}
	m = compute(t, fill(t, alike, 50, opinion.Defaults()), nil)
	if !slices.Contains(codes(m), opinion.OneCluster) || m.K != 1 || m.People != 300 || m.Groups[0].Letter != "A" {
		t.Errorf("all agree: %+v, k %d", m.Warnings, m.K)
	}
	m = compute(t, fill(t, generate(20, 20, 300, 2), 20, opinion.Defaults()), nil)
	if !slices.Contains(codes(m), opinion.TooFewVoters) {
		t.Errorf("20 people: %v", m.Warnings)
	}
	m = compute(t, opinion.New(opinion.Defaults()), nil)
	if !slices.Equal(codes(m), []opinion.WarningCode{opinion.NoVotes}) || m.K != 0 {
		t.Errorf("no votes: %v, k %d", m.Warnings, m.K)
	}
}

func TestBadVotes(t *testing.T) {
	opt := opinion.Defaults()
	opt.Limits = opinion.Limits{Participants: 2, Statements: 2, Votes: 4}
	c := opinion.New(opt)
	must(t, c.AddStatement(1))
	must(t, c.AddStatement(1))
	must(t, c.AddStatement(2))
	for _, x := range []struct {
		got, want error
	}{
		{c.AddStatement(-1), opinion.ErrID},
		{c.AddStatement(3), opinion.ErrTooLarge},
		{c.Vote(1, 1, 2, 0), opinion.ErrValue},
		{c.Vote(1, 1, -2, 0), opinion.ErrValue},
		{c.Vote(-1, 1, 1, 0), opinion.ErrID},
		{c.Vote(1, 9, 1, 0), opinion.ErrUnknownStatement},
		{c.Moderate(9, true), opinion.ErrUnknownStatement},
		{c.SetMeta(9, true), opinion.ErrUnknownStatement},
		{c.Vote(1, 1, 1, 0), nil},
		{c.Vote(2, 1, 1, 0), nil},
		{c.Vote(3, 1, 1, 0), opinion.ErrTooLarge},
		{c.Vote(2, 1, -1, 0), nil},
		{c.Vote(2, 2, -1, 0), nil},
		{c.Vote(2, 2, 1, 0), opinion.ErrTooLarge},
	} {
		if !errors.Is(x.got, x.want) || (x.want == nil && x.got != nil) {
			t.Errorf("%v, want %v", x.got, x.want)
		}
	}
	m := compute(t, c, nil)
	if m.Votes != 3 || m.Statements[0].Counts != (opinion.Counts{Agree: 1, Disagree: 1}) {
		t.Errorf("the last vote counts: %+v", m.Statements)
	}
	c.Answers(2, func(s int64, v opinion.Value) {
		if v != opinion.Disagree {
			t.Errorf("statement %d: %d", s, v)
		}
	})
}

// Degenerate conversations give a map, finite and consistent.
func TestDegenerateConversations(t *testing.T) {
	one := func(n int, f func(p, s int64) (opinion.Value, bool)) []vote {
		var out []vote
		for p := range int64(n) {
			for s := range int64(12) {
				if v, ok := f(p, s); ok {
					out = append(out, vote{p, s, v, opinion.NoTime})
				}
			}
		}
		return out
	}
	for name, votes := range map[string][]vote{
		"nothing":            nil,
		"one vote":           {{1, 1, 1, opinion.NoTime}},
		"one voter":          one(1, func(p, s int64) (opinion.Value, bool) { return opinion.Agree, true }),
		"all pass":           one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Pass, true }),
		"all agree":          one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Agree, true }),
		"one statement":      one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Value(p%3 - 1), s == 0 }),
		"one vote each":      one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Value(p%3 - 1), s == p%12 }),
		"opposite pairs":     one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Value((p%2*2 - 1) * (s%2*2 - 1)), s < 2 }),
		"two camps":          one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Value(p%2*2 - 1), true }),
		"two voters":         one(2, func(p, s int64) (opinion.Value, bool) { return opinion.Value(p*2 - 1), true }),
		"statement unvoted":  one(50, func(p, s int64) (opinion.Value, bool) { return opinion.Value(p%2*2 - 1), s != 5 }),
		"huge and far ids":   {{math.MaxInt64, 1, 1, 0}, {0, 1, -1, 0}, {1 << 40, 2, 1, 0}},
		"everyone different": one(40, func(p, s int64) (opinion.Value, bool) { return opinion.Value((p>>s)%2*2 - 1), true }),
	} {
		t.Run(name, func(t *testing.T) {
			c := fill(t, votes, 12, opinion.Defaults())
			m := compute(t, c, nil)
			sound(t, m)
			if name == "opposite pairs" && (m.K != 2 || m.Variance[0] < 0.99) {
				t.Errorf("two camps over opposite statements: %d groups, variance %v", m.K, m.Variance)
			}
			if name == "two camps" && m.K != 2 {
				t.Errorf("%d groups", m.K)
			}
			for s := range int64(12) {
				must(t, c.Moderate(s, true))
			}
			sound(t, compute(t, c, m.Memory))
		})
	}
}

// sound checks what is true of every map.
func sound(t testing.TB, m *opinion.Map) {
	t.Helper()
	finite := func(what string, xs ...float64) {
		t.Helper()
		for _, x := range xs {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%s is %v", what, x)
			}
		}
	}
	in := make([]int, len(m.Groups))
	for _, p := range m.Participants {
		finite("place", p.X, p.Y, p.Border)
		if p.Group >= 0 {
			in[p.Group]++
		}
	}
	people := 0
	letters := map[string]bool{}
	for g, x := range m.Groups {
		finite("group", x.Center.X, x.Center.Y, x.Stability)
		if x.Size != in[g] || x.Size == 0 || letters[x.Letter] || x.Stability < 0 || x.Stability > 1 {
			t.Fatalf("group %d is %s of %d, %d found, stability %v", g, x.Letter, x.Size, in[g], x.Stability)
		}
		letters[x.Letter] = true
		people += x.Size
		for _, r := range x.Representative {
			finite("representative", r.P, r.PTest, r.Ratio, r.RatioTest)
			if r.Success > r.Trials || r.Trials > x.Size {
				t.Fatalf("%+v in a group of %d", r, x.Size)
			}
		}
	}
	if people != m.People || m.K != len(m.Groups) {
		t.Fatalf("%d people in %d groups, %d and %d said", people, len(m.Groups), m.People, m.K)
	}
	based := 0
	for _, b := range m.Base {
		based += len(b.Members)
	}
	if based != m.People {
		t.Fatalf("%d in base clusters, %d people", based, m.People)
	}
	for _, s := range m.Statements {
		finite("statement", s.Center, s.Axes[0], s.Axes[1], s.X, s.Y, s.Extremity, s.GroupConsensus, s.Bridging, s.Division, s.Priority)
		if s.Bridging < 0 || s.Bridging > 1 || s.Division < 0 || s.Division > 1 || s.Priority < 0 {
			t.Fatalf("%+v", s)
		}
	}
	finite("variance", m.Variance[0], m.Variance[1])
	if m.Variance[0] < 0 || m.Variance[0]+m.Variance[1] > 1+1e-9 {
		t.Fatalf("variance %v", m.Variance)
	}
	for _, s := range m.Silhouettes {
		finite("silhouette", s.Silhouette)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Fatal(err)
	}
}

func FuzzMap(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), uint8(3))
	f.Add([]byte{0, 1, 2, 250, 251, 252, 7, 7, 7, 200, 100, 50}, uint8(255))
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		if len(data) > 3000 {
			return
		}
		opt := opinion.Defaults()
		if mode&1 != 0 {
			opt = opinion.Production()
		}
		opt.StabilityRounds = 3
		if mode&2 != 0 {
			opt.GramStatements = 2
		}
		c := opinion.New(opt)
		var memory *opinion.Memory
		for i := 0; i+2 < len(data); i += 3 {
			s := int64(data[i+1] % 16)
			must(t, c.AddStatement(s))
			err := c.Vote(int64(data[i]), s, opinion.Value(int(data[i+2])%5-2), int64(i))
			if err != nil && !errors.Is(err, opinion.ErrValue) {
				t.Fatal(err)
			}
			switch {
			case data[i+2] == 250:
				m := compute(t, c, memory)
				sound(t, m)
				memory = m.Memory
			case data[i+2] == 251:
				_ = c.Exclude(int64(data[i]))
			case data[i+2] == 252:
				_ = c.Include(int64(data[i]))
			case data[i+2] == 253:
				must(t, c.Moderate(s, data[i]&1 == 0))
			}
		}
		sound(t, compute(t, c, memory))
	})
}

func TestZeroOptions(t *testing.T) {
	m := compute(t, fill(t, sample(), 40, opinion.Options{}), nil)
	sound(t, m)
	if m.K != 3 || m.Groups[0].Stability != 0 {
		t.Errorf("%d groups, stability %v", m.K, m.Groups[0].Stability)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := fill(t, sample(), 40, opinion.Defaults()).Map(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Routing picks statements in proportion to their priority, and never one that was answered or
// moderated out.
func TestNext(t *testing.T) {
	c := fill(t, sample(), 40, opinion.Defaults())
	must(t, c.Moderate(7, true))
	m := compute(t, c, nil)
	answered := func(id int64) bool { return id == 3 }
	total, times := 0.0, map[int64]int{}
	for _, s := range m.Statements {
		if !s.Out && !answered(s.ID) {
			total += s.Priority
		}
	}
	const n = 20000
	for i := range n {
		id, ok := m.Next(answered, (float64(i)+0.5)/n)
		if !ok || id == 3 || id == 7 {
			t.Fatal(id, ok)
		}
		times[id]++
	}
	for _, s := range m.Statements {
		if want := s.Priority / total * n; !s.Out && !answered(s.ID) && math.Abs(float64(times[s.ID])-want) > 2 {
			t.Errorf("statement %d came %d times, want %.1f", s.ID, times[s.ID], want)
		}
	}
	if _, ok := m.Next(func(int64) bool { return true }, 0.5); ok {
		t.Error("something is left where nothing is")
	}
	if id, ok := m.NextOf([]int64{99}, 0.99); !ok || id != 99 {
		t.Error("a new statement does not come up")
	}
}

// When too few people answered enough, those with the next most answers join, with all who gave
// the same number. Production stops at exactly fifteen.
func TestFewVotersAreFilledUp(t *testing.T) {
	var votes []vote
	for p := range int64(18) {
		n := int64(9) // 0 … 10: enough
		switch {
		case p >= 15: // 15, 16, 17: hardly any
			n = 1
		case p >= 11: // 11 … 14
			n = 4
		}
		for s := range n {
			votes = append(votes, vote{p, s, opinion.Value(int(p+s)%3 - 1), opinion.NoTime})
		}
	}
	votes = append(votes, vote{18, 0, 1, opinion.NoTime}, vote{18, 1, 1, opinion.NoTime}, vote{18, 2, 1, opinion.NoTime}, vote{18, 3, 1, opinion.NoTime})
	onMap := func(opt opinion.Options) (ids []int64) {
		for _, p := range compute(t, fill(t, votes, 9, opt), nil).Participants {
			if p.Group >= 0 {
				ids = append(ids, p.ID)
			}
		}
		return ids
	}
	to14 := []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}
	if got := onMap(opinion.Production()); !slices.Equal(got, to14) {
		t.Errorf("like production: %v", got)
	}
	if got := onMap(opinion.Defaults()); !slices.Equal(got, append(to14, 18)) {
		t.Errorf("by default: %v", got)
	}
}
